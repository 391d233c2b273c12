"""Ornaments that plain rules find more surely than the network: dense strips of carving, and blocks of colour."""

from __future__ import annotations

import cv2
import numpy as np

from indexer.core.types import Array
from indexer.regions.components import Components
from indexer.regions.cutting import Cut

SURE = 0.8
"""Score of what a rule finds."""
DENSE = 0.345
"""Share of ink from which a strip is carving: display type of the same height has 0.15–0.32 (84 pages)."""
HOLES = 0.33
"""Holes in each square of the line height of such a strip."""
COLOURED = 12.0
"""Mean chroma distance (Lab) of a painted block; red ink of type lies lower in the mean and fills its box less."""


def plain_cuts(ink: Array, colour: Array, pieces: Components, unit: float) -> list[Cut]:
    """Strips and painted blocks.

    Args:
        ink: uint8 mask (h, w), 0 or 1.
        colour: uint8 (h, w), chroma distance from the paper.
        pieces: Pieces of that ink.
        unit: Height of the prevailing letters in pixels.
    """
    return _strips(ink, pieces, unit) + _painted(colour, pieces, unit)


def _strips(ink: Array, pieces: Components, unit: float) -> list[Cut]:
    """Rows two to seven lines high, six times as long as high, dense and full of holes."""
    reach = max(round(1.2 * unit), 3)
    rows = cv2.morphologyEx(ink, cv2.MORPH_CLOSE, np.ones((3, 2 * reach + 1), np.uint8))
    n, labels, stats, _ = cv2.connectedComponentsWithStats(rows, connectivity=8)
    found = []
    for i in range(1, n):
        x, y, w, h, area = (int(v) for v in stats[i])
        if not 2.2 * unit <= h <= 7 * unit or w < 6 * h or area < 0.6 * w * h:
            continue
        window = np.s_[y : y + h, x : x + w]
        inside = labels[window] == i
        holes = pieces.holes[np.unique(pieces.labels[window][inside])].sum() * unit**2 / (w * h)
        if (ink[window] * inside).mean() > DENSE and holes > HOLES:
            found.append(Cut((float(x), float(y), float(w), float(h)), False, SURE))
    return found


def _painted(colour: Array, pieces: Components, unit: float) -> list[Cut]:
    """Pieces of colour that fill their box: long ones are line fillers, compact ones painted initials."""
    x, y, w, h = pieces.boxes.T
    tint = np.bincount(pieces.labels.ravel(), colour.ravel(), len(pieces)) / np.maximum(pieces.areas, 1)
    solid = pieces.areas > 0.7 * w * h
    size = (h >= 0.65 * unit) & (w >= 1.2 * unit) & (w * h >= (1.4 * unit) ** 2) & (h < 12 * unit)
    chosen = np.flatnonzero(solid & size & (tint > COLOURED))
    return [
        Cut((float(x[i]), float(y[i]), float(w[i]), float(h[i])), bool(w[i] < 2.5 * h[i]), SURE)
        for i in chosen.tolist()
        if i > 0
    ]
