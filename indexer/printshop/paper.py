"""Paper and what time and the camera add to it: tone, fibre, show-through, foxing, gutter shadow, skew."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

from indexer.core.types import Array
from indexer.printshop.chance import between, noise


@dataclass(frozen=True, slots=True)
class Paper:
    """A stock of paper and the state of the copy.

    Attributes:
        tone: RGB of the sheet, 0–255.
        fibre, foxing, show: Strength of fibres, brown spots and print seen through from the other side, 0–1.
        gutter: −1 shadow at the left, 1 at the right, 0 none.
        ink: RGB of the ink.
    """

    tone: tuple[float, float, float] = (236, 225, 202)
    fibre: float = 0.5
    foxing: float = 0.3
    show: float = 0.08
    gutter: int = -1
    ink: tuple[float, float, float] = (38, 32, 30)


def some_paper(rng: np.random.Generator, modern: bool = False) -> Paper:
    """A random sheet: rag paper, or smooth and yellowed machine paper when `modern`."""
    age = between(rng, 0, 1)
    tone = (245 - 20 * age, 238 - 28 * age, 222 - 46 * age)
    return Paper(
        tone=tone,
        fibre=between(rng, 0.1, 0.3) if modern else between(rng, 0.4, 1.0),
        foxing=between(rng, 0, 0.3) if modern else between(rng, 0, 1) ** 2,
        show=between(rng, 0.0, 0.05) if modern else between(rng, 0.02, 0.14),
        gutter=int(rng.choice([-1, 1, 0])),
        ink=(between(rng, 20, 50), between(rng, 18, 44), between(rng, 18, 40)),
    )


def impression(ink: Array, paper: Paper, rng: np.random.Generator, behind: Array | None = None) -> Array:
    """Ink on paper, uint8 (h, w, 3).

    Args:
        ink: uint8 (h, w), 255 black.
        paper: The sheet.
        rng: Its accidents.
        behind: Ink of the other side, seen through; same shape.
    """
    h, w = ink.shape
    light = noise((h, w), 160, rng) * 0.012 + noise((h, w), 2.4, rng) * 0.010 * paper.fibre
    light += _chain_lines((h, w), rng) * 0.008 * paper.fibre
    sheet = np.asarray(paper.tone, np.float32) * (1 + light[..., None])
    if behind is not None and paper.show > 0:
        through = cv2.GaussianBlur(behind[:, ::-1], (0, 0), 2.2).astype(np.float32)[..., None] / 255
        sheet *= 1 - paper.show * through * np.array([0.8, 0.9, 1.0], np.float32)
    _spots(sheet, paper.foxing, rng)
    pressure = 0.93 + 0.07 * noise((h, w), 120, rng) + 0.03 * noise((h, w), 2.5, rng)
    alpha = (cv2.GaussianBlur(ink, (0, 0), 0.55).astype(np.float32) / 255 * np.clip(pressure, 0.55, 1))[..., None]
    picture = sheet * (1 - alpha) + np.asarray(paper.ink, np.float32) * alpha
    picture *= _gutter(w, paper.gutter)[None, :, None]
    return np.asarray(np.clip(picture, 0, 255) + 0.5, np.uint8)


def skewed(rgb: Array, degrees: float, perspective: float, rng: np.random.Generator) -> tuple[Array, Array]:
    """The sheet as it lies under the camera: turned and slightly in perspective, on a dark table.

    Returns:
        uint8 (h, w, 3) and the 3 × 3 homography from flat to skewed pixels.
    """
    h, w = rgb.shape[:2]
    flat = np.array([(0, 0), (w, 0), (w, h), (0, h)], np.float64)
    a, c = math.radians(degrees), np.array([w / 2, h / 2])
    turned = (flat - c) @ np.array([[math.cos(a), math.sin(a)], [-math.sin(a), math.cos(a)]]) * 0.985 + c
    turned += rng.uniform(-1, 1, (4, 2)) * perspective * min(h, w)
    matrix = cv2.getPerspectiveTransform(flat.astype(np.float32), turned.astype(np.float32))
    table = tuple(float(v) for v in rng.uniform(28, 60) * np.array([1.0, 0.95, 0.9]))
    out = cv2.warpPerspective(rgb, matrix, (w, h), flags=cv2.INTER_LINEAR, borderValue=table)
    return np.asarray(out), np.asarray(matrix, np.float64)


def _chain_lines(shape: tuple[int, int], rng: np.random.Generator) -> Array:
    h, w = shape
    x = np.arange(w, dtype=np.float32)[None] + noise((h, 1), 90, rng)[:, :1]
    y = np.arange(h, dtype=np.float32)[:, None]
    wires = np.cos(x * (2 * math.pi / 78))
    for _ in range(4):  # to the 16th power: thin bright lines
        wires *= wires
    return np.asarray(wires + 0.6 * np.cos(y * (2 * math.pi / 3.4)), np.float32)


def _spots(sheet: Array, foxing: float, rng: np.random.Generator) -> None:
    h, w = sheet.shape[:2]
    mask = np.zeros((h // 2, w // 2), np.float32)
    for _ in range(rng.poisson(26 * foxing)):
        x, y = int(rng.integers(w // 2)), int(rng.integers(h // 2))
        cv2.circle(mask, (x, y), max(1, int(rng.exponential(3.0))), float(rng.uniform(0.1, 0.5)), -1)
    if foxing > 0.6:
        cv2.ellipse(
            mask, (int(rng.integers(w // 2)), int(rng.choice([0, h // 2]))), (w // 7, h // 10), 0, 0, 360, 0.16, -1
        )
    soft = cv2.resize(cv2.GaussianBlur(mask, (0, 0), 1.6), (w, h))[..., None]
    sheet *= 1 - soft * np.array([0.22, 0.42, 0.66], np.float32)


def _gutter(width: int, side: int) -> Array:
    if side == 0:
        return np.ones(width, np.float32)
    x = np.arange(width, dtype=np.float32)
    distance = x if side < 0 else width - 1 - x
    return np.asarray(
        1 - 0.5 * np.exp(-distance / (0.045 * width)) - 0.06 * np.exp(-distance / (0.25 * width)), np.float32
    )
