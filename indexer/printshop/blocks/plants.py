"""Plants, as in a herbal: root, stem, leaf and flower."""

from __future__ import annotations

import math

import numpy as np

from indexer.core.types import Array
from indexer.printshop.blocks.design import Design
from indexer.printshop.blocks.figures import limb
from indexer.printshop.blocks.foliage import leaf, rosette
from indexer.printshop.blocks.lettering import inscribe
from indexer.printshop.blocks.ornament_parts import grapes
from indexer.printshop.burin import Plate, Screen, Volume
from indexer.printshop.curves import ellipse, lobes, place, spline, tangents
from indexer.printshop.letters import ITALIC


def roots(p: Plate, x: float, y: float, spread: float, depth: float, count: int = 9) -> None:
    """Fibrous roots below (x, y)."""
    for k in range(count):
        u = (k / (count - 1) - 0.5) * 2
        end = (x + u * spread, y + depth * (1 - 0.4 * abs(u)))
        p.stroke([(x + u * 8, y), (x + u * spread * 0.4 + p.rng.normal(0, 8), y + depth * 0.45), end], 6, taper=0.9)
        for s in range(3):
            t = 0.35 + 0.2 * s
            at = (x + u * spread * t, y + depth * t * 0.85)
            p.stroke([at, (at[0] + p.rng.normal(0, 18), at[1] + 16)], 2.2)


def stem(p: Plate, points: list[tuple[float, float]], width: float) -> Array:
    """A shaded stalk; returns its points."""
    p.paint(p.tube(points, [width, width * 0.7, width * 0.4]), Volume(0, 0.8, width), Screen(80, 5), 2.4)
    return spline(points)


def tulip(p: Plate) -> None:
    """Two tulips with broad leaves and a bulb."""
    w, h = p.width, p.height
    p.paint(p.area(ellipse(w / 2, h * 0.86, 52, 58)), Volume(0, 0.8, 40), Screen(90, 7, bulge=14), 3)
    roots(p, w / 2, h * 0.9, 70, 60)
    for points, scale in (
        ([(w / 2, h * 0.82), (w * 0.45, h * 0.5), (w * 0.42, h * 0.28)], 1.0),
        ([(w / 2, h * 0.8), (w * 0.62, h * 0.6), (w * 0.68, h * 0.42)], 0.8),
    ):
        stem(p, points, 8)
        x, y = points[-1]
        for k, dx in enumerate((-0.5, 0.5, -0.24, 0.24, 0)):
            petal = place(
                [(0, 0), (-44, -60), (-30, -130), (dx * 40, -168), (30, -130), (44, -60)],
                x + dx * 56,
                y,
                scale,
                dx * 26,
            )
            p.paint(p.area(petal), Volume(0, 0.75, 34), Screen(84 + dx * 20, 6, bulge=8), 3)
            if k > 2:
                p.stroke(place([(0, -20), (4, -80), (0, -140)], x + dx * 56, y, scale, dx * 26), 4)
    for a, size in ((-118, 300), (-70, 330), (-52, 240)):
        blade = place([(0, 0), (0.4, -0.14), (0.8, -0.1), (1, 0.02), (0.7, 0.1), (0.3, 0.08)], w / 2, h * 0.84, size, a)
        p.paint(p.area(blade), Volume(0, 0.75, 26), Screen(a + 8, 7, bulge=6), 3)
        p.stroke(place([(0.05, 0), (0.5, -0.03), (0.95, 0.02)], w / 2, h * 0.84, size, a), 3)
    inscribe(p, "Tulipa", w * 0.2, h * 0.96, 18, ITALIC)


