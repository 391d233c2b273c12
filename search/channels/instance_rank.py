"""From votes to candidates: images whose votes agree with one similarity transform."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from indexer.collection.instance_search import InstanceIndex, Votes
from indexer.core.types import Array, LocalFeatures
from search.verify import LOOSE, TRIALS, keypoint_rows, similarity

SHORTLIST = 300
"""Images whose votes are checked for geometric agreement."""


@dataclass(frozen=True, slots=True)
class Pairs:
    """Keypoints of the query and of an image that voted for each other, heaviest first.

    Attributes:
        query, other: float32 (m, 4): x, y, size, angle in radians; the image's are coarse.
        weights: float32 (m,).
    """

    query: Array
    other: Array
    weights: Array

    def take(self, keep: Array) -> Pairs:
        """Some of the pairs."""
        return Pairs(self.query[keep], self.other[keep], self.weights[keep])

    def best(self, side: float) -> tuple[Array, float] | None:
        """The similarity, float64 (3, 3), that most weight agrees with, and that weight; None without pairs."""
        from search.verify_kernels import best_similarities

        if not len(self.weights):
            return None
        pick, score = np.zeros(1, np.int64), np.zeros(1, np.float32)
        starts = np.array([0, len(self.weights)], np.int64)
        best_similarities(starts, self.query, self.other, self.weights, LOOSE * side, TRIALS, pick, score)
        return similarity(self.query[pick[0]], self.other[pick[0]]), float(score[0])


@dataclass(frozen=True, slots=True)
class Candidate:
    """An image that may be a copy.

    Attributes:
        image_id: Of the stored image.
        score: Weight of the votes that agree with one similarity.
        mirrored: The votes came from the mirrored query.
        every: All pairs of the query.
        first, last, pick: Where those of this image lie, and the one whose similarity won.
    """

    image_id: int
    score: float
    mirrored: bool
    every: Pairs
    first: int
    last: int
    pick: int

    @property
    def guess(self) -> Array:
        """float64 (3, 3), the winning similarity, from query pixels (mirrored if `mirrored`) to pixels of the image."""
        return similarity(self.every.query[self.pick], self.every.other[self.pick])

    @property
    def pairs(self) -> Pairs:
        """What voted for this image."""
        return self.every.take(np.arange(self.first, self.last))


def candidates(
    index: InstanceIndex, features: LocalFeatures, side: float, allowed: Array, mirrored: bool
) -> list[Candidate]:
    """The images with most votes that agree geometrically, best first."""
    from search.verify_kernels import best_similarities

    votes = index.search(features.descriptors, allowed, SHORTLIST)
    if not len(votes.image_ids):
        return []
    pairs, starts = _grouped(votes, features)
    count = len(votes.image_ids)
    pick, score = np.zeros(count, np.int64), np.zeros(count, np.float32)
    best_similarities(starts, pairs.query, pairs.other, pairs.weights, LOOSE * side, TRIALS, pick, score)
    total = score + 1e-3 * votes.scores
    order = [int(i) for i in np.argsort(-total, kind="stable") if pick[i] >= 0]
    return [
        Candidate(
            int(votes.image_ids[i]), float(total[i]), mirrored, pairs, int(starts[i]), int(starts[i + 1]), int(pick[i])
        )
        for i in order
    ]


def _grouped(votes: Votes, features: LocalFeatures) -> tuple[Pairs, Array]:
    """All pairs, by image, heaviest first in each; and where each image's pairs start."""
    from search.verify_kernels import heaviest_first

    starts = np.searchsorted(votes.images, np.arange(len(votes.image_ids) + 1)).astype(np.int64)
    order = np.empty(len(votes.weights), np.int64)
    heaviest_first(starts, votes.weights, order)
    rows = keypoint_rows(features)[votes.queries[order]]
    other = np.column_stack([votes.xy, votes.sizes, np.deg2rad(votes.angles)]).astype(np.float32)[order]
    return Pairs(rows, other, votes.weights[order]), starts
