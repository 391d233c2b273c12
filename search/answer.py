"""From a query to ranked regions: which channels speak, how their answers merge, what is said about them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from indexer.collection.snapshot import Snapshot
from indexer.core.errors import QueryError
from search.channels.base import Channel, ChannelHits, ChannelRequest, QueryText
from search.channels.keyword import NEAR
from search.channels.registry import Channels, clip_table, no_model_hint
from search.feedback_instance import candidate_of, judged_matches, led_by_matches
from search.label_scores import reads_french
from search.language import language_of
from search.pictures import resolve
from search.present import WHOLE_LIST, cutoff, folded
from search.query import Query
from search.ranking import Candidate, further, fused, grouped, single
from search.refine import refine
from search.state import State

OVERSAMPLE = 4
"""Hits asked of each channel for one wanted: fusion and grouping drop some."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Ranked regions, the channels that spoke, and what they had to say."""

    mode: str
    candidates: list[Candidate]
    channels: list[str]
    notes: list[str]
    judge_next: Sequence[int] = ()
    cutoff: int | None = None
    folded: Mapping[int, Sequence[int]] = field(default_factory=dict)
    further: Mapping[int, int] = field(default_factory=dict)


def answered(state: State, query: Query, uploads: Mapping[str, bytes]) -> Answer:
    """What a query finds; `uploads` are the bytes of the uploaded pictures that it names.

    Raises:
        QueryError, FilterError, NotFoundError, TooLargeError: It cannot be answered as asked.
    """
    request = _request(query, state, uploads)
    if not query.texts and not query.pictures:
        answer = Answer("browse", _browse(state, request), ["browse"], [])
        return replace(answer, candidates=grouped(answer.candidates, state.snapshot, query.group))
    channels = _chosen(state, query, request)
    answers = {channel.name: channel.search(request) for channel in channels}
    if not any(len(found.region_ids) for found in answers.values()):
        near = replace(request, options={**request.options, NEAR: True})
        answers |= {channel.name: channel.search(near) for channel in channels if channel.name == "keyword"}
    candidates = _merged(query, answers, state.snapshot)
    kept = grouped(candidates, state.snapshot, query.group)
    kept, under = folded(kept, state.snapshot) if query.fold else (kept, {})
    return Answer(
        mode=query.mode,
        candidates=kept,
        channels=list(answers),
        notes=_notes(query, answers, state.snapshot),
        cutoff=cutoff(kept, answers, {c.name: c for c in channels}, request, state.snapshot),
        folded=under,
        further=_further(query, candidates, kept, state.snapshot),
    )


def _further(
    query: Query | None, candidates: Sequence[Candidate], kept: Sequence[Candidate], snapshot: Snapshot
) -> Mapping[int, int]:
    return further(candidates, kept, snapshot) if query and query.group == "document" else {}


def refined(
    state: State,
    positive: Sequence[int],
    negative: Sequence[int],
    query: Query | None,
    uploads: Mapping[str, bytes],
    limit: int | None = None,
) -> Answer:
    """The list after judgements of regions or images; see `Engine.feedback`.

    Args:
        limit: How many of the list are wanted in order; None for all.

    Raises:
        QueryError: A picture judged both ways, or nothing to go by.
    """
    request = _request(query, state, uploads) if query and (query.texts or query.pictures) else None
    allowed = state.mask(query.where) if query else None
    found = refine(state.snapshot, state.channels, state.space(), request, positive, negative, allowed, limit)
    candidates, channels = found.candidates, ["feedback"]
    instance = state.channels.get("instance")
    if query and request and query.mode in ("auto", "instance") and instance.answers(request):
        matches = judged_matches(state.snapshot, instance, request, found.positive, found.negative)
        channels.insert(0, "instance")
        if query.mode == "instance":
            candidates = [candidate_of(match, match.score) for match in matches]
        else:
            regions = [c.region_id for c in candidates]
            images = dict(zip(regions, image_ids(state.snapshot, candidates), strict=True))
            candidates = led_by_matches(candidates, matches, images)
    kept = grouped(candidates, state.snapshot, query.group if query else "image")
    more = _further(query, candidates, kept, state.snapshot)
    return Answer("feedback", kept, channels, found.notes, found.judge_next, further=more)


