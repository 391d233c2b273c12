"""Judgements on same-print hits: which matches count, and what the confirmed ones find in their turn.

A rejected hit never comes back. A confirmed one is a further query, so that a copy that is too unlike the query itself
is found through the one between them (query expansion: Chum et al. 2007); its transform is the two put together. And
once something was confirmed, a match that rests on the very points of the query that a rejected one rested on (a frame,
a stamp, a caption that other pictures share), and not on those of a confirmed one, is no proof any more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from indexer.collection.snapshot import Snapshot
from indexer.core.geometry import Box, box_corners, transform_points
from indexer.core.types import Array, Evidence
from search.channels.base import Channel, ChannelHits, ChannelRequest, QueryPicture
from search.pictures import stored_decoder
from search.ranking import Candidate
from search.verify_score import SURE

EXPANDED = 3
"""Confirmed hits that are searched by, the surest first: each costs a search."""
RESTS = 0.8
"""Part of a match's points that must lie on those of a rejected one to make it doubtful."""
NEAR = 0.03
"""How near that is, as a part of the longer side of what was matched of the query."""
DOUBTFUL = "rests on the same points as a match you rejected"


@dataclass(frozen=True, slots=True)
class Match:
    """A same-print hit of the query."""

    region_id: int
    image_id: int
    score: float
    evidence: Evidence
    box: Box
    reason: str = ""


def judged_matches(
    snapshot: Snapshot,
    channel: Channel,
    request: ChannelRequest,
    positive: frozenset[int],
    negative: frozenset[int],
) -> list[Match]:
    """Unjudged same-print hits of the query and of what was confirmed of it, surest first, one an image.

    Args:
        channel: The same-print channel.
        request: The original query.
        positive, negative: Ids of judged images.
    """
    judged = positive | negative
    seen = _matches(snapshot, channel.search(replace(request, exclude=request.exclude - judged)))
    confirmed = [match for match in seen if match.image_id in positive]
    rejected = [match for match in seen if match.image_id in negative]
    best = {match.image_id: match for match in reversed(seen) if match.image_id not in judged}
    hidden = request.exclude | judged
    for link in confirmed[:EXPANDED]:
        for match in _found_by(snapshot, channel, request, link, hidden):
            if match.image_id not in best or best[match.image_id].score < match.score:
                best[match.image_id] = match
    kept = [_weighed(match, confirmed, rejected) for match in best.values()]
    return sorted(kept, key=lambda match: (-match.score, match.region_id))


def _matches(snapshot: Snapshot, hits: ChannelHits) -> list[Match]:
    images = snapshot.regions.image_ids[snapshot.regions.positions(hits.region_ids)]
    return [
        Match(int(region), int(image), float(score), hits.evidence[int(region)], hits.boxes[int(region)])
        for region, image, score in zip(hits.region_ids, images, hits.scores, strict=True)
        if int(region) in hits.evidence and int(region) in hits.boxes
    ]


def _found_by(
    snapshot: Snapshot, channel: Channel, request: ChannelRequest, link: Match, hidden: frozenset[int]
) -> list[Match]:
    """What a confirmed hit finds, told as matches of the query."""
    picture = QueryPicture(stored_decoder(snapshot, link.image_id), link.box, link.image_id)
    found = channel.search(replace(request, texts=(), pictures=[picture], exclude=hidden))
    name = snapshot.images.names[snapshot.images.position(link.image_id)]
    return [through(link, match, f"found by way of {name}") for match in _matches(snapshot, found)]


def through(link: Match, match: Match, reason: str) -> Match:
    """A match of a confirmed hit as a match of the query: never surer than the link."""
    first, second = link.evidence, match.evidence
    back = np.linalg.inv(first.transform)
    both = second.transform @ first.transform
    points = np.asarray(second.query_points, np.float64).reshape(-1, 2)
    corners = np.asarray(first.outline, np.float64).reshape(-1, 2)
    evidence = replace(
        second,
        transform=both / both[2, 2] if abs(both[2, 2]) > 1e-12 else both,
        mirrored=first.mirrored != second.mirrored,
        query_points=transform_points(back, points).astype(np.float32),
        outline=transform_points(second.transform, corners if len(corners) else box_corners(link.box)).astype(
            np.float32
        ),
    )
    return replace(match, score=min(match.score, max(link.score, SURE)), evidence=evidence, reason=reason)


def _weighed(match: Match, confirmed: Sequence[Match], rejected: Sequence[Match]) -> Match:
    """The match, no longer proven when it rests where a rejected one rested and no confirmed one does."""
    if not confirmed or not rejected or not len(match.evidence.query_points):
        return match
    against, support = _points(rejected), _points(confirmed)
    side = float(np.ptp(np.concatenate([match.evidence.query_points, against, support]), axis=0).max())
    rests = resting(match.evidence.query_points, against, NEAR * side)
    if rests < RESTS or resting(match.evidence.query_points, support, NEAR * side) > 0.5 * rests:
        return match
    doubted = replace(match.evidence, same_print=False)
    return replace(match, score=min(match.score, SURE) * 0.5, evidence=doubted, reason=DOUBTFUL)


def _points(matches: Sequence[Match]) -> Array:
    return np.concatenate([np.zeros((0, 2), np.float32), *(m.evidence.query_points for m in matches)])


def resting(points: Array, others: Array, near: float) -> float:
    """Part of `points`, float (n, 2), that have one of `others` within `near` pixels."""
    if not len(points) or not len(others):
        return 0.0
    squared = ((points[:, None] - others[None]) ** 2).sum(axis=2)
    return float((squared.min(axis=1) <= near**2).mean())


def led_by_matches(
    candidates: Sequence[Candidate], matches: Sequence[Match], images: Mapping[int, int]
) -> list[Candidate]:
    """One list: proven matches first, by their evidence, then what feedback ranks.

    Args:
        candidates: What feedback ranks, with scores in [0, 1].
        images: Image id of each candidate's region.
    """
    learnt: dict[int, float] = {}
    for candidate in candidates:
        learnt.setdefault(images[candidate.region_id], candidate.score)
    proven = [match for match in matches if match.evidence.same_print]
    lead = [candidate_of(match, 0.5 + 0.5 * match.score, learnt.get(match.image_id)) for match in proven]
    taken = {match.image_id for match in proven}
    rest = [replace(c, score=0.5 * c.score) for c in candidates if images[c.region_id] not in taken]
    return [*lead, *rest]


def candidate_of(match: Match, score: float, learnt: float | None = None) -> Candidate:
    """A match as an entry of the list; `learnt` is what feedback says of its image."""
    channels = {"instance": match.score} | ({"feedback": learnt} if learnt is not None else {})
    reasons = [match.reason] if match.reason else []
    return Candidate(match.region_id, score, channels, match.box, match.evidence, reasons)
