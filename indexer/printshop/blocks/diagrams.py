"""Figures of learned books: spheres, instruments, machines, anatomy, and portraits of their authors."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial

import numpy as np

from indexer.core.types import Array
from indexer.printshop.blocks.design import Design
from indexer.printshop.blocks.emblems import skull
from indexer.printshop.blocks.figures import man
from indexer.printshop.blocks.foliage import acanthus, frame
from indexer.printshop.blocks.lettering import inscribe, inscribe_round, label_line, note
from indexer.printshop.blocks.scenery import box, house, sky, tree
from indexer.printshop.burin import Plate, Screen, Volume
from indexer.printshop.curves import ellipse, place, rough

SIGNS = (
    "ARIES",
    "TAVRVS",
    "GEMINI",
    "CANCER",
    "LEO",
    "VIRGO",
    "LIBRA",
    "SCORPIVS",
    "ARCITEN",
    "CAPER",
    "AMPHORA",
    "PISCES",
)


def star(p: Plate, x: float, y: float, r: float, points: int = 6, value: int = 255) -> None:
    """A solid star."""
    a = np.arange(points * 2) * math.pi / points - math.pi / 2
    q = np.where(np.arange(points * 2) % 2 == 0, r, r * 0.42)
    p.fill(p.area(np.stack([x + q * np.cos(a), y + q * np.sin(a)], axis=1), False), value)


def ptolemy(p: Plate) -> None:
    """The spheres of the heavens around the four elements."""
    c = p.width / 2
    p.paint(p.area(ellipse(c, c, c - 14, c - 14)), 0.0, None, 7)
    for _ in range(90):
        a, q = p.rng.uniform(0, 6.3), p.rng.uniform(0.86, 0.95) * (c - 14)
        star(p, c + q * math.cos(a), c + q * math.sin(a), p.rng.uniform(5, 9), 5)
    names = ("STELLATVM", "SATVRNI", "IOVIS", "MARTIS", "SOLIS", "VENERIS", "MERCVRII", "LVNAE")
    for k, name in enumerate(names):
        r = (c - 14) * (0.82 - 0.075 * k)
        p.stroke(ellipse(c, c, r, r), 3.4 if k % 2 else 2.2, taper=0)
        inscribe_round(p, f"COELVM {name}", c, c, r - 27, r - 27, 10.5, -90 + 47 * k, spaced=3)
        a = math.radians(40 + 77 * k)
        p.paint(
            p.area(ellipse(c + (r - 20) * math.cos(a), c + (r - 20) * math.sin(a), 14, 14)),
            Volume(0, 0.85, 14),
            Screen(40, 4),
            2.6,
        )
    p.paint(p.area(ellipse(c, c, 92, 92)), 0.7, Screen(0, 6, phase=lambda x, y: np.hypot(x - c, y - c)), 3)
    p.paint(p.area(ellipse(c, c, 62, 62)), 0.35, Screen(0, 6, wave=(4, 30)), 3)
    p.paint(p.area(ellipse(c, c + 8, 40, 34)), Volume(0, 0.8, 30), Screen(60, 5), 3)


def armillary(p: Plate) -> None:
    """An armillary sphere on its foot."""
    w, h = p.width, p.height
    x, y, r = w / 2, h * 0.42, w * 0.38
    for tilt, ry in ((24, 0.26), (-30, 0.5), (66, 0.2)):
        ring = place(ellipse(0, 0, r, r * ry, 180, 360), x, y, 1, tilt)
        p.stroke(ring, 20, taper=0)
        p.stroke(ring, 14, 0, taper=0)
    p.paint(p.area(ellipse(x, y, r * 0.16, r * 0.16)), Volume(0, 0.85, 40), Screen(30, 5, bulge=12), 3)
    p.stroke([(x - r * 0.5, y + r * 1.06), (x + r * 0.5, y - r * 1.06)], 8, smooth=False)
    for tilt, ry in ((24, 0.26), (-30, 0.5), (66, 0.2)):
        ring = place(ellipse(0, 0, r, r * ry, 0, 180), x, y, 1, tilt)
        p.stroke(ring, 26, taper=0)
        p.stroke(ring, 19, 0, taper=0)
        p.ticks(ring, -8, 2, 11)
    for q in (1.0, 1.08):
        p.stroke(ellipse(x, y, r * q, r * q), 5, taper=0)
    p.ticks(ellipse(x, y, r * 1.08, r * 1.08, n=120), r * 0.08, 2, 12)
    foot = [
        (-0.06, 0),
        (-0.05, 0.22),
        (-0.14, 0.3),
        (-0.05, 0.4),
        (-0.08, 0.56),
        (-0.36, 0.72),
        (0.36, 0.72),
        (0.08, 0.56),
        (0.05, 0.4),
        (0.14, 0.3),
        (0.05, 0.22),
        (0.06, 0),
    ]
    p.paint(p.area(place(foot, x, y + r * 1.08, r * 0.95)), Volume(0, 0.85, 30), Screen(0, 6, bulge=-8), 3.2)


def eclipse(p: Plate) -> None:
    """How the moon is darkened: sun, earth, moon, and their shadows."""
    w, h = p.width, p.height
    sun, earth, moon = (w * 0.14, h / 2, 92.0), (w * 0.56, h / 2, 50.0), (w * 0.84, h * 0.5, 24.0)
    for side in (-1, 1):
        p.stroke([(sun[0], sun[1] + side * sun[2]), (w * 0.97, h / 2)], 2.6, taper=0, smooth=False)
        p.stroke([(sun[0], sun[1] - side * sun[2]), (w * 0.97, h / 2 + side * h * 0.34)], 2.2, taper=0, smooth=False)
    umbra = [(earth[0], earth[1] - earth[2]), (w * 0.97, h / 2), (earth[0], earth[1] + earth[2])]
    p.paint(p.area(umbra, False), 0.8, Screen(0, 6, cross=0.5), 2)
    p.stroke(ellipse(earth[0], earth[1], w * 0.28, h * 0.42), 2.4, taper=0)
    for k in range(32):
        a = k * math.pi / 16
        far = sun[2] + (46 if k % 2 else 30)
        p.stroke(
            [
                (sun[0] + (sun[2] + 6) * math.cos(a), sun[1] + (sun[2] + 6) * math.sin(a)),
                (sun[0] + far * math.cos(a), sun[1] + far * math.sin(a)),
            ],
            5,
            smooth=False,
        )
    for x, y, r in (sun, earth, moon):
        p.paint(p.area(ellipse(x, y, r, r)), Volume(0, 0.75, r), Screen(40, 6, bulge=r * 0.3), 3.4)
    for side in (-1, 1):
        p.fill(p.area(ellipse(sun[0] + side * 30, sun[1] - 18, 9, 6)))
    p.stroke([(sun[0] - 26, sun[1] + 34), (sun[0], sun[1] + 46), (sun[0] + 26, sun[1] + 34)], 6)
    p.stroke([(sun[0], sun[1] - 10), (sun[0] - 8, sun[1] + 16), (sun[0] + 4, sun[1] + 18)], 4)
    for letter, at in (("A", sun), ("B", earth), ("C", moon)):
        label_line(p, letter, (at[0], at[1] - at[2]), (at[0] + 20, at[1] - at[2] - 64))
    inscribe(p, "VMBRA TERRAE", w * 0.72, h * 0.9, 15, spaced=3)
    frame(p, 3, (4,))


def volvelle(p: Plate) -> None:
    """A calendar wheel with the signs and the phases of the moon."""
    c = p.width / 2
    for r, width in ((0.97, 7), (0.84, 3), (0.7, 3), (0.5, 4), (0.3, 4)):
        p.stroke(ellipse(c, c, c * r, c * r), width, taper=0)
    for k in range(12):
        a = k * math.pi / 6
        p.stroke(
            [
                (c + c * 0.5 * math.cos(a), c + c * 0.5 * math.sin(a)),
                (c + c * 0.97 * math.cos(a), c + c * 0.97 * math.sin(a)),
            ],
            2.6,
            smooth=False,
            taper=0,
        )
        inscribe_round(p, SIGNS[k], c, c, c * 0.74, c * 0.74, 11.5, math.degrees(a) + 15, spaced=2)
        mid = a + math.pi / 12
        x, y = c + c * 0.6 * math.cos(mid), c + c * 0.6 * math.sin(mid)
        p.paint(p.area(ellipse(x, y, 30, 30)), 0.85, Screen(45, 5, cross=0.4), 3)
        p.fill(p.area(ellipse(x + (k - 6) * 7, y, 26, 28)), 0)
        p.stroke(ellipse(x, y, 30, 30), 3, taper=0)
    p.ticks(ellipse(c, c, c * 0.84, c * 0.84, n=180), c * -0.05, 2.2, c * 0.84 * 2 * math.pi / 120)
    for k in range(28):
        a = k * 2 * math.pi / 28
        inscribe(
            p, str(k + 1), c + c * 0.905 * math.cos(a), c + c * 0.905 * math.sin(a), 10, degrees=math.degrees(a) + 90
        )
    p.paint(p.area(ellipse(c, c, c * 0.24, c * 0.24)), Volume(0, 0.6, 60), Screen(50, 6, bulge=18), 3)
    for k in range(16):
        a = k * math.pi / 8
        p.paint(
            p.area(
                [
                    (c + c * 0.24 * math.cos(a - 0.14), c + c * 0.24 * math.sin(a - 0.14)),
                    (c + c * 0.45 * math.cos(a), c + c * 0.45 * math.sin(a)),
                    (c + c * 0.24 * math.cos(a + 0.14), c + c * 0.24 * math.sin(a + 0.14)),
                ],
                False,
            ),
            0.5 * (k % 2),
            Screen(70, 5),
            2.6,
        )


def eye(p: Plate) -> None:
    """The eye in section, with letters."""
    w, h = p.width, p.height
    x, y, r = w * 0.48, h * 0.5, h * 0.36
    for q, tone in ((1.0, 0.65), (0.9, 0.0), (0.84, 0.4), (0.76, 0.0)):
        p.paint(p.area(ellipse(x, y, r * q, r * q)), tone, Screen(0, 6, phase=lambda u, v: np.hypot(u - x, v - y)), 3)
    p.paint(p.area(ellipse(x - r * 0.82, y, r * 0.42, r * 0.5)), 0.08, Screen(90, 7, bulge=10), 3)
    p.paint(p.area(ellipse(x - r * 0.5, y, r * 0.2, r * 0.38)), Volume(0.1, 0.85, 40), Screen(0, 5, bulge=12), 3.4)
    for side in (-1, 1):
        p.paint(
            p.tube([(x - r * 0.72, y + side * r * 0.68), (x - r * 0.66, y + side * r * 0.2)], [14, 6]),
            0.7,
            Screen(80, 5),
            2.6,
        )
        p.paint(
            p.tube(
                [
                    (x + r * 0.1, y + side * r * 0.98),
                    (x + r * 0.8, y + side * r * 0.86),
                    (x + r * 1.3, y + side * r * 0.5),
                ],
                [20, 34, 24],
            ),
            Volume(0, 0.8, 26),
            Screen(10, 6),
            3,
        )
    p.paint(
        p.tube([(x + r * 0.94, y + 10), (x + r * 1.5, y + 40), (w + 20, y + 60)], [36, 30, 34]),
        Volume(0, 0.8, 30),
        Screen(16, 6, wave=(3, 40)),
        3,
    )
    for k in range(7):
        p.stroke(
            [(12, y - 120 + 40 * k), (x - r * 0.5, y + (k - 3) * 14), (x + r * 0.74, y - (k - 3) * 26)],
            1.8,
            taper=0,
            smooth=False,
        )
    for k, (tx, ty) in enumerate(((-0.9, -0.9), (-0.3, -1.26), (0.4, -1.22), (0.3, 1.24), (-0.6, 1.2), (1.3, -0.3))):
        label_line(p, "ABCDEF"[k], (x + tx * r * 0.66, y + ty * r * 0.66), (x + tx * r * 1.06, y + ty * r * 1.08))


def bones(p: Plate) -> None:
    """A skeleton leaning on a spade before a town."""
    w, h = p.width, p.height
    sky(p, h * 0.75, 0.22, 0.0, 9)
    for k in range(4):
        house(p, w * (0.08 + 0.22 * k), h * 0.82, 66, 44, 0.6)
    tree(p, w * 0.12, h * 0.9, 170)
    x, top, s = w / 2, h * 0.1, h * 0.8
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
    chains = (
        ((0.1, 0.2), (0.16, 0.36), (0.26, 0.46)),
        ((-0.1, 0.2), (-0.2, 0.34), (-0.1, 0.42)),
        ((0.06, 0.55), (0.09, 0.76), (0.07, 0.96)),
        ((-0.06, 0.55), (-0.1, 0.76), (-0.13, 0.96)),
    )
    for chain in chains:
        for a, b in zip(chain[:-1], chain[1:], strict=True):
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
            Screen(0, 7, phase=lambda u, v, cx=cx, cy=cy: np.hypot(u - cx, v - cy)),
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


def alembic(p: Plate) -> None:
    """A furnace with alembic and receiver."""
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


def portrait(p: Plate, name: str, beard: float, hat: str, collar: str, age: float, nose: float, flip: bool) -> None:
    """An author in profile in an oval, with his name around it."""
    w, h = p.width, p.height
    x, y = w / 2, h / 2
    p.paint(
        p.area(ellipse(x, y, w * 0.36, h * 0.37)),
        lambda u, v: np.clip(0.7 - (u / w) * 0.6, 0.1, 0.8),
        Screen(p.rng.uniform(-24, 24), p.rng.uniform(6, 8), cross=0.5),
        0,
    )
    s, dx, lean, hatch = (
        w * p.rng.uniform(0.27, 0.32),
        p.rng.uniform(-14, 22),
        p.rng.uniform(-7, 7),
        p.rng.uniform(-30, 30),
    )

    def at(points: object) -> Array:
        return place(rough(np.asarray(points, np.float64), 0.012, p.rng), x + dx, y - s * 0.1, s, lean, flip)

    bust = [(-0.26, 0.5), (-0.9, 0.9), (-1.2, 1.5), (1.2, 1.5), (0.9, 0.95), (0.2, 0.52)]
    p.paint(p.area(at(bust)), Volume(0.1, 0.95, 70), Screen(70 + hatch, 7, bulge=26), 4)
    for k in range(int(p.rng.integers(3, 8))):
        spot = at([(0.02 + 0.02 * k, 0.8 + 0.13 * k)])[0]
        p.paint(p.area(ellipse(spot[0], spot[1], 7, 7)), 0.0, None, 2.6)
    head = [
        (-0.2, 0.62),
        (-0.34, 0.3),
        (-0.54, 0.1),
        (-0.6, -0.3),
        (-0.4, -0.72),
        (0.02, -0.84),
        (0.36, -0.66),
        (0.44, -0.36),
        (0.46, -0.22),
        (0.5 + nose, 0.06),
        (0.46 + nose * 0.6, 0.12),
        (0.45, 0.16),
        (0.48, 0.24),
        (0.44, 0.29),
        (0.47, 0.34),
        (0.4, 0.42),
        (0.42, 0.54),
        (0.3, 0.62),
        (0.1, 0.5),
        (0.16, 0.7),
    ]
    p.paint(p.area(at(head)), Volume(0.0, 0.62, 60), Screen(58 + hatch, 6, bulge=16), 3.4)
    p.stroke(at([(0.22, -0.22), (0.34, -0.29), (0.44, -0.24)]), 7)
    p.stroke(at([(0.24, -0.13), (0.33, -0.18), (0.41, -0.13)]), 4.4)
    pupil = at([(0.35, -0.13)])[0]
    p.fill(p.area(ellipse(pupil[0], pupil[1], 7, 8)))
    p.stroke(at([(0.42, 0.08), (0.38, 0.05), (0.36, 0.11)]), 3.4)
    p.stroke(at([(0.3, 0.27), (0.38, 0.275), (0.46, 0.27)]), 4)
    p.stroke(at([(-0.14, -0.18), (-0.04, -0.14), (-0.06, 0.06), (-0.14, 0.1)]), 5)
    for k in range(round(age * 8)):
        p.stroke(at([(0.12 + 0.03 * (k % 3), -0.4 + 0.045 * k), (0.3, -0.42 + 0.045 * k)]), 2.2)
    hair = [(-0.1, -0.5), (-0.3, -0.3), (-0.5, 0.1)]
    for k in range(16):
        u = k / 15
        root = at([(np.interp(u, [0, 0.5, 1], [q[0] for q in hair]), np.interp(u, [0, 0.5, 1], [q[1] for q in hair]))])[
            0
        ]
        end = root + np.array([(-1 if not flip else 1) * p.rng.uniform(10, 26), p.rng.uniform(36, 66)])
        p.stroke([root, (root + end) / 2 + (p.rng.normal(0, 7), 0), end], 5)
    for k in range(round(beard * 44)):
        root = at([(p.rng.uniform(0.02, 0.44), p.rng.uniform(0.3, 0.52))])[0]
        end = root + np.array([p.rng.normal(0, 12), beard * s * p.rng.uniform(0.35, 0.8)])
        p.stroke([root, (root + end) / 2 + (p.rng.normal(0, 8), 0), end], 4.4)
    headgear(p, at, hat)
    neckwear(p, at, collar)
    outside = p.area(ellipse(x, y, w * 0.36, h * 0.37))
    p.ink = np.where(outside > 127, p.ink, 0).astype(np.uint8)
    for q, width in ((0.36, 5), (0.385, 2), (0.47, 6)):
        p.stroke(ellipse(x, y, w * q, h * (q + 0.01)), width, taper=0)
    inscribe_round(p, name, x, y, w * 0.405, h * 0.415, w * 0.027, -90, spaced=4)
    inscribe_round(p, f"AET. SVAE {round(30 + age * 45)}", x, y, w * 0.405, h * 0.415, w * 0.024, 90, spaced=3)
    for cx, cy, a in ((10, 10, 45), (w - 10, 10, 135), (10, h - 10, -45), (w - 10, h - 10, 225)):
        acanthus(p, cx, cy, p.rng.uniform(90, 130), a + p.rng.uniform(-12, 12), int(p.rng.choice([-1, 1])))
    frame(p, 3, (5,), 3)


def headgear(p: Plate, at: Callable[[object], Array], kind: str) -> None:
    """Hats of four fashions; `at` places points."""
    if kind == "bonnet":
        p.paint(
            p.area(at([(-0.66, -0.4), (-0.72, -0.86), (-0.1, -1.12), (0.5, -0.92), (0.56, -0.62), (0.1, -0.6)])),
            Volume(0.2, 0.95, 50),
            Screen(20, 6, bulge=14),
            3.4,
        )
    elif kind == "tall":
        p.paint(
            p.area(at([(-0.5, -0.56), (-0.36, -1.3), (0.3, -1.3), (0.4, -0.6)])),
            Volume(0.3, 0.95, 40),
            Screen(10, 6, bulge=10),
            3.4,
        )
        p.paint(p.tube(at([(-0.9, -0.5), (-0.1, -0.64), (0.76, -0.52)]), [12, 20, 12]), 0.85, Screen(0, 5), 3)
    elif kind == "laurel":
        for k in range(8):
            tip = at(
                [
                    (-0.6 + 0.14 * k, -0.5 - 0.3 * math.sin(k * 0.45)),
                    (-0.46 + 0.14 * k, -0.76 - 0.3 * math.sin(k * 0.45)),
                ]
            )
            p.paint(p.tube([tip[0], (tip[0] + tip[1]) / 2, tip[1]], [4, 13, 3]), 0.4, Screen(60, 4), 2.6)
    elif kind == "coif":
        p.paint(
            p.area(at([(0.1, -0.8), (-0.3, -0.82), (-0.66, -0.4), (-0.5, 0.2), (-0.2, 0.4), (-0.1, 0.0), (0.0, -0.4)])),
            Volume(0, 0.5, 50),
            Screen(80, 8, bulge=14),
            3.4,
        )


def neckwear(p: Plate, at: Callable[[object], Array], kind: str) -> None:
    """Ruff, falling band, fur or a plain collar; `at` places points."""
    if kind == "ruff":
        for k in range(15):
            q = at([(-0.58 + 0.085 * k, 0.62 + 0.1 * math.sin(k * 0.22))])[0]
            p.paint(p.area(ellipse(q[0], q[1], 17, 34)), Volume(0, 0.8, 14), Screen(80, 5), 2.8)
    elif kind == "band":
        p.paint(
            p.area(
                at([(-0.3, 0.52), (0.24, 0.56), (0.44, 0.92), (0.1, 0.84), (-0.5, 0.9)]),
            ),
            0.08,
            Screen(0, 8),
            3.4,
        )
    elif kind == "fur":
        for k in range(60):
            q = at([(p.rng.uniform(-0.8, 0.6), p.rng.uniform(0.62, 1.0))])[0]
            p.stroke([q, q + p.rng.normal(0, 14, 2) + (0, 16)], 5)


def quadrant(p: Plate) -> None:
    """Measuring the height of a tower with a quadrant."""
    w, h = p.width, p.height
    p.stroke([(10, h * 0.84), (w - 10, h * 0.84)], 3, smooth=False)
    for k in range(6):
        p.paint(
            p.area(box(w * 0.78, h * (0.84 - 0.12 * (k + 1)), w * 0.13, h * 0.12), False),
            Volume(0, 0.7, 40),
            Screen(0, 7),
            3,
        )
    p.paint(p.area([(w * 0.76, h * 0.13), (w * 0.845, h * 0.02), (w * 0.93, h * 0.13)], False), 0.5, Screen(70, 6), 3)
    x, y, r = w * 0.24, h * 0.6, w * 0.2
    man(p, w * 0.13, h * 0.88, h * 0.5, pose=0.5)
    quarter = [(x, y), *ellipse(x, y, r, r, 0, 90, 24)]
    p.paint(p.area(quarter, False), 0.06, Screen(0, 9), 4)
    for q in (0.74, 0.86):
        p.stroke(ellipse(x, y, r * q, r * q, 2, 88, 24), 2.4, taper=0)
    p.ticks(ellipse(x, y, r, r, 2, 88, 60), r * 0.13, 2.2, r * math.pi / 2 / 30)
    for k in range(9):
        a = math.radians(10 * k + 5)
        inscribe(p, str(k + 1), x + r * 0.8 * math.cos(a), y + r * 0.8 * math.sin(a) + 5, 9)
    p.stroke([(x, y), (w * 0.845, h * 0.02)], 2.4, taper=0, smooth=False)
    p.stroke([(x, y), (w * 0.845, h * 0.6)], 2.4, taper=0, smooth=False)
    p.stroke([(x, y), (x + 8, y + r * 1.3)], 2.4, taper=0, smooth=False)
    p.fill(p.area(ellipse(x + 8, y + r * 1.34, 9, 13)))
    for letter, tx, ty in (("A", x - 24, y - 20), ("B", w * 0.95, h * 0.06), ("C", w * 0.95, h * 0.6)):
        note(p, letter, tx, ty, 15)
    frame(p, 3, (5, 2), 5)


DIAGRAMS = [
    Design("diagram-spheres", "illustration", "Diagram of the celestial spheres", (760, 760), ptolemy),
    Design("diagram-armillary", "illustration", "Armillary sphere", (620, 820), armillary),
    Design("diagram-eclipse", "illustration", "Diagram of a lunar eclipse", (960, 520), eclipse),
    Design("diagram-volvelle", "illustration", "Calendar wheel with moon phases", (780, 780), volvelle),
    Design("diagram-eye", "illustration", "Anatomy of the eye", (820, 640), eye),
    Design("diagram-skeleton", "illustration", "Skeleton with a spade", (600, 880), bones),
    Design("diagram-press", "illustration", "Printers at the press", (840, 720), press),
    Design("diagram-mill", "illustration", "Water-wheel driving a pump", (900, 680), mill_gear),
    Design("diagram-alembic", "illustration", "Furnace and alembic", (740, 740), alembic),
    Design("diagram-quadrant", "illustration", "Measuring a tower with a quadrant", (880, 620), quadrant),
    Design(
        "portrait-scholar",
        "illustration",
        "Portrait of a scholar in a bonnet",
        (600, 720),
        partial(
            portrait, name="ERASTVS PHILOLOGVS", beard=0.0, hat="bonnet", collar="fur", age=0.5, nose=0.13, flip=False
        ),
    ),
    Design(
        "portrait-navigator",
        "illustration",
        "Portrait of a navigator",
        (600, 720),
        partial(
            portrait, name="MARTINVS NAVIGATOR", beard=0.7, hat="tall", collar="ruff", age=0.3, nose=0.08, flip=True
        ),
    ),
    Design(
        "portrait-poet",
        "illustration",
        "Portrait of a poet with laurels",
        (600, 720),
        partial(
            portrait,
            name="LVCAS POETA LAVREATVS",
            beard=0.15,
            hat="laurel",
            collar="band",
            age=0.05,
            nose=0.1,
            flip=False,
        ),
    ),
    Design(
        "portrait-abbess",
        "illustration",
        "Portrait of an abbess",
        (600, 720),
        partial(
            portrait, name="HILDA ABBATISSA", beard=0.0, hat="coif", collar="plain", age=0.35, nose=0.06, flip=True
        ),
    ),
    Design(
        "portrait-physician",
        "illustration",
        "Portrait of a bearded physician",
        (600, 720),
        partial(
            portrait, name="SIMON SALIS MEDICVS", beard=1.0, hat="none", collar="band", age=0.9, nose=0.15, flip=False
        ),
    ),
]
