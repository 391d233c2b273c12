"""Second thoughts about a cut: lines of display type that the network half took for ornaments."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from indexer.core.types import Array
from indexer.regions.components import Components
from indexer.regions.cutting import Cut

SURE_ENOUGH = 0.75
"""Cuts with a larger mean share are not questioned."""
LETTERS = 0.25
"""Share of the ink in letters from which a cut may be type."""
HOLES = 0.24
"""Holes in each square of the line height: lines of type have 0.0–0.2, rows of ornaments 0.25–3."""
LINE = 1.6
"""Height in lines below which a cut of letters is a line of type."""
COLOURED = 10.0
"""Mean chroma distance of the ink above which a line is no plain type (line fillers, rubricated initials)."""


@dataclass(frozen=True, slots=True)
class Make:
    """What a cut is made of.

    Attributes:
        letters: Share of its ink in letters.
        holes: Holes in each square of the line height.
        lines: Height in lines.
        colour: Mean chroma distance of its ink.
    """

    letters: float
    holes: float
    lines: float
    colour: float


def make_of(cut: Cut, pieces: Components, colour: Array, unit: float) -> Make:
    """Measure a cut.

    Args:
        cut: On the analysed page.
        pieces: Pieces of its ink.
        colour: uint8 (h, w), chroma distance of the page.
        unit: Height of the prevailing letters in pixels.
    """
    x, y, w, h = (int(v) for v in cut.box)
    labels = pieces.labels[y : y + h, x : x + w]
    counts = np.bincount(labels.ravel(), minlength=len(pieces))
    counts[0] = 0
    inside = np.flatnonzero(counts)
    total = max(int(counts.sum()), 1)
    tint = colour[y : y + h, x : x + w][labels > 0]
    return Make(
        letters=float(counts[pieces.letters].sum()) / total,
        holes=float(pieces.holes[inside].sum()) * unit**2 / max(w * h, 1),
        lines=h / unit,
        colour=float(tint.mean()) if len(tint) else 0.0,
    )


def is_type(cut: Cut, make: Make) -> bool:
    """Whether a cut is display type after all."""
    if cut.initial or cut.score >= SURE_ENOUGH or make.letters < LETTERS or make.colour > COLOURED:
        return False
    return make.holes < HOLES or make.lines < LINE
