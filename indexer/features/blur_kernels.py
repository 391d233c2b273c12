"""Gaussian blurs of whole layers, compiled by numba; OpenCV's `GaussianBlur` is the reference in the tests.

A separable, symmetric filter: both neighbours at one distance are added before they are multiplied. OpenCV's blur of
32-bit pictures takes twice as long (docs/speed.md): here the sum over all taps stays in registers, for which their
number has to be known when the code is made. LLVM would not do that by itself: too many arrays that might overlap. So
the two inner loops are written as vectors (llvmlite's IR, which numba calls an intrinsic).
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic

WIDTH = 16
"""Numbers in a vector; LLVM cuts it in pieces where the processor's are shorter."""
VECTORS = 2
"""Sums that are kept at a time: they share the weights and the places of the rows. Four were slower."""
LEAST_SIDE = VECTORS * WIDTH
"""Pixels that a layer needs each way."""
RADII = (5, 6, 8, 10, 13)
"""Half widths that code is made for: OpenCV's, four sigmas, for the blurs of SIFT's layers."""


@intrinsic(prefer_literal=True)  # type: ignore[untyped-decorator]
def _across(_typing: Any, source: Any, places: Any, kernel: Any, radius: Any, out: Any, to: Any, count: Any) -> Any:
    """out[to + i] = Σ kernel[|j|] · source[places[radius + j] + i], for i below `count`, at least two vectors."""
    taps = radius.literal_value
    signature = types.void(source, places, kernel, radius, out, types.int64, types.int64)

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        arrays = [context.make_array(signature.args[k])(context, builder, args[k]) for k in (0, 1, 2, 4)]
        source, places, kernel, out = (a.data for a in arrays)
        rows = [builder.gep(source, [builder.load(_at(builder, places, k))]) for k in range(2 * taps + 1)]
        _convolve(builder, rows, [0] * len(rows), kernel, builder.gep(out, [args[5]]), args[6])
        return context.get_dummy_value()

    return signature, generate


@intrinsic(prefer_literal=True)  # type: ignore[untyped-decorator]
def _along(_typing: Any, source: Any, kernel: Any, radius: Any, out: Any, to: Any, count: Any) -> Any:
    """out[to + i] = Σ kernel[|j|] · source[radius + j + i], for i below `count`, at least two vectors."""
    taps = radius.literal_value
    signature = types.void(source, kernel, radius, out, types.int64, types.int64)

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        source, kernel, out = (context.make_array(signature.args[k])(context, builder, args[k]).data for k in (0, 1, 3))
        places = range(2 * taps + 1)
        _convolve(builder, [source for _ in places], list(places), kernel, builder.gep(out, [args[4]]), args[5])
        return context.get_dummy_value()

    return signature, generate


def _at(builder: Any, array: Any, place: int) -> Any:
    return builder.gep(array, [ir.IntType(64)(place)])


def _convolve(builder: Any, rows: Any, shifts: Any, kernel: Any, out: Any, count: Any) -> None:
    """A loop over `count` outputs, VECTORS vectors at a time; the last turn goes back so that it ends at the end.

    Args:
        builder: Of the function.
        rows, shifts: For each tap where it reads from: pointers to float32, and how many numbers further.
        kernel: Pointer to the weights by distance from the middle tap.
        out: Pointer to the first output.
        count: int64, at least VECTORS · WIDTH.
    """
    vector, wide = ir.VectorType(ir.FloatType(), WIDTH), ir.IntType(64)
    middle = len(rows) // 2
    weights = [_spread(builder, builder.load(_at(builder, kernel, k))) for k in range(middle + 1)]
    step = wide(VECTORS * WIDTH)
    turns = builder.sdiv(builder.add(count, builder.sub(step, wide(1))), step)
    last = builder.sub(count, step)
    with cgutils.for_range(builder, turns) as loop:
        begin = builder.mul(loop.index, step)
        begin = builder.select(builder.icmp_signed("<", begin, last), begin, last)

        def load(tap: int, k: int) -> Any:
            place = builder.add(begin, wide(shifts[tap] + k * WIDTH))
            return builder.load(builder.bitcast(builder.gep(rows[tap], [place]), vector.as_pointer()), align=4)

        sums = [builder.fmul(weights[0], load(middle, k), flags=("fast",)) for k in range(VECTORS)]
        for distance in range(1, middle + 1):
            for k in range(VECTORS):
                both = builder.fadd(load(middle - distance, k), load(middle + distance, k), flags=("fast",))
                sums[k] = builder.fadd(sums[k], builder.fmul(weights[distance], both, flags=("fast",)), flags=("fast",))
        for k in range(VECTORS):
            place = builder.gep(out, [builder.add(begin, wide(k * WIDTH))])
            builder.store(sums[k], builder.bitcast(place, vector.as_pointer()), align=4)


