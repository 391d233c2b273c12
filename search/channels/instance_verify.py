"""From candidates to verified matches of one query picture."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Any

import numpy as np

from indexer.collection.instance_search import InstanceIndex
from indexer.core.geometry import Box, transform_points
from indexer.core.types import Array, LocalFeatures
from indexer.features.sift import mirror
from search.channels.instance_dense import Registrar
from search.channels.instance_helpers import HELPERS
from search.channels.instance_query import QueryFeatures
from search.channels.instance_rank import Candidate, candidates
from search.channels.instance_stages import stage
from search.channels.instance_text import Letters
from search.channels.instance_thumbnails import Thumbnails
from search.verify import FEWEST, flip
from search.verify_cells import CellMatcher
from search.verify_dense import Registration
from search.verify_evidence import Cohort, Proof, Prover, make_cohort
from search.verify_score import SURE, parts_of, print_score

BATCH = 30
"""Images compared by their stored descriptors at a time; the next ones follow only while sure copies are found."""
PATIENT = 120
"""Images that a patient search compares before it gives up: badly worn blocks often stand behind the 30th place."""
CLOSE = 3
"""Images that are also matched with all their descriptors when the votes of none proved anything."""
BACKGROUND = 512
"""Words of the vocabulary that stand in the cohort, so that the smallest collections have one."""
COPIES = 400
"""Most copies looked for on one image."""
WORTH_LAYING = 1.0
"""−log10 NFA from which on the pictures themselves are laid on each other."""
WORTH_OPENING = 5.0
"""−log10 NFA from which on the image's file is opened for that, where its thumbnail is too coarse."""
WORTH_READING = 0.35
"""Matches below this score are not looked at again without the letters."""
BEYOND_LETTERS = 150.0
"""Nor are those above this −log10 NFA: no line of type reaches it."""


Stored = dict[int, LocalFeatures]
"""Local features by image id."""


@dataclass(frozen=True, slots=True)
class Match:
    """A stored image that agrees with the query.

    Attributes:
        image_id: Of the stored image.
        proof: Transform from pixels of the query (mirrored if `mirrored`) and what supports it.
        score: In [0, 1], see verify_score.py.
        mirrored: The query had to be mirrored.
        query_points, image_points: float32 (k, 2), the witnesses; the query's as given, not mirrored.
        parts: The numbers that the score is made of, by name.
        registration: How well the pictures themselves lie on each other; None where that is not known.
    """

    image_id: int
    proof: Proof
    score: float
    mirrored: bool
    query_points: Array
    image_points: Array
    parts: Mapping[str, float]
    registration: Registration | None = None


