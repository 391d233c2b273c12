"""A picture of the whole first layout: what people see before anything is computed, and behind what is not drawn yet.

It holds each picture where the viewer will draw it, over nothing: the paper is the page's, dark or light.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from indexer.core.types import Array
from viz.atlas import AtlasReport, tiles_per_page
from viz.curves import morton_xy
from viz.layouts import Layout
from viz.tiles import EMPTY, PAGE

LONGER_SIDE = 1400
"""Pixels: sharp on a laptop's window, some hundred kilobytes."""
QUALITY = 70
EMPTY_SIDE = 0.6
"""Share of the usual side at which the viewer draws a picture without a thumbnail."""


def write_overview(atlas: Path, report: AtlasReport, layout: Layout, file: Path) -> dict[str, Any] | None:
    """Writes the WebP `file`; returns the manifest's part, None for a map without pictures.

    Args:
        atlas: Folder of the finished atlas.
        report: Of that atlas.
        layout: The first layout, in the atlas' order.
        file: The picture to write.
    """
    import cv2

    if len(layout.xy) == 0:
        return None
    box = bounds(layout)
    picture = draw(atlas, report, layout, box)
    _, data = cv2.imencode(".webp", picture, [cv2.IMWRITE_WEBP_QUALITY, QUALITY])
    file.write_bytes(data.tobytes())
    return {"file": file.name, "box": [round(v, 6) for v in box], "width": picture.shape[1], "height": picture.shape[0]}


def bounds(layout: Layout) -> list[float]:
    """x0, y0, x1, y1 of all pictures of a layout, as the viewer fits them into its window."""
    half = layout.size / 2
    return [*(layout.xy.min(axis=0) - half).tolist(), *(layout.xy.max(axis=0) + half).tolist()]


def draw(atlas: Path, report: AtlasReport, layout: Layout, box: list[float]) -> Array:
    """uint8 (height, width, 4) BGRA; pictures with smaller numbers lie in front, as in the viewer."""
    scale = LONGER_SIDE / max(box[2] - box[0], box[3] - box[1])
    width, height = (max(1, round((box[k + 2] - box[k]) * scale)) for k in (0, 1))
    canvas = np.zeros((height, width, 4), np.uint8)
    side = max(1, round(layout.size * scale))
    level = next((s for s in report.levels if s >= side), report.levels[-1])
    sizes = np.maximum(np.round(report.extents.astype(np.float64) * side / report.levels[-1]), 1).astype(np.int64)
    missing = report.extents[:, 0] == 0
    sizes[missing] = max(1, round(side * EMPTY_SIDE))
    corners = np.floor((layout.xy - box[:2]) * scale - sizes / 2 + 0.5).astype(np.int64)
    per_page = tiles_per_page(level)
    for number in reversed(range(report.pages[level])):
        rows = np.arange(number * per_page, min((number + 1) * per_page, len(layout.xy)))
        page = _page(atlas / str(level) / f"{number}.jpg", side / level)
        _stamp(canvas, page, rows[::-1], side, corners, sizes, missing)
    return canvas


def _page(file: Path, factor: float) -> Array:
    """A page with its tiles scaled by `factor`."""
    import cv2

    page = cv2.imread(str(file), cv2.IMREAD_COLOR)
    target = round(PAGE * factor)
    if page is None:
        return np.full((target, target, 3), EMPTY, np.uint8)
    method = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    return page if target == PAGE else np.asarray(cv2.resize(page, (target, target), interpolation=method))


def _stamp(canvas: Array, page: Array, rows: Array, side: int, corners: Array, sizes: Array, missing: Array) -> None:
    """Puts the tiles of `rows` where they belong, in that order."""
    height, width = canvas.shape[:2]
    columns, lines = morton_xy(rows % (len(page) // side) ** 2)
    for i, column, line in zip(rows.tolist(), (columns * side).tolist(), (lines * side).tolist(), strict=True):
        (x, y), (w, h) = corners[i].tolist(), sizes[i].tolist()
        left, top = max(x, 0), max(y, 0)
        right, bottom = min(x + w, width), min(y + h, height)
        if right <= left or bottom <= top:
            continue
        tile = page[line + top - y : line + bottom - y, column + left - x : column + right - x]
        canvas[top:bottom, left:right, :3] = EMPTY if missing[i] else tile
        canvas[top:bottom, left:right, 3] = 255
