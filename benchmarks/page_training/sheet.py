"""A page in the making: ink on white with a class for each pixel, its typography, and words to set."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image as PillowImage
from PIL import ImageDraw, ImageFont

PAPER, TEXT, PICTURE, INITIAL, NO_PICTURE, MARK, IGNORE = 0, 1, 2, 3, 4, 5, 255
"""Classes of pixels; `NO_PICTURE` is paper or type of real pages, where which is not said; `MARK` is what is no picture
but looks like one: handwriting, stamps, blots, covers, music."""
BARE, EMPTY = 215, 0.004
"""Lightness from which a printed picture is bare paper, and the share of ink below which it is none."""
Image = NDArray[np.uint8]
_SYLLABLES = """
a ab ac ad al am an ar as at au ba be bi bo bra ca ce ci co con cum da de des di do du e el en er es est et ex fa
fe fi fo ga ge gi go gra ha he hi ho i il im in is la le les li lo lu ma me mi mo mu na ne ni no nu o om on or os
ou pa pe per pi po pre pro pu qua que qui ra re ri ro ru sa se sch si so spe sta sti su ta te ti to tra tu u um un
ung ur us ut va ve vi vo vu
"""
SYLLABLES = _SYLLABLES.split()


@dataclass
class Page:
    """A page in the making: RGB ink on white, and a class for each pixel."""

    rgb: Image
    labels: Image
    rng: Generator
    pool: list[Image]
    fonts: list[Path]
    boxes: list[tuple[str, int, int, int, int]] = field(default_factory=list)
    squeeze: float = 1.0
    plain: bool = False
    early: bool = False

    def paste(self, picture: Image, x: int, y: int, label: int, kind: str) -> None:
        """Print a picture; the box of its ink belongs to it. Next to nothing, cut from the margin of one, is none."""
        h, w = self.rgb.shape[:2]
        picture = picture[: max(h - y, 0), : max(w - x, 0)]
        ph, pw = picture.shape[:2]
        if ph < 4 or pw < 4:
            return
        window = self.rgb[y : y + ph, x : x + pw]
        np.minimum(window, picture, out=window)
        drawn = picture.min(axis=2) < BARE
        rows, columns = np.flatnonzero(drawn.any(axis=1)), np.flatnonzero(drawn.any(axis=0))
        if drawn.mean() < EMPTY or not len(rows):
            return
        x, y, pw, ph = x + columns[0], y + rows[0], columns[-1] - columns[0] + 1, rows[-1] - rows[0] + 1
        self.labels[y : y + ph, x : x + pw] = label
        self.boxes.append((kind, int(x), int(y), int(pw), int(ph)))

    def write(self, text: str, x: int, y: int, size: int, font: Path, ink: tuple[int, int, int] = (15, 12, 10)) -> int:
        """Set a line of type with its top at y; returns its width."""
        face = ImageFont.truetype(str(font), size)
        squeeze = self.squeeze
        left, top, right, bottom = face.getbbox(text)
        w, h = int(right - left) + 2, int(bottom - top) + 2
        tile = PillowImage.new("RGB", (w, h), (255, 255, 255))
        ImageDraw.Draw(tile).text((-left + 1, -top + 1), text, font=face, fill=ink)
        y = y + int(top)
        printed = np.asarray(tile)
        if squeeze < 1:
            # Narrow and heavy, as blackletter stands on the page: no free face of it is at hand.
            printed = cv2.resize(printed, (max(int(w * squeeze), 2), h), interpolation=cv2.INTER_AREA)
            printed = cv2.erode(printed, np.ones((1, 2), np.uint8))
            w = printed.shape[1]
        array = printed[: max(self.rgb.shape[0] - y, 0), : max(self.rgb.shape[1] - x, 0)]
        if x < 0 or y < 0 or not array.size:
            return w
        window = self.rgb[y : y + array.shape[0], x : x + array.shape[1]]
        np.minimum(window, array, out=window)
        area = self.labels[y : y + array.shape[0], x : x + array.shape[1]]
        area[area == PAPER] = TEXT
        return w


@dataclass(frozen=True)
class Style:
    """The typography of one page."""

    size: int
    pitch: int
    font: Path
    columns: int
    gutter: int
    picture_rate: float
    maker: Callable[[Generator, list[Image], int, int], Image]


def words(rng: Generator, count: int) -> str:
    parts = []
    for _ in range(count):
        word = "".join(SYLLABLES[i] for i in rng.integers(0, len(SYLLABLES), int(rng.integers(1, 5))))
        chance = rng.random()
        word = word.capitalize() if chance < 0.1 else str(rng.integers(1, 1900)) if chance > 0.97 else word
        parts.append(word + ("," if rng.random() < 0.1 else "." if rng.random() < 0.06 else ""))
    return " ".join(parts)
