"""Orientations and descriptors of SIFT keypoints, compiled by numba; OpenCV's SIFT is the reference in the tests.

Lowe 2004, sections 5 and 6.1, with the constants of OpenCV's SIFT, whose numbers these are (but for a rounding in a
thousand). What is quicker here: of a keypoint's square only the turned window is visited, row by row; the Gaussian
weight is a product of two table entries; loops over pixels are free of branches, so that LLVM makes vector
instructions of them, and only the last one, which adds to the histogram, goes pixel by pixel.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

BINS, PEAK = 36, np.float32(0.8)
"""Of the histogram of orientations; every peak of at least PEAK of the highest makes a keypoint."""
ORIENTATION_SIGMA, ORIENTATION_RADIUS = np.float32(1.5), np.float32(4.5)
"""Weight and reach of the orientation's window, in sigmas of the keypoint."""
CELL = np.float32(3.0)
"""Side of one of the descriptor's 4 × 4 cells, in sigmas of the keypoint."""
SLOTS = 5 * 5 * 8
"""A pixel lies between two rows of cells, two columns and two of 8 orientations; this many such places there are."""
CLIP, LENGTH = np.float32(0.2), np.float32(512.0)
"""No entry of a descriptor exceeds CLIP of its length before it is scaled to LENGTH."""
LARGEST = 48
"""Radius in pixels that buffers are made for; keypoints of an octave have sigmas up to 3.6, radius 38."""

# How a loop must be written to become vector instructions (ten times as quick): alone in its function, and over whole
# arrays with places as unsigned numbers. A slice costs as much as a row of pixels, because references to its array are
# counted, and a place that might be negative is looked at from behind.
_compiled = numba.njit(cache=True, nogil=True, boundscheck=False, fastmath=True, error_model="numpy")

VECTOR = 8
"""Rows of pixels are worked on in whole vectors: what goes beyond their ends is overwritten or not looked at."""