def thistle(p: Plate) -> None:
    """A thistle with jagged leaves."""
    w, h = p.width, p.height
    roots(p, w / 2, h * 0.88, 60, 90, 5)
    line = stem(p, [(w / 2, h * 0.9), (w * 0.48, h * 0.55), (w * 0.5, h * 0.24)], 11)
    for k in range(7):
        i = 2 + k * 2
        side = 1 if k % 2 else -1
        x, y = line[min(i, len(line) - 1)]
        n = 17
        u = np.linspace(0, 1, n)
        edge = np.where(np.arange(n) % 2 == 0, 0.05, 0.24) * np.sin(math.pi * np.clip(u + 0.08, 0, 1)) + 0.02
        outline = np.vstack([np.stack([u, -edge], axis=1), np.stack([u, edge], axis=1)[::-1]])
        a = -90 + side * (66 - 4 * k)
        p.paint(p.area(place(outline, x, y, 260 - 20 * k, a), False), Volume(0, 0.8, 30), Screen(a + 50, 6), 2.8)
        p.stroke(place([(0, 0), (0.5, -0.02), (0.97, 0)], x, y, 260 - 20 * k, a), 3.4)
    for x, y, s in ((w * 0.5, h * 0.24, 1.0), (w * 0.3, h * 0.34, 0.7), (w * 0.72, h * 0.32, 0.75)):
        if s < 1:
            stem(p, [(w / 2, h * 0.56), ((x + w / 2) / 2, h * 0.44), (x, y + 20)], 7)
        for k in range(21):
            angle = math.radians(-160 + 7 * k)
            p.stroke([(x, y), (x + 105 * s * math.cos(angle), y + 120 * s * math.sin(angle))], 3.4, smooth=False)
        p.paint(
            p.area(ellipse(x, y + 18 * s, 56 * s, 58 * s)), Volume(0, 0.8, 44), Screen(45, 8, bulge=14, cross=0.2), 3
        )
        for k in range(14):
            angle = math.radians(-200 + 17 * k)
            p.stroke(
                [
                    (x + 54 * s * math.cos(angle), y + 18 * s + 54 * s * math.sin(angle)),
                    (x + 72 * s * math.cos(angle), y + 18 * s + 72 * s * math.sin(angle)),
                ],
                3.4,
                smooth=False,
            )
    inscribe(p, "Carduus", w * 0.8, h * 0.95, 18, ITALIC)


def oak(p: Plate) -> None:
    """An oak branch with acorns."""
    w, h = p.width, p.height
    line = stem(p, [(w * 0.06, h * 0.9), (w * 0.4, h * 0.6), (w * 0.92, h * 0.16)], 15)
    direction = math.degrees(math.atan2(-0.6, 0.7))
    for k in range(9):
        x, y = line[2 + 2 * k] if 2 + 2 * k < len(line) else line[-1]
        for side in (-1, 1):
            a = direction + side * (58 - 3 * k)
            n = 13
            u = np.linspace(0, 1, n)
            edge = (0.13 + 0.09 * np.sin(u * 26)) * np.sin(math.pi * np.clip(u * 0.9 + 0.06, 0, 1)) + 0.015
            outline = np.vstack([np.stack([u, -edge], axis=1), np.stack([u, edge], axis=1)[::-1]])
            size = 190 + 24 * math.sin(k * 2.1)
            p.paint(p.area(place(outline, x, y, size, a)), Volume(0, 0.75, 30), Screen(a + 55, 6, bulge=6), 2.8)
            p.stroke(place([(0, 0), (0.5, 0.02), (0.96, 0)], x, y, size, a), 3)
            for s in range(4):
                p.stroke(place([(0.2 + 0.18 * s, 0), (0.3 + 0.18 * s, 0.1)], x, y, size, a), 2)
                p.stroke(place([(0.2 + 0.18 * s, 0), (0.3 + 0.18 * s, -0.1)], x, y, size, a), 2)
    for x, y in ((0.42, 0.74), (0.56, 0.6), (0.7, 0.46), (0.3, 0.84)):
        p.stroke([(w * x - 30, h * y - 60), (w * x, h * y - 24)], 4)
        p.paint(p.area(ellipse(w * x, h * y + 14, 24, 38)), Volume(0, 0.8, 24), Screen(90, 6, bulge=8), 3)
        p.paint(p.area(ellipse(w * x, h * y - 12, 30, 20)), 0.5, Screen(45, 7, cross=0.2), 3)
    inscribe(p, "Quercus", w * 0.84, h * 0.92, 18, ITALIC)


