import numpy as np
import pytest

from indexer.core.types import LocalFeatures
from search.verify import match, squared_distances
from search.verify_cells import CellMatcher, cells_of
from search.verify_kernels import nearest_in_cells


def features(n, seed):
    rng = np.random.default_rng(seed)
    histogram = rng.gamma(0.4, 1.0, (n, 128))
    root = np.minimum(512 * np.sqrt(histogram / histogram.sum(axis=1, keepdims=True)), 255)
    return LocalFeatures(
        xy=(rng.random((n, 2)) * 500).astype(np.float32),
        scales=rng.uniform(4, 8, n).astype(np.float32),
        angles=rng.uniform(0, 360, n).astype(np.float32),
        responses=np.ones(n, np.float32),
        descriptors=root.astype(np.uint8),
        regions=np.zeros(n, np.int32),
    )


def copied(given, seed, noise=6.0):
    rng = np.random.default_rng(seed)
    noisy = np.clip(given.descriptors + rng.normal(0, noise, given.descriptors.shape), 0, 255).astype(np.uint8)
    xy = (0.8 * given.xy + [30, 50] + rng.normal(0, 0.5, given.xy.shape)).astype(np.float32)
    return LocalFeatures(xy, given.scales * np.float32(0.8), given.angles, given.responses, noisy, given.regions)


def joined(a, b):
    return LocalFeatures(*(np.concatenate([getattr(a, n), getattr(b, n)]) for n in LocalFeatures.__slots__))


@pytest.mark.parametrize("count", [1, 3, 8])
def test_the_nearest_in_some_cells_equal_naive_ones(count):
    query, other = features(60, 1).descriptors, features(200, 2).descriptors
    spots = np.random.default_rng(3).integers(0, 40, 200)
    pivots = features(8, 4).descriptors
    cells, own = cells_of(query, pivots, count), np.sort(cells_of(other, pivots, 1)[:, 0])
    squared = squared_distances(query, other)
    nearest, first, second = np.empty(60, np.int64), np.empty(60, np.float32), np.empty(60, np.float32)
    nearest_in_cells(query, other, cells, np.searchsorted(own, np.arange(9)), spots, nearest, first, second)
    for i in range(60):
        seen = np.where(np.isin(own, cells[i]), squared[i], np.inf)
        if np.isinf(seen.min()):
            assert (nearest[i], first[i], second[i]) == (-1, np.inf, np.inf)
            continue
        assert nearest[i] == seen.argmin()
        assert first[i] == seen.min()
        assert second[i] == np.where(spots == spots[nearest[i]], np.inf, seen).min()


def test_cells_are_the_nearest_pivots():
    rows, pivots = features(50, 1).descriptors, features(20, 2).descriptors
    expected = np.argsort(squared_distances(rows, pivots), axis=1, kind="stable")[:, :4]
    assert cells_of(rows, pivots, 4).tolist() == expected.tolist()
    assert cells_of(rows, pivots[:3], 4).shape == (50, 3)


def test_the_transform_is_found_among_other_keypoints():
    query = features(300, 1)
    stored = joined(copied(query.take(np.arange(60)), 5), features(900, 6))
    centres = features(256, 7).descriptors
    found = CellMatcher.of(query, 500.0, centres).transform(stored)
    np.testing.assert_allclose(found[:2], [[0.8, 0, 30], [0, 0.8, 50]], atol=1.0)
    exact = match(squared_distances(query.descriptors, stored.descriptors), np.arange(300), np.arange(960))
    assert len(exact[0]) >= 55


def test_nothing_is_found_where_nothing_is():
    matcher = CellMatcher.of(features(300, 1), 500.0, features(64, 7).descriptors)
    assert matcher.transform(features(3, 9)) is None
    assert matcher.transform(LocalFeatures.empty()) is None
