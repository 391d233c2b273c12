"""Randomness of the sample print shop: local generators named by what they are for, and smooth noise."""

from __future__ import annotations

import zlib

import cv2
import numpy as np

from indexer.core.types import Array


def generator(seed: int, *names: object) -> np.random.Generator:
    """A generator that depends on nothing but `seed` and the names: the same in any process and order."""
    return np.random.default_rng([seed, *(zlib.crc32(str(name).encode()) for name in names)])


def noise(shape: tuple[int, int], cell: float, rng: np.random.Generator) -> Array:
    """Smooth noise, float32 of `shape`, mean about 0 and standard deviation about 1; `cell` pixels a bump."""
    h, w = shape
    grid = rng.standard_normal((max(2, round(h / cell) + 3), max(2, round(w / cell) + 3))).astype(np.float32)
    return np.asarray(cv2.resize(grid, (w, h), interpolation=cv2.INTER_CUBIC)) * 1.3


def between(rng: np.random.Generator, low: float, high: float) -> float:
    """A number in [low, high)."""
    return float(rng.uniform(low, high))
