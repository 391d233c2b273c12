"""Reducing pictures: the bytes of Pillow's and OpenCV's own functions in a quarter to a half of their time.

Those libraries add up each row's pixels one after the other. Here the picture is turned on its side first, so that a
whole line of it is weighted and added at once, with vector instructions; then the same downwards.
"""

from __future__ import annotations

import numpy as np

from indexer.core.types import Array

STRIP = 128
"""Rows that are turned at a time: what is in work then fits into a core's own cache."""


def pillow_resize(rgb: Array, size: tuple[int, int], box: tuple[float, float, float, float], cubic: bool) -> Array:
    """`PIL.Image.resize(size, BICUBIC or BILINEAR, box)` of a picture, the same bytes.

    Pillow 13 begins downwards when that takes away more than twice what is taken away across (measured; versions
    before never do), and then rounds otherwise: such tall pictures are left to it.

    Args:
        rgb: uint8 (h, w, 3).
        size: Width and height of the result.
        box: Left, top, right, bottom in pixels of `rgb`; places between pixels count.
        cubic: Bicubic, else bilinear.

    Returns:
        uint8 (height, width, 3).
    """
    import cv2

    from indexer.features.resample_kernels import pillow_lines, pillow_weights

    h, w = rgb.shape[:2]
    if h - size[1] > 2 * (w - size[0]):
        from PIL import Image

        kernel = Image.Resampling.BICUBIC if cubic else Image.Resampling.BILINEAR
        return np.asarray(Image.fromarray(np.ascontiguousarray(rgb)).resize(size, kernel, box=box))
    left, top, right, bottom = (np.float32(v) for v in box)
    across = pillow_weights(w, left, right, size[0], cubic)
    first, count, weights = pillow_weights(h, top, bottom, size[1], cubic)
    start, end = int(first[0]), int(first[-1] + count[-1])
    turned = cv2.transpose(np.ascontiguousarray(rgb[start:end])).reshape(w, -1)
    narrow = np.empty((size[0], turned.shape[1]), np.uint8)
    pillow_lines(turned, *across, narrow)
    upright = cv2.transpose(narrow.reshape(size[0], -1, 3)).reshape(end - start, -1)
    out = np.empty((size[1], size[0] * 3), np.uint8)
    pillow_lines(upright, first - start, count, weights, out)
    return out.reshape(size[1], size[0], 3)


def area_resize(picture: Array, size: tuple[int, int]) -> Array:
    """`cv2.resize(picture, size, interpolation=cv2.INTER_AREA)`, the same bytes.

    Args:
        picture: uint8 (h, w) or (h, w, 3).
        size: Width and height of the result.
    """
    import cv2

    from indexer.features.resample_kernels import area_bytes, area_sums, area_weights

    h, w = picture.shape[:2]
    whole = w % size[0] == 0 and h % size[1] == 0
    if whole or size[0] > w or size[1] > h:  # OpenCV has quick ways of its own for these
        return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA))
    channels = picture.shape[2:]
    line = size[0] * (channels or (1,))[0]
    across, rows = area_weights(w, size[0]), np.empty((h, line), np.float32)
    for start in range(0, h, STRIP):
        turned = cv2.transpose(np.ascontiguousarray(picture[start : start + STRIP])).reshape(w, -1)
        narrow = np.empty((size[0], turned.shape[1]), np.float32)
        area_sums(turned, *across, narrow)
        part = narrow.reshape(size[0], -1, *channels)
        cv2.transpose(part, rows[start : start + STRIP].reshape(-1, size[0], *channels))
    out = np.empty((size[1], line), np.uint8)
    area_bytes(rows, *area_weights(h, size[1]), out)
    return out.reshape(size[1], size[0], *channels)
