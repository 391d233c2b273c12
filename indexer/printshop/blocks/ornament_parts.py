"""Vases, baskets, masks, birds and grapes."""

from __future__ import annotations

import math

import numpy as np

from indexer.printshop.blocks.foliage import acanthus, leaf
from indexer.printshop.burin import Plate, Screen, Volume
from indexer.printshop.curves import ellipse, place


def urn(p: Plate, x: float, base: float, size: float) -> None:
    """A footed vase."""
    half = np.array([(0.1, 0), (0.26, -0.02), (0.08, -0.2), (0.3, -0.42), (0.36, -0.66), (0.2, -0.86), (0.32, -1)])
    outline = np.vstack([half, half[::-1] * (-1, 1)])
    p.paint(p.area(place(outline, x, base, size)), Volume(0.0, 0.85, size * 0.3), Screen(0, 6, bulge=-16), 3)
    for share in (0.24, 0.66, 0.9):
        y = base - size * share
        half_width = size * float(np.interp(share, [0.2, 0.42, 0.66, 0.86, 1], [0.08, 0.3, 0.36, 0.2, 0.32]))
        p.stroke(ellipse(x, y, half_width, 7, 0, 180, 12), 3, taper=0.1)


def basket(p: Plate, x: float, base: float, size: float) -> None:
    """A woven basket heaped with fruit."""
    for k in range(11):
        fx, fy = x + size * (0.09 * (k - 5)), base - size * (0.52 + 0.16 * math.sin(k * 0.63) + 0.03 * (k % 3))
        p.paint(
            p.area(ellipse(fx, fy, size * 0.12, size * 0.12)), Volume(0, 0.8, size * 0.12), Screen(30 * k, 5, bulge=8)
        )
    body = [
        (x - size * 0.55, base - size * 0.5),
        (x + size * 0.55, base - size * 0.5),
        (x + size * 0.36, base),
        (x - size * 0.36, base),
    ]
    mask = p.area(body, False)
    p.paint(mask, 0.45, Screen(32, 12, wave=(2, 20)), 3)
    p.shade(mask, 0.3, Screen(-32, 12))


def grotesque(p: Plate, x: float, y: float, size: float) -> None:
    """A bearded mask with open mouth."""
    for k in range(-4, 5):
        hair = [
            (x + k * size * 0.12, y + size * 0.4),
            (x + k * size * 0.2, y + size * 0.8),
            (x + k * size * 0.15, y + size * 1.1),
        ]
        p.paint(p.tube(hair, [size * 0.13, size * 0.09, 4]), Volume(0, 0.8), Screen(90, 5), 2.4)
    head = [(0, -0.95), (0.5, -0.8), (0.62, -0.2), (0.46, 0.4), (0, 0.62), (-0.46, 0.4), (-0.62, -0.2), (-0.5, -0.8)]
    p.paint(p.area(place(head, x, y, size)), Volume(0.02, 0.75, size * 0.4), Screen(70, 6, bulge=14), 3.2)
    for side in (-1, 1):
        p.paint(p.area(ellipse(x + side * size * 0.25, y - size * 0.22, size * 0.13, size * 0.08)), 0.0, None, 4)
        p.fill(p.area(ellipse(x + side * size * 0.25, y - size * 0.22, size * 0.05, size * 0.06)))
        p.stroke(
            [
                (x + side * size * 0.08, y - size * 0.34),
                (x + side * size * 0.28, y - size * 0.46),
                (x + side * size * 0.5, y - size * 0.3),
            ],
            9,
        )
        acanthus(p, x + side * size * 0.35, y - size * 0.6, size * 0.8, -90 + side * 50, side)
    p.paint(
        p.area(
            [
                (x - 12, y - size * 0.2),
                (x + 12, y - size * 0.2),
                (x + size * 0.15, y + size * 0.12),
                (x - size * 0.15, y + size * 0.12),
            ]
        ),
        0.3,
        Screen(0, 5),
        3,
    )
    p.fill(p.area(ellipse(x, y + size * 0.34, size * 0.22, size * 0.12)))


def bird(p: Plate, x: float, y: float, size: float) -> None:
    """A bird looking to the right."""
    for k in range(3):
        tail = [(x - size * 0.4, y + size * 0.1), (x - size * 0.9, y + size * (0.22 + 0.12 * k))]
        p.paint(p.tube(tail, [size * 0.1, size * 0.05]), 0.5, Screen(20, 5), 2)
    p.paint(
        p.tube(
            [(x - size * 0.4, y + size * 0.12), (x, y), (x + size * 0.34, y - size * 0.3)],
            [size * 0.12, size * 0.3, size * 0.16],
        ),
        Volume(0, 0.7, 30),
        Screen(60, 5, bulge=8),
        2.6,
    )
    p.fill(
        p.area(
            [(x + size * 0.46, y - size * 0.38), (x + size * 0.7, y - size * 0.28), (x + size * 0.46, y - size * 0.24)],
            False,
        )
    )
    p.fill(p.area(ellipse(x + size * 0.37, y - size * 0.34, 4, 4)))
    wing = [
        (x + size * 0.1, y - size * 0.18),
        (x - size * 0.2, y - size * 0.25),
        (x - size * 0.7, y - size * 0.02),
        (x - size * 0.1, y + size * 0.16),
    ]
    p.paint(p.area(wing), 0.55, Screen(12, 6), 2.6)
    for dx in (-0.04, 0.1):
        p.stroke([(x + size * dx, y + size * 0.26), (x + size * (dx + 0.03), y + size * 0.46)], 4)


def grapes(p: Plate, x: float, y: float, size: float) -> None:
    """A bunch of grapes under a leaf."""
    for row in range(6):
        for k in range(6 - row):
            gx, gy = x + (k - (5 - row) / 2) * size * 0.34, y + row * size * 0.3
            p.paint(
                p.area(ellipse(gx, gy, size * 0.2, size * 0.2)), Volume(0, 0.9, size * 0.2), Screen(45, 4.5, bulge=6), 2
            )
    for angle in (200, 270, 340):
        leaf(p, x, y - size * 0.1, size * 0.9, angle, 1.9)
