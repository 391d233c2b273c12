"""Maps and plans: coasts, rivers, towns, compass roses, cartouches."""

from __future__ import annotations

import math

import numpy as np

from indexer.printshop.blocks.design import Design
from indexer.printshop.blocks.foliage import frame
from indexer.printshop.blocks.lettering import banner, inscribe, inscribe_round
from indexer.printshop.blocks.map_parts import (
    coast,
    compass,
    degrees,
    land,
    mountains,
    river,
    scale_bar,
    title_box,
    towns,
)
from indexer.printshop.blocks.scenery import box, house, ship
from indexer.printshop.burin import Plate, Screen, Volume
from indexer.printshop.chance import noise
from indexer.printshop.curves import ellipse, spline


def island(p: Plate) -> None:
    """A large island with everything on it."""
    mask = land(p, 0.0, 190, (0.48, 0.52), 0.8)
    coast(p, mask)
    compass(p, p.width * 0.85, p.height * 0.78, 66, mask=mask)
    for _ in range(9):
        river(p, mask)
    mountains(p, mask, 15)
    towns(p, mask, 26)
    ship(p, 110, p.height * 0.9, 66)
    title_box(p, 46, 44, 230, 84, ("INSVLA FORTVNATA", "cum portubus suis"))
    degrees(p)


def gulf(p: Plate) -> None:
    """A gulf between two lands, with a fleet."""
    x = np.linspace(-1, 1, p.width)[None]
    rise = noise(p.ink.shape, 150, p.rng) + 0.4 * noise(p.ink.shape, 50, p.rng) + 3.4 * np.abs(x) - 1.5
    mask = np.asarray(255 * (rise > 0), np.uint8)
    coast(p, mask)
    compass(p, p.width * 0.5, p.height * 0.55, 58, mask=mask)
    for _ in range(7):
        river(p, mask)
    mountains(p, mask, 16)
    towns(p, mask, 26)
    for k in range(3):
        ship(p, p.width * (0.44 + 0.07 * k), p.height * (0.24 + 0.22 * k), 48, flip=bool(k % 2))
    title_box(p, p.width * 0.34, p.height - 116, 250, 74, ("SINVS MAGNVS", "et regiones vicinae"))
    degrees(p)


def archipelago(p: Plate) -> None:
    """Many islands in a chart with rhumb lines."""
    mask = land(p, 0.75, 100)
    coast(p, mask)
    compass(p, p.width * 0.2, p.height * 0.24, 76, mask=mask)
    compass(p, p.width * 0.78, p.height * 0.7, 48, mask=mask)
    mountains(p, mask, 16)
    towns(p, mask, 22)
    ship(p, p.width * 0.44, p.height * 0.42, 84)
    ship(p, p.width * 0.62, p.height * 0.9, 60, flip=True)
    scale_bar(p, p.width * 0.72, p.height * 0.12, 170)
    degrees(p)


def town_plan(p: Plate) -> None:
    """A bird's-eye plan of a fortified town."""
    c = np.array([p.width / 2, p.height / 2])
    r = min(p.width, p.height) * 0.4
    n = 9
    star = []
    for k in range(n):
        for da, dr in ((-0.1, 1.0), (-0.16, 1.08), (0.0, 1.28), (0.16, 1.08), (0.1, 1.0)):
            a = 2 * math.pi * k / n + da
            star.append(c + r * dr * np.array([math.cos(a), math.sin(a)]))
    p.paint(p.area(box(0, 0, p.width, p.height), False), 0.14, Screen(10, 12, wave=(3, 60)), 0)
    moat = p.area(c + (np.array(star) - c) * 1.12, False)
    p.paint(moat, 0.5, Screen(0, 7), 3)
    p.paint(p.area(star, False), 0.0, None, 6)
    p.stroke([*(c + (np.array(star) - c) * 0.93), c + (star[0] - c) * 0.93], 3, smooth=False, taper=0)
    for ring in range(1, 5):
        count = 5 + 7 * ring
        for k in range(count):
            a = 2 * math.pi * k / count + 0.13 * ring
            at = c + r * (0.2 * ring - 0.04) * np.array([math.cos(a), math.sin(a)])
            if k % (2 + ring) != 0:
                house(p, at[0] - 14, at[1] + 16, 24, 18, 0.7)
    river_line = spline(
        [
            (-20, p.height * 0.7),
            (p.width * 0.35, p.height * 0.62),
            (p.width * 0.6, p.height * 0.4),
            (p.width + 20, p.height * 0.3),
        ]
    )
    p.stroke(river_line, 40, taper=0)
    p.stroke(river_line, 32, 0, taper=0)
    for dx in (-7, 7):
        p.stroke(river_line + np.array([0, dx]), 2, taper=0)
    banner(p, "VRBS MVNITA", p.width / 2, 48, 17)
    compass(p, p.width * 0.9, p.height * 0.9, 40, lines=False)
    degrees(p)


