"""Thumbnails packed into square sheets, as the older viewers want them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from indexer.core.types import Array
from viz.formats.exported import Exported

SHEET = 2048


def fitted(exported: Exported, number: int, side: int) -> Array:
    """The thumbnail with longer side `side`, uint8 (h, w, 3) BGR; a grey square when there is none."""
    import cv2

    path = exported.picture(number)
    picture = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_COLOR) if path else None
    if picture is None:
        return np.full((side, side, 3), 200, np.uint8)
    scale = side / max(picture.shape[:2])
    size = (max(1, round(picture.shape[1] * scale)), max(1, round(picture.shape[0] * scale)))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC))


def sheets(exported: Exported, side: int, folder: Path, pattern: str) -> Iterator[tuple[int, int, int, int, int, int]]:
    """Writes sheets of cells of `side`, row by row; yields `(number, sheet, x, y, width, height)` of each picture."""
    import cv2

    across = SHEET // side
    folder.mkdir(parents=True, exist_ok=True)
    sheet = np.zeros((SHEET, SHEET, 3), np.uint8)
    for number in range(len(exported)):
        slot = number % across**2
        x, y = slot % across * side, slot // across * side
        picture = fitted(exported, number, side)
        height, width = picture.shape[:2]
        sheet[y : y + height, x : x + width] = picture
        yield number, number // across**2, x, y, width, height
        if slot == across**2 - 1 or number == len(exported) - 1:
            data = cv2.imencode(".jpg", sheet, [cv2.IMWRITE_JPEG_QUALITY, 85])[1]
            (folder / pattern.format(number // across**2)).write_bytes(data.tobytes())
            sheet[:] = 0


def strips(exported: Exported, height: int, folder: Path, pattern: str) -> Iterator[tuple[int, int, int, int]]:
    """Writes sheets of cells of one `height`, as wide as the pictures are; yields `(number, sheet, x, y)` of each."""
    import cv2

    folder.mkdir(parents=True, exist_ok=True)
    sheet, page, x, y = np.zeros((SHEET, SHEET, 3), np.uint8), 0, 0, 0

    def save() -> None:
        data = cv2.imencode(".jpg", sheet, [cv2.IMWRITE_JPEG_QUALITY, 85])[1]
        (folder / pattern.format(page)).write_bytes(data.tobytes())

    for number in range(len(exported)):
        picture = fitted(exported, number, 4 * height)
        width = min(max(1, round(picture.shape[1] * height / picture.shape[0])), SHEET)
        if x + width > SHEET:
            x, y = 0, y + height
        if y + height > SHEET:
            save()
            sheet[:] = 0
            page, y = page + 1, 0
        sheet[y : y + height, x : x + width] = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA)
        yield number, page, x, y
        x += width
    if len(exported):
        save()
