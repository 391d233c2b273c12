"""Views: ships, castles, mills, towns, woods, mountains."""

from __future__ import annotations

import math

import numpy as np

from indexer.printshop.blocks.design import Design
from indexer.printshop.blocks.foliage import frame
from indexer.printshop.blocks.scenery import (
    birds_far,
    box,
    bush,
    church,
    cloud,
    courses,
    grass,
    hill,
    house,
    merlons,
    pine,
    rain,
    ship,
    sky,
    tower,
    tree,
    wall,
    waves,
)
from indexer.printshop.burin import Plate, Screen, Volume, ramp
from indexer.printshop.curves import ellipse


def storm(p: Plate) -> None:
    """A ship in a tempest with lightning."""
    w, h = p.width, p.height
    sky(p, h * 0.6, 0.75, 0.3, 7)
    for x, y, s in ((150, 90, 130), (420, 60, 150), (720, 100, 140)):
        cloud(p, x, y, s, 0.85)
    bolt = [(560, 150), (530, 215), (575, 225), (520, 320), (560, 330), (500, 430)]
    p.stroke(bolt, 12, 0, 0.2, smooth=False)
    p.stroke(bolt, 4, 255, 0.2, smooth=False)
    rain(p, p.area([(0, 160), (w * 0.4, 120), (w * 0.3, h * 0.6), (0, h * 0.6)], False), 68)
    waves(p, h * 0.56, 3, 52, 0.7, 1.4)
    ship(p, w * 0.43, h * 0.68, 230, -17)
    waves(p, h * 0.7, 4, 66, 0.75, 1.5)
    frame(p, 3, (5,))


def castle(p: Plate) -> None:
    """A castle on a steep hill above a river."""
    w, h = p.width, p.height
    sky(p, h * 0.62, 0.4, 0.02)
    cloud(p, w * 0.78, 110, 95, 0.4)
    birds_far(p, w * 0.2, 120, 6)
    hill(p, [(-20, h * 0.6), (w * 0.3, h * 0.52), (w * 0.7, h * 0.58), (w + 20, h * 0.5)], 0.25, 0)
    hill(
        p,
        [
            (60, h * 0.86),
            (w * 0.22, h * 0.58),
            (w * 0.34, h * 0.42),
            (w * 0.62, h * 0.42),
            (w * 0.74, h * 0.6),
            (w * 0.94, h * 0.9),
        ],
        0.65,
        62,
    )
    tower(p, w * 0.48, h * 0.42, 86, 210, "crenel", 4)
    wall(p, w * 0.33, h * 0.46, w * 0.32, 74)
    tower(p, w * 0.34, h * 0.47, 58, 150, "cone", 2)
    tower(p, w * 0.64, h * 0.48, 66, 118, "crenel", 2)
    p.fill(
        p.area(
            [
                (w * 0.49, h * 0.46),
                (w * 0.49, h * 0.42),
                (w * 0.515, h * 0.4),
                (w * 0.54, h * 0.42),
                (w * 0.54, h * 0.46),
            ],
            False,
        )
    )
    road = [(w * 0.515, h * 0.46), (w * 0.58, h * 0.58), (w * 0.47, h * 0.68), (w * 0.62, h * 0.82), (w * 0.5, h + 20)]
    p.stroke(road, 26, 0, 0)
    p.stroke(road, 3)
    p.paint(
        p.area([(-20, h * 0.86), (w * 0.4, h * 0.82), (w + 20, h * 0.87), (w + 20, h + 20), (-20, h + 20)]),
        ramp(90, h * 0.82, h, 0.15, 0.55),
        Screen(0, 8, wave=(3, 70)),
        3,
    )
    tree(p, w * 0.12, h * 0.93, 250)
    for x in (0.72, 0.8, 0.88, 0.94):
        bush(p, w * x, h * (0.86 + 0.04 * math.sin(x * 40)), 44)
    frame(p, 3, (6, 2), 5)


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
    for k in range(34):
        grass(p, p.rng.uniform(20, w - 20), h * p.rng.uniform(0.82, 0.98), 26)
    frame(p, 3, (5,))


