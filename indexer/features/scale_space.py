"""The Gaussian scale space in which SIFT looks for keypoints (Lowe 2004, section 3).

The same pictures as OpenCV's SIFT makes with `enable_precise_upscale`: the picture is doubled, each octave has three
layers and three more for the differences, the next one starts from the layer of twice the blur, at half the size.
The blurs are OpenCV's own, which nothing that we wrote was quicker than.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from indexer.core.types import Array

LAYERS = 3
"""Layers of an octave in which keypoints are looked for."""
SIGMA = 1.6
"""Blur of the first layer, in pixels of its octave."""
CAMERA_SIGMA = 0.5
"""Blur that a picture is taken to have already, in its own pixels."""

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


def new_memory(size: int) -> Array:
    """Memory that nobody has used before."""
    return np.empty(size, np.float32)


def scale_space(gray: Array, memory: Callable[[int], Array] = new_memory) -> ScaleSpace:
    """All octaves of a uint8 (h, w) picture of at least 4 × 4 pixels.

    Args:
        gray: The picture.
        memory: Gives a float32 array of at least so many numbers, of any values. Fresh memory costs a quarter of the
            time, since the kernel clears it page by page.
    """
    import cv2

    sizes = [(2 * gray.shape[0], 2 * gray.shape[1])]
    for _ in range(round(math.log2(min(sizes[0])) - 2.0)):
        sizes.append((sizes[-1][0] // 2, sizes[-1][1] // 2))
    areas = [(LAYERS + 3) * h * w for h, w in sizes]
    starts = np.concatenate([[0], np.cumsum(areas)])
    space = ScaleSpace(
        memory(int(starts[-1]) + MARGIN), starts[:-1], np.array([h for h, _ in sizes]), np.array([w for _, w in sizes])
    )
    blurs = layer_blurs()
    for number in range(len(sizes)):
        octave = space.octave(number)
        if number == 0:
            first = math.sqrt(SIGMA**2 - (2 * CAMERA_SIGMA) ** 2)
            cv2.GaussianBlur(_doubled(gray), (0, 0), first, dst=octave[0])
        else:
            octave[0] = space.octave(number - 1)[LAYERS, : 2 * sizes[number][0] : 2, : 2 * sizes[number][1] : 2]
        for layer, sigma in enumerate(blurs, 1):
            cv2.GaussianBlur(octave[layer - 1], (0, 0), sigma, dst=octave[layer])
    return space


def layer_blurs() -> list[float]:
    """Sigma, in pixels, that makes each layer of an octave from the one before."""
    step = 2.0 ** (1.0 / LAYERS)
    return [SIGMA * math.sqrt(step ** (2 * i) - step ** (2 * i - 2)) for i in range(1, LAYERS + 3)]


def _doubled(gray: Array) -> Array:
    """float32 (2h, 2w): old pixels at even places, means of neighbours between them, so that a mirrored picture
    becomes the mirrored doubled picture but for one pixel."""
    import cv2

    h, w = gray.shape
    halving = np.array([[0.5, 0, 0], [0, 0.5, 0]], np.float32)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(
        cv2.warpAffine(gray.astype(np.float32), halving, (2 * w, 2 * h), flags=flags, borderMode=cv2.BORDER_REFLECT)
    )
