"""The channel "signature": pictures that look like this, without any model's weights."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np

from indexer.collection.rows import positions
from indexer.core.geometry import as_box, box_slices, clip_box, iou
from indexer.core.types import Array, LocalFeatures
from indexer.features.signature_model import VECTOR_DIM
from search.channels.base import ChannelHits, ChannelRequest, QueryPicture
from search.channels.terms import Composed, Composition, Scan, Spread, Term, compose, search_composed

DECODE_SIDE = 1536
"""Uploaded pictures are read at the size at which stored ones were described."""
_SAME_BOX = 0.97
"""Overlap from which a drawn box is taken for the stored region it covers."""
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
        allowed = self._allowed(request)

        def best(count: int) -> tuple[Array, Array]:
            ids, scores = self.index.search(direction, allowed, count)
            return ids, scores

        return best

    def composed(self, request: ChannelRequest) -> Composed | None:
        """The request as a direction, and the vectors of what is wanted; None when it has no pictures."""
        if not self.answers(request):
            return None
        wanted = [self.vector(picture) for picture in request.pictures if picture.weight > 0]
        return Composed(self.composition(request.pictures), np.array(wanted, np.float32).reshape(-1, VECTOR_DIM))

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
        return compose([Term(self.vector(picture), picture.weight) for picture in pictures], self._spread)

    def vector(self, picture: QueryPicture) -> Array:
        """The unit vector of one picture: the stored one where the region is stored, else computed."""
        stored = self._stored_region(picture)
        found = None if stored is None else self.index.vector_of(stored)
        return self._computed(picture) if found is None else np.asarray(found, np.float32)

    def _stored_region(self, picture: QueryPicture) -> int | None:
        """Id of the region that the picture's box (or the whole picture) is, if it is stored."""
        if picture.image_id is None:
            return None
        regions = self._snapshot.regions
        rows = np.flatnonzero(regions.image_ids == picture.image_id)
        if not len(rows):
            return None
        if picture.box is None:
            whole = [int(regions.ids[row]) for row in rows if regions.kinds[int(row)] == "whole"]
            return whole[0] if whole else None
        overlap = iou(np.asarray([picture.box], np.float32), regions.boxes[rows])[0]
        best = int(overlap.argmax())
        return int(regions.ids[rows[best]]) if overlap[best] >= _SAME_BOX else None

    def _computed(self, picture: QueryPicture) -> Array:
        from indexer.features.sift import extract, to_gray
        from indexer.features.signature import describe

        image = picture.decode(DECODE_SIDE)
        rgb = image.rgb
        if picture.box is not None:
            box = clip_box(as_box(picture.box), image.width, image.height)
            rows, columns = box_slices(box, image.scale, rgb.shape)
            rgb = np.ascontiguousarray(rgb[rows, columns])
        settings = self._snapshot.settings.sift
        features: LocalFeatures = extract(_reduced(to_gray(rgb), settings.side), 1.0, settings)
        vector: Array = self.index.embed(describe(rgb), features)
        return vector

    def _allowed(self, request: ChannelRequest) -> Array | None:
        """bool over the index's rows: regions of images that pass the filter and are not excluded."""
        if request.allowed is None and not request.exclude:
            return None
        images = np.ones(len(self._snapshot.images.ids), bool) if request.allowed is None else request.allowed.copy()
        excluded = self._snapshot.images.positions(sorted(request.exclude))
        images[excluded[excluded >= 0]] = False
        allowed: Array = images[self._image_positions]
        return allowed


def _reduced(gray: Array, side: int) -> Array:
    """A grey picture with its longer side at most `side`, as regions are before SIFT."""
    import cv2

    h, w = gray.shape
    scale = side / max(h, w)
    if scale >= 1:
        return gray
    return np.asarray(
        cv2.resize(gray, (max(round(w * scale), 1), max(round(h * scale), 1)), interpolation=cv2.INTER_AREA)
    )
