"""One published generation of a collection, opened: what all queries share until the next one."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

from indexer.collection.filters import evaluate
from indexer.collection.snapshot import Snapshot
from indexer.core.types import Array
from search.channels.registry import Channels, ModelLoader
from search.label_scores import LabelTexts
from search.machine_fields import PREFIX, Recorder, open_machine
from search.refine import Space, open_space

T = TypeVar("T")
KEPT = 32
"""Filters, and answers for counting, that are remembered; a byte for each image each."""


class State:
    """A generation with its channels, machine-made fields and remembered filters."""

    def __init__(self, snapshot: Snapshot, load_model: ModelLoader | None, labels: LabelTexts) -> None:
        self.snapshot = snapshot
        self.channels = Channels(snapshot, load_model)
        self.machine = open_machine(snapshot, self.channels, self.space, labels)
        self._masks: dict[tuple[str, object], tuple[Array, frozenset[str]]] = {}
        self._found: dict[tuple[str, object], Array] = {}
        self._space: Space | None = None
        self._lock = threading.Lock()

    def mask(self, where: str) -> Array | None:
        """The filter's mask, None for no filter."""
        return self.filtered(where)[0] if where.strip() else None

    def filtered(self, where: str) -> tuple[Array, frozenset[str]]:
        """The filter's mask and the machine-made fields it names, kept for the next query with the same filter."""

        def find() -> tuple[Array, frozenset[str]]:
            source = Recorder(self.machine)
            return evaluate(where, source), frozenset(source.used)

        return _kept(self._masks, (where, self.machine.token if PREFIX in where.casefold() else None), find)

    def remembered(self, asked: str, find: Callable[[], Array]) -> Array:
        """The images that a query found, bool (images,), kept while the same is asked and sets stay as they are."""
        return _kept(self._found, (asked, self.machine.token), find)

    def space(self) -> Space:
        """The vectors that feedback learns in, opened once."""
        with self._lock:
            if self._space is None:
                self._space = open_space(self.snapshot)
            return self._space


def _kept(memory: dict[tuple[str, object], T], key: tuple[str, object], find: Callable[[], T]) -> T:
    """What is remembered under a key, else found now; a full memory is emptied first."""
    found = memory.get(key)
    if found is None:
        found = find()
        if len(memory) >= KEPT:
            memory.clear()
        memory[key] = found
    return found  # not looked up again: another thread may have emptied the memory
