"""Views of the country: villages, woods, mountains, ruins, fields."""

from __future__ import annotations

import math

import numpy as np

from indexer.printshop.blocks.foliage import frame
from indexer.printshop.blocks.scenery import box, bush, church, cloud, courses, grass, hill, house, pine, sky, tree
from indexer.printshop.burin import Plate, Screen, Volume, ramp
from indexer.printshop.curves import ellipse


def windmill(p: Plate) -> None:
    """A post mill on a mound, corn and a path."""
    w, h = p.width, p.height
    sky(p, h * 0.66, 0.42, 0.04)
    cloud(p, w * 0.2, 120, 90, 0.4)
    cloud(p, w * 0.82, 90, 70, 0.35)
    hill(
        p,
        [(-20, h * 0.68), (w * 0.3, h * 0.64), (w * 0.52, h * 0.58), (w * 0.75, h * 0.66), (w + 20, h * 0.63)],
        0.5,
        12,
    )
    cx, cy = w * 0.52, h * 0.36
    p.paint(
        p.area([(cx - 78, h * 0.6), (cx - 58, cy - 30), (cx + 58, cy - 30), (cx + 78, h * 0.6)], False),
        Volume(0.03, 0.8, 60),
        Screen(90, 8, bulge=6),
        3.2,
    )
    p.paint(p.area([(cx - 66, cy - 28), (cx, cy - 100), (cx + 66, cy - 28)], False), 0.5, Screen(60, 6), 3)
    p.fill(
        p.area(
            [(cx - 16, h * 0.6), (cx - 16, h * 0.53), (cx, h * 0.51), (cx + 16, h * 0.53), (cx + 16, h * 0.6)], False
        )
    )
    for k in range(4):
        a = math.radians(24 + 90 * k)
        u, v = np.array([math.cos(a), math.sin(a)]), np.array([-math.sin(a), math.cos(a)])
        hub = np.array([cx, cy - 20])
        blade = [hub + u * 34, hub + u * 238, hub + u * 238 + v * 52, hub + u * 34 + v * 46]
        p.paint(p.area(blade, False), 0.0, None, 2.6)
        for s in range(9):
            p.stroke([hub + u * (40 + 24 * s), hub + u * (40 + 24 * s) + v * 50], 2.4, smooth=False)
        p.stroke([hub + u * 36 + v * 24, hub + u * 238 + v * 26], 2.4, smooth=False)
        p.stroke([hub, hub + u * 244], 7, smooth=False, taper=0.2)
    p.fill(p.area(ellipse(cx, cy - 20, 13, 13)))
    house(p, w * 0.1, h * 0.7, 92, 66, 0.7, True)
    tree(p, w * 0.88, h * 0.72, 190)
    for _ in range(34):
        grass(p, p.rng.uniform(20, w - 20), h * p.rng.uniform(0.82, 0.98), 26)
    frame(p, 3, (5,))


def village(p: Plate) -> None:
    """A village street with church and timbered houses."""
    w, h = p.width, p.height
    sky(p, h * 0.5, 0.35, 0.02)
    cloud(p, w * 0.3, 80, 76, 0.4)
    hill(p, [(-20, h * 0.46), (w * 0.5, h * 0.4), (w + 20, h * 0.46)], 0.25, 8)
    church(p, w * 0.4, h * 0.56, 150)
    for x, y, s in ((0.04, 0.64, 110), (0.24, 0.58, 84), (0.72, 0.6, 96)):
        house(p, w * x, h * y, s, s * 0.72, 0.6, True)
    house(p, w * 0.82, h * 0.78, 150, 108, 0.4, True)
    road = [(w * 0.5, h * 0.58), (w * 0.42, h * 0.7), (w * 0.56, h * 0.84), (w * 0.46, h * 1.05)]
    p.stroke(road, 60, 0, 0)
    for dx in (-30, 30):
        p.stroke(np.asarray(road) + np.array([dx, 0]), 3)
    tree(p, w * 0.15, h * 0.94, 240)
    for k in range(5):
        x = w * (0.6 + 0.05 * k)
        p.stroke([(x, h * 0.9), (x, h * 0.8)], 6, smooth=False)
    p.stroke([(w * 0.59, h * 0.83), (w * 0.82, h * 0.83)], 4, smooth=False)
    p.stroke([(w * 0.59, h * 0.87), (w * 0.82, h * 0.87)], 4, smooth=False)
    for _ in range(20):
        grass(p, p.rng.uniform(20, w), h * p.rng.uniform(0.8, 0.98), 24)
    frame(p, 3, (6, 2), 5)


