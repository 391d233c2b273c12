"""The channel "signature": pictures that look like this, without any model's weights."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np

from indexer.collection.rows import positions
from indexer.core.geometry import as_box, box_slices, clip_box
from indexer.core.types import Array, LocalFeatures
from search.channels.base import ChannelHits, ChannelRequest, QueryPicture
from search.channels.stored import allowed_rows, stored_region
from search.channels.terms import Composed, Composition, Scan, Spread, Term, compose, composed, search_composed

DECODE_SIDE = 1536
"""Uploaded pictures are read at the size at which stored ones were described."""
SPREAD_SAMPLE = 1024
"""Stored vectors from which the spread of a picture's scores is estimated."""


class SignatureChannel:
    """Answers with the cosine of signature vectors, −1 to 1, less a penalty for what was asked to stay away.

    Several pictures make one direction, as `terms.py` says.

    Args:
        snapshot: An `indexer.collection.snapshot.Snapshot`.
    """

    name = "signature"

    def __init__(self, snapshot: Any) -> None:
        self._snapshot = snapshot
        self._lock = threading.Lock()

    def answers(self, request: ChannelRequest) -> bool:
        """Whether there are pictures in the request and vectors in the collection."""
        return bool(request.pictures) and self._snapshot.index_folder(self.name) is not None

    def search(self, request: ChannelRequest) -> ChannelHits:
        """The regions whose signature is nearest to the pictures of the request."""
        if not self.answers(request):
            return ChannelHits.empty()
        composition = self.composition(request.pictures)
        if composition.contradictory:
            return ChannelHits.empty("The pictures of the query cancel each other out.")
        scan = self.scan(composition.direction, request)
        found = search_composed(scan, self._vectors_of, composition, max(request.limit, 1), len(self.index))
        return ChannelHits(*found)

    def scan(self, direction: Array, request: ChannelRequest) -> Scan:
        """An exact search in a direction, float32 (d,), under the filter and the exclusions of a request."""
        allowed = allowed_rows(self._snapshot, self._image_positions, request)

        def best(count: int) -> tuple[Array, Array]:
            ids, scores = self.index.search(direction, allowed, count)
            return ids, scores

        return best

    def composed(self, request: ChannelRequest) -> Composed | None:
        """The request as a direction, and the vectors of what is wanted; None when it has no pictures."""
        if not self.answers(request):
            return None
        return composed(self._terms(request.pictures), self._spread)

    @property
    def index(self) -> Any:
        """The opened `SignatureIndex`."""
        with self._lock:
            return self._index

    @cached_property
    def _index(self) -> Any:
        from indexer.collection.signature_index import SignatureIndex

        return SignatureIndex.open(self._snapshot.index_folder(self.name))

    @cached_property
    def _image_positions(self) -> Array:
        """Position in `snapshot.images` of each row of the index."""
        regions = self._snapshot.regions
        positions: Array = regions.image_positions[regions.positions(self.index.region_ids)]
        return positions

    @cached_property
    def _spread(self) -> Spread:
        rows = np.random.default_rng(0).permutation(len(self.index))[:SPREAD_SAMPLE]
        return Spread(self.index.vectors[np.sort(rows)].astype(np.float32))

    def _vectors_of(self, region_ids: Array) -> Array:
        rows = positions(self.index.region_ids, region_ids)
        return np.asarray(self.index.vectors[rows], np.float32)

    def composition(self, pictures: Sequence[QueryPicture]) -> Composition:
        """Where the pictures lead, and what they keep away from."""
        return compose(self._terms(pictures), self._spread)

    def _terms(self, pictures: Sequence[QueryPicture]) -> list[Term]:
        return [Term(self.vector(picture), picture.weight, picture=True) for picture in pictures]

    def vector(self, picture: QueryPicture) -> Array:
        """The unit vector of one picture: the stored one where the region is stored, else computed."""
        stored = stored_region(self._snapshot, picture)
        found = None if stored is None else self.index.vector_of(stored)
        return self._computed(picture) if found is None else np.asarray(found, np.float32)

    def _computed(self, picture: QueryPicture) -> Array:
        from indexer.features.sift import extract, to_gray
        from indexer.features.signature import describe
        from indexer.regions.ink import reduce_to

        image = picture.decode(DECODE_SIDE)
        rgb = image.rgb
        if picture.box is not None:
            box = clip_box(as_box(picture.box), image.width, image.height)
            rows, columns = box_slices(box, image.scale, rgb.shape)
            rgb = np.ascontiguousarray(rgb[rows, columns])
        settings = self._snapshot.settings.sift
        features: LocalFeatures = extract(to_gray(reduce_to(rgb, settings.side)), 1.0, settings)
        vector: Array = self.index.embed(describe(rgb), features)
        return vector
