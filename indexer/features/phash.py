"""Perceptual hash: near-identical pictures have hashes that differ in a few of 64 bits.

The DCT hash of C. Zauner, "Implementation and Benchmarking of Perceptual Image Hash Functions" (2010), as pHash and
OpenCV's `img_hash` compute it: 32 × 32 grey, the 8 × 8 lowest frequencies without the constant row and column,
a bit for each above the median.
"""

from __future__ import annotations

import numpy as np

from indexer.core.types import Array
from indexer.features.halves import halved

_SIDE, _LOW = 32, 8


def phash(rgb: Array) -> int:
    """64-bit hash of an image, uint8 (h, w, 3); 0 for a picture of one colour."""
    import cv2

    grey = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)
    small = cv2.resize(halved(grey, 8 * _SIDE), (_SIDE, _SIDE), interpolation=cv2.INTER_AREA).astype(np.float32)
    low = cv2.dct(small)[1 : _LOW + 1, 1 : _LOW + 1].ravel()
    if np.abs(low).max() < 1e-3:  # rounding noise of a flat picture
        return 0
    return int.from_bytes(np.packbits(low > np.median(low)).tobytes(), "big")


def hamming(a: Array, b: int) -> Array:
    """Differing bits, int64 (n,), between hashes `a`, uint64 (n,), and one hash `b`; 0 is alike, 32 is chance."""
    different: Array = np.bitwise_count(np.asarray(a, np.uint64) ^ np.uint64(b)).astype(np.int64)
    return different
