"""When the thumbnail of an image is too coarse to be laid on a query."""

from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from indexer.core.types import LocalFeatures
from search.channels.instance_dense import Registrar
from search.channels.instance_query import QueryFeatures


@pytest.fixture
def registrar():
    """A box of 200 pixels, and an image of 900 × 600 with a thumbnail of 256: 0.28 of its size."""
    data = cv2.imencode(".png", np.zeros((171, 256), np.uint8))[1].tobytes()
    images = SimpleNamespace(sizes=np.array([[900, 600]]), position=lambda _i: 0)
    snapshot = SimpleNamespace(images=images, thumbnails=lambda ids: {i: data for i in ids if i == 7})
    return Registrar(QueryFeatures(LocalFeatures.empty(), (0.0, 0.0, 200.0, 200.0), 200.0, 200.0), snapshot)


@pytest.mark.parametrize(
    ("image_id", "zoom", "coarse"),
    [
        (7, 4.0, False),  # 800 pixels of the image for the 160 that are compared: a fifth of its size is needed
        (7, 1.0, True),
        (7, 0.1, True),
        (8, 4.0, True),  # no thumbnail
        (7, 0.0, False),  # a transform that is of no use
    ],
)
def test_thumbnails_with_too_few_pixels_are_too_coarse(registrar, image_id, zoom, coarse):
    points = np.array([[10, 10], [150, 120]], np.float32)
    assert registrar.too_coarse(image_id, np.diag([zoom, zoom, 1.0]), points) == coarse
