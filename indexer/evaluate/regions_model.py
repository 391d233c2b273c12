"""What the comparison of regions with a truth takes and gives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from indexer.core.types import Regions


@dataclass(frozen=True, slots=True)
class Page:
    """One image with the regions found on it and the true ones, boxes in its pixels."""

    name: str
    width: int
    height: int
    predicted: Regions
    truth: Regions


@dataclass(frozen=True, slots=True)
class Score:
    """Agreement for one group of kinds at one threshold.

    Attributes:
        group, threshold: What was counted.
        truth, predicted, matched, ignored: Numbers of regions; `ignored` are predictions on neutral truth.
        precision, recall, f1: 0–1; NaN becomes None in JSON.
        *_interval: 95 % intervals, bootstrap over pages.
        found_as_other: Truth regions that only a prediction of another kind matched.
    """

    group: str
    threshold: float
    truth: int
    predicted: int
    matched: int
    ignored: int
    precision: float
    recall: float
    f1: float
    precision_interval: tuple[float, float]
    recall_interval: tuple[float, float]
    f1_interval: tuple[float, float]
    found_as_other: int


@dataclass(frozen=True, slots=True)
class Report:
    """What `evaluate_regions` measured.

    Attributes:
        pages: Number of images compared.
        scores: One for each group and threshold.
        pixels: For each group: `iou`, `dice` and `accuracy` over the pixels of all pages.
        mean_iou, mean_dice: For each group, mean over truth regions of the overlap with their best prediction.
        blank_pages, blank_pages_hit: Pages without true pictures, and those of them on which one was predicted.
        blank_interval: 95 % interval (Wilson) of the share of hit blank pages.
        worst: Names of pages, worst first, with what went wrong (`missed`, `wrong`), for the group `pictures`.
    """

    pages: int
    scores: Sequence[Score]
    pixels: Mapping[str, Mapping[str, float]]
    mean_iou: Mapping[str, float]
    mean_dice: Mapping[str, float]
    blank_pages: int
    blank_pages_hit: int
    blank_interval: tuple[float, float]
    worst: Sequence[Mapping[str, Any]]

    def score(self, group: str = "pictures", threshold: float = 0.5) -> Score:
        """The score of one group at one threshold."""
        return next(s for s in self.scores if s.group == group and s.threshold == threshold)

    def as_dict(self) -> dict[str, Any]:
        """For JSON: plain values, None for what cannot be computed."""
        return {key: _plain(value) for key, value in asdict(self).items()}


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _plain(v) for key, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    return None if isinstance(value, float) and np.isnan(value) else value
