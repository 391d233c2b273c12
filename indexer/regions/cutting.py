"""From shares of classes in cells to boxes of pictures and initials."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from indexer.core.types import Array
from indexer.regions.cells import CELL
from indexer.regions.components import Components
from indexer.regions.network import CLASSES

PICTURE, INITIAL = CLASSES.index("picture"), CLASSES.index("initial")


@dataclass(frozen=True, slots=True)
class Cut:
    """One picture or initial on the analysed page.

    Attributes:
        box: `[x, y, width, height]` in pixels of the analysed page.
        initial: Whether it is an initial.
        score: Mean share of its class in its area, 0–1.
    """

    box: tuple[float, float, float, float]
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
    either = piece_picture + piece_initial > 0.5
    either[0] = False
    drawn = either[pieces.labels] | (picture + initial > 0.5)
    is_initial = np.where(either[pieces.labels], (piece_initial > piece_picture)[pieces.labels], initial > picture)
    cuts = []
    for which in (False, True):
        area = (drawn & (is_initial == which)).astype(np.uint8)
        cuts += [Cut(box, which, score) for box, score in _boxes(area, picture + initial, ink)]
    return cuts


def _enlarge(share: Array, shape: tuple[int, ...]) -> Array:
    """A share of each cell as a smooth map of the page, float32 (h, w)."""
    rows, columns = share.shape
    full = cv2.resize(np.ascontiguousarray(share), (columns * CELL, rows * CELL), interpolation=cv2.INTER_LINEAR)
    return np.asarray(full[: shape[0], : shape[1]])


def _piece_shares(share: Array, pieces: Components) -> Array:
    """Mean share over the ink of each piece, float64 (n,)."""
    total = np.bincount(pieces.labels.ravel(), share.ravel(), len(pieces))
    return np.asarray(total / np.maximum(pieces.areas, 1))


def _boxes(area: Array, share: Array, ink: Array) -> list[tuple[tuple[float, float, float, float], float]]:
    """Boxes tight around the ink of each connected area, with its mean share."""
    n, labels, stats, _ = cv2.connectedComponentsWithStats(area, connectivity=8)
    sums = np.bincount(labels.ravel(), share.ravel(), n)
    found = []
    for i in range(1, n):
        x, y, w, h, count = (int(v) for v in stats[i])
        inside = (labels[y : y + h, x : x + w] == i) & (ink[y : y + h, x : x + w] > 0)
        rows, columns = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
        if len(rows) and len(columns):
            box = (x + columns[0], y + rows[0], columns[-1] - columns[0] + 1, rows[-1] - rows[0] + 1)
            found.append((tuple(float(v) for v in box), float(sums[i] / count)))
    return found  # type: ignore[return-value]
