"""What early printed pages have besides: painted initials beside miniatures, paragraph marks, rows of sorts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import ornaments
import pictures
from numpy.random import Generator
from PIL import Image as PillowImage
from PIL import ImageDraw, ImageFont
from sheet import INITIAL, PICTURE, TEXT, Image, Page, Style

SetLine = Callable[[Page, Style, Path, int, int, int], int]


def decorated_initial(page: Page, size: int, font: Path) -> Image:
    """A letter on a cut, painted or ornamental ground, framed or not, RGB (size, size, 3)."""
    rng = page.rng
    letter = ornaments.LETTERS[int(rng.integers(len(ornaments.LETTERS)))]
    faces = [f for f in page.fonts if "Initials" in f.stem]
    if faces and rng.random() < 0.3:
        tile = ornaments.initial(rng, faces[int(rng.integers(len(faces)))], letter, size)
        return _tinted(tile, rng) if rng.random() < 0.4 else tile
    ground = pictures.engraving(rng, page.pool, size, size) if rng.random() < 0.5 else _flat(rng, size)
    printed = PillowImage.fromarray(ground)
    face = ImageFont.truetype(str(font), int(size * 0.95))
    box = face.getbbox(letter)
    dark = rng.random() < 0.5
    ImageDraw.Draw(printed).text(
        ((size - box[2] - box[0]) / 2, (size - box[3] - box[1]) / 2), letter, font=face,
        fill=(15, 12, 10) if dark else (245, 240, 230), stroke_width=max(size // 22, 1),
        stroke_fill=(245, 240, 230) if dark else (15, 12, 10),
    )  # fmt: skip
    array = np.asarray(printed).copy()
    if rng.random() < 0.6:
        cv2.rectangle(array, (0, 0), (size - 1, size - 1), (20, 20, 20), int(rng.integers(1, 4)))
    return array


def _tinted(tile: Image, rng: Generator) -> Image:
    """Black and white become two colours."""
    paint = np.array(ornaments.PAINTS[int(rng.integers(len(ornaments.PAINTS)))], np.float32)
    light = np.array([(235, 215, 160), (240, 235, 225), (205, 175, 120)][int(rng.integers(3))], np.float32)
    share = tile[..., :1].astype(np.float32) / 255
    return (light * share + paint * (1 - share)).astype(np.uint8)


def _flat(rng: Generator, size: int) -> Image:
    """A ground of one or two colours with a little gold or pen work."""
    colour = np.array(ornaments.PAINTS[int(rng.integers(len(ornaments.PAINTS)))])
    ground = np.clip(colour + rng.normal(0, 14, (size, size, 3)), 0, 255).astype(np.uint8)
    for _ in range(int(rng.integers(0, 6))):
        a, b = (tuple(int(v) for v in rng.integers(0, size, 2)) for _ in range(2))
        cv2.line(ground, a, b, tuple(int(v) for v in rng.integers(40, 230, 3)), 1)
    return ground


def miniature_with_initial(
    page: Page, style: Style, left: int, y: int, right: int, bottom: int, set_line: SetLine
) -> int:
    """A picture with an initial close beside it or close under it, and type around both; returns where it ends."""
    rng = page.rng
    width = int((right - left) * rng.uniform(0.3, 0.65))
    lines = int(rng.integers(5, 12))
    height = min(lines * style.pitch, bottom - y - 4 * style.pitch)
    size = int(rng.integers(2, 4)) * style.pitch - style.pitch // 5
    if height < 3 * style.pitch or right - left - width < 3 * size:
        return y
    gap = int(rng.integers(0, 5))
    page.paste(style.maker(rng, page.pool, width, height), left, y, PICTURE, "illustration")
    beside = rng.random() < 0.6
    corner = (left + width + gap, y) if beside else (left, y + height + gap)
    page.paste(decorated_initial(page, size, style.font), *corner, INITIAL, "initial")
    end = y + height if beside else y + height + gap + size
    for top in range(y, end - style.pitch // 2, style.pitch):
        hit = corner[1] - style.pitch // 2 < top < corner[1] + size - style.pitch // 4
        x = left + width + gap + 3 if top < y + height else left
        x = corner[0] + size + style.size // 3 if hit else x
        if right - x > 3 * style.size:
            set_line(page, style, style.font, x, top, right - x)
    return end + gap


def paragraph_mark(page: Page, x: int, y: int, size: int) -> int:
    """A painted sign or letter one line high: it belongs to the type. Returns its width."""
    rng = page.rng
    width = int(size * rng.uniform(0.6, 1.3))
    mark = decorated_initial(page, max(size, 8), page.fonts[0]) if rng.random() < 0.5 else _flat(rng, max(size, 8))
    page.paste(cv2.resize(mark, (max(width, 5), max(size, 5))), x, y, TEXT, "mark")
    return width


def line_filler(page: Page, style: Style, x: int, y: int, right: int) -> None:
    """What fills the rest of a line: a painted bar, a strip of a picture, a row of sorts."""
    rng, width = page.rng, right - x
    height = max(int(style.pitch * rng.uniform(0.45, 0.95)), 6)
    if width <= 2.5 * style.size:
        return
    chance = rng.random()
    if chance < 0.6:
        bar = ornaments.painted_bar(rng, width, height)
    elif chance < 0.8:
        bar = pictures.miniature(rng, page.pool, width, height)
    else:
        bar = ornaments.sorts_row(rng, width, height)
    page.paste(bar, x, y + max((style.size - height) // 2, 0), PICTURE, "ornament")


def row_of_sorts(page: Page, style: Style, left: int, y: int, right: int) -> int:
    """A row of ornaments of about the size of the type, across the column or its middle; returns where it ends."""
    rng = page.rng
    height = max(int(style.size * rng.uniform(0.8, 2.6)), 8)
    inset = int((right - left) * rng.choice([0, 0, 0.1, 0.25, 0.4]))
    if right - left - 2 * inset > 3 * height:
        strip = ornaments.sorts_row(rng, right - left - 2 * inset, height)
        page.paste(strip, left + inset, y, PICTURE, "ornament")
    elif height > 1.4 * style.size:
        page.paste(ornaments.fleuron(rng, height, height), left + inset, y, PICTURE, "ornament")
    return y + height + style.pitch // 3
