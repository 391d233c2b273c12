"""Arrangements without overlap: every picture gets a cell of a grid, neighbours stay neighbours."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from indexer.core.types import Array

ASPECT = 1.6
"""Width over height of a grid: most screens."""
BLOCK = 64
"""Pictures that are assigned to cells together, at best total distance."""


@dataclass(frozen=True, slots=True)
class Grid:
    """Cells of the pictures.

    Attributes:
        cells: int32 (n, 2), column and row, no two alike.
        columns, rows: Extent of the grid.
    """

    cells: Array
    columns: int
    rows: int

    @property
    def xy(self) -> Array:
        """Centres of the cells, float32 (n, 2), the grid centred on 0, its longer side from −1 to 1."""
        longer = max(self.columns, self.rows, 1)
        centre = np.array([self.columns - 1, self.rows - 1], np.float32)
        return ((2 * self.cells - centre) / longer).astype(np.float32)

    @property
    def pitch(self) -> float:
        """Distance between neighbouring cells in the units of `xy`."""
        return 2 / max(self.columns, self.rows, 1)


def grid_shape(n: int, aspect: float = ASPECT) -> tuple[int, int]:
    """Columns and rows of the smallest grid of about `aspect` that holds `n` pictures."""
    columns = max(1, round(float(np.sqrt(n * aspect))))
    return columns, max(1, -(-n // columns))


def grid(xy: Array, aspect: float = ASPECT) -> Grid:
    """Cells for the points (n, 2) so that what is near stays near.

    The plane is halved again and again, points and cells alike in number, down to blocks of at most `BLOCK`; in
    each block the assignment with the smallest total squared distance is found (Jonker & Volgenant 1987, SciPy).
    The last row may be shorter; its cells are centred.
    """
    n = len(xy)
    columns, rows = grid_shape(n, aspect)
    index = np.arange(n)
    cells = np.stack([index % columns, index // columns], axis=1).astype(np.int32)
    short = n - (rows - 1) * columns
    cells[(rows - 1) * columns :, 0] += (columns - short) // 2
    result = np.empty((n, 2), np.int32)
    for points, places in _halved(ranks(xy), cells):
        result[points] = cells[places[_assign(xy[points], cells[places])]]
    return Grid(result, columns, rows)


def ranks(xy: Array) -> Array:
    """Each axis replaced by ranks 0 … n−1 (ties in order): evens out density, float32 (n, 2)."""
    order = np.argsort(xy, axis=0, kind="stable")
    result = np.empty_like(order)
    for axis in range(xy.shape[1]):
        result[order[:, axis], axis] = np.arange(len(xy))
    return result.astype(np.float32)


def _halved(xy: Array, cells: Array) -> list[tuple[Array, Array]]:
    """Pairs of equally many points and cells (positions), at most BLOCK each."""
    done: list[tuple[Array, Array]] = []
    todo = [(np.arange(len(xy)), np.arange(len(cells)))]
    while todo:
        points, places = todo.pop()
        if len(points) <= BLOCK:
            if len(points):
                done.append((points, places))
            continue
        extent = cells[places].max(axis=0) - cells[places].min(axis=0)
        axis = int(extent[1] > extent[0])
        places = places[np.argsort(cells[places, axis], kind="stable")]
        line = cells[places[len(places) // 2], axis]  # cut between two columns (rows), not inside one
        half = int(np.searchsorted(cells[places, axis], line, side="left")) or len(places) // 2
        points = points[np.argpartition(xy[points, axis], half)] if half < len(points) else points
        todo += [(points[:half], places[:half]), (points[half:], places[half:])]
    return done


def _assign(xy: Array, cells: Array) -> Array:
    """Which cell each point gets, both fitted into the unit square first."""
    from scipy.optimize import linear_sum_assignment

    a, b = _unit_square(xy), _unit_square(cells.astype(np.float64))
    cost = ((a[:, None] - b[None]) ** 2).sum(axis=2)
    return np.asarray(linear_sum_assignment(cost)[1])


def _unit_square(xy: Array) -> Array:
    low = xy.min(axis=0).astype(np.float64)
    span = xy.max(axis=0) - low
    return np.asarray((xy - low) / np.where(span > 0, span, 1))
