"""Lays stored pictures on a query picture, with the thumbnails that the collection keeps."""

from __future__ import annotations

from typing import Any

import numpy as np

from indexer.core.geometry import Box, box_slices
from indexer.core.types import Array
from indexer.features.sift import to_gray
from search.channels.instance_query import QueryFeatures
from search.verify import fit_projective
from search.verify_dense import Registration, register

MARGIN = 0.1
"""The part of a page compared is the box around the witnesses and this part of its size more on each side."""
LEAST_PART = 0.35
"""It has at least this part of the width and height of the query: lines of one edge agree with those of another."""


class Registrar:
    """One part of a query, to be compared with thumbnails."""

    def __init__(self, query: QueryFeatures, snapshot: Any, inverted: bool = False) -> None:
        self.query, self.snapshot, self.inverted = query, snapshot, inverted
        self._grey: Array | None = None
        self._thumbnails: dict[int, Array | None] = {}

    def register(self, image_id: int, matrix: Array, points: Array, image_points: Array) -> Registration | None:
        """How well a stored image lies on the query around some witnesses.

        Args:
            image_id: Of the stored image.
            matrix: float64 (3, 3), pixels of the query as given to pixels of the image.
            points, image_points: float32 (k, 2), witnesses in the query as given and in the image.

        Returns:
            None when the query's or the image's pixels are not at hand, or too little overlaps.
        """
        decoded, thumbnail = self.query.decoded, self._thumbnail(image_id)
        if decoded is None or thumbnail is None or not len(points):
            return None
        k, window = decoded.scale, box_slices(self.query.box, decoded.scale, decoded.rgb.shape)
        left, top = window[1].start / k, window[0].start / k
        to_query = np.array([[1 / k, 0, left], [0, 1 / k, top], [0, 0, 1]])
        width = float(self.snapshot.images.sizes[self.snapshot.images.position(image_id)][0])
        shrink = np.diag([thumbnail.shape[1] / width, thumbnail.shape[1] / width, 1.0])
        matrix = fit_projective(matrix, points, image_points)
        x, y, w, h = self._around(points)
        box = (x - left) * k, (y - top) * k, w * k, h * k
        return register(self._picture(decoded.rgb[window]), box, thumbnail, shrink @ matrix @ to_query)

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

    def _thumbnail(self, image_id: int) -> Array | None:
        """uint8 (h, w), grey; None when the collection has none."""
        import cv2

        if image_id not in self._thumbnails:
            data = self.snapshot.thumbnails([image_id]).get(image_id)
            grey = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE) if data else None
            self._thumbnails[image_id] = None if grey is None else np.asarray(grey)
        return self._thumbnails[image_id]
