"""Hunts, fables and bestiary."""

from __future__ import annotations

import math

import numpy as np

from indexer.printshop.blocks.design import Design
from indexer.printshop.blocks.figures import Limb, hare, horse, hound, limb, lion, man, stag
from indexer.printshop.blocks.foliage import frame, leaf
from indexer.printshop.blocks.ornament_parts import bird, grapes
from indexer.printshop.blocks.scenery import bush, church, cloud, grass, hill, house, sky, tower, tree, waves
from indexer.printshop.burin import Plate, Screen, Volume
from indexer.printshop.curves import ellipse, lobes, spiral


def stag_hunt(p: Plate) -> None:
    """A stag chased by hounds and a rider with a horn."""
    w, h = p.width, p.height
    sky(p, h * 0.55, 0.35, 0.02)
    for k in range(5):
        tree(p, w * (0.08 + 0.21 * k), h * 0.58, 190 + 30 * (k % 2))
    hill(p, [(-20, h * 0.6), (w * 0.4, h * 0.56), (w + 20, h * 0.6)], 0.4, 10)
    stag(p, w * 0.76, h * 0.64, 210)
    hound(p, w * 0.5, h * 0.74, 120)
    hound(p, w * 0.58, h * 0.88, 130, dark=0.9)
    horse(p, w * 0.24, h * 0.68, 220)
    man(p, w * 0.23, h * 0.74, 200, pose=0.8)
    for _ in range(14):
        grass(p, p.rng.uniform(20, w - 20), h * p.rng.uniform(0.86, 0.98), 24)
    frame(p, 3, (5, 2), 5)


def hare_hunt(p: Plate) -> None:
    """Two men on foot with staves, greyhounds and a hare."""
    w, h = p.width, p.height
    sky(p, h * 0.45, 0.3, 0.02)
    hill(p, [(-20, h * 0.5), (w * 0.6, h * 0.38), (w + 20, h * 0.48)], 0.3, 16)
    house(p, w * 0.74, h * 0.5, 90, 62, 0.6, True)
    hill(p, [(-20, h * 0.66), (w * 0.5, h * 0.6), (w + 20, h * 0.66)], 0.45, 8)
    for k in range(3):
        hound(p, w * (0.42 + 0.1 * k), h * (0.7 + 0.07 * k), 110, dark=0.3 + 0.3 * k)
    hare(p, w * 0.84, h * 0.78, 90)
    man(p, w * 0.12, h * 0.9, 270, pose=0.3)
    p.stroke([(w * 0.19, h * 0.5), (w * 0.2, h * 0.92)], 7, smooth=False)
    man(p, w * 0.27, h * 0.86, 230, pose=0.6, dark=0.95)
    bush(p, w * 0.93, h * 0.9, 60)
    frame(p, 3, (5,))


def lion_scene(p: Plate) -> None:
    """A lion among rocks and palms."""
    w, h = p.width, p.height
    sky(p, h * 0.6, 0.45, 0.06)
    for x, y in ((0.14, 0.2), (0.86, 0.26)):
        trunk = [(w * x, h * 0.72), (w * x + 14, h * 0.5), (w * x - 6, h * y)]
        p.paint(p.tube(trunk, [17, 13, 11]), 0.4, Screen(8, 9), 2.8)
        for k in range(11):
            leaf(p, w * x - 6, h * y, 120, k * 33, 0.6)
    hill(p, [(-20, h * 0.72), (w * 0.3, h * 0.64), (w * 0.7, h * 0.7), (w + 20, h * 0.66)], 0.6, 22)
    lion(p, w * 0.48, h * 0.58, 330)
    for x, s in ((0.1, 70), (0.8, 86), (0.93, 60)):
        p.paint(
            p.area(lobes(w * x, h * 0.9, s, s * 0.6, 5, 0.1, p.rng)),
            Volume(0, 0.85, s * 0.5),
            Screen(70, 7, bulge=12),
            3,
        )
    frame(p, 3, (6, 2), 5)


