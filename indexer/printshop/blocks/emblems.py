"""Emblems: a device in a frame with its motto."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

import numpy as np

from indexer.printshop.blocks.design import Design
from indexer.printshop.blocks.foliage import acanthus, frame, garland, leaf
from indexer.printshop.blocks.lettering import banner, inscribe_round
from indexer.printshop.blocks.scenery import box, cloud, grass, hill, sky, tree, waves
from indexer.printshop.burin import Plate, Screen, Volume
from indexer.printshop.curves import ellipse, lobes, place, spiral

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
        horn = spiral(x + side * r * 0.5, y - r * 0.3, r * 0.4, 0.8, 270 if side < 0 else 270, side)
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


def ropes(p: Plate) -> None:
    """A round frame with the motto on it, leaves in the corners."""
    c, r = p.width / 2, p.width / 2 - 12
    for x, y, a in (
        (14, 14, 45),
        (p.width - 14, 14, 135),
        (14, p.height - 14, -45),
        (p.width - 14, p.height - 14, 225),
    ):
        acanthus(p, x, y, p.rng.uniform(90, 140), a + p.rng.uniform(-14, 14), int(p.rng.choice([-1, 1])))
    p.paint(p.area(ellipse(c, c, r, r)), 0.0, None, 7)
    p.stroke(ellipse(c, c, r * 0.95, r * 0.95), 3, taper=0)
    p.stroke(ellipse(c, c, r * 0.78, r * 0.78), 6, taper=0)


def round_emblem(p: Plate, device: Device, motto: str) -> None:
    """Motto around a roundel."""
    inner = np.zeros_like(p.ink)
    c, r = p.width / 2, (p.width / 2 - 12) * 0.77
    device(p, c, c, r * 0.9)
    inner = p.ink.copy()
    p.ink[:] = 0
    ropes(p)
    mask = p.area(ellipse(c, c, r, r))
    p.ink = np.where(mask > 127, inner, p.ink).astype(np.uint8)
    p.stroke(ellipse(c, c, r, r), 5, taper=0)
    radius = (p.width / 2 - 12) * 0.82
    inscribe_round(p, motto, c, c, radius, radius, p.width * 0.034, -90, spaced=3)
    inscribe_round(p, "❧", c, c, radius, radius, p.width * 0.03, 90)


def square_emblem(p: Plate, device: Device, motto: str) -> None:
    """Device in a landscape, motto on a scroll above, in a rich frame."""
    w, h = p.width, p.height
    sky(p, h * 0.7, 0.22, 0.0, 9)
    hill(p, [(-20, h * 0.86), (w * 0.5, h * 0.82), (w + 20, h * 0.87)], 0.5, 10)
    device(p, w / 2, h * 0.55, w * 0.36)
    banner(p, motto, w / 2, h * 0.13, w * 0.028)
    frame(p, 3, (7, 2, 2), 5)


def oval_emblem(p: Plate, device: Device, motto: str) -> None:
    """Oval in a laurel border."""
    w, h = p.width, p.height
    device(p, w / 2, h / 2, min(w, h) * 0.36)
    mask = p.area(ellipse(w / 2, h / 2, w * 0.4, h * 0.4))
    p.ink = np.where(mask > 127, p.ink, 0).astype(np.uint8)
    garland(p, ellipse(w / 2, h / 2, w * 0.45, h * 0.455, 95, 445, 24), p.rng.uniform(36, 52))
    p.stroke(ellipse(w / 2, h / 2, w * 0.4, h * 0.4), 5, taper=0)
    banner(p, motto, w / 2, h * 0.93, w * 0.026)


_ROWS: list[tuple[str, str, Callable[..., None], Device, str]] = [
    ("anchor", "Dolphin and anchor", round_emblem, anchor, "FESTINA LENTE"),
    ("phoenix", "Phoenix in flames", square_emblem, phoenix, "EX FLAMMIS VIVO"),
    ("heart", "Flaming heart with an arrow", oval_emblem, heart, "ARDET NON VRIT"),
    ("balance", "Hand from a cloud with scales", square_emblem, balance, "PONDERE ET MENSVRA"),
    ("oak", "Oak struck by lightning", round_emblem, lightning_oak, "FERIVNT SVMMOS FVLMINA"),
    ("hourglass", "Winged hourglass and skull", oval_emblem, hourglass, "FVGIT HORA"),
    ("serpent", "Serpent and column", square_emblem, column, "PRVDENTIA FIRMAT"),
    ("eye", "Eye of providence over the sea", round_emblem, sun_eye, "OMNIA VIDET"),
    ("tortoise", "Tortoise under sail", oval_emblem, tortoise, "LENTE SED CERTO"),
    ("candle", "Candle and moth", round_emblem, candle, "LVCENDO CONSVMOR"),
    ("hands", "Clasped hands and crown", square_emblem, hands, "CONCORDIA CRESCVNT"),
]
SIZES = {"round_emblem": (620, 620), "square_emblem": (640, 640), "oval_emblem": (600, 720)}
EMBLEMS = [
    Design(f"emblem-{key}", "emblem", words, SIZES[shape.__name__], partial(shape, device=device, motto=motto))
    for key, words, shape, device, motto in _ROWS
]
