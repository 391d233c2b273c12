"""Halving before an odd resize: exact means, sizes, and answers close to the direct way."""

import cv2
import numpy as np
import pytest

from indexer.features.halves import halved
from indexer.features.phash import hamming, phash


def naive_half(picture):
    """Means of 2 × 2 pixels, halves rounded up; an odd last row or column is left out."""
    h, w = picture.shape[0] // 2, picture.shape[1] // 2
    blocks = picture[: 2 * h, : 2 * w].astype(int).reshape(h, 2, w, 2, -1)
    return ((blocks.sum(axis=(1, 3)) + 2) // 4).reshape(h, w, *picture.shape[2:])


@pytest.mark.parametrize("shape", [(64, 90), (65, 91), (80, 71, 3), (129, 64, 3)])
def test_means_of_four_pixels(shape):
    picture = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    assert np.array_equal(halved(picture, 32), naive_half(picture))


@pytest.mark.parametrize(
    ("shape", "least", "expected"),
    [
        ((1400, 1000), 256, (700, 500)),
        ((1400, 1000), 250, (350, 250)),
        ((1400, 1000), 600, (1400, 1000)),
        ((40_000, 3), 2, (40_000, 3)),
        ((1, 1), 0, (1, 1)),
    ],
)
def test_never_smaller_than_asked(shape, least, expected):
    assert halved(np.zeros(shape, np.uint8), least).shape == expected


def engraving(seed, side=1200):
    """Lines of many directions on paper: what suffers most from reducing."""
    rng = np.random.default_rng(seed)
    picture = np.full((side, side * 3 // 4, 3), 230, np.uint8)
    for _ in range(400):
        a, b = (tuple(int(v) for v in rng.integers(0, side, 2)) for _ in range(2))
        cv2.line(picture, a, b, (30, 30, 30), int(rng.integers(1, 4)))
    return picture


def test_hashes_of_large_pictures_stay():
    for seed in range(4):
        picture = engraving(seed)
        direct = phash(cv2.resize(picture, (120, 160), interpolation=cv2.INTER_AREA))  # too small to be halved
        assert hamming(np.array([phash(picture)], np.uint64), direct)[0] <= 4
