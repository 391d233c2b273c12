"""From votes to candidates to verified matches of one query picture."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from indexer.collection.instance_search import InstanceIndex, Votes
from indexer.core.types import Array, LocalFeatures
from indexer.features.sift import mirror
from search.channels.instance_query import QueryFeatures
from search.verify import LOOSE, TRIALS, Agreement, agree, keypoint_rows, match

SHORTLIST = 300
"""Images whose matches are checked for geometric agreement without descriptors."""
EXACT = 30
"""Images checked with all stored descriptors."""


@dataclass(frozen=True, slots=True)
class Match:
    """A stored image that agrees with the query.

    Attributes:
        image_id: Of the stored image.
        agreement: Transform from pixels of the query (mirrored if `mirrored`), inliers, log_nfa.
        mirrored: The query had to be mirrored.
        query_points, image_points: float32 (k, 2), the inliers; the query's as given, not mirrored.
    """

    image_id: int
    agreement: Agreement
    mirrored: bool
    query_points: Array
    image_points: Array


def candidates(index: InstanceIndex, features: LocalFeatures, side: float, allowed: Array) -> tuple[Array, Array]:
    """Image ids int64 (k,) and scores float32 (k,), best first, by votes that agree geometrically."""
    votes = index.search(features.descriptors, allowed, SHORTLIST)
    if not len(votes.image_ids):
        return votes.image_ids, votes.scores
    scores = _agreeing_votes(votes, features, side)
    total = scores + 1e-3 * votes.scores
    order = np.argsort(-total, kind="stable")
    return votes.image_ids[order], total[order]


def _agreeing_votes(votes: Votes, features: LocalFeatures, side: float) -> Array:
    from search.verify_kernels import best_similarities

    order = np.lexsort((-votes.weights, votes.images))
    rows = keypoint_rows(features)[votes.queries[order]]
    other = np.column_stack([votes.xy, votes.sizes, np.deg2rad(votes.angles)]).astype(np.float32)[order]
    count = len(votes.image_ids)
    starts = np.searchsorted(votes.images[order], np.arange(count + 1)).astype(np.int64)
    pick, score = np.zeros(count, np.int64), np.zeros(count, np.float32)
    best_similarities(starts, rows, other, votes.weights[order], LOOSE * side, TRIALS, pick, score)
    return score


def verified(query: QueryFeatures, index: InstanceIndex, snapshot: Any, allowed: Array, mirrors: bool) -> list[Match]:
    """All images among the best candidates that agree with the query, best first."""
    sets = [(query.features, False)]
    if mirrors:
        sets.append((mirror(query.features, query.width), True))
    found: list[tuple[float, int, int]] = []
    for which, (features, _) in enumerate(sets):
        ids, scores = candidates(index, features, query.side, allowed)
        found += [(float(s), int(i), which) for i, s in zip(ids[:EXACT], scores[:EXACT], strict=True)]
    found = sorted(found, reverse=True)[:EXACT]
    stored = snapshot.keypoints(sorted({i for _, i, _ in found}))
    matches: dict[int, Match] = {}
    for _, image_id, which in found:
        features, mirrored = sets[which]
        result = verify_image(features, stored.get(image_id), query, snapshot, image_id, mirrored)
        if result and (image_id not in matches or result.agreement.log_nfa > matches[image_id].agreement.log_nfa):
            matches[image_id] = result
    return sorted(matches.values(), key=lambda m: (-m.agreement.log_nfa, m.image_id))


def verify_image(
    features: LocalFeatures,
    stored: LocalFeatures | None,
    query: QueryFeatures,
    snapshot: Any,
    image_id: int,
    mirrored: bool,
) -> Match | None:
    """The exact second pass against one image."""
    if stored is None:
        return None
    ours, theirs, distance = match(features.descriptors, stored.descriptors)
    area = float(np.prod(snapshot.images.sizes[snapshot.images.position(image_id)].astype(np.float64)))
    weights = np.exp(-((distance / 250.0) ** 2))
    rows, other = keypoint_rows(features)[ours], keypoint_rows(stored)[theirs]
    agreement = agree(rows, other, weights, query.side, area)
    if agreement is None:
        return None
    points = rows[agreement.inliers, :2].copy()
    if mirrored:
        points[:, 0] = query.width - points[:, 0]
    return Match(image_id, agreement, mirrored, points, other[agreement.inliers, :2])
