"""Grey pixels of stored images: thumbnails, or parts of the files where thumbnails are too coarse."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import numpy as np

from indexer.core.errors import IconoscopeError
from indexer.core.geometry import Box
from indexer.core.types import Array
from search.channels.instance_thumbnails import Thumbnails

MOST_FILES = 6
"""Files opened for one part of a query at most."""
SECONDS = 0.25
"""No further file is opened once that much time went into opening them: very large images take long."""


@dataclass(frozen=True, slots=True)
class Pixels:
    """A stored image or a part of it.

    Attributes:
        grey: uint8 (h, w).
        matrix: float64 (3, 3), original pixels of the image to pixels of `grey`.
    """

    grey: Array
    matrix: Array


class StoredPictures:
    """Reads the images that one part of a query is compared with."""

    def __init__(self, snapshot: Any, thumbnails: Thumbnails | None = None) -> None:
        self._snapshot = snapshot
        self.thumbnails = thumbnails or Thumbnails(snapshot)
        self._files = 0
        self._spent = 0.0

    def thumbnail(self, image_id: int) -> Pixels | None:
        """The stored thumbnail; None when the collection has none."""
        grey = self.thumbnails.grey(image_id)
        if grey is None:
            return None
        k = grey.shape[1] / self._size(image_id)[0]
        return Pixels(grey, np.diag([k, k, 1.0]))

    def part(self, image_id: int, box: Box, side: int) -> Pixels | None:
        """A part of the image's file, its longer side about `side` pixels.

        Returns:
            None when the file is gone, cannot be read or is no longer what was indexed, or when enough were opened.
        """
        if self._files >= MOST_FILES or self._spent >= SECONDS:
            return None
        self._files += 1
        start = time.perf_counter()
        try:
            return self._opened(image_id, box, side)
        except (IconoscopeError, OSError):
            return None
        finally:
            self._spent += time.perf_counter() - start

    def _opened(self, image_id: int, box: Box, side: int) -> Pixels | None:
        from indexer.decode import crop, image_size

        path, page = self._snapshot.path_of(image_id), self._snapshot.page_of(image_id)
        settings = self._snapshot.settings.decode
        if path is None or image_size(path, page, settings) != self._size(image_id):
            return None
        rgb = crop(path, page, box, settings, side)
        x, y, w, h = box
        kx, ky = rgb.shape[1] / w, rgb.shape[0] / h
        return Pixels(_grey(rgb), np.array([[kx, 0.0, -x * kx], [0.0, ky, -y * ky], [0.0, 0.0, 1.0]]))

    def _size(self, image_id: int) -> tuple[int, int]:
        width, height = self._snapshot.images.sizes[self._snapshot.images.position(image_id)]
        return int(width), int(height)


def _grey(rgb: Array) -> Array:
    from indexer.features.sift import to_gray

    return to_gray(rgb)
