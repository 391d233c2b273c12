"""Thumbnails and perceptual hashes."""

import io

import cv2
import numpy as np
import pytest
from PIL import Image

from indexer.core.settings import ThumbnailSettings
from indexer.features.phash import hamming, phash
from indexer.thumbnail import thumbnail


def scene(seed=0, height=300, width=420):
    rng = np.random.default_rng(seed)
    return cv2.GaussianBlur(rng.integers(0, 256, (height, width, 3), np.uint8), (0, 0), 12) * 5


@pytest.mark.parametrize(
    ("shape", "expected"),
    [
        ((300, 600), (128, 256)),
        ((600, 300), (256, 128)),
        ((100, 50), (100, 50)),
        ((3000, 3), (256, 1)),
        ((1, 1), (1, 1)),
    ],
)
def test_thumbnail_size(shape, expected):
    data = thumbnail(np.full((*shape, 3), 90, np.uint8), ThumbnailSettings())
    image = Image.open(io.BytesIO(data))
    assert (image.format, image.size) == ("WEBP", expected[::-1])


def test_thumbnail_keeps_colours():
    rgb = np.zeros((100, 100, 3), np.uint8)
    rgb[:] = (200, 40, 10)
    pixels = np.asarray(Image.open(io.BytesIO(thumbnail(rgb, ThumbnailSettings()))).convert("RGB"))
    assert np.abs(pixels.reshape(-1, 3).mean(0) - (200, 40, 10)).max() < 4


def test_thumbnail_refuses_other_arrays():
    for bad in (np.zeros((5, 5), np.uint8), np.zeros((5, 5, 4), np.uint8), np.zeros((5, 5, 3), np.float32)):
        with pytest.raises(ValueError, match="rgb: expected"):
            thumbnail(bad, ThumbnailSettings())


def naive_phash(rgb) -> int:
    """The definition, with the cosine transform written out."""
    grey = cv2.resize(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), (32, 32), interpolation=cv2.INTER_AREA).astype(float)
    k, n = np.arange(32)[:, None], np.arange(32)[None]
    basis = np.cos(np.pi * (2 * n + 1) * k / 64)
    low = (basis @ grey @ basis.T)[1:9, 1:9].ravel()
    return sum(1 << (63 - i) for i in range(64) if low[i] > np.median(low))


def test_phash_matches_its_definition():
    for seed in range(5):
        assert phash(scene(seed)) == naive_phash(scene(seed))


def test_phash_survives_what_copies_suffer():
    picture = scene()
    reference = phash(picture)
    ok, jpeg = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 30])
    assert ok
    copies = [
        cv2.resize(picture, (200, 143), interpolation=cv2.INTER_AREA),
        cv2.imdecode(jpeg, cv2.IMREAD_COLOR),
        (picture * 0.7 + 20).astype(np.uint8),
    ]
    for copy in copies:
        assert hamming(np.array([phash(copy)], np.uint64), reference)[0] <= 8
    others = np.array([phash(scene(s)) for s in range(1, 30)], np.uint64)
    assert hamming(others, reference).min() > 16


def test_phash_of_a_blank_page_is_zero():
    for value in (0, 128, 255):
        assert phash(np.full((50, 70, 3), value, np.uint8)) == 0


def test_phash_of_a_dot():
    assert phash(np.zeros((1, 1, 3), np.uint8)) == 0


def test_hamming():
    hashes = np.array([0, 1, 0xFFFFFFFFFFFFFFFF, 0x8000000000000000], np.uint64)
    np.testing.assert_array_equal(hamming(hashes, 0), [0, 1, 64, 1])
    np.testing.assert_array_equal(hamming(hashes, 0xFFFFFFFFFFFFFFFF), [64, 63, 0, 63])
    assert hamming(np.zeros(0, np.uint64), 5).shape == (0,)
