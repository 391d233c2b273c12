"""Which vectors a detector belongs to: told by the identity of what made them, so that no other is scored with it."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from indexer.collection.signature_index import MODEL, SignatureIndex, SignatureIndexBuilder
from indexer.collection.snapshot import Snapshot
from indexer.core.errors import QueryError
from search.channels.registry import clip_table
from search.refine import Space

SIGNATURE = SignatureIndexBuilder.name
DECISIVE = ("weights", "architecture", "preprocess", "dim")
"""The parts of a CLIP model's identity that decide its vectors (as `indexer.features.clip.same_model`)."""


@dataclass(frozen=True, slots=True)
class SpaceIdentity:
    """What a detector was learnt on.

    Attributes:
        vectors: `signature`, or the name of a table of embeddings.
        model: Digest of what makes the vectors: of the CLIP model's identity, or of all that the signature's model
            has learnt on its collection.
        name: Of the model, for people.
    """

    vectors: str
    model: str
    name: str


class Spaces:
    """The vectors of one generation, opened when asked for. Thread-safe.

    Args:
        snapshot: The generation.
        default: Opens the vectors that judgements are learnt in.
    """

    def __init__(self, snapshot: Snapshot, default: Callable[[], Space]) -> None:
        self._snapshot = snapshot
        self._default = default
        self._opened: dict[str, Space] = {}
        self._identities: dict[str, SpaceIdentity] = {}
        self._lock = threading.RLock()

    def default(self) -> tuple[SpaceIdentity, Space]:
        """Where sets are learnt: the embeddings when there are some, else the signature.

        Raises:
            QueryError: The collection has no vectors.
        """
        table = clip_table(self._snapshot) or SIGNATURE
        space = self._default()
        return self._identity(table), space

    def find(self, wanted: SpaceIdentity) -> Space:
        """The vectors that a detector was learnt on.

        Raises:
            QueryError: This collection has none that its model made; says what to do.
        """
        there = [self._identity(table) for table in self._tables()]
        same = next((i for i in there if i.model == wanted.model), None)
        if same is not None:
            return self._open(same.vectors)
        own = ", ".join(i.name for i in there) or "none"
        if wanted.vectors == SIGNATURE:
            hint = "Signatures are learnt anew on each collection: exchange the examples, or use embeddings (--clip)."
        else:
            hint = f"Add them with `iconoscope index SOURCE --collection … --clip {wanted.name}`."
        raise QueryError(f"It was learnt on vectors of {wanted.name}; this collection has: {own}.", hint)

    def _tables(self) -> list[str]:
        tables = [n for n in self._snapshot.vector_names if n.startswith("clip-")]
        return [*tables, SIGNATURE] if self._snapshot.index_folder(SIGNATURE) else tables

    def _open(self, table: str) -> Space:
        if table == (clip_table(self._snapshot) or SIGNATURE):
            return self._default()
        with self._lock:
            if table not in self._opened:
                self._opened[table] = _opened(self._snapshot, table)
            return self._opened[table]

    def _identity(self, table: str) -> SpaceIdentity:
        with self._lock:
            if table not in self._identities:
                self._identities[table] = self._identified(table)
            return self._identities[table]

    def _identified(self, table: str) -> SpaceIdentity:
        if table == SIGNATURE:
            return SpaceIdentity(SIGNATURE, _signature_digest(self._snapshot), "the signature of its collection")
        identity: dict[str, Any] = dict(self._snapshot.models.get(table, {}))
        parts = json.dumps({part: identity.get(part) for part in DECISIVE}, sort_keys=True, default=str)
        return SpaceIdentity(table, hashlib.sha256(parts.encode()).hexdigest(), str(identity.get("name") or table))


def _opened(snapshot: Snapshot, table: str) -> Space:
    if table != SIGNATURE:
        return Space("semantic", *snapshot.vectors(table))
    index = SignatureIndex.open(_signature_folder(snapshot))
    live = snapshot.regions.positions(index.region_ids) >= 0
    return Space(SIGNATURE, index.region_ids[live], index.vectors[live])


def _signature_folder(snapshot: Snapshot) -> Path:
    folder = snapshot.index_folder(SIGNATURE)
    if folder is None:
        raise QueryError("This collection has no vectors to learn from.", "Run `iconoscope index` to build them.")
    return folder


def _signature_digest(snapshot: Snapshot) -> str:
    """Of the arrays in the model's file: the same however the file was packed.

    Raises:
        QueryError: There is no signature index.
    """
    digest = hashlib.sha256()
    with np.load(_signature_folder(snapshot) / MODEL) as arrays:
        for name in sorted(arrays.files):
            value = arrays[name]
            digest.update(f"{name} {value.dtype} {value.shape}".encode())
            digest.update(np.ascontiguousarray(value).tobytes())
    return digest.hexdigest()
