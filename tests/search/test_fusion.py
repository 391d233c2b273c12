"""Reciprocal rank fusion, against values worked out by hand."""

import pytest

from search.fusion import K, fuse


def test_first_everywhere_is_one():
    assert fuse({"a": [7], "b": [7]}, {"a": 1.0, "b": 0.5}) == {7: pytest.approx(1.0)}


def test_scores_by_hand():
    scores = fuse({"a": [1, 2], "b": [2]}, {"a": 1.0, "b": 0.5})
    best = 1.5 / (K + 1)
    assert scores[1] == pytest.approx((1 / (K + 1)) / best)
    assert scores[2] == pytest.approx((1 / (K + 2) + 0.5 / (K + 1)) / best)
    assert scores[2] > scores[1]


def test_nothing():
    assert fuse({}, {}) == {}
