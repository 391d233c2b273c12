"""Which region a picture of a query is, and which rows may come back."""

from types import SimpleNamespace

import numpy as np
import pytest

from search.channels.base import ChannelRequest, QueryPicture
from search.channels.stored import allowed_rows, stored_region


def never(limit):
    raise AssertionError("decoded")


@pytest.fixture
def snapshot():
    """Images 5 and 9 of 100 × 80 px; regions 51 (all of it), 52 (its left half) and 91 (all of 9)."""
    at = {5: 0, 9: 1}
    return SimpleNamespace(
        images=SimpleNamespace(ids=np.array([5, 9]), sizes=np.array([[100, 80], [100, 80]]), position=at.__getitem__),
        regions=SimpleNamespace(
            ids=np.array([51, 52, 91]),
            image_positions=np.array([0, 0, 1]),
            boxes=np.array([[0, 0, 100, 80], [0, 0, 50, 80], [0, 0, 100, 80]], np.float32),
        ),
    )


@pytest.mark.parametrize(
    ("image_id", "box", "region"),
    [
        (5, None, 51),
        (5, (0, 0, 50, 79), 52),
        (5, (0, 0, 50, 60), None),
        (9, None, 91),
        (9, (0, 0, 50, 80), None),
        (7, None, None),
        (None, None, None),
    ],
)
def test_a_region_is_meant_when_the_box_covers_it_almost_exactly(snapshot, image_id, box, region):
    assert stored_region(snapshot, QueryPicture(never, box=box, image_id=image_id)) == region


def test_filter_and_exclusions_meet(snapshot):
    rows = snapshot.regions.image_positions
    only_first = np.array([True, False])
    assert allowed_rows(snapshot, rows, ChannelRequest()) is None
    assert allowed_rows(snapshot, rows, ChannelRequest(allowed=only_first)).tolist() == [True, True, False]
    assert allowed_rows(snapshot, rows, ChannelRequest(exclude=frozenset({5, 77}))).tolist() == [False, False, True]
    both = ChannelRequest(allowed=only_first, exclude=frozenset({5}))
    assert not allowed_rows(snapshot, rows, both).any()
    assert only_first.tolist() == [True, False], "the caller's mask is left as it was"
