"""Keypoints as extrema of differences of Gaussians, compiled by numba; OpenCV's SIFT is the reference in the tests.

Lowe 2004, sections 3 and 4, with the thresholds and the order of steps of OpenCV's SIFT, whose keypoints these are.
Rows are kept in small rings, so that no difference is ever written to memory. For how the loops are written see
descriptor_kernels.py.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np

from indexer.features.scale_space import LAYERS, SIGMA

BORDER = 5
"""Pixels at each edge of an octave in which no keypoint is looked for (OpenCV: SIFT_IMG_BORDER)."""
CONTRAST = np.float32(0.04)
"""Least contrast of a keypoint × LAYERS, of grey levels 0–1."""
EDGE = np.float32(10.0)
"""Largest ratio of the principal curvatures: above it a point lies on an edge."""
LEAST = np.float32(int(0.5 * 0.04 / LAYERS * 255))
"""Differences no larger than this, in grey levels, are not looked at (half of CONTRAST, rounded down, as in OpenCV)."""
SINGULAR = np.float32(1e-30)
"""Smallest determinant of second derivatives: its inverse is still a number."""
STEPS = 5
"""Moves to a neighbouring pixel or layer before a candidate is given up."""

_compiled = numba.njit(cache=True, nogil=True, boundscheck=False, fastmath=True, error_model="numpy")


@_compiled  # type: ignore[untyped-decorator]
def _difference(octave: Any, a: Any, b: Any, out: Any, to: Any, count: Any) -> None:
    for x in range(count):
        q = np.uint64(x)
        out[to + q] = octave[a + q] - octave[b + q]


@_compiled  # type: ignore[untyped-decorator]
def _largest(values: Any, a: Any, b: Any, c: Any, out: Any, to: Any, count: Any) -> None:
    for x in range(count):
        q = np.uint64(x)
        out[to + q] = max(values[a + q], values[b + q], values[c + q])


@_compiled  # type: ignore[untyped-decorator]
def _smallest(values: Any, a: Any, b: Any, c: Any, out: Any, to: Any, count: Any) -> None:
    for x in range(count):
        q = np.uint64(x)
        out[to + q] = min(values[a + q], values[b + q], values[c + q])


@_compiled  # type: ignore[untyped-decorator]
def _extremal(values: Any, row: Any, high: Any, low: Any, out: Any, count: Any) -> Any:
    """Whether a value is as large (small) as the largest (smallest) of the three columns around it; how many are."""
    total = np.int32(0)
    one, two = np.uint64(1), np.uint64(2)
    for x in range(count):
        q = np.uint64(x)
        top = max(high[q], high[q + one], high[q + two])
        bottom = min(low[q], low[q + one], low[q + two])
        v = values[row + q]
        flag = np.int32(((v >= top) & (v > LEAST)) | ((v <= bottom) & (v < -LEAST)))
        out[q] = flag
        total += flag
    return total


@_compiled  # type: ignore[untyped-decorator]
def extrema(octave: Any, first: Any, last: Any, out: Any) -> Any:
    """The refined extrema of rows of one octave.

    Args:
        octave: float32 (LAYERS + 3, h, w), of `scale_space`.
        first, last: The rows: from `first` to before `last`; none nearer to the edge than BORDER has any.
        out: float32 (room, 7), is filled with x, y (pixels of the octave), layer (its position, a whole number), scale
            (sigma in pixels of the octave), response (contrast, of grey levels 0–1) and x, y of its pixel;
            when full, further ones are only counted.

    Returns:
        How many there are, also of those that had no room.
    """
    h, w = octave.shape[1], octave.shape[2]
    inner = w - 2 * BORDER
    found = 0
    if inner <= 0:
        return found
    flat, layer, row = octave.reshape(octave.size), np.uint64(h * w), np.uint64(w)
    rows = np.empty((LAYERS + 2) * 2 * w, np.float32)
    highs, lows = np.empty(LAYERS * 3 * w, np.float32), np.empty(LAYERS * 3 * w, np.float32)
    high, low, flags = np.empty(w, np.float32), np.empty(w, np.float32), np.zeros(w, np.int32)
    top, bottom = max(first, BORDER), min(last, h - BORDER)
    for y in range(top - 1, bottom + 1):
        now = np.uint64(y % 2 * (LAYERS + 2))
        for d in range(np.uint64(LAYERS + 2)):
            place = d * layer + np.uint64(y) * row
            _difference(flat, place + layer, place, rows, (now + d) * row, w)
        for d in range(np.uint64(LAYERS)):
            a, to = (now + d) * row, (d * np.uint64(3) + np.uint64(y % 3)) * row
            _largest(rows, a, a + row, a + row + row, highs, to, w)
            _smallest(rows, a, a + row, a + row + row, lows, to, w)
        if y < top + 1:
            continue
        before = np.uint64((y - 1) % 2 * (LAYERS + 2))
        for d in range(np.uint64(LAYERS)):
            a = d * np.uint64(3) * row + np.uint64(BORDER - 1)
            _largest(highs, a, a + row, a + row + row, high, np.uint64(0), inner + 2)
            _smallest(lows, a, a + row, a + row + row, low, np.uint64(0), inner + 2)
            middle = (before + d + np.uint64(1)) * row + np.uint64(BORDER)
            left = _extremal(rows, middle, high, low, flags, inner)
            x = 0
            while left > 0:
                if flags[x]:
                    left -= 1
                    if refine(octave, np.int64(d) + 1, y - 1, x + BORDER, out, found):
                        found += 1
                x += 1
    return found


@_compiled  # type: ignore[untyped-decorator]
def _at(octave: Any, layer: Any, y: Any, x: Any) -> Any:
    """The difference of Gaussians at a pixel, of grey levels 0–1."""
    return (octave[layer + 1, y, x] - octave[layer, y, x]) * np.float32(1.0 / 255.0)


@_compiled  # type: ignore[untyped-decorator]
def refine(octave: Any, layer: Any, y: Any, x: Any, out: Any, row: Any) -> Any:
    """Fit a quadratic to the 27 differences around a pixel, move to where its extremum is, and judge that one.

    Args:
        octave, out: See `extrema`.
        layer, y, x: The pixel.
        row: Where in `out` it goes, when there is room.

    Returns:
        Whether it is a keypoint: stable, of enough contrast, not on an edge.
    """
    half, quarter, two = np.float32(0.5), np.float32(0.25), np.float32(2.0)
    h, w = octave.shape[1], octave.shape[2]
    for _ in range(STEPS):
        here = _at(octave, layer, y, x)
        left, right = _at(octave, layer, y, x - 1), _at(octave, layer, y, x + 1)
        above, below = _at(octave, layer, y - 1, x), _at(octave, layer, y + 1, x)
        finer, coarser = _at(octave, layer - 1, y, x), _at(octave, layer + 1, y, x)
        dx, dy, ds = (right - left) * half, (below - above) * half, (coarser - finer) * half
        dxx, dyy, dss = right + left - two * here, below + above - two * here, coarser + finer - two * here
        dxy = quarter * (
            _at(octave, layer, y + 1, x + 1)
            - _at(octave, layer, y + 1, x - 1)
            - _at(octave, layer, y - 1, x + 1)
            + _at(octave, layer, y - 1, x - 1)
        )
        dxs = quarter * (
            _at(octave, layer + 1, y, x + 1)
            - _at(octave, layer + 1, y, x - 1)
            - _at(octave, layer - 1, y, x + 1)
            + _at(octave, layer - 1, y, x - 1)
        )
        dys = quarter * (
            _at(octave, layer + 1, y + 1, x)
            - _at(octave, layer + 1, y - 1, x)
            - _at(octave, layer - 1, y + 1, x)
            + _at(octave, layer - 1, y - 1, x)
        )
        # Cramer's rule for the symmetric 3 × 3 system.
        cx, cy, cs = dyy * dss - dys * dys, dys * dxs - dxy * dss, dxy * dys - dyy * dxs
        determinant = dxx * cx + dxy * cy + dxs * cs
        if abs(determinant) < SINGULAR:
            return False
        ox = -(dx * cx + dy * cy + ds * cs) / determinant
        oy = -(dx * cy + dy * (dxx * dss - dxs * dxs) + ds * (dxy * dxs - dxx * dys)) / determinant
        os = -(dx * cs + dy * (dxy * dxs - dxx * dys) + ds * (dxx * dyy - dxy * dxy)) / determinant
        if abs(ox) < half and abs(oy) < half and abs(os) < half:
            contrast = here + half * (dx * ox + dy * oy + ds * os)
            bend, trace = dxx * dyy - dxy * dxy, dxx + dyy
            if abs(contrast) * np.float32(LAYERS) < CONTRAST or bend <= np.float32(0.0):
                return False
            if trace * trace * EDGE >= (EDGE + np.float32(1.0)) ** 2 * bend:
                return False
            if row < len(out):
                out[row, 0], out[row, 1], out[row, 2] = x + ox, y + oy, layer
                out[row, 3] = np.float32(SIGMA) * np.float32(2.0) ** ((np.float32(layer) + os) / np.float32(LAYERS))
                out[row, 4], out[row, 5], out[row, 6] = abs(contrast), x, y
            return True
        if not (abs(ox) < w and abs(oy) < h and abs(os) < two * LAYERS):
            return False
        x, y, layer = x + round(ox), y + round(oy), layer + round(os)
        if not (1 <= layer <= LAYERS and BORDER <= x < w - BORDER and BORDER <= y < h - BORDER):
            return False
    return False
