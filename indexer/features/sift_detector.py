"""SIFT keypoints and descriptors, as OpenCV's `SIFT.detectAndCompute` finds them, in about half of its time.

Three steps: the scale space (scale_space.py), its extrema (extrema_kernels.py), and the directions and descriptors of
the strongest (descriptor_kernels.py), which alone are given directions. docs/speed.md has the times,
tests/indexer/test_sift_detector.py the comparison.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from indexer.core.types import Array
from indexer.features.scale_space import ScaleSpace, bands, new_memory, scale_space
from indexer.features.side_by_side import SideBySide, in_turn

Window = tuple[slice, slice]
"""Rows and columns."""
ROOM = 16
"""Pixels of an octave for each keypoint that room is made for at first; there is usually one in a hundred."""
PART = 100
"""Keypoints that are described at a time (0.7 ms)."""
_spare: deque[Array] = deque(maxlen=2)
"""Memory of scale spaces that are done with (52 MB for 640 × 640 pixels), for the next ones of any thread."""


@dataclass(frozen=True, slots=True)
class Keypoints:
    """Of one picture, strongest first.

    Attributes:
        xy: float32 (n, 2) in pixels, the centre of the first pixel at 0.
        sizes: float32 (n,) diameters in pixels, twice sigma.
        angles: float32 (n,) degrees in [0, 360).
        responses: float32 (n,) contrast, of grey levels 0–1.
        descriptors: float32 (n, 128), whole numbers 0–255.
    """

    xy: Array
    sizes: Array
    angles: Array
    responses: Array
    descriptors: Array


def detect_and_compute(
    gray: Array,
    mask: Array | None,
    count: int,
    windows: Sequence[Window] | None = None,
    side_by_side: SideBySide = in_turn,
) -> Keypoints:
    """The strongest keypoints of a picture.

    Args:
        gray: uint8 (h, w), at least 12 × 12 pixels.
        mask: uint8 (h, w); keypoints where it is 0 are dropped after the strongest were chosen, as OpenCV does.
        count: How many at most.
        windows: Parts of the picture, which may overlap: so many of each, and each once. None is the whole picture.
        side_by_side: Does parts of the work; the result is the same.
    """
    from indexer.features.descriptor_kernels import descriptors, orientations

    space = scale_space(gray, _memory, side_by_side)
    arrays = space.pixels, space.starts, space.heights, space.widths
    points, octaves = _candidates(space, side_by_side)
    chosen = _strongest(_places(points, octaves), count, windows)
    points, octaves = points[chosen], octaves[chosen]
    turned = side_by_side(lambda order: orientations(*arrays, points, octaves, order), _nearby(points, octaves))
    rows, angles = (np.concatenate(parts) for parts in zip(*turned, strict=True))
    order = np.argsort(rows, kind="stable")
    # Points with several directions count as several, so that a part has too many now.
    order = order[_strongest(_places(points[rows[order]], octaves[rows[order]]), count, windows)]
    rows, angles = rows[order], angles[order]
    xy = _places(points[rows], octaves[rows])
    if mask is not None:
        keep = _unmasked(xy, mask)
        rows, angles, xy = rows[keep], angles[keep], xy[keep]
    described = np.empty((len(rows), 128), np.float32)
    side_by_side(
        lambda order: descriptors(*arrays, points, octaves, rows, angles, order, described),
        _nearby(points[rows], octaves[rows]),
    )
    _spare.append(space.pixels)
    return Keypoints(xy, np.ldexp(points[rows, 3], octaves[rows]), angles, points[rows, 4], described)


def _memory(size: int) -> Array:
    try:
        spare = _spare.pop()
    except IndexError:
        return new_memory(size)
    return spare if len(spare) >= size else new_memory(size)


def _candidates(space: ScaleSpace, side_by_side: SideBySide) -> tuple[Array, Array]:
    """Extrema of all octaves, strongest first, each once: float32 (n, 7) and int32 (n,) octaves."""
    found = [_octave(space.octave(o), side_by_side) for o in range(len(space.heights))]
    octaves = np.repeat(np.arange(len(found), dtype=np.int32), [len(f) for f in found])
    points = np.concatenate(found)
    order = np.argsort(-points[:, 4], kind="stable")
    points, octaves = points[order], octaves[order]
    # Two pixels may lead to one extremum: it then stands here twice, with the same numbers.
    fresh = np.ones(len(points), bool)
    fresh[1:] = (points[1:, :5] != points[:-1, :5]).any(axis=1) | (octaves[1:] != octaves[:-1])
    return points[fresh], octaves[fresh]


def _places(points: Array, octaves: Array) -> Array:
    """float32 (n, 2) in pixels of the picture; one of the first octave is half of one."""
    return np.asarray(np.ldexp(points[:, :2], octaves[:, None] - 1))


def _strongest(xy: Array, count: int, windows: Sequence[Window] | None) -> Array:
    """Positions of the first `count` places in each window, in order."""
    if windows is None:
        return np.arange(min(count, len(xy)))
    keep = np.zeros(len(xy), bool)
    for rows, columns in windows:
        low, high = (columns.start, rows.start), (columns.stop, rows.stop)
        keep[np.flatnonzero(((xy >= low) & (xy < high)).all(axis=1))[:count]] = True
    return np.flatnonzero(keep)


def _nearby(points: Array, octaves: Array) -> list[Array]:
    """Keypoints in an order in which each is followed by one close to it in memory, in parts worth a thread."""
    order = np.lexsort((points[:, 1], points[:, 2], octaves))
    return np.array_split(order, max(1, len(order) // PART))


def _octave(octave: Array, side_by_side: SideBySide) -> Array:
    parts = side_by_side(lambda rows: _rows(octave, *rows), bands(*octave.shape[1:]))
    return np.concatenate(parts)


def _rows(octave: Array, first: int, last: int) -> Array:
    from indexer.features.extrema_kernels import extrema

    out = np.empty(((last - first) * octave.shape[2] // ROOM + 8, 7), np.float32)
    found = extrema(octave, first, last, out)
    if found > len(out):
        out = np.empty((found, 7), np.float32)
        extrema(octave, first, last, out)
    return out[:found]


def _unmasked(xy: Array, mask: Array) -> Array:
    columns, rows = np.floor(xy + np.float32(0.5)).astype(np.int64).T
    return np.asarray(mask[np.clip(rows, 0, mask.shape[0] - 1), np.clip(columns, 0, mask.shape[1] - 1)] > 0)
