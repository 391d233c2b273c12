"""Pictures for training pages: engravings from a folder; tonal, coloured and ornamental pictures made of them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image as PillowImage
from PIL import ImageDraw, ImageFont

Image = NDArray[np.uint8]
Maker = Callable[[Generator, list[Image], int, int], Image]
"""Makes a picture: randomness, pictures to draw from, width, height."""
ORNAMENTS = Path("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf")
DINGBATS = [*range(0x2719, 0x274C), *range(0x2756, 0x2757), *range(0x2761, 0x2768), 0x2619, 0x2618, 0x269C, 0x2767]
"""Ornamental characters of that face."""


def load_pictures(folder: Path, count: int, rng: Generator, leave_out: tuple[str, ...] = ()) -> list[Image]:
    """Up to `count` pictures of `folder`, RGB, trimmed to their ink, at most 640 pixels long.

    Args:
        folder: Folder of image files.
        count: How many to draw.
        rng: Decides which.
        leave_out: Beginnings of file names that must not be used (books kept for evaluation).
    """
    paths = sorted(p for p in folder.iterdir() if p.suffix in (".jpg", ".png") and not p.name.startswith(leave_out))
    chosen = rng.choice(len(paths), min(count, len(paths)), replace=False)
    read = (cv2.imread(str(paths[i])) for i in chosen)
    return [trim(reduce(cv2.cvtColor(bgr, cv2.COLOR_BGR2RGB), 640)) for bgr in read if bgr is not None]


def reduce(rgb: Image, side: int) -> Image:
    factor = min(side / max(rgb.shape[:2]), 1)
    return cv2.resize(rgb, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)


def trim(rgb: Image) -> Image:
    """Cut away the bare margin."""
    dark = rgb.min(axis=2) < 160
    rows, columns = np.flatnonzero(dark.mean(axis=1) > 0.01), np.flatnonzero(dark.mean(axis=0) > 0.01)
    if len(rows) < 40 or len(columns) < 40:
        return rgb
    return rgb[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def fit(rgb: Image, width: int, height: int) -> Image:
    """The middle of a picture, cut to the aspect and resized."""
    h, w = rgb.shape[:2]
    if w * height > h * width:
        cut = max(round(h * width / height), 1)
        rgb = rgb[:, (w - cut) // 2 : (w - cut) // 2 + cut]
    else:
        cut = max(round(w * height / width), 1)
        rgb = rgb[(h - cut) // 2 : (h - cut) // 2 + cut]
    return cv2.resize(rgb, (max(width, 1), max(height, 1)), interpolation=cv2.INTER_AREA)


def engraving(rng: Generator, pool: list[Image], width: int, height: int) -> Image:
    """A picture of about the wanted aspect, black on white, sometimes framed."""
    choices = [pool[i] for i in rng.choice(len(pool), 6)]
    aspect = width / height
    rgb = min(choices, key=lambda p: abs(np.log(p.shape[1] / p.shape[0] / aspect)))
    rgb = fit(rgb, width, height)
    if rng.random() < 0.3:
        rgb = rgb[:, ::-1].copy()
    if rng.random() < 0.7:
        rgb = np.repeat(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)[..., None], 3, axis=2)
    if rng.random() < 0.25:
        thick = int(rng.integers(1, 4))
        cv2.rectangle(rgb, (0, 0), (width - 1, height - 1), (20, 20, 20), thick)
    return rgb


def headpiece(rng: Generator, pool: list[Image], width: int, height: int) -> Image:
    """A long cut for the head of a chapter: a band of a picture, often mirrored, white on black or framed."""
    wide = [p for p in pool if p.shape[1] > 2.2 * p.shape[0]]
    if wide and rng.random() < 0.5:
        band = fit(wide[int(rng.integers(len(wide)))], width, height)
    else:
        source = pool[int(rng.integers(len(pool)))]
        rows = max(int(source.shape[0] * rng.uniform(0.15, 0.4)), 4)
        top = int(rng.integers(0, max(source.shape[0] - rows, 1)))
        band = cv2.resize(source[top : top + rows], (width, height), interpolation=cv2.INTER_AREA)
        if (band.min(axis=2) < 160).mean() < 0.08:
            return headpiece(rng, pool, width, height)
    if rng.random() < 0.6:
        half = band[:, : (width + 1) // 2]
        band = np.hstack([half, half[:, ::-1]])[:, :width]
    if rng.random() < 0.25:
        band = 255 - band
    if rng.random() < 0.4:
        band = np.ascontiguousarray(band)
        cv2.rectangle(band, (0, 0), (width - 1, height - 1), (20, 20, 20), int(rng.integers(1, 4)))
    return np.ascontiguousarray(band)


def photograph(rng: Generator, pool: list[Image], width: int, height: int) -> Image:
    """A tonal picture that fills its rectangle: smooth masses, grain, sometimes a halftone screen."""
    if rng.random() < 0.5:
        base = landscape(rng, width, height)
    else:
        base = cv2.cvtColor(engraving(rng, pool, width, height), cv2.COLOR_RGB2GRAY).astype(np.float32)
    tone = cv2.GaussianBlur(base, (0, 0), float(rng.uniform(1.5, 6))) if rng.random() < 0.8 else base
    tone = (tone - tone.min()) / max(float(np.ptp(tone)), 1)
    tone = tone ** rng.uniform(0.6, 2.2) * rng.uniform(120, 235) + rng.uniform(5, 40)
    y, x = np.mgrid[:height, :width]
    if rng.random() < 0.4:
        pitch, angle = rng.uniform(2.5, 6), np.deg2rad(rng.uniform(10, 80))
        u, v = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
        screen = (np.cos(2 * np.pi * u / pitch) + np.cos(2 * np.pi * v / pitch)) * 50
        tone = np.where(rng.random() < 0.5, np.clip((tone + screen - 128) * 6 + 128, 0, 255), tone + 0.4 * screen)
    tone = tone + rng.normal(0, rng.uniform(1, 14), tone.shape)
    return np.repeat(np.clip(tone, 0, 255).astype(np.uint8)[..., None], 3, axis=2)


def landscape(rng: Generator, width: int, height: int) -> NDArray[np.float32]:
    """Light as photographs have it: noise of all scales (1/f), masses with sharp outlines before a plain ground."""
    total = np.zeros((height, width), np.float32)
    side, weight = 3, 1.0
    while side < 2 * max(width, height):
        grid = rng.normal(0, 1, (max(side * height // width, 2), side)).astype(np.float32)
        total += weight * cv2.resize(grid, (width, height), interpolation=cv2.INTER_CUBIC)
        side, weight = side * 2, weight * rng.uniform(0.35, 0.7)
    for _ in range(int(rng.integers(0, 7))):
        centre = int(rng.uniform(0, 1) * width), int(rng.uniform(0.2, 1.1) * height)
        axes = int(rng.uniform(0.03, 0.3) * width) + 1, int(rng.uniform(0.05, 0.5) * height) + 1
        mask = np.zeros((height, width), np.uint8)
        if rng.random() < 0.5:
            cv2.ellipse(mask, centre, axes, float(rng.uniform(0, 180)), 0, 360, 1, -1)
        else:
            cv2.rectangle(mask, (centre[0] - axes[0], centre[1] - axes[1]), (centre[0] + axes[0], centre[1]), 1, -1)
        total = np.where(mask > 0, 0.5 * total + rng.normal(0, 1.5), total)
    return (total * 50).astype(np.float32)


def miniature(rng: Generator, pool: list[Image], width: int, height: int) -> Image:
    """A coloured picture: the drawing over flat colours, in a frame."""
    drawing = engraving(rng, pool, width, height)
    tone = cv2.GaussianBlur(cv2.cvtColor(drawing, cv2.COLOR_RGB2GRAY), (0, 0), max(min(width, height) / 25, 1))
    field = cv2.resize(rng.integers(0, 5, (6, 6)).astype(np.uint8), (width, height), interpolation=cv2.INTER_NEAREST)
    field = cv2.medianBlur(field, 9) * 3 + tone // 90
    palette = rng.integers(30, 235, (32, 3)).astype(np.uint8)
    palette[rng.integers(0, 32, 6)] = (238, 228, 205)
    flat = cv2.GaussianBlur(palette[field], (0, 0), 1.2).astype(np.uint16)
    mixed = (flat * (90 + drawing.astype(np.uint16) * 165 // 255) // 255).astype(np.uint8)
    frame = int(rng.integers(0, 5))
    if frame:
        colour = [(196, 160, 70), (40, 30, 25), (140, 40, 40)][int(rng.integers(0, 3))]
        cv2.rectangle(mixed, (0, 0), (width - 1, height - 1), colour, frame)
    return mixed


def strip(rng: Generator, pool: list[Image], width: int, height: int) -> Image:
    """A headpiece: one long cut, or a small motif repeated with or without gaps (type ornaments)."""
    if rng.random() < 0.35:
        return engraving(rng, pool, width, height)
    rows = max(int(rng.integers(1, 4)), height // 45)
    size = max(height // rows, 5)
    motif = (
        _sort(rng, size) if rng.random() < 0.5 else _motif(rng, pool, max(round(size * rng.uniform(0.5, 1.6)), 4), size)
    )
    gap = int(rng.integers(0, 5))
    motif = cv2.copyMakeBorder(
        motif, gap // 2, gap // 2, gap // 2, gap - gap // 2, cv2.BORDER_CONSTANT, value=(255,) * 3
    )
    pair = np.hstack([motif, motif[:, ::-1]]) if rng.random() < 0.7 else motif
    row = np.tile(pair, (1, width // pair.shape[1] + 1, 1))[:, :width]
    block = np.vstack([row if i % 2 == 0 or rng.random() < 0.5 else row[::-1] for i in range(rows)])
    return cv2.resize(block, (width, height), interpolation=cv2.INTER_AREA)


def _sort(rng: Generator, size: int) -> Image:
    """A type ornament of a dingbats face: leaf, flower, star, cross."""
    glyph = chr(int(rng.choice(DINGBATS)))
    face = ImageFont.truetype(str(ORNAMENTS), max(int(size * 1.15), 6))
    left, top, right, bottom = (int(v) for v in face.getbbox(glyph))
    tile = PillowImage.new("RGB", (max(right - left, 3), max(bottom - top, 3)), (255, 255, 255))
    ImageDraw.Draw(tile).text((-left, -top), glyph, font=face, fill=(15, 12, 10))
    array = np.asarray(tile).copy()
    turns = int(rng.integers(0, 4)) if rng.random() < 0.4 else 0
    return np.ascontiguousarray(np.rot90(array, turns))


def _motif(rng: Generator, pool: list[Image], width: int, height: int) -> Image:
    """A small dark shape on white: a mirrored cut of a picture, or a star, cross or leaf."""
    canvas = np.full((height * 4, width * 4, 3), 255, np.uint8)
    h, w = canvas.shape[:2]
    if rng.random() < 0.5:
        source = pool[int(rng.integers(len(pool)))]
        part = cv2.resize(source[: source.shape[0] // 2, : source.shape[1] // 2], (w // 2, h))
        both = np.hstack([part, part[:, ::-1]])
        mask = np.zeros((h, both.shape[1]), np.uint8)
        cv2.ellipse(mask, (both.shape[1] // 2, h // 2), (int(both.shape[1] * 0.46), int(h * 0.46)), 0, 0, 360, 255, -1)
        both[mask == 0] = 255
        return cv2.resize(both, (width, height), interpolation=cv2.INTER_AREA)
    for _ in range(int(rng.integers(2, 7))):
        angle = float(rng.uniform(0, 360))
        centre = int(w * rng.uniform(0.3, 0.7)), int(h * rng.uniform(0.2, 0.8))
        axes = int(w * rng.uniform(0.08, 0.4)), int(h * rng.uniform(0.05, 0.3))
        for mirrored in (False, True):
            c = (w - centre[0], centre[1]) if mirrored else centre
            cv2.ellipse(
                canvas, c, axes, -angle if mirrored else angle, 0, 360, (0, 0, 0), -1 if rng.random() < 0.7 else 8
            )
    return cv2.resize(canvas, (width, height), interpolation=cv2.INTER_AREA)
