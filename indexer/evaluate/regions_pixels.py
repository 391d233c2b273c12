"""Agreement of regions pixel by pixel."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from indexer.core.geometry import box_slices
from indexer.core.types import Array, Regions
from indexer.evaluate.regions_model import Page

SIDE = 800
"""Longer side in pixels at which areas are compared."""


@dataclass(frozen=True, slots=True)
class PixelCounts:
    """Pixels in both, in one only, and in all; each page counts as an area of one, whatever its resolution."""

    both: float = 0.0
    truth: float = 0.0
    predicted: float = 0.0
    all: float = 0.0

    def __add__(self, other: PixelCounts) -> PixelCounts:
        return PixelCounts(
            self.both + other.both, self.truth + other.truth, self.predicted + other.predicted, self.all + other.all
        )

    @property
    def iou(self) -> float:
        """Intersection over union."""
        union = self.truth + self.predicted - self.both
        return self.both / union if union else math.nan

    @property
    def dice(self) -> float:
        """Twice the intersection over the sum of areas."""
        total = self.truth + self.predicted
        return 2 * self.both / total if total else math.nan

    @property
    def accuracy(self) -> float:
        """Share of pixels on which truth and prediction agree."""
        wrong = self.truth + self.predicted - 2 * self.both
        return 1 - wrong / self.all if self.all else math.nan


def count_pixels(page: Page, kinds: frozenset[str]) -> PixelCounts:
    """Areas of the regions of some kinds on a page, as shares of the page."""
    scale = min(SIDE / max(page.width, page.height), 1.0)
    shape = (max(round(page.height * scale), 1), max(round(page.width * scale), 1))
    truth, predicted = (_paint(r, kinds, scale, shape, page) for r in (page.truth, page.predicted))
    area = float(shape[0] * shape[1])
    return PixelCounts(
        float((truth & predicted).sum()) / area, float(truth.sum()) / area, float(predicted.sum()) / area, 1.0
    )


def _paint(regions: Regions, kinds: frozenset[str], scale: float, shape: tuple[int, int], page: Page) -> Array:
    """Area covered by regions, bool `shape`."""
    area = np.zeros(shape, bool)
    for i, kind in enumerate(regions.kinds):
        if kind not in kinds or kind == "whole":
            continue
        counts = regions.masks[i]
        if counts is None:
            x, y, w, h = (float(v) for v in regions.boxes[i])
            area[box_slices((x, y, w, h), scale, shape)] = True
        else:
            area |= _reduced_mask(counts, page, shape)
    return area


def _reduced_mask(counts: str, page: Page, shape: tuple[int, int]) -> Array:
    import cv2

    from indexer.regions.shapes import mask_pixels

    pixels = mask_pixels(counts, page.width, page.height)
    reduced: Array = cv2.resize(pixels, (shape[1], shape[0]), interpolation=cv2.INTER_NEAREST) > 0
    return reduced
