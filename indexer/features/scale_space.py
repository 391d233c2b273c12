"""The Gaussian scale space in which SIFT looks for keypoints (Lowe 2004, section 3).

The same pictures as OpenCV's SIFT makes with `enable_precise_upscale`: the picture is doubled, each octave has three
layers and three more for the differences, the next one starts from the layer of twice the blur, at half the size.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from indexer.core.types import Array
from indexer.features.side_by_side import SideBySide, in_turn

LAYERS = 3
"""Layers of an octave in which keypoints are looked for."""
SIGMA = 1.6
"""Blur of the first layer, in pixels of its octave."""
CAMERA_SIGMA = 0.5
"""Blur that a picture is taken to have already, in its own pixels."""

BAND, MOST_BANDS = 100_000, 8
"""A layer is worked on in bands of at least so many pixels (0.1 ms), at most so many bands."""
MARGIN = 64
"""Numbers behind the last picture, which vector instructions may read."""


@dataclass(frozen=True, slots=True)
class ScaleSpace:
    """All blurred pictures, one after another.

    Attributes:
        pixels: float32, grey levels 0–255; octave `o` is (LAYERS + 3, heights[o], widths[o]) from `starts[o]` on.
        starts, heights, widths: int64 (octaves,). A pixel of the first octave is half an original one.
    """

    pixels: Array
    starts: Array
    heights: Array
    widths: Array

    def octave(self, number: int) -> Array:
        """float32 (LAYERS + 3, h, w), a view."""
        shape = (LAYERS + 3, int(self.heights[number]), int(self.widths[number]))
        start = int(self.starts[number])
        return np.asarray(self.pixels[start : start + math.prod(shape)].reshape(shape))


def bands(h: int, w: int) -> list[tuple[int, int]]:
    """Rows of a layer in parts worth a thread, as (first, last + 1)."""
    parts = min(MOST_BANDS, max(1, h * w // BAND))
    edges = [h * k // parts for k in range(parts + 1)]
    return list(itertools.pairwise(edges))


def new_memory(size: int) -> Array:
    """Memory that nobody has used before."""
    return np.empty(size, np.float32)


def scale_space(
    gray: Array, memory: Callable[[int], Array] = new_memory, side_by_side: SideBySide = in_turn
) -> ScaleSpace:
    """All octaves of a uint8 (h, w) picture of at least 4 × 4 pixels.

    Args:
        gray: The picture.
        memory: Gives a float32 array of at least so many numbers, of any values. Fresh memory costs a quarter of the
            time, since the kernel clears it page by page.
        side_by_side: Works on bands of rows.
    """
    from indexer.features.blur_kernels import double

    sizes = [(2 * gray.shape[0], 2 * gray.shape[1])]
    for _ in range(round(math.log2(min(sizes[0])) - 2.0)):
        sizes.append((sizes[-1][0] // 2, sizes[-1][1] // 2))
    areas = [(LAYERS + 3) * h * w for h, w in sizes]
    starts = np.concatenate([[0], np.cumsum(areas)])
    heights, widths = (np.array(side) for side in zip(*sizes, strict=True))
    space = ScaleSpace(memory(int(starts[-1]) + MARGIN), starts[:-1], heights, widths)
    # Until its turn comes, the last layer's place holds what the first is made from.
    double(gray, space.pixels, (LAYERS + 2) * sizes[0][0] * sizes[0][1])
    _blurred(space, 0, LAYERS + 2, 0, math.sqrt(SIGMA**2 - (2 * CAMERA_SIGMA) ** 2), side_by_side)
    for number, (h, w) in enumerate(sizes):
        if number:
            space.octave(number)[0] = space.octave(number - 1)[LAYERS, : 2 * h : 2, : 2 * w : 2]
        for layer, sigma in enumerate(layer_blurs(), 1):
            _blurred(space, number, layer - 1, layer, sigma, side_by_side)
    return space


def layer_blurs() -> list[float]:
    """Sigma, in pixels, that makes each layer of an octave from the one before."""
    step = 2.0 ** (1.0 / LAYERS)
    return [SIGMA * math.sqrt(step ** (2 * i) - step ** (2 * i - 2)) for i in range(1, LAYERS + 3)]


def _blurred(space: ScaleSpace, number: int, source: int, target: int, sigma: float, side_by_side: SideBySide) -> None:
    """Blur one layer of an octave into another."""
    import cv2

    from indexer.features.blur_kernels import LEAST_SIDE, blur

    h, w = int(space.heights[number]), int(space.widths[number])
    octave = space.octave(number)
    if min(h, w) < LEAST_SIDE:
        cv2.GaussianBlur(octave[source], (0, 0), sigma, dst=octave[target])
        return
    taps = round(8 * sigma + 1) | 1
    kernel = np.ascontiguousarray(cv2.getGaussianKernel(taps, sigma, cv2.CV_32F)[taps // 2 :, 0])
    start, area = int(space.starts[number]), h * w
    layers = start + source * area, start + target * area
    side_by_side(lambda band: blur(space.pixels, *layers, h, w, kernel, *band), bands(h, w))
