"""EXIF orientation, as arrays and as boxes."""

from __future__ import annotations

import numpy as np

from indexer.core.geometry import Box
from indexer.core.types import Array


def upright_size(width: int, height: int, orientation: int) -> tuple[int, int]:
    """Size after turning; orientations 5 to 8 swap the sides (EXIF 2.32, tag 274)."""
    return (height, width) if orientation >= 5 else (width, height)


def upright(image: Array, orientation: int) -> Array:
    """Turn and mirror a stored array (h, w, …) the way EXIF `orientation` 1–8 says; contiguous."""
    if orientation in (2, 7):
        image = image[:, ::-1]
    elif orientation in (4, 5):
        image = image[::-1]
    turns = {3: 2, 5: 3, 6: 3, 7: 3, 8: 1}.get(orientation, 0)
    return np.ascontiguousarray(np.rot90(image, turns) if turns else image)


def upright_box(box: Box, width: int, height: int, orientation: int) -> Box:
    """Where a `box` of the stored picture of `width` × `height` pixels lies after turning."""
    x, y, w, h = box
    if orientation in (2, 3, 7, 8):
        x = width - x - w
    if orientation in (3, 4, 6, 7):
        y = height - y - h
    return (y, x, h, w) if orientation >= 5 else (x, y, w, h)


def stored_box(box: Box, width: int, height: int, orientation: int) -> Box:
    """Where an upright `box` lies in the stored picture of `width` × `height` pixels (before turning)."""
    x, y, w, h = box
    if orientation >= 5:  # the upright axes are the stored ones, swapped
        x, y, w, h = y, x, h, w
    if orientation in (2, 3, 7, 8):
        x = width - x - w
    if orientation in (3, 4, 6, 7):
        y = height - y - h
    return x, y, w, h
