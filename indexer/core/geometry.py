"""Boxes and transforms. The only place that converts coordinates.

Boxes are `[x, y, width, height]` in original upright pixels, pixel edges (not centres) at
integers: the first pixel covers 0 to 1.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from indexer.core.errors import UsageError
from indexer.core.types import Array

Box = tuple[float, float, float, float]


def parse_box(text: str) -> Box:
    """`"x,y,w,h"` to a box.

    Raises:
        UsageError: Not four finite numbers, or an empty box.
    """
    try:
        return as_box([float(part) for part in text.split(",")])
    except ValueError:
        raise UsageError(f"'{text}' is not a box.", "Write it as X,Y,WIDTH,HEIGHT in pixels.") from None


def as_box(values: Sequence[float]) -> Box:
    """Four numbers to a box.

    Raises:
        UsageError: Not four finite numbers, or width or height not above zero.
    """
    if len(values) != 4 or not all(math.isfinite(v) for v in values):
        raise UsageError(f"A box has four numbers, got {list(values)}.", "Write it as X,Y,WIDTH,HEIGHT in pixels.")
    x, y, w, h = (float(v) for v in values)
    if w <= 0 or h <= 0:
        raise UsageError(f"The box {list(values)} is empty.", "Width and height must be above zero.")
    return x, y, w, h


def clip_box(box: Box, width: float, height: float) -> Box:
    """The part of `box` inside an image of `width` × `height`.

    Raises:
        UsageError: The box lies outside the image.
    """
    x0, y0 = max(0.0, box[0]), max(0.0, box[1])
    x1, y1 = min(float(width), box[0] + box[2]), min(float(height), box[1] + box[3])
    if x1 - x0 < 1 or y1 - y0 < 1:
        raise UsageError(
            f"The box {[round(v) for v in box]} lies outside the image of {width:.0f} × {height:.0f} pixels.",
            "Draw it inside the image.",
        )
    return x0, y0, x1 - x0, y1 - y0


def box_slices(box: Box, scale: float, shape: tuple[int, ...]) -> tuple[slice, slice]:
    """Row and column slices of an array of `shape` (h, w, …) that covers `box` at `scale`; never empty."""
    h, w = shape[:2]
    x0 = min(max(math.floor(box[0] * scale), 0), w - 1)
    y0 = min(max(math.floor(box[1] * scale), 0), h - 1)
    x1 = min(max(math.ceil((box[0] + box[2]) * scale), x0 + 1), w)
    y1 = min(max(math.ceil((box[1] + box[3]) * scale), y0 + 1), h)
    return slice(y0, y1), slice(x0, x1)


def iou(a: Array, b: Array) -> Array:
    """Intersection over union of boxes, float32 (n, m) for `a` (n, 4) and `b` (m, 4)."""
    a, b = np.asarray(a, np.float32).reshape(-1, 4), np.asarray(b, np.float32).reshape(-1, 4)
    top = np.maximum(a[:, None, :2], b[None, :, :2])
    bottom = np.minimum(a[:, None, :2] + a[:, None, 2:], b[None, :, :2] + b[None, :, 2:])
    overlap = np.clip(bottom - top, 0, None).prod(axis=2)
    union = a[:, 2:].prod(axis=1)[:, None] + b[:, 2:].prod(axis=1)[None] - overlap
    result: Array = overlap / np.maximum(union, 1e-9)
    return result


def transform_points(matrix: Array, points: Array) -> Array:
    """Apply a 3 × 3 matrix to points (n, 2); returns float64 (n, 2)."""
    points = np.asarray(points, np.float64).reshape(-1, 2)
    homogeneous = np.hstack([points, np.ones((len(points), 1))]) @ np.asarray(matrix, np.float64).T
    result: Array = homogeneous[:, :2] / homogeneous[:, 2:]
    return result


def box_corners(box: Box) -> Array:
    """The four corners, clockwise from top-left, float64 (4, 2)."""
    x, y, w, h = box
    return np.array([(x, y), (x + w, y), (x + w, y + h), (x, y + h)], np.float64)


def bounding_box(points: Array) -> Box:
    """The smallest box around points (n, 2)."""
    low, high = np.asarray(points).min(axis=0), np.asarray(points).max(axis=0)
    return float(low[0]), float(low[1]), float(high[0] - low[0]), float(high[1] - low[1])
