"""From hundreds of masks to the few that are worth describing: duplicates, hierarchy, and a cap.

Works on COCO run-length masks of one small size (pycocotools), so that overlaps of hundreds of masks cost milliseconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from indexer.core.types import NO_ID, Array

Rle = dict[str, Any]
INSIDE = 0.9
"""A mask of which this share lies in a larger one is part of it."""
LARGER = 1.15
"""… if that one is larger by this factor."""
NESTED = 0.65
"""How much of its value a mask loses when it lies wholly in masks already taken."""
CELLS = 4
"""The picture is cut into this many cells a side, …"""
CROWDED = 0.3
"""… and a mask loses value with each one already taken whose centre lies in the same cell."""


def encode_all(masks: Array) -> list[Rle]:
    """Boolean masks (n, h, w) to run-length masks."""
    from pycocotools import mask as coco

    if not len(masks):
        return []
    return list(coco.encode(np.asfortranarray(masks.transpose(1, 2, 0).astype(np.uint8))))


def areas_of(rles: Sequence[Rle]) -> Array:
    """Areas in pixels, float64 (n,)."""
    from pycocotools import mask as coco

    return np.asarray(coco.area(list(rles)), np.float64).reshape(len(rles))


def mask_iou(a: Sequence[Rle], b: Sequence[Rle]) -> Array:
    """Intersection over union, float64 (n, m)."""
    return _overlap(a, b, crowd=False)


def covered_by(a: Sequence[Rle], b: Sequence[Rle]) -> Array:
    """Share of each of `a` that lies in each of `b`, float64 (n, m)."""
    return _overlap(a, b, crowd=True)


def _overlap(a: Sequence[Rle], b: Sequence[Rle], crowd: bool) -> Array:
    from pycocotools import mask as coco

    if not len(a) or not len(b):
        return np.zeros((len(a), len(b)))
    return np.asarray(coco.iou(list(a), list(b), [int(crowd)] * len(b)), np.float64).reshape(len(a), len(b))


def suppress(rles: Sequence[Rle], quality: Array, threshold: float) -> Array:
    """Non-maximum suppression by mask: positions kept, best first."""
    overlap = mask_iou(rles, rles)
    kept: list[int] = []
    for i in np.lexsort((np.arange(len(rles)), -np.asarray(quality))):
        if not kept or overlap[i, kept].max() <= threshold:
            kept.append(int(i))
    return np.array(kept, np.int64)


def parents_of(rles: Sequence[Rle]) -> Array:
    """Position of the smallest mask that each one is part of, NO_ID for none; int64 (n,). Never a circle."""
    areas = areas_of(rles)
    inside = covered_by(rles, rles)
    parents = np.full(len(rles), NO_ID, np.int64)
    for i in range(len(rles)):
        holders = np.flatnonzero((inside[i] >= INSIDE) & (areas >= LARGER * areas[i]))
        if len(holders):
            parents[i] = holders[np.argmin(areas[holders])]
    return parents


def choose(rles: Sequence[Rle], quality: Array, limit: int) -> Array:
    """At most `limit` masks: large, good, outside one another, well spread; positions in the order taken.

    Greedy: the value of a mask is its quality times the square root of its area, less what `NESTED` and `CROWDED` take
    away for masks taken before it.
    """
    if not len(rles):
        return np.zeros(0, np.int64)
    value = np.asarray(quality, np.float64) * np.sqrt(areas_of(rles))
    cells = _cells_of(rles)
    inside = covered_by(rles, rles)
    nested, crowd = np.zeros(len(rles)), np.zeros(len(rles))
    taken: list[int] = []
    while len(taken) < min(limit, len(rles)):
        gain = value * (1 - NESTED * nested) / (1 + CROWDED * crowd)
        gain[taken] = -1
        best = int(np.argmax(gain))
        taken.append(best)
        nested = np.maximum(nested, np.minimum(inside[:, best], 1))
        crowd += cells == cells[best]
    return np.array(taken, np.int64)


def _cells_of(rles: Sequence[Rle]) -> Array:
    """Number of the cell that holds the centre of each mask's box."""
    from pycocotools import mask as coco

    boxes = np.asarray(coco.toBbox(list(rles))).reshape(len(rles), 4)
    height, width = rles[0]["size"]
    column = np.minimum((boxes[:, 0] + boxes[:, 2] / 2) * CELLS // width, CELLS - 1)
    row = np.minimum((boxes[:, 1] + boxes[:, 3] / 2) * CELLS // height, CELLS - 1)
    return np.asarray(row * CELLS + column, np.int64)
