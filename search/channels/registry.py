"""The channels of one generation, opened when first asked for."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from indexer.collection.layout import CLIP_PREFIX
from indexer.collection.snapshot import Snapshot
from search.channels.base import Channel, ChannelHits, ChannelRequest

if TYPE_CHECKING:
    from indexer.features.clip import ClipModel

ModelLoader = Callable[[str, dict[str, Any]], "ClipModel"]
"""Gives the model of a vector table: `(table name, recorded identity) -> model`."""


def clip_table(snapshot: Snapshot) -> str | None:
    """The vector table that the semantic channel searches: the model used last, else the first."""
    names = [n for n in snapshot.vector_names if n.startswith(CLIP_PREFIX)]
    wanted = snapshot.manifest.clip_request
    return wanted if wanted in names else (names[-1] if names else None)


def no_model_hint(snapshot: Snapshot) -> str:
    """What to do to search by meaning."""
    return (
        "To search by meaning, get a model with `iconoscope models pull multilingual` on a machine with network, then "
        f"run `iconoscope index SOURCE --collection {snapshot.folder} --clip multilingual`."
    )


class NoModel:
    """Stands for the semantic channel of a collection without embeddings: answers nothing."""

    name = "semantic"

    def answers(self, request: ChannelRequest) -> bool:
        """Never."""
        return False

    def search(self, request: ChannelRequest) -> ChannelHits:
        """Nothing."""
        return ChannelHits.empty()


class Channels:
    """Makes each channel once; thread-safe."""

    def __init__(self, snapshot: Snapshot, load_model: ModelLoader | None) -> None:
        self._snapshot = snapshot
        self._load_model = load_model
        self._made: dict[str, Channel] = {}
        self._lock = threading.RLock()

    def get(self, name: str) -> Channel:
        """The channel of that name (`semantic`, `instance`, `signature`, `keyword`)."""
        with self._lock:
            if name not in self._made:
                self._made[name] = self._make(name)
            return self._made[name]

    def open_indexes(self) -> None:
        """Make all channels."""
        for name in ("instance", "signature", "semantic", "keyword"):
            self.get(name)

    def _make(self, name: str) -> Channel:
        if name == "instance":
            from search.channels.instance import InstanceChannel

            return InstanceChannel(self._snapshot)
        if name == "signature":
            from search.channels.signature import SignatureChannel

            return SignatureChannel(self._snapshot)
        if name == "keyword":
            from search.channels.keyword import KeywordChannel

            return KeywordChannel(self._snapshot)
        return self._semantic()

    def _semantic(self) -> Channel:
        from search.channels.semantic import SemanticChannel

        table = clip_table(self._snapshot)
        if table is None:
            return NoModel()
        identity = dict(self._snapshot.models.get(table, {}))
        loader = self._load_model or recorded_model
        return SemanticChannel(self._snapshot, lambda: loader(table, identity), table)


def recorded_model(table: str, identity: dict[str, Any]) -> ClipModel:
    """Load the model that a vector table was made with.

    Raises:
        ModelError: Missing, or not the one that made the vectors.
    """
    from indexer.features.clip import load_recorded

    return load_recorded(identity, str(identity.get("source") or identity["name"]))
