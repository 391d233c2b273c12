"""The collection's thumbnails as files of their own, for the hover card and the large view."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from indexer.core.types import Array

FOLDER = 1000
"""Ids in one folder: file systems and people dislike more files in one."""


def picture_path(identifier: int) -> str:
    """`FOLDER/ID.webp`. Named after ids: a picture that stays in the collection keeps its address when a map is
    made anew, and need not be copied to a web server again."""
    return f"{identifier // FOLDER}/{identifier}.webp"


def write_files(folder: Path, ids: Sequence[int], pictures: Sequence[bytes | None]) -> int:
    """Writes the pictures that are there as they are; returns how many bytes. Several processes may write at once."""
    written = 0
    for number in {i // FOLDER for i in ids}:
        (folder / str(number)).mkdir(parents=True, exist_ok=True)
    for identifier, data in zip(ids, pictures, strict=True):
        if data:
            written += (folder / picture_path(identifier)).write_bytes(data)
    return written


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
