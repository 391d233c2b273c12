import numpy as np
import pytest

from viz.neighbours import neighbour_graph, unit_rows


def _blobs(n: int, d: int = 24, seed: int = 1) -> np.ndarray:
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(12, d))
    return unit_rows(centres[rng.integers(0, 12, n)] + 0.5 * rng.normal(size=(n, d)))


@pytest.mark.parametrize("n", [1, 2, 15, 333])
def test_exact_graph_equals_naive_sorting(n: int) -> None:
    unit = _blobs(n)
    graph = neighbour_graph(unit, 10)
    distance = 1 - unit @ unit.T
    np.fill_diagonal(distance, -1)
    naive = np.argsort(distance, axis=1, kind="stable")[:, : min(10, n)]
    assert graph.indices.shape == (n, min(10, n))
    assert (np.sort(graph.indices) == np.sort(naive)).mean() > 0.999
    assert np.all(graph.indices[:, 0] == np.arange(n))
    np.testing.assert_allclose(graph.distances[:, 1:], np.take_along_axis(distance, naive, 1)[:, 1:], atol=1e-5)


def test_copies_of_a_picture_do_not_push_it_off_its_own_list() -> None:
    unit = unit_rows(np.ones((50, 8), np.float32))
    graph = neighbour_graph(unit, 5)
    assert np.all(graph.indices[:, 0] == np.arange(50))
    assert np.all(graph.distances == pytest.approx(0, abs=1e-6))


def test_inverted_file_finds_nearly_all_true_neighbours() -> None:
    unit = _blobs(6000)
    exact, quick = neighbour_graph(unit, 15, exact=True), neighbour_graph(unit, 15, exact=False)
    shared = [len(set(a) & set(b)) for a, b in zip(exact.indices.tolist(), quick.indices.tolist(), strict=True)]
    assert np.mean(shared) / 15 > 0.95
    assert np.isfinite(quick.distances).all()


def test_renumbered_graph_is_the_same_graph() -> None:
    unit = _blobs(100)
    order = np.random.default_rng(3).permutation(100)
    again = neighbour_graph(unit[order], 6)
    moved = neighbour_graph(unit, 6).renumbered(order)
    assert (again.indices == moved.indices).mean() > 0.99


def test_unit_rows_keeps_zeros() -> None:
    rows = unit_rows(np.array([[3.0, 4.0], [0.0, 0.0]]))
    np.testing.assert_allclose(rows, [[0.6, 0.8], [0, 0]], atol=1e-7)
