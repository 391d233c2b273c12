"""From candidates to verified matches of one query picture."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from indexer.collection.instance_search import InstanceIndex
from indexer.core.geometry import Box, transform_points
from indexer.core.types import Array, LocalFeatures
from indexer.features.sift import mirror
from search.channels.instance_query import QueryFeatures
from search.channels.instance_rank import Candidate, candidates
from search.verify import FEWEST, agree, keypoint_rows, match, spots, squared_distances
from search.verify_evidence import Cohort, Proof, Prover, make_cohort
from search.verify_score import SURE, measure, print_score

BATCH = 30
"""Images compared by their stored descriptors at a time; the next ones follow only while sure copies are found."""
CLOSE = 8
"""Images that are also matched with all descriptors when their votes alone prove nothing."""
BACKGROUND = 512
"""Words of the vocabulary that stand in the cohort, so that the smallest collections have one."""
COPIES = 400
"""Most copies looked for on one image."""
WORTH_READING = 0.2
"""Matches below this score are not looked at again without the letters."""


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


class Verifier:
    """Finds and verifies the copies of one query picture."""

    def __init__(
        self, query: QueryFeatures, index: InstanceIndex, snapshot: Any, letters: Callable[[], Array] | None = None
    ) -> None:
        """Prepare.

        Args:
            query: What is looked for.
            index, snapshot: Where.
            letters: Says which of the query's keypoints lie on letterpress, bool (n,); asked only when it matters.
        """
        self.query, self.index, self.snapshot = query, index, snapshot
        self.letters = letters
        self.features = {False: query.features}
        self._read: Array | None = None
        self._provers: dict[tuple[bool, bool], Prover] = {}
        self._cohorts: dict[bool, Cohort] = {}

    def matches(self, allowed: Array, mirrors: bool, limit: int) -> list[Match]:
        """Verified places in images, best first; an image may have several.

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
        best: dict[int, list[Match]] = {}
        for results in self._verified(found[: max(limit, BATCH)]):
            known = best.get(results[0].image_id)
            if known is None or results[0].score > known[0].score:
                best[results[0].image_id] = results
        every = [m for group in best.values() for m in group]
        return sorted(every, key=lambda m: (-m.score, m.image_id))

    def _verified(self, found: list[Candidate]) -> Iterator[list[Match]]:
        for start in range(0, len(found), BATCH):
            batch = found[start : start + BATCH]
            stored = self.snapshot.keypoints(sorted({c.image_id for c in batch}))
            if not self._cohorts:
                self._prepare(stored)
            last = start
            for rank, candidate in enumerate(batch, start):
                features = stored.get(candidate.image_id)
                first = self._compare(candidate, features, rank) if features is not None else None
                if first is None or features is None:
                    continue
                if first.score >= SURE:
                    last = rank
                    yield [first, *self._further(candidate, features, first)]
                else:
                    yield [first]
            if last < start + len(batch) // 2:
                return

    def _prepare(self, stored: dict[int, LocalFeatures]) -> None:
        leaves = self.index.vocabulary.leaves
        words = leaves[:: max(1, len(leaves) // BACKGROUND)][:BACKGROUND]
        images = [(-1, words), *((i, f.descriptors) for i, f in sorted(stored.items()))]
        self._cohorts = {mirrored: make_cohort(f, images) for mirrored, f in self.features.items()}

    def _prover(self, mirrored: bool, strict: bool = False) -> Prover:
        """The query or its mirrored copy; a strict one takes no letters for witnesses."""
        key = mirrored, strict
        if key not in self._provers:
            ignored = self._letters() if strict else None
            self._provers[key] = Prover(self.features[mirrored], self.query.side, self._cohorts[mirrored], ignored)
        return self._provers[key]

    def _letters(self) -> Array:
        if self._read is None:
            none = np.zeros(len(self.query.features), np.bool_)
            self._read = self.letters() if self.letters is not None else none
        return self._read

    def _compare(self, candidate: Candidate, stored: LocalFeatures, rank: int) -> Match | None:
        prover = self._prover(candidate.mirrored)
        result = self._match(prover, candidate, stored, [candidate.guess])
        if rank < CLOSE and (result is None or result.score < SURE):
            guess = closest_transform(prover, stored)
            again = self._match(prover, candidate, stored, [guess]) if guess is not None else None
            if again is not None and (result is None or again.score > result.score):
                result = again
        if result is None or result.score < WORTH_READING or not self._letters().any():
            return result
        return self._match(self._prover(candidate.mirrored, True), candidate, stored, [result.proof.transform])

    def _match(self, prover: Prover, candidate: Candidate, stored: LocalFeatures, guesses: list[Array]) -> Match | None:
        proof = prover.prove(stored, candidate.image_id, guesses)
        if proof is None:
            return None
        points = prover.query.xy[proof.ours].copy()
        value = print_score(measure(proof, points, self.query.side))
        if candidate.mirrored:
            points[:, 0] = self.query.width - points[:, 0]
        return Match(candidate.image_id, proof, value, candidate.mirrored, points, stored.xy[proof.theirs])

    def _further(self, candidate: Candidate, stored: LocalFeatures, first: Match) -> Iterator[Match]:
        """More copies on the same image, where the ones found leave room."""
        x, y, w, h = self.query.box
        box = (self.query.width - x - w, y, w, h) if candidate.mirrored else (x, y, w, h)
        prover, pairs = self._prover(candidate.mirrored, bool(self._letters().any())), candidate.pairs
        for _ in range(COPIES):
            stored = stored.take(~_covered(stored.xy, first.proof.transform, box))
            pairs = pairs.take(~_covered(pairs.other[:, :2], first.proof.transform, box))
            guess = pairs.best(self.query.side) if len(stored) >= FEWEST else None
            if guess is None or guess[1] < candidate.score / 4.0:
                return
            following = self._match(prover, candidate, stored, [guess[0]])
            if following is None or following.score < SURE:
                return
            yield following
            first = following


def closest_transform(prover: Prover, stored: LocalFeatures) -> Array | None:
    """The transform that most nearest neighbours by the ratio test agree with."""
    squared = squared_distances(prover.query.descriptors, stored.descriptors)
    ours, theirs, ratio = match(squared, spots(prover.query), spots(stored))
    found = agree(prover.rows[ours], keypoint_rows(stored)[theirs], 1.0 - ratio, prover.side)
    return found.transform if found is not None else None


def _covered(xy: Array, matrix: Array, box: Box) -> Array:
    """bool (n,): points of an image that a transform from the query puts inside the query's box."""
    back = transform_points(np.linalg.inv(matrix), xy)
    return np.asarray(((back >= [box[0], box[1]]) & (back <= [box[0] + box[2], box[1] + box[3]])).all(axis=1))
