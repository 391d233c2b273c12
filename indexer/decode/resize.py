"""Reducing pictures: three times quicker than OpenCV's INTER_AREA where the factor is under two."""

from __future__ import annotations

import math

import numpy as np

from indexer.core.types import Array

_BLUR = 0.4
"""Gaussian σ for a factor f is `_BLUR · √(f² − 1)`.

Measured on 20 engravings and pages against Pillow's antialiased Lanczos at 0.9, 0.75, 0.6 and 0.51 of the size:
34.5, 33.9, 32.1, 32.3 dB (INTER_AREA 34.1, 34.6, 34.6, 34.2; no blur 34.5, 33.8, 29.3, 27.1), in a third of
INTER_AREA's time.
"""


def reduce_to(rgb: Array, width: int, height: int) -> Array:
    """`rgb`, uint8 (h, w, 3), reduced to `width` × `height`; never enlarged."""
    import cv2

    size = min(width, rgb.shape[1]), min(height, rgb.shape[0])
    if size == (rgb.shape[1], rgb.shape[0]):
        return rgb
    factor = max(rgb.shape[1] / size[0], rgb.shape[0] / size[1])
    if factor > 2:
        return np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA))
    blurred = cv2.GaussianBlur(rgb, (3, 3), _BLUR * math.sqrt(factor**2 - 1), borderType=cv2.BORDER_REPLICATE)
    return np.asarray(cv2.resize(blurred, size, interpolation=cv2.INTER_LINEAR))
