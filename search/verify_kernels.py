"""Geometric agreement of correspondences, compiled by numba; the naive versions are in the tests."""

from __future__ import annotations

from typing import Any

import numba
import numpy as np

from indexer.collection.instance_kernels import squared_distance

WORK = 200_000
"""Pairs compared in a group of correspondences, about."""


@numba.njit(cache=True, nogil=True, boundscheck=False)  # type: ignore[untyped-decorator]
def _columns(query: Any, other: Any) -> Any:
    """float32 (7, m): x, y, X, Y, change of size, and cosine and sine of the turn of each correspondence."""
    out = np.empty((7, len(query)), np.float32)
    for m in range(len(query)):
        turn = other[m, 3] - query[m, 3]
        out[0, m], out[1, m], out[2, m], out[3, m] = query[m, 0], query[m, 1], other[m, 0], other[m, 1]
        out[4, m], out[5, m], out[6, m] = other[m, 2] / query[m, 2], np.cos(turn), np.sin(turn)
    return out


@numba.njit(cache=True, nogil=True, boundscheck=False)  # type: ignore[untyped-decorator]
def _agreeing(
    x: Any, y: Any, u: Any, v: Any, change: Any, cosine: Any, sine: Any, h: Any, tolerance: Any, out: Any
) -> None:
    """Which correspondences agree with the similarity of one of them, as 0 and 1.

    Each column is an array of its own and nothing branches, so that the loop is vectorised: a tenth of the time.
    """
    scale, ch, sh = change[h], cosine[h], sine[h]
    c, s = scale * ch, scale * sh
    tx, ty = u[h] - c * x[h] + s * y[h], v[h] - s * x[h] - c * y[h]
    limit, least, most = (tolerance * scale) ** 2, scale * np.float32(0.625), scale * np.float32(1.6)
    for m in range(len(x)):
        ex = c * x[m] - s * y[m] + tx - u[m]
        ey = s * x[m] + c * y[m] + ty - v[m]
        turned = cosine[m] * ch + sine[m] * sh
        near = (ex * ex + ey * ey <= limit) & (change[m] >= least) & (change[m] <= most)
        out[m] = np.float32(1.0) if near & (turned >= np.float32(0.866)) else np.float32(0.0)


