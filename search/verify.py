"""Geometric verification: is there one transform that carries the query's keypoints onto a stored image's?

One correspondence of two keypoints (place, size, angle) makes a similarity, so that all hypotheses can be tried and the
answer is always the same. The best is refined to an affine transform; verify_evidence.py judges it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from indexer.core.geometry import transform_points
from indexer.core.types import Array, LocalFeatures

TRIALS = 400
LOOSE = 0.04
"""Largest error of a hypothesis from one correspondence, as a part of the query's longer side."""
TIGHT = 0.015
"""Largest error after refinement."""
ROUNDS = (LOOSE, LOOSE, 0.025, TIGHT, TIGHT)
"""Largest errors of the rounds of refinement."""
RATIO = 0.88
"""A match must be this much nearer than the second nearest in the same image (Lowe's ratio test)."""
ANGLES = 3
"""Keypoints at one spot, as a rule at most: SIFT gives a point one for each strong direction."""
FEWEST = 4
FEWEST_PROJECTIVE = 16
"""Points from which a homography is tried."""
BETTER = 0.85
"""Part of the affine transform's median error from which on a homography is believed."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """Correspondences that agree with one transform.

    Attributes:
        transform: float64 (3, 3), query pixels to pixels of the other image.
        inliers: int64 (k,), positions among the correspondences given.
    """

    transform: Array
    inliers: Array


def keypoint_rows(features: LocalFeatures) -> Array:
    """float32 (n, 4): x, y, size, angle in radians."""
    return np.column_stack([features.xy, features.scales, np.deg2rad(features.angles)]).astype(np.float32)


def squared_distances(query: Array, other: Array) -> Array:
    """float32 (n, m): squared distances of descriptors uint8 (n, 128), (m, 128).

    One product, (−2a, a², 1) · (b, 1, b²): passes over n × m numbers would cost as much as it does. Sums of 128 squares
    of bytes are whole numbers below 2²⁴, so that it is exact.
    """
    (n, d), m = query.shape, len(other)
    a, b = np.ones((n, d + 2), np.float32), np.ones((m, d + 2), np.float32)
    a[:, :d], b[:, :d] = query, other
    a[:, d], b[:, d + 1] = (np.einsum("ij,ij->i", x[:, :d], x[:, :d]) for x in (a, b))
    a[:, :d] *= np.float32(-2.0)
    return np.asarray(a @ b.T)


def match(squared: Array, query_spots: Array, other_spots: Array, ratio: float = RATIO) -> tuple[Array, Array, Array]:
    """Nearest neighbours that pass the ratio test, one to one.

    Keypoints at one spot (several angles of one point) count once, or they would be taken for independent witnesses.

    Args:
        squared: float32 (n, m), squared distances.
        query_spots, other_spots: int64 (n,), (m,), as `spots` gives them.
        ratio: Largest distance to the nearest as a part of that to the nearest at another spot.

    Returns:
        Positions in query int64 (k,), in other int64 (k,), and ratios float32 (k,), surest first.
    """
    n, m = squared.shape
    if not n or m < 2:
        return np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, np.float32)
    nearest = squared.argmin(axis=1)
    first = squared[np.arange(n), nearest]
    return clear(nearest, first, rivals(squared, nearest, other_spots), query_spots, other_spots, ratio)


def clear(
    nearest: Array, first: Array, second: Array, query_spots: Array, other_spots: Array, ratio: float = RATIO
) -> tuple[Array, Array, Array]:
    """Which nearest neighbours pass the ratio test, one to one, as `match` gives them.

    Args:
        nearest: int64 (n,), the nearest of each keypoint.
        first, second: float32 (n,), squared distances to it and to the nearest at another spot; infinite without one.
        query_spots, other_spots, ratio: As for `match`.
    """
    second = np.where(np.isfinite(second), second, first)
    quotient = np.sqrt((first + 1.0) / (second + 1.0))  # two exact copies are no clear match
    passed = np.flatnonzero(quotient < ratio)
    passed = passed[np.argsort(quotient[passed], kind="stable")]
    passed = _first_of(query_spots[passed], passed)
    passed = _first_of(other_spots[nearest[passed]], passed)
    return passed, nearest[passed].astype(np.int64), quotient[passed].astype(np.float32)


def rivals(squared: Array, nearest: Array, other_spots: Array) -> Array:
    """float32 (n,): distances to the nearest at another spot than that of `nearest`; infinite where there is none.

    What stands at the spot is taken out and put back: a mask as large as the distances would take much longer.
    """
    found = np.full(len(squared), np.inf, np.float32)
    rows, at = np.arange(len(squared)), nearest
    out = []
    for _ in range(ANGLES):
        out.append((rows, at, squared[rows, at]))
        squared[rows, at] = np.inf
        at = squared.argmin(axis=1) if len(rows) == len(squared) else squared[rows].argmin(axis=1)
        here = other_spots[at] == other_spots[nearest[rows]]
        found[rows[~here]] = squared[rows[~here], at[~here]]
        rows, at = rows[here], at[here]
    if len(rows):
        same = other_spots[None] == other_spots[nearest[rows]][:, None]
        found[rows] = np.where(same, np.inf, squared[rows]).min(axis=1)
    for there, column, value in out:
        squared[there, column] = value
    return found


def spots(features: LocalFeatures) -> Array:
    """int64 (n,): one number for all keypoints of the same place and size."""
    if not len(features):
        return np.zeros(0, np.int64)
    tenths = np.rint(10.0 * np.column_stack([features.xy, features.scales])).astype(np.int64)
    key = (tenths[:, 0] << 42) + (tenths[:, 1] << 21) + tenths[:, 2]
    return np.asarray(np.unique(key, return_inverse=True)[1], np.int64)


def _first_of(groups: Array, items: Array) -> Array:
    """Of `items`, the first of each group, in order."""
    _, first = np.unique(groups, return_index=True)
    return np.asarray(items[np.sort(first)])


def agree(query: Array, other: Array, weights: Array, side: float) -> Agreement | None:
    """The transform that most correspondences agree with.

    Args:
        query, other: float32 (m, 4), rows of `keypoint_rows`, corresponding.
        weights: float32 (m,), larger is surer.
        side: Longer side of the query in pixels.

    Returns:
        None when fewer than 4 points agree.
    """
    from search.verify_fit_kernels import agreeing, refine
    from search.verify_kernels import best_similarities

    if len(query) < FEWEST:
        return None
    order = np.argsort(-weights, kind="stable")
    q, o = np.ascontiguousarray(query[order]), np.ascontiguousarray(other[order])
    pick, score = np.zeros(1, np.int64), np.zeros(1, np.float32)
    starts = np.array([0, len(q)], np.int64)
    best_similarities(starts, q, o, weights[order].astype(np.float32), LOOSE * side, TRIALS, pick, score)
    matrix, inside = similarity(q[pick[0]], o[pick[0]]), np.zeros(len(q), np.bool_)
    if not refine(matrix, q, o, side * np.array(ROUNDS), inside):
        return None
    if agreeing(matrix, q, o, TIGHT * side, inside) < FEWEST:
        return None
    return Agreement(matrix, order[inside])


def similarity(query: Array, other: Array) -> Array:
    """float64 (3, 3): the similarity that one correspondence makes."""
    scale, turn = float(other[2] / query[2]), float(other[3] - query[3])
    c, s = scale * np.cos(turn), scale * np.sin(turn)
    x, y = float(query[0]), float(query[1])
    return np.array([[c, -s, other[0] - c * x + s * y], [s, c, other[1] - s * x - c * y], [0, 0, 1]], np.float64)


def fit(query: Array, other: Array) -> Array | None:
    """The least squares transform of corresponding points, float64 (3, 3); None where it is not plausible.

    It is affine for eight points or more, else a similarity.

    Args:
        query, other: float32 (k, 2 or more), k at least 1, x and y first.
    """
    from search.verify_fit_kernels import FEWEST_AFFINE, least_squares

    matrix, every = np.empty((3, 3)), np.ones(len(query), np.bool_)
    return matrix if least_squares(query, other, every, len(query) >= FEWEST_AFFINE, matrix) else None


def fit_projective(matrix: Array, query: Array, other: Array) -> Array:
    """A homography float64 (3, 3) where that fits clearly better than an affine transform, else that transform.

    Photographs of a page are seen from an angle. Points that agree with an affine transform are enough to see it.

    Args:
        matrix: The affine transform.
        query, other: float32 (k, 2), points that agree with it.
    """
    import cv2

    if len(query) < FEWEST_PROJECTIVE:
        return matrix
    fitted = cv2.findHomography(query.astype(np.float64), other.astype(np.float64), 0)[0]
    if fitted is None or not np.isfinite(fitted).all():
        return matrix
    depth = np.column_stack([query, np.ones(len(query))]) @ fitted[2]
    if depth.min() <= 0.5 * depth.max():
        return matrix
    errors = [np.median(np.linalg.norm(transform_points(m, query) - other, axis=1)) for m in (fitted, matrix)]
    return np.asarray(fitted) if errors[0] < BETTER * errors[1] else matrix


def flip(width: float) -> Array:
    """float64 (3, 3): swap left and right of a picture of that width."""
    return np.array([[-1.0, 0.0, width], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])


def log10_binomial_tail(n: int, k: Array, p: Array) -> Array:
    """log10 of an upper bound of P(X ≥ k) for X binomial (n, p), that does not underflow; 0 where k ≤ n·p.

    The number of false alarms of Desolneux, Moisan & Morel (2000) is this times the number of tests.

    The tail is at most its first term divided by 1 − the ratio of the second to the first (a geometric series).
    """
    from scipy.special import gammaln

    k = np.asarray(k, np.float64)
    first = gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1) + k * np.log(p) + (n - k) * np.log1p(-p)
    ratio = (n - k) * p / ((k + 1) * (1 - p))
    tail = first - np.log(np.maximum(1.0 - ratio, 1e-9))
    return np.asarray(np.where((k <= n * p) | (ratio >= 1.0), 0.0, np.minimum(tail, 0.0)) / np.log(10.0))