def image_ids(snapshot: Snapshot, candidates: Sequence[Candidate]) -> list[int]:
    """The image of each candidate, in their order."""
    at = snapshot.regions.positions([c.region_id for c in candidates])
    return [int(i) for i in snapshot.regions.image_ids[at]]


def _request(query: Query, state: State, uploads: Mapping[str, bytes]) -> ChannelRequest:
    pictures = [resolve(p, state.snapshot, uploads) for p in query.pictures]
    # A stored picture is not news as the answer to itself; an uploaded one finds its stored twin first.
    asked = frozenset(p.image_id for p in pictures if p.image_id is not None and p.weight > 0)
    return ChannelRequest(
        texts=[QueryText(t.text, t.weight) for t in query.texts],
        pictures=pictures,
        allowed=state.mask(query.where),
        exclude=frozenset() if query.options.get("include_self") else asked,
        limit=max(OVERSAMPLE * query.limit, len(state.snapshot.regions) if _is_small(state) else 0),
        options={**query.options, "patient": query.mode == "instance"},
    )


def _is_small(state: State) -> bool:
    return len(state.snapshot.regions) <= WHOLE_LIST


def _browse(state: State, request: ChannelRequest) -> list[Candidate]:
    """A filter alone: its images in catalogue order."""
    snapshot = state.snapshot
    first = snapshot.first_regions if request.allowed is None else snapshot.first_regions[request.allowed]
    return [Candidate(int(r), 0.0) for r in snapshot.regions.ids[first[first >= 0]]]


def _chosen(state: State, query: Query, request: ChannelRequest) -> list[Channel]:
    """The channels that answer.

    Raises:
        QueryError: The mode cannot answer, or nothing can.
    """
    if query.mode != "auto":
        channel = state.channels.get(query.mode)
        _require_answer(channel, query.mode, request, state.snapshot)
        return [channel]
    channels = _auto_channels(state.channels, request)
    if not channels:
        raise QueryError("Nothing in this collection can answer the query.", no_model_hint(state.snapshot))
    return channels


def _merged(query: Query, answers: Mapping[str, ChannelHits], snapshot: Snapshot) -> list[Candidate]:
    return fused(answers, snapshot) if query.mode == "auto" else single(query.mode, answers[query.mode])


def _notes(query: Query, answers: Mapping[str, ChannelHits], snapshot: Snapshot) -> list[str]:
    notes = [note for answer in answers.values() for note in answer.notes]
    if query.mode == "auto" and query.texts and "semantic" not in answers:
        notes.append("Words were looked up in the catalogue only. " + no_model_hint(snapshot))
    return [*notes, *_language_note(query, snapshot)] if "semantic" in answers else notes


def _language_note(query: Query, snapshot: Snapshot) -> list[str]:
    """That the model does not read what the query is written in."""
    language = language_of([text.text for text in query.texts])
    identity = dict(snapshot.models.get(clip_table(snapshot) or "", {}))
    if language in ("", "English") or reads_french(identity):
        return []
    hint = "Ask in English, or index with a model that reads many languages: `--clip multilingual`."
    return [f"Your words look {language}, but the model of this collection was taught in English. {hint}"]


def _auto_channels(channels: Channels, request: ChannelRequest) -> list[Channel]:
    """Meaning when there is a model, looks otherwise; same print for pictures; words for texts."""
    order = ["instance", "semantic", "keyword"]
    answering = [c for c in (channels.get(n) for n in order) if c.answers(request)]
    if not any(c.name == "semantic" for c in answering):
        signature = channels.get("signature")
        if signature.answers(request):
            answering.append(signature)
    return answering


def _require_answer(channel: Channel, mode: str, request: ChannelRequest, snapshot: Snapshot) -> None:
    if channel.answers(request):
        return
    if mode == "semantic":
        raise QueryError("This collection has no embeddings to search by meaning.", no_model_hint(snapshot))
    needs = "a text" if mode == "keyword" else "a picture (images or like)"
    raise QueryError(f"Mode {mode} needs {needs}.", "Add one, or use mode auto.")
