"""The collection's thumbnails as files of their own, for the hover card and the large view."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from indexer.core.types import Array

FOLDER = 1000
"""Pictures in one folder: file systems and people dislike more."""


class PictureFiles:
    """Writes `pictures/FOLDER/NUMBER.webp`, bytes as they are in the collection.

    Args:
        folder: `pictures` of the export.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, start: int, pictures: Sequence[bytes | None]) -> None:
        """Files of the pictures `start`, `start + 1` …; missing ones are left out. Safe from several threads."""
        made = -1
        for number, data in enumerate(pictures, start=start):
            if number // FOLDER != made:
                made = number // FOLDER
                (self.folder / str(made)).mkdir(parents=True, exist_ok=True)
            if data:
                (self.folder / str(made) / f"{number}.webp").write_bytes(data)


def crop(data: bytes, box: Array, image_size: Array) -> bytes | None:
    """The part of a thumbnail that shows a region, as WebP; None when `data` is no picture.

    Args:
        data: The whole image's thumbnail.
        box: `[x, y, width, height]` in original pixels.
        image_size: Width and height of the image in original pixels.
    """
    import cv2

    try:
        picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error:
        return None
    if picture is None:
        return None
    height, width = picture.shape[:2]
    scale = np.array([width, height] * 2) / np.tile(image_size, 2)
    x, y, w, h = np.round(box * scale).astype(int)
    x, y = min(max(x, 0), width - 1), min(max(y, 0), height - 1)
    part = picture[y : max(y + h, y + 1), x : max(x + w, x + 1)]
    return bytes(cv2.imencode(".webp", part, [cv2.IMWRITE_WEBP_QUALITY, 90])[1].tobytes())
