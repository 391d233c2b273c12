"""Matching all descriptors of a query with all of a stored image, each with those in its own cells of descriptor space.

Only a transform to begin with is wanted, which verify_evidence.py then proves with everything or not at all, so that a
few lost neighbours do not matter: comparing each with each takes five times as long.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from indexer.core.types import Array, LocalFeatures
from search.verify import agree, clear, keypoint_rows, spots

PIVOTS = 64
"""Centres that divide descriptor space into cells."""
LOOKED_INTO = 6
"""Cells that a descriptor of the query is compared with."""


@dataclass(frozen=True, slots=True)
class CellMatcher:
    """The descriptors of a query, ready to be matched.

    Attributes:
        query: Its features.
        side: Its longer side in pixels.
        pivots: uint8 (p, 128), centres of the cells.
        cells: int32 (n, k), the cells of each of the query's descriptors, nearest first.
        spots: int64 (n,), see `verify.spots`.
    """

    query: LocalFeatures
    side: float
    pivots: Array
    cells: Array
    spots: Array

    @classmethod
    def of(cls, query: LocalFeatures, side: float, centres: Array) -> CellMatcher:
        """Prepare a query; `centres` are uint8 (c, 128), of which a few serve as pivots."""
        pivots = np.ascontiguousarray(centres[:: max(1, len(centres) // PIVOTS)][:PIVOTS])
        return cls(query, side, pivots, cells_of(query.descriptors, pivots, LOOKED_INTO), spots(query))

    def transform(self, stored: LocalFeatures) -> Array | None:
        """float64 (3, 3): the transform that most nearest neighbours by the ratio test agree with; None without one."""
        from search.verify_kernels import nearest_in_cells

        n, theirs = len(self.query), spots(stored)
        cell = cells_of(stored.descriptors, self.pivots, 1)[:, 0]
        order = np.argsort(cell, kind="stable")
        starts = np.searchsorted(cell[order], np.arange(len(self.pivots) + 1))
        nearest, first, second = np.empty(n, np.int64), np.empty(n, np.float32), np.empty(n, np.float32)
        descriptors = self.query.descriptors, np.ascontiguousarray(stored.descriptors[order])
        nearest_in_cells(*descriptors, self.cells, starts, theirs[order], nearest, first, second)
        ours = np.flatnonzero(nearest >= 0)
        nearest = order[nearest[ours]]
        at, theirs, ratio = clear(nearest, first[ours], second[ours], self.spots[ours], theirs)
        rows = keypoint_rows(self.query)[ours[at]]
        found = agree(rows, keypoint_rows(stored)[theirs], 1.0 - ratio, self.side)
        return found.transform if found is not None else None


def cells_of(descriptors: Array, pivots: Array, count: int) -> Array:
    """int32 (n, count): the nearest pivots of descriptors uint8 (n, 128), nearest first."""
    from indexer.collection.instance_kernels import nearest_words

    count = min(count, len(pivots))
    cells, distances = np.empty((len(descriptors), count), np.int32), np.empty((len(descriptors), count), np.int32)
    one = np.ascontiguousarray(pivots[:1])
    nearest_words(np.ascontiguousarray(descriptors), one, pivots, 1, cells, distances)
    return cells
