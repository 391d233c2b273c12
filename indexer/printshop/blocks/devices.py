"""Devices of emblems: each draws around (x, y) within a radius."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from indexer.printshop.blocks.foliage import leaf
from indexer.printshop.blocks.scenery import box, cloud, grass, tree
from indexer.printshop.burin import Plate, Screen, Volume
from indexer.printshop.curves import ellipse, lobes, place

Device = Callable[[Plate, float, float, float], None]


"""Draws a device around (x, y) within a radius."""


def anchor(p: Plate, x: float, y: float, r: float) -> None:
    """Dolphin around an anchor."""
    p.paint(p.tube([(x, y - r * 0.75), (x, y + r * 0.7)], [r * 0.06, r * 0.07]), Volume(0, 0.8, 12), Screen(0, 5), 3)
    p.paint(
        p.tube(ellipse(x, y + r * 0.2, r * 0.5, r * 0.52, 20, 160, 9), [4, r * 0.1, 4]),
        Volume(0, 0.8, 14),
        Screen(60, 5),
        3,
    )
    p.paint(
        p.tube([(x - r * 0.34, y - r * 0.56), (x + r * 0.34, y - r * 0.56)], [r * 0.05, r * 0.05]),
        0.4,
        Screen(20, 5),
        3,
    )
    p.paint(p.area(ellipse(x, y - r * 0.84, r * 0.1, r * 0.1)), 0, None, 7)
    body = [
        (x + r * 0.5, y - r * 0.66),
        (x + r * 0.1, y - r * 0.3),
        (x - r * 0.34, y - r * 0.06),
        (x + r * 0.1, y + r * 0.2),
        (x + r * 0.36, y + r * 0.4),
        (x - r * 0.1, y + r * 0.52),
    ]
    p.paint(
        p.tube(body, [6, r * 0.1, r * 0.15, r * 0.14, r * 0.17, r * 0.05]),
        Volume(0, 0.8, 24),
        Screen(70, 6, bulge=10),
        3,
    )
    p.paint(
        p.area(
            [
                (x + r * 0.46, y - r * 0.6),
                (x + r * 0.74, y - r * 0.84),
                (x + r * 0.7, y - r * 0.5),
                (x + r * 0.86, y - r * 0.3),
            ]
        ),
        0.5,
        Screen(30, 5),
        3,
    )
    p.fill(p.area(ellipse(x + r * 0.2, y + r * 0.42, 6, 6)))


def phoenix(p: Plate, x: float, y: float, r: float) -> None:
    """Phoenix rising from flames."""
    for k in range(13):
        a = (k - 6) / 6
        flame = [
            (x + a * r * 0.7, y + r * 0.85),
            (x + a * r * 0.86, y + r * 0.4),
            (x + a * r * 0.66, y + r * (0.0 + 0.3 * (k % 2))),
        ]
        p.paint(p.tube(flame, [r * 0.1, r * 0.08, 2]), 0.25, Screen(84, 6), 2.6)
    for side in (-1, 1):
        for k in range(8):
            a = math.radians(-20 - 12 * k)
            tip = (x + side * r * 0.86 * math.cos(a), y + r * 0.1 + r * 0.95 * math.sin(a))
            p.paint(
                p.tube(
                    [
                        (x + side * r * 0.1, y + r * 0.05),
                        ((x + side * r * 0.14 + tip[0]) / 2, (y + tip[1]) / 2 - 12),
                        tip,
                    ],
                    [8, 16, 6],
                ),
                0.35,
                Screen(side * (30 + 8 * k), 5),
                2.4,
            )
    p.paint(
        p.tube([(x, y + r * 0.5), (x, y + r * 0.1), (x + r * 0.06, y - r * 0.34)], [r * 0.14, r * 0.2, r * 0.1]),
        Volume(0, 0.8, 24),
        Screen(10, 6, bulge=8),
        3,
    )
    p.fill(p.area([(x + r * 0.14, y - r * 0.42), (x + r * 0.3, y - r * 0.36), (x + r * 0.12, y - r * 0.3)], False))
    p.fill(p.area(ellipse(x + r * 0.08, y - r * 0.37, 5, 5)))


def heart(p: Plate, x: float, y: float, r: float) -> None:
    """Flaming heart pierced by an arrow."""
    for k in range(9):
        a = (k - 4) / 4
        p.paint(
            p.tube(
                [
                    (x + a * r * 0.3, y - r * 0.2),
                    (x + a * r * 0.46, y - r * 0.6),
                    (x + a * r * 0.24, y - r * (0.95 - 0.15 * abs(a))),
                ],
                [14, 15, 2],
            ),
            0.3,
            Screen(80, 6),
            2.6,
        )
    shape = [
        (0, 0.85),
        (-0.5, 0.36),
        (-0.66, -0.06),
        (-0.42, -0.36),
        (-0.1, -0.26),
        (0, -0.12),
        (0.1, -0.26),
        (0.42, -0.36),
        (0.66, -0.06),
        (0.5, 0.36),
    ]
    p.paint(p.area(place(shape, x, y, r)), Volume(0, 0.85, r * 0.4), Screen(50, 7, bulge=26), 4)
    p.stroke([(x - r * 0.95, y + r * 0.5), (x - r * 0.3, y + r * 0.2)], 8, smooth=False)
    p.stroke([(x + r * 0.46, y - r * 0.16), (x + r * 0.95, y - r * 0.42)], 8, smooth=False)
    p.fill(p.area([(x + r * 0.98, y - r * 0.44), (x + r * 0.76, y - r * 0.46), (x + r * 0.84, y - r * 0.24)], False))
    for k in range(5):
        p.stroke(
            [
                (x - r * (0.94 - 0.06 * k), y + r * (0.5 - 0.03 * k)),
                (x - r * (1.02 - 0.06 * k), y + r * (0.36 - 0.03 * k)),
            ],
            4,
            smooth=False,
        )


def balance(p: Plate, x: float, y: float, r: float) -> None:
    """A hand from a cloud holding scales."""
    cloud(p, x - r * 0.6, y - r * 0.66, r * 0.4, 0.6)
    p.paint(
        p.tube([(x - r * 0.5, y - r * 0.6), (x - r * 0.12, y - r * 0.58)], [r * 0.13, r * 0.09]),
        Volume(0, 0.7, 16),
        Screen(80, 6),
        3,
    )
    p.paint(p.area(lobes(x, y - r * 0.58, r * 0.12, r * 0.1, 5, 0.15, p.rng)), 0.1, Screen(40, 5), 3)
    p.stroke([(x, y - r * 0.5), (x, y + r * 0.1)], 7, smooth=False)
    p.stroke([(x - r * 0.6, y - r * 0.1), (x, y - r * 0.18), (x + r * 0.6, y - r * 0.26)], 10)
    for side, tilt in ((-1, 0.0), (1, -0.16)):
        cx, cy = x + side * r * 0.6, y + r * (0.5 + tilt)
        for dx in (-0.26, 0.26):
            p.stroke([(cx, y - r * 0.18 - side * r * 0.08), (cx + dx * r, cy)], 2.6, smooth=False)
        p.paint(
            p.area([*ellipse(cx, cy, r * 0.3, r * 0.2, 0, 180, 20)], False),
            Volume(0, 0.8, 22),
            Screen(0, 5, bulge=8),
            3,
        )
    p.paint(p.area(ellipse(x - r * 0.6, y + r * 0.44, r * 0.13, r * 0.13)), Volume(0, 0.8, 20), Screen(40, 5), 3)
    leaf(p, x + r * 0.46, y + r * 0.32, r * 0.4, -50)


def lightning_oak(p: Plate, x: float, y: float, r: float) -> None:
    """An oak struck by lightning."""
    cloud(p, x + r * 0.3, y - r * 0.74, r * 0.34, 0.8)
    tree(p, x - r * 0.15, y + r * 0.75, r * 1.4)
    bolt = [
        (x + r * 0.36, y - r * 0.6),
        (x + r * 0.1, y - r * 0.3),
        (x + r * 0.34, y - r * 0.24),
        (x - r * 0.02, y + r * 0.2),
        (x + r * 0.2, y + r * 0.22),
        (x - r * 0.05, y + r * 0.62),
    ]
    p.stroke(bolt, 18, 0, 0.3, smooth=False)
    p.stroke(bolt, 9, 255, 0.6, smooth=False)
    p.stroke([(x - r * 0.86, y + r * 0.76), (x + r * 0.86, y + r * 0.74)], 4)
    for k in range(9):
        grass(p, x + r * (-0.8 + 0.2 * k), y + r * 0.8, 30)


def hourglass(p: Plate, x: float, y: float, r: float) -> None:
    """A winged hourglass over a skull."""
    for side in (-1, 1):
        for k in range(6):
            a = math.radians(-8 - 13 * k)
            root = (x + side * r * 0.25, y - r * 0.25)
            tip = (root[0] + side * r * 0.68 * math.cos(a), root[1] + r * 0.7 * math.sin(a))
            p.paint(
                p.tube([root, ((root[0] + tip[0]) / 2, (root[1] + tip[1]) / 2 - 14), tip], [10, 17, 6]),
                0.35,
                Screen(side * 35, 5),
                2.6,
            )
    glass = [
        (-0.24, -0.62),
        (0.24, -0.62),
        (0.2, -0.32),
        (0.03, -0.16),
        (0.2, 0.0),
        (0.24, 0.3),
        (-0.24, 0.3),
        (-0.2, 0.0),
        (-0.03, -0.16),
        (-0.2, -0.32),
    ]
    p.paint(p.area(place(glass, x, y, r)), Volume(0, 0.5, 40), Screen(80, 7, bulge=10), 3.4)
    p.fill(p.area(place([(-0.2, 0.28), (0, 0.08), (0.2, 0.28)], x, y, r), False))
    for share in (-0.66, 0.34):
        p.paint(p.area(box(x - r * 0.3, y + share * r - 9, r * 0.6, 18), False), 0.6, Screen(60, 5), 3)
    skull(p, x, y + r * 0.7, r * 0.3)


def skull(p: Plate, x: float, y: float, r: float) -> None:
    """A death's head from the front."""
    head = np.maximum(
        p.area(ellipse(x, y - r * 0.2, r * 0.8, r * 0.74)),
        p.area(box(x - r * 0.42, y + r * 0.2, r * 0.84, r * 0.62), False),
    )
    p.paint(head, Volume(0, 0.75, r * 0.5), Screen(60, max(5, r / 16), bulge=r * 0.14), 3.2)
    for side in (-1, 1):
        p.fill(p.area(ellipse(x + side * r * 0.34, y - r * 0.08, r * 0.2, r * 0.19)))
    p.fill(p.area([(x, y + r * 0.1), (x - r * 0.1, y + r * 0.34), (x + r * 0.1, y + r * 0.34)], False))
    for k in range(7):
        p.stroke(
            [(x + (k - 3) * r * 0.11, y + r * 0.48), (x + (k - 3) * r * 0.11, y + r * 0.78)],
            max(2.4, r * 0.03),
            smooth=False,
        )
    p.stroke([(x - r * 0.38, y + r * 0.62), (x + r * 0.38, y + r * 0.62)], max(2.4, r * 0.03), smooth=False)