def crow_and_fox(p: Plate) -> None:
    """The fable of the fox and the grapes."""
    w, h = p.width, p.height
    sky(p, h * 0.66, 0.28, 0.02)
    church(p, w * 0.06, h * 0.64, 78)
    hill(p, [(-20, h * 0.7), (w * 0.5, h * 0.66), (w + 20, h * 0.72)], 0.45, 10)
    for x in (0.62, 0.93):
        p.paint(p.tube([(w * x, h * 0.86), (w * x, h * 0.1)], [14, 11]), 0.5, Screen(84, 5), 2.8)
    for k in range(3):
        p.stroke([(w * 0.55, h * (0.12 + 0.05 * k)), (w * 0.98, h * (0.1 + 0.05 * k))], 9, smooth=False)
    for x, y in ((0.66, 0.24), (0.75, 0.28), (0.85, 0.23), (0.7, 0.2)):
        grapes(p, w * x, h * y, 56)
    at = (w * 0.38, h * 0.68, 250.0, False)
    p.paint(
        limb(p, at, [(-0.36, 0.1), (-0.7, 0.2), (-0.98, 0.04)], [0.05, 0.12, 0.02]),
        Volume(0, 0.8, 22),
        Screen(40, 6, bulge=6),
        2.8,
    )
    limbs: list[Limb] = [
        ([(-0.34, 0.16), (-0.06, 0.0), (0.2, -0.22)], [0.16, 0.13, 0.12]),
        ([(0.2, -0.24), (0.3, -0.42), (0.36, -0.5)], [0.1, 0.08, 0.08]),
        ([(0.36, -0.52), (0.48, -0.56), (0.62, -0.62)], [0.085, 0.05, 0.02]),
        ([(0.2, -0.14), (0.38, -0.16), (0.5, -0.3)], [0.06, 0.035, 0.025]),
        ([(-0.34, 0.22), (-0.2, 0.42), (-0.3, 0.62)], [0.13, 0.05, 0.03]),
        ([(0.1, -0.1), (0.3, -0.04), (0.44, -0.14)], [0.06, 0.035, 0.025]),
    ]
    body = [limb(p, at, points, radii) for points, radii in limbs]
    p.paint(np.maximum.reduce(body), Volume(0, 0.75, 26), Screen(58, 6, bulge=9), 2.8)
    for dx in (0.3, 0.38):
        p.paint(limb(p, at, [(dx, -0.57), (dx - 0.02, -0.7)], [0.035, 0.008]), 0.7, Screen(60, 5), 2.2)
    p.fill(p.area(ellipse(w * 0.38 + 250 * 0.42, h * 0.68 - 250 * 0.55, 4, 4)))
    for _ in range(16):
        grass(p, p.rng.uniform(20, w - 20), h * p.rng.uniform(0.86, 0.97), 24)
    frame(p, 3, (5,))


def horseman(p: Plate) -> None:
    """A knight on horseback before a city."""
    w, h = p.width, p.height
    sky(p, h * 0.55, 0.4, 0.02)
    cloud(p, w * 0.25, 90, 80, 0.5)
    for k in range(6):
        tower(p, w * (0.08 + 0.09 * k), h * 0.56, 40, 90 + 50 * (k % 3), ("cone", "crenel", "dome")[k % 3], 2)
    hill(p, [(-20, h * 0.6), (w * 0.5, h * 0.54), (w + 20, h * 0.6)], 0.45, 14)
    horse(p, w * 0.54, h * 0.62, 330, dark=0.85)
    man(p, w * 0.53, h * 0.72, 330, pose=0.35, dark=0.3)
    p.stroke([(w * 0.44, h * 0.86), (w * 0.86, h * 0.06)], 8, smooth=False)
    p.paint(
        p.area(
            [
                (w * 0.86, h * 0.06),
                (w * 0.7, h * 0.12),
                (w * 0.76, h * 0.17),
                (w * 0.68, h * 0.22),
                (w * 0.82, h * 0.16),
            ],
            False,
        ),
        0.4,
        Screen(10, 6),
        3,
    )
    for _ in range(18):
        grass(p, p.rng.uniform(20, w - 20), h * p.rng.uniform(0.88, 0.98), 26)
    frame(p, 3, (6, 2), 5)


