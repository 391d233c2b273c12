"""Reducing a picture in two steps: exact halvings first, the odd remainder by whoever asked.

A mean of 2 × 2 pixels takes a tenth of the time of a resize by an odd factor (0.8 ms against 6 ms from 1400 × 1000),
and what comes after it has a quarter of the pixels. Pillow's `reducing_gap` is the same idea. Only for
what forgives a little blur: thumbnails of engravings reduced so were 60 % further from the direct ones than WebP alone.
"""

from __future__ import annotations

import cv2

from indexer.core.types import Array


def halved(picture: Array, least: float) -> Array:
    """The picture halved as often as its shorter side stays at least `least` pixels.

    Args:
        picture: uint8 (h, w) or (h, w, 3). An odd last row or column is left out, so that every mean is of four pixels.
        least: In pixels, at least 1.

    Returns:
        The picture itself where it is not large enough to be halved once.
    """
    while min(picture.shape[:2]) // 2 >= max(least, 1):
        h, w = picture.shape[0] // 2, picture.shape[1] // 2
        picture = cv2.resize(picture[: 2 * h, : 2 * w], (w, h), interpolation=cv2.INTER_AREA)
    return picture