def forest(p: Plate) -> None:
    """The edge of a dark wood with a brook."""
    w, h = p.width, p.height
    sky(p, h * 0.5, 0.3, 0.0)
    for k in range(16):
        pine(p, w * (k + 0.5) / 16 + p.rng.normal(0, 8), h * 0.6, p.rng.uniform(150, 230))
    hill(p, [(-20, h * 0.58), (w * 0.4, h * 0.6), (w + 20, h * 0.56)], 0.45, 15)
    for x, s in ((0.2, 300), (0.82, 340), (0.62, 230)):
        tree(p, w * x, h * (0.66 + s / 2600), s, p.rng.normal(0, 14))
    brook = [(w * 0.5, h * 0.6), (w * 0.4, h * 0.72), (w * 0.55, h * 0.84), (w * 0.35, h * 1.02)]
    p.stroke(brook, 74, 0, 0)
    for k in range(5):
        p.stroke(np.asarray(brook) + np.array([(k - 2) * 14, 0]), 2.6)
    for x in (0.06, 0.48, 0.7, 0.92):
        bush(p, w * x, h * 0.88, 60)
    for _ in range(18):
        grass(p, p.rng.uniform(20, w - 20), h * p.rng.uniform(0.78, 0.98), 30)
    frame(p, 3, (5,))


def onlooker(p: Plate, x: float, base: float, size: float) -> None:
    """A cloaked man with a hat, pointing."""
    cloak = [
        (x - size * 0.2, base),
        (x - size * 0.14, base - size * 0.6),
        (x, base - size * 0.74),
        (x + size * 0.14, base - size * 0.6),
        (x + size * 0.22, base),
    ]
    p.paint(
        p.tube(
            [(x + size * 0.06, base - size * 0.6), (x + size * 0.3, base - size * 0.78)], [size * 0.055, size * 0.03]
        ),
        0.3,
        Screen(40, 5),
        2.2,
    )
    p.paint(p.area(cloak), Volume(0.1, 0.9, size * 0.15), Screen(84, 6, bulge=5), 2.6)
    p.paint(p.area(ellipse(x, base - size * 0.83, size * 0.09, size * 0.11)), 0.0, None, 2.4)
    p.fill(p.area(ellipse(x, base - size * 0.9, size * 0.17, size * 0.03)))
    p.fill(p.area(box(x - size * 0.08, base - size * 1.03, size * 0.16, size * 0.13), False))


def alps(p: Plate) -> None:
    """High mountains, a lake and a chapel."""
    w, h = p.width, p.height
    sky(p, h * 0.5, 0.45, 0.05)
    for row, (top, tone) in enumerate(((0.2, 0.45), (0.34, 0.6), (0.48, 0.7))):
        xs = np.linspace(-30, w + 30, 8)
        peaks = [(x, h * (top + 0.12 * (k % 2) + p.rng.uniform(-0.06, 0.06))) for k, x in enumerate(xs)]
        for (x0, y0), (x1, y1), (x2, y2) in zip(peaks[:-2:2], peaks[1:-1:2], peaks[2::2], strict=False):
            del y1
            p.paint(p.area([(x0, y0), (x1, h * 0.7), (x0 - 130, h * 0.7)], False), 0.05, Screen(60, 8), 2.6)
            p.paint(
                p.area([(x0, y0), (x1 + 60, h * 0.7), (x0 + 20, h * 0.7), (x0 - 14, h * 0.5)], False),
                tone,
                Screen(56 + 6 * row, 7),
                2.4,
            )
            p.paint(p.area([(x2, y2), (x2 + 110, h * 0.7), (x2, h * 0.7)], False), tone, Screen(52, 7), 2.4)
            p.stroke([(x0, y0), (x0 - 20, y0 + 50), (x0 + 6, y0 + 96), (x0 - 10, y0 + 150)], 4)
    p.paint(
        p.area([(-20, h * 0.64), (w * 0.5, h * 0.62), (w + 20, h * 0.65), (w + 20, h * 0.82), (-20, h * 0.8)], False),
        ramp(90, h * 0.62, h * 0.82, 0.5, 0.1),
        Screen(0, 7, wave=(2, 50)),
        2.4,
    )
    hill(p, [(-20, h * 0.86), (w * 0.3, h * 0.74), (w * 0.6, h * 0.8), (w + 20, h * 0.7)], 0.5, 18)
    church(p, w * 0.22, h * 0.78, 84)
    for x in (0.5, 0.58, 0.66, 0.78, 0.86, 0.94):
        pine(p, w * x, h * 0.84, p.rng.uniform(110, 190))
    frame(p, 3, (5, 2), 4)


