"""Pieces of a mask against OpenCV's own statistics."""

import cv2
import numpy as np
import pytest

from indexer.regions.pieces import label_pieces


@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.98])
@pytest.mark.parametrize("shape", [(1, 1), (1, 60), (60, 1), (37, 53), (300, 211)])
def test_equals_opencv(share, shape):
    mask = (np.random.default_rng(int(100 * share)).random(shape) < share).astype(np.uint8)
    mask.flat[0] = 0  # OpenCV gives what does not occur a box from the ends of int32
    mask.flat[-1] = shape != (1, 1)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8, ltype=cv2.CV_32S)
    found, measured = label_pieces(mask)
    assert np.array_equal(found, labels)
    assert np.array_equal(measured, stats)


def test_a_full_mask_has_no_ground():
    labels, stats = label_pieces(np.ones((3, 4), np.uint8))
    assert labels.min() == 1
    assert stats.tolist() == [[4, 3, 0, 0, 0], [0, 0, 4, 3, 12]]
