"""Where the letterpress is: a quick mask, so that type does not count as evidence of the same picture."""

from __future__ import annotations

import cv2
import numpy as np

from indexer.core.types import Array
from indexer.regions.components import Components, find_components
from indexer.regions.ink import read_dark_ink, read_ink, reduce_to
from indexer.regions.pieces import label_pieces

SIDE = 1000
"""Longer side in pixels at which letters are looked for; smaller images are taken as they are."""
SHARE_SIDE = 720
"""The same for `text_share`: letters are then about half as large, which still tells a page of them."""


def text_mask(rgb: Array) -> Array:
    """Lines of letterpress on an image, uint8 (h, w) of the image's own size, 255 on text, 0 elsewhere.

    Only rows of letters standing in a line count; lettering inside a picture (a banner, ring lettering) is caught as
    far as it stands in a straight row. An image without letters gives an empty mask.
    """
    h, w = rgb.shape[:2]
    pieces = find_components(read_ink(reduce_to(rgb, SIDE)).ink)
    mask = letter_lines(pieces, pieces.letters)
    return mask if mask.shape == (h, w) else cv2.resize(mask, (w, h), interpolation=cv2.INTER_NEAREST)


def text_share(grey: Array) -> float:
    """Part of a picture covered by lines of letters, 0–1: quicker and coarser than `text_mask`, blind to colour.

    Args:
        grey: uint8 (h, w).
    """
    pieces = find_components(read_dark_ink(reduce_to(grey, SHARE_SIDE)))
    _, stats, sound = _lines(pieces, pieces.letters)
    return int(stats[sound, cv2.CC_STAT_AREA].sum()) / pieces.labels.size


def letter_lines(pieces: Components, letters: Array) -> Array:
    """The chosen pieces smeared into lines, uint8 (h, w), 255 on text; what does not look like lines is left out.

    Args:
        pieces: Pieces of ink.
        letters: bool (n,), which of them are letters.
    """
    lines, _, sound = _lines(pieces, letters)
    return np.where(sound, np.uint8(255), np.uint8(0))[lines]


def _lines(pieces: Components, letters: Array) -> tuple[Array, Array, Array]:
    """Letters smeared into lines.

    Returns:
        The number of each pixel's line, int32 (h, w), 0 for paper; OpenCV's statistics of each number, int32 (n, 5);
        which of them look like lines of type, bool (n,).
    """
    shape = pieces.labels.shape
    if not letters.any() or not pieces.line_height:
        return np.zeros(shape, np.int32), np.zeros((1, 5), np.int32), np.zeros(1, bool)
    letters = letters & (pieces.boxes[:, 3] < TALLEST * pieces.line_height) & (pieces.holes <= MOST_HOLES)
    inked = np.flatnonzero(pieces.labels != 0)
    piece = pieces.labels.ravel()[inked]
    mask = np.zeros(shape, np.uint8)
    mask.ravel()[inked] = np.where(letters, np.uint8(255), np.uint8(0))[piece]
    reach = max(round(0.8 * pieces.line_height), 2)
    kernel = np.ones((max(reach // 3, 1) * 2 + 1, 2 * reach + 1), np.uint8)
    smeared = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, kernel)
    lines, stats = label_pieces(smeared)
    return lines, stats, _sound_lines(pieces, letters, lines.ravel()[inked], piece, stats)


TALLEST = 4.0
"""Letters are at most this many times as tall as the prevailing ones; display type is."""
MOST_HOLES = 6
"""Holes in letters that run together (blackletter, ligatures); engraved pieces have more."""
FEWEST = 4
"""Letters in a line; strokes of a picture that stand beside each other are mostly fewer."""
OWN_INK = 0.75
"""Share of the ink in a line's area that must be letters: type stands on bare paper, strokes among other strokes."""


def _sound_lines(pieces: Components, letters: Array, line_of_ink: Array, piece: Array, stats: Array) -> Array:
    """Which smeared lines are type, bool (number of lines + 1,), False for the paper.

    Args:
        pieces: Pieces of ink.
        letters: bool (pieces,), what the lines were made of.
        line_of_ink, piece: int32 (k,), the line and the piece of each pixel of ink.
        stats: OpenCV's statistics of the lines.
    """
    n = len(stats)
    chosen = np.flatnonzero(letters)
    h = pieces.boxes[chosen, 3]
    areas = pieces.areas[chosen].astype(np.float64)
    # A smeared line holds the letters it was made of, so any of their pixels tells the line.
    of_piece = np.zeros(len(pieces), np.int64)
    of_piece[piece] = line_of_ink
    line = of_piece[chosen]
    count = np.bincount(line, minlength=n)
    mean = np.bincount(line, h, n) / np.maximum(count, 1)
    spread = np.sqrt(np.maximum(np.bincount(line, h.astype(float) ** 2, n) / np.maximum(count, 1) - mean**2, 0))
    own = np.bincount(line, areas, n)
    all_ink = np.bincount(line_of_ink, minlength=n)
    long = stats[:, 2] > 2.5 * mean
    sound: Array = (count >= FEWEST) & (spread < 0.45 * mean) & (own > OWN_INK * all_ink) & long
    sound[0] = False
    return sound