class Verifier:
    """Finds and verifies the copies of one query picture."""

    def __init__(
        self,
        query: QueryFeatures,
        index: InstanceIndex,
        snapshot: Any,
        letters: Letters | None = None,
        inverted: bool = False,
        thorough: bool = True,
        patience: int = BATCH,
        thumbnails: Thumbnails | None = None,
    ) -> None:
        """Prepare.

        Args:
            query: What is looked for.
            index, snapshot: Where.
            letters: Knows which of the query's keypoints lie on letterpress; asked only when it matters.
            inverted: The query is the negative of its pixels.
            thorough: Match all descriptors of a few images when the votes of none proved anything.
            patience: Images compared before giving up when none is surely a copy.
            thumbnails: Those that the search has read already.
        """
        self.query, self.index, self.snapshot = query, index, snapshot
        self.letters, self.thorough, self.patience = letters, thorough, patience
        self.registrar = Registrar(query, snapshot, inverted, thumbnails)
        self.features = {False: query.features}
        self._read: Array | None = None
        self._reading = Lock()
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
        with stage("votes"):
            found = self._candidates(allowed)
        with stage("verify"):
            return self._best(found[:limit])

    def _best(self, found: list[Candidate]) -> list[Match]:
        """The surest of both ways to look at each image, with its further copies."""
        best: dict[int, list[Match]] = {}
        for results in self._verified(found):
            known = best.get(results[0].image_id)
            if known is None or results[0].score > known[0].score:
                best[results[0].image_id] = results
        every = [m for group in best.values() for m in group]
        return sorted(every, key=lambda m: (-m.score, m.image_id))

    def _candidates(self, allowed: Array) -> list[Candidate]:
        """Of the query and its mirrored copy, side by side: the index's loops do not hold Python's lock."""
        asked = [(features, mirrored) for mirrored, features in self.features.items()]
        voted = HELPERS.map(lambda ask: candidates(self.index, ask[0], self.query.side, allowed, ask[1]), asked)
        found = [candidate for each in voted for candidate in each]
        return sorted(found, key=lambda c: (-c.score, c.image_id, c.mirrored))

    def _verified(self, found: list[Candidate]) -> Iterator[list[Match]]:
        sure, ahead = False, None
        for start in range(0, len(found), BATCH):
            batch = found[start : start + BATCH]
            stored = self._keypoints(batch) if ahead is None else ahead
            if not self._cohorts:
                self._prepare(stored)
            last = -1
            known = [c for c in batch if c.image_id in stored]
            following = [] if sure or start + BATCH >= self.patience else found[start + BATCH : start + 2 * BATCH]
            proofs, ahead = self._proofs(known, stored, [c.guess for c in known], following if start else [])
            compared = self._compared(known, stored, proofs)
            for rank, candidate in enumerate(batch, start):
                found_here = self._places(candidate, stored, compared.get((candidate.image_id, candidate.mirrored)))
                if found_here and found_here[0].score >= SURE:
                    last = rank
                if found_here:
                    yield found_here
            if start == 0 and last < 0 and self.thorough:
                ahead = yield from self._second_look(batch[:CLOSE], stored, following)
            sure = sure or last >= 0
            if last < start + len(batch) // 2 and (sure or start + BATCH >= self.patience):
                return

    def _keypoints(self, batch: list[Candidate]) -> Stored:
        stored: Stored = self.snapshot.keypoints(sorted({c.image_id for c in batch}))
        return stored

    def _second_look(
        self, batch: list[Candidate], stored: Stored, following: list[Candidate]
    ) -> Generator[list[Match], None, Stored | None]:
        """Match all descriptors of the best candidates, whatever their votes say about the transform.

        Returns:
            The keypoints of the candidates that follow, when there are any.
        """
        known = [c for c in batch if c.image_id in stored]
        side, centres = self.query.side, self.index.vocabulary.top
        matchers = {m: CellMatcher.of(self.features[m], side, centres) for m in {c.mirrored for c in known}}
        guesses = HELPERS.map(lambda c: matchers[c.mirrored].transform(stored[c.image_id]), known)
        proofs, ahead = self._proofs(known, stored, guesses, following)
        compared = self._compared(known, stored, proofs)
        for candidate in known:
            places = self._places(candidate, stored, compared.get((candidate.image_id, candidate.mirrored)))
            if places:
                yield places
        return ahead

    def _proofs(
        self, known: list[Candidate], stored: Stored, guesses: Sequence[Array | None], following: list[Candidate]
    ) -> tuple[dict[tuple[int, bool], Proof], Stored | None]:
        """What a transform for each candidate leads to, by image and mirror; candidates are compared side by side.

        Where others follow for sure, their keypoints are read meanwhile: an idle core waits for them in our place.
        """

        def proved(turn: int) -> Proof | None:
            candidate, guess = known[turn], guesses[turn]
            if guess is None:
                return None
            return self._prover(candidate.mirrored).prove(stored[candidate.image_id], candidate.image_id, [guess])

        ahead: list[Stored] = []
        turns = list(range(len(known)))
        found = HELPERS.map(
            lambda turn: ahead.append(self._keypoints(following)) if turn < 0 else proved(turn),
            [-1, *turns] if following else turns,
        )
        pairs = zip(known, found[1:] if following else found, strict=True)
        proofs = {(c.image_id, c.mirrored): proof for c, proof in pairs if proof is not None}
        return proofs, ahead[0] if following else None

    def _compared(
        self, known: list[Candidate], stored: Stored, proofs: dict[tuple[int, bool], Proof]
    ) -> dict[tuple[int, bool], Match]:
        """What proofs come to, by image and mirror; side by side, but for those that open files: only the first may."""
        proved = [(c, proofs[c.image_id, c.mirrored]) for c in known if (c.image_id, c.mirrored) in proofs]
        laid = list(dict.fromkeys(c.image_id for c, proof in proved if proof.log_nfa >= WORTH_LAYING))
        self.registrar.stored.thumbnails.read(laid)
        HELPERS.map(self.registrar.stored.thumbnail, laid)
        alone = [self._opens(c, stored[c.image_id], proof) for c, proof in proved]
        jobs = [job for job, opens in zip(proved, alone, strict=True) if not opens]
        matches = HELPERS.map(lambda job: self._compare(job[0], stored[job[0].image_id], job[1]), jobs)
        late = [job for job, opens in zip(proved, alone, strict=True) if opens]
        matches += [self._compare(c, stored[c.image_id], proof) for c, proof in late]
        pairs = zip([*jobs, *late], matches, strict=True)
        return {(c.image_id, c.mirrored): match for (c, _), match in pairs if match is not None}

    def _opens(self, candidate: Candidate, stored: LocalFeatures, proof: Proof) -> bool:
        """Whether the image's file is opened to lay it on the query, its thumbnail being too coarse."""
        if proof.log_nfa < WORTH_OPENING:
            return False
        matrix, points = self._given(candidate.mirrored, proof)
        return self.registrar.too_coarse(candidate.image_id, matrix, points)

    def _given(self, mirrored: bool, proof: Proof) -> tuple[Array, Array]:
        """Transform float64 (3, 3) and witnesses float32 (k, 2) of a proof in pixels of the query as it was given."""
        points = self.features[mirrored].xy[proof.ours].copy()
        if not mirrored:
            return proof.transform, points
        points[:, 0] = self.query.width - points[:, 0]
        return proof.transform @ flip(self.query.width), points

    def _places(self, candidate: Candidate, stored: Stored, first: Match | None) -> list[Match]:
        """Where the query stands on a candidate, surest first."""
        if first is None:
            return []
        features = stored[candidate.image_id]
        return [first, *self._further(candidate, features, first)] if first.score >= SURE else [first]

    def _prepare(self, stored: Stored) -> None:
        leaves = self.index.vocabulary.leaves
        words = leaves[:: max(1, len(leaves) // BACKGROUND)][:BACKGROUND]
        images = [(-1, words), *((i, f.descriptors) for i, f in sorted(stored.items()))]
        made = HELPERS.map(lambda f: make_cohort(f, images), list(self.features.values()))
        self._cohorts = dict(zip(self.features, made, strict=True))
        for mirrored in self.features:  # before threads ask for them
            self._prover(mirrored)

    def _prover(self, mirrored: bool, strict: bool = False) -> Prover:
        """The query or its mirrored copy; a strict one takes no letters for witnesses."""
        key = mirrored, strict
        if key not in self._provers:
            ignored = self._letters() if strict else None
            self._provers[key] = Prover(self.features[mirrored], self.query.side, self._cohorts[mirrored], ignored)
        return self._provers[key]

    def _letters(self) -> Array:
        with self._reading:
            if self._read is None:
                none = np.zeros(len(self.query.features), np.bool_)
                self._read = self.letters.under(self.query.features) if self.letters is not None else none
            return self._read

    def _compare(self, candidate: Candidate, stored: LocalFeatures, proof: Proof) -> Match | None:
        result = self._judged(candidate, stored, proof)
        if result.score < WORTH_READING or result.proof.log_nfa > BEYOND_LETTERS:
            return result
        if not self._letters().any():
            return result
        return self._match(self._prover(candidate.mirrored, True), candidate, stored, [result.proof.transform])

    def _match(self, prover: Prover, candidate: Candidate, stored: LocalFeatures, guesses: list[Array]) -> Match | None:
        proof = prover.prove(stored, candidate.image_id, guesses)
        return None if proof is None else self._judged(candidate, stored, proof)

    def _judged(self, candidate: Candidate, stored: LocalFeatures, proof: Proof) -> Match:
        """What a proof comes to, with the tones of the pictures."""
        matrix, points = self._given(candidate.mirrored, proof)
        laid = None
        if proof.log_nfa >= WORTH_LAYING:
            files = proof.log_nfa >= WORTH_OPENING
            laid = self.registrar.register(candidate.image_id, matrix, points, stored.xy[proof.theirs], files)
        theirs = stored.xy[proof.theirs]
        parts = parts_of(proof, points, theirs, self.query.side, laid)
        value = print_score(parts, laid)
        return Match(candidate.image_id, proof, value, candidate.mirrored, points, theirs, parts, laid)

    def _further(self, candidate: Candidate, stored: LocalFeatures, first: Match) -> Iterator[Match]:
        """More copies on the same image, where the ones found leave room."""
        x, y, w, h = self.query.box
        box = (self.query.width - x - w, y, w, h) if candidate.mirrored else (x, y, w, h)
        strict = first.proof.log_nfa <= BEYOND_LETTERS and bool(self._letters().any())
        prover, pairs = self._prover(candidate.mirrored, strict), candidate.pairs
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


def _covered(xy: Array, matrix: Array, box: Box) -> Array:
    """bool (n,): points of an image that a transform from the query puts inside the query's box."""
    back = transform_points(np.linalg.inv(matrix), xy)
    return np.asarray(((back >= [box[0], box[1]]) & (back <= [box[0] + box[2], box[1] + box[3]])).all(axis=1))
