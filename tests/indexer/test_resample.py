"""Reduced pictures have the bytes of Pillow and OpenCV."""

import cv2
import numpy as np
import pytest
from PIL import Image

from indexer.features.resample import area_resize, pillow_resize


def picture(h, w, channels=3, seed=0):
    """Strong lines and noise: rounding and clipping both matter."""
    rng = np.random.default_rng(seed)
    soft = cv2.GaussianBlur(rng.integers(0, 256, (h, w, channels), np.uint8), (0, 0), 1.2).reshape(h, w, channels)
    strong = np.clip((soft.astype(int) - 128) * 5 + 128, 0, 255).astype(np.uint8)
    return strong if channels == 3 else strong[:, :, 0]


@pytest.mark.parametrize("shape", [(700, 513), (300, 224), (97, 640), (31, 40), (224, 224), (5, 9), (9, 5), (1, 1)])
@pytest.mark.parametrize("kernel", [Image.Resampling.BICUBIC, Image.Resampling.BILINEAR])
@pytest.mark.parametrize("size", [(224, 224), (33, 17), (20, 300)])
def test_equals_pillow(shape, kernel, size):
    rgb = picture(*shape)
    h, w = shape
    for box in [(0, 0, w, h), (w * 0.137, h * 0.2511, w * 0.871, h * 0.9), (0, h / 3, w, h)]:
        expected = np.asarray(Image.fromarray(rgb).resize(size, kernel, box=box))
        got = pillow_resize(rgb, size, box, cubic=kernel == Image.Resampling.BICUBIC)
        assert np.array_equal(got, expected)


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("shape", [(700, 513), (513, 700), (1031, 300), (128, 129), (256, 257), (64, 48), (3, 50)])
def test_equals_opencv(shape, channels):
    image = picture(*shape, channels)
    h, w = shape
    for size in [(w * 2 // 3, h * 2 // 3), (w // 4, max(h // 5, 1)), (w, max(h // 3, 1)), (w // 2, h // 2), (1, 1)]:
        expected = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
        assert np.array_equal(area_resize(image, size), expected), size


def test_enlarging_and_views_are_left_to_opencv_or_copied():
    image = picture(60, 90)
    assert np.array_equal(area_resize(image, (200, 100)), cv2.resize(image, (200, 100), interpolation=cv2.INTER_AREA))
    part = picture(300, 400)[20:280, 31:369]
    assert np.array_equal(area_resize(part, (77, 61)), cv2.resize(part.copy(), (77, 61), interpolation=cv2.INTER_AREA))
    assert np.array_equal(
        pillow_resize(part, (64, 64), (9, 7, 250, 248), cubic=True),
        np.asarray(Image.fromarray(part.copy()).resize((64, 64), Image.Resampling.BICUBIC, box=(9, 7, 250, 248))),
    )
