"""Least squares transforms of corresponding keypoints, compiled by numba; the naive versions are in the tests.

A fit takes a microsecond or two here. Calls of numpy's linear algebra on matrices of four numbers took most of the time
of a comparison.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np

FEWEST = 4
"""Points below which nothing is fitted."""
FEWEST_AFFINE = 8
"""Points from which on an affine transform is fitted, with fewer a similarity."""
THIN = 1e-12
"""Smallest part of the squared spread that points may have across their line, for an affine transform."""


@numba.njit(cache=True, nogil=True, boundscheck=False)  # type: ignore[untyped-decorator]
def plausible(matrix: Any) -> Any:
    """Whether a transform float64 (3, 3) keeps the hand and neither squeezes nor shears by more than a factor of 2.

    Its singular values are the sum and the difference of those of its turning and of its mirroring part.
    """
    a, b, c, d = matrix[0, 0], matrix[0, 1], matrix[1, 0], matrix[1, 1]
    turning, mirroring = np.hypot(a + d, c - b) / 2, np.hypot(a - d, c + b) / 2
    if not np.isfinite(turning + mirroring + matrix[0, 2] + matrix[1, 2]) or turning <= mirroring:
        return False
    large, small = turning + mirroring, turning - mirroring
    return small > 1e-3 and large < 2.0 * small


@numba.njit(cache=True, nogil=True, boundscheck=False)  # type: ignore[untyped-decorator]
def _centred(query: Any, other: Any, inside: Any) -> Any:
    """Means of x, y and of the other image's u, v; then the sums of xx, xy, yy, xu, yu, xv, yv of what is left."""
    count, mx, my, mu, mv = 0, 0.0, 0.0, 0.0, 0.0
    for i in range(len(query)):
        if inside[i]:
            count += 1
            mx, my, mu, mv = mx + query[i, 0], my + query[i, 1], mu + other[i, 0], mv + other[i, 1]
    mx, my, mu, mv = mx / count, my / count, mu / count, mv / count
    xx, xy, yy, xu, yu, xv, yv = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    for i in range(len(query)):
        if inside[i]:
            x, y, u, v = query[i, 0] - mx, query[i, 1] - my, other[i, 0] - mu, other[i, 1] - mv
            xx, xy, yy = xx + x * x, xy + x * y, yy + y * y
            xu, yu, xv, yv = xu + x * u, yu + y * u, xv + x * v, yv + y * v
    return (mx, my, mu, mv), (xx, xy, yy, xu, yu, xv, yv)


@numba.njit(cache=True, nogil=True, boundscheck=False)  # type: ignore[untyped-decorator]
def least_squares(query: Any, other: Any, inside: Any, affine: Any, out: Any) -> Any:
    """The least squares affine transform, or the similarity (Umeyama 1991), of some corresponding points.

    Args:
        query, other: float32 (m, 2 or more), x and y first.
        inside: bool (m,), which count; one at least.
        affine: Which of the two.
        out: float64 (3, 3), where the transform goes.

    Returns:
        Whether it is plausible; points on one line allow no affine transform.
    """
    mean, (xx, xy, yy, xu, yu, xv, yv) = _centred(query, other, inside)
    out[:] = 0.0
    if affine:
        det = xx * yy - xy * xy
        if det <= THIN * (xx + yy) ** 2:
            return False
        out[0, 0], out[0, 1] = (xu * yy - yu * xy) / det, (yu * xx - xu * xy) / det
        out[1, 0], out[1, 1] = (xv * yy - yv * xy) / det, (yv * xx - xv * xy) / det
    else:
        spread = max(xx + yy, 1e-12)
        out[0, 0] = out[1, 1] = (xu + yv) / spread
        out[1, 0] = (xv - yu) / spread
        out[0, 1] = -out[1, 0]
    out[0, 2] = mean[2] - out[0, 0] * mean[0] - out[0, 1] * mean[1]
    out[1, 2] = mean[3] - out[1, 0] * mean[0] - out[1, 1] * mean[1]
    out[2, 2] = 1.0
    return plausible(out)


