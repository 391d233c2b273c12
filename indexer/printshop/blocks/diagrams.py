"""Figures of learned books: spheres, instruments, machines, anatomy, and portraits of their authors."""

from __future__ import annotations

import math
from functools import partial

import numpy as np

from indexer.printshop.blocks.design import Design
from indexer.printshop.blocks.figures import man
from indexer.printshop.blocks.foliage import frame
from indexer.printshop.blocks.lettering import inscribe, inscribe_round, label_line, note
from indexer.printshop.blocks.machines import alembic, bones, mill_gear, press
from indexer.printshop.blocks.portraits import portrait
from indexer.printshop.blocks.scenery import box
from indexer.printshop.burin import Plate, Screen, Volume
from indexer.printshop.curves import ellipse, place

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
