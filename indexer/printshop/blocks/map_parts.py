"""What maps are made of: coasts, rivers, hills, towns, compass roses."""

from __future__ import annotations

import math

import cv2
import numpy as np

from indexer.core.types import Array
from indexer.printshop.blocks.foliage import frame
from indexer.printshop.blocks.lettering import inscribe, length, note
from indexer.printshop.blocks.scenery import box, pine
from indexer.printshop.burin import Plate, Screen
from indexer.printshop.chance import noise
from indexer.printshop.curves import ellipse, spiral

NAMES = [
    "Alba",
    "Vetus",
    "Portus",
    "Magnus",
    "Cap",
    "Rond",
    "Sylva",
    "Nigra",
    "Monte",
    "Chiaro",
    "Insula",
    "Avium",
    "Mare",
    "Album",
    "Terra",
    "Leonum",
    "Fons",
    "Regis",
    "Vallis",
    "Aurea",
    "Rupes",
    "Alta",
]


def land(p: Plate, level: float, cell: float, centre: tuple[float, float] | None = None, reach: float = 1.0) -> Array:
    """A mask of land from noise; around `centre` (shares of the block) if given."""
    h, w = p.ink.shape
    height = noise((h, w), cell, p.rng) + 0.5 * noise((h, w), cell / 2.4, p.rng) + 0.22 * noise((h, w), cell / 6, p.rng)
    if centre is not None:
        y, x = np.mgrid[0:h, 0:w].astype(np.float32)
        height = height + 1.6 - 3.6 * np.hypot((x / w - centre[0]) / reach, (y / h - centre[1]) / reach)
    return np.asarray(255 * (height > level), np.uint8)


def coast(p: Plate, mask: Array) -> None:
    """Cover the land with paper; the water gets level strokes that thin out away from the shore."""
    solid = (mask > 127).astype(np.uint8)
    away = cv2.distanceTransform(1 - solid, cv2.DIST_L2, 3)
    tone = np.clip(0.75 - away / 46, 0, 0.75).astype(np.float32)
    water = np.asarray(255 * (1 - solid), np.uint8)
    p.paint(water, lambda x, y: tone[y.astype(int), x.astype(int)], Screen(0, 6.5, cross=1), 0)
    p.paint(mask, 0.0, None, 3.4)


def inside(p: Plate, mask: Array, margin: int) -> tuple[float, float] | None:
    """A random point on land at least `margin` pixels from the shore, or None."""
    ys, xs = np.nonzero(cv2.distanceTransform((mask > 127).astype(np.uint8), cv2.DIST_L2, 3) > margin / 2)
    if len(xs) == 0:
        return None
    i = int(p.rng.integers(len(xs)))
    return float(xs[i]), float(ys[i])


def river(p: Plate, mask: Array) -> None:
    """A winding river from inland to the water."""
    start = inside(p, mask, 45)
    if start is None:
        return
    x, y, a = start[0], start[1], p.rng.uniform(0, 6.3)
    points = [(x, y)]
    for _ in range(40):
        a += p.rng.normal(0, 0.5)
        x, y = x + 22 * math.cos(a), y + 22 * math.sin(a)
        points.append((x, y))
        if not (8 < x < p.width - 8 and 8 < y < p.height - 8) or mask[int(y), int(x)] < 128:
            break
    p.stroke(points, 4.4, taper=0)
    p.stroke(points, 1.6, 0, taper=0)


def mountains(p: Plate, mask: Array, count: int) -> None:
    """Chains of molehills, shaded on the right."""
    for _ in range(count):
        start = inside(p, mask, 40)
        if start is None:
            return
        x, y = start
        a = p.rng.uniform(-0.4, 0.4)
        for k in range(int(p.rng.integers(3, 7))):
            mx, my, s = x + 30 * k * math.cos(a), y + 30 * k * math.sin(a) + p.rng.normal(0, 5), p.rng.uniform(15, 24)
            if not (0 <= mx < p.width and 0 <= my < p.height) or mask[int(my), int(mx)] < 128:
                break
            p.paint(
                p.area(
                    [
                        (mx - s, my),
                        (mx - s * 0.4, my - s * 0.9),
                        (mx, my - s * 1.2),
                        (mx + s * 0.5, my - s * 0.8),
                        (mx + s, my),
                    ]
                ),
                0.0,
                None,
                2.4,
            )
            p.shade(
                p.area([(mx, my - s * 1.1), (mx + s * 0.5, my - s * 0.8), (mx + s, my), (mx + s * 0.1, my)]),
                0.6,
                Screen(55, 5),
            )


