"""Portraits of authors in profile."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from indexer.core.types import Array
from indexer.printshop.blocks.foliage import acanthus, frame, leaf, rosette
from indexer.printshop.blocks.lettering import inscribe_round
from indexer.printshop.burin import Plate, Screen, Volume
from indexer.printshop.curves import ellipse, place, rough


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
    hair_and_beard(p, at, s, beard, flip)
    headgear(p, at, hat)
    neckwear(p, at, collar)
    medallion(p, name, age)


def hair_and_beard(p: Plate, at: Callable[[object], Array], s: float, beard: float, flip: bool) -> None:
    """Locks behind the ear and a beard of length `beard` (0–1); `s` is the scale of the head."""
    hair = [(-0.1, -0.5), (-0.3, -0.3), (-0.5, 0.1)]
    for k in range(16):
        u = k / 15
        root = at([(np.interp(u, [0, 0.5, 1], [q[0] for q in hair]), np.interp(u, [0, 0.5, 1], [q[1] for q in hair]))])[
            0
        ]
        end = root + np.array([(-1 if not flip else 1) * p.rng.uniform(10, 26), p.rng.uniform(36, 66)])
        p.stroke([root, (root + end) / 2 + (p.rng.normal(0, 7), 0), end], 5)
    for _ in range(round(beard * 44)):
        root = at([(p.rng.uniform(0.02, 0.44), p.rng.uniform(0.3, 0.52))])[0]
        end = root + np.array([p.rng.normal(0, 12), beard * s * p.rng.uniform(0.35, 0.8)])
        p.stroke([root, (root + end) / 2 + (p.rng.normal(0, 8), 0), end], 4.4)


def medallion(p: Plate, name: str, age: float) -> None:
    """The oval frame with name and age, leaves in the corners."""
    w, h = p.width, p.height
    x, y = w / 2, h / 2
    outside = p.area(ellipse(x, y, w * 0.36, h * 0.37))
    p.ink = np.where(outside > 127, p.ink, 0).astype(np.uint8)
    middle = p.rng.uniform(0.375, 0.4)
    for q, width in ((0.36, p.rng.uniform(4, 8)), (middle, 2.0), (p.rng.uniform(0.455, 0.48), p.rng.uniform(3, 9))):
        p.stroke(ellipse(x, y, w * q, h * (q + 0.01)), width, taper=0)
    size = w * p.rng.uniform(0.022, 0.03)
    inscribe_round(p, name, x, y, w * 0.405, h * 0.415, size, p.rng.uniform(-105, -75), spaced=p.rng.uniform(2, 6))
    words = str(p.rng.choice(["AET. SVAE", "ANNO AETATIS", "VIXIT ANNOS", "AETATIS"]))
    words = f"{words} {round(30 + age * 45)}"
    inscribe_round(p, words, x, y, w * 0.405, h * 0.415, size * 0.9, p.rng.uniform(80, 100), spaced=p.rng.uniform(2, 5))
    corner_pieces(p, int(p.rng.integers(4)))
    frame(p, 3, (5,), 3)


def corner_pieces(p: Plate, kind: int) -> None:
    """What fills the corners outside the oval: acanthus, roses, laurel or hatching."""
    w, h = p.width, p.height
    if kind == 3:
        outside = 255 - p.area(ellipse(w / 2, h / 2, w * 0.485, h * 0.49))
        p.shade(outside, 0.4, Screen(p.rng.uniform(20, 70), 8))
        return
    for cx, cy, a in ((14, 14, 45), (w - 14, 14, 135), (14, h - 14, -45), (w - 14, h - 14, 225)):
        turned = a + p.rng.uniform(-12, 12)
        if kind == 0:
            acanthus(p, cx, cy, p.rng.uniform(90, 130), turned, int(p.rng.choice([-1, 1])))
        elif kind == 1:
            dx, dy = 40 * math.cos(math.radians(a)), 40 * math.sin(math.radians(a))
            rosette(p, cx + dx, cy + dy, p.rng.uniform(32, 44), int(p.rng.integers(5, 10)))
        else:
            for spread in (-28, 0, 28):
                leaf(p, cx, cy, p.rng.uniform(70, 105), turned + spread, p.rng.uniform(0.7, 1.2))


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
        for _ in range(60):
            q = at([(p.rng.uniform(-0.8, 0.6), p.rng.uniform(0.62, 1.0))])[0]
            p.stroke([q, q + p.rng.normal(0, 14, 2) + (0, 16)], 5)
