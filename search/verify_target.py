"""A stored image as the proofs of verify_evidence.py look at it: its keypoints in the cells of a grid."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from indexer.core.types import Array, LocalFeatures
from search.verify import keypoint_rows

SIDE = 32
"""Cells along each side of the grid: with 1,000 keypoints about one in each, as large as the radius of a wide look."""

Grid = tuple[Array, Array, Array, Array, int]
"""As `verify_kernels.guided` takes it."""


@dataclass(frozen=True, slots=True)
class Target:
    """A stored image.

    Attributes:
        rows: float32 (m, 4): x, y, size, angle in radians.
        descriptors: uint8 (m, 128).
        grid: Where they lie.
        own: First column that the image has in the cohort, and the first after these.
    """

    rows: Array
    descriptors: Array
    grid: Grid
    own: tuple[int, int]

    @classmethod
    def of(cls, other: LocalFeatures, own: tuple[int, int]) -> Target:
        """Prepare an image with one keypoint or more."""
        rows = keypoint_rows(other)
        return cls(rows, np.ascontiguousarray(other.descriptors), grid_of(rows), own)


def grid_of(rows: Array) -> Grid:
    """Keypoints float32 (m, 4), m at least 1, in the cells of a grid."""
    from search.verify_kernels import sort_into_cells

    starts, order = np.zeros(SIDE * SIDE + 1, np.int64), np.empty(len(rows), np.int64)
    near, frame = np.empty((len(rows), 5), np.float32), np.empty(5, np.float64)
    sort_into_cells(rows, SIDE, starts, order, near, frame)
    return near, order, starts, frame, SIDE


def directed(rows: Array) -> Array:
    """float32 (n, 5): x, y, size, cosine and sine of the angle, from rows with the angle in radians."""
    return np.column_stack([rows[:, :3], np.cos(rows[:, 3]), np.sin(rows[:, 3])]).astype(np.float32)