@numba.njit(cache=True, nogil=True, boundscheck=False)  # type: ignore[untyped-decorator]
def agreeing(matrix: Any, query: Any, other: Any, limit: Any, out_inside: Any) -> Any:
    """Which correspondences agree with a transform: place within `limit`, size within a factor of 2, turn within 37°.

    Args:
        matrix: float64 (3, 3), affine.
        query, other: float32 (m, 4): x, y, size, angle in radians.
        limit: In pixels of the query.
        out_inside: bool (m,).

    Returns:
        How many.
    """
    scale = np.sqrt(max(abs(matrix[0, 0] * matrix[1, 1] - matrix[0, 1] * matrix[1, 0]), 1e-12))
    turn = np.arctan2(matrix[1, 0] - matrix[0, 1], matrix[0, 0] + matrix[1, 1])
    count, farthest = 0, (limit * scale) ** 2
    for i in range(len(query)):
        x, y = np.float64(query[i, 0]), np.float64(query[i, 1])
        dx = matrix[0, 0] * x + matrix[0, 1] * y + matrix[0, 2] - other[i, 0]
        dy = matrix[1, 0] * x + matrix[1, 1] * y + matrix[1, 2] - other[i, 1]
        ratio = other[i, 2] / query[i, 2] / scale
        near = dx * dx + dy * dy <= farthest and ratio > 0.5 and ratio < 2.0
        out_inside[i] = near and np.cos(other[i, 3] - query[i, 3] - turn) > 0.8
        count += out_inside[i]
    return count


@numba.njit(cache=True, nogil=True, boundscheck=False)  # type: ignore[untyped-decorator]
def refine(matrix: Any, query: Any, other: Any, limits: Any, out_inside: Any) -> Any:
    """Fit again and again to what agrees: a similarity first, an affine transform when enough points agree.

    Args:
        matrix: float64 (3, 3), what to begin with; the refined transform takes its place.
        query, other: float32 (m, 4), as for `agreeing`.
        limits: float64, the largest error of each round, in pixels of the query.
        out_inside: bool (m,), what agreed with the transform before the last fit.

    Returns:
        Whether there is a plausible one; `matrix` is of no use otherwise.
    """
    for limit in limits:
        count = agreeing(matrix, query, other, limit, out_inside)
        if count < FEWEST:
            return False
        affine = count >= FEWEST_AFFINE
        fitted = least_squares(query, other, out_inside, affine, matrix)
        if affine and not fitted:
            affine = False
            fitted = least_squares(query, other, out_inside, affine, matrix)
        if not fitted:
            return False
    return True


@numba.njit(cache=True, nogil=True, boundscheck=False)  # type: ignore[untyped-decorator]
def one_each(strength: Any, best: Any, cells: Any, count: Any, stored: Any, least: Any) -> Any:
    """The strongest witness of each cell, and of those the strongest of each keypoint of the other image.

    Args:
        strength: float64 (n,).
        best: int64 (n,), the keypoint of the other image that each was compared with; none negative where it is strong.
        cells: int64 (n,), of the query's keypoints, from 0.
        count, stored: How many cells, and how many keypoints the other image has.
        least: Strength from which on something is a witness.

    Returns:
        bool (n,); of equally strong ones the first counts.
    """
    of_cell, of_stored = np.full(count, -1, np.int64), np.full(stored, -1, np.int64)
    for i in range(len(strength)):
        if strength[i] >= least and (of_cell[cells[i]] < 0 or strength[i] > strength[of_cell[cells[i]]]):
            of_cell[cells[i]] = i
    kept = np.zeros(len(strength), np.bool_)
    for i in of_cell:
        if i >= 0:
            known = of_stored[best[i]]
            if known < 0 or (strength[i], known) > (strength[known], i):
                of_stored[best[i]] = i
    for i in of_stored:
        if i >= 0:
            kept[i] = True
    return kept


@numba.njit(cache=True, nogil=True, boundscheck=False)  # type: ignore[untyped-decorator]
def nearest_others(points: Any, out_nearest: Any) -> None:
    """The nearest other points of each.

    Args:
        points: float64 (k, 2).
        out_nearest: int64 (k, n), n less than k, nearest first; of equally near ones the first.
    """
    wanted = out_nearest.shape[1]
    apart = np.empty(wanted)
    for i in range(len(points)):
        apart[:] = np.inf
        for j in range(len(points)):
            distance = (points[i, 0] - points[j, 0]) ** 2 + (points[i, 1] - points[j, 1]) ** 2
            if j == i or distance >= apart[wanted - 1]:
                continue
            at = wanted - 1
            while at > 0 and apart[at - 1] > distance:
                apart[at], out_nearest[i, at] = apart[at - 1], out_nearest[i, at - 1]
                at -= 1
            apart[at], out_nearest[i, at] = distance, j
