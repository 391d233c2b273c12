"""Space-filling curves: neighbours on the map become neighbours in files, tiles in a page a pyramid."""

from __future__ import annotations

import numpy as np

from indexer.core.types import Array

HILBERT_BITS = 16


def hilbert_order(xy: Array) -> Array:
    """Positions of the points (n, 2) along a Hilbert curve over their bounding square, int64 (n,).

    Ties keep their order. Algorithm: John Skilling, "Programming the Hilbert curve", AIP 2004, for two axes.
    """
    if len(xy) == 0:
        return np.zeros(0, np.int64)
    low = xy.min(axis=0).astype(np.float64)
    span = float((xy.max(axis=0) - low).max()) or 1.0
    top = (1 << HILBERT_BITS) - 1
    x, y = (((xy[:, axis] - low[axis]) / span * top).astype(np.int64) for axis in (0, 1))
    key = np.zeros(len(xy), np.int64)
    for bit in range(HILBERT_BITS - 1, -1, -1):
        side = np.int64(1) << bit
        right, upper = (x & side) > 0, (y & side) > 0
        key += side * side * ((3 * right) ^ upper)
        swap = ~upper
        flip = swap & right
        x, y = (
            np.where(flip, side - 1 - (x & (side - 1)), x & (side - 1)),
            np.where(flip, side - 1 - (y & (side - 1)), y & (side - 1)),
        )
        x, y = np.where(swap, y, x), np.where(swap, x, y)
    return np.argsort(key, kind="stable")


def morton_xy(index: Array) -> tuple[Array, Array]:
    """Column and row of each position along a Z-order curve (even bits x, odd bits y)."""
    index = np.asarray(index, np.int64)
    x, y = np.zeros_like(index), np.zeros_like(index)
    for bit in range(16):
        x |= (index >> (2 * bit) & 1) << bit
        y |= (index >> (2 * bit + 1) & 1) << bit
    return x, y
