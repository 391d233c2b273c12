"""The inner loops of `resample`, compiled by numba: lines of pixels added up with weights, many at a time.

Weights and order of operations are Pillow's (`Resample.c`) and OpenCV's (`resize.cpp`), so that the bytes are theirs.
Each loop over a line stands alone in its function: LLVM then makes vector instructions of it.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np

BITS = 22
"""Pillow's weights are whole numbers of 2^-22."""
HALF = np.int32(1 << (BITS - 1))
EDGE = 1e-3
"""OpenCV leaves out what a pixel reaches into the next by less than this."""

_compiled = numba.njit(cache=True, nogil=True, boundscheck=False)


@_compiled  # type: ignore[untyped-decorator]
def _cubic(x: Any) -> Any:
    x = abs(x)
    if x < 1.0:
        return (1.5 * x - 2.5) * x * x + 1.0
    if x < 2.0:
        return (((x - 5.0) * x + 8.0) * x - 4.0) * -0.5
    return 0.0


@_compiled  # type: ignore[untyped-decorator]
def pillow_weights(size: Any, low: Any, high: Any, out: Any, cubic: Any) -> Any:
    """Of each of `out` pixels between the places `low` and `high` (float32) on a line of `size`.

    Args:
        cubic: Bicubic (a = -0.5), else bilinear; both widened by the reduction.

    Returns:
        First pixel int64 (out,), number of pixels int64 (out,), weights int32 (out, n), n a multiple of four.
    """
    scale = np.float64(high - low) / out
    widening = max(scale, 1.0)
    support = (2.0 if cubic else 1.0) * widening
    room = (int(np.ceil(support)) * 2 + 4) // 4 * 4
    first, count = np.zeros(out, np.int64), np.zeros(out, np.int64)
    weights, line = np.zeros((out, room), np.int32), np.empty(room)
    for i in range(out):
        centre = low + (i + 0.5) * scale
        start, end = max(int(centre - support + 0.5), 0), min(int(centre + support + 0.5), size)
        total = 0.0
        for x in range(end - start):
            away = (x + start - centre + 0.5) * (1.0 / widening)
            line[x] = _cubic(away) if cubic else max(1.0 - abs(away), 0.0)
            total += line[x]
        first[i], count[i] = start, end - start
        for x in range(end - start):
            weight = line[x] / total if total != 0.0 else line[x]
            weights[i, x] = int((-0.5 if weight < 0.0 else 0.5) + weight * (1 << BITS))
    return first, count, weights


@_compiled  # type: ignore[untyped-decorator]
def _add_four(total: Any, a: Any, b: Any, c: Any, d: Any, wa: Any, wb: Any, wc: Any, wd: Any) -> None:
    for i in range(len(total)):
        total[i] += np.int32(a[i]) * wa + np.int32(b[i]) * wb + np.int32(c[i]) * wc + np.int32(d[i]) * wd


@_compiled  # type: ignore[untyped-decorator]
def _to_bytes(total: Any, out: Any) -> None:
    for i in range(len(total)):
        out[i] = np.uint8(min(max(total[i] >> BITS, 0), 255))


@_compiled  # type: ignore[untyped-decorator]
def pillow_lines(lines: Any, first: Any, count: Any, weights: Any, out: Any) -> None:
    """Weighted sums of `lines`, uint8 (n, m), into `out`, uint8 (len(first), m)."""
    total = np.empty(lines.shape[1], np.int32)
    last = len(lines) - 1
    for i in range(len(first)):
        total[:] = HALF
        for j in range(0, count[i], 4):  # beyond `count` the weights are 0
            at, w = first[i] + j, weights[i]
            a, b, c, d = lines[at], lines[min(at + 1, last)], lines[min(at + 2, last)], lines[min(at + 3, last)]
            _add_four(total, a, b, c, d, w[j], w[j + 1], w[j + 2], w[j + 3])
        _to_bytes(total, out[i])


@_compiled  # type: ignore[untyped-decorator]
def area_weights(size: Any, out: Any) -> Any:
    """Of each of `out` equal parts of a line of `size` pixels: first pixel, number of pixels, weights float32."""
    scale = 1.0 / (np.float64(out) / size)
    first, count = np.zeros(out, np.int64), np.zeros(out, np.int64)
    weights = np.zeros((out, int(scale) + 3), np.float32)
    for i in range(out):
        low = i * scale
        high, part = low + scale, min(scale, size - low)
        end = min(int(np.floor(high)), size - 1)
        start = min(int(np.ceil(low)), end)
        n, first[i] = 0, start
        if start - low > EDGE:
            first[i] = start - 1
            weights[i, 0] = np.float32((start - low) / part)
            n = 1
        for _ in range(start, end):
            weights[i, n] = np.float32(1.0 / part)
            n += 1
        if high - end > EDGE:
            weights[i, n] = np.float32(min(high - end, 1.0, part) / part)
            n += 1
        count[i] = n
    return first, count, weights


@_compiled  # type: ignore[untyped-decorator]
def _set(total: Any, a: Any, w: Any) -> None:
    for i in range(len(total)):
        total[i] = np.float32(a[i]) * w


@_compiled  # type: ignore[untyped-decorator]
def _add(total: Any, a: Any, w: Any) -> None:
    for i in range(len(total)):
        total[i] = total[i] + np.float32(a[i]) * w


@_compiled  # type: ignore[untyped-decorator]
def _add_two(total: Any, a: Any, b: Any, wa: Any, wb: Any) -> None:
    for i in range(len(total)):
        total[i] = (total[i] + np.float32(a[i]) * wa) + np.float32(b[i]) * wb


@_compiled  # type: ignore[untyped-decorator]
def _round(total: Any, out: Any) -> None:
    for i in range(len(total)):
        out[i] = np.uint8(min(max(np.rint(total[i]), np.float32(0.0)), np.float32(255.0)))


@_compiled  # type: ignore[untyped-decorator]
def _area_line(lines: Any, first: Any, count: Any, weights: Any, total: Any) -> None:
    _set(total, lines[first], weights[0])
    j = 1
    while j + 1 < count:
        _add_two(total, lines[first + j], lines[first + j + 1], weights[j], weights[j + 1])
        j += 2
    if j < count:
        _add(total, lines[first + j], weights[j])


@_compiled  # type: ignore[untyped-decorator]
def area_sums(lines: Any, first: Any, count: Any, weights: Any, out: Any) -> None:
    """Weighted sums of `lines`, uint8 (n, m), into `out`, float32 (len(first), m)."""
    for i in range(len(first)):
        _area_line(lines, first[i], count[i], weights[i], out[i])


@_compiled  # type: ignore[untyped-decorator]
def area_bytes(lines: Any, first: Any, count: Any, weights: Any, out: Any) -> None:
    """Weighted sums of `lines`, float32 (n, m), rounded into `out`, uint8 (len(first), m)."""
    total = np.empty(lines.shape[1], np.float32)
    for i in range(len(first)):
        _area_line(lines, first[i], count[i], weights[i], total)
        _round(total, out[i])
