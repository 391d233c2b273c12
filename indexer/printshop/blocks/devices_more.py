"""Further devices of emblems."""

from __future__ import annotations

import math

import numpy as np

from indexer.printshop.blocks.scenery import box, waves
from indexer.printshop.burin import Plate, Screen, Volume
from indexer.printshop.curves import ellipse, place, spiral


def column(p: Plate, x: float, y: float, r: float) -> None:
    """A crowned serpent around a column."""
    p.paint(p.area(box(x - r * 0.2, y - r * 0.6, r * 0.4, r * 1.25), False), Volume(0, 0.7, r * 0.2), Screen(90, 7), 3)
    for cy, half in ((-0.68, 0.3), (0.7, 0.34)):
        p.paint(p.area(box(x - half * r, y + (cy - 0.06) * r, 2 * half * r, r * 0.14), False), 0.4, Screen(0, 5), 3)
    for k in range(4):
        cy = y + r * (0.5 - 0.28 * k)
        p.paint(
            p.tube(
                [(x - r * 0.3, cy), (x, cy + r * 0.04), (x + r * 0.3, cy - r * 0.14)], [r * 0.06, r * 0.075, r * 0.06]
            ),
            Volume(0, 0.85, 14),
            Screen(75, 5),
            2.8,
        )
    p.paint(
        p.tube(
            [(x + r * 0.3, y - r * 0.48), (x + r * 0.44, y - r * 0.66), (x + r * 0.62, y - r * 0.6)],
            [r * 0.06, r * 0.07, r * 0.04],
        ),
        Volume(0, 0.8, 14),
        Screen(60, 5),
        2.8,
    )
    p.paint(
        p.area(
            [
                (x + r * 0.36, y - r * 0.74),
                (x + r * 0.32, y - r * 0.94),
                (x + r * 0.42, y - r * 0.84),
                (x + r * 0.48, y - r * 0.98),
                (x + r * 0.53, y - r * 0.84),
                (x + r * 0.63, y - r * 0.92),
                (x + r * 0.58, y - r * 0.72),
            ],
            False,
        ),
        0.2,
        Screen(0, 5),
        3,
    )
    p.fill(p.area(ellipse(x + r * 0.5, y - r * 0.65, 4, 4)))
    p.stroke([(x + r * 0.64, y - r * 0.6), (x + r * 0.76, y - r * 0.62), (x + r * 0.82, y - r * 0.56)], 4)


def sun_eye(p: Plate, x: float, y: float, r: float) -> None:
    """An eye in a triangle sending rays over the sea."""
    waves(p, y + r * 0.4, 4, 18, 0.5)
    for k in range(44):
        a = k * math.pi / 22
        far = (0.95 if k % 2 else 0.72) * r
        p.stroke(
            [
                (x + r * 0.44 * math.cos(a), y - r * 0.2 + r * 0.44 * math.sin(a)),
                (x + far * math.cos(a), y - r * 0.2 + far * math.sin(a)),
            ],
            5,
            smooth=False,
        )
    p.paint(p.area([(x, y - r * 0.74), (x + r * 0.5, y + r * 0.14), (x - r * 0.5, y + r * 0.14)], False), 0.0, None, 7)
    p.paint(
        p.area([(x - r * 0.28, y - r * 0.1), (x, y - r * 0.26), (x + r * 0.28, y - r * 0.1), (x, y + r * 0.04)]),
        0.1,
        Screen(0, 5),
        4,
    )
    p.paint(p.area(ellipse(x, y - r * 0.11, r * 0.12, r * 0.12)), Volume(0.3, 0.95, 20), Screen(50, 4), 3)
    p.fill(p.area(ellipse(x, y - r * 0.11, r * 0.05, r * 0.05)))


