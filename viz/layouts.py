"""The layouts of a map: by likeness, as a grid, by date, by field, by colour. Each is a place for every picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from indexer.core.types import Array
from viz.arrange import ASPECT, Grid, grid, grid_shape
from viz.facets import Facet

MOST_GROUPS = 60
SMALLEST_GROUP = 0.004
"""Share of the pictures from which a value gets a block of its own; the others share the last one."""
MOST_BINS = 80
NICE_STEPS = (1, 2, 5, 10, 20, 25, 50, 100, 200, 500)
UNDATED_GAP = 2


@dataclass(frozen=True, slots=True)
class Layout:
    """Places for the pictures.

    Attributes:
        key: Safe name, used in files and addresses.
        kind: similar, grid, date, field or colour: what the viewer calls it.
        xy: float32 (n, 2), y downwards, longer side of the whole from −1 to 1.
        size: Longer side of a picture in the same units.
        grows: Exponent with which pictures grow as one zooms in; 1 keeps their size relative to the layout.
        captions: `{text, x, y, width}` to write on the map; years, groups.
        name: The field or vectors the layout is about.
    """

    key: str
    kind: str
    xy: Array
    size: float
    grows: float = 1.0
    captions: Sequence[Mapping[str, Any]] = field(default_factory=tuple)
    name: str = ""


def similar(xy: Array, key: str = "similar", name: str = "") -> Layout:
    """The projection itself; pictures as large as the ground they stand on allows, overlapping a little.

    Where pictures crowd in few places, they are still not made much smaller than a full screen would allow.
    """
    ground, screen = np.sqrt(np.array([occupied_area(xy), 4 / ASPECT]) / max(len(xy), 1))
    return Layout(key, "similar", xy, float(np.clip(max(1.05 * ground, 0.8 * screen), 0.002, 0.5)), 0.8, (), name)


def occupied_area(xy: Array) -> float:
    """Area of the 1/24-sized squares that hold a point: the ground the cloud covers, at most 4."""
    if len(xy) == 0:
        return 4.0
    squares = np.unique(np.floor((xy + 1) * 12).astype(np.int64), axis=0)
    return min(4.0, len(squares) / 144)


def as_grid(xy: Array) -> Layout:
    """Every picture in a cell of its own, neighbours still neighbours."""
    cells = grid(xy)
    return Layout("grid", "grid", cells.xy, cells.pitch * 0.94)


def by_colour(colours: Array) -> Layout:
    """A grid from dark (left) to light (right), hues from top to bottom.

    Args:
        colours: uint8 (n, 3), mean sRGB.
    """
    cells = grid(np.stack([*_lightness_hue(colours)], axis=1))
    return Layout("colour", "colour", cells.xy, cells.pitch * 0.94)


def _lightness_hue(colours: Array) -> tuple[Array, Array]:
    import cv2

    lab = cv2.cvtColor(colours.reshape(1, -1, 3).astype(np.float32) / 255, cv2.COLOR_RGB2LAB)[0]
    # The cut of the hue circle lies opposite the yellow of paper, so that it is not split.
    hue = (np.arctan2(lab[:, 1], lab[:, 2]) + np.pi) % (2 * np.pi)
    return lab[:, 0], hue


def by_field(facet: Facet, order: Array) -> Layout:
    """A block for each value, largest first, in rows like a shelf; the rest together at the end.

    Args:
        facet: The field.
        order: int64 (n,): rank of each picture along the map, so that blocks are sorted inside.
    """
    group = facet.first
    shown = min(int((facet.counts >= max(2, SMALLEST_GROUP * len(group))).sum()), MOST_GROUPS)
    group = np.where((group < 0) | (group >= shown), shown, group)
    names = [*facet.values[:shown], ""]
    blocks = [(g, np.flatnonzero(group == g)) for g in range(shown + 1)]
    blocks = sorted(((g, rows) for g, rows in blocks if len(rows)), key=lambda b: (b[0] == shown, -len(b[1])))
    cells, captions = _shelved([(names[g], rows[np.argsort(order[rows])]) for g, rows in blocks], len(group))
    return _from_cells(f"by-{safe(facet.name)}", "field", cells, captions, facet.name)


def _shelved(blocks: Sequence[tuple[str, Array]], n: int) -> tuple[Array, list[dict[str, Any]]]:
    """Cells (n, 2) of blocks put side by side, in the width that comes nearest to the shape of a screen."""
    ground = float(np.sqrt(n * ASPECT))
    tries = [_rows(blocks, n, ground * stretch + 4) for stretch in (1.0, 1.2, 1.4, 1.7, 2.0, 2.4)]
    return min(tries, key=lambda t: abs(np.log(_aspect(t[0]) / ASPECT)))


def _aspect(cells: Array) -> float:
    extent = np.ptp(cells, axis=0) + 1
    return float(extent[0] / extent[1])


def _rows(blocks: Sequence[tuple[str, Array]], n: int, width: float) -> tuple[Array, list[dict[str, Any]]]:
    """Blocks in rows of at most `width` cells; a caption stands above each."""
    cells = np.zeros((n, 2), np.float64)
    captions: list[dict[str, Any]] = []
    x = y = deepest = 0.0
    for name, rows in blocks:
        columns = max(grid_shape(len(rows), ASPECT)[0], 5)
        if x and x + columns > width:
            x, y, deepest = 0.0, y + deepest + 2.6, 0.0
        index = np.arange(len(rows))
        cells[rows, 0], cells[rows, 1] = x + index % columns, y + index // columns
        captions.append({"text": name, "count": len(rows), "x": x - 0.5, "y": y - 0.7, "width": float(columns)})
        x, deepest = x + columns + 1.4, max(deepest, float(-(-len(rows) // columns)))
    return cells, captions


def by_date(years: Array, order: Array, name: str) -> Layout | None:
    """Columns of pictures over a time line; undated ones stand apart on the right. None without two years.

    Args:
        years: float32 (n,), NaN for none.
        order: int64 (n,), rank along the map: like stands on like.
        name: Of the field.
    """
    dated = np.isfinite(years)
    if dated.sum() < 2 or np.ptp(years[dated]) < 1:
        return None
    low, high = float(years[dated].min()), float(years[dated].max())
    step = next((s for s in NICE_STEPS if (high - low) / s <= MOST_BINS), 1000)
    first = int(low // step)
    bins = np.where(dated, np.nan_to_num(years) // step - first, -1).astype(np.int64)
    count = int(bins.max()) + 1
    bins[~dated] = count + UNDATED_GAP
    tallest = np.bincount(bins).max()
    across = max(1, round(float(np.sqrt(tallest * ASPECT / (count + UNDATED_GAP + 1)))))
    cells = np.zeros((len(years), 2), np.float64)
    for b in np.unique(bins).tolist():
        rows = np.flatnonzero(bins == b)
        rows = rows[np.argsort(order[rows])]
        index = np.arange(len(rows))
        cells[rows, 0] = b * (across + 0.4) + index % across
        cells[rows, 1] = -(index // across)
    captions = _years_axis(first, count, step, across, bool((~dated).any()))
    return _from_cells("date", "date", cells, captions, name)


def _years_axis(first: int, count: int, step: int, across: int, undated: bool) -> list[dict[str, Any]]:
    pitch = across + 0.4
    every = max(1, -(-count // 12))
    texts = [(str((first + b) * step), b) for b in range(0, count, every)]
    if undated:
        texts.append(("", count + UNDATED_GAP))
    return [{"text": t, "x": b * pitch - 0.5, "y": 1.2, "width": pitch * every} for t, b in texts]


def _from_cells(key: str, kind: str, cells: Array, captions: Sequence[Mapping[str, Any]], name: str) -> Layout:
    """Cells of side 1, and captions in the same units, to a layout."""
    low, high = cells.min(axis=0) - 0.5, cells.max(axis=0) + 0.5
    if captions:
        low[1] = min([low[1], *(c["y"] for c in captions)])
        high[1] = max([high[1], *(c["y"] for c in captions)])
    scale, centre = 2 / float((high - low).max()), (low + high) / 2
    moved = [
        {**c, "x": (c["x"] - centre[0]) * scale, "y": (c["y"] - centre[1]) * scale, "width": c["width"] * scale}
        for c in captions
    ]
    return Layout(key, kind, ((cells - centre) * scale).astype(np.float32), scale * 0.94, 1.0, moved, name)


def safe(name: str) -> str:
    """A field's name as part of a file name: letters, digits and `-`."""
    return "".join(c if c.isascii() and c.isalnum() else "-" for c in name.casefold()).strip("-") or "field"


__all__ = ["Grid", "Layout", "as_grid", "by_colour", "by_date", "by_field", "similar"]
