"""Folding of near-duplicates."""

from __future__ import annotations

import numpy as np
import pytest

from indexer.core.types import Array
from search.dedupe import Fold, fold


def at_cosines(*cosines: float) -> Array:
    """Unit vectors with these cosines to the first one, otherwise unlike each other."""
    rows = np.zeros((len(cosines) + 1, len(cosines) + 1), np.float32)
    rows[0, 0] = 1
    for k, cosine in enumerate(cosines, start=1):
        rows[k, 0], rows[k, k] = cosine, np.sqrt(1 - cosine**2)
    return rows


@pytest.mark.parametrize(
    ("cosine", "differing", "folds"),
    [
        (0.96, 40, True),  # the same scan again, whatever its hash says
        (0.90, 20, False),  # another page of the same layout
        (0.70, 8, True),
        (0.70, 9, False),
        (0.45, 0, False),  # equal hashes of pictures that are not alike
    ],
)
def test_hash_and_looks_must_agree(cosine: float, differing: int, folds: bool) -> None:
    phashes = np.array([0, (1 << differing) - 1], np.uint64)
    expected = [Fold(0, (1,))] if folds else [Fold(0, ()), Fold(1, ())]
    assert fold(at_cosines(cosine), phashes) == expected


def test_regions_without_hashes_fold_only_when_sure() -> None:
    assert fold(at_cosines(0.96, 0.9)) == [Fold(0, (1,)), Fold(2, ())]


def test_order_is_kept_and_each_goes_to_the_first_it_matches() -> None:
    base = at_cosines(0.2, 0.1)
    rows = base[[0, 1, 0, 1, 2, 0]]
    assert fold(rows) == [Fold(0, (2, 5)), Fold(1, (3,)), Fold(4, ())]


def test_a_chain_does_not_draw_strangers_together() -> None:
    angles = np.deg2rad([0, 16, 32])  # neighbours at cosine 0.961, ends at 0.848
    rows = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    assert fold(rows) == [Fold(0, (1,)), Fold(2, ())]


def test_nothing_and_blank_pictures() -> None:
    assert fold(np.zeros((0, 4), np.float32)) == []
    assert fold(np.zeros((2, 4), np.float32), np.zeros(2, np.uint64)) == [Fold(0, ()), Fold(1, ())]