def fishes(p: Plate) -> None:
    """Six kinds of fish in two rows, as in a natural history."""
    w, h = p.width, p.height
    for k in range(6):
        x, y = w * (0.27 + 0.47 * (k % 2)), h * (0.18 + 0.3 * (k // 2))
        size = w * 0.19
        deep = (0.16, 0.34, 0.22, 0.42, 0.12, 0.28)[k]
        tail = [
            (x + size * 0.82, y),
            (x + size * 1.12, y - size * 0.28),
            (x + size * 1.0, y),
            (x + size * 1.12, y + size * 0.28),
        ]
        p.paint(p.area(tail, False), 0.4, Screen(6, 5), 2.6)
        fin = [
            (x - size * 0.3, y - size * deep * 0.7),
            (x, y - size * (deep + 0.26)),
            (x + size * 0.4, y - size * deep * 0.5),
        ]
        p.paint(p.area(fin), 0.35, Screen(70, 5), 2.6)
        p.paint(
            p.tube(
                [(x - size, y), (x - size * 0.3, y), (x + size * 0.3, y), (x + size * 0.86, y)],
                [size * 0.05, size * deep, size * deep * 0.9, size * 0.05],
            ),
            Volume(0, 0.6, size * deep),
            Screen(80, 7, bulge=10),
            3,
        )
        for row in range(7):
            for col in range(11):
                sx, sy = x - size * 0.5 + col * size * 0.11 + (row % 2) * 6, y + (row - 3) * size * deep * 0.24
                if k % 3 != 1 and abs(sy - y) < size * deep * (0.9 - 0.08 * col):
                    p.stroke(ellipse(sx, sy, 7, 7, -80, 80, 6), 2)
        if k % 3 == 1:
            for s in range(6):
                p.stroke(
                    [
                        (x - size * 0.4 + s * 24, y - size * deep * 0.8),
                        (x - size * 0.46 + s * 24, y + size * deep * 0.8),
                    ],
                    7,
                    smooth=False,
                )
        p.paint(p.area(ellipse(x - size * 0.74, y - size * 0.03, 8, 8)), 0.0, None, 3)
        p.fill(p.area(ellipse(x - size * 0.74, y - size * 0.03, 3, 3)))
        p.stroke(ellipse(x - size * 0.86, y, size * 0.3, size * 0.2, -60, 60, 9), 3.4)
    frame(p, 3, (4,))


def birds_plate(p: Plate) -> None:
    """Birds on the boughs of a bare tree."""
    w, h = p.width, p.height
    p.paint(
        p.tube([(w * 0.5, h + 10), (w * 0.46, h * 0.7), (w * 0.54, h * 0.4), (w * 0.5, h * 0.1)], [40, 30, 20, 6]),
        Volume(0.05, 0.85, 26),
        Screen(84, 6),
        3,
    )
    for k, (y, side) in enumerate(((0.76, -1), (0.66, 1), (0.5, -1), (0.42, 1), (0.26, -1), (0.2, 1))):
        x0, x1 = w * 0.5, w * (0.5 + side * (0.36 - 0.03 * k))
        bough = [(x0, h * y), ((x0 + x1) / 2, h * (y - 0.05)), (x1, h * (y - 0.08))]
        p.paint(p.tube(bough, [13, 9, 4]), 0.5, Screen(10, 5), 2.6)
        bird(p, x1 - side * 60, h * (y - 0.15), 88 - 5 * k)
        for s in range(4):
            lx = x0 + (x1 - x0) * (0.3 + 0.18 * s)
            leaf(p, lx, h * (y - 0.06), 50, 90 + 40 * (s % 2) - side * 60)
    frame(p, 3, (5, 2), 5)


def snail(p: Plate) -> None:
    """A giant snail before which a knight retreats."""
    w, h = p.width, p.height
    sky(p, h * 0.6, 0.25, 0.0)
    hill(p, [(-20, h * 0.74), (w * 0.5, h * 0.7), (w + 20, h * 0.76)], 0.5, 12)
    p.paint(
        p.tube([(w * 0.3, h * 0.8), (w * 0.55, h * 0.82), (w * 0.78, h * 0.74), (w * 0.84, h * 0.6)], [16, 40, 36, 30]),
        Volume(0, 0.7, 34),
        Screen(80, 6, bulge=10),
        3,
    )
    for dx in (0.0, 0.05):
        p.stroke([(w * (0.83 + dx), h * 0.57), (w * (0.84 + dx), h * 0.46), (w * (0.87 + dx), h * 0.4)], 8)
    shell = (w * 0.52, h * 0.54)
    p.paint(p.area(ellipse(*shell, 165, 150)), Volume(0, 0.8, 150), Screen(50, 7, bulge=40), 4)
    p.stroke(spiral(*shell, 150, 2.6, 60, -1, 110), 9, smooth=False)
    for k in range(30):
        a = k * 2 * math.pi / 30
        p.stroke(
            [
                (shell[0] + 118 * math.cos(a), shell[1] + 108 * math.sin(a)),
                (shell[0] + 146 * math.cos(a + 0.1), shell[1] + 134 * math.sin(a + 0.1)),
            ],
            3,
        )
    man(p, w * 0.12, h * 0.9, 270, flip=True, pose=0.9, dark=0.3)
    p.stroke([(w * 0.06, h * 0.5), (w * 0.3, h * 0.62)], 6, smooth=False)
    frame(p, 3, (5,))


def dragon(p: Plate) -> None:
    """A winged dragon over a marsh."""
    w, h = p.width, p.height
    sky(p, h * 0.75, 0.5, 0.08)
    waves(p, h * 0.74, 3, 16, 0.5)
    for tip_y, root in ((0.1, 0.42), (0.18, 0.52)):
        wing = [
            (w * root, h * 0.5),
            (w * (root - 0.16), h * tip_y),
            (w * (root + 0.1), h * (tip_y + 0.06)),
            (w * (root + 0.3), h * (tip_y + 0.0)),
            (w * (root + 0.22), h * 0.34),
            (w * (root + 0.12), h * 0.48),
        ]
        p.paint(p.area(wing, False), 0.3, Screen(-60, 7, bulge=10), 3.4)
        for k in (1, 2, 3):
            p.stroke([wing[0], wing[k]], 5)
    body = p.tube(
        [
            (w * 0.1, h * 0.76),
            (w * 0.2, h * 0.62),
            (w * 0.36, h * 0.7),
            (w * 0.52, h * 0.56),
            (w * 0.68, h * 0.5),
            (w * 0.76, h * 0.34),
        ],
        [6, 22, 44, 66, 44, 26],
    )
    p.paint(body, Volume(0.02, 0.85, 50), Screen(70, 7, bulge=16), 3.4)
    p.paint(
        p.tube([(w * 0.76, h * 0.32), (w * 0.83, h * 0.3), (w * 0.9, h * 0.34)], [32, 24, 14]),
        Volume(0, 0.6, 24),
        Screen(60, 6, bulge=8),
        3,
    )
    p.fill(p.area(ellipse(w * 0.79, h * 0.3, 6, 6)))
    for k in range(4):
        p.stroke([(w * 0.9, h * 0.36), (w * 0.94, h * (0.36 + 0.03 * k)), (w * 0.985, h * (0.33 + 0.05 * k))], 6)
    for x, y in ((0.44, 0.66), (0.6, 0.6)):
        p.paint(
            p.tube([(w * x, h * y), (w * (x + 0.05), h * (y + 0.12)), (w * (x + 0.02), h * (y + 0.2))], [26, 16, 10]),
            0.5,
            Screen(80, 6),
            3,
        )
        for k in range(3):
            p.stroke([(w * (x + 0.02), h * (y + 0.2)), (w * (x + 0.01 + 0.025 * k), h * (y + 0.24))], 6)
    for k in range(26):
        u = k / 25
        p.stroke(ellipse(w * (0.3 + 0.36 * u), h * (0.7 - 0.16 * u), 13, 10, 10, 170, 8), 2.4)
    frame(p, 3, (6, 2), 4)


BEASTS = [
    Design("beast-stag-hunt", "illustration", "Stag hunt", (1000, 700), stag_hunt),
    Design("beast-hare-hunt", "illustration", "Coursing the hare", (980, 600), hare_hunt),
    Design("beast-lion", "illustration", "Lion", (820, 660), lion_scene),
    Design("beast-fox", "illustration", "The fox and the grapes", (760, 760), crow_and_fox),
    Design("beast-horseman", "illustration", "Knight on horseback before a city", (780, 820), horseman),
    Design("beast-fishes", "illustration", "Six kinds of fish", (900, 720), fishes),
    Design("beast-birds", "illustration", "Birds in a tree", (720, 860), birds_plate),
    Design("beast-snail", "illustration", "Knight and snail", (800, 640), snail),
    Design("beast-dragon", "illustration", "Winged dragon", (860, 680), dragon),
]
