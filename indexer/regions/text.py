"""Where the letterpress is: a quick mask, so that type does not count as evidence of the same picture."""

from __future__ import annotations

import cv2
import numpy as np

from indexer.core.types import Array
from indexer.regions.components import Components, find_components
from indexer.regions.ink import read_ink, reduce_to

SIDE = 1000
"""Longer side in pixels at which letters are looked for; smaller images are taken as they are."""


def text_mask(rgb: Array) -> Array:
    """Lines of letterpress on an image, uint8 (h, w) of the image's own size, 255 on text, 0 elsewhere.

    Only rows of letters standing in a line count; lettering inside a picture (a banner, ring lettering) is caught as
    far as it stands in a straight row. An image without letters gives an empty mask.
    """
    h, w = rgb.shape[:2]
    pieces = find_components(read_ink(reduce_to(rgb, SIDE)).ink)
    mask = letter_lines(pieces, pieces.letters)
    return mask if mask.shape == (h, w) else cv2.resize(mask, (w, h), interpolation=cv2.INTER_NEAREST)


def letter_lines(pieces: Components, letters: Array) -> Array:
    """The chosen pieces smeared into lines, uint8 (h, w), 255 on text.

    Args:
        pieces: Pieces of ink.
        letters: bool (n,), which of them are letters.
    """
    if not letters.any() or not pieces.line_height:
        return np.zeros(pieces.labels.shape, np.uint8)
    mask = np.where(letters, np.uint8(255), np.uint8(0))[pieces.labels]
    reach = max(round(0.8 * pieces.line_height), 2)
    kernel = np.ones((max(reach // 3, 1) * 2 + 1, 2 * reach + 1), np.uint8)
    lines: Array = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, kernel)
    return lines
