"""From votes to candidates to verified matches of one query picture."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from indexer.collection.instance_search import InstanceIndex, Votes
from indexer.core.types import Array, LocalFeatures
from indexer.features.sift import mirror
from search.channels.instance_query import QueryFeatures
from search.verify import LOOSE, TRIALS, agree, keypoint_rows, match, similarity, spots, squared_distances
from search.verify_evidence import Proof, Prover, make_cohort
from search.verify_score import SURE, measure, print_score

SHORTLIST = 300
"""Images whose votes are checked for geometric agreement."""
BATCH = 30
"""Images compared by their stored descriptors at a time; the next ones follow only while sure copies are found."""
CLOSE = 8
"""Images that are also matched with all descriptors when their votes alone prove nothing."""
BACKGROUND = 512
"""Words of the vocabulary that stand in the cohort, so that the smallest collections have one."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An image that may be a copy.

    Attributes:
        image_id: Of the stored image.
        score: Weight of the votes that agree with one similarity.
        guess: float64 (3, 3), that similarity, from query pixels (mirrored if `mirrored`) to pixels of the image.
        mirrored: The votes came from the mirrored query.
    """

    image_id: int
    score: float
    guess: Array
    mirrored: bool


@dataclass(frozen=True, slots=True)
class Match:
    """A stored image that agrees with the query.

    Attributes:
        image_id: Of the stored image.
        proof: Transform from pixels of the query (mirrored if `mirrored`) and what supports it.
        score: In [0, 1], see verify_score.py.
        mirrored: The query had to be mirrored.
        query_points, image_points: float32 (k, 2), the witnesses; the query's as given, not mirrored.
    """

    image_id: int
    proof: Proof
    score: float
    mirrored: bool
    query_points: Array
    image_points: Array


def candidates(
    index: InstanceIndex, features: LocalFeatures, side: float, allowed: Array, mirrored: bool
) -> list[Candidate]:
    """The images with most votes that agree geometrically, best first."""
    from search.verify_kernels import best_similarities

    votes = index.search(features.descriptors, allowed, SHORTLIST)
    if not len(votes.image_ids):
        return []
    rows, other, weights, starts = _grouped(votes, features)
    count = len(votes.image_ids)
    pick, score = np.zeros(count, np.int64), np.zeros(count, np.float32)
    best_similarities(starts, rows, other, weights, LOOSE * side, TRIALS, pick, score)
    total = score + 1e-3 * votes.scores
    return [
        Candidate(int(votes.image_ids[i]), float(total[i]), similarity(rows[pick[i]], other[pick[i]]), mirrored)
        for i in np.argsort(-total, kind="stable")
        if pick[i] >= 0
    ]


def _grouped(votes: Votes, features: LocalFeatures) -> tuple[Array, Array, Array, Array]:
    """Rows of both sides, weights, and where each image's matches start, heaviest first in each image."""
    order = np.lexsort((-votes.weights, votes.images))
    rows = keypoint_rows(features)[votes.queries[order]]
    other = np.column_stack([votes.xy, votes.sizes, np.deg2rad(votes.angles)]).astype(np.float32)[order]
    starts = np.searchsorted(votes.images[order], np.arange(len(votes.image_ids) + 1)).astype(np.int64)
    return rows, other, votes.weights[order], starts


class Verifier:
    """Finds and verifies the copies of one query picture."""

    def __init__(self, query: QueryFeatures, index: InstanceIndex, snapshot: Any, ignored: Array | None) -> None:
        """Prepare; `ignored` bool (n,) says which of the query's keypoints prove nothing."""
        self.query, self.index, self.snapshot, self.ignored = query, index, snapshot, ignored
        self.features = {False: query.features}

    def matches(self, allowed: Array, mirrors: bool, limit: int) -> list[Match]:
        """Verified images, best first.

        Args:
            allowed: bool, by position in the index.
            mirrors: Look for mirrored copies as well.
            limit: Most images compared by their descriptors.
        """
        if mirrors:
            self.features[True] = mirror(self.query.features, self.query.width)
        found: list[Candidate] = []
        for mirrored, features in self.features.items():
            found += candidates(self.index, features, self.query.side, allowed, mirrored)
        found.sort(key=lambda c: (-c.score, c.image_id, c.mirrored))
        best: dict[int, Match] = {}
        for result in self._verified(found[: max(limit, BATCH)]):
            if result.image_id not in best or result.score > best[result.image_id].score:
                best[result.image_id] = result
        return sorted(best.values(), key=lambda m: (-m.score, m.image_id))

    def _verified(self, found: list[Candidate]) -> Iterator[Match]:
        provers: dict[bool, Prover] = {}
        for start in range(0, len(found), BATCH):
            batch = found[start : start + BATCH]
            stored = self.snapshot.keypoints(sorted({c.image_id for c in batch}))
            if not provers:
                provers = self._provers(stored)
            results = [
                self._compare(provers[c.mirrored], c, stored.get(c.image_id), start + n) for n, c in enumerate(batch)
            ]
            yield from (r for r in results if r is not None)
            if not any(r is not None and r.score >= SURE for r in results[-BATCH // 2 :]):
                return

    def _provers(self, stored: dict[int, LocalFeatures]) -> dict[bool, Prover]:
        leaves = self.index.vocabulary.leaves
        words = leaves[:: max(1, len(leaves) // BACKGROUND)][:BACKGROUND]
        cohort = [(-1, words), *((i, f.descriptors) for i, f in sorted(stored.items()))]
        return {
            mirrored: Prover(features, self.query.side, make_cohort(features, cohort), self.ignored)
            for mirrored, features in self.features.items()
        }

    def _compare(self, prover: Prover, candidate: Candidate, stored: LocalFeatures | None, rank: int) -> Match | None:
        if stored is None:
            return None
        proof = prover.prove(stored, candidate.image_id, [candidate.guess])
        if rank < CLOSE and (proof is None or self._score(prover, proof) < SURE):
            guess = closest_transform(prover, stored)
            again = prover.prove(stored, candidate.image_id, [guess]) if guess is not None else None
            if again is not None and (proof is None or again.log_nfa > proof.log_nfa):
                proof = again
        return self._match(prover, candidate, stored, proof) if proof is not None else None

    def _score(self, prover: Prover, proof: Proof) -> float:
        return print_score(measure(proof, prover.query.xy[proof.ours], self.query.side))

    def _match(self, prover: Prover, candidate: Candidate, stored: LocalFeatures, proof: Proof) -> Match:
        points = prover.query.xy[proof.ours].copy()
        if candidate.mirrored:
            points[:, 0] = self.query.width - points[:, 0]
        value = self._score(prover, proof)
        return Match(candidate.image_id, proof, value, candidate.mirrored, points, stored.xy[proof.theirs])


def closest_transform(prover: Prover, stored: LocalFeatures) -> Array | None:
    """The transform that most nearest neighbours by the ratio test agree with."""
    squared = squared_distances(prover.query.descriptors, stored.descriptors)
    ours, theirs, ratio = match(squared, spots(prover.query), spots(stored))
    found = agree(prover.rows[ours], keypoint_rows(stored)[theirs], 1.0 - ratio, prover.side)
    return found.transform if found is not None else None
