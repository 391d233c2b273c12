"""Ornaments of type case and pen: fleurons, rows of them, painted line fillers; line drawings with letters."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from PIL import Image as PillowImage
from PIL import ImageDraw, ImageFont

Image = NDArray[np.uint8]
PAINTS = [(150, 40, 40), (60, 75, 140), (190, 150, 60), (95, 60, 40), (70, 105, 65), (175, 95, 80), (90, 35, 45)]
LETTERS = "ABCDEFGHILMNOPQRSTV"
MISSING = "\ue999"
"""A character that no face has: drawn as an empty box."""
WHITE = (255, 255, 255)


def fleuron(rng: Generator, width: int, height: int) -> Image:
    """A type ornament: curved stems with leaves and dots, mirrored across its axis, black on white."""
    half, tall = max(2 * width, 8), max(4 * height, 8)
    canvas = np.full((tall, half, 3), 255, np.uint8)
    weight = max(int(rng.uniform(0.03, 0.09) * tall), 1)
    for _ in range(int(rng.integers(1, 4))):
        _stem(canvas, rng, weight)
    for _ in range(int(rng.integers(1, 5))):
        centre = int(rng.uniform(0, 0.9) * half), int(rng.uniform(0.05, 0.95) * tall)
        axes = int(rng.uniform(0.06, 0.3) * half), int(rng.uniform(0.04, 0.16) * tall)
        fill = -1 if rng.random() < 0.75 else weight
        cv2.ellipse(canvas, centre, axes, float(rng.uniform(0, 180)), 0, 360, (0, 0, 0), fill, cv2.LINE_AA)
        if rng.random() < 0.4:
            cv2.ellipse(canvas, centre, (axes[0] // 3, axes[1] // 3), 0, 0, 360, WHITE, -1, cv2.LINE_AA)
    whole = np.hstack([canvas[:, ::-1], canvas])
    if rng.random() < 0.3:
        whole = np.minimum(whole, whole[::-1])
    return cv2.resize(whole, (max(width, 1), max(height, 1)), interpolation=cv2.INTER_AREA)


def _stem(canvas: Image, rng: Generator, weight: int) -> None:
    h, w = canvas.shape[:2]
    t = np.linspace(0, 1, 40)
    turn, grow = rng.uniform(2, 9), rng.uniform(0.1, 0.45)
    angle = rng.uniform(0, 2 * np.pi) + turn * t
    x = w * (0.05 + rng.uniform(0, 0.5)) + grow * w * t * np.cos(angle)
    y = h * rng.uniform(0.25, 0.75) + grow * h * t * np.sin(angle)
    points = np.stack([x, y], axis=1).astype(np.int32)
    cv2.polylines(canvas, [points], False, (0, 0, 0), weight, cv2.LINE_AA)


def arabesque(rng: Generator, width: int, height: int) -> Image:
    """A type ornament of fine scrolls that curl in on themselves, with buds, mirrored, black on white."""
    half, tall = max(2 * width, 12), max(4 * height, 12)
    canvas = np.full((tall, half, 3), 255, np.uint8)
    weight = max(int(rng.uniform(0.02, 0.055) * tall), 1)
    t = np.linspace(0, 1, 60)
    for _ in range(int(rng.integers(2, 6))):
        centre = np.array([rng.uniform(0.1, 0.9) * half, rng.uniform(0.15, 0.85) * tall])
        turns, start = rng.choice([-1, 1]) * rng.uniform(3, 10), rng.uniform(0, 2 * np.pi)
        reach = rng.uniform(0.12, 0.42) * tall * (1 - t) ** rng.uniform(0.6, 1.4)
        curl = centre + np.stack([np.cos(start + turns * t), np.sin(start + turns * t)], axis=1) * reach[:, None]
        tail = curl[0] + (curl[0] - curl[3]) * np.linspace(6, 0, 8)[:, None] * rng.uniform(0.3, 1)
        points = np.concatenate([tail, curl]).astype(np.int32)
        cv2.polylines(canvas, [points], False, (0, 0, 0), weight, cv2.LINE_AA)
        if rng.random() < 0.7:
            bud = tuple(int(v) for v in curl[-1])
            cv2.circle(canvas, bud, max(int(weight * rng.uniform(0.8, 2.5)), 1), (0, 0, 0), -1, cv2.LINE_AA)
        for at in rng.integers(5, 45, int(rng.integers(0, 4))).tolist():
            leaf = tuple(int(v) for v in curl[at] + rng.normal(0, weight, 2))
            axes = int(weight * rng.uniform(1.5, 4)) + 1, int(weight * rng.uniform(0.6, 1.4)) + 1
            cv2.ellipse(canvas, leaf, axes, float(rng.uniform(0, 180)), 0, 360, (0, 0, 0), -1, cv2.LINE_AA)
    whole = np.hstack([canvas[:, ::-1], canvas])
    if rng.random() < 0.3:
        whole = np.minimum(whole, whole[::-1])
    return cv2.resize(whole, (max(width, 1), max(height, 1)), interpolation=cv2.INTER_AREA)


def sorts_row(rng: Generator, width: int, height: int) -> Image:
    """One to three rows of the same ornaments side by side, with or without gaps, black on white."""
    rows = int(rng.choice([1, 2, 3], p=[0.6, 0.27, 0.13])) if height > 20 else 1
    size = max(height // rows, 4)
    draw = fleuron if rng.random() < 0.4 else arabesque
    motif = draw(rng, max(round(size * rng.uniform(0.5, 1.7)), 3), size)
    other = draw(rng, motif.shape[1], size) if rng.random() < 0.35 else motif[:, ::-1]
    gap = int(size * rng.choice([0, 0.1, 0.3, 1.2], p=[0.4, 0.3, 0.2, 0.1]))
    space = np.full((size, gap, 3), 255, np.uint8)
    pair = np.hstack([motif, space, other, space])
    row = np.tile(pair, (1, width // max(pair.shape[1], 1) + 1, 1))[:, :width]
    block = np.vstack([row if i % 2 == 0 else row[::-1] for i in range(rows)])
    return cv2.resize(block, (width, height), interpolation=cv2.INTER_AREA)


def sorts_of(rng: Generator, pool: list[Image], width: int, height: int) -> Image:
    """`sorts_row` with the arguments of the makers of pictures.py."""
    return sorts_row(rng, width, height)


def painted_bar(rng: Generator, width: int, height: int) -> Image:
    """A line filler: a painted bar with gold, dots, waves or a vine on it, now and then only pen work."""
    colour = np.array(PAINTS[int(rng.integers(len(PAINTS)))], float) + rng.normal(0, 12, 3)
    ground = colour if rng.random() < 0.85 else np.array(WHITE, float)
    bar = np.clip(ground + rng.normal(0, 8, (height, width, 3)), 0, 255).astype(np.uint8)
    light = (235, 215, 160) if rng.random() < 0.6 else (245, 240, 235)
    pen = light if ground is colour else tuple(int(v) for v in np.clip(colour, 0, 255))
    _pen_work(bar, rng, pen)
    if rng.random() < 0.4:
        part = int(width * rng.uniform(0.2, 0.8))
        bar[:, :part] = np.clip(bar[:, :part].astype(float) * rng.uniform(0.5, 0.9, 3), 0, 255).astype(np.uint8)
    if rng.random() < 0.4:
        cv2.rectangle(bar, (0, 0), (width - 1, height - 1), (60, 40, 30) if rng.random() < 0.5 else light, 1)
    if rng.random() < 0.5:
        _fray(bar, rng)
    return bar


def _pen_work(bar: Image, rng: Generator, pen: tuple[int, ...]) -> None:
    height, width = bar.shape[:2]
    kind = rng.choice(["dots", "wave", "zigzag", "plain"], p=[0.3, 0.3, 0.2, 0.2])
    pitch = max(int(height * rng.uniform(0.5, 1.8)), 3)
    xs = np.arange(0, width)
    if kind == "dots":
        for x in range(pitch // 2, width, pitch):
            cv2.circle(bar, (x, height // 2), max(height // 6, 1), pen, -1, cv2.LINE_AA)
    elif kind in ("wave", "zigzag"):
        phase = 2 * np.pi * xs / (2 * pitch)
        ys = np.sin(phase) if kind == "wave" else 2 / np.pi * np.arcsin(np.sin(phase))
        points = np.stack([xs, height / 2 + 0.33 * height * ys], axis=1).astype(np.int32)
        cv2.polylines(bar, [points], False, pen, max(height // 10, 1), cv2.LINE_AA)


def _fray(bar: Image, rng: Generator) -> None:
    """Edges as a brush leaves them."""
    height, width = bar.shape[:2]
    for edge in (0, 1):
        wave = np.abs(np.cumsum(rng.normal(0, 0.3, width))) % max(height // 5, 2)
        rows = np.arange(height)[:, None] if edge == 0 else np.arange(height)[::-1, None]
        bar[rows < wave[None, :]] = 255


def diagram(rng: Generator, width: int, height: int) -> Image:
    """A line drawing: polygons, circles, arcs, hatching in places, letters at the corners."""
    tile = np.full((height, width, 3), 255, np.uint8)
    ink, weight = (20, 18, 16), int(rng.integers(1, 3))
    corners = [(int(rng.uniform(0.04, 0.96) * width), int(rng.uniform(0.06, 0.94) * height)) for _ in range(8)]
    for _ in range(int(rng.integers(2, 7))):
        a, b, c = (corners[int(i)] for i in rng.choice(8, 3, replace=False))
        kind = rng.integers(4)
        if kind == 0:
            cv2.line(tile, a, b, ink, weight, cv2.LINE_AA)
        elif kind == 1:
            cv2.polylines(tile, [np.array([a, b, c])], True, ink, weight, cv2.LINE_AA)
        elif kind == 2:
            cv2.circle(tile, a, int(rng.uniform(0.08, 0.4) * min(width, height)), ink, weight, cv2.LINE_AA)
        else:
            axes = int(rng.uniform(0.1, 0.45) * width), int(rng.uniform(0.1, 0.45) * height)
            turn, end = float(rng.uniform(0, 90)), float(rng.uniform(90, 360))
            cv2.ellipse(tile, a, axes, turn, 0, end, ink, weight, cv2.LINE_AA)
    if rng.random() < 0.6:
        _hatched_box(tile, rng, ink)
    scale = max(min(width, height) / 400, 0.3)
    for letter, corner in zip("ABCDEFGH", corners, strict=True):
        if rng.random() < 0.6:
            cv2.putText(tile, letter, corner, cv2.FONT_HERSHEY_COMPLEX, scale, ink, 1, cv2.LINE_AA)
    return tile


def diagram_of(rng: Generator, pool: list[Image], width: int, height: int) -> Image:
    """`diagram` with the arguments of the makers of pictures.py; of some size, since small ones look like letters."""
    return diagram(rng, width, height)


def _hatched_box(tile: Image, rng: Generator, ink: tuple[int, int, int]) -> None:
    h, w = tile.shape[:2]
    x, y = int(rng.uniform(0.05, 0.6) * w), int(rng.uniform(0.05, 0.6) * h)
    bw, bh = int(rng.uniform(0.15, 0.35) * w), int(rng.uniform(0.1, 0.35) * h)
    step = int(rng.integers(3, 7))
    for i in range(-bh, bw, step):
        a, b = (x + max(i, 0), y + max(-i, 0)), (x + min(i + bh, bw), y + min(bw - i, bh))
        cv2.line(tile, a, b, ink, 1, cv2.LINE_AA)
    cv2.rectangle(tile, (x, y), (x + bw, y + bh), ink, 1)


def initial(rng: Generator, face: Path, letter: str, size: int) -> Image:
    """A letter of a face of decorated initials, cut to its ink, black on white."""
    font = ImageFont.truetype(str(face), 2 * size)
    present = [c for c in LETTERS if font.getmask(c).getbbox() != font.getmask(MISSING).getbbox()]
    letter = letter if letter in present else present[int(rng.integers(len(present)))]
    left, top, right, bottom = (int(v) for v in font.getbbox(letter))
    tile = PillowImage.new("RGB", (max(right - left, 2), max(bottom - top, 2)), WHITE)
    ImageDraw.Draw(tile).text((-left, -top), letter, font=font, fill=(15, 12, 10))
    return cv2.resize(np.asarray(tile), (size, size), interpolation=cv2.INTER_AREA)
