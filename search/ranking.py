"""Answers of several channels into one ranked list of regions with their evidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from indexer.collection.snapshot import Snapshot
from indexer.core.geometry import Box
from indexer.core.types import Evidence
from search.channels.base import ChannelHits
from search.fusion import fuse

EVIDENCE_ORDER = ("instance", "semantic", "signature", "keyword")
"""Whose region a fused hit shows: the channel that knows best where the match lies."""
WEIGHTS = {"semantic": 1.0, "instance": 0.5, "signature": 0.7, "keyword": 1.0}
"""Of the rank fusion in mode auto. Instance counts half, because only its unproven hits are fused (see `fused`)."""
POSSIBLE = 0.1
"""Instance scores below this are chance matches and take no part in the fusion."""


@dataclass
class Candidate:
    """One region in the list, with what each channel said."""

    region_id: int
    score: float
    channels: dict[str, float] = field(default_factory=dict)
    box: Box | None = None
    evidence: Evidence | None = None
    reasons: list[str] = field(default_factory=list)


def single(channel: str, hits: ChannelHits) -> list[Candidate]:
    """The list of one channel, with its own scores."""
    return [_candidate(channel, hits, k, float(hits.scores[k])) for k in range(len(hits.region_ids))]


def _candidate(channel: str, hits: ChannelHits, k: int, score: float) -> Candidate:
    region = int(hits.region_ids[k])
    reason = hits.reasons.get(region)
    return Candidate(
        region_id=region,
        score=score,
        channels={channel: float(hits.scores[k])},
        box=hits.boxes.get(region),
        evidence=hits.evidence.get(region),
        reasons=[reason] if reason else [],
    )


def fused(answers: Mapping[str, ChannelHits], snapshot: Snapshot) -> list[Candidate]:
    """One list over images: proven same prints first, by their evidence; then everything else by rank fusion.

    Scores of proven ones lie in (0.5, 1], of the others in (0, 0.5], so that `score` orders the whole list.
    """
    per_channel = {name: _best_of_images(name, hits, snapshot) for name, hits in answers.items()}
    rankings = {}
    for name, best in per_channel.items():
        ranked = [i for i, c in best.items() if name != "instance" or c.score >= POSSIBLE]
        if ranked:
            rankings[name] = ranked
    scores = fuse(rankings, WEIGHTS)
    merged: list[Candidate] = []
    for image_id, score in scores.items():
        merged.append(_merge(image_id, score, per_channel))
    return sorted(merged, key=lambda c: (-c.score, c.region_id))


def _best_of_images(name: str, hits: ChannelHits, snapshot: Snapshot) -> dict[int, Candidate]:
    """By image id, best first: the channel's best region of each image."""
    images = snapshot.regions.image_ids[snapshot.regions.positions(hits.region_ids)]
    best: dict[int, Candidate] = {}
    for k, image_id in enumerate(images):
        if int(image_id) not in best:
            best[int(image_id)] = _candidate(name, hits, k, float(hits.scores[k]))
    return best


def _merge(image_id: int, score: float, per_channel: Mapping[str, Mapping[int, Candidate]]) -> Candidate:
    found = [per_channel[n][image_id] for n in EVIDENCE_ORDER if n in per_channel and image_id in per_channel[n]]
    lead = found[0]
    proven = lead.evidence is not None and lead.evidence.same_print
    return Candidate(
        region_id=lead.region_id,
        score=0.5 + 0.5 * lead.score if proven else 0.5 * score,
        channels={name: s for c in found for name, s in c.channels.items()},
        box=lead.box,
        evidence=lead.evidence,
        reasons=[r for c in found for r in c.reasons],
    )


def grouped(candidates: Sequence[Candidate], snapshot: Snapshot, group: str) -> list[Candidate]:
    """The best of each image or document (images without a document stand alone); order is kept."""
    if group == "none" or not candidates:
        return list(candidates)
    at = snapshot.regions.positions([c.region_id for c in candidates])
    images = snapshot.regions.image_positions[at]
    seen: set[object] = set()
    kept = []
    for candidate, image in zip(candidates, np.asarray(images).tolist(), strict=True):
        document = snapshot.images.documents[image] if group == "document" else ""
        key: object = document or image
        if key not in seen:
            seen.add(key)
            kept.append(candidate)
    return kept


def further(candidates: Sequence[Candidate], kept: Sequence[Candidate], snapshot: Snapshot) -> dict[int, int]:
    """By region id of a kept candidate: how many other images of its document were found."""
    images = np.asarray(snapshot.regions.image_positions)
    of: dict[str, set[int]] = {}
    for _, at in zip(candidates, snapshot.regions.positions([c.region_id for c in candidates]), strict=True):
        document = snapshot.images.documents[int(images[at])]
        if document:
            of.setdefault(document, set()).add(int(images[at]))
    places: Sequence[int] = images[snapshot.regions.positions([c.region_id for c in kept])].tolist() if kept else []
    named = [(c.region_id, snapshot.images.documents[int(place)]) for c, place in zip(kept, places, strict=True)]
    return {region: len(of[document]) - 1 for region, document in named if len(of.get(document, ())) > 1}