def town(p: Plate) -> None:
    """A walled town with many steeples, seen across a river."""
    w, h = p.width, p.height
    sky(p, h * 0.55, 0.36, 0.0)
    for x, y, s in ((130, 80, 70), (520, 60, 80), (890, 90, 75)):
        cloud(p, x, y, s, 0.35)
    hill(p, [(-20, h * 0.5), (w * 0.25, h * 0.38), (w * 0.5, h * 0.5), (w * 0.8, h * 0.4), (w + 20, h * 0.48)], 0.2, 10)
    for k in range(26):
        x = (k + p.rng.uniform(0.1, 0.9)) * w / 26 - 30
        house(p, x, h * (0.58 + 0.02 * (k % 2)), p.rng.uniform(34, 52), p.rng.uniform(40, 66), p.rng.uniform(0.3, 0.8))
    church(p, w * 0.42, h * 0.6, 118)
    tower(p, w * 0.22, h * 0.6, 40, 170, "cone")
    tower(p, w * 0.68, h * 0.6, 46, 190, "dome")
    tower(p, w * 0.84, h * 0.6, 34, 150, "cone")
    for k in range(18):
        house(
            p, (k + p.rng.uniform(0.1, 0.9)) * w / 18 - 30, h * 0.66, p.rng.uniform(38, 56), p.rng.uniform(34, 48), 0.6
        )
    wall(p, -10, h * 0.72, w + 20, 52)
    for k in range(6):
        tower(p, w * (0.06 + 0.18 * k), h * 0.725, 46, 78, "crenel", 1)
    p.paint(
        p.area([(-20, h * 0.72), (w + 20, h * 0.72), (w + 20, h + 20), (-20, h + 20)], False),
        ramp(90, h * 0.72, h, 0.5, 0.12),
        Screen(0, 8, wave=(3, 60)),
        2,
    )
    ship(p, w * 0.3, h * 0.88, 78)
    ship(p, w * 0.72, h * 0.84, 58, flip=True)
    frame(p, 3, (5, 2), 5)


def bridge(p: Plate) -> None:
    """A stone bridge of three arches with gate towers."""
    w, h = p.width, p.height
    sky(p, h * 0.6, 0.45, 0.05)
    hill(
        p,
        [(-20, h * 0.48), (w * 0.35, h * 0.3), (w * 0.55, h * 0.42), (w * 0.85, h * 0.28), (w + 20, h * 0.4)],
        0.45,
        35,
    )
    p.paint(
        p.area(box(-20, h * 0.58, w + 40, h), False), ramp(90, h * 0.58, h, 0.55, 0.1), Screen(0, 8, wave=(4, 90)), 2
    )
    deck = [(-20, h * 0.5), (w * 0.5, h * 0.42), (w + 20, h * 0.5), (w + 20, h * 0.74), (-20, h * 0.74)]
    p.paint(p.area(deck, False), 0.2, Screen(0, 7), 3)
    courses(p, 0, h * 0.48, w, h * 0.24, 30)
    for x, r in ((0.2, 0.09), (0.5, 0.115), (0.8, 0.09)):
        arch = [
            *ellipse(w * x, h * 0.66, w * r, h * 0.17, 180, 360, 30),
            (w * (x + r), h * 0.76),
            (w * (x - r), h * 0.76),
        ]
        p.paint(p.area(arch, False), ramp(90, h * 0.5, h * 0.76, 0.9, 0.5), Screen(0, 6), 4)
    p.paint(p.area(box(-20, h * 0.735, w + 40, 12), False), ramp(0, 0, w, 0.6, 0.6), Screen(0, 5), 0)
    tower(p, w * 0.07, h * 0.5, 84, 190, "cone")
    tower(p, w * 0.93, h * 0.5, 84, 170, "crenel")
    for k in range(3):
        tree(p, w * (0.3 + 0.18 * k), h * 0.41, 120 - 20 * (k % 2))
    ship(p, w * 0.5, h * 0.86, 66, sails=False)
    for k in range(14):
        grass(p, p.rng.uniform(10, w * 0.25), h * p.rng.uniform(0.9, 0.99), 34)
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
        p.stroke(np.asarray(road) + (dx, 0), 3)
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
        p.stroke(np.asarray(brook) + ((k - 2) * 14, 0), 2.6)
    for x in (0.06, 0.48, 0.7, 0.92):
        bush(p, w * x, h * 0.88, 60)
    for _ in range(18):
        grass(p, p.rng.uniform(20, w - 20), h * p.rng.uniform(0.78, 0.98), 30)
    frame(p, 3, (5,))


