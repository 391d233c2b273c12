"""The inner loop of `pieces`, compiled by numba; OpenCV's own statistics are the reference in the tests."""

from __future__ import annotations

from typing import Any

import numba


@numba.njit(cache=True, nogil=True, boundscheck=False)  # type: ignore[untyped-decorator]
def statistics(labels: Any, stats: Any) -> None:
    """x, y, width, height and area of each number in `labels`, int32 (h, w), into `stats`, int32 (n, 5).

    Goes by runs of one number in a row. A number that does not occur gets an empty box and no area.
    """
    h, w = labels.shape
    for k in range(len(stats)):
        stats[k, 0], stats[k, 1], stats[k, 2], stats[k, 3], stats[k, 4] = w, h, 0, 0, 0
    for y in range(h):
        x = 0
        while x < w:
            number, start = labels[y, x], x
            while x < w and labels[y, x] == number:
                x += 1
            row = stats[number]
            row[0], row[1] = min(row[0], start), min(row[1], y)
            row[2], row[3] = max(row[2], x), y + 1
            row[4] += x - start
    for k in range(len(stats)):
        stats[k, 2], stats[k, 3] = max(stats[k, 2] - stats[k, 0], 0), max(stats[k, 3] - stats[k, 1], 0)