def vine(p: Plate) -> None:
    """A vine with grapes and tendrils."""
    w, h = p.width, p.height
    line = stem(p, [(w * 0.4, h), (w * 0.55, h * 0.66), (w * 0.4, h * 0.36), (w * 0.52, h * 0.06)], 18)
    for k, (i, side) in enumerate(((4, -1), (9, 1), (13, -1), (18, 1), (22, -1))):
        x, y = line[min(i, len(line) - 1)]
        cx, cy = x + side * 130, y - 30
        p.stroke([(x, y), ((x + cx) / 2, y - 40), (cx, cy)], 5)
        five = []
        for s in range(10):
            a = math.radians(90 + 36 * s)
            r = 96 if s % 2 else 58
            five.append((cx + r * math.cos(a), cy + r * math.sin(a) * 0.95))
        p.paint(p.area(five), Volume(0, 0.75, 46), Screen(40 + 20 * k, 6, bulge=10), 3)
        for s in range(5):
            a = math.radians(126 + 72 * s)
            p.stroke([(cx, cy - 10), (cx + 82 * math.cos(a), cy + 80 * math.sin(a))], 3)
        t = np.linspace(0, 9, 60)
        curl = 34 * (1 - t / 11)
        p.stroke(np.stack([x - side * 70 + curl * np.cos(t), y + 40 + curl * np.sin(t)], axis=1), 3.4, smooth=False)
    for x, y, s in ((0.28, 0.34, 84), (0.72, 0.52, 92), (0.26, 0.72, 80)):
        grapes(p, w * x, h * y, s)
    inscribe(p, "Vitis", w * 0.82, h * 0.95, 18, ITALIC)


def fern(p: Plate) -> None:
    """Three fronds of fern."""
    w, h = p.width, p.height
    roots(p, w / 2, h * 0.88, 90, 80, 11)
    for bend, tall in ((-0.34, 0.16), (0.3, 0.22), (-0.02, 0.06)):
        line = spline([(w / 2, h * 0.9), (w * (0.5 + bend * 0.4), h * 0.5), (w * (0.5 + bend), h * tall)], steps=14)
        direction = np.degrees(np.arctan2(*tangents(line).T[::-1]))
        for i in range(4, len(line)):
            u = i / len(line)
            size = 150 * math.sin(math.pi * min(1.0, u * 0.82 + 0.2)) + 14
            for side in (-1, 1):
                a = direction[i] + side * 64
                outline = [
                    (0, -0.03),
                    (0.12, -0.1),
                    (0.2, -0.02),
                    (0.32, -0.1),
                    (0.42, -0.02),
                    (0.54, -0.08),
                    (0.66, -0.02),
                    (0.8, -0.05),
                    (1, 0),
                    (0.8, 0.05),
                    (0.66, 0.02),
                    (0.54, 0.08),
                    (0.42, 0.02),
                    (0.32, 0.1),
                    (0.2, 0.02),
                    (0.12, 0.1),
                ]
                p.paint(
                    p.area(place(outline, line[i][0], line[i][1], size, a), False),
                    0.42 + 0.2 * side,
                    Screen(a + 60, 5),
                    2.2,
                )
        p.stroke(line, 6)
    inscribe(p, "Filix mas", w * 0.8, h * 0.94, 18, ITALIC)


