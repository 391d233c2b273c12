"""Judgements → a new list: the glue between the engine and the pure functions of `feedback.py`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from indexer.collection.rows import positions
from indexer.collection.signature_index import SignatureIndex
from indexer.collection.snapshot import Snapshot
from indexer.core.errors import QueryError
from indexer.core.types import Array
from search.channels.base import ChannelRequest
from search.channels.registry import Channels, clip_table
from search.channels.terms import Composed
from search.feedback import rerank
from search.feedback_judgements import Judgements, resolve
from search.feedback_search import Asked, feedback_rows, looked_up
from search.ranking import Candidate

SCORED_WHOLE = 50_000
"""Up to so many regions all of them are scored; of more, those that one search of the index finds."""


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
    if live.all():  # the usual case: nothing is copied from the disk
        return Space("signature", index.region_ids, index.vectors)
    return Space("signature", index.region_ids[live], index.vectors[live])


@dataclass(frozen=True, slots=True)
class Refined:
    """A list after judgements.

    Attributes:
        positive, negative: Ids of the judged images.
    """

    candidates: list[Candidate]
    judge_next: list[int]
    notes: list[str]
    positive: frozenset[int]
    negative: frozenset[int]


def refine(
    snapshot: Snapshot,
    channels: Channels,
    space: Space,
    request: ChannelRequest | None,
    positive: Sequence[int],
    negative: Sequence[int],
    allowed: Array | None,
    limit: int | None = None,
) -> Refined:
    """Regions ranked by what was judged, with the original query as prior; judged images do not come back.

    Args:
        request: The original query, None when there was none.
        positive, negative: Region or image ids.
        allowed: bool by image position, None for all.
        limit: How many regions are wanted at least; None for all.

    Raises:
        QueryError: A picture judged both ways, or nothing to go by.
    """
    judged = resolve(snapshot, space.region_ids, positive, negative)
    if request is None and not len(judged.positive) and not len(judged.negative):
        raise QueryError("There is nothing to learn from.", "Judge a picture that is still in the collection.")
    hidden = judged.images | (request.exclude if request is not None else frozenset())
    scope = replace(request or ChannelRequest(), allowed=allowed, exclude=frozenset(hidden))
    asked, composed = _asked(channels, space, request, scope)
    if limit is None or len(space.region_ids) <= SCORED_WHOLE:
        found = _scored(snapshot, space, asked, composed, judged, scope)
    else:
        found = _searched(channels.get(space.channel), space, asked, judged, scope, limit)
    rows, scores, suggestions = found
    probability = 1.0 / (1.0 + np.exp(-np.clip(scores, -30, 30)))
    candidates = [
        Candidate(int(region), float(p), {"feedback": float(p)})
        for region, p in zip(space.region_ids[rows], probability, strict=True)
    ]
    proposed = snapshot.regions.image_ids[snapshot.regions.positions(space.region_ids[suggestions])].tolist()
    likes = snapshot.regions.positions(space.region_ids[judged.positive])
    positive_images = frozenset(snapshot.regions.image_ids[likes].tolist())
    notes = list(judged.notes)
    return Refined(candidates, list(dict.fromkeys(proposed)), notes, positive_images, judged.images - positive_images)


def _asked(
    channels: Channels, space: Space, request: ChannelRequest | None, scope: ChannelRequest
) -> tuple[Asked, Composed | None]:
    """The original query in the space; words alone are what the catalogue finds, without order beyond its hits."""
    if request is None:
        return Asked(), None
    channel: Any = channels.get(space.channel)
    composed: Composed | None = channel.composed(request) if channel.answers(request) else None
    if composed is not None:
        composition = composed.composition
        penalise = composition.penalise if composition.unwanted else None
        return Asked(composition.direction, penalise, seeds=composed.pictures), composed
    words = channels.get("keyword")
    if not words.answers(request):
        return Asked(), None
    hits = words.search(replace(scope, limit=len(space.region_ids)))
    rows = positions(space.region_ids, hits.region_ids)
    known = np.flatnonzero(rows >= 0)
    known = known[np.argsort(rows[known], kind="stable")]
    return Asked(found=(rows[known], np.asarray(hits.scores, np.float32)[known])), None


def _scored(
    snapshot: Snapshot, space: Space, asked: Asked, composed: Composed | None, judged: Judgements, scope: ChannelRequest
) -> tuple[Array, Array, Array]:
    """Every region's score: rows that may come back, best first, their scores, and rows to judge next."""
    prior = composed.composition.scores_of(space.vectors) if composed else None
    if asked.found is not None:
        prior = looked_up(asked.found, np.arange(len(space.region_ids)))
    scores, suggestions = rerank(space.vectors, prior, judged.positive, judged.negative, seeds=asked.seeds)
    regions = snapshot.regions.positions(space.region_ids)
    hidden = np.isin(snapshot.regions.image_ids[regions], list(scope.exclude))
    if scope.allowed is not None:
        hidden |= ~scope.allowed[snapshot.regions.image_positions[regions]]
    order = np.argsort(-scores, kind="stable")
    order = order[~hidden[order] & np.isfinite(scores[order])]
    return order, scores[order], suggestions[~hidden[suggestions]]


def _searched(
    channel: Any, space: Space, asked: Asked, judged: Judgements, scope: ChannelRequest, limit: int
) -> tuple[Array, Array, Array]:
    """As `_scored`, of what one search of the index finds; the filter applies inside it."""

    def scan(direction: Array, count: int) -> tuple[Array, Array]:
        ids, cosines = channel.scan(direction, scope)(count)
        rows = positions(space.region_ids, ids)
        return rows[rows >= 0], cosines[rows >= 0]

    return feedback_rows(space.vectors, scan, asked, judged.positive, judged.negative, limit)