def _spread(builder: Any, value: Any) -> Any:
    """A vector of one number."""
    vector = ir.VectorType(ir.FloatType(), WIDTH)
    alone = builder.insert_element(ir.Constant(vector, ir.Undefined), value, ir.IntType(32)(0))
    return builder.shuffle_vector(alone, alone, ir.Constant(ir.VectorType(ir.IntType(32), WIDTH), [0] * WIDTH))


_compiled = numba.njit(cache=True, nogil=True, boundscheck=False, fastmath=True, error_model="numpy")


@_compiled  # type: ignore[untyped-decorator]
def _reflected(place: Any, size: Any) -> Any:
    """OpenCV's BORDER_REFLECT_101: the pixel at the edge is not repeated."""
    place = -place if place < 0 else place
    return 2 * size - 2 - place if place >= size else place


@_compiled  # type: ignore[untyped-decorator]
def _blur(pixels: Any, start: Any, to: Any, h: Any, w: Any, kernel: Any, first: Any, last: Any, radius: Any) -> None:
    taps = numba.literally(radius)
    places = np.empty(2 * radius + 1, np.int64)
    line = np.empty(w + 2 * radius, np.float32)
    for y in range(first, last):
        for j in range(2 * radius + 1):
            places[j] = start + _reflected(y + j - radius, h) * w
        _across(pixels, places, kernel, taps, line, radius, w)
        for j in range(1, radius + 1):
            line[radius - j] = line[radius + j]
            line[radius + w - 1 + j] = line[radius + w - 1 - j]
        _along(line, kernel, taps, pixels, to + y * w, w)


@_compiled  # type: ignore[untyped-decorator]
def blur(pixels: Any, start: Any, to: Any, h: Any, w: Any, kernel: Any, first: Any, last: Any) -> None:
    """Blur rows of a layer into another one.

    Args:
        pixels: float32 (n,), holds both.
        start, to: Where the layer begins, and where the blurred one goes; they must not overlap.
        h, w: Of the layer, at least LEAST_SIDE.
        kernel: float32 (radius + 1,): weights by distance; radius is one of RADII.
        first, last: The rows: from `first` to before `last`.
    """
    if len(kernel) == 6:
        _blur(pixels, start, to, h, w, kernel, first, last, 5)
    elif len(kernel) == 7:
        _blur(pixels, start, to, h, w, kernel, first, last, 6)
    elif len(kernel) == 9:
        _blur(pixels, start, to, h, w, kernel, first, last, 8)
    elif len(kernel) == 11:
        _blur(pixels, start, to, h, w, kernel, first, last, 10)
    else:
        _blur(pixels, start, to, h, w, kernel, first, last, 13)


@_compiled  # type: ignore[untyped-decorator]
def double(gray: Any, pixels: Any, to: Any) -> None:
    """A picture of twice the size: old pixels at even places, means of neighbours between them.

    OpenCV's `warpAffine` with linear interpolation and the edge repeated, as its SIFT has it with "precise upscale".

    Args:
        gray: uint8 (h, w).
        pixels: float32 (n,), from `to` on filled with (2h, 2w).
        to: Place of the first pixel.
    """
    h, w = gray.shape
    for y in range(h):
        _stretch(gray, y, pixels, np.uint64(to + 4 * y * w), w)
    for y in range(h):
        above = to + 4 * y * w
        below = above if y == h - 1 else above + 4 * w
        _mean(pixels, np.uint64(above), np.uint64(below), np.uint64(above + 2 * w), 2 * w)


@_compiled  # type: ignore[untyped-decorator]
def _stretch(gray: Any, y: Any, pixels: Any, to: Any, w: Any) -> None:
    for x in range(w - 1):
        here, after = np.float32(gray[y, x]), np.float32(gray[y, x + 1])
        place = to + np.uint64(2 * x)
        pixels[place] = here
        pixels[place + np.uint64(1)] = np.float32(0.5) * (here + after)
    pixels[to + np.uint64(2 * w - 2)] = pixels[to + np.uint64(2 * w - 1)] = np.float32(gray[y, w - 1])


@_compiled  # type: ignore[untyped-decorator]
def _mean(pixels: Any, a: Any, b: Any, to: Any, count: Any) -> None:
    for x in range(count):
        q = np.uint64(x)
        pixels[to + q] = np.float32(0.5) * (pixels[a + q] + pixels[b + q])
