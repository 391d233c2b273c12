"""Measures of ranked lists against values worked out by hand and against a naive reference."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.evaluate.retrieval_metrics import average_precision, mean_of, measure, ndcg_at, precision_at, recall_at

LOG3 = math.log2(3)


@pytest.mark.parametrize(
    ("hits", "total", "ap"),
    [
        ([1, 0, 1], 2, (1 + 2 / 3) / 2),
        ([0, 0, 1], 1, 1 / 3),
        ([1, 1, 1], 3, 1.0),
        ([1, 0, 0], 4, 0.25),  # three are missing from the list
        ([0, 0], 2, 0.0),
        ([], 2, 0.0),
    ],
)
def test_average_precision_by_hand(hits: list[int], total: int, ap: float) -> None:
    assert average_precision(np.array(hits, bool), total) == pytest.approx(ap)


@pytest.mark.parametrize(
    ("hits", "total", "k", "precision", "recall", "ndcg"),
    [
        ([1, 0, 1, 1], 3, 2, 0.5, 1 / 3, 1 / (1 + 1 / LOG3)),
        ([0, 1], 1, 2, 0.5, 1.0, 1 / LOG3),
        ([1], 5, 10, 0.1, 0.2, 1 / sum(1 / math.log2(r + 1) for r in range(1, 6))),
    ],
)
def test_measures_at_a_depth_by_hand(
    hits: list[int], total: int, k: int, precision: float, recall: float, ndcg: float
) -> None:
    flags = np.array(hits, bool)
    assert precision_at(flags, k) == pytest.approx(precision)
    assert recall_at(flags, total, k) == pytest.approx(recall)
    assert ndcg_at(flags, total, k) == pytest.approx(ndcg)


def test_nothing_to_find_is_no_number() -> None:
    values = measure(np.zeros(3, bool), 0, [1])
    assert math.isnan(values["map"])
    assert math.isnan(values["recall@1"])
    assert math.isnan(values["ndcg@1"])
    assert values["precision@1"] == 0.0


@given(st.lists(st.booleans(), max_size=40), st.integers(0, 10))
def test_average_precision_equals_the_naive_loop(hits: list[bool], missing: int) -> None:
    total = sum(hits) + missing
    found, summed = 0, 0.0
    for rank, hit in enumerate(hits, start=1):
        if hit:
            found += 1
            summed += found / rank
    value = average_precision(np.array(hits, bool), total)
    if total == 0:
        assert math.isnan(value)
    else:
        assert value == pytest.approx(summed / total)


def test_means_leave_out_what_is_no_number() -> None:
    assert mean_of([{"a": 1.0}, {"a": float("nan")}, {"a": 0.0}]) == {"a": 0.5}
    assert math.isnan(mean_of([{"a": float("nan")}])["a"])
    assert mean_of([]) == {}
