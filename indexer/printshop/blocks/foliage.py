"""Leaves, scrolls and flowers: the vocabulary of printers' ornaments."""

from __future__ import annotations

import math

import numpy as np

from indexer.core.types import Array
from indexer.printshop.burin import Plate, Screen, Volume
from indexer.printshop.curves import Points, ellipse, place, spiral, spline, tangents

LEAF = [(0, 0), (0.25, -0.2), (0.6, -0.22), (1, 0), (0.6, 0.2), (0.25, 0.16)]


def leaf(plate: Plate, x: float, y: float, length: float, angle: float, wide: float = 1.0, black: bool = False) -> None:
    """A simple pointed leaf with a midrib, growing from (x, y) towards `angle` degrees."""
    shape = place(np.array(LEAF) * (1, wide), x, y, length, angle)
    if black:
        plate.fill(plate.area(shape))
        plate.stroke(place([(0.1, 0), (0.5, -0.03), (0.85, 0)], x, y, length, angle), max(1.5, length * 0.05), 0)
        return
    plate.paint(plate.area(shape), Volume(0.05, 0.6, length * 0.2), Screen(angle + 60, max(4.5, length / 10)), 2.2)
    plate.stroke(place([(0, 0), (0.5, -0.04), (0.95, 0)], x, y, length, angle), 2.0)


def acanthus(plate: Plate, x: float, y: float, length: float, angle: float, hand: int = 1, black: bool = False) -> None:
    """A lobed leaf that curls over to one side."""
    u = np.linspace(0, 1, 9)
    spine = np.stack([u, hand * -0.35 * u**2], axis=1)
    normal = tangents(spine) @ np.array([[0, -1], [1, 0]])
    swell = 0.26 * np.sin(math.pi * np.clip(u * 0.92 + 0.08, 0, 1)) + 0.02
    teeth = np.where(np.arange(9) % 2 == 0, 0.62, 1.15)
    outline = np.vstack([spine + normal * (swell * teeth)[:, None], (spine - normal * (swell * teeth)[:, None])[::-1]])
    mask = plate.area(place(outline, x, y, length, angle))
    if black:
        plate.fill(mask)
    else:
        plate.paint(mask, Volume(0.0, 0.75, length * 0.22), Screen(angle + 75, max(4.5, length / 12), bulge=6), 2.4)
    value = 0 if black else 255
    plate.stroke(place(spine, x, y, length, angle), max(1.6, length * 0.03), value)
    for i in (2, 4, 6):
        for side in (-1, 1):
            tip = spine[i] + normal[i] * side * swell[i] * 0.7 + (0.12, 0)
            plate.stroke(place([spine[i], tip], x, y, length, angle), max(1.2, length * 0.02), value)


def rosette(plate: Plate, x: float, y: float, radius: float, petals: int, black: bool = False) -> None:
    """A flower seen from above."""
    for ring, share in ((0, 1.0), (1, 0.62)):
        for i in range(petals):
            angle = 360 * (i + 0.5 * ring) / petals
            petal = [(0.1, 0), (0.5, -0.3), (0.92, -0.24), (1, 0), (0.92, 0.24), (0.5, 0.3)]
            mask = plate.area(place(np.array(petal) * (1, 5.5 / petals), x, y, radius * share, angle))
            if black:
                plate.fill(mask, 255 if ring == 0 else 0)
            else:
                plate.paint(mask, Volume(0, 0.6, radius * 0.2), Screen(angle, max(4, radius / 11)), 2.0)
    plate.fill(plate.area(ellipse(x, y, radius * 0.2, radius * 0.2)), 255)
    plate.fill(plate.area(ellipse(x, y, radius * 0.09, radius * 0.09)), 0)


def scroll(
    plate: Plate,
    x: float,
    y: float,
    radius: float,
    start: float,
    hand: int,
    width: float,
    black: bool = False,
    every: int = 8,
) -> Array:
    """A rinceau: a spiral stem with acanthus leaves outside and a flower in its eye. Returns its points."""
    stem = spiral(x, y, radius, 1.35, start, hand)
    direction = np.degrees(np.arctan2(*tangents(stem).T[::-1]))
    for i in range(3, len(stem) - 18, every):
        size = radius * 0.62 * (1 - 0.5 * i / len(stem))
        acanthus(plate, stem[i][0], stem[i][1], size, direction[i] - hand * 48, hand, black)
    rosette(plate, x, y, radius * 0.3, 5 + int(plate.rng.integers(4)), black)
    plate.stroke(stem[:-8], width * 1.5, smooth=False, taper=0.3)
    if not black:
        plate.stroke(stem[:-8], width * 0.6, 0, smooth=False, taper=0.3)
    return stem


def garland(plate: Plate, points: Points, size: float, black: bool = False) -> None:
    """A stem with leaves in pairs and berries."""
    stem = spline(points)
    direction = np.degrees(np.arctan2(*tangents(stem).T[::-1]))
    length = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(stem, axis=0), axis=1))])
    for k, s in enumerate(np.arange(size * 0.3, length[-1], size * 0.55)):
        i = min(int(np.searchsorted(length, s)), len(stem) - 1)
        x, y = stem[i]
        for side in (-1, 1):
            turned = direction[i] + side * plate.rng.uniform(32, 52)
            leaf(plate, x, y, size * plate.rng.uniform(0.85, 1.1), turned, 1.0, black)
        if k % 3 == 1:
            bx, by = np.array([x, y]) + plate.rng.normal(0, size * 0.12, 2)
            berry = ellipse(bx, by, size * 0.13, size * 0.13)
            plate.paint(plate.area(berry), 0.0, None, 2.2)
    plate.stroke(stem, size * 0.09, smooth=False)


def frame(
    plate: Plate, margin: float = 4, lines: tuple[float, ...] = (5,), gap: float = 9
) -> tuple[float, float, float, float]:
    """Rules around the block, thick or thin from outside in; returns the free box (x, y, width, height)."""
    at = margin
    for width in lines:
        at += width / 2
        x1, y1 = plate.width - at, plate.height - at
        for a, b in (((at, at), (x1, at)), ((x1, at), (x1, y1)), ((x1, y1), (at, y1)), ((at, y1), (at, at))):
            plate.stroke(np.linspace(a, b, 9), width, taper=0.05, smooth=False)
        at += width / 2 + gap
    return at, at, plate.width - 2 * at, plate.height - 2 * at