def towns(p: Plate, mask: Array, count: int, names: bool = True) -> None:
    """Little churches with their names."""
    for k in range(count):
        at = inside(p, mask, 30)
        if at is None:
            return
        x, y = at
        p.fill(p.area(box(x - 13, y - 24, 30, 30), False), 0)
        p.paint(
            p.area(
                [(x - 10, y), (x - 10, y - 10), (x - 4, y - 24), (x + 2, y - 10), (x + 14, y - 10), (x + 14, y)], False
            ),
            0.3,
            Screen(60, 4),
            2.2,
        )
        p.fill(p.area(ellipse(x - 2, y + 4, 3, 3)))
        if names:
            note(p, str(NAMES[int(p.rng.integers(len(NAMES)))]), x + p.rng.choice([-26, 30]), y + 20, 9.5)
        if k % 3 == 0:
            for _ in range(5):
                tx, ty = x + p.rng.normal(0, 26), y + 34 + p.rng.normal(0, 8)
                if 0 < tx < p.width and 0 < ty < p.height and mask[int(ty), int(tx)] > 127:
                    pine(p, tx, ty, 26)


def compass(p: Plate, x: float, y: float, r: float, lines: bool = True, mask: Array | None = None) -> None:
    """A wind rose with sixteen points; its rhumb lines stop at the land `mask`."""
    before = p.ink.copy()
    if lines:
        for k in range(16):
            a = k * math.pi / 8
            p.stroke([(x, y), (x + 1600 * math.cos(a), y + 1600 * math.sin(a))], 1.5, taper=0, smooth=False)
    if mask is not None:
        p.ink = np.where(mask > 127, before, p.ink).astype(np.uint8)
    p.paint(p.area(ellipse(x, y, r, r)), 0.0, None, 3)
    p.stroke(ellipse(x, y, r * 0.86, r * 0.86), 2, taper=0)
    for k in range(16):
        a = k * math.pi / 8
        far, near = (r * 1.0 if k % 4 == 0 else r * 0.78 if k % 2 == 0 else r * 0.5), r * 0.16
        tip = (x + far * math.cos(a), y + far * math.sin(a))
        for side in (-1, 1):
            b = a + side * math.pi / 8
            half = [(x, y), (x + near * math.cos(b), y + near * math.sin(b)), tip]
            mask = p.area(half, False)
            p.fill(mask, 255 if side > 0 else 0)
            p.stroke([half[1], tip], 1.8, smooth=False)
    p.stroke([(x, y - r * 1.05), (x - 9, y - r * 1.22), (x, y - r * 1.45), (x + 9, y - r * 1.22), (x, y - r * 1.05)], 4)


def title_box(p: Plate, x: float, y: float, w: float, h: float, lines: tuple[str, ...], size: float = 12.5) -> None:
    """A strapwork cartouche with the title."""
    w = max(w, max(length(line, size, spaced=1) for line in lines) + 48)
    for cx, cy, hand in ((x, y, 1), (x + w, y, -1), (x, y + h, -1), (x + w, y + h, 1)):
        p.paint(p.area(ellipse(cx, cy, 28, 28)), 0.4, Screen(40, 5), 3)
        p.stroke(spiral(cx, cy, 24, 1.6, 0, hand), 4)
    p.paint(p.area(box(x - 6, y - 6, w + 12, h + 12), False), 0.5, Screen(0, 5), 3)
    p.paint(p.area(box(x + 8, y + 8, w - 16, h - 16), False), 0.0, None, 3)
    for k, line in enumerate(lines):
        inscribe(p, line, x + w / 2, y + h * (k + 1) / (len(lines) + 0.6), size * (1 if k == 0 else 0.8), spaced=1)


def scale_bar(p: Plate, x: float, y: float, w: float) -> None:
    """Miles and dividers."""
    p.paint(p.area(box(x, y, w, 13), False), 0.0, None, 2.2)
    for k in range(0, 6, 2):
        p.fill(p.area(box(x + k * w / 6, y, w / 6, 13), False))
    inscribe(p, "Leucae", x + w / 2, y - 6, 10)


def degrees(p: Plate) -> None:
    """A graduated border."""
    frame(p, 3, (5,), 2)
    for side in range(4):
        span = p.width if side % 2 == 0 else p.height
        for k in range(round(span / 34)):
            if k % 2 == 0:
                a = 11 + k * 34
                shape = (
                    box(a, 11, 34, 11),
                    box(p.width - 22, a, 11, 34),
                    box(a, p.height - 22, 34, 11),
                    box(11, a, 11, 34),
                )[side]
                p.fill(p.area(shape, False))
    for at in (10.0, 23.0):
        for start, end in (
            ((at, at), (p.width - at, at)),
            ((p.width - at, at), (p.width - at, p.height - at)),
            ((p.width - at, p.height - at), (at, p.height - at)),
            ((at, p.height - at), (at, at)),
        ):
            p.stroke([start, end], 1.8, taper=0, smooth=False)
