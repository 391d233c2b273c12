"""From shares of classes in cells to boxes of pictures and initials."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from indexer.core.types import Array
from indexer.regions.cells import CELL, UNIT
from indexer.regions.components import Components
from indexer.regions.network import CLASSES

PICTURE, INITIAL = CLASSES.index("picture"), CLASSES.index("initial")
Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Cut:
    """One picture or initial on the analysed page.

    Attributes:
        box: `[x, y, width, height]` in pixels of the analysed page.
        initial: Whether it is an initial.
        score: Mean share of its class in its area, 0–1.
    """

    box: Box
    initial: bool
    score: float


def cut_regions(shares: Array, ink: Array, pieces: Components) -> list[Cut]:
    """Pictures and initials of a page.

    Args:
        shares: float32 (rows, columns, classes) of `classify_cells`.
        ink: uint8 mask (h, w), 0 or 1.
        pieces: Pieces of that ink.
    """
    picture, initial = (_enlarge(shares[..., k], ink.shape) for k in (PICTURE, INITIAL))
    piece_picture, piece_initial = _piece_shares(picture, pieces), _piece_shares(initial, pieces)
    # A piece of ink goes as a whole: so boxes end where the ink ends, not at the edge of a cell. Large ones may join a
    # miniature and its initial, or a picture and the type that touches it, and go as the network divides them.
    small = pieces.boxes[:, 2:].max(axis=1) <= WHOLE * (pieces.line_height or UNIT)
    small[0] = False
    seen = (picture + initial > SEEN).astype(np.uint8)
    seen |= cv2.dilate(seen, np.ones((MARGIN * 2 + 1, MARGIN * 2 + 1), np.uint8)) & ink & ~small[pieces.labels]
    drawn = np.where(small[pieces.labels], (piece_picture + piece_initial > SEEN)[pieces.labels], seen > 0)
    is_initial = np.where(small[pieces.labels], (piece_initial > piece_picture)[pieces.labels], initial > picture)
    cuts = []
    for which in (False, True):
        area = (drawn & (is_initial == which)).astype(np.uint8)
        cuts += [Cut(box, which, score) for box, score in _boxes(area, picture + initial, ink)]
    return cuts


SEEN = 0.5
"""Share of the classes picture and initial from which a cell or a piece of ink belongs to one."""
MARGIN = 3
"""Pixels by which a large piece of ink may go on beyond what the network saw of it."""
WHOLE = 8.0
"""Pieces of ink up to this many lines high and wide are never divided."""


def share_in(shares: Array, box: Box) -> float:
    """Mean share of pictures and initials in the cells of a box, 0–1."""
    x, y, w, h = (int(v) // CELL for v in box)
    window = shares[y : y + max(h, 1), x : x + max(w, 1)]
    return float(window[..., (PICTURE, INITIAL)].sum(axis=2).mean())


def _enlarge(share: Array, shape: tuple[int, ...]) -> Array:
    """A share of each cell as a smooth map of the page, float32 (h, w)."""
    rows, columns = share.shape
    full = cv2.resize(np.ascontiguousarray(share), (columns * CELL, rows * CELL), interpolation=cv2.INTER_LINEAR)
    return np.asarray(full[: shape[0], : shape[1]])


def _piece_shares(share: Array, pieces: Components) -> Array:
    """Mean share over the ink of each piece, float64 (n,)."""
    total = np.bincount(pieces.labels.ravel(), share.ravel(), len(pieces))
    return np.asarray(total / np.maximum(pieces.areas, 1))


def _boxes(area: Array, share: Array, ink: Array) -> Iterator[tuple[Box, float]]:
    """Boxes tight around the ink of each connected area, with its mean share."""
    n, labels, stats, _ = cv2.connectedComponentsWithStats(area, connectivity=8)
    for i in range(1, n):
        x, y, w, h, _ = (int(v) for v in stats[i])
        window = np.s_[y : y + h, x : x + w]
        inside = labels[window] == i
        score = float(share[window][inside].mean())
        compact = w * h > LEAST * ink.size and max(w, h) < LONGEST * min(w, h)
        for part in split_area(sure_part(inside, share[window]) if compact else inside):
            tight = extent(part & (ink[window] > 0))
            if tight is not None:
                px, py, pw, ph = tight
                yield (float(x + px), float(y + py), float(pw), float(ph)), score


def extent(mask: Array) -> tuple[int, int, int, int] | None:
    """Box of a mask, `[x, y, width, height]`; None for an empty one."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not len(rows):
        return None
    return int(columns[0]), int(rows[0]), int(columns[-1] - columns[0] + 1), int(rows[-1] - rows[0] + 1)


