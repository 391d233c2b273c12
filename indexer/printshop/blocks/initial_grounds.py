"""What stands behind the letters of initials."""

from __future__ import annotations

import math

import numpy as np

from indexer.printshop.blocks.figures import hare, hound
from indexer.printshop.blocks.foliage import acanthus, leaf, rosette, scroll
from indexer.printshop.blocks.ornament_parts import bird, grapes, urn
from indexer.printshop.blocks.scenery import pine
from indexer.printshop.burin import Plate, Screen, Volume, ramp
from indexer.printshop.curves import ellipse, lobes, spiral

SIDE = 460


def black(p: Plate) -> None:
    """Solid ground."""
    p.ink[:] = 255


def leaves_on_black(p: Plate) -> None:
    """White acanthus leaves on black."""
    for k in range(14):
        a = 360 * k / 14
        reach = 60 + 60 * (k % 2)
        x, y = SIDE / 2 + reach * math.cos(math.radians(a)), SIDE / 2 + reach * math.sin(math.radians(a))
        acanthus(p, x, y, 165 - 40 * (k % 2), a + 12, 1 if k % 3 else -1, black=True)
    p.ink = 255 - p.ink


def vines_on_black(p: Plate) -> None:
    """White rinceaux on black."""
    for x, y, r, s, h in (
        (130, 130, 105, 40, 1),
        (330, 150, 105, 200, -1),
        (140, 330, 105, 100, -1),
        (335, 335, 100, 300, 1),
    ):
        scroll(p, x, y, r, s, h, 8, black=True, every=6)
    p.ink = 255 - p.ink


def punched(p: Plate) -> None:
    """Criblé: white dots on black, a rosette in each corner."""
    black(p)
    p.dots(p.area([(12, 12), (SIDE - 12, 12), (SIDE - 12, SIDE - 12), (12, SIDE - 12)], False), 15, 3.4, 0)
    for x in (75, SIDE - 75):
        for y in (75, SIDE - 75):
            p.fill(p.area(ellipse(x, y, 56, 56)), 255)
            rosette(p, x, y, 50, 7, black=False)


def hatched_sky(p: Plate, low: float = 0.65) -> None:
    """Sky and bare ground."""
    sky = p.area([(0, 0), (SIDE, 0), (SIDE, SIDE * low), (0, SIDE * low)], False)
    p.paint(sky, ramp(90, 0, SIDE * low, 0.55, 0.12), Screen(0, 8), 0)
    p.paint(
        p.area(
            [
                (-20, SIDE * low + 20),
                (120, SIDE * low - 20),
                (300, SIDE * low + 12),
                (480, SIDE * low),
                (480, 480),
                (-20, 480),
            ]
        ),
        ramp(90, SIDE * low, SIDE, 0.1, 0.6),
        Screen(8, 8, wave=(5, 120)),
        3,
    )


def landscape(p: Plate) -> None:
    """Hills, a tower and trees."""
    hatched_sky(p, 0.6)
    p.paint(
        p.area([(320, 300), (320, 130), (400, 130), (400, 300)], False), Volume(0, 0.8, 30), Screen(0, 6, bulge=8), 3
    )
    p.paint(p.area([(310, 132), (360, 62), (410, 132)], False), 0.6, Screen(70, 6), 3)
    for x, y, r in ((70, 250, 62), (130, 285, 48), (410, 320, 50)):
        p.stroke([(x, y + r), (x + 4, y + 2 * r)], 13)
        for _ in range(7):
            cx, cy = x + p.rng.normal(0, r * 0.4), y + p.rng.normal(0, r * 0.3)
            p.paint(
                p.area(lobes(cx, cy, r * 0.5, r * 0.42, 6, 0.2, p.rng)),
                Volume(0, 0.85, r * 0.4),
                Screen(60, 6, bulge=8),
                2,
            )


