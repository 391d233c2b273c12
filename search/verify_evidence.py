"""How much a match proves: witnesses that do not depend on each other, counted once each.

A transform is tested by all keypoints of the query: is the keypoint at the predicted place more similar than those of
other pictures are? A witness's strength is −log10 of the probability that keypoints of the *cohort*, images that look
most like the query by their votes, would come as near. Letters, dots of a halftone and hatching resemble those of the
cohort, so that they are weak witnesses; so are the parts of a motif that many blocks share. Neighbouring keypoints see
the same pixels: each cell of a grid over the query gives one witness, and a line of type is only a few cells high.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from indexer.core.types import Array, LocalFeatures
from search.verify import (
    FEWEST,
    LOOSE,
    TIGHT,
    agree,
    fit,
    keypoint_rows,
    log10_binomial_tail,
    squared_distances,
)
from search.verify_target import Target, directed

CELLS = 32
"""Cells along the longer side of the query."""
LEVELS = (1.0, 1.5, 2.0, 2.5, 3.0)
"""Strengths at which witnesses are counted."""
LEAST = 1.3
"""Strength from which on a witness takes part in a fit."""
COHORT_EACH = 64
"""Descriptors that one image adds to the cohort."""


@dataclass(frozen=True, slots=True)
class Cohort:
    """What the query's descriptors are compared with to learn how special a similarity is.

    Attributes:
        squared: float32 (n, c), squared distances of the query's descriptors to the cohort's.
        owners: int64 (c,), the image that each of the cohort's descriptors comes from; those of one follow each other.
    """

    squared: Array
    owners: Array

    def own(self, image_id: int) -> tuple[int, int]:
        """The first column of an image and the first after its columns; (0, 0) when it has none."""
        columns = np.flatnonzero(self.owners == image_id)
        return (int(columns[0]), int(columns[-1]) + 1) if len(columns) else (0, 0)


@dataclass(frozen=True, slots=True)
class Proof:
    """A verified pair.

    Attributes:
        transform: float64 (3, 3), query pixels to pixels of the other image.
        log_nfa: −log10 of the number of false alarms: so many witnesses so strong, among the cells tested.
        ours, theirs: int64 (k,), positions of the witnesses in both sets of features.
        strength: float32 (k,), −log10 of each witness's chance.
        tested: Cells of the query with keypoints that the transform puts inside the other image.
    """

    transform: Array
    log_nfa: float
    ours: Array
    theirs: Array
    strength: Array
    tested: int


class Prover:
    """One query (or its mirrored copy), ready to be compared with many images."""

    def __init__(self, query: LocalFeatures, side: float, cohort: Cohort, ignored: Array | None = None) -> None:
        """Prepare a query.

        Args:
            query: Its features.
            side: Its longer side in pixels.
            cohort: For its descriptors.
            ignored: bool (n,), keypoints that prove nothing (letters).
        """
        self.query, self.side, self.cohort = query, side, cohort
        self.rows = keypoint_rows(query)
        self.directed = directed(self.rows)
        self.usable = np.ones(len(query), np.bool_) if ignored is None else ~ignored
        cells = np.floor(self.rows[:, :2] / (side / CELLS)).astype(np.int64)
        distinct, inverse = np.unique(cells, axis=0, return_inverse=True)
        self.cells, self.count = inverse.ravel(), len(distinct)

    def prove(self, other: LocalFeatures, image_id: int, guesses: Sequence[Array]) -> Proof | None:
        """The best proof that some guessed transforms lead to.

        Args:
            other: Features of a stored image.
            image_id: Of that image; it does not count in the cohort.
            guesses: float64 (3, 3) each, query pixels to pixels of the image.
        """
        if not len(other) or not self.usable.any():
            return None
        target = Target.of(other, self.cohort.own(image_id))
        proofs = [self._refined(target, matrix) for matrix in guesses]
        return max((p for p in proofs if p is not None), key=lambda p: p.log_nfa, default=None)

    def _refined(self, target: Target, matrix: Array) -> Proof | None:
        """Three rounds: a wide look around a guess, then two narrow ones, fitting after each."""
        from search.verify_fit_kernels import one_each

        for part in (LOOSE, TIGHT):
            best, strength = self._look(target, matrix, part)
            ours = np.flatnonzero(one_each(strength, best, self.cells, self.count, len(target.rows), LEAST))
            if len(ours) < FEWEST:
                return None
            pairs = self.rows[ours], target.rows[best[ours]]
            fitted = self._fit(*pairs, strength[ours], rough=part == LOOSE)
            if fitted is None:
                return None
            matrix = fitted
        best, strength = self._look(target, matrix, TIGHT)
        return self._proof(target, matrix, best, strength)

    def _fit(self, query: Array, other: Array, strength: Array, rough: bool) -> Array | None:
        if not rough:
            return fit(query, other)
        found = agree(query, other, strength, self.side)
        return found.transform if found else None

    def _look(self, target: Target, matrix: Array, part: float) -> tuple[Array, Array]:
        from search.verify_kernels import guided

        n = len(self.rows)
        best, strength = np.zeros(n, np.int64), np.zeros(n, np.float64)
        radius = part * self.side * float(np.sqrt(abs(np.linalg.det(matrix[:2, :2]))))
        arrays = self.query.descriptors, target.descriptors, self.directed, target.grid
        guided(*arrays, matrix, radius, self.cohort.squared, target.own, best, strength)
        strength[~self.usable] = 0.0
        return best, strength

    def _proof(self, target: Target, matrix: Array, best: Array, strength: Array) -> Proof | None:
        from search.verify_fit_kernels import one_each

        ours = np.flatnonzero(one_each(strength, best, self.cells, self.count, len(target.rows), LEVELS[0]))
        if len(ours) < FEWEST:
            return None
        inside = (best > -2) & self.usable
        cells = int(np.count_nonzero(np.bincount(self.cells[inside], minlength=self.count)))
        crowd = int(inside.sum()) / max(cells, 1)
        nfa = log_nfa(strength[ours], cells, crowd, len(self.rows))
        return Proof(matrix, nfa, ours, best[ours], strength[ours].astype(np.float32), cells)


def make_cohort(query: LocalFeatures, images: Sequence[tuple[int, Array]]) -> Cohort:
    """A cohort from image ids and their descriptors uint8 (k, 128); of each image's a few, evenly spread."""
    spread = [(i, d[:: max(1, len(d) // COHORT_EACH)][:COHORT_EACH] if i >= 0 else d) for i, d in images]
    owners = np.repeat(np.array([i for i, _ in spread], np.int64), [len(d) for _, d in spread])
    descriptors = np.concatenate([np.zeros((0, 128), np.uint8), *(d for _, d in spread)])
    return Cohort(squared_distances(query.descriptors, descriptors), owners)


def log_nfa(strength: Array, cells: int, crowd: float, hypotheses: int) -> float:
    """−log10 of the number of false alarms of some witnesses.

    At each level t, k witnesses are at least t strong; a cell with `crowd` keypoints has one by chance with probability
    crowd · 10⁻ᵗ. NFA = hypotheses · levels · B(cells, k, p) (Desolneux, Moisan & Morel 2000).

    Args:
        strength: float (k,), of the witnesses, one a cell.
        cells: Cells tested.
        crowd: Keypoints in such a cell, on average.
        hypotheses: Transforms that could have been tried.
    """
    levels = np.array(LEVELS)
    counts = (strength[None] >= levels[:, None]).sum(axis=1)
    p = np.clip(crowd * 10.0**-levels, 1e-9, 0.9)
    tails = log10_binomial_tail(max(cells, int(counts.max(initial=0))), counts, p)
    return max(0.0, float(np.max(-tails)) - float(np.log10(max(hypotheses, 1) * len(LEVELS))))


def shape_of(points: Array, side: float) -> tuple[float, float]:
    """Thickness and length of a cloud of points (n, 2), as parts of `side`: four standard deviations along its axes."""
    if len(points) < 3:
        return 0.0, 0.0
    values = np.linalg.eigvalsh(np.cov(points.T.astype(np.float64)))
    low, high = 4.0 * np.sqrt(np.maximum(values, 0.0)) / side
    return float(low), float(high)
