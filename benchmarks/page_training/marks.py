"""What people and time leave on a sheet besides print: handwriting, stamps, blots, labels, specks, worn edges.

All of it is drawn into a scan in place; cells of it are marked as `MARK` (no picture, and worth learning as such),
except where a picture or an initial lies under it.
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.random import Generator
from PIL import Image as PillowImage
from PIL import ImageDraw, ImageFont
from sheet import MARK, NO_PICTURE, PICTURE, TEXT, Image, words

INKS = [(25, 22, 25), (70, 45, 30), (40, 50, 120), (95, 95, 100), (150, 40, 45), (110, 75, 40)]


def add_marks(rgb: Image, labels: Image, rng: Generator, fonts: list[Path]) -> None:
    """A few marks of random kinds, in place."""
    for chance, draw in ((0.35, _notes), (0.28, _stamps), (0.16, _blots), (0.1, _strokes), (0.1, _smear)):
        if rng.random() < chance:
            draw(rgb, labels, rng)
    if rng.random() < 0.07:
        _shelf_mark(rgb, labels, rng, fonts)
    if rng.random() < 0.05:
        _worm_holes(rgb, labels, rng)


def mark(labels: Image, mask: Image) -> None:
    """Say that what the mask covers is no picture."""
    labels[(mask > 0) & ((labels <= TEXT) | (labels == NO_PICTURE))] = MARK


def handwriting(rng: Generator, width: int, size: int, weight: int) -> Image:
    """A line of quick cursive, uint8 (3 · size, width), 255 on ink: humps, loops up and down, gaps between words."""
    tile = np.zeros((3 * size, width), np.uint8)
    slant, pitch = rng.uniform(-0.1, 0.6), size * rng.uniform(0.35, 0.65)
    x, base = size * 0.3, 1.9 * size
    drift = rng.normal(0, 0.04)
    while x < width - 2 * size:
        points = []
        for _ in range(int(rng.integers(2, 10))):
            t = np.linspace(0, 2 * np.pi, 9)[:-1]
            kind = rng.random()
            tall = rng.uniform(1.6, 2.4) if kind < 0.2 else rng.uniform(-2.2, -1.4) if kind < 0.3 else 1.0
            loop = rng.uniform(0.2, 0.9)
            px = x + pitch * t / (2 * np.pi) + loop * pitch * 0.5 * np.sin(t + rng.uniform(-0.5, 0.5))
            py = base - size * 0.5 * tall * (1 - np.cos(t)) / 2 * rng.uniform(0.8, 1.2)
            points.append(np.stack([px + slant * (base - py), py + drift * px], axis=1))
            x += pitch * rng.uniform(0.8, 1.2)
        line = (np.concatenate(points) * 8).astype(np.int32)
        cv2.polylines(tile, [line], False, 255, weight, cv2.LINE_AA, 3)
        if rng.random() < 0.1:
            cv2.line(tile, (int(x - 3 * pitch), int(base + 0.3 * size)), (int(x), int(base + 0.3 * size)), 255, weight)
        x += pitch * rng.uniform(0.9, 2.2)
    return tile


def write_hand(
    rgb: Image, labels: Image, rng: Generator, box: tuple[int, int, int, int], size: int, ink: tuple[int, ...]
) -> None:
    """Lines of handwriting that fill `box` (x, y, width, height)."""
    x, y, w, h = box
    weight = max(round(size * rng.uniform(0.06, 0.16)), 1)
    pitch = int(size * rng.uniform(1.1, 2.1)) + 1
    turned = bool(rng.random() < 0.04)
    for top in range(y, y + h - 2 * size, pitch):
        room = int(w * rng.uniform(0.75, 1))
        if room > 5 * size:
            _print_mask(rgb, labels, handwriting(rng, room, size, weight), x, top - size, ink, 1.0)
    if turned:
        cv2.line(rgb, (x, y), (x + w, y + h), ink, weight)


def _print_mask(rgb: Image, labels: Image, mask: Image, x: int, y: int, ink: tuple[int, ...], strength: float) -> None:
    """Ink where the mask is, darkened and never lightened."""
    height, width = labels.shape
    left, top = max(x, 0), max(y, 0)
    mask = mask[top - y : max(height - y, 0), left - x : max(width - x, 0)]
    if not mask.size:
        return
    window = np.s_[top : top + mask.shape[0], left : left + mask.shape[1]]
    share = mask[..., None].astype(np.float32) / 255 * strength
    tinted = rgb[window] * (1 - share) + np.minimum(rgb[window], np.array(ink, np.float32)) * share
    rgb[window] = tinted.astype(np.uint8)
    mark(labels[window], cv2.dilate(mask, np.ones((3, 3), np.uint8)) > 60)


def _notes(rgb: Image, labels: Image, rng: Generator) -> None:
    """A name, a shelf mark, notes in the margin, scribbles across the page."""
    h, w = labels.shape
    ink = INKS[int(rng.integers(len(INKS)))]
    for _ in range(int(rng.integers(1, 4))):
        size = int(rng.integers(6, 26))
        width = int(rng.uniform(0.08, 0.6) * w)
        box = int(rng.uniform(0.02, 0.85) * w), int(rng.uniform(0.01, 0.9) * h), width, int(rng.integers(3, 12)) * size
        write_hand(rgb, labels, rng, (box[0], box[1], min(width, w - box[0]), box[3]), size, ink)


def _stamps(rgb: Image, labels: Image, rng: Generator) -> None:
    """Stamps of libraries: rings with lettering, ovals, boxes with lines of capitals; faint or strong, turned."""
    w = labels.shape[1]
    for _ in range(int(rng.integers(1, 3))):
        side = int(rng.uniform(0.05, 0.24) * w) + 20
        tile = _ring(rng, side) if rng.random() < 0.7 else _boxed(rng, side)
        turn = cv2.getRotationMatrix2D((tile.shape[1] / 2, tile.shape[0] / 2), float(rng.normal(0, 25)), 1)
        tile = cv2.warpAffine(tile, turn, tile.shape[::-1])
        worn = cv2.resize(rng.normal(0.9, 0.35, (9, 9)).astype(np.float32), tile.shape[::-1])
        tile = (tile * np.clip(worn, 0, 1)).astype(np.uint8)
        ink = [(25, 25, 30), (180, 50, 45), (60, 60, 160), (120, 60, 140), (40, 110, 90)][int(rng.integers(5))]
        x, y = _place_of_stamp(labels, rng, tile)
        _print_mask(rgb, labels, tile, x, y, ink, float(rng.uniform(0.45, 1)))


def _place_of_stamp(labels: Image, rng: Generator, tile: Image) -> tuple[int, int]:
    """Anywhere, or with its edge on the edge of a picture: librarians stamp title pages beside the device."""
    h, w = labels.shape
    rows, columns = np.nonzero(labels[::8, ::8] == PICTURE)
    if not len(rows) or rng.random() > 0.4:
        return int(rng.uniform(-0.05, 0.9) * w), int(rng.uniform(-0.02, 0.92) * h)
    at = int(rng.integers(len(rows)))
    row = 8 * columns[rows == rows[at]]
    x = row.max() - tile.shape[1] * rng.uniform(-0.1, 0.3) if rng.random() < 0.5 else row.min() - tile.shape[1] * 0.85
    return int(x), int(8 * rows[at] - tile.shape[0] / 2)


def _ring(rng: Generator, side: int) -> Image:
    tile = np.zeros((side, side), np.uint8)
    centre, outer = (side // 2, side // 2), side / 2 - 4
    flat = rng.uniform(0.6, 1) if rng.random() < 0.4 else 1.0
    weight = int(rng.integers(1, 4))
    for share in (1.0, rng.uniform(0.55, 0.75)):
        cv2.ellipse(tile, centre, (int(outer * share), int(outer * share * flat)), 0, 0, 360, 255, weight, cv2.LINE_AA)
    radius, letters = 0.82 * outer, words(rng, 8).upper().replace(" ", "")
    count = int(rng.integers(10, 26))
    for k in range(count):
        angle = 2 * np.pi * k / count
        glyph = np.zeros((24, 24), np.uint8)
        cv2.putText(glyph, letters[k % len(letters)], (4, 20), cv2.FONT_HERSHEY_SIMPLEX, 0.75, 255, 2, cv2.LINE_AA)
        size = max(int(outer * 0.24), 5)
        turn = cv2.getRotationMatrix2D((12, 12), 90 - float(np.rad2deg(angle)) - 180, 1)
        glyph = cv2.resize(cv2.warpAffine(glyph, turn, (24, 24)), (size, size), interpolation=cv2.INTER_AREA)
        x = int(centre[0] + radius * np.cos(angle) - size / 2)
        y = int(centre[1] + radius * flat * np.sin(angle) - size / 2)
        window = tile[max(y, 0) : y + size, max(x, 0) : x + size]
        np.maximum(window, glyph[: window.shape[0], : window.shape[1]], out=window)
    _middle(tile, rng, int(outer * 0.5))
    return tile


def _middle(tile: Image, rng: Generator, reach: int) -> None:
    """A monogram, a crown of dots, a bird of strokes, a date: what stands in the middle of a stamp."""
    centre = tile.shape[1] // 2, tile.shape[0] // 2
    if rng.random() < 0.5:
        text = ["RF", "BN", "BR", "MUS", "1848", "SJ"][int(rng.integers(6))]
        at = centre[0] - reach * len(text) // 3, centre[1] + reach // 3
        cv2.putText(tile, text, at, cv2.FONT_HERSHEY_TRIPLEX, reach / 32, 255, max(reach // 20, 1), cv2.LINE_AA)
    for _ in range(int(rng.integers(0, 12))):
        a = centre[0] + int(rng.normal(0, 0.4) * reach), centre[1] + int(rng.normal(0, 0.4) * reach)
        axes = max(int(reach * rng.uniform(0.05, 0.3)), 1), max(int(reach * rng.uniform(0.03, 0.15)), 1)
        fill = -1 if rng.random() < 0.6 else 1
        cv2.ellipse(tile, a, axes, float(rng.uniform(0, 180)), 0, 360, 255, fill, cv2.LINE_AA)


def _boxed(rng: Generator, side: int) -> Image:
    height = int(side * rng.uniform(0.3, 0.7))
    tile = np.zeros((height, side), np.uint8)
    weight = int(rng.integers(1, 4))
    if rng.random() < 0.75:
        cv2.rectangle(tile, (3, 3), (side - 4, height - 4), 255, weight)
    lines = int(rng.integers(1, 4))
    for i in range(lines):
        scale = height / lines / 45
        text = words(rng, 2).upper()[: max(int(side / (20 * max(scale, 0.1))), 2)]
        at = int(0.08 * side), int((i + 0.72) * height / lines)
        cv2.putText(tile, text, at, cv2.FONT_HERSHEY_DUPLEX, max(scale, 0.2), 255, 1, cv2.LINE_AA)
    return tile


def _blots(rgb: Image, labels: Image, rng: Generator) -> None:
    """Ink that was spilt, burns, foxing, wax: solid or frayed patches of any size."""
    h, w = labels.shape
    for _ in range(int(rng.integers(1, 6))):
        size = int(rng.gamma(1.6, 0.03) * w) + 4
        t = np.linspace(0, 2 * np.pi, 48, endpoint=False)
        radius = size * (1 + sum(rng.normal(0, 0.35 / k) * np.sin(k * t + rng.uniform(0, 6)) for k in range(1, 7)))
        x, y = rng.uniform(0, w), rng.uniform(0, h)
        shape = np.stack([x + radius * np.cos(t) * rng.uniform(0.5, 1.5), y + radius * np.sin(t)], axis=1)
        mask = np.zeros((h, w), np.uint8)
        cv2.fillPoly(mask, [shape.astype(np.int32)], 255, cv2.LINE_AA)
        if rng.random() < 0.5:
            mask = cv2.GaussianBlur(mask, (0, 0), float(rng.uniform(1, 8)))
        if rng.random() < 0.3:
            mask = (mask * (rng.random((h, w)) < rng.uniform(0.3, 0.95))).astype(np.uint8)
        ink = [(20, 18, 20), (60, 40, 25), (130, 95, 60), (150, 110, 60), (90, 90, 95), (120, 40, 35)]
        _print_mask(rgb, labels, mask, 0, 0, ink[int(rng.integers(6))], float(rng.uniform(0.4, 1)))


def _strokes(rgb: Image, labels: Image, rng: Generator) -> None:
    """Lines under words, brackets in the margin, words struck out, creases across the sheet."""
    h, w = labels.shape
    mask = np.zeros((h, w), np.uint8)
    for _ in range(int(rng.integers(1, 9))):
        x, y = int(rng.uniform(0, 0.9) * w), int(rng.uniform(0, 1) * h)
        long = rng.random() < 0.15
        across, down = (w, int(rng.normal(0, 0.2) * h)) if long else (int(rng.uniform(0.03, 0.4) * w), 0)
        if rng.random() < 0.3:
            across, down = int(rng.normal(0, 4)), int(rng.uniform(0.02, 0.3) * h)
        points = np.linspace((x, y), (x + across, y + down), 12) + rng.normal(0, 1.2, (12, 2))
        cv2.polylines(mask, [points.astype(np.int32)], False, 255, int(rng.integers(1, 4)), cv2.LINE_AA)
    _print_mask(rgb, labels, mask, 0, 0, INKS[int(rng.integers(len(INKS)))], float(rng.uniform(0.4, 1)))


def _smear(rgb: Image, labels: Image, rng: Generator) -> None:
    """A brush or a wet finger: a broad streaked stroke."""
    h, w = labels.shape
    mask = np.zeros((h, w), np.uint8)
    x, y, length = rng.uniform(0, w), rng.uniform(0, h), rng.uniform(0.05, 0.3) * h
    angle, breadth = rng.uniform(0, np.pi), rng.uniform(0.01, 0.05) * w
    along = np.array([np.cos(angle), np.sin(angle)])
    for k in np.linspace(-1, 1, 24):
        start = np.array([x, y]) + along[::-1] * (1, -1) * k * breadth + along * rng.uniform(-0.1, 0.1) * length
        end = start + along * length * rng.uniform(0.5, 1)
        a, b = (tuple(int(v) for v in p) for p in (start, end))
        cv2.line(mask, a, b, int(rng.integers(60, 255)), int(rng.integers(1, 5)), cv2.LINE_AA)
    _print_mask(rgb, labels, mask, 0, 0, INKS[int(rng.integers(len(INKS)))], float(rng.uniform(0.5, 1)))


def _shelf_mark(rgb: Image, labels: Image, rng: Generator, fonts: list[Path]) -> None:
    """A paper label pasted on, with a frame and a few printed or written signs."""
    h, w = labels.shape
    lw, lh = int(rng.uniform(0.06, 0.25) * w), int(rng.uniform(0.03, 0.1) * h)
    x, y = int(rng.uniform(0, 1) * (w - lw)), int(rng.uniform(0, 1) * (h - lh))
    tile = PillowImage.new("RGB", (lw, lh), tuple(int(v) for v in rng.integers(190, 256, 3)))
    face = ImageFont.truetype(str(fonts[int(rng.integers(len(fonts)))]), max(lh // 3, 6))
    draw = ImageDraw.Draw(tile)
    draw.text((lw * 0.15, lh * 0.1), words(rng, 2)[:12].upper(), font=face, fill=(20, 20, 40))
    draw.text((lw * 0.25, lh * 0.5), str(rng.integers(1, 99999)), font=face, fill=(20, 20, 40))
    if rng.random() < 0.6:
        draw.rectangle((2, 2, lw - 3, lh - 3), outline=(40, 50, 110), width=int(rng.integers(1, 3)))
    rgb[y : y + lh, x : x + lw] = np.asarray(tile)
    labels[y : y + lh, x : x + lw] = MARK


def _worm_holes(rgb: Image, labels: Image, rng: Generator) -> None:
    """Small round holes and short channels with a dark rim."""
    h, w = labels.shape
    mask = np.zeros((h, w), np.uint8)
    for _ in range(int(rng.integers(3, 40))):
        a = int(rng.uniform(0, w)), int(rng.uniform(0, h))
        b = a[0] + int(rng.normal(0, 4)), a[1] + int(rng.normal(0, 4))
        cv2.line(mask, a, b, 255, int(rng.integers(2, 6)), cv2.LINE_AA)
    _print_mask(rgb, labels, mask, 0, 0, (50, 40, 30), 1.0)