@intrinsic  # type: ignore[untyped-decorator]
def _add_corners(_typing: Any, _histogram: Any, _slot: Any, _amount: Any, _v: Any, _u: Any, _part: Any) -> Any:
    """Add `amount` to the eight numbers of a slot, shared by the parts that lie beyond it, as one vector.

    Written as eight additions it takes 11 cycles, which is half of a descriptor's time; LLVM does not see that the
    eight are neighbours.
    """
    signature = types.void(_histogram, types.int32, *[types.float32] * 4)

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        vector = ir.VectorType(ir.FloatType(), 8)

        def spread(value: Any) -> Any:
            alone = builder.insert_element(ir.Constant(vector, ir.Undefined), value, ir.IntType(32)(0))
            return builder.shuffle_vector(alone, alone, ir.Constant(ir.VectorType(ir.IntType(32), 8), [0] * 8))

        def share(value: Any, period: int) -> Any:
            """1 − value where the corner lies before, value where it lies beyond."""
            beyond = [float(k // period % 2) for k in range(8)]
            sign, start = [2 * b - 1 for b in beyond], [1 - b for b in beyond]
            product = builder.fmul(spread(value), ir.Constant(vector, sign), flags=("fast",))
            return builder.fadd(product, ir.Constant(vector, start), flags=("fast",))

        _, slot, amount, v, u, part = args
        weight = builder.fmul(spread(amount), share(v, 4), flags=("fast",))
        weight = builder.fmul(weight, builder.fmul(share(u, 2), share(part, 1), flags=("fast",)), flags=("fast",))
        array = context.make_array(signature.args[0])(context, builder, args[0])
        first = builder.gep(array.data, [builder.shl(builder.sext(slot, ir.IntType(64)), ir.IntType(64)(3))])
        place = builder.bitcast(first, vector.as_pointer())
        builder.store(builder.fadd(builder.load(place, align=4), weight, flags=("fast",)), place, align=4)
        return context.get_dummy_value()

    return signature, generate


_ONE, _TURN = np.float32(57.283627), np.float32(360.0)
_THREE, _FIVE, _SEVEN = np.float32(-18.667446), np.float32(8.914), np.float32(-2.5397246)


@_compiled  # type: ignore[untyped-decorator]
def degrees(y: Any, x: Any) -> Any:
    """The angle of a vector in [0, 360], by the polynomial of OpenCV's `fastAtan2` (0.3 degrees at most off)."""
    ax, ay = abs(x), abs(y)
    c = min(ax, ay) / (max(ax, ay) + np.float32(2.2204460e-16))
    square = c * c
    angle = (((_SEVEN * square + _FIVE) * square + _THREE) * square + _ONE) * c
    angle = np.float32(90.0) - angle if ay > ax else angle
    angle = np.float32(180.0) - angle if x < np.float32(0.0) else angle
    return _TURN - angle if y < np.float32(0.0) else angle


@_compiled  # type: ignore[untyped-decorator]
def orientations(space: Any, starts: Any, heights: Any, widths: Any, points: Any, octaves: Any, order: Any) -> Any:
    """Directions of keypoints.

    Args:
        space, starts, heights, widths: Of a `ScaleSpace`.
        points: float32 (n, 7), see `extrema_kernels.extrema`.
        octaves: int32 (n,).
        order: int64, which of them, in the order in which they are visited: neighbours after each other find their
            pixels in the cache.

    Returns:
        int64 (m,) rows of `points` and float32 (m,) angles in degrees, as OpenCV counts them; a point with several
        directions makes several.
    """
    most = len(order) * (BINS // 2)
    rows, angles = np.empty(most, np.int64), np.empty(most, np.float32)
    raw, smooth = np.empty((2, BINS + 4), np.float32), np.empty(BINS, np.float32)
    side = 2 * LARGEST + 1 + VECTOR
    weights, slots, amounts = np.empty(side, np.float32), np.empty(side, np.int32), np.empty(side, np.float32)
    found = 0
    for p in order:
        h, w = heights[octaves[p]], widths[octaves[p]]
        start = starts[octaves[p]] + np.int64(points[p, 2]) * h * w
        _directions(space, start, h, w, points[p], raw, smooth, weights, slots, amounts)
        highest = smooth.max() * PEAK
        for b in range(BINS):
            before, here, after = smooth[b - 1], smooth[b], smooth[(b + 1) % BINS]
            if here > before and here > after and here >= highest:
                place = np.float32(b) + np.float32(0.5) * (before - after) / (before - np.float32(2.0) * here + after)
                angle = (_TURN - np.float32(360.0 / BINS) * (place % np.float32(BINS))) % _TURN
                rows[found], angles[found] = p, angle
                found += 1
    return rows[:found], angles[:found]


@_compiled  # type: ignore[untyped-decorator]
def _directions(
    space: Any,
    start: Any,
    h: Any,
    w: Any,
    point: Any,
    raw: Any,
    smooth: Any,
    weights: Any,
    slots: Any,
    amounts: Any,
) -> None:
    """Fill `smooth` with the histogram of directions around a keypoint; the last three and `raw` are scratch."""
    x, y, scale = np.int64(point[5]), np.int64(point[6]), point[3]
    radius: Any = min(np.int64(np.rint(ORIENTATION_RADIUS * scale)), LARGEST)
    _gaussian(weights, radius, np.float32(-0.5) / (ORIENTATION_SIGMA * scale) ** 2)
    raw[:] = np.float32(0.0)
    first, last = max(-radius, 1 - x), min(radius, w - 2 - x)
    count = last - first + 1
    padded = _whole(count)
    for i in range(max(-radius, 1 - y), min(radius, h - 2 - y) + 1):
        place = np.uint64(start + (y + i) * w + x + first)
        _bins(space, place, np.uint64(w), slots, padded)
        _lengths(space, place, np.uint64(w), weights[radius + i], weights, np.uint64(radius + first), amounts, padded)
        for k in range(count):
            raw[k & 1, slots[k] + 2] += amounts[k]
    sums = raw[0]
    for b in range(BINS + 4):
        sums[b] += raw[1, b]
    sums[2] += sums[BINS + 2]
    sums[0], sums[1] = sums[BINS], sums[BINS + 1]
    sums[BINS + 2], sums[BINS + 3] = sums[2], sums[3]
    for b in range(BINS):
        smooth[b] = (
            (sums[b] + sums[b + 4]) * np.float32(1 / 16)
            + (sums[b + 1] + sums[b + 3]) * np.float32(4 / 16)
            + sums[b + 2] * np.float32(6 / 16)
        )


@_compiled  # type: ignore[untyped-decorator]
def _gaussian(weights: Any, radius: Any, factor: Any) -> None:
    """exp(factor · i²) for i from −radius to radius."""
    for i in range(2 * radius + 1):
        offset = np.float32(i - radius)
        weights[i] = np.exp(offset * offset * factor)


@_compiled  # type: ignore[untyped-decorator]
def _whole(count: Any) -> Any:
    """The next multiple of VECTOR."""
    return (count + VECTOR - 1) // VECTOR * VECTOR


@_compiled  # type: ignore[untyped-decorator]
def _bins(space: Any, place: Any, w: Any, slots: Any, count: Any) -> None:
    """Bin (0 to 36, where 36 is 0) of the gradients of `count` pixels from `place` on."""
    for k in range(count):
        q = place + np.uint64(k)
        dx, dy = space[q + np.uint64(1)] - space[q - np.uint64(1)], space[q - w] - space[q + w]
        slots[k] = np.int32(degrees(dy, dx) * np.float32(BINS / 360.0) + np.float32(0.5))


@_compiled  # type: ignore[untyped-decorator]
def _lengths(space: Any, place: Any, w: Any, across: Any, along: Any, first: Any, amounts: Any, count: Any) -> None:
    """Weighted lengths of the gradients of `count` pixels from `place` on."""
    for k in range(count):
        q = place + np.uint64(k)
        dx, dy = space[q + np.uint64(1)] - space[q - np.uint64(1)], space[q - w] - space[q + w]
        amounts[k] = np.sqrt(dx * dx + dy * dy) * (across * along[first + np.uint64(k)])


@_compiled  # type: ignore[untyped-decorator]
def descriptors(
    space: Any,
    starts: Any,
    heights: Any,
    widths: Any,
    points: Any,
    octaves: Any,
    rows: Any,
    angles: Any,
    order: Any,
    out: Any,
) -> None:
    """The descriptors of keypoints.

    Args:
        space, starts, heights, widths: Of a `ScaleSpace`.
        points, octaves: See `orientations`.
        rows, angles: Points and directions to describe.
        order: int64, which of them, see there.
        out: float32 (m, 128), their rows are filled: 4 rows of 4 cells of 8 orientations, whole numbers 0–255.
    """
    room = (2 * LARGEST + 1) ** 2 + VECTOR
    gx, gy, weight = np.empty(room, np.float32), np.empty(room, np.float32), np.empty(room, np.float32)
    v, u, part = np.empty(room, np.float32), np.empty(room, np.float32), np.empty(room, np.float32)
    slots, table = np.empty(room, np.int32), np.empty(2 * LARGEST + 1 + VECTOR, np.float32)
    histogram = np.empty(2 * SLOTS * 8, np.float32)
    for m in order:
        point = points[rows[m]]
        h, w = heights[octaves[rows[m]]], widths[octaves[rows[m]]]
        start = starts[octaves[rows[m]]] + np.int64(point[2]) * h * w
        turn = (_TURN - angles[m]) % _TURN
        width = CELL * point[3]
        radius = min(np.int64(np.rint(width * np.float32(np.sqrt(2.0) * 2.5))), LARGEST)
        cosine, sine = np.cos(np.radians(turn)) / width, np.sin(np.radians(turn)) / width
        _gaussian(table, radius, np.float32(-0.125) / (width * width))
        x, y = np.int64(np.rint(point[0])), np.int64(np.rint(point[1]))
        count = _window(space, start, h, w, x, y, radius, cosine, sine, table, gx, gy, weight, v, u)
        _slots(count, turn, gx, gy, weight, v, u, part, slots)
        histogram[:] = np.float32(0.0)
        _add(count, gx, v, u, part, slots, histogram)
        _finish(histogram, out[m])


@_compiled  # type: ignore[untyped-decorator]
def _span(low: Any, high: Any, offset: Any, slope: Any) -> Any:
    """The j in [low, high] with |offset + slope · j| < 2.5, as (first, last); first > last when there is none."""
    reach = np.float32(2.5)
    if abs(slope) < np.float32(1e-6):
        return (low, high) if abs(offset) < reach else (np.float32(1.0), np.float32(0.0))
    a, b = (-reach - offset) / slope, (reach - offset) / slope
    return max(low, min(a, b)), min(high, max(a, b))


@_compiled  # type: ignore[untyped-decorator]
def _window(
    space: Any,
    start: Any,
    h: Any,
    w: Any,
    x: Any,
    y: Any,
    radius: Any,
    cosine: Any,
    sine: Any,
    table: Any,
    gx: Any,
    gy: Any,
    weight: Any,
    v: Any,
    u: Any,
) -> Any:
    """Gather gradients, weights and places (in cells, from −1 to 4) of the pixels in the turned window; how many."""
    middle = np.float32(1.5)
    count = 0
    for i in range(max(-radius, 1 - y), min(radius, h - 2 - y) + 1):
        row = np.float32(i)
        low, high = _span(np.float32(-radius), np.float32(radius), -row * sine, cosine)
        low, high = _span(low, high, row * cosine, sine)
        first, last = max(np.int64(np.ceil(low)), 1 - x), min(np.int64(np.floor(high)), w - 2 - x)
        length = last - first + 1
        if low > high or length <= 0:
            continue
        padded, to = _whole(length), np.uint64(count)
        place = start + (y + i) * w + x + first
        _difference(space, np.uint64(place + 1), np.uint64(place - 1), gx, to, padded)
        _difference(space, np.uint64(place - w), np.uint64(place + w), gy, to, padded)
        _scaled(table, np.uint64(radius + first), table[radius + i], weight, to, padded)
        begin = np.float32(first)
        _steps(begin * sine + (row * cosine + middle), sine, v, to, padded)
        _steps(begin * cosine + (middle - row * sine), cosine, u, to, padded)
        count += length
    return count


@_compiled  # type: ignore[untyped-decorator]
def _difference(space: Any, a: Any, b: Any, out: Any, to: Any, count: Any) -> None:
    for k in range(count):
        q = np.uint64(k)
        out[to + q] = space[a + q] - space[b + q]


@_compiled  # type: ignore[untyped-decorator]
def _scaled(table: Any, first: Any, factor: Any, out: Any, to: Any, count: Any) -> None:
    for k in range(count):
        q = np.uint64(k)
        out[to + q] = table[first + q] * factor


@_compiled  # type: ignore[untyped-decorator]
def _steps(start: Any, step: Any, out: Any, to: Any, count: Any) -> None:
    for k in range(count):
        out[to + np.uint64(k)] = start + np.float32(np.int32(k)) * step


@_compiled  # type: ignore[untyped-decorator]
def _slots(count: Any, turn: Any, gx: Any, gy: Any, weight: Any, v: Any, u: Any, part: Any, slots: Any) -> None:
    """Turn gradients into amounts (in `gx`), and places into slots of the histogram and the parts beyond them."""
    one, most = np.float32(1.0), np.int32(4)
    for k in range(count):
        dx, dy = gx[k], gy[k]
        bin_ = (degrees(dy, dx) - turn) * np.float32(8.0 / 360.0)
        bin_ = bin_ + np.float32(8.0) if bin_ < np.float32(0.0) else bin_
        row, column = v[k] + one, u[k] + one
        # Rounding may put a pixel on the edge of the window a hair outside.
        r, c = min(max(np.int32(row), np.int32(0)), most), min(max(np.int32(column), np.int32(0)), most)
        o = np.int32(bin_)
        part[k] = bin_ - np.float32(o)
        v[k], u[k] = row - np.float32(r), column - np.float32(c)
        gx[k] = np.sqrt(dx * dx + dy * dy) * weight[k]
        slots[k] = (r * np.int32(5) + c) * np.int32(8) + o


@_compiled  # type: ignore[untyped-decorator]
def _add(count: Any, amount: Any, v: Any, u: Any, part: Any, slots: Any, histogram: Any) -> None:
    """Share each amount among the eight bins around its place.

    Neighbours mostly go to the same slot: taking turns between two histograms, one need not wait for the other.
    """
    for k in range(0, count - 1, 2):
        _add_corners(histogram, slots[k], amount[k], v[k], u[k], part[k])
        _add_corners(histogram, slots[k + 1] + SLOTS, amount[k + 1], v[k + 1], u[k + 1], part[k + 1])
    if count % 2:
        k = count - 1
        _add_corners(histogram, slots[k], amount[k], v[k], u[k], part[k])


@_compiled  # type: ignore[untyped-decorator]
def _finish(histogram: Any, out: Any) -> None:
    """Bring the corners together in the inner 4 × 4 cells, clip, scale, round."""
    out[:] = np.float32(0.0)
    for row in range(5):
        for column in range(5):
            for corner in range(8):
                r, c, turn = row - 1 + corner // 4, column - 1 + corner // 2 % 2, corner % 2
                if 0 <= r < 4 and 0 <= c < 4:
                    first, cell = 64 * (5 * row + column) + corner, 8 * (4 * r + c)
                    for o in range(8):
                        amount = histogram[first + 8 * o] + histogram[first + 8 * (o + SLOTS)]
                        out[cell + ((o + turn) & 7)] += amount
    limit = np.sqrt((out * out).sum()) * CLIP
    for k in range(128):
        out[k] = min(out[k], limit)
    scale = LENGTH / max(np.sqrt((out * out).sum()), np.float32(1.1920929e-07))
    for k in range(128):
        out[k] = min(np.rint(out[k] * scale), np.float32(255.0))