def volcano(p: Plate) -> None:
    """A burning mountain above the sea."""
    w, h = p.width, p.height
    sky(p, h * 0.72, 0.6, 0.2)
    for k in range(9):
        cloud(p, w * 0.5 + (k % 3 - 1) * 60 + k * 14, h * 0.3 - k * 34, 66 + 9 * k, 0.8)
    hill(
        p,
        [
            (w * 0.04, h * 0.8),
            (w * 0.3, h * 0.52),
            (w * 0.43, h * 0.31),
            (w * 0.57, h * 0.31),
            (w * 0.68, h * 0.5),
            (w * 0.97, h * 0.82),
        ],
        0.8,
        60,
        9,
    )
    for k in range(11):
        a = math.radians(-150 + 12 * k)
        p.stroke(
            [
                (w * 0.5, h * 0.32),
                (w * 0.5 + 90 * math.cos(a), h * 0.32 + 150 * math.sin(a)),
                (w * 0.5 + 190 * math.cos(a), h * 0.3 + 120 * math.sin(a)),
            ],
            4,
        )
    for dx in (-30, 0, 34):
        p.stroke(
            [
                (w * 0.5 + dx * 0.4, h * 0.32),
                (w * 0.5 + dx * 2, h * 0.5),
                (w * 0.5 + dx * 2.4, h * 0.64),
                (w * 0.5 + dx * 4, h * 0.78),
            ],
            13,
        )
    for k in range(7):
        house(p, w * (0.1 + 0.12 * k), h * 0.79, 34, 30, 0.5)
    waves(p, h * 0.8, 4, 22, 0.5)
    ship(p, w * 0.24, h * 0.92, 60)
    frame(p, 3, (6,))


def comet(p: Plate) -> None:
    """A comet over a sleeping town."""
    w, h = p.width, p.height
    p.paint(p.area(box(0, 0, w, h * 0.75), False), ramp(90, 0, h * 0.75, 0.8, 0.35), Screen(0, 7, cross=0.6), 0)
    head = np.array([w * 0.66, h * 0.24])
    for k in range(15):
        spread = (k - 7) * 0.035
        tip = head + np.array([-w * 0.56, h * (0.12 + spread * 3.4)])
        p.stroke([head, (head + tip) / 2 + (0, -26), tip], 13 - abs(k - 7), 0, 0.9)
    star = np.array(
        [(r * math.cos(a), r * math.sin(a)) for a, r in zip(np.arange(16) * math.pi / 8, [74, 30] * 8, strict=True)]
    )
    p.paint(p.area(star + head, False), 0.0, None, 3)
    p.paint(p.area(ellipse(*head, 32, 32)), Volume(0, 0.5, 30), Screen(40, 6, bulge=10), 3)
    for _ in range(30):
        x, y = p.rng.uniform(20, w - 20), p.rng.uniform(20, h * 0.5)
        for k in range(3):
            a = k * math.pi / 3
            p.stroke(
                [(x - 8 * math.cos(a), y - 8 * math.sin(a)), (x + 8 * math.cos(a), y + 8 * math.sin(a))],
                3.4,
                0,
                smooth=False,
            )
    hill(p, [(-20, h * 0.72), (w * 0.4, h * 0.66), (w + 20, h * 0.74)], 0.5, 10)
    for k in range(15):
        house(p, w * k / 15, h * (0.82 + 0.02 * (k % 3)), 46, 50, 0.6)
    church(p, w * 0.44, h * 0.84, 110)
    hill(p, [(-20, h * 0.86), (w * 0.5, h * 0.84), (w + 20, h * 0.88)], 0.6, 14)
    for x in (0.15, 0.25, 0.36):
        onlooker(p, w * x, h * 0.97, 92)
    frame(p, 3, (6, 2), 5)


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


def sea_fight(p: Plate) -> None:
    """Two fleets in smoke."""
    w, h = p.width, p.height
    sky(p, h * 0.5, 0.3, 0.05)
    waves(p, h * 0.44, 2, 20, 0.4)
    for k in range(5):
        ship(p, w * (0.1 + 0.2 * k), h * 0.52 + 14 * (k % 2), 74, flip=k > 2)
    waves(p, h * 0.56, 2, 26, 0.5)
    for x, y, s in ((0.5, 0.52, 80), (0.36, 0.6, 60), (0.63, 0.66, 66)):
        cloud(p, w * x, h * y, s, 0.45)
    ship(p, w * 0.22, h * 0.78, 190, 4)
    ship(p, w * 0.78, h * 0.8, 180, 5, flip=True)
    cloud(p, w * 0.47, h * 0.74, 60, 0.5)
    for k in range(5):
        p.stroke([(w * 0.36, h * 0.76 - 4 * k), (w * 0.42 + 8 * k, h * 0.74 - 9 * k)], 5, smooth=False)
    waves(p, h * 0.82, 3, 34, 0.6)
    frame(p, 3, (5,))


