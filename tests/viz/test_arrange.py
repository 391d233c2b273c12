import numpy as np
import pytest

from viz.arrange import grid, grid_shape, ranks


@pytest.mark.parametrize("n", [1, 2, 3, 15, 64, 65, 100, 777, 3000])
def test_every_picture_has_a_cell_of_its_own_inside_the_grid(n: int) -> None:
    xy = np.random.default_rng(n).normal(size=(n, 2)).astype(np.float32)
    result = grid(xy)
    assert len(np.unique(result.cells, axis=0)) == n
    assert result.cells.min() >= 0
    assert np.all(result.cells < [result.columns, result.rows])
    assert result.columns * (result.rows - 1) < n <= result.columns * result.rows
    assert np.abs(result.xy).max() <= 1


def test_a_jittered_grid_finds_itself_again() -> None:
    columns, rows = grid_shape(160)
    places = np.stack(np.meshgrid(np.arange(columns), np.arange(rows)), axis=-1).reshape(-1, 2)[:160]
    order = np.random.default_rng(0).permutation(160)
    xy = places[order] + np.random.default_rng(1).uniform(-0.05, 0.05, (160, 2))
    assert np.abs(grid(xy).cells - places[order]).max() <= 1


def test_neighbours_stay_near() -> None:
    rng = np.random.default_rng(0)
    xy = rng.normal(size=(2000, 2))
    result = grid(xy)
    near = ((xy[:300, None] - xy[None]) ** 2).sum(axis=2).argsort(axis=1)[:, 1:6]
    apart = np.linalg.norm(result.cells[near] - result.cells[:300, None], axis=2).mean()
    by_chance = np.linalg.norm(result.cells[rng.permutation(2000)[:300]] - result.cells[:300], axis=1).mean()
    assert apart < by_chance / 6


def test_identical_places_and_none() -> None:
    assert len(np.unique(grid(np.zeros((40, 2))).cells, axis=0)) == 40
    assert grid(np.zeros((0, 2))).cells.shape == (0, 2)


def test_ranks_even_out_each_axis() -> None:
    assert ranks(np.array([[5.0, 1], [1, 1], [9, 0]])).tolist() == [[1, 1], [0, 2], [2, 0]]
