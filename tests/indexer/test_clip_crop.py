import numpy as np
import pytest

from indexer.core.types import DecodedImage
from indexer.features.clip_crop import crop_for_clip, with_context


def image(h, w, width, height):
    """Every pixel of the reduced picture tells where it is."""
    y, x = np.mgrid[:h, :w]
    return DecodedImage(np.stack([x, y, x * 0], axis=2).astype(np.uint8), width, height)


@pytest.mark.parametrize(
    ("box", "expected"),
    [
        ((100, 50, 50, 100), (98, 46, 54, 108)),
        ((0, 0, 50, 50), (0, 0, 52, 52)),
        ((0, 0, 400, 200), (0, 0, 400, 200)),
        ((390, 190, 10, 10), (389.6, 189.6, 10.4, 10.4)),
    ],
)
def test_a_little_context_inside_the_image(box, expected):
    np.testing.assert_allclose(with_context(box, 400, 200), expected)


def test_the_crop_is_cut_at_the_reduced_scale():
    crop = crop_for_clip(image(100, 200, 400, 200), (100, 100, 50, 50))
    assert (crop[0, 0, 0], crop[0, 0, 1]) == (49, 49)  # (100 − 2) / 2
    assert (crop[-1, -1, 0], crop[-1, -1, 1]) == (75, 75)  # up to (150 + 2) / 2
    assert crop.shape == (27, 27, 3)


def test_the_whole_picture_is_not_copied():
    picture = image(10, 20, 20, 10)
    assert crop_for_clip(picture, None) is picture.rgb
    assert crop_for_clip(picture, (0, 0, 20, 10)).shape == (10, 20, 3)


def test_a_tiny_box_still_has_a_pixel():
    assert crop_for_clip(image(10, 20, 4000, 2000), (3999, 1999, 1, 1)).shape == (1, 1, 3)
