import numpy as np

from viz.curves import hilbert_order, morton_xy


def test_hilbert_walks_every_cell_of_a_square_by_single_steps() -> None:
    side = 16
    points = np.stack(np.meshgrid(np.arange(side), np.arange(side)), axis=-1).reshape(-1, 2).astype(float)
    walk = points[hilbert_order(points)]
    assert np.all(np.abs(np.diff(walk, axis=0)).sum(axis=1) == 1)


def test_hilbert_order_of_nothing_and_of_equal_points() -> None:
    assert hilbert_order(np.zeros((0, 2))).tolist() == []
    assert hilbert_order(np.ones((3, 2))).tolist() == [0, 1, 2]


def test_morton_interleaves_bits() -> None:
    x, y = morton_xy(np.array([0, 1, 2, 3, 4, 12, 63]))
    assert x.tolist() == [0, 1, 0, 1, 2, 2, 7]
    assert y.tolist() == [0, 0, 1, 1, 0, 2, 7]