def ruins(p: Plate) -> None:
    """An overgrown Roman arch with travellers."""
    w, h = p.width, p.height
    sky(p, h * 0.6, 0.4, 0.03)
    cloud(p, w * 0.75, 100, 90, 0.4)
    hill(p, [(-20, h * 0.62), (w * 0.5, h * 0.56), (w + 20, h * 0.6)], 0.3, 8)
    outline = [
        (w * 0.16, h * 0.8),
        (w * 0.17, h * 0.2),
        (w * 0.3, h * 0.14),
        (w * 0.42, h * 0.17),
        (w * 0.55, h * 0.11),
        (w * 0.66, h * 0.22),
        (w * 0.68, h * 0.8),
    ]
    p.paint(p.area(outline, False), ramp(0, w * 0.16, w * 0.68, 0.05, 0.5), Screen(0, 7), 3.4)
    courses(p, w * 0.17, h * 0.2, w * 0.5, h * 0.58, 34)
    arch = [*ellipse(w * 0.42, h * 0.46, w * 0.14, h * 0.18, 180, 360, 30), (w * 0.56, h * 0.82), (w * 0.28, h * 0.82)]
    p.paint(p.area(arch, False), 0.0, None, 4)
    p.paint(
        p.area(
            [
                *ellipse(w * 0.42, h * 0.46, w * 0.14, h * 0.18, 180, 250, 20),
                (w * 0.36, h * 0.82),
                (w * 0.28, h * 0.82),
            ],
            False,
        ),
        0.75,
        Screen(90, 6),
        2.4,
    )
    for x in (0.21, 0.62):
        p.paint(p.area(box(w * x - 22, h * 0.26, 44, h * 0.54), False), Volume(0, 0.75, 20), Screen(90, 8), 3)
        p.paint(p.area(box(w * x - 32, h * 0.23, 64, 22), False), 0.3, Screen(0, 5), 3)
    for x, y in ((0.3, 0.14), (0.5, 0.13), (0.66, 0.24), (0.18, 0.2)):
        bush(p, w * x, h * y, 46)
    hill(p, [(-20, h * 0.84), (w * 0.4, h * 0.78), (w + 20, h * 0.82)], 0.55, 14)
    p.paint(
        p.tube([(w * 0.76, h * 0.9), (w * 0.92, h * 0.86)], [34, 30]), Volume(0, 0.8, 30), Screen(80, 6, bulge=10), 3
    )
    tree(p, w * 0.88, h * 0.84, 260)
    for x in (0.4, 0.46):
        onlooker(p, w * x, h * 0.9, 96)
    frame(p, 3, (6,))


def vineyard(p: Plate) -> None:
    """Peasants' fields: furrows to the horizon, ricks and a farm."""
    w, h = p.width, p.height
    sky(p, h * 0.36, 0.35, 0.0)
    sun = (w * 0.82, h * 0.14)
    for k in range(24):
        a = k * math.pi / 12
        p.stroke(
            [
                (sun[0] + 48 * math.cos(a), sun[1] + 48 * math.sin(a)),
                (sun[0] + 92 * math.cos(a), sun[1] + 92 * math.sin(a)),
            ],
            4,
            smooth=False,
        )
    p.paint(p.area(ellipse(*sun, 40, 40)), 0.0, None, 3.4)
    hill(p, [(-20, h * 0.36), (w * 0.4, h * 0.3), (w + 20, h * 0.38)], 0.2, 5)
    fields = p.area(box(-10, h * 0.4, w + 20, h * 0.62), False)
    p.paint(fields, 0.0, None, 2.6)
    for k in range(-16, 17):
        p.stroke(
            [(w * 0.42 + k * 16, h * 0.4), (w * 0.42 + k * 40, h * 0.62), (w * 0.42 + k * 96, h * 1.02)], 5, taper=0.8
        )
        if k % 2:
            for s in range(9):
                u = (s + 0.5) / 9
                x, y = w * 0.42 + k * (16 + 80 * u**1.4), h * (0.42 + 0.58 * u**1.2)
                grass(p, x, y, 8 + 26 * u)
    for x, y, s in ((0.12, 0.44, 60), (0.28, 0.42, 44)):
        p.paint(
            p.area(
                [
                    (w * x - s, h * y + s),
                    (w * x - s * 0.7, h * y),
                    (w * x, h * y - s * 1.1),
                    (w * x + s * 0.7, h * y),
                    (w * x + s, h * y + s),
                ]
            ),
            Volume(0, 0.75, s),
            Screen(80, 6, bulge=14),
            3,
        )
    house(p, w * 0.62, h * 0.44, 130, 76, 0.8, True)
    tree(p, w * 0.55, h * 0.47, 150)
    onlooker(p, w * 0.4, h * 0.76, 130)
    p.stroke([(w * 0.43, h * 0.66), (w * 0.46, h * 0.8)], 5, smooth=False)
    frame(p, 3, (5, 2), 4)
