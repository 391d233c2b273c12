"""Letters cut into a block: along a line, around a circle, on a scroll."""

from __future__ import annotations

import math

import cv2
import numpy as np

from indexer.printshop.burin import Plate, Screen, Volume
from indexer.printshop.letters import ITALIC, ROMAN, Face, advance, outlines


def length(text: str, size: float, face: Face = ROMAN, spaced: float = 0.0) -> float:
    """Pixels that `text` takes at x-height `size`; `spaced` in units of a tenth of the x-height."""
    return sum((advance(c, face) + spaced) * size / 10 for c in text)


def inscribe(
    p: Plate,
    text: str,
    x: float,
    y: float,
    size: float,
    face: Face = ROMAN,
    degrees: float = 0,
    spaced: float = 0.0,
    value: int = 255,
) -> None:
    """Cut a line centred on (x, y) on its baseline, turned by `degrees`."""
    a = math.radians(degrees)
    along = -length(text, size, face, spaced) / 2
    for char in text:
        _letter(p, char, (x + along * math.cos(a), y + along * math.sin(a)), a, size, face, value)
        along += (advance(char, face) + spaced) * size / 10


def inscribe_round(
    p: Plate, text: str, x: float, y: float, rx: float, ry: float, size: float, middle: float = -90, face: Face = ROMAN,
    spaced: float = 2.0,
) -> None:  # fmt: skip
    """Cut a line around an ellipse, reading clockwise, its middle at `middle` degrees (−90 above)."""
    total = length(text, size, face, spaced)
    scale = (rx + ry) / 2
    angle = math.radians(middle) - total / 2 / scale
    for char in text:
        step = (advance(char, face) + spaced) * size / 10 / scale
        at = angle + step / 2
        origin = (x + rx * math.cos(angle), y + ry * math.sin(angle))
        _letter(p, char, origin, at + math.pi / 2, size, face, 255)
        angle += step


def banner(p: Plate, text: str, x: float, y: float, size: float) -> None:
    """A scroll with a motto, its ends rolled behind."""
    half, tall = length(text, size, spaced=1.5) / 2 + size * 2, size * 2.5
    for side in (-1, 1):
        reach = ((half - 14, -0.2), (half + tall, 0.1), (half + tall * 0.6, 0.6), (half + tall, 1.1), (half - 20, 0.8))
        tail = [(x + side * dx, y + tall * dy) for dx, dy in reach]
        p.paint(p.area(tail, False), 0.5, Screen(70, 6), 2.6)
    u = np.linspace(-1, 1, 13)
    top = np.stack([x + half * u, y - tall / 2 - size * 0.5 * (1 - u**2)], axis=1)
    bottom = np.stack([x + half * u, y + tall / 2 - size * 0.5 * (1 - u**2)], axis=1)
    p.paint(p.area(np.vstack([top, bottom[::-1]]), False), 0.0, None, 3)
    inscribe(p, text, x, y + size * 0.15, size, spaced=1.5)


def note(p: Plate, text: str, x: float, y: float, size: float = 11, degrees: float = 0) -> None:
    """A name in italics on a cleared ground, as on maps."""
    half = length(text, size, ITALIC) / 2 + 5
    patch = cv2.boxPoints(((x, y - size * 0.5), (half * 2, size * 2.1), degrees))
    p.fill(p.area(patch, False), 0)
    inscribe(p, text, x, y, size, ITALIC, degrees)


def label_line(p: Plate, letter: str, start: tuple[float, float], end: tuple[float, float], size: float = 13) -> None:
    """A pointer with a letter at its end, as in diagrams."""
    p.stroke([start, end], 1.8, taper=0, smooth=False)
    p.fill(
        p.area(
            [
                (end[0] - size, end[1] - size * 1.3),
                (end[0] + size, end[1] - size * 1.3),
                (end[0] + size, end[1] + size),
                (end[0] - size, end[1] + size),
            ],
            False,
        ),
        0,
    )
    inscribe(p, letter, end[0], end[1] + size * 0.5, size)


def globe_volume() -> Volume:
    """Shading of a sphere."""
    return Volume(0.0, 0.85, 400)


def _letter(
    p: Plate, char: str, origin: tuple[float, float], angle: float, size: float, face: Face, value: int
) -> None:
    unit, c, s = size / 10, math.cos(angle), math.sin(angle)
    for polygon in outlines(char, face):
        u, v = polygon[:, 0] * unit, -polygon[:, 1] * unit
        q = np.stack([origin[0] + u * c - v * s, origin[1] + u * s + v * c], axis=1)
        cv2.fillConvexPoly(p.ink, np.round(q * 16).astype(np.int32), value, cv2.LINE_AA, 4)
