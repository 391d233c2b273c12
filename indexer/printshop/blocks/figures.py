"""Animals and people, put together from limbs. Sizes: `size` is about the length of the body in pixels."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from indexer.core.types import Array
from indexer.printshop.burin import Plate, Screen, Volume
from indexer.printshop.curves import ellipse, place, rough

Limb = tuple[Sequence[tuple[float, float]], Sequence[float]]


def limb(
    p: Plate, at: tuple[float, float, float, bool], points: object, radii: Sequence[float], degrees: float = 0
) -> Array:
    """Mask of a limb given in units of the body; `at` is x, y, size, flip. No two animals are quite alike."""
    x, y, size, flip = at
    uneven = rough(np.asarray(points, np.float64), 0.011, p.rng)
    return p.tube(place(uneven, x, y, size, degrees, flip), [r * size * p.rng.uniform(0.9, 1.12) for r in radii])


def union(*masks: Array) -> Array:
    """One form from several limbs."""
    return np.asarray(np.maximum.reduce(masks))


def _fur(angle: float = 70) -> Screen:
    return Screen(angle, 6, bulge=9)


def stag(p: Plate, x: float, y: float, size: float, flip: bool = False) -> None:
    """A leaping stag."""
    at = (x, y, size, flip)
    far = union(
        limb(p, at, [(0.3, 0.1), (0.52, 0.28), (0.72, 0.2)], [0.06, 0.035, 0.02]),
        limb(p, at, [(-0.36, 0.05), (-0.6, 0.26), (-0.86, 0.3)], [0.09, 0.04, 0.02]),
    )
    p.paint(far, 0.6, _fur(), 2.4)
    body = union(
        limb(p, at, [(-0.42, -0.02), (0, -0.02), (0.34, -0.04)], [0.17, 0.15, 0.18]),
        limb(p, at, [(0.34, -0.08), (0.5, -0.3), (0.58, -0.46)], [0.14, 0.09, 0.07]),
        limb(p, at, [(0.56, -0.48), (0.68, -0.46), (0.8, -0.4)], [0.075, 0.06, 0.035]),
        limb(p, at, [(0.34, 0.08), (0.6, 0.16), (0.66, 0.36)], [0.08, 0.04, 0.022]),
        limb(p, at, [(-0.42, 0.06), (-0.44, 0.3), (-0.68, 0.46)], [0.12, 0.05, 0.022]),
        limb(p, at, [(-0.56, -0.08), (-0.66, -0.02)], [0.05, 0.02]),
    )
    p.paint(body, Volume(0.0, 0.8, size * 0.14), _fur(), 2.8)
    for side in (0, 1):
        p.stroke(
            place([(0.55, -0.53), (0.46 + side * 0.14, -0.7), (0.56 + side * 0.1, -0.92)], x, y, size, 0, flip),
            size * 0.03,
        )
        for k in range(3):
            root = (0.49 + side * 0.13, -0.64 - 0.09 * k)
            p.stroke(
                place([root, (root[0] + 0.08, root[1] - 0.05), (root[0] + 0.12, root[1] - 0.13)], x, y, size, 0, flip),
                size * 0.022,
            )
    p.paint(limb(p, at, [(0.54, -0.52), (0.42, -0.56)], [0.03, 0.012]), 0.2, None, 2)
    eye = place([(0.62, -0.49)], x, y, size, 0, flip)[0]
    p.fill(p.area(ellipse(eye[0], eye[1], size * 0.017, size * 0.017)))


def hound(p: Plate, x: float, y: float, size: float, flip: bool = False, dark: float = 0.6) -> None:
    """A running hound."""
    at = (x, y, size, flip)
    p.paint(union(
        limb(p, at, [(0.28, 0.06), (0.5, 0.2), (0.7, 0.3)], [0.06, 0.035, 0.025]),
        limb(p, at, [(-0.36, 0.06), (-0.5, 0.26), (-0.76, 0.34)], [0.08, 0.035, 0.025]),
    ), 0.6, _fur(), 2.2)  # fmt: skip
    body = union(
        limb(p, at, [(-0.4, 0), (0, 0.02), (0.3, -0.02)], [0.12, 0.1, 0.15]),
        limb(p, at, [(0.3, -0.06), (0.46, -0.18), (0.56, -0.22)], [0.1, 0.08, 0.075]),
        limb(p, at, [(0.56, -0.22), (0.66, -0.2), (0.78, -0.15)], [0.075, 0.055, 0.035]),
        limb(p, at, [(0.28, 0.06), (0.56, 0.12), (0.8, 0.16)], [0.07, 0.035, 0.025]),
        limb(p, at, [(-0.4, 0.04), (-0.36, 0.24), (-0.6, 0.38)], [0.1, 0.045, 0.025]),
        limb(p, at, [(-0.5, -0.04), (-0.7, -0.16), (-0.82, -0.32)], [0.035, 0.025, 0.012]),
    )
    p.paint(body, Volume(0.0, dark, size * 0.12), _fur(), 2.6)
    p.paint(limb(p, at, [(0.52, -0.26), (0.46, -0.16), (0.46, -0.1)], [0.03, 0.045, 0.02]), 0.7, Screen(60, 5), 2.2)
    p.stroke(place([(0.36, -0.16), (0.42, -0.06)], x, y, size, 0, flip), size * 0.05)
    eye = place([(0.61, -0.24)], x, y, size, 0, flip)[0]
    p.fill(p.area(ellipse(eye[0], eye[1], size * 0.02, size * 0.02)))


def horse(p: Plate, x: float, y: float, size: float, flip: bool = False, dark: float = 0.75) -> None:
    """A cantering horse."""
    at = (x, y, size, flip)
    p.paint(union(
        limb(p, at, [(0.32, 0.14), (0.44, 0.4), (0.4, 0.66)], [0.08, 0.05, 0.04]),
        limb(p, at, [(-0.36, 0.1), (-0.46, 0.42), (-0.4, 0.7)], [0.13, 0.05, 0.045]),
    ), 0.7, _fur(), 2.4)  # fmt: skip
    body = union(
        limb(p, at, [(-0.36, -0.02), (0, 0.03), (0.32, -0.02)], [0.23, 0.2, 0.22]),
        limb(p, at, [(0.32, -0.08), (0.5, -0.36), (0.56, -0.56)], [0.2, 0.13, 0.1]),
        limb(p, at, [(0.56, -0.58), (0.7, -0.48), (0.8, -0.36)], [0.1, 0.08, 0.055]),
        limb(p, at, [(0.34, 0.12), (0.6, 0.26), (0.52, 0.5)], [0.1, 0.055, 0.04]),
        limb(p, at, [(-0.38, 0.1), (-0.32, 0.42), (-0.56, 0.66)], [0.16, 0.06, 0.045]),
    )
    p.paint(body, Volume(0.02, dark, size * 0.2), _fur(66), 3)
    for k in range(8):
        u = k / 7
        root = (0.3 + 0.24 * u, -0.24 - 0.4 * u)
        p.stroke(
            place([root, (root[0] - 0.1, root[1] + 0.04), (root[0] - 0.14, root[1] + 0.16)], x, y, size, 0, flip), 4
        )
    for k in range(5):
        p.stroke(
            place([(-0.56, -0.1), (-0.74 - 0.02 * k, -0.06 + 0.04 * k), (-0.76 + 0.04 * k, 0.4)], x, y, size, 0, flip),
            4,
        )
    p.paint(limb(p, at, [(0.52, -0.66), (0.54, -0.76)], [0.035, 0.01]), 0.2, None, 2.4)
    p.stroke(place([(0.62, -0.44), (0.66, -0.62)], x, y, size, 0, flip), 3.4)
    p.stroke(place([(0.7, -0.42), (0.36, -0.3), (0.12, -0.26)], x, y, size, 0, flip), 3)
    eye = place([(0.62, -0.57)], x, y, size, 0, flip)[0]
    p.fill(p.area(ellipse(eye[0], eye[1], size * 0.02, size * 0.02)))


def man(
    p: Plate,
    x: float,
    base: float,
    size: float,
    flip: bool = False,
    pose: float = 0.0,
    hat: bool = True,
    dark: float = 0.6,
) -> None:
    """A man in doublet and hose; `size` his height, `pose` how high the arms are held (0–1)."""
    at = (x, base, size, flip)
    p.paint(limb(p, at, [(-0.02, -0.5), (-0.09, -0.26), (-0.14, -0.02)], [0.06, 0.042, 0.03]), 0.65, Screen(80, 5), 2.4)
    p.paint(limb(p, at, [(-0.14, -0.02), (-0.06, -0.005)], [0.022, 0.018]), 0.97, None, 2)
    p.paint(
        limb(p, at, [(-0.02, -0.74), (-0.16, -0.66 - 0.1 * pose), (-0.2, -0.5 - 0.4 * pose)], [0.05, 0.036, 0.024]),
        0.5,
        Screen(30, 5),
        2.4,
    )
    p.paint(
        limb(p, at, [(0.03, -0.5), (0.1, -0.27), (0.09, -0.02)], [0.065, 0.045, 0.032]),
        Volume(0.05, 0.75, 14),
        Screen(80, 5, bulge=4),
        2.4,
    )
    p.paint(limb(p, at, [(0.09, -0.02), (0.18, -0.005)], [0.024, 0.018]), 0.97, None, 2)
    skirt = place([(-0.1, -0.62), (0.11, -0.62), (0.15, -0.42), (0.0, -0.39), (-0.14, -0.42)], x, base, size, 0, flip)
    torso = union(limb(p, at, [(0, -0.56), (0.01, -0.68), (0.01, -0.77)], [0.085, 0.1, 0.075]), p.area(skirt))
    p.paint(torso, Volume(0.0, dark, size * 0.09), Screen(84, 6, bulge=7), 2.8)
    p.stroke(place([(-0.09, -0.58), (0.0, -0.56), (0.1, -0.58)], x, base, size, 0, flip), size * 0.018)
    for k in range(4):
        dot = place([(0.035, -0.75 + 0.045 * k)], x, base, size, 0, flip)[0]
        p.fill(p.area(ellipse(dot[0], dot[1], size * 0.007, size * 0.007)))
    p.paint(
        limb(p, at, [(0.05, -0.74), (0.17, -0.64 - 0.12 * pose), (0.27, -0.56 - 0.4 * pose)], [0.05, 0.038, 0.024]),
        Volume(0, 0.7, 14),
        Screen(20, 5),
        2.4,
    )
    head = limb(p, at, [(0.02, -0.87), (0.025, -0.9)], [0.055, 0.058])
    nose = limb(p, at, [(0.07, -0.885), (0.088, -0.875)], [0.014, 0.01])
    p.paint(union(head, nose), Volume(0, 0.4, 20), Screen(60, 5), 2.4)
    p.stroke(place([(-0.05, -0.81), (0.01, -0.795), (0.07, -0.82)], x, base, size, 0, flip), size * 0.03)
    p.stroke(place([(-0.05, -0.81), (0.01, -0.795), (0.07, -0.82)], x, base, size, 0, flip), size * 0.016, 0)
    p.fill(p.area(place(ellipse(0.05, -0.9, 0.007, 0.007), x, base, size, 0, flip)))
    p.stroke(place([(0.03, -0.84), (0.05, -0.835)], x, base, size, 0, flip), 2)
    if hat:
        p.paint(
            limb(p, at, [(-0.02, -0.96), (0.02, -1.0), (0.05, -0.96)], [0.04, 0.045, 0.04]), 0.7, Screen(45, 5), 2.4
        )
        p.stroke(place([(-0.1, -0.945), (0.02, -0.935), (0.13, -0.95)], x, base, size, 0, flip), size * 0.028)
        p.stroke(place([(-0.04, -0.98), (-0.14, -1.06), (-0.2, -0.98)], x, base, size, 0, flip), size * 0.02)


def lion(p: Plate, x: float, y: float, size: float, flip: bool = False) -> None:
    """A lion walking."""
    at = (x, y, size, flip)
    p.stroke(place([(-0.5, -0.06), (-0.76, -0.1), (-0.7, -0.4), (-0.86, -0.52)], x, y, size, 0, flip), size * 0.035)
    p.fill(p.area(place(ellipse(-0.88, -0.55, 0.05, 0.07), x, y, size, 0, flip)))
    p.paint(union(
        limb(p, at, [(0.24, 0.1), (0.2, 0.34), (0.24, 0.52)], [0.1, 0.06, 0.05]),
        limb(p, at, [(-0.34, 0.08), (-0.28, 0.32), (-0.26, 0.52)], [0.12, 0.06, 0.05]),
    ), 0.65, _fur(), 2.4)  # fmt: skip
    body = union(
        limb(p, at, [(-0.4, 0), (0, 0.02), (0.3, -0.04)], [0.18, 0.15, 0.2]),
        limb(p, at, [(0.32, 0.08), (0.42, 0.32), (0.4, 0.52)], [0.11, 0.065, 0.06]),
        limb(p, at, [(-0.42, 0.06), (-0.5, 0.3), (-0.46, 0.52)], [0.14, 0.065, 0.06]),
        limb(p, at, [(0.4, 0.53), (0.5, 0.54)], [0.05, 0.04]),
        limb(p, at, [(-0.46, 0.53), (-0.36, 0.54)], [0.05, 0.04]),
    )
    p.paint(body, Volume(0, 0.75, size * 0.18), _fur(75), 2.8)
    lion_head(p, place([(0.5, -0.28)], x, y, size, 0, flip)[0], size)


def lion_head(p: Plate, head: Array, size: float) -> None:
    """A lion's face in its mane."""
    for ring, count in ((0.34, 26), (0.25, 20)):
        for k in range(count):
            a = 2 * math.pi * k / count
            tip = (
                head[0] + ring * size * math.cos(a) * p.rng.uniform(0.85, 1.1),
                head[1] + ring * size * math.sin(a) * p.rng.uniform(0.85, 1.15),
            )
            root = (head[0] + 0.1 * size * math.cos(a), head[1] + 0.1 * size * math.sin(a))
            bend = (
                tip[0] * 0.5 + root[0] * 0.5 - 0.05 * size * math.sin(a),
                tip[1] * 0.5 + root[1] * 0.5 + 0.05 * size * math.cos(a),
            )
            p.paint(p.tube([root, bend, tip], [size * 0.05, size * 0.04, 2]), 0.35, Screen(math.degrees(a), 5), 2)
    p.paint(
        p.area(ellipse(head[0], head[1], size * 0.15, size * 0.17)),
        Volume(0, 0.6, size * 0.1),
        Screen(60, 5, bulge=6),
        2.8,
    )
    for side in (-1, 1):
        p.fill(p.area(ellipse(head[0] + side * size * 0.06, head[1] - size * 0.04, size * 0.022, size * 0.018)))
        p.stroke(
            [
                (head[0] + side * size * 0.02, head[1] - size * 0.09),
                (head[0] + side * size * 0.1, head[1] - size * 0.08),
            ],
            5,
        )
    p.fill(
        p.area(
            [
                (head[0] - size * 0.04, head[1] + size * 0.02),
                (head[0] + size * 0.04, head[1] + size * 0.02),
                (head[0], head[1] + size * 0.06),
            ],
            False,
        )
    )
    p.stroke(
        [
            (head[0] - size * 0.07, head[1] + size * 0.1),
            (head[0], head[1] + size * 0.07),
            (head[0] + size * 0.07, head[1] + size * 0.1),
        ],
        4,
    )