def lighthouse(p: Plate) -> None:
    """A harbour with a beacon, a mole and rowing boats."""
    w, h = p.width, p.height
    sky(p, h * 0.5, 0.55, 0.12)
    fire = np.array([w * 0.7, h * 0.13])
    for k in range(26):
        a = k * math.pi / 13
        p.stroke(
            [
                fire + 46 * np.array([math.cos(a), math.sin(a)]),
                fire + (150 if k % 2 else 105) * np.array([math.cos(a), math.sin(a)]),
            ],
            4,
            0,
            smooth=False,
        )
    waves(p, h * 0.5, 5, 24, 0.5, 0.6)
    p.paint(
        p.area([(w * 0.45, h * 0.62), (w * 0.6, h * 0.52), (w + 20, h * 0.5), (w + 20, h * 0.74), (w * 0.5, h * 0.72)]),
        Volume(0.1, 0.8, 60),
        Screen(70, 7, bulge=8),
        3,
    )
    for k, (half, top) in enumerate(((76, 0.42), (58, 0.3), (40, 0.19))):
        base = (0.56, 0.42, 0.3)[k]
        p.paint(
            p.area(
                [
                    (w * 0.7 - half, h * base),
                    (w * 0.7 - half * 0.86, h * top),
                    (w * 0.7 + half * 0.86, h * top),
                    (w * 0.7 + half, h * base),
                ],
                False,
            ),
            Volume(0.02, 0.85, half),
            Screen(0, 7, bulge=10),
            3,
        )
        merlons(p, w * 0.7 - half, h * top, half * 2, 12)
    for k in range(7):
        flame = [
            (w * 0.7 + (k - 3) * 8, h * 0.165),
            (w * 0.7 + (k - 3) * 13, h * 0.12),
            (w * 0.7 + (k - 3) * 9, h * (0.05 + 0.012 * abs(k - 3))),
        ]
        p.stroke(flame, 10)
    ship(p, w * 0.22, h * 0.72, 150)
    for x, y in ((0.45, 0.86), (0.75, 0.9)):
        boat = [
            (w * x - 70, h * y - 22),
            (w * x, h * y - 12),
            (w * x + 74, h * y - 24),
            (w * x + 50, h * y + 14),
            (w * x - 48, h * y + 14),
        ]
        p.paint(p.area(boat), 0.5, Screen(4, 6), 3)
        for k in range(4):
            p.stroke([(w * x - 40 + 25 * k, h * y - 10), (w * x - 64 + 25 * k, h * y + 34)], 4, smooth=False)
    frame(p, 3, (5, 2), 4)


def siege(p: Plate) -> None:
    """A fortress besieged: tents, cannon and ladders."""
    w, h = p.width, p.height
    sky(p, h * 0.5, 0.3, 0.02)
    for x, s in ((0.62, 70), (0.4, 52)):
        cloud(p, w * x, h * 0.16, s, 0.6)
    wall(p, w * 0.3, h * 0.5, w * 0.62, 110)
    for x, r in ((0.3, "crenel"), (0.5, "cone"), (0.72, "crenel"), (0.92, "cone")):
        tower(p, w * x, h * 0.51, 70, 180, r)
    hill(p, [(-20, h * 0.54), (w * 0.5, h * 0.5), (w + 20, h * 0.53)], 0.4, 8)
    for x in (0.42, 0.6):
        for dx in (0, 16):
            p.stroke([(w * x + dx, h * 0.58), (w * x + 34 + dx, h * 0.34)], 4, smooth=False)
        for k in range(9):
            p.stroke(
                [(w * x + 3.6 * k, h * (0.57 - 0.025 * k)), (w * x + 3.6 * k + 18, h * (0.57 - 0.025 * k))],
                3,
                smooth=False,
            )
    for x, y, s in ((0.08, 0.66, 66), (0.22, 0.7, 80), (0.1, 0.84, 96)):
        top, base = (w * x, h * y - s * 1.3), h * y
        p.paint(
            p.area(
                [
                    (w * x - s, base),
                    (w * x - s * 0.9, base - s * 0.4),
                    top,
                    (w * x + s * 0.9, base - s * 0.4),
                    (w * x + s, base),
                ],
                False,
            ),
            Volume(0, 0.6, s * 0.5),
            Screen(88, 9, bulge=20),
            3,
        )
        p.fill(p.area([(w * x, base - s * 0.7), (w * x - s * 0.2, base), (w * x + s * 0.22, base)], False))
        p.stroke([top, (top[0], top[1] - 34)], 3, smooth=False)
    for k in range(3):
        x, y = w * (0.45 + 0.17 * k), h * (0.8 + 0.04 * (k % 2))
        p.paint(p.tube([(x, y), (x + 90, y - 40)], [18, 12]), Volume(0.2, 0.95, 14), Screen(-24, 5), 3)
        p.paint(p.area(ellipse(x + 14, y + 12, 34, 34)), 0.0, None, 5)
        for s in range(8):
            a = s * math.pi / 4
            p.stroke([(x + 14, y + 12), (x + 14 + 32 * math.cos(a), y + 12 + 32 * math.sin(a))], 3.4, smooth=False)
        cloud(p, x + 140, y - 60, 28, 0.4)
    for k in range(22):
        x = w * (0.36 + 0.028 * k)
        p.stroke([(x, h * 0.68), (x + 4, h * 0.56)], 2.4, smooth=False)
        onlooker(p, x, h * 0.7, 44)
    frame(p, 3, (5,))


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