def rays(p: Plate) -> None:
    """A sun with a face, and rays."""
    for k in range(48):
        a = k * 2 * np.pi / 48
        far = 330 if k % 2 else 250
        c = SIDE / 2
        p.stroke(
            [(c + 90 * np.cos(a), c + 90 * np.sin(a)), (c + far * np.cos(a), c + far * np.sin(a))],
            7 if k % 2 else 4,
            smooth=False,
        )
    p.paint(p.area(ellipse(SIDE / 2, SIDE / 2, 92, 92)), Volume(0, 0.6, 80), Screen(50, 6, bulge=24), 4)


def sea(p: Plate) -> None:
    """Waves and a fish."""
    sky = p.area([(0, 0), (SIDE, 0), (SIDE, 180), (0, 180)], False)
    p.paint(sky, 0.2, Screen(0, 11), 0)
    for row in range(8):
        y = 170 + row * 40
        wave = [(x, y + 16 * np.sin(x / 34 + row)) for x in range(-20, SIDE + 40, 20)]
        p.paint(
            p.area([*wave, (SIDE + 30, SIDE + 30), (-30, SIDE + 30)], False),
            ramp(90, y - 20, y + 70, 0.55, 0.0),
            Screen(0, 7, wave=(12, 214)),
            3,
        )
    p.paint(
        p.tube([(70, 330), (190, 290), (330, 320), (410, 280)], [8, 46, 30, 6]),
        Volume(0, 0.8, 30),
        Screen(80, 7, bulge=12),
        3,
    )
    p.fill(p.area([(400, 285), (446, 250), (440, 310)], False))
    p.fill(p.area(ellipse(110, 312, 6, 6)))


def birds(p: Plate) -> None:
    """Two birds among leaves."""
    for x, y, a in ((40, 430, -60), (230, 440, -90), (420, 430, -120), (60, 60, 40), (410, 60, 140), (230, 30, 90)):
        acanthus(p, x, y, 170, a, 1 if x < 230 else -1)
    bird(p, 120, 240, 105)
    bird(p, 320, 330, 95)


def vineyard(p: Plate) -> None:
    """Grapes hanging from a trellis."""
    for k in range(5):
        p.stroke([(20 + 105 * k, 0), (24 + 105 * k, SIDE)], 7, smooth=False)
        p.stroke([(0, 30 + 100 * k), (SIDE, 24 + 100 * k)], 6, smooth=False)
    for x, y in ((95, 120), (350, 100), (90, 320), (365, 300), (230, 210)):
        grapes(p, x, y, 72)


def strapwork(p: Plate) -> None:
    """Rolls and ribbons on a hatched ground."""
    p.paint(p.area([(0, 0), (SIDE, 0), (SIDE, SIDE), (0, SIDE)], False), 0.5, Screen(45, 7), 0)
    for x, y, s, h in ((110, 110, 0, 1), (350, 110, 180, -1), (110, 350, 0, -1), (350, 350, 180, 1)):
        band = spiral(x, y, 98, 1.5, s, h)
        p.stroke(band, 34, smooth=False, taper=0.2)
        p.stroke(band, 25, 0, smooth=False, taper=0.2)
        p.stroke(band, 3, smooth=False)


def night(p: Plate) -> None:
    """Stars, a moon and clouds on black."""
    black(p)
    for _ in range(46):
        x, y = p.rng.uniform(20, SIDE - 20, 2)
        r = p.rng.choice([6, 9, 13])
        for k in range(3):
            a = k * np.pi / 3 + 0.3
            p.stroke(
                [(x - r * np.cos(a), y - r * np.sin(a)), (x + r * np.cos(a), y + r * np.sin(a))], 3, 0, smooth=False
            )
    p.fill(p.area(ellipse(355, 105, 62, 62)), 0)
    p.fill(p.area(ellipse(380, 95, 52, 52)), 255)
    for x, y in ((80, 380), (220, 420), (380, 390), (120, 120)):
        p.paint(p.area(lobes(x, y, 90, 46, 8, 0.16, p.rng)), Volume(0, 0.7, 34), Screen(0, 7, bulge=12), 3)


