"""Outlines and masks: polygons to run-length masks and back, and outlines that cross themselves."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from indexer.core.types import Array

Box = tuple[float, float, float, float]
LONG = 400
"""Outlines with more corners than this are thinned before they are tested for crossings."""


def ring_from_numbers(values: Sequence[float] | Array) -> Array:
    """`x0, y0, x1, y1 …` as corners, float64 (k, 2).

    Raises:
        ValueError: An odd count, fewer than three corners, or numbers that are not finite.
    """
    array = np.asarray(values, np.float64)
    if array.ndim != 1 or array.size % 2 or array.size < 6:
        raise ValueError("an outline needs three corners or more, two numbers each")
    if not np.isfinite(array).all():
        raise ValueError("an outline has a coordinate that is not a finite number")
    return array.reshape(-1, 2)


def ring_from_text(points: str) -> Array:
    """Corners from `x,y x,y …` or `x y x y …`, as ALTO, PAGE and SVG write them; float64 (k, 2).

    Raises:
        ValueError: As `ring_from_numbers`.
    """
    return ring_from_numbers([float(part) for part in points.replace(",", " ").split()])


def box_of(rings: Sequence[Array]) -> Box:
    """The box around outlines."""
    points = rings[0] if len(rings) == 1 else np.concatenate(list(rings))
    (x0, y0), (x1, y1) = points.min(axis=0).tolist(), points.max(axis=0).tolist()
    return x0, y0, x1 - x0, y1 - y0


def is_box(rings: Sequence[Array]) -> bool:
    """Whether an outline is an upright rectangle, so that its box says everything."""
    if len(rings) != 1:
        return False
    corners = rings[0].tolist()
    if len(corners) == 5 and corners[0] == corners[4]:
        corners.pop()
    if len(corners) != 4:
        return False
    (ax, ay), (bx, by), (cx, cy), (dx, dy) = corners
    across_first = ay == by and bx == cx and cy == dy and dx == ax
    down_first = ax == bx and by == cy and cx == dx and dy == ay
    return bool((across_first or down_first) and ax != cx and ay != cy)


def crosses_itself(ring: Array) -> bool:
    """Whether two edges of an outline that are not neighbours meet in their inside."""
    if len(ring) > LONG:
        ring = ring[:: -(-len(ring) // LONG)]
    if len(ring) > 1 and (ring[0] == ring[-1]).all():
        ring = ring[:-1]
    n = len(ring)
    if n < 4:
        return False
    a, b = ring, np.roll(ring, -1, axis=0)
    i, j = np.triu_indices(n, 2)
    apart = ~((i == 0) & (j == n - 1))
    i, j = i[apart], j[apart]
    return bool(
        (
            (_turn(a[i], b[i], a[j]) * _turn(a[i], b[i], b[j]) < 0)
            & (_turn(a[j], b[j], a[i]) * _turn(a[j], b[j], b[i]) < 0)
        ).any()
    )


def _turn(a: Array, b: Array, c: Array) -> Array:
    """Sign of the turn a → b → c."""
    u, v = b - a, c - a
    turn: Array = np.sign(u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0])
    return turn


def mask_of_rings(rings: Sequence[Array], width: int, height: int) -> str:
    """Run-length mask (COCO, compressed) of the area of outlines in pixels of an image of width × height."""
    from pycocotools import mask as coco

    parts = coco.frPyObjects([ring.ravel().tolist() for ring in rings], height, width)
    merged = coco.merge(parts)["counts"]
    return str(merged.decode("ascii"))


def mask_pixels(counts: str, width: int, height: int) -> Array:
    """A run-length mask as uint8 (height, width), 0 or 1.

    Raises:
        ValueError: The counts are no mask of that size.
    """
    from pycocotools import mask as coco

    if sum(run_lengths(counts)) != width * height:
        raise ValueError(f"a mask that is not of {width} × {height} pixels")
    return np.asarray(coco.decode({"size": [height, width], "counts": counts.encode("ascii")}))


def run_lengths(counts: str) -> list[int]:
    """The runs of a compressed COCO mask. Checked here because pycocotools reads past a wrong size without a word.

    The code: six bits a character from '0' on, five for the number and one for "more follows", the sign in the last of
    them; from the third run on, differences to the run two before (pycocotools, `rleFrString`).

    Raises:
        ValueError: A character outside the code, or a negative run.
    """
    runs: list[int] = []
    value, shift = 0, 0
    for character in counts:
        code = ord(character) - 48
        if not 0 <= code < 64:
            raise ValueError("a mask with characters that are no run lengths")
        value |= (code & 31) << shift
        shift += 5
        if code & 32:
            continue
        if code & 16:
            value -= 1 << shift
        if len(runs) > 2:
            value += runs[-2]
        if value < 0:
            raise ValueError("a mask with a negative run")
        runs.append(value)
        value, shift = 0, 0
    if shift:
        raise ValueError("a mask that breaks off")
    return runs


def counts_from_runs(runs: Sequence[int], width: int, height: int) -> str:
    """Compress an uncompressed COCO mask (column-wise runs, paper first).

    Raises:
        ValueError: The runs do not add up to the image.
    """
    from pycocotools import mask as coco

    if any(not isinstance(r, int) or r < 0 for r in runs) or sum(runs) != width * height:
        raise ValueError(f"a mask whose runs are not those of {width} × {height} pixels")
    packed = coco.frPyObjects({"size": [height, width], "counts": list(runs)}, height, width)
    return str(packed["counts"].decode("ascii"))


def outline_of_mask(counts: str, width: int, height: int) -> Array:
    """Corners of the largest part of a mask, float64 (k, 2), at least three; for formats that know outlines only."""
    import cv2

    contours, _ = cv2.findContours(mask_pixels(counts, width, height), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    if not contours:
        return np.zeros((0, 2))
    largest = max(contours, key=lambda c: float(cv2.contourArea(c)))
    return np.asarray(largest.reshape(-1, 2), np.float64)
