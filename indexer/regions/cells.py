"""A page as a grid of cells, each described by its ink, its tone and the pieces of ink that cross it."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from indexer.core.types import Array
from indexer.regions.components import Components
from indexer.regions.ink import Ink

CELL = 4
"""Side of a cell in pixels of the analysed page."""
UNIT = 12.0
"""Line height in pixels assumed on a page without letters."""
MEASURES = (
    "ink", "letters", "specks", "border", "dark", "dark_max", "dark_min", "contrast", "colour", "colour_max",
    "across", "down", "slope", "height_max", "width_max", "holes_max", "fill_max", "height_mean", "holes_mean", "unit",
)  # fmt: skip
"""What is measured in a cell; all between 0 and about 1."""
CHANNELS = (*MEASURES, *(f"pixel_{i}" for i in range(CELL**2)))
"""What the numbers of a cell are: the measures, then the darkness of its pixels, row by row."""


def describe_cells(page: Ink, pieces: Components) -> Array:
    """Describe a page, float32 (rows, columns, len(CHANNELS)) with rows = ⌈h / CELL⌉."""
    unit = pieces.line_height or UNIT
    ink = page.ink * np.uint8(255)
    dark = 255 - page.grey
    letters = _spread(pieces, pieces.letters.astype(np.uint8) * 255)
    specks = _spread(pieces, (pieces.boxes[:, 3] < 0.5 * unit).astype(np.uint8) * 255)
    heights = _spread(pieces, _logarithmic(pieces.boxes[:, 3] / unit))
    widths = _spread(pieces, _logarithmic(pieces.boxes[:, 2] / unit))
    holes = _spread(pieces, np.clip(np.log1p(pieces.holes) * 50, 0, 255))
    fill = _spread(pieces, 255 * pieces.areas / np.maximum(pieces.boxes[:, 2] * pieces.boxes[:, 3], 1))
    dark_mean = _mean(dark)
    inked = np.maximum(_mean(ink), 1 / CELL**2)
    across, down, slope = _strokes(page.grey)
    maps = (
        _mean(ink), _mean(letters), _mean(specks), _mean(page.border * np.uint8(255)),
        dark_mean, _extreme(dark, cv2.dilate), _extreme(dark, cv2.erode), _spread_of(dark, dark_mean),
        _mean(page.colour) * 3, _extreme(page.colour, cv2.dilate) * 2, across, down, slope,
        _extreme(heights, cv2.dilate), _extreme(widths, cv2.dilate), _extreme(holes, cv2.dilate),
        _extreme(fill, cv2.dilate), _mean(heights) / inked, _mean(holes) / inked, np.full_like(dark_mean, unit / 40),
    )  # fmt: skip
    pixels = pixels_of(page.grey).astype(np.float32) / 255
    return np.concatenate([np.stack(maps, axis=2).astype(np.float32), pixels], axis=2)


def pixels_of(grey: Array) -> Array:
    """Darkness of the pixels of each cell, row by row, uint8 (rows, columns, CELL²).

    Args:
        grey: uint8 (h, w), lightness with paper near 255.
    """
    dark = 255 - _padded(grey)
    rows, columns = dark.shape[0] // CELL, dark.shape[1] // CELL
    folded = dark.reshape(rows, CELL, columns, CELL).transpose(0, 2, 1, 3).reshape(rows, columns, CELL * CELL)
    return np.ascontiguousarray(folded)


def _spread(pieces: Components, values: Array) -> Array:
    """A value of each piece painted on its ink, uint8 (h, w); 0 on paper."""
    table = values.astype(np.uint8)
    table[0] = 0
    painted: Array = table[pieces.labels]
    return painted


def _logarithmic(ratio: Array) -> Array:
    """Sizes from a quarter to 32 times the line height as 1–255."""
    return np.asarray(np.clip((np.log2(np.maximum(ratio, 0.01)) + 2) * 36, 1, 255))


def _padded(image: Array) -> Array:
    h, w = image.shape
    full: Array = cv2.copyMakeBorder(image, 0, -h % CELL, 0, -w % CELL, cv2.BORDER_REPLICATE)
    return full


def _mean(image: Array) -> Array:
    """Mean of each cell as a share of 255, float32 (rows, columns)."""
    full = _padded(image)
    size = full.shape[1] // CELL, full.shape[0] // CELL
    cells: Array = cv2.resize(full, size, interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    return cells


def _extreme(image: Array, operation: Callable[..., Array]) -> Array:
    """Largest (`cv2.dilate`) or smallest (`cv2.erode`) value of each cell, a share of 255, float32 (rows, columns)."""
    # One pass of the filter and every fourth pixel of it: three times as fast as NumPy's reductions.
    near = operation(_padded(image), np.ones((CELL, CELL), np.uint8), anchor=(0, 0))
    cells: Array = near[::CELL, ::CELL].astype(np.float32) / 255
    return cells


def _spread_of(dark: Array, mean: Array) -> Array:
    """Standard deviation inside each cell, a share of 128."""
    squares = _mean_float(dark.astype(np.float32) ** 2) / 255**2
    deviation: Array = np.sqrt(np.maximum(squares - mean**2, 0)) * 2
    return deviation


def _mean_float(image: Array) -> Array:
    full = _padded(image)
    size = full.shape[1] // CELL, full.shape[0] // CELL
    cells: Array = cv2.resize(full, size, interpolation=cv2.INTER_AREA)
    return cells


def _strokes(grey: Array) -> tuple[Array, Array, Array]:
    """Strength of steps across, down and on a slope in each cell, float32 (rows, columns) each."""
    gx = cv2.Sobel(grey, cv2.CV_32F, 1, 0, scale=1 / 510)
    gy = cv2.Sobel(grey, cv2.CV_32F, 0, 1, scale=1 / 510)
    return _mean_float(np.abs(gx)), _mean_float(np.abs(gy)), _mean_float(np.sqrt(np.abs(gx * gy)))
