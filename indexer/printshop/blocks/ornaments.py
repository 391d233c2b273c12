"""Headpieces, tailpieces, borders and fleurons."""

from __future__ import annotations

import math

import numpy as np

from indexer.printshop.blocks.design import Design
from indexer.printshop.blocks.foliage import acanthus, frame, garland, leaf, rosette, scroll
from indexer.printshop.blocks.ornament_parts import basket, bird, grapes, grotesque, urn
from indexer.printshop.burin import Plate, Screen, Volume
from indexer.printshop.curves import ellipse, lobes, place, spiral


def rinceau_head(p: Plate) -> None:
    """Two pairs of scrolls from an urn, between rules."""
    frame(p, 3, (5, 2), 6)
    for x, r, s, h in ((160, 78, 200, 1), (320, 74, 160, -1)):
        scroll(p, x, p.height / 2, r, s, h, 7, every=7)
    p.mirror()
    urn(p, p.width / 2, p.height / 2 + 70, 120)


def black_head(p: Plate) -> None:
    """White scrolls reserved on a black ground, as in Venetian headpieces."""
    for x, r, s, h in ((95, 66, 190, 1), (235, 70, 200, -1), (375, 66, 190, 1)):
        scroll(p, x, p.height / 2, r, s, h, 8, black=True, every=6)
    rosette(p, p.width / 2, p.height / 2, 60, 8, black=True)
    p.mirror()
    p.ink = 255 - p.ink
    p.ink[:8], p.ink[-8:], p.ink[:, :8], p.ink[:, -8:] = 255, 255, 255, 255


