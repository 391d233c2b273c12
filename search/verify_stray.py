"""Was the surface itself printed again, or was it drawn again after a print?

Prints of one surface differ by a smooth deformation: paper shrinks, blocks warp, cameras look from an angle. Whoever
draws or cuts a picture again has every line a little elsewhere, each on its own. So witnesses that lie beside each
other must have moved together: how far each strays from what its neighbours do is a few parts in a thousand of the
picture's size in copies by another hand, and one or less in prints of one block (docs/same-print.md).
"""

from __future__ import annotations

import numpy as np

from indexer.core.types import Array

NEIGHBOURS = 6
"""Nearest witnesses that say how a place moved."""
FEWEST = 9
"""With fewer witnesses nothing can be said."""
BLUR = 0.8
"""Pixels by which keypoints of one and the same point miss each other: halftone, ink, interpolation."""
WORKING = 640.0
"""Longer side in pixels at which keypoints are looked for; larger pictures are reduced."""
ROUNDS = 4
"""Of the robust fit, in which witnesses that stray count less each time."""


def stray(query: Array, image: Array, side: float) -> float:
    """How far witnesses stray from the movement of their neighbours, as a part of the query's size.

    Args:
        query, image: float32 (k, 2), places of the witnesses in both pictures.
        side: Longer side of the query in pixels.

    Returns:
        The median, with what blurred pixels explain taken out; 0 for fewer than nine witnesses.
    """
    from search.verify_fit_kernels import nearest_others

    if len(query) < FEWEST:
        return 0.0
    points = query.astype(np.float64)
    moved, zoom = _moved(points, image.astype(np.float64))
    beside = np.empty((len(points), NEIGHBOURS), np.int64)
    nearest_others(points, beside)
    distance = float(np.median(np.linalg.norm(moved - np.median(moved[beside], axis=1), axis=1)))
    blur = BLUR * max(1.0, side / WORKING, 1.0 / zoom)
    return float(np.sqrt(max(0.0, distance**2 - blur**2))) / side


def _moved(points: Array, image: Array) -> tuple[Array, float]:
    """What an affine transform leaves of the movement of each point, float64 (k, 2) in query pixels, and its zoom."""
    centre = points.mean(axis=0)
    rows = np.column_stack([np.ones(len(points)), points - centre])
    weights = np.ones(len(points))
    for _ in range(ROUNDS):
        scaled = rows * weights[:, None]
        fitted = np.linalg.lstsq(scaled, image * weights[:, None], rcond=None)[0]
        left = image - rows @ fitted
        distance = np.linalg.norm(left, axis=1)
        weights = 1.0 / np.sqrt(np.maximum(1.0, distance / (1.5 * float(np.median(distance)) + 1e-9)))
    zoom = max(float(np.sqrt(abs(np.linalg.det(fitted[1:])))), 1e-9)
    return left / zoom, zoom
