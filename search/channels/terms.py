"""Several terms in one search: how texts, pictures, weights and negative terms become one ranking.

Terms of different kinds spread their scores differently (pictures against pictures: cosines of 0.5 to 0.9; texts
against pictures: 0.1 to 0.35), so that a plain sum would let the pictures decide alone. Each positive term is divided
by the standard deviation of its scores over the collection before they are added.

A negative term takes away from a region what makes it more like that term than like what is wanted, or, when that is
more, a share of what its likeness to the term exceeds the ordinary by (a picture may show both). Likeness is told in
deviations above the collection's mean. What has nothing to do with the term keeps its place. Of the ways that
benchmarks/negative_terms.py compares (vector arithmetic, subtraction of scores, filters at a learnt threshold) this
one is at the top or close to it for every kind of negative; docs/feedback.md has the table.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from indexer.core.types import Array

SLOPE = 2.0
"""Deviations taken away for each by which a region is more like a negative term than like the wanted ones."""
SHARE = 0.35
ORDINARY = 1.0
"""Deviations above the mean from which likeness to a negative term counts by itself, with `SHARE`."""
SAME = 0.999
"""Cosine from which a negative term is the same as what is wanted."""
FIRST_ROUND = 200
_CHUNK = 16_384
Scan = Callable[[int], tuple[Array, Array]]
"""`scan(k)`: ids int64 and cosines float32 of the k regions nearest to the composition's direction, best first."""


@dataclass(frozen=True, slots=True)
class Term:
    """A unit vector, float32 (d,), and its weight; negative pushes away.

    Attributes:
        picture: Whether it is a picture's vector, not a text's.
    """

    vector: Array
    weight: float = 1.0
    picture: bool = False


class Spread:
    """How the scores of a direction are distributed over a collection.

    Args:
        sample: float32 (m, d) stored vectors.
    """

    def __init__(self, sample: Array) -> None:
        self._sample = sample

    def of(self, vector: Array) -> tuple[float, float]:
        """Mean and standard deviation of the scores of `vector`; (0, 1) where there is too little to say."""
        if len(self._sample) < 8:
            return 0.0, 1.0
        scores = self._sample @ vector
        deviation = float(scores.std())
        return float(scores.mean()), deviation if deviation > 1e-6 else 1.0


@dataclass(frozen=True, slots=True)
class Unwanted:
    """A negative term.

    Attributes:
        vector: float32 (d,), unit length.
        weight: Beside the usual weight of the wanted terms.
        mean, deviation: Of its scores over the collection.
    """

    vector: Array
    weight: float
    mean: float
    deviation: float

    def penalty(self, wanted: Array, vectors: Array) -> Array:
        """Deviations that stored vectors (n, d) lose, whose likeness to the query is `wanted` (n,)."""
        own = (vectors @ self.vector - self.mean) / self.deviation
        lost: Array = np.maximum(SLOPE * (own - np.maximum(wanted, 0.0)), SHARE * (own - ORDINARY))
        return self.weight * np.maximum(lost, 0.0)


@dataclass(frozen=True, slots=True)
class Composition:
    """A direction to search in, and what to stay away from.

    Attributes:
        direction: float32 (d,), unit length.
        mean, deviation: Of the direction's scores over the collection.
    """

    direction: Array
    mean: float = 0.0
    deviation: float = 1.0
    unwanted: Sequence[Unwanted] = ()

    @property
    def contradictory(self) -> bool:
        """Whether the same thing is wanted and unwanted."""
        return any(float(term.vector @ self.direction) > SAME for term in self.unwanted)

    def scores_of(self, vectors: Array) -> Array:
        """Scores of all stored vectors, float16 or float32 (n, d): float32 (n,)."""
        out = np.empty(len(vectors), np.float32)
        for start in range(0, len(vectors), _CHUNK):
            rows = np.asarray(vectors[start : start + _CHUNK], np.float32)
            plain = rows @ self.direction
            out[start : start + _CHUNK] = self.penalise(plain, rows) if self.unwanted else plain
        return out

    def penalise(self, scores: Array, vectors: Array) -> Array:
        """Scores (n,), less what stored vectors (n, d) have of the worst of the negative terms; float32."""
        wanted = (scores - self.mean) / self.deviation
        worst = np.max([term.penalty(wanted, vectors) for term in self.unwanted], axis=0, initial=0.0)
        out: Array = (scores - self.deviation * worst).astype(np.float32)
        return out


@dataclass(frozen=True, slots=True)
class Composed:
    """A request in the space of a channel: its composition, and the vectors of the pictures it wants, (s, d)."""

    composition: Composition
    pictures: Array


def compose(terms: Sequence[Term], spread: Spread) -> Composition:
    """One direction and its penalties from at least one term with a weight other than zero.

    With negative terms alone, the direction leads away from them.
    """
    positive = [term for term in terms if term.weight > 0]
    negative = [term for term in terms if term.weight < 0]
    if not positive:
        return Composition(_unit(_sum(negative or terms, spread), terms[0].vector))
    direction = _unit(_sum(positive, spread), positive[0].vector)
    usual = sum(term.weight for term in positive) / len(positive)
    unwanted = [Unwanted(term.vector, -term.weight / usual, *spread.of(term.vector)) for term in negative]
    return Composition(direction, *spread.of(direction), unwanted)


def composed(terms: Sequence[Term], spread: Spread) -> Composed:
    """As `compose`, with the vectors of the pictures that are wanted."""
    wanted = [term.vector for term in terms if term.picture and term.weight > 0]
    return Composed(compose(terms, spread), np.array(wanted, np.float32).reshape(-1, len(terms[0].vector)))


def _sum(terms: Sequence[Term], spread: Spread) -> Array:
    if len(terms) == 1:
        return terms[0].vector * np.float32(np.sign(terms[0].weight) or 1.0)
    parts = [term.vector * np.float32(term.weight / spread.of(term.vector)[1]) for term in terms]
    total: Array = np.array(parts, np.float32).sum(axis=0)
    return total


def _unit(vector: Array, otherwise: Array) -> Array:
    """Of length one; terms that cancel out leave the first of them."""
    length = float(np.linalg.norm(vector))
    if length <= 1e-6:
        return otherwise
    out: Array = (vector / length).astype(np.float32)
    return out


def search_composed(
    scan: Scan, vectors_of: Callable[[Array], Array], composition: Composition, limit: int, size: int
) -> tuple[Array, Array]:
    """The `limit` best regions: ids int64 and scores float32, best first.

    Penalties only lower scores, so that the answer is complete as soon as the last of the `limit` best after the
    penalties is not below the last one fetched before them (Fagin's threshold algorithm); until then more are fetched.

    Args:
        vectors_of: Stored vectors, float32 (n, d), of region ids.
        size: Regions in the index.
    """
    if not composition.unwanted:
        return scan(limit)
    fetched = max(2 * limit, FIRST_ROUND)
    while True:
        region_ids, before = scan(fetched)
        after = composition.penalise(before, vectors_of(region_ids))
        order = np.lexsort((region_ids, -after))[:limit]
        complete = len(region_ids) < fetched or (len(order) == limit and after[order[-1]] >= before[-1])
        if complete or fetched >= size:
            return region_ids[order], after[order]
        fetched *= 4
