"""Connected pieces of ink, and which of them are letters standing in a line."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from indexer.core.types import Array
from indexer.regions.pieces import label_pieces


@dataclass(frozen=True, slots=True)
class Components:
    """The connected pieces of an ink mask; entry 0 is the paper.

    Attributes:
        labels: int32 (h, w), 0 for paper.
        boxes: int32 (n, 4), `[x, y, width, height]` in pixels of the mask.
        areas: int32 (n,), pixels of ink.
        holes: int32 (n,), enclosed patches of paper: a letter has at most a few, an engraving dozens.
        letters: bool (n,), stands beside a piece of like height.
        line_height: Height in pixels of the prevailing letters; 0 when there are none.
    """

    labels: Array
    boxes: Array
    areas: Array
    holes: Array
    letters: Array
    line_height: float

    def __len__(self) -> int:
        return len(self.areas)


def find_components(ink: Array) -> Components:
    """Pieces of an ink mask, uint8 (h, w), 0 or 1."""
    labels, stats = label_pieces(ink)
    boxes, areas = stats[:, :4].copy(), stats[:, 4].copy()
    letters = _letters(labels, boxes, areas)
    return Components(labels, boxes, areas, _holes(ink, labels, len(stats)), letters, _line_height(boxes, letters))


def _holes(ink: Array, labels: Array, n: int) -> Array:
    """Number of holes of each piece, int32 (n,)."""
    contours, hierarchy = cv2.findContours(ink, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    counts = np.zeros(n, np.int32)
    if not contours:
        return counts
    parents = hierarchy.reshape(-1, 4)[:, 3]
    inside = np.bincount(parents[parents >= 0], minlength=len(contours))
    for i in np.flatnonzero(inside).tolist():
        x, y = contours[i].reshape(-1, 2)[0]
        counts[labels[y, x]] += inside[i]
    return counts


def _letters(labels: Array, boxes: Array, areas: Array) -> Array:
    """Which pieces have a neighbour of like height on their line, bool (n,)."""
    x, y, w, h = boxes.T.astype(np.float64)
    # Nothing as tall as a tenth of the page is a letter: gutters and rules stand side by side, too.
    shaped = (h >= 4) & (h < 0.1 * max(labels.shape)) & (w >= 2) & (w < 12 * h) & (areas > 0.08 * w * h)
    shaped[0] = False
    found = np.zeros(len(boxes), bool)
    for side in (1, -1):
        for distance in (0.2, 0.5, 0.9, 1.4):
            edge = x + w if side > 0 else x
            at_x = np.rint(edge + side * distance * np.maximum(h, 4)).astype(np.int64)
            for row in (0.35, 0.65):
                other = _label_at(labels, at_x, np.rint(y + row * h).astype(np.int64))
                found |= _alike(boxes, other) & shaped & shaped[other]
    return found


def _label_at(labels: Array, x: Array, y: Array) -> Array:
    rows, columns = labels.shape
    inside = (x >= 0) & (x < columns) & (y >= 0) & (y < rows)
    return np.where(inside, labels[np.clip(y, 0, rows - 1), np.clip(x, 0, columns - 1)], 0)


def _alike(boxes: Array, other: Array) -> Array:
    """Whether piece i and piece other[i] have like heights and share a line, bool (n,)."""
    y, h = boxes[:, 1].astype(np.float64), boxes[:, 3].astype(np.float64)
    oy, oh = y[other], h[other]
    overlap = np.minimum(y + h, oy + oh) - np.maximum(y, oy)
    taller = np.maximum(h, oh)
    alike: Array = (
        (other > 0) & (other != np.arange(len(boxes))) & (taller < 2.2 * np.minimum(h, oh)) & (overlap > 0.4 * taller)
    )
    return alike


def _line_height(boxes: Array, letters: Array) -> float:
    """Median height of the letters, each counted by its width; 0 when there are too few to tell."""
    if letters.sum() < 12:
        return 0.0
    heights, widths = boxes[letters, 3], np.minimum(boxes[letters, 2], 4 * boxes[letters, 3])
    order = np.argsort(heights)
    total = np.cumsum(widths[order])
    return float(heights[order][np.searchsorted(total, 0.5 * total[-1])])
