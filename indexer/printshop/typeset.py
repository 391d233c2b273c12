"""Setting type: words into justified lines, lines into columns, onto a sheet of ink."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from indexer.core.types import Array
from indexer.printshop.letters import ROMAN, Face, advance, letter_bitmap


@dataclass(frozen=True, slots=True)
class Style:
    """Type of a text: x-height and line distance in pixels, face."""

    size: float = 9.5
    leading: float = 24
    face: Face = ROMAN


def width_of(text: str, style: Style, spaced: float = 0) -> float:
    """Length of a line in pixels; `spaced` pixels are added after each letter."""
    return sum(advance(c, style.face) * style.size / 10 + spaced for c in text)


def set_line(ink: Array, text: str, x: float, y: float, style: Style, spaced: float = 0) -> float:
    """Print a line with its baseline at y, starting at x, into `ink` uint8 (h, w); returns where it ends."""
    h, w = ink.shape
    for char in text:
        bitmap, left, top = letter_bitmap(char, style.size, style.face)
        gx, gy = round(x) + left, round(y) + top
        x0, y0 = max(gx, 0), max(gy, 0)
        x1, y1 = min(gx + bitmap.shape[1], w), min(gy + bitmap.shape[0], h)
        if x1 > x0 and y1 > y0:
            target = ink[y0:y1, x0:x1]
            np.maximum(target, bitmap[y0 - gy : y1 - gy, x0 - gx : x1 - gx], out=target)
        x += advance(char, style.face) * style.size / 10 + spaced
    return x


def set_centred(ink: Array, text: str, x: float, y: float, style: Style, spaced: float = 0) -> None:
    """Print a line centred on x."""
    set_line(ink, text, x - width_of(text, style, spaced) / 2, y, style, spaced)


def set_justified(ink: Array, words: Sequence[str], x: float, y: float, width: float, style: Style) -> None:
    """Print words spread over exactly `width` pixels."""
    lengths = [width_of(word, style) for word in words]
    gap = (width - sum(lengths)) / max(len(words) - 1, 1)
    for word, length in zip(words, lengths, strict=True):
        set_line(ink, word, x, y, style)
        x += length + gap


def set_column(
    ink: Array,
    words: list[str],
    box: tuple[float, float, float, float],
    style: Style,
    indent: float = 0,
    notch: tuple[float, float] = (0, 0),
) -> float:
    """Fill `box` (x, y, width, height) with justified lines, taking `words` from the front of the list.

    Args:
        ink: uint8 (h, w), changed.
        words: What to print; the printed ones are removed.
        box: In pixels; baselines are at y + leading, y + 2·leading …
        style: Type.
        indent: Of the first line.
        notch: Width and height kept free at the upper left (for an initial).

    Returns:
        The y of the last baseline.
    """
    x, top, width, height = box
    y, first = top, True
    while words and y + style.leading <= top + height:
        y += style.leading
        left = notch[0] if y - top - style.size * 1.6 <= notch[1] and notch[1] > 0 else (indent if first else 0)
        line = _take(words, width - left, style)
        if words:
            set_justified(ink, line, x + left, y, width - left, style)
        else:
            set_line(ink, " ".join(line), x + left, y, style)
        first = False
    return y


def _take(words: list[str], width: float, style: Style) -> list[str]:
    space = advance(" ", style.face) * style.size / 10 * 0.8
    line: list[str] = []
    used = 0.0
    while words:
        length = width_of(words[0], style)
        if line and used + space + length > width:
            break
        used += length + (space if line else 0)
        line.append(words.pop(0))
    return line