def whale(p: Plate) -> None:
    """A sea monster that mariners have landed on."""
    w, h = p.width, p.height
    sky(p, h * 0.4, 0.35, 0.04)
    waves(p, h * 0.38, 3, 30, 0.5)
    body = p.tube(
        [(w * 0.1, h * 0.62), (w * 0.3, h * 0.5), (w * 0.55, h * 0.54), (w * 0.8, h * 0.62), (w * 0.93, h * 0.44)],
        [40, 122, 116, 54, 16],
    )
    p.paint(body, Volume(0.02, 0.85, 90), Screen(78, 8, bulge=22), 4)
    p.paint(
        p.area(
            [
                (w * 0.93, h * 0.46),
                (w * 0.86, h * 0.3),
                (w * 0.93, h * 0.34),
                (w * 0.99, h * 0.26),
                (w * 0.98, h * 0.42),
            ]
        ),
        0.5,
        Screen(50, 6),
        3.4,
    )
    p.stroke([(w * 0.07, h * 0.64), (w * 0.18, h * 0.68), (w * 0.28, h * 0.66)], 9)
    for k in range(9):
        p.fill(
            p.area(
                [
                    (w * (0.085 + 0.021 * k), h * 0.655),
                    (w * (0.095 + 0.021 * k), h * 0.69),
                    (w * (0.105 + 0.021 * k), h * 0.66),
                ],
                False,
            ),
            0,
        )
    p.paint(p.area(ellipse(w * 0.2, h * 0.52, 26, 20)), 0.0, None, 4)
    p.fill(p.area(ellipse(w * 0.2, h * 0.52, 9, 11)))
    for dx in (-0.03, 0.03):
        spout = [
            (w * 0.29, h * 0.35),
            (w * (0.29 + dx), h * 0.2),
            (w * (0.29 + dx * 2.6), h * 0.1),
            (w * (0.29 + dx * 4), h * 0.17),
        ]
        p.stroke(spout, 12)
        p.stroke(spout, 6, 0)
    for k in range(24):
        x, y = w * p.rng.uniform(0.25, 0.75), h * p.rng.uniform(0.44, 0.66)
        p.stroke(ellipse(x, y, 20, 14, 20, 160, 10), 2.6)
    onlooker(p, w * 0.52, h * 0.38, 100)
    waves(p, h * 0.68, 4, 44, 0.65)
    ship(p, w * 0.8, h * 0.36, 96)
    frame(p, 3, (5,))


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


SCENES = [
    Design("scene-storm", "illustration", "Ship in a storm with lightning", (900, 640), storm),
    Design("scene-castle", "illustration", "Castle on a hill above a river", (860, 700), castle),
    Design("scene-windmill", "illustration", "Windmill", (760, 760), windmill),
    Design("scene-town", "illustration", "View of a walled town on a river", (1080, 600), town),
    Design("scene-bridge", "illustration", "Stone bridge with gate towers", (940, 600), bridge),
    Design("scene-village", "illustration", "Village street with a church", (860, 680), village),
    Design("scene-forest", "illustration", "Edge of a wood with a brook", (840, 720), forest),
    Design("scene-volcano", "illustration", "Burning mountain above the sea", (800, 760), volcano),
    Design("scene-comet", "illustration", "Comet over a town", (860, 760), comet),
    Design("scene-fleet", "illustration", "Sea fight between two fleets", (1040, 640), sea_fight),
    Design("scene-lighthouse", "illustration", "Harbour with a lighthouse", (820, 780), lighthouse),
    Design("scene-siege", "illustration", "Siege of a fortress", (1000, 720), siege),
    Design("scene-alps", "illustration", "High mountains with a lake and a chapel", (900, 660), alps),
    Design("scene-ruins", "illustration", "Travellers before a ruined arch", (820, 720), ruins),
    Design("scene-whale", "illustration", "Sea monster with a mariner on its back", (960, 620), whale),
    Design("scene-fields", "illustration", "Ploughed fields with ricks and a farm", (900, 680), vineyard),
]
