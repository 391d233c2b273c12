"""Printed pages with known layout: columns of set type, with pictures, ornaments and initials among them."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import cv2
import early
import numpy as np
import ornaments
import pictures
from leaves import LEAVES
from numpy.random import Generator
from PIL import ImageFont
from sheet import INITIAL, PICTURE, Image, Page, Style, words

KINDS = {
    "prose": 0.5, "plate": 0.06, "title": 0.09, "table": 0.05, "blank": 0.02, "manuscript": 0.04, "music": 0.02,
    "bookplate": 0.02, "endpaper": 0.02, "whole": 0.03, "poster": 0.05, "newspaper": 0.05, "specimens": 0.05,
}  # fmt: skip
"""How often each kind of page is made."""


def make_page(rng: Generator, pool: list[Image], fonts: list[Path], height: int = 1000) -> Page:
    """One page, flat and clean: `scan.weather` makes a scan of it."""
    width = int(height * rng.uniform(0.58, 0.82))
    if rng.random() < 0.06:
        width, height = height, width
    blank = np.full((height, width, 3), 255, np.uint8)
    page = Page(blank, np.zeros((height, width), np.uint8), rng, pool, fonts)
    page.squeeze = float(rng.uniform(0.55, 0.8)) if rng.random() < 0.15 else 1.0
    page.plain = rng.random() < 0.22
    page.early = rng.random() < 0.42
    shrink = rng.uniform(0.0, 0.16) + (rng.uniform(0.0, 0.25) if rng.random() < 0.15 else 0)
    left, right = int(width * (0.06 + shrink * rng.random())), int(width * (0.94 - shrink * rng.random()))
    top, bottom = int(height * (0.05 + shrink * rng.random())), int(height * (0.95 - shrink * rng.random()))
    makers: dict[str, Callable[[Page, int, int, int, int], None]] = {
        "prose": _prose, "plate": _plate, "title": _title, "table": _table, "blank": lambda *_: None, **LEAVES,
    }  # fmt: skip
    kind = str(rng.choice(list(KINDS), p=list(KINDS.values())))
    makers[kind](page, left, top, right, bottom)
    if rng.random() < 0.15 and kind not in LEAVES:
        _frame(page, left, top, right, bottom)
    return page


def _style(page: Page, width: int) -> Style:
    rng = page.rng
    size = int(np.clip(rng.gamma(9, 1.7), 9, 34))
    columns = 1 if width < 26 * size else int(rng.choice([1, 2, 3], p=[0.55, 0.35, 0.1]))
    odds = [0.4, 0.0, 0.6, 0.0] if page.early else [0.56, 0.24, 0.08, 0.12]
    maker = MAKERS[int(rng.choice(4, p=odds))]
    rate = 0.0 if page.plain or rng.random() < 0.15 else float(rng.uniform(0.05, 0.4))
    pitch = int(size * rng.uniform(0.98, 1.6)) + 1
    return Style(size, pitch, _font(page), columns, int(size * rng.uniform(0.8, 3)), rate, maker)


def _font(page: Page) -> Path:
    faces = [face for face in page.fonts if "Initials" not in face.stem]
    old = [face for face in faces if EARLY_FACE.match(face.stem)]
    faces = old if page.early and old and page.rng.random() < 0.75 else faces
    return faces[int(page.rng.integers(len(faces)))]


EARLY_FACE = re.compile(
    "Blankenburg|Isabella|Fust|Hamlet|Jessen|Parix|Rot-|Rusch|Sou|Spira|Sweyn|Zainer-G|Ptolemy|GFSTheo"
)
"""Blackletter and the types of the fifteenth century (Debian: fonts-blankenburg, -isabella, -gotico-antiqua)."""
HEADS = (pictures.headpiece, pictures.strip, ornaments.sorts_of)
MAKERS = (pictures.engraving, pictures.photograph, pictures.miniature, ornaments.diagram_of)


def _prose(page: Page, left: int, top: int, right: int, bottom: int) -> None:
    rng = page.rng
    style = _style(page, right - left)
    if rng.random() < 0.6:
        page.write(words(rng, 3).upper()[:30], left + (right - left) // 4, top, max(style.size - 1, 8), _font(page))
        page.write(str(rng.integers(1, 400)), right - 3 * style.size, top, style.size, style.font)
        top += int(style.pitch * rng.uniform(1.3, 2.2))
        if rng.random() < 0.3:
            cv2.line(page.rgb, (left, top), (right, top), (20, 20, 20), int(rng.integers(1, 3)))
            top += style.pitch // 2
    if not page.plain and rng.random() < 0.38:
        top = _headpiece(page, left, top, right)
    if rng.random() < 0.25:
        top = _heading(page, left, top, right, style)
    if style.picture_rate and style.columns > 1 and rng.random() < 0.25:
        top = _spanning(page, style, left, top, right, bottom)
    step = (right - left + style.gutter) // style.columns
    for c in range(style.columns):
        x = left + c * step
        _column(page, style, x, top, min(x + step - style.gutter, right), bottom)
        if c and rng.random() < 0.15:
            cv2.line(page.rgb, (x - style.gutter // 2, top), (x - style.gutter // 2, bottom), (30, 30, 30), 1)
    if rng.random() < 0.15:
        _marginalia(page, style, right, top, bottom)


def _headpiece(page: Page, left: int, top: int, right: int) -> int:
    height = int(page.rng.uniform(0.02, 0.12) * page.rgb.shape[0])
    inset = int((right - left) * page.rng.uniform(0, 0.25))
    width = right - left - 2 * inset
    maker = HEADS[int(page.rng.choice(3, p=[0.35, 0.35, 0.3]))]
    page.paste(maker(page.rng, page.pool, width, max(height, 12)), left + inset, top, PICTURE, "ornament")
    if page.rng.random() < 0.2:
        # A rule above, below or on all sides, close by or on the ornaments: the strips of a worn frame.
        gap, weight = int(page.rng.integers(-1, 6)), int(page.rng.integers(1, 3))
        a, b = (left + inset - gap, top - gap), (left + inset + width + gap, top + max(height, 12) + gap)
        if page.rng.random() < 0.4:
            cv2.rectangle(page.rgb, a, b, (20, 20, 20), weight)
        else:
            side = a[1] if page.rng.random() < 0.5 else b[1]
            cv2.line(page.rgb, (left, side), (right, side), (20, 20, 20), weight)
    return top + height + int(page.rng.integers(4, 30))


def _heading(page: Page, left: int, top: int, right: int, style: Style) -> int:
    for _ in range(int(page.rng.integers(1, 6))):
        size = int(style.size * page.rng.uniform(1.1, 3.4))
        text = words(page.rng, int(page.rng.integers(1, 4)))
        text = text.upper() if page.rng.random() < 0.6 else text
        text = (" " * int(page.rng.integers(0, 2))).join(text)
        text = text[: max(int((right - left) / (0.75 * size)), 2)]
        x = left + max((right - left - int(0.6 * size * len(text))) // 2, 0)
        red = page.rng.random() < (0.4 if page.early else 0.08)
        page.write(text, x, top, size, _font(page), (170, 40, 30) if red else (15, 12, 10))
        top += int(size * page.rng.uniform(1.15, 1.9))
    return top


def _spanning(page: Page, style: Style, left: int, top: int, right: int, bottom: int) -> int:
    height = int((bottom - top) * page.rng.uniform(0.2, 0.6))
    page.paste(style.maker(page.rng, page.pool, right - left, height), left, top, PICTURE, "illustration")
    return top + height + style.pitch // 2


def _column(page: Page, style: Style, left: int, top: int, right: int, bottom: int) -> None:
    """Fill a column from top to bottom with paragraphs, pictures and headings."""
    rng, y = page.rng, top
    end = bottom if rng.random() < 0.8 else top + int((bottom - top) * rng.uniform(0.2, 0.9))
    while y + style.pitch < end:
        if rng.random() < style.picture_rate:
            y = _figure(page, style, left, y, right, end)
        elif rng.random() < 0.08:
            y = _heading(page, left, y, right, style)
        elif not page.plain and rng.random() < 0.05 and y > top + 3 * style.pitch:
            y = _headpiece(page, left, y + style.pitch // 3, right)
        elif not page.plain and rng.random() < 0.07:
            y = early.row_of_sorts(page, style, left, y + style.pitch // 3, right)
        elif style.picture_rate and rng.random() < (0.2 if page.early else 0.03):
            y = early.miniature_with_initial(page, style, left, y, right, end, _line)
        elif rng.random() < 0.06:
            cv2.line(page.rgb, (left + (right - left) // 4, y), (right - (right - left) // 4, y), (20, 20, 20), 1)
            y += style.pitch // 2
        y = _paragraph(page, style, left, y, right, end)
        y += int(style.pitch * rng.choice([0, 0, 0.5, 1.5]))
    if end < bottom - 80 and style.picture_rate and rng.random() < 0.5:
        w = int((right - left) * rng.uniform(0.12, 0.5))
        h = int(min(w * rng.uniform(0.4, 1.2), bottom - end - 20))
        x = left + (right - left - w) // 2
        if h > 15:
            page.paste(pictures.engraving(rng, page.pool, w, h), x, end + 20, PICTURE, "ornament")


def _figure(page: Page, style: Style, left: int, y: int, right: int, bottom: int) -> int:
    """A picture, or two or three side by side, across the column; with a caption or without."""
    rng = page.rng
    width = int((right - left) * (1 if rng.random() < 0.45 else rng.uniform(0.25, 0.95)))
    height = int(min(width * rng.uniform(0.3, 1.4), bottom - y - style.pitch, 0.75 * page.rgb.shape[0]))
    if height < 2.5 * style.size or width < 30:
        return y
    x = left + (right - left - width) // 2
    gap = int(style.pitch * rng.uniform(0.1, 0.9))
    y += gap
    parts = int(rng.choice([1, 2, 3], p=[0.8, 0.15, 0.05])) if width > 150 else 1
    if parts == 1:
        page.paste(style.maker(rng, page.pool, width, height), x, y, PICTURE, "illustration")
    else:
        step = width // parts
        for i in range(parts):
            w, h = int(step * rng.uniform(0.5, 0.9)), int(height * rng.uniform(0.6, 1))
            page.paste(style.maker(rng, page.pool, w, h), x + i * step, y + height - h, PICTURE, "illustration")
    y += height + 2
    if rng.random() < 0.4:
        small = max(int(style.size * 0.8), 8)
        text = f"Fig. {rng.integers(1, 300)}. " + (words(rng, 3) if rng.random() < 0.5 else "")
        page.write(text[: max(int(width / (0.55 * small)), 8)], x + width // 4, y, small, _font(page))
        y += int(small * 1.4)
    return y + gap


def _paragraph(page: Page, style: Style, left: int, y: int, right: int, bottom: int) -> int:
    rng = page.rng
    lines = int(rng.integers(1, 14))
    indent, indent_until = 0, -1
    if rng.random() < 0.12 + 0.3 * (y < 0.3 * page.rgb.shape[0]):
        indent = _initial(page, style, left, y)
        indent_until = y + indent - style.pitch // 4
    font = style.font if rng.random() < 0.9 else _font(page)
    beside = 0
    if style.picture_rate and rng.random() < 0.08 and lines > 6 and indent == 0:
        beside = int((right - left) * rng.uniform(0.25, 0.5))
        height = min(lines * style.pitch - 4, bottom - y - 4)
        if height > 40:
            inner = beside - style.size
            page.paste(style.maker(rng, page.pool, inner, height), right - inner, y, PICTURE, "illustration")
    for i in range(lines):
        if y + style.pitch > bottom:
            break
        x = left + (indent if y < indent_until else style.size if i == 0 and indent == 0 else 0)
        room = right - beside - x
        if i == lines - 1:
            room = int(room * rng.uniform(0.1, 1))
        if page.early and rng.random() < 0.06:
            x += early.paragraph_mark(page, x, y, style.size) + 3
            room = max(room - style.size, style.size)
        used = _line(page, style, font, x, y, room)
        if style.picture_rate and i == lines - 1 and rng.random() < (0.4 if page.early else 0.04):
            early.line_filler(page, style, x + used + style.size // 2, y, right)
        y += style.pitch
    return max(y, indent_until)


def _line(page: Page, style: Style, font: Path, x: int, y: int, room: int) -> int:
    count = max(int(room / (0.5 * style.size * page.squeeze)), 1)
    text = words(page.rng, count // 2 + 2)
    # As long as the line is wide, so that columns end where they should.
    length = ImageFont.truetype(str(font), style.size).getlength(text) * page.squeeze
    text = text[: max(int(len(text) * room / max(length, 1)), 1)].strip()
    red = page.rng.random() < (0.06 if page.early else 0.015)
    return page.write(text, x, y, style.size, font, (165, 45, 35) if red else (15, 12, 10)) if text else 0


def _initial(page: Page, style: Style, x: int, y: int) -> int:
    """A decorated, coloured or plain large letter; returns the room it takes. Plain ones count as text."""
    rng = page.rng
    size = int(style.pitch * rng.integers(2, 7)) - style.pitch // 5
    letter = ornaments.LETTERS[int(rng.integers(len(ornaments.LETTERS)))]
    if rng.random() < (0.8 if page.plain else 0.3):
        red = (165, 45, 35) if rng.random() < 0.3 else (15, 12, 10)
        page.write(letter, x, max(y - size // 5, 0), int(size * 1.05), _font(page), red)
        return int(size * 0.95)
    page.paste(early.decorated_initial(page, size, _font(page)), x, y, INITIAL, "initial")
    return size + style.size // 3


def _marginalia(page: Page, style: Style, right: int, top: int, bottom: int) -> None:
    size = max(int(style.size * 0.75), 8)
    y = top
    while y < bottom - 4 * size:
        y += int(page.rng.integers(2, 30)) * size
        for _ in range(int(page.rng.integers(1, 5))):
            room = page.rgb.shape[1] - right - 10
            if room > 3 * size and y < bottom - size:
                page.write(words(page.rng, 3)[: int(room / (0.55 * size))], right + 6, y, size, style.font)
            y += int(size * 1.2)


def _plate(page: Page, left: int, top: int, right: int, bottom: int) -> None:
    """A picture that takes most of the page, with a line or two of type."""
    rng = page.rng
    maker = MAKERS[int(rng.choice(3, p=[0.6, 0.25, 0.15]))]
    height = int((bottom - top) * rng.uniform(0.45, 0.97))
    width = int((right - left) * rng.uniform(0.6, 1))
    x = left + (right - left - width) // 2
    page.paste(maker(rng, page.pool, width, height), x, top, PICTURE, "illustration")
    size = int(rng.integers(9, 26))
    if rng.random() < 0.8 and top + height + 3 * size < page.rgb.shape[0]:
        page.write(
            words(rng, 4).upper()[: int(width / (0.8 * size))], x + width // 6, top + height + 8, size, _font(page)
        )
    if rng.random() < 0.5 and top > 2 * size:
        page.write("PL. " + str(rng.integers(1, 90)), x + width // 2, top - 2 * size + 4, size, _font(page))


def _title(page: Page, left: int, top: int, right: int, bottom: int) -> None:
    """Lines of large type, a device, an imprint."""
    rng = page.rng
    style = _style(page, right - left)
    large = Style(int(style.size * 1.4), style.pitch, style.font, 1, 0, 0, style.maker)
    y = _heading(page, left, top, right, large)
    y = _heading(page, left, y, right, large) + 10
    if not page.plain and rng.random() < 0.85 and bottom - y > 150:
        width = int((right - left) * rng.uniform(0.2, 0.8))
        height = int(min(width * rng.uniform(0.6, 1.5), (bottom - y) * 0.75))
        x = left + (right - left - width) // 2
        maker = _sort_block if rng.random() < 0.25 else pictures.engraving
        page.paste(maker(rng, page.pool, width, height), x, y, PICTURE, "illustration")
        y += height + 20
    if bottom - y > 60:
        _heading(page, left, y, right, style)


def _sort_block(rng: Generator, pool: list[Image], width: int, height: int) -> Image:
    """A square of type ornaments, or a single large one."""
    if rng.random() < 0.4:
        return ornaments.fleuron(rng, width, height)
    rows = int(rng.integers(2, 5))
    strips = [ornaments.sorts_row(rng, width, max(height // rows, 5)) for _ in range(1 if rng.random() < 0.6 else rows)]
    block = np.vstack([strips[i % len(strips)] for i in range(rows)])
    return cv2.resize(block, (width, height), interpolation=cv2.INTER_AREA)


def _table(page: Page, left: int, top: int, right: int, bottom: int) -> None:
    """Ruled columns of figures."""
    rng = page.rng
    size = int(rng.integers(9, 20))
    pitch, columns = int(size * rng.uniform(1.2, 1.8)), int(rng.integers(3, 9))
    end = top + int((bottom - top) * rng.uniform(0.4, 1))
    font = _font(page)
    step = (right - left) // columns
    for y in range(top, end - pitch, pitch):
        for c in range(columns):
            text = words(rng, 2)[: step // size] if c == 0 else str(rng.integers(0, 99999))
            page.write(text, left + c * step + 4, y, size, font)
        if rng.random() < 0.3:
            cv2.line(page.rgb, (left, y - 1), (right, y - 1), (20, 20, 20), 1)
    for c in range(columns + 1):
        cv2.line(page.rgb, (left + c * step, top), (left + c * step, end), (20, 20, 20), int(rng.integers(1, 3)))


def _frame(page: Page, left: int, top: int, right: int, bottom: int) -> None:
    """A ruled frame around the type area, single or double."""
    for inset in [0] if page.rng.random() < 0.5 else [0, 4]:
        a, b = (left - 10 - inset, top - 10 - inset), (right + 10 + inset, bottom + 10 + inset)
        cv2.rectangle(page.rgb, a, b, (20, 20, 20), 1 + (inset == 0))
    if page.rng.random() < 0.4:
        _break_frame(page, left - 14, top - 14, right + 14, bottom + 14)


def _break_frame(page: Page, left: int, top: int, right: int, bottom: int) -> None:
    """Gaps in the rules of a frame, as worn rules print."""
    height, width = page.rgb.shape[:2]
    for _ in range(int(page.rng.integers(4, 40))):
        across = page.rng.random() < 0.5
        x = int(page.rng.uniform(left, right)) if across else (left, right - 9)[int(page.rng.integers(2))]
        y = (top, bottom - 9)[int(page.rng.integers(2))] if across else int(page.rng.uniform(top, bottom))
        gap = int(page.rng.integers(2, 14))
        y0, x0 = np.clip(y, 0, height), np.clip(x, 0, width)
        bare = page.labels[y0 : y0 + (9 if across else gap), x0 : x0 + (gap if across else 9)] == 0
        page.rgb[y0 : y0 + bare.shape[0], x0 : x0 + bare.shape[1]][bare] = 255