@numba.njit(cache=True, nogil=True, boundscheck=False, fastmath={"reassoc", "nsz"})  # type: ignore[untyped-decorator]
def _weight(agreeing: Any, weights: Any) -> Any:
    """The sum of the weights that count, in any order."""
    total = 0.0
    for m in range(len(weights)):
        total += np.float64(weights[m] * agreeing[m])
    return total


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
    p, agreeing = _columns(query, other), np.empty(len(query), np.float32)
    for g in range(len(starts) - 1):
        first, last = starts[g], starts[g + 1]
        part = slice(first, last)
        ours = weights[part]
        columns = p[0][part], p[1][part], p[2][part], p[3][part], p[4][part], p[5][part], p[6][part]
        out_pick[g], out_score[g] = -1, 0.0
        for h in range(min(last - first, trials, max(20, WORK // max(last - first, 1)))):
            _agreeing(*columns, h, np.float32(tolerance), agreeing)
            total = _weight(agreeing, ours)
            if total > out_score[g]:
                out_score[g], out_pick[g] = total, first + h


@numba.njit(cache=True, nogil=True, boundscheck=False)  # type: ignore[untyped-decorator]
def _merge(weights: Any, order: Any, low: Any, middle: Any, high: Any, scratch: Any) -> None:
    """Merge two parts of `order`, both heaviest first; of equal ones those of the first part come first."""
    i, j = low, middle
    for at in range(low, high):
        if j >= high or (i < middle and weights[order[i]] >= weights[order[j]]):
            scratch[at] = order[i]
            i += 1
        else:
            scratch[at] = order[j]
            j += 1
    for at in range(low, high):
        order[at] = scratch[at]


@numba.njit(cache=True, nogil=True, boundscheck=False)  # type: ignore[untyped-decorator]
def heaviest_first(starts: Any, weights: Any, out_order: Any) -> None:
    """Sort within groups by merging, heaviest first; equal ones stay as they are. (Numba's sort compiles for a second.)

    Args:
        starts: int64 (groups + 1,), where each group starts.
        weights: float32 (m,).
        out_order: int64 (m,), positions.
    """
    scratch = np.empty(len(weights), np.int64)
    for g in range(len(starts) - 1):
        first, last = starts[g], starts[g + 1]
        for m in range(first, last):
            out_order[m] = m
        width = 1
        while width < last - first:
            for low in range(first, last, 2 * width):
                _merge(weights, out_order, low, min(low + width, last), min(low + 2 * width, last), scratch)
            width *= 2


ASKED, BEATEN = 159, 40
"""Keypoints that so many of the first of the cohort beat are no witnesses, as most are; the others are not asked."""


@numba.njit(cache=True, nogil=True, boundscheck=False)  # type: ignore[untyped-decorator]
def _closer(cohort: Any, first: Any, last: Any, nearest: Any) -> Any:
    """How many of a part of the cohort come as near as `nearest`; in 32 bits, so that the loop is vectorised."""
    count = np.int32(0)
    for c in range(first, last):
        count = np.int32(count + np.int32(cohort[c] <= nearest))
    return np.int64(count)


@numba.njit(cache=True, nogil=True, boundscheck=False)  # type: ignore[untyped-decorator]
def _strength(cohort: Any, own: Any, nearest: Any, room: Any) -> Any:
    """−log10 of the chance that one of `room` keypoints comes as near as `nearest`, by the rank in the cohort.

    Columns `own[0]` to `own[1]` of the cohort do not count.
    """
    first, last = own
    asked = ASKED if first >= ASKED else min(ASKED + last - first, len(cohort))
    rank = 1 + _closer(cohort, 0, min(asked, first), nearest) + _closer(cohort, last, asked, nearest)
    if rank > BEATEN:
        return 0.0
    rank += _closer(cohort, asked, first, nearest) + _closer(cohort, max(asked, last), len(cohort), nearest)
    columns = 1 + len(cohort) - (last - first)
    if rank >= columns:
        return 0.0
    return -np.log10(-np.expm1(room * np.log1p(-rank / columns)))


@numba.njit(cache=True, nogil=True, boundscheck=False)  # type: ignore[untyped-decorator]
def sort_into_cells(rows: Any, side: Any, out_starts: Any, out_order: Any, out_near: Any, out_frame: Any) -> None:
    """Keypoints of an image by the cell of a grid in which they lie: a counting sort.

    Args:
        rows: float32 (m, 4): x, y, size, angle in radians; m at least 1.
        side: Cells along each side of the square grid around them.
        out_starts: int64 (side² + 1,), zeros; where each cell's keypoints start, line after line of cells.
        out_order: int64 (m,), the row of each keypoint, ascending within a cell.
        out_near: float32 (m, 5), in that order: x, y, size, cosine and sine of the angle.
        out_frame: float64 (5,): left, top, right, bottom of the keypoints, and cells per pixel.
    """
    left, top, right, bottom = np.inf, np.inf, -np.inf, -np.inf
    for i in range(len(rows)):
        x, y = np.float64(rows[i, 0]), np.float64(rows[i, 1])
        left, top, right, bottom = min(left, x), min(top, y), max(right, x), max(bottom, y)
    zoom = side / (1.001 * max(right - left, bottom - top) + 1e-3)
    out_frame[:] = left, top, right, bottom, zoom
    cells = np.empty(len(rows), np.int64)
    for i in range(len(rows)):
        cells[i] = np.int64((rows[i, 1] - top) * zoom) * side + np.int64((rows[i, 0] - left) * zoom)
        out_starts[cells[i] + 1] += 1
    for c in range(side * side):
        out_starts[c + 1] += out_starts[c]
    free = out_starts.copy()
    for i in range(len(rows)):
        at = free[cells[i]]
        free[cells[i]] += 1
        out_order[at] = i
        out_near[at, 0], out_near[at, 1], out_near[at, 2] = rows[i, 0], rows[i, 1], rows[i, 2]
        out_near[at, 3], out_near[at, 4] = np.cos(rows[i, 3]), np.sin(rows[i, 3])


@numba.njit(cache=True, nogil=True, boundscheck=False)  # type: ignore[untyped-decorator]
def _window(low: Any, high: Any, zoom: Any, side: Any) -> Any:
    """First and last cell along one axis that a stretch, counted from the grid's edge, touches; a little wider."""
    return max(0, np.int64(low * zoom - 1e-6)), min(side - 1, np.int64(high * zoom + 1e-6))


@numba.njit(cache=True, nogil=True, boundscheck=False)  # type: ignore[untyped-decorator]
def _most_similar(expected: Any, radius: Any, descriptor: Any, descriptors: Any, grid: Any) -> Any:
    """The most similar keypoint near a place: its row (−1: none is near), its squared distance, and how many are near.

    Of several that are equally similar (one point stored twice) the leftmost.

    Args:
        expected: x, y, size, and cosine and sine of the angle.
        radius: In pixels.
        descriptor, descriptors: uint8 (128,), (m, 128).
        grid: As for `guided`.
    """
    near, order, starts, frame, side = grid
    x, y, size, cosine, sine = expected
    first, last = _window(x - radius - frame[0], x + radius - frame[0], frame[4], side)
    upper, lower = _window(y - radius - frame[1], y + radius - frame[1], frame[4], side)
    at, nearest, room = -1, np.int32(2147483647), 0
    for line in range(upper, lower + 1):
        for k in range(starts[line * side + first], starts[line * side + last + 1]):
            dx, dy = near[k, 0] - x, near[k, 1] - y
            if dx * dx + dy * dy > radius * radius:
                continue
            if near[k, 2] > 1.5 * size or near[k, 2] < 0.667 * size:
                continue
            if near[k, 3] * cosine + near[k, 4] * sine < 0.906:
                continue
            room += 1
            total = squared_distance(descriptor, descriptors[order[k]])
            if total < nearest or (total == nearest and (near[k, 0], order[k]) < (near[at, 0], order[at])):
                nearest, at = total, k
    return order[at] if at >= 0 else np.int64(-1), nearest, room


@numba.njit(cache=True, nogil=True, boundscheck=False)  # type: ignore[untyped-decorator]
def guided(
    query_descriptors: Any,
    other_descriptors: Any,
    query: Any,
    grid: Any,
    matrix: Any,
    radius: Any,
    cohort: Any,
    own: Any,
    out_best: Any,
    out_strength: Any,
) -> None:
    """For each query keypoint the most similar one near its predicted place, and how special that similarity is.

    Near are those within the radius, of 0.667 to 1.5 times the predicted size, and turned by 25° from it at most.

    Args:
        query_descriptors, other_descriptors: uint8 (n, 128), (m, 128).
        query: float32 (n, 5): x, y, size, cosine and sine of the angle.
        grid: The other image's keypoints: `near`, `order`, `starts` and `frame` as `sort_into_cells` gives them, and
            the cells along each side.
        matrix: float64 (3, 3), affine, from query to other.
        radius: Largest error, in pixels of the other image.
        cohort: float32 (n, c), squared distances of the query's descriptors to some of other images.
        own: First column of the cohort that does not count, and the first after it that does again.
        out_best: int64 (n,), the row of `other_descriptors` found; −1: none is near, −2: the place lies outside.
        out_strength: float64 (n,), −log10 of the chance that one of the near keypoints were so similar.
    """
    scale = np.sqrt(abs(matrix[0, 0] * matrix[1, 1] - matrix[0, 1] * matrix[1, 0]))
    turn = np.arctan2(matrix[1, 0] - matrix[0, 1], matrix[0, 0] + matrix[1, 1])
    c, s = np.cos(turn), np.sin(turn)
    left, top, right, bottom = grid[3][0], grid[3][1], grid[3][2], grid[3][3]
    for i in range(len(query)):
        x = matrix[0, 0] * query[i, 0] + matrix[0, 1] * query[i, 1] + matrix[0, 2]
        y = matrix[1, 0] * query[i, 0] + matrix[1, 1] * query[i, 1] + matrix[1, 2]
        out_best[i], out_strength[i] = -2, 0.0
        if x < left - radius or x > right + radius or y < top - radius or y > bottom + radius:
            continue
        turned = c * query[i, 3] - s * query[i, 4], s * query[i, 3] + c * query[i, 4]
        expected = x, y, query[i, 2] * scale, turned[0], turned[1]
        best, nearest, room = _most_similar(expected, radius, query_descriptors[i], other_descriptors, grid)
        out_best[i] = best
        if best >= 0:
            out_strength[i] = _strength(cohort[i], own, np.float32(nearest), room)


@numba.njit(cache=True, nogil=True, boundscheck=False)  # type: ignore[untyped-decorator]
def nearest_in_cells(
    query: Any, other: Any, cells: Any, starts: Any, spots: Any, out_nearest: Any, out_first: Any, out_second: Any
) -> None:
    """The nearest descriptor of another image, and the nearest that stands at another spot, in some cells.

    Args:
        query, other: uint8 (n, 128), (m, 128), the latter by cell.
        cells: int32 (n, k), where each of the query's is compared.
        starts: int64 (cells + 1,), where each cell's descriptors start in `other`.
        spots: int64 (m,), equal for keypoints of one place and size.
        out_nearest: int64 (n,), row of `other`, −1 where the cells are empty.
        out_first, out_second: float32 (n,), squared distances; infinite where there is none.
    """
    for i in range(len(query)):
        best, first, second = np.int64(-1), np.float32(np.inf), np.float32(np.inf)
        for cell in cells[i]:
            for j in range(starts[cell], starts[cell + 1]):
                distance = np.float32(squared_distance(query[i], other[j]))
                if distance < first:
                    if best >= 0 and spots[j] != spots[best]:
                        second = first
                    best, first = np.int64(j), distance
                elif distance < second and spots[j] != spots[best]:
                    second = distance
        out_nearest[i], out_first[i], out_second[i] = best, first, second
