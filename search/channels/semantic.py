"""Search by meaning: words and pictures in the space of a CLIP model, weighed against each other.

The score is a cosine, larger is better: between a region and the text or picture asked for, or, for a mixed query,
the direction composed of its terms (`terms.py`), less a penalty for what was asked to stay away.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from indexer.collection.semantic_index import SemanticIndex, index_name
from indexer.core.errors import CollectionError, ModelError
from indexer.core.types import Array
from indexer.features.clip_crop import crop_for_clip
from indexer.features.clip_model import ClipModel
from search.channels.base import ChannelHits, ChannelRequest, QueryPicture
from search.channels.stored import allowed_rows, stored_region
from search.channels.terms import Composed, Scan, Spread, Term, compose, composed, search_composed

SPREAD_SAMPLE = 1024
"""Stored vectors from which the spread of a term's scores is estimated."""


class SnapshotView(Protocol):
    """The part of `indexer.collection.snapshot.Snapshot` that this channel reads."""

    @property
    def images(self) -> Any: ...
    @property
    def regions(self) -> Any: ...
    def vectors(self, name: str) -> tuple[Array, Array]: ...
    def index_folder(self, name: str) -> Path | None: ...


class SemanticChannel:
    """Answers with the vectors of one CLIP model. Model and index are loaded at the first query.

    Args:
        snapshot: The collection.
        model: The model, or what loads it.
        vector_name: Name of its table of vectors, `clip-KEY`.
    """

    name = "semantic"

    def __init__(self, snapshot: SnapshotView, model: ClipModel | Callable[[], ClipModel], vector_name: str) -> None:
        self._snapshot = snapshot
        self._given = model
        self._vector_name = vector_name
        self._model: ClipModel | None = None
        self._index: SemanticIndex | None = None
        self._image_positions: Array = np.zeros(0, np.int64)
        self._gone: Array | None = None  # regions of an index that is older than the snapshot
        self._spread = Spread(np.zeros((0, 1), np.float32))
        self._lock = threading.Lock()

    def answers(self, request: ChannelRequest) -> bool:
        """Any text or picture."""
        return bool(request.texts or request.pictures)

    def search(self, request: ChannelRequest) -> ChannelHits:
        """The regions nearest in meaning.

        A model that cannot be loaded is a note, not an error: stored pictures are still answered from their vectors.
        """
        index = self._ready_index()
        notes: list[str] = []
        terms = self._terms(request, index, notes)
        if not terms or not len(index):
            return ChannelHits.empty(*notes)
        composition = compose(terms, self._spread)
        if composition.contradictory:
            return ChannelHits.empty(*notes, "The terms of the query cancel each other out.")
        scan = self.scan(composition.direction, request)
        wanted = self._wanted(request, index)
        found = search_composed(scan, lambda ids: index.vectors_of(ids)[1], composition, wanted, len(index))
        return ChannelHits(*found, notes=tuple(notes))

    def scan(self, direction: Array, request: ChannelRequest) -> Scan:
        """A search of the index in a direction, float32 (d,), under the filter and the exclusions of a request."""
        index = self._ready_index()
        allowed = self._allowed_regions(request)

        def best(count: int) -> tuple[Array, Array]:
            ids, scores = index.search(direction[None], count, allowed)
            return ids[0], scores[0]

        return best

    def composed(self, request: ChannelRequest) -> Composed | None:
        """The request as a direction, and the vectors of the pictures it wants; None when nothing can be described."""
        index = self._ready_index()
        terms = self._terms(request, index, [])
        if not terms or not len(index):
            return None
        return composed(terms, self._spread)

    def warm(self) -> None:
        """Load the model and the index now."""
        self._ready_index()
        self._ready_model()

    def encode_texts(self, texts: Sequence[str]) -> Array:
        """Texts in the space of this channel, float32 (n, d), unit rows (for labels).

        Raises:
            ModelError: The model cannot be loaded.
        """
        return self._ready_model().encode_texts(texts)

    def _wanted(self, request: ChannelRequest, index: SemanticIndex) -> int:
        """Regions to fetch so that `limit` images are among them when images have several regions."""
        images = max(1, len(self._snapshot.images.ids))
        return request.limit * int(np.ceil(max(1.0, len(index) / images)))

    def _ready_index(self) -> SemanticIndex:
        with self._lock:
            if self._index is None:
                index = self._open_index()
                at = np.asarray(self._snapshot.regions.positions(np.asarray(index.region_ids)))
                owners = np.asarray(self._snapshot.regions.image_positions)
                self._image_positions = owners[at] if len(owners) else at
                self._gone = at < 0 if (at < 0).any() else None
                self._spread = Spread(index.sample(SPREAD_SAMPLE))
                self._index = index
            return self._index

    def _open_index(self) -> SemanticIndex:
        """The published index; without one, or with a damaged one, the vectors themselves (slower to open)."""
        folder = self._snapshot.index_folder(index_name(self._vector_name))
        if folder is not None:
            try:
                return SemanticIndex.open(folder)
            except CollectionError:
                pass  # the table is the truth, the index only a cache of it
        return SemanticIndex.in_memory(*self._snapshot.vectors(self._vector_name))

    def _ready_model(self) -> ClipModel:
        with self._lock:
            if self._model is None:
                self._model = self._given if not callable(self._given) else self._given()
                if self._index is not None and self._model.device.is_cuda:
                    self._index.to_device(self._model.device.name)
            return self._model

    def _allowed_regions(self, request: ChannelRequest) -> Array | None:
        """Rows of the index that may come back; None when all may."""
        allowed = allowed_rows(self._snapshot, self._image_positions, request)
        if self._gone is not None:
            allowed = ~self._gone if allowed is None else allowed & ~self._gone
        return allowed

    def _terms(self, request: ChannelRequest, index: SemanticIndex, notes: list[str]) -> list[Term]:
        """One vector for each text and picture that can be described."""
        terms: list[Term] = []
        unknown: list[QueryPicture] = []
        for picture in request.pictures:
            vector = self._stored_vector(picture, index)
            if vector is None:
                unknown.append(picture)
            else:
                terms.append(Term(vector, picture.weight, picture=True))
        if request.texts or unknown:
            try:
                terms += self._encoded(request, unknown, notes)
            except ModelError as error:
                notes.append(f"Search by meaning is left out: {error}")
        return terms

    def _encoded(self, request: ChannelRequest, pictures: Sequence[QueryPicture], notes: list[str]) -> list[Term]:
        model = self._ready_model()
        texts = [text for text in request.texts if text.text.strip()]
        vectors = model.encode_texts([text.text for text in texts])
        if any(model.truncates(text.text) for text in texts):
            notes.append("The text is longer than the model reads; only its beginning counts for the meaning.")
        terms = [Term(vector, text.weight) for vector, text in zip(vectors, texts, strict=True)]
        if pictures:
            pixels = np.stack([self._pixels(picture, model) for picture in pictures])
            vectors = model.encode_images(pixels)
            terms += [
                Term(vector, picture.weight, picture=True) for vector, picture in zip(vectors, pictures, strict=True)
            ]
        return terms

    @staticmethod
    def _pixels(picture: QueryPicture, model: ClipModel) -> Array:
        """Decoded as for indexing: the same reduced scale gives the same vector for the same picture."""
        return model.preprocess(crop_for_clip(picture.decode(None), picture.box))

    def _stored_vector(self, picture: QueryPicture, index: SemanticIndex) -> Array | None:
        """The vector in the collection of the region that is meant, None when there is none."""
        region_id = stored_region(self._snapshot, picture)
        if region_id is None:
            return None
        _, vectors = index.vectors_of(np.array([region_id], np.int64))
        return vectors[0] if len(vectors) else None
