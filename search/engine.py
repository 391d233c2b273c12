"""Query → Results over one collection. No web imports; safe to call from several threads."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from indexer.collection.filters import evaluate
from indexer.collection.snapshot import Snapshot, open_snapshot, published_generation
from indexer.core.errors import CollectionError, QueryError
from indexer.core.types import Array
from search import facets, info
from search.channels.base import Channel, ChannelHits, ChannelRequest, QueryPicture, QueryText
from search.channels.registry import Channels, ModelLoader, clip_table, no_model_hint
from search.feedback_instance import candidate_of, judged_matches, led_by_matches
from search.hits import assemble
from search.label_scores import LabelTexts, reads_french
from search.language import language_of
from search.machine_facets import machine_facets
from search.machine_fields import PREFIX, Machine, Recorder, open_machine
from search.pictures import resolve, stored_decoder
from search.present import WHOLE_LIST, cutoff, folded
from search.query import Query
from search.ranking import Candidate, further, fused, grouped, single
from search.refine import Space, open_space, refine
from search.results import Results

log = logging.getLogger(__name__)
POLL_SECONDS = 1.0
"""How often a running engine looks whether a new generation was published."""
COUNTED = 10_000
"""Hits of a query that facets count, where no end can be told."""
OVERSAMPLE = 4
"""Hits asked of each channel for one wanted: fusion and grouping drop some."""


class _State:
    """One generation with its channels."""

    def __init__(self, snapshot: Snapshot, load_model: ModelLoader | None, labels: LabelTexts) -> None:
        self.snapshot = snapshot
        self.channels = Channels(snapshot, load_model)
        self.machine = open_machine(snapshot, self.channels, self.space, labels)
        self._masks: dict[tuple[str, object], tuple[Array, frozenset[str]]] = {}
        self._space: Space | None = None
        self._lock = threading.Lock()

    def mask(self, where: str) -> Array | None:
        """The filter's mask, None for no filter."""
        return self.filtered(where)[0] if where.strip() else None

    def filtered(self, where: str) -> tuple[Array, frozenset[str]]:
        """The filter's mask and the machine-made fields it names, kept for the next query with the same filter."""
        key = where, self.machine.token if PREFIX in where.casefold() else None
        if key not in self._masks:
            if len(self._masks) >= 32:
                self._masks.clear()
            source = Recorder(self.machine)
            self._masks[key] = evaluate(where, source), frozenset(source.used)
        return self._masks[key]

    def space(self) -> Space:
        """The vectors that feedback learns in, opened once."""
        with self._lock:
            if self._space is None:
                self._space = open_space(self.snapshot)
            return self._space


@dataclass(frozen=True, slots=True)
class _Answer:
    """Ranked regions, the channels that spoke, and what they had to say."""

    mode: str
    candidates: list[Candidate]
    channels: list[str]
    notes: list[str]
    judge_next: Sequence[int] = ()
    cutoff: int | None = None
    folded: Mapping[int, Sequence[int]] = field(default_factory=dict)
    further: Mapping[int, int] = field(default_factory=dict)


