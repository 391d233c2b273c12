"""Lays stored pictures on a query picture: the thumbnails that the collection keeps, or the files where those are too
coarse, as they are for an ornament on a large page."""

from __future__ import annotations

from typing import Any

import numpy as np

from indexer.core.geometry import Box, bounding_box, box_corners, box_slices, transform_points
from indexer.core.types import Array
from indexer.features.sift import to_gray
from search.channels.instance_query import QueryFeatures
from search.channels.instance_stored import Pixels, StoredPictures
from search.channels.instance_thumbnails import Thumbnails
from search.verify import fit_projective
from search.verify_dense import WORK, Reduced, Registration, register, zoom_at

MARGIN = 0.1
"""The part of a page compared is the box around the witnesses and this part of its size more on each side."""
LEAST_PART = 0.35
"""It has at least this part of the width and height of the query: lines of one edge agree with those of another."""
COARSE = 0.6
"""Thumbnails with fewer than this part of the pixels a side that the comparison could use are too coarse."""
FINER = 1.25
"""Files are read with this many times the pixels a side that the comparison uses, at most `MOST_PIXELS` in all."""
MOST_PIXELS = 640


class Registrar:
    """One part of a query, to be compared with thumbnails."""

    def __init__(
        self, query: QueryFeatures, snapshot: Any, inverted: bool = False, thumbnails: Thumbnails | None = None
    ) -> None:
        self.query, self.snapshot, self.inverted = query, snapshot, inverted
        self.stored = StoredPictures(snapshot, thumbnails)
        self._grey: Array | None = None
        self._reduced: Reduced = {}

    def register(
        self, image_id: int, matrix: Array, points: Array, image_points: Array, files: bool = False
    ) -> Registration | None:
        """How well a stored image lies on the query around some witnesses.

        Args:
            image_id: Of the stored image.
            matrix: float64 (3, 3), pixels of the query as given to pixels of the image.
            points, image_points: float32 (k, 2), witnesses in the query as given and in the image.
            files: Open the image's file where its thumbnail is too coarse.

        Returns:
            None when the query's or the image's pixels are not at hand, or too little overlaps.
        """
        decoded = self.query.decoded
        if decoded is None or not len(points):
            return None
        k, window = decoded.scale, box_slices(self.query.box, decoded.scale, decoded.rgb.shape)
        left, top = window[1].start / k, window[0].start / k
        to_query = np.array([[1 / k, 0, left], [0, 1 / k, top], [0, 0, 1]])
        matrix = fit_projective(matrix, points, image_points)
        around = self._around(points)
        pixels = self._stored(image_id, matrix, around, files)
        if pixels is None:
            return None
        x, y, w, h = around
        box = (x - left) * k, (y - top) * k, w * k, h * k
        picture = self._picture(decoded.rgb[window])
        return register(picture, box, pixels.grey, pixels.matrix @ matrix @ to_query, self._reduced)

    def _stored(self, image_id: int, matrix: Array, around: Box, files: bool) -> Pixels | None:
        """The pixels of an image to lay on a box of the query: of the file, if the thumbnail is too coarse there."""
        thumbnail, needed = self.stored.thumbnail(image_id), _needed(matrix, around)
        if not files or not _coarse(thumbnail, needed):
            return thumbnail
        size = self.snapshot.images.sizes[self.snapshot.images.position(image_id)]
        corners = np.clip(transform_points(matrix, box_corners(around)), 0, [float(size[0]), float(size[1])])
        part = bounding_box(corners)
        if min(part[2:]) < 1:
            return thumbnail
        side = min(MOST_PIXELS, max(1, round(FINER * needed * max(part[2:]))))
        return self.stored.part(image_id, part, side) or thumbnail

    def too_coarse(self, image_id: int, matrix: Array, points: Array) -> bool:
        """Whether the thumbnail of an image is too coarse to lay it on the query around some witnesses.

        Args:
            image_id, matrix, points: As for `register`.
        """
        return _coarse(self.stored.thumbnail(image_id), _needed(matrix, self._around(points)))

    def _picture(self, rgb: Array) -> Array:
        """The grey pixels of the part, uint8 (h, w)."""
        if self._grey is None:
            grey = to_gray(rgb)
            self._grey = np.asarray(255 - grey) if self.inverted else grey
        return self._grey

    def _around(self, points: Array) -> Box:
        """All of the query, as far as the other picture reaches; of a page only what lies around the witnesses.

        Two portraits in frames of one pattern agree around the witnesses, which stand on the frame, and not inside it.
        """
        if not self.query.mixed:
            return self.query.box
        low, high = points.min(axis=0).astype(np.float64), points.max(axis=0).astype(np.float64)
        x, y, w, h = self.query.box
        size = np.maximum((1 + 2 * MARGIN) * (high - low), LEAST_PART * np.array([w, h]))
        centre = (low + high) / 2
        low, high = np.maximum(centre - size / 2, [x, y]), np.minimum(centre + size / 2, [x + w, y + h])
        high = np.maximum(high, low + 1e-3)
        return float(low[0]), float(low[1]), float(high[0] - low[0]), float(high[1] - low[1])


def _needed(matrix: Array, around: Box) -> float:
    """Pixels a side that a comparison on a box of the query could use, for one of the image; 0 where none is of use."""
    x, y, w, h = around
    enlarged = zoom_at(matrix, x + w / 2, y + h / 2)
    return min(1.0, WORK / max(w, h) / enlarged) if enlarged > 0 else 0.0


def _coarse(thumbnail: Pixels | None, needed: float) -> bool:
    have = thumbnail.matrix[0, 0] if thumbnail is not None else 0.0
    return bool(have < COARSE * needed)