def hare(p: Plate, x: float, y: float, size: float, flip: bool = False) -> None:
    """A running hare."""
    at = (x, y, size, flip)
    body = union(
        limb(p, at, [(-0.34, 0), (0, -0.06), (0.26, 0)], [0.2, 0.17, 0.12]),
        limb(p, at, [(0.28, -0.06), (0.44, -0.16), (0.52, -0.12)], [0.11, 0.11, 0.08]),
        limb(p, at, [(0.24, 0.08), (0.46, 0.2), (0.66, 0.22)], [0.06, 0.04, 0.03]),
        limb(p, at, [(-0.36, 0.08), (-0.5, 0.24), (-0.76, 0.22)], [0.13, 0.06, 0.035]),
        limb(p, at, [(-0.52, -0.08), (-0.6, -0.12)], [0.06, 0.05]),
    )
    for k in (0, 0.07):
        p.paint(
            limb(p, at, [(0.4, -0.22), (0.26 - k, -0.4), (0.12 - k, -0.5 + k)], [0.03, 0.05, 0.015]),
            0.25,
            Screen(60, 5),
            2.2,
        )
    p.paint(body, Volume(0, 0.75, size * 0.15), Screen(64, 5.5, bulge=8), 2.6)
    eye = place([(0.46, -0.18)], x, y, size, 0, flip)[0]
    p.fill(p.area(ellipse(eye[0], eye[1], size * 0.025, size * 0.025)))
