"""Objects in pictures with Segment Anything: a grid of clicks, the good masks, their hierarchy, at most 24 of them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from indexer.core.settings import option
from indexer.core.types import NO_ID, Array, DecodedImage, Regions
from indexer.regions.sam_default import default_sam
from indexer.regions.sam_network import Encoded, SamNetwork
from indexer.regions.sam_rle import box_at_size, encode_at_size
from indexer.regions.sam_select import areas_of, choose, encode_all, parents_of, suppress

WORK_SIDE = 2048
"""Masks are drawn with at most this many pixels on the longer side before they become run lengths of the original."""
STABILITY_OFFSET = 1.0
"""How far the threshold of the logits is moved both ways to see whether a mask is stable (Kirillov et al. 2023, B)."""


@dataclass(frozen=True, slots=True)
class SamSettings:
    """How masks are made and chosen."""

    points: int = option(24, "Clicks a side of the grid (for a square picture); their number grows with the square.")
    batch: int = option(64, "Clicks answered at once.")
    predicted_iou: float = option(0.86, "Masks whose quality the network rates lower are dropped.")
    stability: float = option(0.92, "Masks that change more than this when the threshold moves are dropped.")
    overlap: float = option(0.75, "Of masks that overlap more than this (IoU) the best one is kept.")
    smallest: float = option(0.002, "Masks of a smaller share of the picture are dropped.")
    largest: float = option(
        0.9, "Masks of a larger share of the picture are dropped: the whole image is a region anyway."
    )
    limit: int = option(24, "Most regions kept in an image.")

    @classmethod
    def for_device(cls, is_cuda: bool) -> SamSettings:
        """What is bearable: a click costs a CPU core about 0.13 s (SAM 2.1 tiny), so that it gets a coarser grid."""
        return cls() if is_cuda else cls(points=12, batch=4)


class SamProposer:
    """Proposes regions of kind `object` with masks.

    Args:
        name: A preset of kind `sam`, a name on the hub, or a folder.
        device: `auto`, `cpu`, `cuda` …
        settings: See `SamSettings`; None takes what suits the device.

    Raises:
        ModelError: The model is not on this machine or cannot be loaded.
    """

    def __init__(self, name: str = "sam-small", device: str = "auto", settings: SamSettings | None = None) -> None:
        self.network = SamNetwork(name, device)
        self.settings = settings or SamSettings.for_device(self.network.device.is_cuda)

    def propose(self, decoded: DecodedImage) -> Regions:
        """Objects in the picture, largest first; none is an ordinary answer.

        Masks are COCO run lengths on the original size, `parents` are positions in the result, `scores` the quality
        that the network predicts times the stability.
        """
        encoded = self.network.encode(decoded.rgb)
        logits, quality = self._good_masks(encoded)
        if not len(quality):
            return Regions.empty()
        rles = encode_all((self.network.inside_of(encoded, logits) > 0).cpu().numpy())
        kept = suppress(rles, quality, self.settings.overlap)
        kept = kept[choose([rles[i] for i in kept], quality[kept], self.settings.limit)]
        kept = kept[np.argsort(-areas_of([rles[i] for i in kept]), kind="stable")]
        parents = parents_of([rles[i] for i in kept])
        return self._regions(decoded, encoded, logits[kept.tolist()], quality[kept], parents)

    def _good_masks(self, encoded: Encoded) -> tuple[Any, Array]:
        """Logits (n, h, w) of the masks that pass the filters, and their quality, float32 (n,)."""
        import torch

        logits, quality = [], []
        for points in self._batches(encoded):
            answers = self.network.answer(encoded, points[:, None], np.ones((len(points), 1), np.int64), None)
            flat = answers.logits.flatten(0, 1)
            inner = self.network.inside_of(encoded, flat)
            stable = stability(inner).cpu().numpy()
            share = (inner > 0).float().mean(dim=(1, 2)).cpu().numpy()
            scores = answers.scores.ravel()
            good = (scores >= self.settings.predicted_iou) & (stable >= self.settings.stability)
            good &= (share >= self.settings.smallest) & (share <= self.settings.largest)
            rows = np.flatnonzero(good)
            logits.append(flat[rows.tolist()].half())
            quality.append((scores * stable)[rows])
        return torch.cat(logits).float(), np.concatenate(quality).astype(np.float32)

    def _batches(self, encoded: Encoded) -> Iterator[Array]:
        points = grid(encoded.size, self.settings.points)
        for start in range(0, len(points), self.settings.batch):
            yield points[start : start + self.settings.batch]

    def _regions(self, decoded: DecodedImage, encoded: Encoded, logits: Any, quality: Array, parents: Array) -> Regions:
        longer = max(decoded.width, decoded.height)
        scale = min(1.0, WORK_SIDE / longer)
        size = max(1, round(decoded.height * scale)), max(1, round(decoded.width * scale))
        rows: list[dict[str, Any]] = []
        number: dict[int, int] = {}
        for i in range(len(quality)):
            mask = main_part(self.network.enlarge(encoded, logits[i : i + 1], size)[0])
            if not mask.any():
                continue
            number[i] = len(rows)
            rows.append(
                {
                    "box": box_at_size(mask, decoded.width, decoded.height),
                    "mask": encode_at_size(mask, decoded.width, decoded.height),
                    "kind": "object",
                    "origin": "sam",
                    "score": float(quality[i]),
                    "parent": number.get(int(parents[i]), NO_ID),
                }
            )
        return Regions.of(rows)


def propose(decoded: DecodedImage) -> Regions:
    """Objects in the picture, with the model of `indexer/regions/sam_default.py`.

    Raises:
        ModelError: No SAM is on this machine, or it cannot be loaded.
    """
    return shared_proposer().propose(decoded)


_lock = threading.Lock()


def shared_proposer() -> SamProposer:
    """The default model's proposer, loaded at the first call.

    Raises:
        ModelError: As `default_sam`, or it cannot be loaded.
    """
    with _lock:
        return _loaded(default_sam())


@lru_cache(maxsize=1)
def _loaded(name: str) -> SamProposer:
    return SamProposer(name)


def grid(size: tuple[int, int], side: int) -> Array:
    """Points in the middle of about `side`² equal cells of a picture of `size` (h, w); float64 (n, 2), x and y."""
    h, w = size
    across = max(1, round(side * np.sqrt(w / h)))
    down = max(1, round(side * side / across))
    x, y = np.meshgrid((np.arange(across) + 0.5) * w / across, (np.arange(down) + 0.5) * h / down)
    return np.stack([x.ravel(), y.ravel()], axis=1)


def stability(logits: Any, offset: float = STABILITY_OFFSET) -> Any:
    """IoU between the masks at a higher and at a lower threshold; logits (n, h, w) to a tensor (n,); 0 for no mask."""
    high, low = (logits > offset).sum(dim=(1, 2)), (logits > -offset).sum(dim=(1, 2))
    return high / low.clamp(min=1)


def main_part(mask: Array) -> Array:
    """A mask without specks: parts of less than a tenth of its largest part are dropped."""
    import cv2

    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    if count <= 2:
        return mask
    areas = stats[:, cv2.CC_STAT_AREA].astype(np.int64)
    areas[0] = 0
    return np.asarray((areas >= 0.1 * areas.max())[labels] & mask, bool)


def try_out(name: str, device: str = "auto") -> str:
    """Load a model and ask it once; the label of the device it ran on.

    Raises:
        ModelError: It cannot be loaded.
    """
    network = SamNetwork(name, device)
    encoded = network.encode(np.full((48, 64, 3), 128, np.uint8))
    network.answer(encoded, np.array([[[32.0, 24.0]]]), np.ones((1, 1), np.int64), None)
    return network.device.label