def hemispheres(p: Plate) -> None:
    """The world in two hemispheres."""
    h, w = p.ink.shape
    r = h * 0.4
    mask = land(p, 0.35, 130)
    inked = Plate(w, h, p.rng)
    coast(inked, mask)
    mountains(inked, mask, 9)
    for side, cx in ((0, w * 0.26), (1, w * 0.74)):
        disc = p.area(ellipse(cx, h * 0.52, r, r))
        p.ink = np.where(disc > 127, inked.ink, p.ink).astype(np.uint8)
        for k in range(1, 6):
            squash = abs(math.cos(k * math.pi / 6))
            p.stroke(ellipse(cx, h * 0.52, r * squash, r, 90, 270), 1.6, taper=0)
            p.stroke(ellipse(cx, h * 0.52, r * squash, r, -90, 90), 1.6, taper=0)
            y = h * 0.52 + r * math.cos(k * math.pi / 6)
            half = r * math.sin(k * math.pi / 6)
            p.stroke([(cx - half, y), (cx, y + 0.1 * (y - h * 0.52)), (cx + half, y)], 1.6, taper=0)
        for q, width in ((1.0, 6), (1.05, 2), (1.13, 4)):
            p.stroke(ellipse(cx, h * 0.52, r * q, r * q), width, taper=0)
        inscribe_round(p, ("ORBIS ANTIQVVS", "ORBIS NOVVS")[side], cx, h * 0.52, r * 1.07, r * 1.07, 10, -90, spaced=4)
    for y, up in ((h * 0.16, 1), (h * 0.88, -1)):
        p.paint(p.area(ellipse(w / 2, y, 44, 44)), Volume(0, 0.6, 40), Screen(50, 6, bulge=14), 3)
        for k in range(20):
            a = k * math.pi / 10
            p.stroke(
                [
                    (w / 2 + 52 * math.cos(a), y + 52 * math.sin(a) * up),
                    (w / 2 + 78 * math.cos(a), y + 78 * math.sin(a) * up),
                ],
                4,
                smooth=False,
            )
    frame(p, 3, (6, 2), 5)


def coastline(p: Plate) -> None:
    """A pilot's chart of one coast with soundings and sandbanks."""
    h, w = p.ink.shape
    x = np.linspace(0, 1, w)[None]
    rise = noise((h, w), 110, p.rng) * 0.5 + 0.3 * noise((h, w), 40, p.rng) + 7 * (x - 0.62)
    mask = np.asarray(255 * (rise > 0), np.uint8)
    coast(p, mask)
    compass(p, w * 0.3, h * 0.66, 58, mask=mask)
    for _ in range(4):
        river(p, mask)
    towns(p, mask, 18)
    for _ in range(6):
        bx, by = p.rng.uniform(0.08, 0.5) * w, p.rng.uniform(0.1, 0.9) * h
        p.dots(p.area(ellipse(bx, by, p.rng.uniform(26, 60), p.rng.uniform(14, 26))), 8, 1.8)
    for _ in range(40):
        bx, by = p.rng.uniform(0.06, 0.55) * w, p.rng.uniform(0.06, 0.94) * h
        if mask[int(by), int(bx)] < 128:
            inscribe(p, str(int(p.rng.integers(2, 30))), bx, by, 9)
    scale_bar(p, w * 0.1, h * 0.08, 160)
    title_box(p, w * 0.08, h * 0.84, 220, 70, ("ORA MARITIMA", "in usum navigantium"))
    degrees(p)


MAPS = [
    Design("map-island", "map", "Map of an island", (940, 740), island),
    Design("map-gulf", "map", "Map of a gulf", (900, 760), gulf),
    Design("map-archipelago", "map", "Sea chart of an archipelago", (980, 720), archipelago),
    Design("map-town", "map", "Plan of a fortified town", (820, 820), town_plan),
    Design("map-world", "map", "The world in two hemispheres", (1100, 600), hemispheres),
    Design("map-coast", "map", "Pilot's chart of a coast", (720, 900), coastline),
]
