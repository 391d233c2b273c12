"""Geometric agreement of correspondences, compiled by numba; the naive versions are in the tests."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np

from indexer.collection.instance_kernels import squared_distance

WORK = 200_000
"""Pairs compared in a group of correspondences, about."""


@numba.njit(cache=True, nogil=True, boundscheck=False)  # type: ignore[untyped-decorator]
def best_similarities(
    starts: Any, query: Any, other: Any, weights: Any, tolerance: Any, trials: Any, out_pick: Any, out_score: Any
) -> None:
    """For each group of correspondences the one whose similarity transform most of the others agree with.

    A keypoint has a place, a size and an angle, so that one correspondence makes a hypothesis. Another agrees when its
    place is predicted within `tolerance`, its change of size within a factor of 1.6 and its turn within 30°.

    Args:
        starts: int64 (groups + 1,), where each group starts; within a group the heaviest come first.
        query, other: float32 (m, 4): x, y, size, angle in radians of each side.
        weights: float32 (m,).
        tolerance: Largest error, in pixels of the query.
        trials: Hypotheses tried in each group; fewer in groups so large that it would take long.
        out_pick: int64 (groups,), the winning correspondence, −1 in an empty group.
        out_score: float32 (groups,), the weight that agrees with it.
    """
    for g in range(len(starts) - 1):
        first, last = starts[g], starts[g + 1]
        out_pick[g] = -1
        out_score[g] = 0.0
        tried = min(trials, max(20, WORK // max(last - first, 1)))
        for h in range(first, min(last, first + tried)):
            scale = other[h, 2] / query[h, 2]
            turn = other[h, 3] - query[h, 3]
            c, s = scale * np.cos(turn), scale * np.sin(turn)
            tx = other[h, 0] - c * query[h, 0] + s * query[h, 1]
            ty = other[h, 1] - s * query[h, 0] - c * query[h, 1]
            limit = (tolerance * scale) ** 2
            total = 0.0
            for m in range(first, last):
                ex = c * query[m, 0] - s * query[m, 1] + tx - other[m, 0]
                ey = s * query[m, 0] + c * query[m, 1] + ty - other[m, 1]
                if ex * ex + ey * ey > limit:
                    continue
                ratio = other[m, 2] / (query[m, 2] * scale)
                if ratio > 1.6 or ratio < 0.625:
                    continue
                if np.cos(other[m, 3] - query[m, 3] - turn) < 0.866:
                    continue
                total += weights[m]
            if total > out_score[g]:
                out_score[g] = total
                out_pick[g] = h


@numba.njit(cache=True, nogil=True, boundscheck=False)  # type: ignore[untyped-decorator]
def _strength(cohort: Any, used: Any, nearest: Any, room: Any) -> Any:
    """−log10 of the chance that one of `room` keypoints comes as near as `nearest`, by the rank in the cohort.

    Most keypoints are no witnesses: 0 at once for those that 40 of the first 160 in the cohort beat.
    """
    rank, columns = 1, 1
    for c in range(len(used)):
        if used[c]:
            columns += 1
            if cohort[c] <= nearest:
                rank += 1
                if rank > 40 and columns <= 160:
                    return 0.0
    if rank >= columns:
        return 0.0
    return -np.log10(-np.expm1(room * np.log1p(-rank / columns)))


@numba.njit(cache=True, nogil=True, boundscheck=False)  # type: ignore[untyped-decorator]
def guided(
    query_descriptors: Any,
    other_descriptors: Any,
    query: Any,
    other: Any,
    order: Any,
    matrix: Any,
    radius: Any,
    cohort: Any,
    used: Any,
    out_best: Any,
    out_strength: Any,
) -> None:
    """For each query keypoint the most similar one near its predicted place, and how special that similarity is.

    Args:
        query_descriptors, other_descriptors: uint8 (n, 128), (m, 128).
        query, other: float32 (n, 4), (m, 4): x, y, size, angle in radians; `other` by ascending x.
        order: int64 (m,), the row of `other_descriptors` of each row of `other`.
        matrix: float64 (3, 3), affine, from query to other.
        radius: Largest error, in pixels of the other image.
        cohort: float32 (n, c), squared distances of the query's descriptors to some of other images.
        used: bool (c,), which columns of the cohort count.
        out_best: int64 (n,), the row of `other` found, −1 where none is near; −2 where the place lies outside.
        out_strength: float64 (n,), −log10 of the chance that one of the near keypoints were so similar.
    """
    det = matrix[0, 0] * matrix[1, 1] - matrix[0, 1] * matrix[1, 0]
    scale = np.sqrt(abs(det))
    turn = np.arctan2(matrix[1, 0] - matrix[0, 1], matrix[0, 0] + matrix[1, 1])
    low, high = other[:, 1].min() - radius, other[:, 1].max() + radius
    left, right = other[0, 0] - radius, other[-1, 0] + radius
    places = other[:, 0].copy()
    for i in range(len(query)):
        x = matrix[0, 0] * query[i, 0] + matrix[0, 1] * query[i, 1] + matrix[0, 2]
        y = matrix[1, 0] * query[i, 0] + matrix[1, 1] * query[i, 1] + matrix[1, 2]
        out_strength[i] = 0.0
        out_best[i] = -2
        if x < left or x > right or y < low or y > high:
            continue
        best = -1
        nearest = np.int64(1 << 40)
        room = 0
        for j in range(np.searchsorted(places, x - radius), len(other)):
            dx, dy = other[j, 0] - x, other[j, 1] - y
            if dx > radius:
                break
            if dx * dx + dy * dy > radius * radius:
                continue
            ratio = other[j, 2] / (query[i, 2] * scale)
            if ratio > 1.5 or ratio < 0.667 or np.cos(other[j, 3] - query[i, 3] - turn) < 0.906:
                continue
            room += 1
            total = squared_distance(query_descriptors[i], other_descriptors[order[j]])
            if total < nearest:
                nearest = total
                best = j
        out_best[i] = best
        if best < 0:
            continue
        out_strength[i] = _strength(cohort[i], used, nearest, room)
