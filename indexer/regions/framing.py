"""Where the page lies on a scan with a wide bare surround, so that it is seen as large as one that fills its scan."""

from __future__ import annotations

import cv2
import numpy as np

from indexer.core.types import Array
from indexer.regions.ink import read_ink, reduce_to

COARSE = 256
"""Longer side in pixels at which the content is looked for."""
PATCH = 0.002
"""Share of the image from which a patch of ink is content and no speck."""
ROOM = 0.04
"""Bare margin left around the content, as a share of the image's longer side."""
GAIN = 0.75
"""The longer side of the content must be less than this share of the image's, or nothing is cut off."""
LEAST = 0.4
"""No window is shorter than this share of the image: a vignette on an empty leaf stays small."""
Window = tuple[int, int, int, int]


def content_window(rgb: Array, side: int) -> Window:
    """The part of an image to analyse, `(x, y, width, height)` in its pixels; mostly all of it.

    Args:
        rgb: uint8 (h, w, 3).
        side: Longer side in pixels at which the page will be analysed; images that are hardly larger are taken whole,
            because cutting them brings no finer detail.
    """
    h, w = rgb.shape[:2]
    box = _content(rgb) if max(h, w) > 1.1 * side else None
    if box is None:
        return 0, 0, w, h
    x, y, cw, ch = box
    long = max(w, h)
    if max(cw, ch) > GAIN * long:
        return 0, 0, w, h
    left, width = _widen(x, cw, w, LEAST * long)
    top, height = _widen(y, ch, h, LEAST * long)
    return left, top, width, height


def _widen(start: float, length: float, limit: int, least: float) -> tuple[int, int]:
    """An interval at least `least` long around another one, inside `limit`: start and length."""
    wanted = min(max(length, least), limit)
    first = int(np.clip(start + length / 2 - wanted / 2, 0, limit - wanted))
    return first, min(int(np.ceil(wanted)), limit - first)


def _content(rgb: Array) -> tuple[float, float, float, float] | None:
    """Box around everything but specks, with a margin, in pixels of `rgb`; None when there is no ink."""
    small = reduce_to(rgb, COARSE)
    ink = cv2.dilate(read_ink(small).ink, np.ones((5, 5), np.uint8))
    _, _, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    boxes = stats[1:][stats[1:, 4] > PATCH * ink.size, :4]
    if not len(boxes):
        return None
    factor = rgb.shape[1] / small.shape[1]
    room = ROOM * max(rgb.shape[:2])
    low = boxes[:, :2].min(axis=0) * factor - room
    high = (boxes[:, :2] + boxes[:, 2:]).max(axis=0) * factor + room
    low, high = np.maximum(low, 0), np.minimum(high, rgb.shape[1::-1])
    return float(low[0]), float(low[1]), float(high[0] - low[0]), float(high[1] - low[1])