def mandrake(p: Plate) -> None:
    """The mandrake, whose root is a man."""
    w, h = p.width, p.height
    at = (w / 2, h * 0.56, h * 0.34, False)
    root = np.maximum.reduce(
        [
            limb(p, at, [(0, -0.2), (0.02, 0.1), (0, 0.4)], [0.15, 0.19, 0.17]),
            limb(p, at, [(0, 0.4), (-0.2, 0.75), (-0.16, 1.1)], [0.14, 0.09, 0.015]),
            limb(p, at, [(0.02, 0.4), (0.22, 0.7), (0.2, 1.14)], [0.14, 0.08, 0.015]),
            limb(p, at, [(-0.1, -0.12), (-0.42, 0.1), (-0.5, 0.42)], [0.09, 0.06, 0.012]),
            limb(p, at, [(0.1, -0.12), (0.4, 0.06), (0.56, 0.36)], [0.09, 0.06, 0.012]),
            limb(p, at, [(0, -0.34), (0, -0.4)], [0.15, 0.16]),
        ]
    )
    p.paint(root, Volume(0.02, 0.85, 60), Screen(80, 7, bulge=16), 3.4)
    x, y, s = w / 2, h * 0.56, h * 0.34
    for side in (-1, 1):
        p.fill(p.area(ellipse(x + side * s * 0.06, y - s * 0.4, 5, 6)))
    p.stroke([(x - s * 0.06, y - s * 0.28), (x, y - s * 0.26), (x + s * 0.06, y - s * 0.28)], 4)
    for _ in range(40):
        rx, ry = x + p.rng.normal(0, s * 0.3), y + p.rng.uniform(-0.1, 1.05) * s
        if 0 < rx < w and 0 < ry < h and root[int(ry), int(rx)] > 127:
            p.stroke([(rx, ry), (rx + p.rng.normal(0, 26), ry + 26)], 2)
    for k in range(13):
        a = -174 + 14 * k
        leaf(p, x, y - s * 0.5, s * p.rng.uniform(0.62, 0.8), a, 0.9)
    for k in range(3):
        rosette(p, x + (k - 1) * s * 0.3, y - s * (0.86 + 0.1 * (k % 2)), 34, 5)
    inscribe(p, "Mandragora", w * 0.78, h * 0.95, 17, ITALIC)


def mushrooms(p: Plate) -> None:
    """A group of mushrooms."""
    w, h = p.width, p.height
    for x, y, s in ((0.3, 0.5, 1.3), (0.66, 0.42, 1.6), (0.5, 0.72, 0.9), (0.82, 0.74, 0.8), (0.16, 0.76, 0.7)):
        cx, cy = w * x, h * y
        p.paint(
            p.tube([(cx - 4, cy + 140 * s), (cx + 5, cy + 60 * s), (cx, cy)], [30 * s, 20 * s, 18 * s]),
            Volume(0, 0.75, 24),
            Screen(88, 7),
            3,
        )
        p.paint(p.area(ellipse(cx, cy + 8 * s, 96 * s, 24 * s)), 0.7, Screen(88, 5), 3)
        p.paint(
            p.area([*ellipse(cx, cy + 8 * s, 100 * s, 96 * s, 180, 360, 24)], False),
            Volume(0, 0.75, 70 * s),
            Screen(20, 7, bulge=30),
            3.4,
        )
        for _ in range(9):
            a, q = p.rng.uniform(200, 340), p.rng.uniform(0.3, 0.85)
            p.paint(
                p.area(
                    lobes(
                        cx + 92 * s * q * math.cos(math.radians(a)),
                        cy + 84 * s * q * math.sin(math.radians(a)),
                        10 * s,
                        7 * s,
                        5,
                        0.1,
                        p.rng,
                    )
                ),
                0.0,
                None,
                2.2,
            )
    for _ in range(26):
        x, y = p.rng.uniform(20, w - 20), h * p.rng.uniform(0.86, 0.96)
        p.stroke([(x, y), (x + p.rng.normal(0, 12), y - p.rng.uniform(24, 60))], 3)
    inscribe(p, "Fungi", w * 0.5, h * 0.985, 17, ITALIC)


PLANTS = [
    Design("plant-tulip", "illustration", "Botanical woodcut: tulip", (620, 860), tulip),
    Design("plant-thistle", "illustration", "Botanical woodcut: thistle", (660, 880), thistle),
    Design("plant-oak", "illustration", "Botanical woodcut: oak", (780, 720), oak),
    Design("plant-vine", "illustration", "Botanical woodcut: vine", (700, 860), vine),
    Design("plant-fern", "illustration", "Botanical woodcut: fern", (680, 860), fern),
    Design("plant-mandrake", "illustration", "Botanical woodcut: mandrake", (600, 880), mandrake),
    Design("plant-mushrooms", "illustration", "Botanical woodcut: mushrooms", (760, 680), mushrooms),
]
