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
    ship,
    sky,
    tower,
    tree,
    wall,
)
from indexer.printshop.blocks.scenes_country import alps, forest, onlooker, ruins, village, vineyard, windmill
from indexer.printshop.blocks.scenes_sea import lighthouse, sea_fight, storm, volcano, whale
from indexer.printshop.burin import Plate, Screen, Volume, ramp
from indexer.printshop.curves import ellipse


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


def town(p: Plate) -> None:
    """A walled town with many steeples, seen across a river."""
    w, h = p.width, p.height
    sky(p, h * 0.55, 0.36, 0.0)
    for x, y, s in ((130, 80, 70), (520, 60, 80), (890, 90, 75)):
        cloud(p, x, y, s, 0.35)
    hill(p, [(-20, h * 0.5), (w * 0.25, h * 0.38), (w * 0.5, h * 0.5), (w * 0.8, h * 0.4), (w + 20, h * 0.48)], 0.2, 10)
    for k in range(26):
        hx = (k + p.rng.uniform(0.1, 0.9)) * w / 26 - 30
        house(p, hx, h * (0.58 + 0.02 * (k % 2)), p.rng.uniform(34, 52), p.rng.uniform(40, 66), p.rng.uniform(0.3, 0.8))
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
    for _ in range(14):
        grass(p, p.rng.uniform(10, w * 0.25), h * p.rng.uniform(0.9, 0.99), 34)
    frame(p, 3, (5,))


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
    p.paint(p.area(ellipse(head[0], head[1], 32, 32)), Volume(0, 0.5, 30), Screen(40, 6, bulge=10), 3)
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
