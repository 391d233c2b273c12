"""Machines, furnaces, and a skeleton."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np

from indexer.printshop.blocks.devices import skull
from indexer.printshop.blocks.figures import man
from indexer.printshop.blocks.foliage import frame
from indexer.printshop.blocks.lettering import label_line
from indexer.printshop.blocks.scenery import box, house, sky, tree
from indexer.printshop.burin import Field, Plate, Screen, Volume
from indexer.printshop.curves import ellipse


def rings(x: float, y: float) -> Field:
    """The line field of circles around a point."""
    return lambda u, v: np.asarray(np.hypot(u - x, v - y))


def trunk(p: Plate, x: float, top: float, s: float) -> None:
    """Spine, ribs and pelvis of a skeleton `s` px tall."""
    for k in range(14):
        y = top + s * (0.16 + 0.024 * k)
        p.paint(p.area(ellipse(x, y, 13, 9)), 0.2, Screen(0, 4), 2.6)
    for k in range(7):
        y, half = top + s * (0.19 + 0.032 * k), s * (0.075 + 0.012 * min(k, 4))
        for side in (-1, 1):
            p.stroke([(x, y), (x + side * half, y + 10), (x + side * half * 0.9, y + 26), (x + side * 10, y + 22)], 9)
            p.stroke(
                [(x, y), (x + side * half, y + 10), (x + side * half * 0.9, y + 26), (x + side * 10, y + 22)], 4, 0
            )
    p.paint(
        p.area(
            [
                (x - s * 0.1, top + s * 0.46),
                (x, top + s * 0.5),
                (x + s * 0.1, top + s * 0.46),
                (x + s * 0.07, top + s * 0.56),
                (x, top + s * 0.54),
                (x - s * 0.07, top + s * 0.56),
            ]
        ),
        Volume(0, 0.7, 20),
        Screen(60, 5),
        3,
    )


def bones(p: Plate) -> None:
    """A skeleton leaning on a spade before a town."""
    w, h = p.width, p.height
    sky(p, h * 0.75, 0.22, 0.0, 9)
    for k in range(4):
        house(p, w * (0.08 + 0.22 * k), h * 0.82, 66, 44, 0.6)
    tree(p, w * 0.12, h * 0.9, 170)
    x, top, s = w / 2, h * 0.1, h * 0.8
    trunk(p, x, top, s)
    chains = (
        ((0.1, 0.2), (0.16, 0.36), (0.26, 0.46)),
        ((-0.1, 0.2), (-0.2, 0.34), (-0.1, 0.42)),
        ((0.06, 0.55), (0.09, 0.76), (0.07, 0.96)),
        ((-0.06, 0.55), (-0.1, 0.76), (-0.13, 0.96)),
    )
    for chain in chains:
        for a, b in pairwise(chain):
            p.paint(
                p.tube(
                    [
                        (x + a[0] * s, top + a[1] * s),
                        (x + (a[0] + b[0]) / 2 * s, top + (a[1] + b[1]) / 2 * s),
                        (x + b[0] * s, top + b[1] * s),
                    ],
                    [15, 7, 15],
                ),
                Volume(0, 0.75, 12),
                Screen(80, 5),
                2.8,
            )
        for k in range(5):
            e = chain[-1]
            p.stroke([(x + e[0] * s, top + e[1] * s), (x + e[0] * s + (k - 1) * 10, top + e[1] * s + 30)], 5)
    skull(p, x, top + s * 0.08, s * 0.08)
    p.stroke([(x + s * 0.27, top + s * 0.4), (x + s * 0.3, top + s * 0.98)], 9, smooth=False)
    p.paint(p.area(box(x + s * 0.26, top + s * 0.94, s * 0.09, s * 0.1), False), 0.6, Screen(30, 5), 3)
    frame(p, 3, (5, 2), 5)


def press(p: Plate) -> None:
    """Printers at the common press."""
    w, h = p.width, p.height
    p.paint(p.area(box(0, 0, w, h * 0.82), False), 0.2, Screen(90, 11), 0)
    for k in range(9):
        p.stroke([(w * (k - 0.5) / 8 * 1.3 - w * 0.1, h), (w * 0.1 + w * 0.8 * k / 8, h * 0.82)], 3, smooth=False)
    p.stroke([(0, h * 0.82), (w, h * 0.82)], 4, smooth=False)
    for x in (0.34, 0.62):
        p.paint(
            p.area(box(w * x, h * 0.1, w * 0.06, h * 0.8), False), Volume(0, 0.7, 20), Screen(90, 7, wave=(2, 60)), 3.4
        )
    for y, t in ((0.08, 0.09), (0.3, 0.06), (0.62, 0.08)):
        p.paint(p.area(box(w * 0.3, h * y, w * 0.42, h * t), False), 0.4, Screen(0, 7, wave=(2, 90)), 3.4)
    p.paint(p.area(box(w * 0.475, h * 0.34, w * 0.07, h * 0.16), False), Volume(0, 0.8, 20), Screen(24, 6), 3)
    p.stroke([(w * 0.51, h * 0.42), (w * 0.76, h * 0.46)], 11, smooth=False, taper=0.2)
    p.paint(p.area(box(w * 0.4, h * 0.5, w * 0.22, h * 0.05), False), 0.7, Screen(0, 5), 3.4)
    p.paint(p.area(box(w * 0.16, h * 0.58, w * 0.56, h * 0.05), False), 0.2, Screen(0, 6), 3.2)
    p.paint(
        p.area([(w * 0.18, h * 0.58), (w * 0.06, h * 0.4), (w * 0.1, h * 0.36), (w * 0.24, h * 0.56)], False),
        0.1,
        Screen(60, 7),
        3,
    )
    for k in range(5):
        p.stroke(
            [(w * (0.1 + 0.02 * k), h * (0.42 + 0.034 * k)), (w * (0.13 + 0.02 * k), h * (0.4 + 0.034 * k))],
            3,
            smooth=False,
        )
    man(p, w * 0.84, h * 0.93, h * 0.62, flip=True, pose=0.2)
    man(p, w * 0.2, h * 0.95, h * 0.58, pose=0.25, dark=0.9)
    for x in (0.25, 0.3):
        p.paint(p.area(ellipse(w * x, h * 0.52, 26, 30)), Volume(0.2, 0.95, 20), Screen(40, 5), 3)
    for k in range(6):
        p.paint(p.area(box(w * (0.04 + 0.16 * k), h * 0.03, w * 0.1, h * 0.13), False), 0.0, None, 2.4)
        for s in range(5):
            p.stroke(
                [(w * (0.05 + 0.16 * k), h * (0.05 + 0.02 * s)), (w * (0.13 + 0.16 * k), h * (0.05 + 0.02 * s))],
                2.2,
                smooth=False,
            )
    frame(p, 3, (6, 2), 5)


def mill_gear(p: Plate) -> None:
    """A water-wheel driving a pump, with letters."""
    w, h = p.width, p.height
    for x, y, r, teeth in ((0.3, 0.56, 0.26, 16), (0.68, 0.5, 0.13, 12)):
        cx, cy, rr = w * x, h * y, w * r
        p.paint(
            p.area(ellipse(cx, cy, rr, rr)),
            0.3,
            Screen(0, 7, phase=rings(cx, cy)),
            4,
        )
        p.fill(p.area(ellipse(cx, cy, rr * 0.8, rr * 0.8)), 0)
        p.stroke(ellipse(cx, cy, rr * 0.8, rr * 0.8), 4, taper=0)
        for k in range(teeth):
            a = 2 * math.pi * k / teeth
            p.paint(
                p.tube(
                    [
                        (cx + rr * 0.96 * math.cos(a), cy + rr * 0.96 * math.sin(a)),
                        (cx + rr * 1.14 * math.cos(a), cy + rr * 1.14 * math.sin(a)),
                    ],
                    [9, 7],
                ),
                0.6,
                Screen(45, 4),
                2.6,
            )
        for k in range(6):
            a = math.pi * k / 3 + 0.2
            p.paint(
                p.tube([(cx, cy), (cx + rr * 0.82 * math.cos(a), cy + rr * 0.82 * math.sin(a))], [10, 9]),
                0.35,
                Screen(math.degrees(a), 5),
                2.6,
            )
        p.paint(p.area(ellipse(cx, cy, 24, 24)), Volume(0, 0.85, 20), Screen(40, 5), 3)
    p.paint(p.area(box(w * 0.84, h * 0.4, w * 0.09, h * 0.5), False), Volume(0, 0.8, 30), Screen(90, 7), 3.4)
    p.stroke(
        [(w * 0.68, h * 0.5), (w * 0.78, h * 0.2), (w * 0.88, h * 0.3), (w * 0.88, h * 0.44)],
        10,
        smooth=False,
        taper=0.1,
    )
    for y in (0.34, 0.9):
        p.paint(p.area(box(w * 0.03, h * y, w * 0.94, h * 0.045), False), 0.35, Screen(0, 6, wave=(2, 70)), 3)
    for k in range(7):
        p.stroke(
            [(w * 0.02, h * (0.84 + 0.008 * k)), (w * 0.2, h * (0.83 + 0.008 * k)), (w * 0.5, h * (0.85 + 0.008 * k))],
            2.6,
        )
    p.paint(
        p.tube([(w * 0.02, h * 0.22), (w * 0.18, h * 0.24), (w * 0.24, h * 0.36)], [16, 18, 12]), 0.3, Screen(10, 6), 3
    )
    for k, (x, y) in enumerate(((0.2, 0.44), (0.44, 0.44), (0.7, 0.36), (0.9, 0.36), (0.3, 0.8))):
        label_line(p, "ABCDE"[k], (w * x, h * y), (w * x + 34, h * y - 78))
    frame(p, 3, (4,))


def furnace(p: Plate) -> None:
    """A brick furnace with two mouths, fire in the lower."""
    w, h = p.width, p.height
    p.paint(
        p.area([(w * 0.1, h * 0.94), (w * 0.13, h * 0.52), (w * 0.5, h * 0.52), (w * 0.53, h * 0.94)], False),
        Volume(0, 0.75, 90),
        Screen(0, 8, bulge=14),
        3.6,
    )
    for row in range(9):
        for k in range(7):
            x = w * (0.12 + 0.058 * k) + (row % 2) * 14
            p.stroke([(x, h * (0.56 + 0.042 * row)), (x, h * (0.6 + 0.042 * row))], 2.2, smooth=False)
    for x, y in ((0.25, 0.9), (0.31, 0.72)):
        p.fill(
            p.area(
                [*ellipse(w * x + 18, h * y - 40, 48, 44, 180, 360, 20), (w * x + 66, h * y), (w * x - 30, h * y)],
                False,
            )
        )
    for k in range(5):
        p.stroke([(w * 0.24 + 14 * k, h * 0.9), (w * 0.235 + 16 * k, h * 0.86), (w * 0.25 + 12 * k, h * 0.84)], 6, 0)


def alembic(p: Plate) -> None:
    """A furnace with alembic and receiver."""
    w, h = p.width, p.height
    furnace(p)
    p.paint(
        p.area(
            [
                (w * 0.31, h * 0.5),
                (w * 0.2, h * 0.42),
                (w * 0.27, h * 0.26),
                (w * 0.28, h * 0.2),
                (w * 0.35, h * 0.2),
                (w * 0.36, h * 0.26),
                (w * 0.43, h * 0.42),
            ]
        ),
        Volume(0, 0.6, 60),
        Screen(80, 7, bulge=22),
        3.4,
    )
    p.paint(p.area(ellipse(w * 0.315, h * 0.15, 70, 62)), Volume(0, 0.75, 50), Screen(70, 6, bulge=18), 3.4)
    p.paint(
        p.tube([(w * 0.37, h * 0.15), (w * 0.55, h * 0.26), (w * 0.72, h * 0.5)], [16, 12, 9]),
        Volume(0, 0.6, 12),
        Screen(-50, 5),
        3,
    )
    p.paint(p.area(ellipse(w * 0.76, h * 0.66, 92, 92)), Volume(0, 0.6, 80), Screen(30, 7, bulge=30), 3.4)
    p.paint(p.tube([(w * 0.72, h * 0.48), (w * 0.745, h * 0.58)], [22, 20]), 0.2, Screen(0, 5), 3)
    p.paint(
        p.area([(w * 0.64, h * 0.82), (w * 0.88, h * 0.82), (w * 0.92, h * 0.94), (w * 0.6, h * 0.94)], False),
        0.5,
        Screen(0, 6),
        3.4,
    )
    for k in range(4):
        p.fill(
            p.area(
                [
                    (w * 0.75, h * (0.56 + 0.04 * k)),
                    (w * 0.756, h * (0.58 + 0.04 * k)),
                    (w * 0.744, h * (0.58 + 0.04 * k)),
                ]
            )
        )
    for k, (x, y) in enumerate(((0.3, 0.3), (0.58, 0.3), (0.78, 0.62))):
        label_line(p, "ABC"[k], (w * x, h * y), (w * x + 110, h * y - 60))