def tortoise(p: Plate, x: float, y: float, r: float) -> None:
    """A tortoise under sail."""
    for dx, dy in ((-0.5, 0.46), (0.4, 0.46), (-0.3, 0.5), (0.56, 0.4)):
        p.paint(
            p.tube([(x + dx * r * 0.8, y + 0.26 * r), (x + dx * r * 1.1, y + dy * r)], [r * 0.1, r * 0.08]),
            0.4,
            Screen(70, 5),
            3,
        )
    p.paint(
        p.tube([(x + r * 0.5, y + r * 0.2), (x + r * 0.84, y + r * 0.06)], [r * 0.1, r * 0.1]),
        Volume(0, 0.6, 18),
        Screen(60, 5),
        3,
    )
    p.fill(p.area(ellipse(x + r * 0.87, y + r * 0.03, 4, 4)))
    p.paint(
        p.area([*ellipse(x, y + r * 0.3, r * 0.66, r * 0.46, 180, 360, 24)], False),
        Volume(0, 0.6, 60),
        Screen(30, 7, bulge=20),
        4,
    )
    for k in range(-2, 3):
        p.stroke(
            [(x + k * r * 0.26, y + r * 0.28), (x + k * r * 0.2, y + r * 0.06), (x + k * r * 0.12, y - r * 0.12)], 4
        )
    p.stroke(ellipse(x, y + r * 0.3, r * 0.5, r * 0.26, 180, 360, 20), 4)
    p.stroke([(x, y - r * 0.14), (x, y - r * 0.95)], 8, smooth=False)
    p.paint(
        p.area(
            [
                (x - r * 0.3, y - r * 0.86),
                (x + r * 0.34, y - r * 0.82),
                (x + r * 0.46, y - r * 0.5),
                (x + r * 0.36, y - r * 0.24),
                (x - r * 0.3, y - r * 0.26),
                (x - r * 0.18, y - r * 0.55),
            ]
        ),
        Volume(0, 0.6, 40),
        Screen(84, 7, bulge=18),
        3.4,
    )


def candle(p: Plate, x: float, y: float, r: float) -> None:
    """A candle in the dark, and a moth."""
    p.paint(
        p.area(ellipse(x, y, r * 0.98, r * 0.98)),
        lambda u, v: np.clip(np.hypot(u - x, v - y + r * 0.4) / (r * 1.1), 0.05, 0.85),
        Screen(0, 7, phase=lambda u, v: np.hypot(u - x, v - y + r * 0.4)),
        0,
    )
    p.paint(
        p.area(box(x - r * 0.12, y - r * 0.16, r * 0.24, r * 0.8), False), Volume(0, 0.6, r * 0.12), Screen(90, 6), 3
    )
    p.paint(
        p.area(
            [
                (x - r * 0.4, y + r * 0.62),
                (x + r * 0.4, y + r * 0.62),
                (x + r * 0.5, y + r * 0.8),
                (x - r * 0.5, y + r * 0.8),
            ]
        ),
        0.4,
        Screen(0, 5),
        3,
    )
    p.paint(
        p.area([(x, y - r * 0.68), (x + r * 0.11, y - r * 0.38), (x, y - r * 0.18), (x - r * 0.11, y - r * 0.38)]),
        0.0,
        None,
        3,
    )
    for side in (-1, 1):
        p.paint(
            p.area(
                [
                    (x + r * 0.4, y - r * 0.4),
                    (x + r * (0.4 + side * 0.16), y - r * 0.56),
                    (x + r * (0.4 + side * 0.2), y - r * 0.34),
                ]
            ),
            0.3,
            Screen(30, 5),
            2.6,
        )
    p.stroke([(x + r * 0.4, y - r * 0.5), (x + r * 0.4, y - r * 0.3)], 8)


def hands(p: Plate, x: float, y: float, r: float) -> None:
    """Two clasped hands under a crown, with cornucopias."""
    for side in (-1, 1):
        p.paint(
            p.tube([(x + side * r * 0.9, y + r * 0.3), (x + side * r * 0.5, y + r * 0.26)], [r * 0.2, r * 0.17]),
            0.5,
            Screen(80, 6),
            3,
        )
        p.paint(
            p.tube([(x + side * r * 0.52, y + r * 0.26), (x + side * r * 0.1, y + r * 0.2)], [r * 0.12, r * 0.13]),
            Volume(0, 0.6, 20),
            Screen(70, 6),
            3,
        )
        horn = spiral(x + side * r * 0.5, y - r * 0.3, r * 0.4, 0.8, 270, side)
        p.paint(
            p.tube(horn[:40:6], [r * 0.15, r * 0.11, r * 0.08, r * 0.06, r * 0.04, 3]),
            Volume(0, 0.7, 20),
            Screen(45, 6, bulge=8),
            3,
        )
    for k in range(4):
        p.paint(
            p.tube(
                [(x - r * 0.14 + k * r * 0.07, y + r * 0.1), (x - r * 0.05 + k * r * 0.07, y + r * 0.33)],
                [r * 0.04, r * 0.035],
            ),
            0.1,
            Screen(0, 5),
            2.8,
        )
    crown = [(-0.3, 0), (-0.36, -0.34), (-0.18, -0.16), (0, -0.4), (0.18, -0.16), (0.36, -0.34), (0.3, 0)]
    p.paint(p.area(place(crown, x, y - r * 0.42, r), False), 0.3, Screen(0, 6), 3.6)
    for k in range(5):
        p.fill(p.area(ellipse(x + (k - 2) * r * 0.12, y - r * 0.46, 6, 6)))