CORE = 0.72
"""Share of picture and initial in the sure part of an area."""
MAIN = 0.95
"""Share of all that is sure in an area that its largest sure part must have: a row of ornaments has many."""
WIDER = 0.75
"""The box of the sure part is taken when it has less than this share of the area's: an area that runs on over paper, a
stamp or a line of type, of which the network is not sure."""
LEAST, LONGEST = 0.03, 3.0
"""Areas below this share of the page and those longer than so many times their width stay as they are: in painted
initials, and in rows of ornaments, the network is sure of single spots."""


def sure_part(mask: Array, share: Array) -> Array:
    """An area, or the one part of it that the network is sure of, where that is much smaller.

    Args:
        mask: bool (h, w), the area.
        share: float32 (h, w), share of pictures and initials.
    """
    n, labels, stats, _ = cv2.connectedComponentsWithStats((mask & (share > CORE)).astype(np.uint8), connectivity=8)
    if n < 2:
        return mask
    largest = 1 + int(stats[1:, 4].argmax())
    if stats[largest, 4] <= MAIN * stats[1:, 4].sum():
        return mask
    # Shares fall off over a cell at the edge of the surest picture: that much is given back.
    grown = cv2.dilate((labels == largest).astype(np.uint8), np.ones((2 * CELL + 1, 2 * CELL + 1), np.uint8))
    part = mask & (grown > 0)
    box, small = extent(mask), extent(part)
    smaller = box is not None and small is not None and small[2] * small[3] < WIDER * box[2] * box[3]
    return part if smaller else mask


GAIN = 0.72
"""Two boxes must need less than this share of the area of the one box for an area to be split."""
FILL = 0.7
"""Share of its own box that each of the two must fill: rectangles that touch are split, odd shapes are not."""


def split_area(mask: Array) -> list[Array]:
    """An area, or the two rectangles that it consists of (a picture that touches a border strip, say)."""
    if mask.mean() > GAIN:
        return [mask]
    best: tuple[float, Array, Array] | None = None
    for turned in (False, True):
        area = mask.T if turned else mask
        cut, cost = _best_cut(area)
        if cost < GAIN * mask.size and (best is None or cost < best[0]):
            first, second = area.copy(), area.copy()
            first[cut:], second[:cut] = False, False
            best = (cost, first.T, second.T) if turned else (cost, first, second)
    if best is None:
        return [mask]
    parts = list(best[1:])
    return parts if all(_filled(part) > FILL for part in parts) else [mask]


def _best_cut(mask: Array) -> tuple[int, float]:
    """Row at which to cut so that the boxes of both halves have the least area together, and that area."""
    columns = np.arange(mask.shape[1])
    left = np.where(mask.any(axis=1), np.where(mask, columns, mask.shape[1]).min(axis=1), mask.shape[1])
    right = np.where(mask.any(axis=1), np.where(mask, columns, -1).max(axis=1), -1)
    top_width = np.maximum.accumulate(right) - np.minimum.accumulate(left) + 1
    bottom_width = (np.maximum.accumulate(right[::-1]) - np.minimum.accumulate(left[::-1]) + 1)[::-1]
    heights = np.arange(1, len(mask))
    if not len(heights):
        return 1, float(mask.size)
    costs = top_width[:-1] * heights + bottom_width[1:] * heights[::-1]
    cut = int(costs.argmin())
    return cut + 1, float(costs[cut])


def _filled(mask: Array) -> float:
    box = extent(mask)
    return float(mask.sum()) / (box[2] * box[3]) if box else 0.0
