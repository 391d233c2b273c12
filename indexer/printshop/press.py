"""Printing: what wear, ink and reproduction do to a block. Shared with the attacks of the evaluation."""

from __future__ import annotations

import math

import cv2
import numpy as np

from indexer.core.types import Array
from indexer.printshop.chance import noise


def worn(ink: Array, level: float, rng: np.random.Generator) -> Array:
    """A block after many impressions: broken lines, worm holes, a crack, chipped edges.

    Args:
        ink: uint8 (h, w), 255 prints black.
        level: 0 new, 1 ready for the fire.
        rng: Decides where.
    """
    if level <= 0:
        return ink.copy()
    h, w = ink.shape
    unit = max(h, w) / 700
    thin = noise((h, w), 7 * unit, rng) + 0.5 * noise((h, w), 3 * unit, rng)
    out = np.where(thin > 3.1 - 1.7 * level, 0, ink).astype(np.uint8)
    if level > 0.3 and rng.random() < 0.25 + 0.6 * level:
        _crack(out, unit * (1 + 2 * level), rng)
    for _ in range(rng.poisson(7 * level)):
        _worm(out, unit, rng)
    if rng.random() < level:
        out = _chipped(out, level, rng)
    return out


def _crack(ink: Array, width: float, rng: np.random.Generator) -> None:
    h, w = ink.shape
    upright = rng.random() < 0.5
    n = 24
    across = rng.uniform(0.1, 0.9) + np.cumsum(rng.normal(0, 0.006, n)) + rng.normal(0, 0.08) * np.linspace(-1, 1, n)
    along = np.linspace(-0.05, rng.uniform(0.5, 1.05), n)
    points = np.stack([across * w, along * h] if upright else [along * w, across * h], axis=1)
    for i in range(n - 1):
        thick = max(1, round(width * (1.4 - i / n) * rng.uniform(0.7, 1.3)))
        a, b = np.round(points[i]).astype(int), np.round(points[i + 1]).astype(int)
        cv2.line(ink, (int(a[0]), int(a[1])), (int(b[0]), int(b[1])), 0, thick, cv2.LINE_AA)


def _worm(ink: Array, unit: float, rng: np.random.Generator) -> None:
    h, w = ink.shape
    x, y, angle = rng.uniform(0, w), rng.uniform(0, h), rng.uniform(0, 6.3)
    radius = unit * rng.uniform(1.6, 3.4)
    for _ in range(int(rng.integers(1, 22)) if rng.random() < 0.4 else 1):
        cv2.circle(ink, (round(x * 16), round(y * 16)), round(radius * 16), 0, -1, cv2.LINE_AA, 4)
        angle += rng.normal(0, 0.35)
        x, y = x + radius * math.cos(angle), y + radius * math.sin(angle)


def _chipped(ink: Array, level: float, rng: np.random.Generator) -> Array:
    h, w = ink.shape
    y, x = np.ogrid[0:h, 0:w]
    edge = np.minimum(np.minimum(x, w - 1 - x), np.minimum(y, h - 1 - y)).astype(np.float32)
    limit = (noise((h, w), max(h, w) / 12, rng) - 1.2) * 0.05 * level * max(h, w)
    return np.where(edge < limit, 0, ink).astype(np.uint8)


def inked(ink: Array, amount: float, rng: np.random.Generator) -> Array:
    """Over-inked (amount > 0: lines run together) or under-inked (< 0: thin, grey, mottled); −1 to 1. uint8 (h, w)."""
    h, w = ink.shape
    unit = max(h, w) / 700
    soft = cv2.GaussianBlur(ink, (0, 0), unit * (0.8 + 1.1 * abs(amount))).astype(np.float32) / 255
    patches = noise((h, w), max(h, w) / 5, rng) * 0.10 + noise((h, w), 4 * unit, rng) * 0.05
    level = 0.5 - 0.30 * amount + patches * (0.4 + abs(amount))
    out = np.clip((soft - level) * 4.5 + 0.5, 0, 1)
    if amount < 0:
        speckle = noise((h, w), 2.2 * unit, rng) + noise((h, w), max(h, w) / 6, rng)
        out *= 1 - np.clip(-amount * 1.2 * (speckle + 0.1), 0, 0.85)
    return np.asarray(out * 255 + 0.5, np.uint8)


def halftone(gray: Array, pitch: float, angle: float) -> Array:
    """A photomechanical screen: uint8 (h, w) grey to uint8 (h, w) of dots.

    Args:
        gray: 0 black, 255 white.
        pitch: Pixels from dot to dot.
        angle: Of the screen in degrees (45 is usual).
    """
    h, w = gray.shape
    y, x = np.mgrid[0:h, 0:w].astype(np.float32)
    a = math.radians(angle)
    u = (x * math.cos(a) + y * math.sin(a)) * (2 * math.pi / pitch)
    v = (-x * math.sin(a) + y * math.cos(a)) * (2 * math.pi / pitch)
    spot = (np.cos(u) + np.cos(v)) * 0.25 + 0.5
    soft = cv2.GaussianBlur(gray, (0, 0), pitch * 0.3).astype(np.float32) / 255
    return np.asarray(np.clip((soft - (0.06 + 0.88 * spot)) * 2.2 + 0.5, 0, 1) * 255 + 0.5, np.uint8)


def lost_edge(ink: Array, share: float, rng: np.random.Generator) -> Array:
    """A block with one side sawn or broken off, unevenly, by `share` of its width or height."""
    turns = int(rng.integers(4))
    turned = np.rot90(ink, turns)
    h, w = turned.shape
    border = share * w * (1 + 0.35 * noise((h, 1), max(h / 6, 2), rng)[:, :1])
    out = np.where(np.arange(w)[None] < border, 0, turned).astype(np.uint8)
    return np.ascontiguousarray(np.rot90(out, -turns))
