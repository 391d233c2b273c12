"""What lies next to a liked picture: the part of a taste that no single direction describes.

A label such as "caricature" is many small groups. Beside the linear classifier, the mean likeness to the three
nearest liked pictures counts, less that to the three nearest disliked ones; the mean of three keeps one wrong
judgement from drawing its whole neighbourhood in. Only computed for candidates.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from indexer.core.types import Array

NEAREST = 3
LIMIT = 200
"""Exemplars of a kind; of more judgements an even choice is taken: there the linear part knows enough."""


@dataclass(frozen=True, slots=True)
class Exemplars:
    """Judged pictures to compare with.

    Attributes:
        liked, disliked: float32 (p, d) and (q, d).
        usual_liked, usual_disliked: What a random picture of the collection scores.
        spread: Deviation of single likenesses in the collection.
    """

    liked: Array
    disliked: Array
    usual_liked: float
    usual_disliked: float
    spread: float

    @classmethod
    def of(
        cls, vectors: Array, positive: Array, negative: Array, background: Array, seeds: Array | None = None
    ) -> Exemplars:
        """From judged rows, a sample of rows of the collection, and the query's own pictures, float32 (s, d)."""
        liked, disliked = _rows(vectors, positive), _rows(vectors, negative)
        if seeds is not None:
            liked = np.concatenate([seeds, liked])
        usual = vectors[background].astype(np.float32)
        single = np.concatenate([(usual @ liked.T).ravel(), (usual @ disliked.T).ravel()])
        spread = float(single.std()) if len(single) else 0.0
        return cls(liked, disliked, _mean(nearness(usual, liked)), _mean(nearness(usual, disliked)), spread)

    def scores(self, matrix: Array) -> Array:
        """How much nearer to liked than to disliked pictures, in deviations; float32 (n,) for rows (n, d).

        Fewer than three judgements of a kind count for less.
        """
        if self.spread < 1e-6:
            return np.zeros(len(matrix), np.float32)
        rows = np.asarray(matrix, np.float32)
        gain = (nearness(rows, self.liked) - self.usual_liked) * min(1.0, len(self.liked) / NEAREST)
        loss = (nearness(rows, self.disliked) - self.usual_disliked) * min(1.0, len(self.disliked) / NEAREST)
        difference: Array = ((gain - loss) / self.spread).astype(np.float32)
        return difference


def nearness(rows: Array, exemplars: Array) -> Array:
    """Mean inner product with the `NEAREST` nearest exemplars, float32 (n,); zeros when there are none."""
    k = min(NEAREST, len(exemplars))
    if not k:
        return np.zeros(len(rows), np.float32)
    likeness = rows @ exemplars.T
    nearest: Array = np.partition(likeness, likeness.shape[1] - k, axis=1)[:, -k:].mean(axis=1)
    return nearest


def _rows(vectors: Array, rows: Array) -> Array:
    if len(rows) > LIMIT:
        rows = rows[np.linspace(0, len(rows) - 1, LIMIT).round().astype(np.int64)]
    return np.asarray(vectors[rows], np.float32)


def _mean(values: Array) -> float:
    return float(values.mean()) if len(values) else 0.0