def checker(p: Plate) -> None:
    """A tiled floor in perspective under an arch."""
    for i in range(-9, 10):
        for j in range(7):
            if (i + j) % 2:
                y0, y1 = SIDE * (1 - 0.62 * (1 - 0.7**j)), SIDE * (1 - 0.62 * (1 - 0.7 ** (j + 1)))
                s0, s1 = 0.7**j, 0.7 ** (j + 1)
                c = SIDE / 2
                quad = [
                    (c + i * 80 * s0, y0),
                    (c + (i + 1) * 80 * s0, y0),
                    (c + (i + 1) * 80 * s1, y1),
                    (c + i * 80 * s1, y1),
                ]
                p.fill(p.area(quad, False))
    p.paint(p.area([(0, 0), (SIDE, 0), (SIDE, 190), (0, 190)], False), 0.4, Screen(0, 7, cross=0.3), 0)
    p.paint(p.area(ellipse(SIDE / 2, 230, 190, 190, 180, 360), False), ramp(0, 50, 400, 0.0, 0.5), Screen(90, 8), 5)


def thistles(p: Plate) -> None:
    """Thistle heads on curving stems."""
    for x, y, t in ((90, 110, 200), (350, 90, 330), (100, 330, 160), (370, 320, 20), (230, 60, 270)):
        p.stroke([(230, 460), ((230 + x) / 2 + 30, (460 + y) / 2), (x, y)], 7)
        for k in range(9):
            a = np.radians(-150 + 120 * k / 8)
            p.stroke([(x, y), (x + 52 * np.cos(a), y + 52 * np.sin(a))], 4, smooth=False)
        p.paint(p.area(ellipse(x, y + 14, 30, 28)), 0.5, Screen(45, 7, cross=0.2), 3)
        leaf(p, (230 + x) / 2 + 20, (460 + y) / 2, 95, t, 1.5)


def ruins(p: Plate) -> None:
    """Broken columns."""
    hatched_sky(p, 0.72)
    for x, top in ((80, 120), (200, 60), (330, 200), (410, 90)):
        p.paint(
            p.area(
                [(x - 30, 370), (x - 26, top), (x - 6, top + 22), (x + 8, top - 8), (x + 26, top + 10), (x + 30, 370)],
                False,
            ),
            Volume(0, 0.85, 28),
            Screen(90, 8, bulge=8),
            3,
        )
        p.paint(p.area([(x - 42, 370), (x + 42, 370), (x + 48, 400), (x - 48, 400)], False), 0.3, Screen(0, 6), 3)


def maze(p: Plate) -> None:
    """A garden maze seen from above."""
    c = SIDE / 2
    for k in range(1, 9):
        r = 27 * k
        gap = float(p.rng.uniform(0, 360))
        p.stroke(ellipse(c, c, r, r, gap + 16, gap + 350), 11, taper=0.05)
        a = math.radians(gap + 60)
        p.stroke(
            [(c + (r - 27) * math.cos(a), c + (r - 27) * math.sin(a)), (c + r * math.cos(a), c + r * math.sin(a))],
            9,
            smooth=False,
        )
    for x, y in ((50, 50), (SIDE - 50, 50), (50, SIDE - 50), (SIDE - 50, SIDE - 50)):
        pine(p, x, y + 34, 84)


def two_hounds(p: Plate) -> None:
    """Hounds coursing through a wood."""
    hatched_sky(p, 0.5)
    for k in range(4):
        pine(p, 60 + 110 * k, 270, 170)
    hound(p, 150, 320, 130)
    hound(p, 320, 395, 140, dark=0.9)
    hare(p, 400, 300, 70)


def still_life(p: Plate) -> None:
    """An urn with scrolls."""
    scroll(p, 105, 130, 92, 20, 1, 7, every=7)
    scroll(p, 355, 130, 92, 160, -1, 7, every=7)
    scroll(p, 105, 345, 88, 330, -1, 7, every=7)
    scroll(p, 355, 345, 88, 210, 1, 7, every=7)
    urn(p, SIDE / 2, 440, 240)
