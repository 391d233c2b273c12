"""What is done to a ranked list before it is shown: the honest end, and near-duplicates folded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from indexer.collection.signature_index import SignatureIndex
from indexer.collection.snapshot import Snapshot
from indexer.core.types import Array
from search.channels.base import Channel, ChannelHits, ChannelRequest
from search.cutoff import Background, likely_end
from search.dedupe import fold
from search.ranking import Candidate

VISUAL = ("semantic", "signature")
WHOLE_LIST = 4_000
"""Collections with at most this many regions are ranked whole, so that the background is all of their scores."""
SAMPLE = 2_000
"""Images drawn at random from larger ones to see what chance scores."""
FOLD_DEPTH = 400
"""Hits compared for near-duplicates: what is folded further down is not looked at."""


def cutoff(
    candidates: Sequence[Candidate],
    answers: Mapping[str, ChannelHits],
    channels: Mapping[str, Channel],
    request: ChannelRequest,
    snapshot: Snapshot,
) -> int | None:
    """Hits before "likely ends here": proven same prints, and what stands out from chance in a visual channel.

    None when it cannot be told (words only, or a background that would cost a second look at an upload).
    """
    name = next((n for n in VISUAL if n in answers), None)
    if name is None:
        return sum(_proven(c) for c in candidates) if "instance" in answers else None
    scores = _background(answers[name], channels[name], request, snapshot)
    if scores is None:
        return sum(_proven(c) for c in candidates) or None
    ranked = np.sort(np.array([c.channels[name] for c in candidates if name in c.channels]))[::-1]
    searched = len(snapshot) if request.allowed is None else int(np.count_nonzero(request.allowed))
    count = likely_end(ranked, Background.fit(scores), searched)
    if count is None:
        return None
    least = ranked[count - 1] if count else np.inf
    inside = [_proven(c) or c.channels.get(name, -np.inf) >= least for c in candidates]
    return inside.index(False) if False in inside else len(inside)


def _proven(candidate: Candidate) -> bool:
    return candidate.evidence is not None and candidate.evidence.same_print


def _background(answer: ChannelHits, channel: Channel, request: ChannelRequest, snapshot: Snapshot) -> Array | None:
    """Scores of the collection, or of a random sample of it, for this query; None when too dear to get."""
    if len(snapshot.regions) <= WHOLE_LIST:
        return answer.scores
    if any(p.image_id is None or p.box is not None for p in request.pictures):
        return None
    rng = np.random.default_rng(snapshot.generation)
    allowed = np.zeros(len(snapshot), bool)
    pool = np.arange(len(snapshot)) if request.allowed is None else np.flatnonzero(request.allowed)
    allowed[rng.choice(pool, min(SAMPLE, len(pool)), replace=False)] = True
    return channel.search(replace(request, allowed=allowed, limit=SAMPLE)).scores


def folded(candidates: Sequence[Candidate], snapshot: Snapshot) -> tuple[list[Candidate], dict[int, list[int]]]:
    """Near-duplicates under the best of them.

    Returns:
        The candidates that stay, and by region id of a kept one: image ids of those folded under it.
    """
    folder = snapshot.index_folder("signature")
    head, tail = list(candidates[:FOLD_DEPTH]), list(candidates[FOLD_DEPTH:])
    if folder is None or not head:
        return list(candidates), {}
    index = SignatureIndex.open(folder)
    rows = [index.vector_of(c.region_id) for c in head]
    vectors = np.stack([np.zeros(index.vectors.shape[1], np.float32) if r is None else r for r in rows])
    at = snapshot.regions.positions([c.region_id for c in head])
    images = snapshot.regions.image_positions[at]
    whole = all(snapshot.regions.kinds[int(k)] == "whole" for k in at)
    kept, under = [], {}
    for group in fold(vectors, snapshot.images.phashes[images] if whole else None):
        kept.append(head[group.kept])
        if group.folded:
            under[head[group.kept].region_id] = [int(snapshot.images.ids[images[k]]) for k in group.folded]
    return [*kept, *tail], under
