"""Second thoughts about a cut: display type or a stain that the network took for a picture, scraps that hang on one,
and a carved strip that it doubted."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
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


TALL, LONG = 4.0, 2.5
"""Lines that a carved strip is high at least, and times its height that it is long."""
INKED = 0.3
"""Ink of its barest row, as a share of the mean row: headpieces have 0.34–0.73, lines of type under each other 0.0–0.1;
display type of one line has 0.7, too, but is lower (84 pages)."""
CARVED = 0.7
"""Score of what is carved, so that nothing else needs to speak for it."""


def lift_carved(cut: Cut, ink: Array, pieces: Components, unit: float) -> Cut:
    """A doubtful cut, made sure where it is a high strip, full of holes, through which no bare row runs.

    Args:
        cut: On the analysed page.
        ink: uint8 mask (h, w), 0 or 1.
        pieces: Pieces of that ink.
        unit: Height of the prevailing letters in pixels.
    """
    x, y, w, h = (int(v) for v in cut.box)
    if cut.initial or cut.score >= CARVED or h < TALL * unit or w < LONG * h:
        return cut
    window = np.s_[y : y + h, x : x + w]
    holes = float(pieces.holes[np.unique(pieces.labels[window])[1:]].sum()) * unit**2 / (w * h)
    carved = holes > HOLES and _barest_row(ink[window], unit) > INKED
    return replace(cut, score=CARVED) if carved else cut


def _barest_row(ink: Array, unit: float) -> float:
    """Ink of the barest quarter line in the inner rows as a share of the mean; the median over squares along the strip,
    because strips are never quite level."""
    h, w = ink.shape
    room = max(round(0.25 * unit), 1)
    shares = []
    for square in np.array_split(ink, max(round(w / h), 3), axis=1):
        rows = np.convolve(square.mean(axis=1), np.ones(room) / room, mode="same")[round(0.15 * h) : round(0.85 * h)]
        shares.append(rows.min() / max(float(rows.mean()), 1e-6))
    return float(np.median(shares))


FLAT = 24.0
"""Range of tones in 5 × 5 pixels that three quarters of the ink of a stain or of a bare desk stay below: stains have
5–19, pictures, painted ones included, 34 and more (84 pages, 75 pages of the print shop)."""
EVEN = 40.0
"""Range of the middle half of its tones: stains have 7–28; soft photographs, which may be as smooth, 75 and more."""


def is_flat(cut: Cut, grey: Array, ink: Array) -> bool:
    """Whether a cut is one even tone without drawing: a stain, a shadow, the desk beside the page.

    Args:
        cut: On the analysed page.
        grey: uint8 (h, w), lightness with paper near 255.
        ink: uint8 mask (h, w), 0 or 1.
    """
    x, y, w, h = (int(v) for v in cut.box)
    window = np.s_[y : y + h, x : x + w]
    smooth, around = cv2.blur(grey[window], (3, 3)), np.ones((5, 5), np.uint8)
    tones = cv2.subtract(cv2.dilate(smooth, around), cv2.erode(smooth, around))[ink[window] > 0]
    if not len(tones) or float(np.percentile(tones, 75)) >= FLAT:
        return False
    quarters = np.percentile(smooth[ink[window] > 0], (25, 75))
    return float(quarters[1] - quarters[0]) < EVEN


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
