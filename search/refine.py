"""Judgements → a new list: the glue between the engine and the pure functions of `feedback.py`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from indexer.collection.signature_index import SignatureIndex
from indexer.collection.snapshot import Snapshot
from indexer.core.errors import QueryError
from indexer.core.types import Array
from search.channels.base import ChannelHits, ChannelRequest
from search.channels.registry import Channels, clip_table
from search.feedback import rerank
from search.feedback_judgements import resolve
from search.ranking import Candidate


@dataclass(frozen=True, slots=True)
class Space:
    """The vectors that judgements are learnt in: the embeddings when there are some, else the signature.

    Attributes:
        channel: `semantic` or `signature`.
        region_ids: int64 (n,), ascending.
        vectors: float16 (n, d), unit rows.
    """

    channel: str
    region_ids: Array
    vectors: Array


def open_space(snapshot: Snapshot) -> Space:
    """The space of a snapshot.

    Raises:
        QueryError: The collection has neither embeddings nor a signature index.
    """
    table = clip_table(snapshot)
    if table is not None:
        return Space("semantic", *snapshot.vectors(table))
    folder = snapshot.index_folder("signature")
    if folder is None:
        raise QueryError("This collection has no vectors to learn from.", "Run `iconoscope index` to build them.")
    index = SignatureIndex.open(folder)
    live = snapshot.regions.positions(index.region_ids) >= 0
    return Space("signature", index.region_ids[live], index.vectors[live])


@dataclass(frozen=True, slots=True)
class Refined:
    """A list after judgements."""

    candidates: list[Candidate]
    judge_next: list[int]
    notes: list[str]


def refine(
    snapshot: Snapshot,
    channels: Channels,
    space: Space,
    request: ChannelRequest | None,
    positive: Sequence[int],
    negative: Sequence[int],
    allowed: Array | None,
) -> Refined:
    """All regions ranked by what was judged, with the original query as prior; judged images do not come back.

    Args:
        request: The original query, None when there was none.
        positive, negative: Region or image ids.
        allowed: bool by image position, None for all.

    Raises:
        QueryError: A picture judged both ways, or nothing to go by.
    """
    judged = resolve(snapshot, space.region_ids, positive, negative)
    if request is None and not len(judged.positive) and not len(judged.negative):
        raise QueryError("There is nothing to learn from.", "Judge a picture that is still in the collection.")
    prior = _prior(channels, space, request) if request is not None else None
    scores, suggestions = rerank(space.vectors, prior, judged.positive, judged.negative)
    regions = snapshot.regions.positions(space.region_ids)
    images = snapshot.regions.image_positions[regions]
    hidden = np.isin(snapshot.regions.image_ids[regions], list(judged.images))
    if allowed is not None:
        hidden |= ~allowed[images]
    order = np.argsort(-scores, kind="stable")
    order = order[~hidden[order] & np.isfinite(scores[order])]
    probability = 1.0 / (1.0 + np.exp(-np.clip(scores, -30, 30)))
    candidates = [
        Candidate(int(space.region_ids[k]), float(probability[k]), {"feedback": float(probability[k])}) for k in order
    ]
    proposed = [int(snapshot.images.ids[images[k]]) for k in suggestions if not hidden[k]]
    return Refined(candidates, list(dict.fromkeys(proposed)), list(judged.notes))


def _prior(channels: Channels, space: Space, request: ChannelRequest) -> Array | None:
    """float32 (n,): scores of the original query, −inf where it found nothing; None when no channel can answer it."""
    from dataclasses import replace

    everything = replace(request, limit=len(space.region_ids), allowed=None)
    for name in (space.channel, "signature", "keyword"):
        channel: Any = channels.get(name)
        if channel.answers(everything):
            return _scattered(channel.search(everything), space)
    return None


def _scattered(hits: ChannelHits, space: Space) -> Array:
    prior = np.full(len(space.region_ids), -np.inf, np.float32)
    if len(space.region_ids) and len(hits.region_ids):
        at = np.minimum(np.searchsorted(space.region_ids, hits.region_ids), len(space.region_ids) - 1)
        same = space.region_ids[at] == hits.region_ids
        prior[at[same]] = hits.scores[same]
    return prior
