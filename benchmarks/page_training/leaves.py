"""Leaves that are no pages of prose: manuscripts, music, bookplates, bindings, posters, newspapers, whole pictures.

Each maker fills a blank `Page` inside the given margins, as those of pages.py do.
"""

from __future__ import annotations

import cv2
import marks
import numpy as np
import ornaments
import pictures
from numpy.random import Generator
from sheet import MARK, PICTURE, TEXT, Image, Page, words

MAKERS = (pictures.engraving, pictures.photograph, pictures.miniature)


def manuscript(page: Page, left: int, top: int, right: int, bottom: int) -> None:
    """Handwriting all over, in one or two columns, now and then with a drawing or a large painted letter."""
    rng = page.rng
    size, ink = int(rng.integers(9, 34)), marks.INKS[int(rng.integers(len(marks.INKS)))]
    columns = 1 if rng.random() < 0.75 else 2
    step = (right - left) // columns
    for c in range(columns):
        x, y = left + c * step, top
        while y < bottom - 4 * size:
            chance = rng.random()
            if chance < 0.1 and not page.plain:
                w = int(step * rng.uniform(0.3, 0.95))
                h = int(min(w * rng.uniform(0.4, 1.2), bottom - y - 2 * size))
                if h > 4 * size:
                    page.paste(_maker(rng)(rng, page.pool, w, h), x + (step - w) // 2, y, PICTURE, "illustration")
                    y += h + size
            h = min(int(rng.integers(4, 40)) * size, bottom - y)
            marks.write_hand(page.rgb, page.labels, rng, (x, y, step - size, h), size, ink)
            y += h + int(rng.integers(0, 3)) * size


def _maker(rng: Generator) -> pictures.Maker:
    return MAKERS[int(rng.choice(3, p=[0.6, 0.15, 0.25]))]


def music(page: Page, left: int, top: int, right: int, bottom: int) -> None:
    """Staves of four or five lines with notes, bars and slurs, and words to sing below them: no pictures."""
    rng = page.rng
    space = int(rng.integers(4, 11))
    lines, y = int(rng.choice([4, 5])), top
    size = int(rng.integers(9, 20))
    if rng.random() < 0.6:
        page.write(words(rng, 3).upper()[:28], left + (right - left) // 4, y, size + 8, page.fonts[0])
        y += 3 * size + 10
    while y + (lines + 4) * space < bottom:
        mask = np.zeros(page.labels.shape, np.uint8)
        for k in range(lines):
            cv2.line(mask, (left, y + k * space), (right, y + k * space), 255, 1 + (space > 8))
        _notes(mask, rng, left, right, y, space, lines)
        page.rgb[mask > 0] = (170, 45, 35) if rng.random() < 0.05 else (20, 18, 18)
        page.labels[y - 2 * space : y + (lines + 2) * space, left:right] = MARK
        y += (lines + 2) * space
        for _ in range(int(rng.choice([0, 1, 1, 2]))):
            if y + size < bottom:
                page.write(words(rng, 30)[: (right - left) // size], left, y, size, page.fonts[1 % len(page.fonts)])
                y += int(1.3 * size)
        y += int(rng.integers(1, 4)) * space


def _notes(mask: Image, rng: Generator, left: int, right: int, y: int, space: int, lines: int) -> None:
    x, square = left + 4 * space, bool(rng.random() < 0.3)
    cv2.ellipse(mask, (left + 2 * space, y + 2 * space), (space, 2 * space), 20, 0, 300, 255, 2)
    while x < right - 2 * space:
        at = x, y + int(rng.integers(-1, 2 * lines)) * space // 2
        fill = -1 if rng.random() < 0.7 else 1
        if square:
            half = space // 2
            cv2.rectangle(mask, (at[0] - half, at[1] - half), (at[0] + half, at[1] + half), 255, fill)
        else:
            cv2.ellipse(mask, at, (max(int(space * 0.6), 2), max(int(space * 0.42), 2)), -20, 0, 360, 255, fill)
            end = at[1] - 3 * space if rng.random() < 0.6 else at[1] + 3 * space
            cv2.line(mask, (at[0] + space // 2, at[1]), (at[0] + space // 2, end), 255, 1)
            if rng.random() < 0.2:
                cv2.line(mask, (at[0] + space // 2, end), (at[0] + 3 * space, end), 255, max(space // 3, 1))
        if rng.random() < 0.15:
            cv2.line(mask, (x + space, y), (x + space, y + (lines - 1) * space), 255, 1)
        x += int(space * rng.uniform(1.3, 4))


def bookplate(page: Page, left: int, top: int, right: int, bottom: int) -> None:
    """An engraved plate or label pasted on an empty leaf, with the owner's name under it."""
    rng = page.rng
    if rng.random() < 0.4:
        endpaper(page, left, top, right, bottom)
    w = int((right - left) * rng.uniform(0.2, 0.6))
    h = int(min(w * rng.uniform(0.8, 1.6), 0.8 * (bottom - top)))
    x, y = left + int((right - left - w) * rng.uniform(0.1, 0.9)), top + int((bottom - top - h) * rng.uniform(0, 0.9))
    edge = int(rng.integers(3, 25))
    bare = np.s_[max(y - edge, 0) : y + h + 2 * edge, max(x - edge, 0) : x + w + edge]
    page.rgb[bare] = rng.integers(225, 256, 3)
    page.labels[bare] = 0
    page.paste(_maker(rng)(rng, page.pool, w, h), x, y, PICTURE, "illustration")
    if rng.random() < 0.5:
        page.write(words(rng, 2)[:20], x, y + h + 2, max(edge, 9), page.fonts[0])


def endpaper(page: Page, left: int, top: int, right: int, bottom: int) -> None:
    """Cloth, leather or marbled paper from edge to edge: no picture, however dark and rich it is."""
    rng = page.rng
    h, w = page.labels.shape
    page.rgb[:] = texture(rng, h, w)
    page.labels[:] = MARK
    if rng.random() < 0.35:
        size = int(rng.integers(18, 60))
        gold = (215, 180, 90) if rng.random() < 0.7 else (20, 15, 15)
        cv2.putText(page.rgb, words(rng, 2).upper()[:14], (w // 6, int(h * rng.uniform(0.1, 0.5))),
                    cv2.FONT_HERSHEY_TRIPLEX, size / 28, gold, 2, cv2.LINE_AA)  # fmt: skip
    for inset in rng.integers(8, 60, int(rng.integers(0, 4))).tolist():
        cv2.rectangle(
            page.rgb, (inset, inset), (w - inset, h - inset), tuple(int(v) for v in rng.integers(0, 220, 3)), 2
        )


def texture(rng: Generator, h: int, w: int) -> Image:
    """A surface of cloth, leather, wood or marbled paper, uint8 (h, w, 3)."""
    base = rng.integers(25, 210, 3).astype(np.float32)
    kind = rng.choice(["cloth", "leather", "wood", "marble", "plain"])
    y, x = np.mgrid[:h, :w].astype(np.float32)
    rough = cv2.resize(rng.normal(0, 1, (9, 7)).astype(np.float32), (w, h), interpolation=cv2.INTER_CUBIC)
    fine = rng.normal(0, 1, (h, w)).astype(np.float32)
    if kind == "cloth":
        relief = 8 * np.sin(x * rng.uniform(0.6, 2)) + 8 * np.sin(y * rng.uniform(0.6, 2)) + 4 * fine
    elif kind == "leather":
        relief = 14 * cv2.GaussianBlur(fine, (0, 0), 2.5) * 4 + 8 * rough
    elif kind == "wood":
        relief = 12 * np.sin((x + 30 * rough) * rng.uniform(0.02, 0.2)) + 3 * fine
    elif kind == "marble":
        swirl = np.sin(x / rng.uniform(10, 40) + 3 * rough) + np.sin(
            y / rng.uniform(10, 40) + 3 * np.roll(rough, w // 3, 1)
        )
        steps = np.digitize(swirl, np.sort(rng.uniform(-1.6, 1.6, 4)))
        return np.clip(rng.integers(20, 240, (5, 3))[steps] + 4 * fine[..., None], 0, 255).astype(np.uint8)
    else:
        relief = 5 * rough + 2 * fine
    return np.clip(base + (relief + 9 * rough)[..., None], 0, 255).astype(np.uint8)


def whole_picture(page: Page, left: int, top: int, right: int, bottom: int) -> None:
    """A picture that fills the leaf to its edges or nearly so: a photograph, a print without margin, a painting."""
    rng = page.rng
    h, w = page.labels.shape
    edge = int(min(h, w) * rng.choice([0, 0, 0.01, 0.03, 0.06]))
    page.paste(_whole(rng)(rng, page.pool, w - 2 * edge, h - 2 * edge), edge, edge, PICTURE, "illustration")


def _whole(rng: Generator) -> pictures.Maker:
    return MAKERS[int(rng.choice(3, p=[0.35, 0.4, 0.25]))]


def poster(page: Page, left: int, top: int, right: int, bottom: int) -> None:
    """Display type of every size and face, thick rules, boxes around notices; sometimes a cut among them."""
    rng, y = page.rng, top
    if rng.random() < 0.3:
        cv2.rectangle(page.rgb, (left - 8, top - 8), (right + 8, bottom), (20, 20, 20), int(rng.integers(1, 7)))
    while y < bottom - 60:
        chance = rng.random()
        if chance < 0.12 and not page.plain:
            w = int((right - left) * rng.uniform(0.2, 0.9))
            h = int(min(w * rng.uniform(0.3, 1.0), bottom - y - 10))
            page.paste(_maker(rng)(rng, page.pool, w, h), left + (right - left - w) // 2, y, PICTURE, "illustration")
            y += h + 10
        elif chance < 0.25:
            thick = int(rng.integers(1, 9))
            cv2.line(page.rgb, (left + 10, y + 6), (right - 10, y + 6), (20, 20, 20), thick)
            y += thick + 10
        else:
            y += _display(page, left, y, right, bottom)


def _display(page: Page, left: int, y: int, right: int, bottom: int) -> int:
    """A line of large type, plain, outlined, white on black or shaded; returns its height."""
    rng = page.rng
    font = page.fonts[int(rng.integers(len(page.fonts)))]
    if "Initials" in font.stem:
        font = page.fonts[-1]
    text = words(rng, int(rng.integers(1, 4)))
    text = text.upper() if rng.random() < 0.65 else text
    size = int(min(rng.uniform(14, 130), 1.7 * (right - left) / max(len(text), 1), bottom - y - 10))
    if size < 9:
        return 12
    ink = (170, 40, 35) if rng.random() < 0.15 else (20, 18, 18)
    used = page.write(text, left + max((right - left - int(0.55 * size * len(text))) // 2, 0), y, size, font, ink)
    area = np.s_[y : y + int(1.25 * size), left : left + used + size]
    if rng.random() < 0.08:
        page.rgb[area] = 255 - page.rgb[area]
        page.labels[area] = np.maximum(page.labels[area], TEXT)
    elif rng.random() < 0.1:
        page.rgb[area] = cv2.morphologyEx(page.rgb[area], cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)) ^ 255
    return int(size * rng.uniform(1.15, 1.6))


def newspaper(page: Page, left: int, top: int, right: int, bottom: int) -> None:
    """Many narrow columns of small type between rules, headings of many sizes, a picture here and there."""
    rng = page.rng
    size, columns = int(rng.integers(7, 12)), int(rng.integers(3, 8))
    font = page.fonts[int(rng.integers(len(page.fonts)))]
    if rng.random() < 0.5:
        top += _display(page, left, top, right, top + 120) + 6
        cv2.line(page.rgb, (left, top), (right, top), (20, 20, 20), 2)
        top += 6
    step = (right - left) // columns
    for c in range(columns):
        x, y = left + c * step, top
        while y < bottom - 2 * size:
            chance = rng.random()
            if chance < 0.012 and not page.plain and bottom - y > 90:
                w, span = step - 6, int(rng.integers(60, 220))
                h = min(span, bottom - y - 10)
                page.paste(_maker(rng)(rng, page.pool, w, h), x, y, PICTURE, "illustration")
                y += h + size
            elif chance < 0.06:
                y += _display(page, x, y, x + step - 8, min(y + 40, bottom))
            elif chance < 0.08:
                cv2.line(page.rgb, (x + step // 4, y + 3), (x + 3 * step // 4, y + 3), (20, 20, 20), 1)
                y += 8
            else:
                page.write(words(rng, step // (2 * size) + 2)[: int((step - 6) / (0.48 * size))], x, y, size, font)
                y += int(size * 1.2)
        if c:
            cv2.line(page.rgb, (x - 4, top), (x - 4, bottom), (30, 30, 30), 1)


def specimens(page: Page, left: int, top: int, right: int, bottom: int) -> None:
    """Head- and tailpieces, rows of ornaments, initials and lines of type, one below the other."""
    rng, y = page.rng, top
    while y < bottom - 80:
        size = int(rng.integers(10, 30))
        for _ in range(int(rng.integers(1, 5))):
            page.write(
                words(rng, 12)[: (right - left) // size], left, y, size, page.fonts[int(rng.integers(len(page.fonts)))]
            )
            y += int(1.4 * size)
        w = int((right - left) * rng.uniform(0.15, 1))
        h = int(np.clip(w * rng.uniform(0.06, 0.5), 12, max(bottom - y - 10, 12)))
        x = left + (right - left - w) // 2
        chance = rng.random()
        if chance < 0.4:
            tile = pictures.headpiece(rng, page.pool, w, h)
        elif chance < 0.7:
            tile = pictures.strip(rng, page.pool, w, h)
        elif chance < 0.85:
            tile = ornaments.sorts_row(rng, w, h)
        else:
            tile = ornaments.fleuron(rng, min(w, 2 * h), h)
        y += int(rng.integers(4, 20))
        page.paste(tile, x, y, PICTURE, "ornament")
        y += h + int(rng.integers(6, 40))


def spread(left: Page, right: Page) -> Page:
    """Two pages side by side on one image, with a fold between them."""
    rng = left.rng
    h = left.labels.shape[0]
    w = right.labels.shape[1]
    other = cv2.resize(right.rgb, (w, h), interpolation=cv2.INTER_AREA)
    classes = cv2.resize(right.labels, (w, h), interpolation=cv2.INTER_NEAREST)
    rgb, labels = np.hstack([left.rgb, other]), np.hstack([left.labels, classes])
    fold, reach = left.labels.shape[1], int(rng.integers(2, 40))
    away = np.abs(np.arange(rgb.shape[1]) - fold)
    shade = 1 - np.clip(1 - away / reach, 0, 1) * rng.uniform(0.2, 1)
    rgb = (rgb * shade[None, :, None]).astype(np.uint8)
    factor = 1000 / max(rgb.shape[:2])
    size = int(rgb.shape[1] * factor), int(rgb.shape[0] * factor)
    both = Page(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA),
                cv2.resize(labels, size, interpolation=cv2.INTER_NEAREST), rng, left.pool, left.fonts)  # fmt: skip
    both.boxes = left.boxes + right.boxes
    return both


LEAVES = {
    "manuscript": manuscript, "music": music, "bookplate": bookplate, "endpaper": endpaper, "whole": whole_picture,
    "poster": poster, "newspaper": newspaper, "specimens": specimens,
}  # fmt: skip