def interlace(p: Plate) -> None:
    """A strapwork plait of four strands."""
    frame(p, 3, (4, 2), 6)
    n, amplitude = 400, p.height * 0.3
    x = np.linspace(26, p.width - 26, n)
    for k in range(4):
        y = p.height / 2 + amplitude * np.sin(x / 62 + k * math.pi / 2)
        for i in range(0, n - 14, 13):
            part = np.stack([x[i : i + 15], y[i : i + 15]], axis=1)
            if (i // 13 + k) % 2 == 0:
                p.stroke(part, 25, 0, 0, smooth=False)
            p.stroke(part, 19, 255, 0, smooth=False)
            p.stroke(part, 12, 0, 0, smooth=False)
            p.stroke(part, 2.5, 255, 0, smooth=False)


def basket_head(p: Plate) -> None:
    """A basket of fruit with garlands to both sides."""
    w, h = p.width, p.height
    for k in range(2):
        garland(
            p,
            [(w / 2, h * 0.72), (w * 0.36, h * (0.9 - 0.35 * k)), (w * 0.2, h * (0.5 + 0.2 * k)), (w * 0.05, h * 0.3)],
            62,
        )
    p.mirror()
    basket(p, w / 2, h * 0.95, 150)


def arabesque_tail(p: Plate) -> None:
    """A triangle of moresque leaves pointing down."""
    w = p.width
    for row, y in enumerate((80, 190, 300, 400)):
        reach = w * (0.46 - 0.11 * row)
        for k in range(4 - row):
            x = w / 2 - reach * (k + 0.6) / (4 - row)
            acanthus(p, x, y, 105 - 8 * row, 200 - 32 * k, 1, black=True)
            p.stroke([(w / 2, y + 60), ((x + w / 2) / 2, y - 18), (x, y)], 5)
        leaf(p, w / 2, y + 30, 90, 90, 1.2, black=True)
    p.mirror()
    p.stroke([(w / 2, 30), (w / 2, p.height - 40)], 6)
    rosette(p, w / 2, 60, 46, 8, black=True)


def vase_tail(p: Plate) -> None:
    """A vase of lilies and roses."""
    w, h = p.width, p.height
    rng = p.rng
    for k in range(9):
        a = math.radians(-150 + 120 * k / 8)
        tip = (w / 2 + 0.4 * w * math.cos(a), h * 0.62 + 0.52 * h * math.sin(a))
        p.stroke([(w / 2, h * 0.66), (w / 2 + 0.12 * w * math.cos(a), h * 0.45), tip], 4)
        leaf(
            p,
            w / 2 + 0.2 * w * math.cos(a),
            h * 0.62 + 0.3 * h * math.sin(a),
            80,
            math.degrees(a) + rng.choice([-50, 50]),
        )
        rosette(p, *tip, 42 if k % 2 else 54, 5 + k % 4)
    urn(p, w / 2, h - 10, 190)


def mask_tail(p: Plate) -> None:
    """A grotesque mask with swags of cloth and scrolls."""
    w, h = p.width, p.height
    scroll(p, w * 0.2, h * 0.38, 100, 330, 1, 9, every=8)
    p.stroke([(w * 0.24, h * 0.75), (w * 0.36, h * 0.9), (w * 0.5, h * 0.93)], 26)
    p.stroke([(w * 0.24, h * 0.75), (w * 0.36, h * 0.9), (w * 0.5, h * 0.93)], 17, 0)
    garland(p, [(w * 0.08, h * 0.55), (w * 0.22, h * 0.82), (w * 0.42, h * 0.8)], 52)
    p.mirror()
    grotesque(p, w / 2, h * 0.48, 120)


def knot_tail(p: Plate) -> None:
    """An endless knot of two ribbons, over and under in turn."""
    n = 1200
    t = np.linspace(0, 2 * math.pi, n + 1)
    c = p.width / 2
    for hand in (1, -1):
        r = c * (0.62 + 0.27 * np.cos(8 * t * hand))
        ring = np.stack(
            [c + r * np.cos(t + hand * 0.36 * np.sin(8 * t)), c + r * np.sin(t + hand * 0.36 * np.sin(8 * t))], axis=1
        )
        for width, value in ((30, 0), (24, 255), (16, 0), (3, 255)):
            p.stroke(ring, width, value, 0, smooth=False)
    for k in range(16):
        a = 2 * math.pi * (k + 0.5) / 16
        leaf(p, c + c * 0.9 * math.cos(a), c + c * 0.9 * math.sin(a), 44, math.degrees(a), 1.2, black=True)
    rosette(p, c, c, 62, 9)


def cartouche(p: Plate) -> None:
    """Rolled strapwork around an empty field, with fruit."""
    w, h = p.width, p.height
    for x, y, r, s, hand in (
        (0.16, 0.2, 66, 40, -1),
        (0.16, 0.8, 66, 320, 1),
        (0.36, 0.12, 48, 120, 1),
        (0.36, 0.88, 48, 240, -1),
    ):
        p.paint(p.area(ellipse(w * x, h * y, r, r)), Volume(0.1, 0.8, r), Screen(30, 6, bulge=14))
        p.stroke(spiral(w * x, h * y, r * 0.95, 2, s, hand), 7)
    p.paint(
        p.area([(w * 0.16, h * 0.3), (w * 0.5, h * 0.1), (w * 0.5, h * 0.9), (w * 0.16, h * 0.7)]),
        0.35,
        Screen(90, 6, bulge=20),
    )
    p.mirror()
    p.paint(p.area(ellipse(w / 2, h / 2, w * 0.27, h * 0.29)), 0.0, None, 7)
    p.stroke(ellipse(w / 2, h / 2, w * 0.25, h * 0.26), 2.2, taper=0)
    for x in (0.5, 0.44, 0.56):
        p.paint(p.area(lobes(w * x, h * 0.1, 30, 28, 5, 0.15, p.rng)), Volume(0, 0.7, 20), Screen(20, 5, bulge=8))
    rosette(p, w / 2, h * 0.9, 40, 6)


def wreath(p: Plate) -> None:
    """A laurel wreath tied with a ribbon."""
    w, h = p.width, p.height
    r = min(w, h) * 0.38
    garland(p, ellipse(w / 2, h / 2, r, r, 80, 275, 14), 72)
    p.mirror()
    for side in (-1, 1):
        p.stroke([(w / 2, h / 2 + r), (w / 2 + side * 60, h / 2 + r + 22), (w / 2 + side * 100, h / 2 + r + 4)], 16)
        p.stroke([(w / 2, h / 2 + r), (w / 2 + side * 60, h / 2 + r + 22), (w / 2 + side * 100, h / 2 + r + 4)], 9, 0)
    p.paint(p.area(ellipse(w / 2, h / 2 + r, 20, 18)), 0.4, Screen(90, 5))


def fleuron_row(p: Plate) -> None:
    """A row of vine-leaf fleurons, alternately turned: cast type, so all alike."""
    n = round(p.width / 92)
    for i in range(n):
        x = (i + 0.5) * p.width / n
        up = -1 if i % 2 else 1
        leaf_shape = [(0, 0), (-26, -10), (-34, -34), (-12, -30), (0, -52), (12, -30), (34, -34), (26, -10)]
        p.fill(p.area(place(np.array(leaf_shape) * (1, up), x, p.height / 2 + 22 * up)))
        p.stroke(place(np.array([(0, 0), (8, 18), (26, 20), (34, 8)]) * (1, up), x, p.height / 2 + 22 * up), 6)
        for dx in (-12, 0, 12):
            a = [(x, p.height / 2 + 16 * up), (x + dx, p.height / 2 + (22 - 34) * up)]
            p.stroke(a, 3, 0, smooth=False)


def acorn_row(p: Plate) -> None:
    """Acorns between oak leaves, with dots."""
    n = round(p.width / 118)
    for i in range(n):
        x = (i + 0.5) * p.width / n
        y = p.height / 2
        p.fill(p.area(ellipse(x, y + 12, 20, 30)))
        p.paint(p.area(ellipse(x, y - 14, 26, 15)), 0.6, Screen(45, 6, cross=0.2), 3)
        p.stroke([(x, y - 26), (x + 6, y - 46)], 5)
        for side in (-1, 1):
            outline = lobes(x + side * 44, y, 14, 36, 7, 0.3, p.rng)
            p.fill(p.area(outline))
            p.stroke([(x + side * 44, y - 24), (x + side * 44, y + 26)], 3, 0)


def star_border(p: Plate) -> None:
    """Cast stars and lozenges."""
    n = round(p.width / 66)
    for i in range(n):
        x = (i + 0.5) * p.width / n
        if i % 2:
            p.fill(
                p.area(
                    [(x - 20, p.height / 2), (x, p.height / 2 - 30), (x + 20, p.height / 2), (x, p.height / 2 + 30)],
                    False,
                )
            )
            p.fill(p.area(ellipse(x, p.height / 2, 8, 8)), 0)
        else:
            r = np.where(np.arange(16) % 2 == 0, 30, 11)
            a = np.arange(16) * math.pi / 8
            p.fill(p.area(np.stack([x + r * np.cos(a), p.height / 2 + r * np.sin(a)], axis=1), False))
    for y in (8, p.height - 8):
        p.stroke([(6, y), (p.width - 6, y)], 4, taper=0, smooth=False)


def palmette_band(p: Plate) -> None:
    """Palmettes linked by arcs, on a punched ground."""
    frame(p, 3, (6,), 4)
    n = round(p.width / 130)
    ground = p.area([(14, 14), (p.width - 14, 14), (p.width - 14, p.height - 14), (14, p.height - 14)], False)
    p.fill(ground, 255)
    p.dots(ground, 11, 2.4, 0)
    for i in range(n):
        x = (i + 0.5) * p.width / n
        for k in range(-3, 4):
            petal = place([(0, 0), (50, -14), (92 - 6 * abs(k), 0), (50, 14)], x, p.height - 26, 1, -90 + k * 24)
            p.paint(p.area(petal), Volume(0, 0.4, 14), Screen(-90 + k * 24, 5), 2.5)
        p.stroke(ellipse(x, p.height - 24, 62, 118, 180, 360), 12, 0, 0)
        p.stroke(ellipse(x, p.height - 24, 62, 118, 180, 360), 4, 255, 0)


def birds_head(p: Plate) -> None:
    """Two birds pecking at a vine, in reserve."""
    w, h = p.width, p.height
    for k in range(3):
        scroll(p, w * (0.09 + 0.115 * k), h * (0.64 - 0.2 * (k % 2)), 64 - 8 * k, 180 + 40 * k, 1 if k % 2 else -1, 6)
    bird(p, w * 0.38, h * 0.55, 100)
    p.mirror()
    grapes(p, w / 2, h * 0.32, 58)


def lozenge(p: Plate) -> None:
    """A moresque lozenge, black on white, in fourfold symmetry."""
    w, h = p.width, p.height
    for radius, start in ((92, 20), (60, 200), (40, 90)):
        stem = spiral(w * 0.3 + radius * 0.4, h * 0.3 + 90 - radius * 0.7, radius, 1.2, start, 1)
        p.stroke(stem, 9, smooth=False)
        for i in (5, 20, 34):
            leaf(p, stem[i][0], stem[i][1], radius * 0.72, start + i * 8 - 60, 1.6, black=True)
    p.stroke([(w / 2, 30), (w * 0.4, h * 0.22), (w * 0.16, h * 0.42), (30, h / 2)], 7)
    p.mirror()
    p.ink[p.height - p.height // 2 :] = p.ink[: p.height // 2][::-1]
    rosette(p, w / 2, h / 2, 50, 8, black=True)


ORNAMENTS = [
    Design("ornament-rinceau", "ornament", "Headpiece with scrolls and an urn", (900, 200), rinceau_head),
    Design("ornament-venetian", "ornament", "Headpiece, white scrolls on black", (900, 170), black_head),
    Design("ornament-interlace", "ornament", "Headpiece with interlaced strapwork", (900, 150), interlace),
    Design("ornament-basket", "ornament", "Headpiece with a basket of fruit", (900, 260), basket_head),
    Design("ornament-birds", "ornament", "Headpiece with two birds and a vine", (900, 220), birds_head),
    Design("ornament-palmettes", "ornament", "Band of palmettes on a punched ground", (900, 160), palmette_band),
    Design("ornament-arabesque", "ornament", "Tailpiece, triangular arabesque", (640, 560), arabesque_tail),
    Design("ornament-vase", "ornament", "Tailpiece, vase of flowers", (620, 640), vase_tail),
    Design("ornament-mask", "ornament", "Tailpiece with a grotesque mask", (720, 480), mask_tail),
    Design("ornament-knot", "ornament", "Tailpiece, endless knot", (520, 520), knot_tail),
    Design("ornament-cartouche", "ornament", "Cartouche of strapwork", (700, 460), cartouche),
    Design("ornament-wreath", "ornament", "Laurel wreath", (520, 540), wreath),
    Design("ornament-fleurons", "ornament", "Row of vine-leaf fleurons", (920, 130), fleuron_row),
    Design("ornament-acorns", "ornament", "Row of acorns and oak leaves", (940, 120), acorn_row),
    Design("ornament-stars", "ornament", "Row of stars and lozenges", (920, 96), star_border),
    Design("ornament-lozenge", "ornament", "Moresque lozenge", (560, 560), lozenge),
]
