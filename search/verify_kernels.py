"""Geometric agreement of correspondences, compiled by numba; the naive versions are in the tests."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np


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
        trials: Hypotheses tried in each group.
        out_pick: int64 (groups,), the winning correspondence, −1 in an empty group.
        out_score: float32 (groups,), the weight that agrees with it.
    """
    for g in range(len(starts) - 1):
        first, last = starts[g], starts[g + 1]
        out_pick[g] = -1
        out_score[g] = 0.0
        for h in range(first, min(last, first + trials)):
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
