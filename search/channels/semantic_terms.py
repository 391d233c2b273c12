"""Several terms in one search: how texts, pictures, weights and negative terms become one ranking.

Terms of different kinds spread their scores differently (pictures against pictures: cosines of 0.5 to 0.9; texts
against pictures: 0.1 to 0.35), so that a plain sum would let the pictures decide alone. Each positive term is divided
by the standard deviation of its scores over the collection before they are added. A negative term takes away only
what exceeds the ordinary: `max(0, z − 1)`, z being its score in deviations above the collection's mean. Regions that
have nothing to do with it keep their order, which subtracting its vector from the query would destroy.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from indexer.collection.vector_index import VectorIndex
from indexer.core.types import Array

EXCESS_FROM = 1.0
"""Deviations above the mean from which a negative term begins to count: about the upper sixth of a collection."""
FIRST_ROUND = 200


@dataclass(frozen=True, slots=True)
class Term:
    """A unit vector, float32 (d,), and its weight; negative pushes away."""

    vector: Array
    weight: float = 1.0


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
class Penalty:
    """A negative term: what a region's score in its direction exceeds `start` by, times `factor`, is taken away."""

    vector: Array
    start: float
    factor: float


@dataclass(frozen=True, slots=True)
class Composition:
    """A direction to search in, float32 (d,) of unit length, and penalties."""

    direction: Array
    penalties: Sequence[Penalty] = ()

    def penalise(self, scores: Array, vectors: Array) -> Array:
        """Scores (n,) less the penalties for stored vectors (n, d)."""
        out = scores.astype(np.float32).copy()
        for penalty in self.penalties:
            out -= np.float32(penalty.factor) * np.maximum(0.0, vectors @ penalty.vector - np.float32(penalty.start))
        return out


def compose(terms: Sequence[Term], spread: Spread) -> Composition:
    """One direction and its penalties from at least one term with a weight other than zero.

    With negative terms alone, the direction leads away from them.
    """
    positive = [term for term in terms if term.weight > 0]
    negative = [term for term in terms if term.weight < 0]
    if not positive:
        return Composition(_unit(_sum(negative or terms, spread), terms[0].vector))
    direction = _unit(_sum(positive, spread), positive[0].vector)
    total = sum(term.weight for term in positive)
    deviation = spread.of(direction)[1]
    penalties = []
    for term in negative:
        mean, own = spread.of(term.vector)
        factor = deviation / own * -term.weight / total * len(positive)
        penalties.append(Penalty(term.vector, mean + EXCESS_FROM * own, factor))
    return Composition(direction, penalties)


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
    index: VectorIndex, composition: Composition, limit: int, allowed: Array | None
) -> tuple[Array, Array]:
    """The `limit` best regions: ids int64 and scores float32, best first.

    Penalties only lower scores, so that the answer is complete as soon as the last of the `limit` best after the
    penalties is not below the last one fetched before them (Fagin's threshold algorithm); until then more are fetched.
    """
    query = composition.direction[None]
    if not composition.penalties:
        region_ids, scores = index.search(query, limit, allowed)
        return region_ids[0], scores[0]
    fetched = max(2 * limit, FIRST_ROUND)
    while True:
        ids, raw = index.search(query, fetched, allowed)
        region_ids, before = ids[0], raw[0]
        after = composition.penalise(before, index.vectors_of(region_ids)[1])
        order = np.lexsort((region_ids, -after))[:limit]
        complete = len(region_ids) < fetched or (len(order) == limit and after[order[-1]] >= before[-1])
        if complete or fetched >= len(index):
            return region_ids[order], after[order]
        fetched *= 4