class Engine:
    """Answers queries over the newest published generation of a collection."""

    def __init__(self, folder: Path, load_model: ModelLoader | None = None) -> None:
        """Open the collection.

        Args:
            load_model: Gives the CLIP model of a vector table; None loads it by its recorded name.

        Raises:
            CollectionError: No collection, another format, or nothing published.
        """
        self.folder = Path(folder)
        self._load_model = load_model
        self._labels = LabelTexts()
        self._state = _State(open_snapshot(self.folder), load_model, self._labels)
        self._lock = threading.Lock()
        self._checked = time.monotonic()

    @classmethod
    def open(cls, folder: Path) -> Engine:
        """As the constructor."""
        return cls(folder)

    @property
    def snapshot(self) -> Snapshot:
        """What queries see now; a newer generation is taken up when there is one."""
        return self._current().snapshot

    def _current(self) -> _State:
        now = time.monotonic()
        if now - self._checked < POLL_SECONDS or not self._lock.acquire(blocking=False):
            return self._state
        try:
            self._checked = now
            if published_generation(self.folder) != self._state.snapshot.generation:
                self._state = _State(open_snapshot(self.folder), self._load_model, self._labels)
                log.info("%s: serving generation %d", self.folder, self._state.snapshot.generation)
        except CollectionError as error:
            log.warning("%s: staying with generation %d: %s", self.folder, self._state.snapshot.generation, error)
        finally:
            self._lock.release()
        return self._state

    def warm(self) -> None:
        """Open the indexes (not the models) and ask one throw-away query before people do.

        The first same-print query of an installation compiles its kernels, about eight seconds.
        """
        state = self._current()
        state.channels.open_indexes()
        if len(state.snapshot):
            image_id = int(state.snapshot.images.ids[0])
            picture = QueryPicture(stored_decoder(state.snapshot, image_id), image_id=image_id)
            request = ChannelRequest(pictures=[picture], limit=1, options={"include_self": True})
            for name in ("instance", "signature"):
                state.channels.get(name).search(request)

    def search(self, query: Query, uploads: Mapping[str, bytes] | None = None) -> Results:
        """Answer a query.

        Args:
            uploads: Bytes of the uploaded pictures that the query names.

        Raises:
            QueryError, FilterError, NotFoundError, TooLargeError: The query cannot be answered as asked.
        """
        start = time.perf_counter()
        state = self._current()
        answer = _answer(state, query, uploads or {})
        return _results(state, query, answer, query.limit, start)

    def rank(self, query: Query, uploads: Mapping[str, bytes] | None = None) -> list[int]:
        """Image ids of the whole list, best first, without catalogue fields: for measuring.

        Raises:
            As `search`.
        """
        state = self._current()
        return _image_ids(state.snapshot, _answer(state, query, uploads or {}).candidates)

    def feedback(
        self,
        positive: Sequence[int],
        negative: Sequence[int],
        query: Query | None = None,
        limit: int = 50,
        uploads: Mapping[str, bytes] | None = None,
    ) -> Results:
        """The list after judgements: the original query is the prior, judged images do not come back.

        Args:
            positive, negative: Region or image ids.
            query: What was asked before; its filter and grouping stay in force.

        Raises:
            QueryError: A picture judged both ways, or nothing to go by.
        """
        start = time.perf_counter()
        state = self._current()
        answer = _refined(state, positive, negative, query, uploads or {}, OVERSAMPLE * limit)
        return _results(state, query or Query(), answer, limit, start)

    def rank_judged(self, positive: Sequence[int], negative: Sequence[int], query: Query | None = None) -> list[int]:
        """As `feedback`, only the image ids of the whole list: for measuring."""
        state = self._current()
        return _image_ids(state.snapshot, _refined(state, positive, negative, query, {}).candidates)

    def channel(self, name: str) -> Channel:
        """One channel of the newest generation, for measuring it alone."""
        return self._current().channels.get(name)

    def facets(self, where: str | None = None, values: int = 50) -> dict[str, Any]:
        """Fields with their types, values and counts over the images that pass the filter."""
        state = self._current()
        mask = state.mask(where or "")
        return {**facets.facets(state.snapshot, mask, values), **machine_facets(state.machine, mask)}

    def facets_of(self, query: Query, uploads: Mapping[str, bytes] | None = None, values: int = 50) -> dict[str, Any]:
        """As `facets`, over what a query finds: the hits before "likely ends here", all where that cannot be told.

        Raises:
            As `search`.
        """
        state = self._current()
        answer = _answer(state, replace(query, limit=COUNTED, group="image", fold=False), uploads or {})
        found = np.zeros(len(state.snapshot), np.bool_)
        image_ids = _image_ids(state.snapshot, answer.candidates[: answer.cutoff or None])
        found[state.snapshot.images.positions(image_ids)] = True
        return {**facets.facets(state.snapshot, found, values), **machine_facets(state.machine, found)}

    def mask(self, where: str) -> Array:
        """bool (images,): images that pass a filter over fields of the catalogue and machine-made ones.

        Raises:
            FilterError: As `indexer.collection.filters.evaluate`.
        """
        return evaluate(where, self.machine())

    def machine(self) -> Machine:
        """The machine-made fields of the newest generation: saved sets, detectors, labels."""
        return self._current().machine

    def info(self) -> dict[str, Any]:
        """Counts, models, failures with reasons, sizes."""
        return info.collection_info(self.folder)


