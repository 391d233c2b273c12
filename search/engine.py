"""Query → Results over one collection. No web imports; safe to call from several threads."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from indexer.collection.filters import evaluate
from indexer.collection.snapshot import Snapshot, open_snapshot, published_generation
from indexer.core.errors import CollectionError
from indexer.core.types import Array
from search import facets, info
from search.answer import OVERSAMPLE, Answer, answered, image_ids, refined
from search.channels.base import Channel, ChannelRequest, QueryPicture
from search.channels.registry import ModelLoader
from search.hits import assemble
from search.label_scores import LabelTexts
from search.machine_facets import machine_facets
from search.machine_fields import Machine
from search.pictures import stored_decoder
from search.query import Query
from search.results import Results
from search.state import State

log = logging.getLogger(__name__)
POLL_SECONDS = 1.0
"""How often a running engine looks whether a new generation was published."""
COUNTED = 10_000
"""Hits of a query that facets count, where no end can be told."""


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
        self._state = State(open_snapshot(self.folder), load_model, self._labels)
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

    def _current(self) -> State:
        now = time.monotonic()
        if now - self._checked < POLL_SECONDS or not self._lock.acquire(blocking=False):
            return self._state
        try:
            self._checked = now
            if published_generation(self.folder) != self._state.snapshot.generation:
                self._state = State(open_snapshot(self.folder), self._load_model, self._labels)
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
        answer = answered(state, query, uploads or {})
        return _results(state, query, answer, query.limit, start)

    def rank(self, query: Query, uploads: Mapping[str, bytes] | None = None) -> list[int]:
        """Image ids of the whole list, best first, without catalogue fields: for measuring.

        Raises:
            As `search`.
        """
        state = self._current()
        return image_ids(state.snapshot, answered(state, query, uploads or {}).candidates)

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
        answer = refined(state, positive, negative, query, uploads or {}, OVERSAMPLE * limit)
        return _results(state, query or Query(), answer, limit, start)

    def rank_judged(self, positive: Sequence[int], negative: Sequence[int], query: Query | None = None) -> list[int]:
        """As `feedback`, only the image ids of the whole list: for measuring."""
        state = self._current()
        return image_ids(state.snapshot, refined(state, positive, negative, query, {}).candidates)

    def channel(self, name: str) -> Channel:
        """One channel of the newest generation, for measuring it alone."""
        return self._current().channels.get(name)

    def facets(self, where: str | None = None, values: int = 50) -> dict[str, Any]:
        """Fields with their types, values and counts over the images that pass the filter."""
        state = self._current()
        return _counted(state, state.mask(where or ""), values)

    def facets_of(self, query: Query, uploads: Mapping[str, bytes] | None = None, values: int = 50) -> dict[str, Any]:
        """As `facets`, over what a query finds: the hits before "likely ends here", all where that cannot be told.

        Raises:
            As `search`.
        """
        state = self._current()
        return _counted(state, _found(state, query, uploads or {}), values)

    def found(self, query: Query, uploads: Mapping[str, bytes] | None = None) -> tuple[Machine, Array]:
        """All fields of the newest generation, and which of its images a query finds (see `facets_of`): bool (images,).

        Raises:
            As `search`.
        """
        state = self._current()
        return state.machine, _found(state, query, uploads or {})

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


def _found(state: State, query: Query, uploads: Mapping[str, bytes]) -> Array:
    """Remembered for words: a page asks for the counts of every field in turn."""
    asked = replace(query, id="", limit=COUNTED, group="image", fold=False)
    if asked.pictures:
        return _answered_images(state, asked, uploads)
    return state.remembered(repr(asked), lambda: _answered_images(state, asked, {}))


def _answered_images(state: State, query: Query, uploads: Mapping[str, bytes]) -> Array:
    answer = answered(state, query, uploads)
    found = np.zeros(len(state.snapshot), np.bool_)
    before_end = answer.candidates[: answer.cutoff or None]
    found[state.snapshot.images.positions(image_ids(state.snapshot, before_end))] = True
    return found


def _counted(state: State, mask: Array | None, values: int) -> dict[str, Any]:
    return {**facets.facets(state.snapshot, mask, values), **machine_facets(state.machine, mask)}


def _results(state: State, query: Query, answer: Answer, limit: int, start: float) -> Results:
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
