"""The visual signature of a region: what it looks like, without any learnt weights.

`describe` gives the raw blocks side by side; what weighs how much is learnt on the collection
(`indexer/collection/signature_index.py`). docs/signature.md has the measurements.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from indexer.core.types import Array
from indexer.features import signature_blocks as blocks
from indexer.features.signature_gist import GIST_DIM, gist
from indexer.features.signature_prepare import Views, prepare

NAME = "signature"
VERSION = 1
"""Raise when `describe` changes: stored vectors of another version are not comparable."""

_DESCRIBERS: Mapping[str, tuple[Callable[[Views], Array], int]] = {
    "palette": (blocks.palette, blocks.LIGHTS * (1 + blocks.HUES * blocks.CHROMAS)),
    "moments": (blocks.moments, 12),
    "tone": (blocks.tone, 36),
    "patterns": (blocks.patterns, 59 * blocks.LBP_SCALES),
    "strokes": (blocks.strokes, 52),
    "spectrum": (blocks.spectrum, 2 * blocks.SPECTRUM_RINGS),
    "gist": (gist, GIST_DIM),
    "hog": (blocks.hog, blocks.HOG_CELLS**2 * blocks.HOG_BINS),
    "thumbnail": (blocks.thumbnail, blocks.THUMB_SIDE**2 + 2 * blocks.THUMB_COLOR_SIDE**2),
    "shape": (blocks.shape, 5),
}


def _slices() -> dict[str, slice]:
    start, result = 0, {}
    for name, (_, dim) in _DESCRIBERS.items():
        result[name] = slice(start, start + dim)
        start += dim
    return result


BLOCKS: Mapping[str, slice] = _slices()
"""Where each block lies in the raw vector."""
RAW_DIM = sum(dim for _, dim in _DESCRIBERS.values())


def describe(rgb: Array) -> Array:
    """The raw signature of a region's pixels.

    Args:
        rgb: uint8 (h, w, 3), upright sRGB, at least one pixel.

    Returns:
        float32 (RAW_DIM,), finite, of order one, so that it fits in float16.

    Raises:
        ValueError: Not uint8 (h, w, 3), or no pixel.
    """
    if rgb.ndim != 3 or rgb.shape[2] != 3 or rgb.dtype != np.uint8 or 0 in rgb.shape:
        raise ValueError(f"rgb: expected uint8 (h, w, 3) with at least one pixel, got {rgb.dtype} {rgb.shape}")
    views = prepare(np.ascontiguousarray(rgb))
    return np.concatenate([function(views) for function, _ in _DESCRIBERS.values()])