def _answer(state: _State, query: Query, uploads: Mapping[str, bytes]) -> _Answer:
    request = _request(query, state, uploads)
    if not query.texts and not query.pictures:
        answer = _Answer("browse", _browse(state, request), ["browse"], [])
        return replace(answer, candidates=grouped(answer.candidates, state.snapshot, query.group))
    channels = _chosen(state, query, request)
    answers = {channel.name: channel.search(request) for channel in channels}
    candidates = _merged(query, answers, state.snapshot)
    kept = grouped(candidates, state.snapshot, query.group)
    kept, under = folded(kept, state.snapshot) if query.fold else (kept, {})
    return _Answer(
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


def _refined(
    state: _State,
    positive: Sequence[int],
    negative: Sequence[int],
    query: Query | None,
    uploads: Mapping[str, bytes],
    limit: int | None = None,
) -> _Answer:
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
            images = dict(zip(regions, _image_ids(state.snapshot, candidates), strict=True))
            candidates = led_by_matches(candidates, matches, images)
    kept = grouped(candidates, state.snapshot, query.group if query else "image")
    more = _further(query, candidates, kept, state.snapshot)
    return _Answer("feedback", kept, channels, found.notes, found.judge_next, further=more)


def _image_ids(snapshot: Snapshot, candidates: Sequence[Candidate]) -> list[int]:
    at = snapshot.regions.positions([c.region_id for c in candidates])
    return [int(i) for i in snapshot.regions.image_ids[at]]


def _results(state: _State, query: Query, answer: _Answer, limit: int, start: float) -> Results:
    named = state.filtered(query.where)[1] if query.where.strip() else frozenset()
    hits, extras = assemble(
        state.snapshot, state.machine, answer.candidates[:limit], answer.folded, named, answer.further
    )
    return Results(
        id=query.id,
        mode=answer.mode,
        took_ms=1000 * (time.perf_counter() - start),
        hits=hits,
        extras=extras,
        total=len(answer.candidates),
        generation=state.snapshot.generation,
        channels=answer.channels,
        notes=answer.notes,
        judge_next=answer.judge_next,
        cutoff=answer.cutoff,
    )


def _request(query: Query, state: _State, uploads: Mapping[str, bytes]) -> ChannelRequest:
    pictures = [resolve(p, state.snapshot, uploads) for p in query.pictures]
    # A stored picture is not news as the answer to itself; an uploaded one finds its stored twin first.
    asked = frozenset(p.image_id for p in pictures if p.image_id is not None and p.weight > 0)
    return ChannelRequest(
        texts=[QueryText(t.text, t.weight) for t in query.texts],
        pictures=pictures,
        allowed=state.mask(query.where),
        exclude=frozenset() if query.options.get("include_self") else asked,
        limit=max(OVERSAMPLE * query.limit, len(state.snapshot.regions) if _is_small(state) else 0),
        options=query.options,
    )


def _is_small(state: _State) -> bool:
    return len(state.snapshot.regions) <= WHOLE_LIST


def _browse(state: _State, request: ChannelRequest) -> list[Candidate]:
    """A filter alone: its images in catalogue order."""
    snapshot = state.snapshot
    first = snapshot.first_regions if request.allowed is None else snapshot.first_regions[request.allowed]
    return [Candidate(int(r), 0.0) for r in snapshot.regions.ids[first[first >= 0]]]


def _chosen(state: _State, query: Query, request: ChannelRequest) -> list[Channel]:
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
