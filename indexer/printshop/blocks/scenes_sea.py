"""Views of the sea: storms, fights, harbours, monsters."""

from __future__ import annotations

import math

import numpy as np

from indexer.printshop.blocks.foliage import frame
from indexer.printshop.blocks.scenery import cloud, hill, house, merlons, rain, ship, sky, waves
from indexer.printshop.blocks.scenes_country import onlooker
from indexer.printshop.burin import Plate, Screen, Volume
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
    for _ in range(24):
        x, y = w * p.rng.uniform(0.25, 0.75), h * p.rng.uniform(0.44, 0.66)
        p.stroke(ellipse(x, y, 20, 14, 20, 160, 10), 2.6)
    onlooker(p, w * 0.52, h * 0.38, 100)
    waves(p, h * 0.68, 4, 44, 0.65)
    ship(p, w * 0.8, h * 0.36, 96)
    frame(p, 3, (5,))
