"""Masks as run lengths at the size of the original, without ever drawing them at that size."""

from __future__ import annotations

import numpy as np

from indexer.core.types import Array


def encode_at_size(mask: Array, width: int, height: int) -> str:
    """COCO run-length counts (compressed ASCII) of a mask enlarged to `width` × `height`.

    Pixel (x, y) of the result is pixel (⌊(x + ½) w / width⌋, ⌊(y + ½) h / height⌋) of `mask`, bool (h, w). A scan of
    30,000 × 30,000 pixels costs as much as its number of columns, not of pixels.
    """
    from pycocotools import mask as coco

    runs = _enlarged_runs(np.asarray(mask, bool), width, height)
    packed = coco.frPyObjects({"size": [height, width], "counts": runs.tolist()}, height, width)
    return str(packed["counts"].decode("ascii"))


def _enlarged_runs(mask: Array, width: int, height: int) -> Array:
    """Lengths of runs down the columns, beginning with outside; int64."""
    h, w = mask.shape
    padded = np.zeros((h + 1, w), bool)
    padded[:h] = mask
    changes = padded != np.vstack([np.zeros((1, w), bool), padded[:-1]])
    columns, rows = np.nonzero(changes.T)
    y = np.ceil(rows * height / h - 0.5).astype(np.int64).clip(0, height)
    first = np.ceil(np.arange(w + 1) * width / w - 0.5).astype(np.int64).clip(0, width)
    counts = np.bincount(columns, minlength=w)
    starts = np.concatenate([[0], np.cumsum(counts)])
    source = np.repeat(np.arange(w), np.diff(first))  # source column of each column of the result
    lengths = counts[source]
    within = np.arange(lengths.sum()) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    toggles = np.repeat(np.arange(width) * height, lengths) + y[np.repeat(starts[source], lengths) + within]
    positions, times = np.unique(toggles, return_counts=True)  # a run that ends where the next column's begins
    edges = positions[times % 2 == 1]
    return np.diff(np.concatenate([[0], edges, [width * height]]))


def box_at_size(mask: Array, width: int, height: int) -> tuple[float, float, float, float]:
    """Box around a mask, in pixels of the original; the mask must not be empty."""
    h, w = mask.shape
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    x0, x1 = columns[0] * width / w, (columns[-1] + 1) * width / w
    y0, y1 = rows[0] * height / h, (rows[-1] + 1) * height / h
    return float(x0), float(y0), float(x1 - x0), float(y1 - y0)
