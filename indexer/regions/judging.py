"""Second thoughts about a cut: display type that the network took for an ornament, scraps that hang on a picture."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from indexer.core.types import Array
from indexer.regions.components import Components
from indexer.regions.cutting import Box, Cut

SURE_ENOUGH = 0.7
"""Cuts with a larger mean share are not questioned."""
LETTERS = 0.25
"""Share of the ink in letters from which a cut may be type."""
HOLES = 0.2
"""Holes in each square of the line height: lines of type have mostly 0.0–0.2, rows of ornaments 0.25–3."""
DENSE = 0.25
"""Share of ink below which rows that consist of letters are type, whatever their holes."""
MOSTLY = 0.6
"""Share of the ink in letters from which a cut consists of letters."""
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
        ink: Share of its box that is ink.
    """

    letters: float
    holes: float
    lines: float
    colour: float
    ink: float


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
        ink=float(counts.sum()) / max(labels.size, 1),
    )


def is_type(cut: Cut, pieces: Components, colour: Array, unit: float) -> bool:
    """Whether a cut is display type after all; arguments as for `make_of`."""
    if cut.initial or cut.score >= SURE_ENOUGH:
        return False
    make = make_of(cut, pieces, colour, unit)
    if make.letters < LETTERS or make.colour > COLOURED:
        return False
    thin = make.letters > MOSTLY and make.ink < DENSE
    return thin or make.holes < HOLES or make.lines < LINE


BARE = 0.01
"""Share of ink below which a cut is a patch of paper with specks: thin line drawings have 0.03 and more."""


def has_ink(cut: Cut, ink: Array) -> bool:
    """Whether there is more than a few specks in a cut; ink uint8 (h, w), 0 or 1."""
    x, y, w, h = (int(v) for v in cut.box)
    return float(ink[y : y + h, x : x + w].mean()) > BARE


MAIN = 0.6
"""Share of a cut's ink in one piece from which that piece says where the picture ends."""
SCRAP = 0.04
"""Pieces smaller than this share of the main one do not count: letters above a miniature, show-through beside it."""


def trim(cut: Cut, pieces: Components) -> Cut:
    """A cut without the scraps at its edges, where one piece of ink makes up most of it."""
    x, y, w, h = (int(v) for v in cut.box)
    counts = np.bincount(pieces.labels[y : y + h, x : x + w].ravel(), minlength=len(pieces))
    counts[0] = 0
    main = int(counts.argmax())
    if counts[main] < MAIN * counts.sum():
        return cut
    kept = pieces.boxes[counts >= SCRAP * counts[main]]
    low = np.maximum(kept[:, :2].min(axis=0), (x, y))
    high = np.minimum((kept[:, :2] + kept[:, 2:]).max(axis=0), (x + w, y + h))
    box: Box = (float(low[0]), float(low[1]), float(high[0] - low[0]), float(high[1] - low[1]))
    return replace(cut, box=box)
