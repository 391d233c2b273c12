"""The thumbnails that one search looks at: read together, decoded when their pixels are needed, and kept meanwhile."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from indexer.core.types import Array


class Thumbnails:
    """Reads the thumbnails of a collection for one search; each is read, and decoded in grey, once at most."""

    def __init__(self, snapshot: Any) -> None:
        self._snapshot = snapshot
        self._coded: dict[int, bytes | None] = {}
        self._grey: dict[int, Array | None] = {}

    def read(self, image_ids: Iterable[int]) -> None:
        """Read those that are not known yet at once: a read takes a millisecond, whatever it reads."""
        wanted = [i for i in dict.fromkeys(image_ids) if i not in self._coded]
        if wanted:
            found = self._snapshot.thumbnails(wanted)
            self._coded.update({i: found.get(i) for i in wanted})

    def grey(self, image_id: int) -> Array | None:
        """uint8 (h, w); None when the collection has none that can be read."""
        import cv2

        if image_id not in self._grey:
            self._grey[image_id] = self._decoded(image_id, cv2.IMREAD_GRAYSCALE)
        return self._grey[image_id]

    def rgb(self, image_id: int) -> Array | None:
        """uint8 (h, w, 3); None when the collection has none that can be read."""
        import cv2

        bgr = self._decoded(image_id, cv2.IMREAD_COLOR)
        return None if bgr is None else np.ascontiguousarray(bgr[..., ::-1])

    def _decoded(self, image_id: int, flags: int) -> Array | None:
        import cv2

        self.read([image_id])
        data = self._coded[image_id]
        return cv2.imdecode(np.frombuffer(data, np.uint8), flags) if data else None
