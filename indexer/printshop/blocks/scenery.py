"""What scenes are made of: skies, hills, trees, houses, ships, waves."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from indexer.core.types import Array
from indexer.printshop.burin import Plate, Screen, Volume, ramp
from indexer.printshop.curves import ellipse, lobes, place, rough


def box(x: float, y: float, w: float, h: float) -> list[tuple[float, float]]:
    """Corners of a rectangle."""
    return [(x, y), (x + w, y), (x + w, y + h), (x, y + h)]


def sky(p: Plate, low: float, dark: float = 0.5, light: float = 0.08, spacing: float = 8) -> None:
    """Level lines, dense at the top, down to y = `low`."""
    p.paint(p.area(box(0, 0, p.width, low), False), ramp(90, 0, low, dark, light), Screen(0, spacing), 0)


def cloud(p: Plate, x: float, y: float, size: float, dark: float = 0.6) -> None:
    """A heap of rounded clouds."""
    for dx, dy, s in ((-0.9, 0.15, 0.7), (0.85, 0.2, 0.65), (-0.3, -0.25, 0.8), (0.35, -0.15, 0.8), (0, 0.2, 1.0)):
        mask = p.area(lobes(x + dx * size, y + dy * size * 0.7, size * 0.62 * s, size * 0.42 * s, 7, 0.14, p.rng))
        p.paint(mask, Volume(0, dark, size * 0.3), Screen(0, 7, bulge=size * 0.12), 2.6)


def hill(p: Plate, line: list[tuple[float, float]], tone: float = 0.4, angle: float = 20, spacing: float = 8) -> None:
    """Ground below a line of points, shaded along its slope."""
    top = min(y for _, y in line)
    outline = [*line, (line[-1][0], p.height + 30), (line[0][0], p.height + 30)]
    p.paint(p.area(outline), ramp(70, top, top + p.height * 0.35, 0.05, tone), Screen(angle, spacing, wave=(4, 150)), 3)


def tree(p: Plate, x: float, base: float, height: float, lean: float = 0.0) -> None:
    """A leafy tree: trunk with boughs, crown of clumps lit from the left."""
    top = base - height
    crown = height * 0.34
    trunk = [(x, base), (x + lean * 0.3 + p.rng.normal(0, 4), base - height * 0.3), (x + lean, base - height * 0.62)]
    p.paint(p.tube(trunk, [height * 0.055, height * 0.035, height * 0.02]), Volume(0.1, 0.85, 12), Screen(82, 5), 2.4)
    clumps = []
    for _ in range(18):
        a, r = p.rng.uniform(0, 6.3), crown * math.sqrt(p.rng.uniform(0, 1))
        clumps.append((x + lean + r * math.cos(a) * 0.95, top + crown + r * math.sin(a) * 0.85))
    for cx, cy in sorted(clumps, key=lambda c: -c[0] * 0.4 - c[1]):
        size = crown * p.rng.uniform(0.3, 0.46)
        shadow = 0.25 + 0.55 * np.clip((cx - x - lean) / crown + (cy - top - crown) / crown, -0.5, 1)
        mask = p.area(lobes(cx, cy, size, size * 0.8, 8, 0.17, p.rng))
        p.paint(
            mask, Volume(max(0.0, shadow - 0.2), shadow + 0.35, size * 0.5), Screen(55, 6, bulge=8, wave=(2, 16)), 2.0
        )


def pine(p: Plate, x: float, base: float, height: float) -> None:
    """A conifer of drooping boughs."""
    p.stroke([(x, base), (x, base - height)], height * 0.04, smooth=False)
    for k in range(9):
        y, half = base - height * (0.16 + 0.092 * k), height * 0.24 * (1 - k / 10)
        for side in (-1, 1):
            bough = [(x, y - height * 0.05), (x + side * half * 0.6, y + 2), (x + side * half, y + height * 0.05)]
            p.stroke(bough, 4)
            p.ticks(bough, side * -height * 0.06, 2.6, 6)


def bush(p: Plate, x: float, y: float, size: float) -> None:
    """A low clump of leaves."""
    for dx in (-0.5, 0.4, 0):
        mask = p.area(lobes(x + dx * size, y + p.rng.normal(0, size * 0.1), size * 0.55, size * 0.42, 7, 0.2, p.rng))
        p.paint(mask, Volume(0.05, 0.85, size * 0.3), Screen(60, 6, bulge=8), 2.2)


def grass(p: Plate, x: float, y: float, size: float) -> None:
    """A tuft."""
    for k in range(6):
        a = math.radians(-150 + 24 * k + p.rng.normal(0, 6))
        p.stroke(
            [
                (x, y),
                (x + size * 0.5 * math.cos(a), y + size * 0.6 * math.sin(a)),
                (x + size * math.cos(a), y + size * math.sin(a) * 0.9),
            ],
            3,
        )


def tower(p: Plate, x: float, base: float, w: float, h: float, roof: str = "cone", windows: int = 3) -> None:
    """A round tower: `roof` cone, crenel, dome or flat."""
    p.paint(
        p.area(box(x - w / 2, base - h, w, h), False), Volume(0.02, 0.85, w / 2), Screen(0, 6.5, bulge=w * 0.12), 2.8
    )
    courses(p, x - w / 2, base - h, w, h)
    for k in range(windows):
        y = base - h * (0.25 + 0.6 * k / max(windows, 1))
        p.fill(p.area(box(x - w * (0.12 if k % 2 else -0.02), y - w * 0.2, w * 0.13, w * 0.26), False))
    y = base - h
    if roof == "cone":
        p.paint(
            p.area([(x - w * 0.62, y + 2), (x, y - w * 1.3), (x + w * 0.62, y + 2)], False),
            ramp(0, x - w * 0.5, x + w * 0.6, 0.15, 0.85),
            Screen(76, 6),
            2.8,
        )
        p.stroke([(x, y - w * 1.3), (x, y - w * 1.6)], 3, smooth=False)
        p.fill(p.area([(x, y - w * 1.6), (x + w * 0.4, y - w * 1.5), (x, y - w * 1.4)], False))
    elif roof == "dome":
        p.paint(
            p.area(ellipse(x, y, w * 0.56, w * 0.62, 180, 360), False),
            Volume(0, 0.85, w * 0.5),
            Screen(90, 6, bulge=-w * 0.1),
            2.8,
        )
        p.stroke([(x, y - w * 0.6), (x, y - w * 1.1)], 4, smooth=False)
        p.fill(p.area(ellipse(x, y - w * 0.75, 6, 6)))
    elif roof == "crenel":
        merlons(p, x - w * 0.6, y, w * 1.2, w * 0.3)


def merlons(p: Plate, x: float, y: float, w: float, h: float) -> None:
    """Battlements along the top of a wall."""
    p.paint(p.area(box(x, y - h * 0.6, w, h * 0.8), False), 0.25, Screen(0, 6), 2.4)
    n = max(3, round(w / (h * 1.2)))
    for k in range(n):
        p.paint(p.area(box(x + (k + 0.1) * w / n, y - h * 1.3, w / n * 0.62, h * 0.75), False), 0.2, Screen(60, 6), 2.4)


def courses(p: Plate, x: float, y: float, w: float, h: float, size: float = 26) -> None:
    """A few stones of masonry."""
    for _ in range(int(w * h / 2600)):
        sx, sy = x + p.rng.uniform(0.08, 0.75) * w, y + p.rng.uniform(0.1, 0.9) * h
        p.stroke([(sx, sy), (sx + size * 0.7, sy)], 2, smooth=False)
        p.stroke([(sx + size * 0.35, sy), (sx + size * 0.35, sy + size * 0.4)], 2, smooth=False)


def wall(p: Plate, x: float, base: float, w: float, h: float, tone: float = 0.3) -> None:
    """A curtain wall with battlements."""
    p.paint(p.area(box(x, base - h, w, h), False), ramp(0, x, x + w, tone * 0.4, tone * 1.4), Screen(0, 7), 2.8)
    courses(p, x, base - h, w, h)
    merlons(p, x, base - h, w, 16)


def house(p: Plate, x: float, base: float, w: float, h: float, deep: float = 0.5, timber: bool = False) -> None:
    """A gabled house seen from the corner; the right side in shadow."""
    gable = [(x, base), (x, base - h), (x + w / 2, base - h * 1.7), (x + w, base - h), (x + w, base)]
    side = [
        (x + w, base),
        (x + w, base - h),
        (x + w * (1 + deep), base - h * 1.06),
        (x + w * (1 + deep), base - h * 0.1),
    ]
    roof = [
        (x + w / 2, base - h * 1.7),
        (x + w, base - h),
        (x + w * (1 + deep), base - h * 1.06),
        (x + w * (0.5 + deep), base - h * 1.74),
    ]
    p.paint(p.area(side, False), 0.6, Screen(90, 6), 2.6)
    p.paint(p.area(gable, False), 0.05, Screen(0, 8), 2.6)
    p.paint(p.area(roof, False), 0.45, Screen(62, 6.5), 2.6)
    p.fill(p.area(box(x + w * 0.42, base - h * 0.42, w * 0.18, h * 0.42), False))
    for k in (0.16, 0.7):
        p.fill(p.area(box(x + w * k, base - h * 0.8, w * 0.15, h * 0.22), False))
    if timber:
        for a, b in (
            ((0, 0.5), (1, 0.5)),
            ((0, 1), (1, 1)),
            ((0.33, 0), (0.33, 1)),
            ((0.66, 0), (0.66, 1)),
            ((0, 0.5), (0.33, 1)),
            ((1, 0.5), (0.66, 1)),
        ):
            p.stroke([(x + w * a[0], base - h * a[1]), (x + w * b[0], base - h * b[1])], 3.4, smooth=False, taper=0.1)
    chimney = box(x + w * (0.5 + deep * 0.6), base - h * 2.0, w * 0.12, h * 0.4)
    p.paint(p.area(chimney, False), 0.4, Screen(0, 5), 2.4)


def church(p: Plate, x: float, base: float, size: float) -> None:
    """Nave and steeple."""
    house(p, x + size * 0.36, base, size * 0.5, size * 0.42, 0.9)
    p.paint(p.area(box(x, base - size, size * 0.36, size), False), Volume(0, 0.7, size * 0.2), Screen(90, 6.5), 2.8)
    p.paint(
        p.area([(x - 6, base - size), (x + size * 0.18, base - size * 1.9), (x + size * 0.36 + 6, base - size)], False),
        ramp(0, x, x + size * 0.4, 0.1, 0.8),
        Screen(80, 6),
        2.8,
    )
    p.stroke([(x + size * 0.18, base - size * 1.9), (x + size * 0.18, base - size * 2.1)], 3.4, smooth=False)
    p.stroke([(x + size * 0.11, base - size * 2.03), (x + size * 0.25, base - size * 2.03)], 3, smooth=False)
    p.fill(p.area(ellipse(x + size * 0.18, base - size * 0.8, size * 0.09, size * 0.09)))
    p.fill(
        p.area(
            [
                (x + size * 0.1, base),
                (x + size * 0.1, base - size * 0.22),
                (x + size * 0.18, base - size * 0.32),
                (x + size * 0.26, base - size * 0.22),
                (x + size * 0.26, base),
            ],
            False,
        )
    )


def waves(p: Plate, top: float, rows: int, height: float, dark: float = 0.6, stormy: float = 1.0) -> None:
    """A sea in rows, each with crests, back to front."""
    for row in range(rows):
        u = row / max(rows - 1, 1)
        y, size = top + (p.height - top) * u**1.3 * 0.95, height * (0.45 + u)
        length = size * 4.2
        x = np.arange(-length, p.width + length, length / 12)
        crest = np.abs(np.sin(x / length * math.pi + row * 1.3 + p.rng.uniform(0, 1)))
        line = y - size * stormy * (1 - crest) ** 1.3 - size * 0.2 * np.sin(x / length * 7 + row)
        outline = [*np.stack([x, line], axis=1), (p.width + length, p.height + 50), (-length, p.height + 50)]
        tone = ramp(90, y - size, y + size * 1.6, dark, 0.02)
        p.paint(p.area(outline), tone, Screen(6 - 12 * (row % 2), 6.5, wave=(size * 0.28, length)), 2.8)


def ship(
    p: Plate, x: float, water: float, size: float, lean: float = 0.0, sails: bool = True, flip: bool = False
) -> None:
    """A three-masted ship; `lean` in degrees. Each is rigged a little differently."""
    rng = p.rng
    stretch = rng.uniform(0.85, 1.15)

    def at(points: object) -> Array:
        uneven = rough(np.asarray(points, np.float64), 0.008, rng) * (stretch, 1)
        return place(uneven, x, water, size, lean, flip)

    masts = tuple(
        (mx + rng.normal(0, 0.03), tall * rng.uniform(0.85, 1.12))
        for mx, tall in ((-0.42, 0.85), (0.0, 1.15), (0.4, 0.9))
    )
    for mx, tall in masts:
        p.stroke(at([(mx, -0.1), (mx, -tall)]), size * 0.026, smooth=False, taper=0.2)
        for side in (-1, 1):
            for k in range(3):
                p.stroke(at([(mx, -tall * 0.8), (mx + side * (0.06 + 0.06 * k), -0.2)]), 1.8, smooth=False)
    p.stroke(at([(0.6, -0.3), (0.98, -0.56)]), size * 0.02, smooth=False)
    for mx, tall in masts if sails else ():
        for low, high, half in ((0.32, 0.62, 0.24), (0.66, 0.92, 0.17)):
            sail = [
                (mx - half, -tall * high),
                (mx + half, -tall * high),
                (mx + half * 1.25 + 0.05, -tall * (low + high) / 2),
                (mx + half * 1.1, -tall * low),
                (mx - half * 1.1, -tall * low),
                (mx - half * 0.8, -tall * (low + high) / 2),
            ]
            p.paint(p.area(at(sail)), Volume(0.0, 0.65, size * 0.1), Screen(86 + lean, 6.5, bulge=9), 2.6)
    if not sails:
        for mx, tall in masts:
            p.stroke(at([(mx - 0.2, -tall * 0.72), (mx, -tall * 0.69), (mx + 0.2, -tall * 0.72)]), size * 0.03)
    ship_hull(p, at, water, size, lean)
    for mx, tall in masts:
        flag = [
            (mx, -tall),
            (mx + 0.16, -tall - 0.05),
            (mx + 0.24, -tall + 0.01),
            (mx + 0.12, -tall + 0.03),
            (mx, -tall + 0.05),
        ]
        p.paint(p.area(at(flag)), 0.5, Screen(0, 5), 2)


def ship_hull(p: Plate, at: Callable[[object], Array], water: float, size: float, lean: float) -> None:
    """Hull with gun ports and wales; `at` places points given in units of the ship."""
    hull = [
        (-0.72, -0.42),
        (-0.5, -0.36),
        (-0.46, -0.2),
        (0.3, -0.18),
        (0.42, -0.32),
        (0.66, -0.34),
        (0.6, -0.06),
        (0.44, 0.12),
        (-0.5, 0.12),
        (-0.64, -0.1),
    ]
    p.paint(
        p.area(at(hull), False), ramp(90, water - size * 0.4, water + size * 0.1, 0.3, 0.8), Screen(lean + 2, 6), 3.2
    )
    for k in range(6):
        p.fill(p.area(at(box(-0.42 + 0.14 * k, -0.1, 0.05, 0.06)), False))
    p.stroke(at([(-0.64, -0.18), (0.0, -0.13), (0.62, -0.2)]), 3, 0)


def rain(p: Plate, mask: Array, angle: float, spacing: float = 34) -> None:
    """Long slanting lines."""
    p.shade(mask, 0.14, Screen(angle, spacing))


def birds_far(p: Plate, x: float, y: float, count: int) -> None:
    """A flight of birds as small ticks."""
    for _ in range(count):
        bx, by, s = x + p.rng.normal(0, 50), y + p.rng.normal(0, 22), p.rng.uniform(7, 12)
        p.stroke([(bx - s, by - s * 0.4), (bx - s * 0.4, by - s * 0.5), (bx, by)], 2.4)
        p.stroke([(bx, by), (bx + s * 0.4, by - s * 0.5), (bx + s, by - s * 0.4)], 2.4)
