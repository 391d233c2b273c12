import numpy as np
import pytest

from viz.islands import align, as_map, gather, turn
from viz.neighbours import neighbour_graph, unit_rows
from viz.placement import place
from viz.project import ProjectionSettings, disc, normalise, project
from viz.quality import measure


def _blobs(n: int, seed: int = 1, kinds: int = 6) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    centres = rng.normal(size=(kinds, 32))
    kind = rng.integers(0, kinds, n)
    return unit_rows(centres[kind] + 0.35 * rng.normal(size=(n, 32))), kind


SETTINGS = ProjectionSettings(epochs=120)


@pytest.fixture(scope="module")
def fitted() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    unit, kind = _blobs(400)
    return unit, kind, project(unit, neighbour_graph(unit, 15), SETTINGS)


def test_projection_keeps_neighbours(fitted: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    unit, _, xy = fitted
    quality = measure(unit, xy, 15)
    assert quality is not None
    assert quality.trustworthiness > 0.9


def test_projection_is_deterministic_for_a_seed(fitted: tuple[np.ndarray, np.ndarray, np.ndarray]) -> None:
    unit, _, xy = fitted
    again = project(unit, neighbour_graph(unit, 15), SETTINGS)
    np.testing.assert_array_equal(xy, again)


@pytest.mark.parametrize("n", [0, 1, 2, 3, 15, 16, 17, 40])
def test_small_collections_have_finite_distinct_places(n: int) -> None:
    unit, _ = _blobs(n)
    xy = as_map(project(unit, neighbour_graph(unit, 15), SETTINGS))
    assert xy.shape == (n, 2)
    assert np.isfinite(xy).all()
    assert len(np.unique(xy, axis=0)) == n
    assert np.abs(xy).max(initial=0) <= 1 + 1e-5


@pytest.mark.parametrize("n", [2, 15, 60])
def test_identical_pictures_are_spread_over_a_disc(n: int) -> None:
    unit = unit_rows(np.ones((n, 8), np.float32))
    xy = project(unit, neighbour_graph(unit, 15), SETTINGS)
    assert len(np.unique(xy, axis=0)) == n


def test_half_of_the_pictures_identical() -> None:
    unit, _ = _blobs(60)
    unit[:30] = unit[0]
    assert np.isfinite(project(unit, neighbour_graph(unit, 15), SETTINGS)).all()


def test_labels_pull_together() -> None:
    rng = np.random.default_rng(0)
    unit = unit_rows(rng.normal(size=(200, 16)))
    kind = np.arange(200) % 2
    graph = neighbour_graph(unit, 15)

    def apart(xy: np.ndarray) -> float:
        a, b = xy[kind == 0], xy[kind == 1]
        return float(np.linalg.norm(a.mean(0) - b.mean(0)) / (a.std() + b.std()))

    plain = apart(project(unit, graph, SETTINGS))
    pulled = apart(project(unit, graph, ProjectionSettings(epochs=120, target_weight=0.9), target=kind))
    assert pulled > 3 * plain


def test_density_is_kept_with_densmap() -> None:
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 24)) * 3
    tight, loose = a + 0.1 * rng.normal(size=(150, 24)), b + 1.2 * rng.normal(size=(150, 24))
    unit = unit_rows(np.vstack([tight, loose]))
    xy = project(unit, neighbour_graph(unit, 15), ProjectionSettings(epochs=200, densmap=True))
    spread = [np.linalg.norm(part - np.median(part, axis=0), axis=1).mean() for part in (xy[:150], xy[150:])]
    assert spread[1] > 1.5 * spread[0]


def test_new_pictures_land_among_their_kind_and_nothing_else_moves(
    fitted: tuple[np.ndarray, np.ndarray, np.ndarray],
) -> None:
    unit, kind, xy = fitted
    before = xy.copy()
    new, _ = _blobs(460)  # the first 400 random draws differ, the centres are the same
    rng = np.random.default_rng(1)
    centres = rng.normal(size=(6, 32))
    new_kind = np.arange(60) % 6
    new = unit_rows(centres[new_kind] + 0.35 * np.random.default_rng(9).normal(size=(60, 32)))
    places = place(new, unit, xy, SETTINGS)
    np.testing.assert_array_equal(xy, before)
    nearest = ((places[:, None] - xy[None]) ** 2).sum(axis=2).argmin(axis=1)
    assert (kind[nearest] == new_kind).mean() > 0.9
    np.testing.assert_allclose(place(unit[:5], unit, xy, SETTINGS), xy[:5])


@pytest.mark.parametrize("n", [1, 2, 3])
def test_placing_into_tiny_maps(n: int) -> None:
    unit, _ = _blobs(n + 2)
    places = place(unit[n:], unit[:n], disc(n), SETTINGS)
    assert places.shape == (2, 2)
    assert np.isfinite(places).all()
    assert place(unit[:0], unit[:n], disc(n), SETTINGS).shape == (0, 2)


def test_quality_agrees_with_scikit_learn() -> None:
    from sklearn.manifold import trustworthiness

    unit, _ = _blobs(150)
    xy = np.random.default_rng(2).normal(size=(150, 2)).astype(np.float32)
    quality = measure(unit, xy, 10)
    assert quality is not None
    assert quality.trustworthiness == pytest.approx(trustworthiness(unit, xy, n_neighbors=10), abs=1e-6)


def test_quality_of_a_perfect_and_of_a_tiny_map() -> None:
    angle = np.linspace(0.1, 1.2, 40) ** 2  # no two gaps alike
    unit = np.stack([np.cos(angle), np.sin(angle)], axis=1).astype(np.float32)
    perfect = measure(unit, unit, 5)
    assert perfect is not None
    assert (perfect.trustworthiness, perfect.preservation) == (1.0, 1.0)
    assert measure(unit[:4], unit[:4]) is None


def test_sampled_quality_is_near_the_full_one() -> None:
    unit, _ = _blobs(1500)
    xy = unit[:, :2].copy()
    full, sampled = measure(unit, xy, 15, sample=1500), measure(unit, xy, 15, sample=500)
    assert full is not None
    assert sampled is not None
    assert sampled.sampled == 500
    assert sampled.trustworthiness == pytest.approx(full.trustworthiness, abs=0.02)


def test_turned_map_is_widest_from_left_to_right_and_keeps_distances() -> None:
    rng = np.random.default_rng(0)
    xy = rng.normal(size=(200, 2)) * [1, 5]
    turned = turn(xy)
    assert turned[:, 0].std() > turned[:, 1].std()
    assert np.linalg.norm(turned[3] - turned[77]) == pytest.approx(np.linalg.norm(xy[3] - xy[77]), rel=1e-4)


def test_islands_come_nearer_and_keep_their_shape_and_their_water() -> None:
    rng = np.random.default_rng(0)
    mainland, island = rng.normal(size=(300, 2)), 0.3 * rng.normal(size=(40, 2)) + [60, 10]
    xy = normalise(np.vstack([mainland, island]))
    moved = gather(xy)
    assert moved[:300, 0].max() < moved[300:, 0].min() or moved[:300, 1].max() < moved[300:, 1].min()
    gap_before, gap_after = xy[300:, 0].min() - xy[:300, 0].max(), moved[300:, 0].min() - moved[:300, 0].max()
    assert gap_after < gap_before / 5
    np.testing.assert_allclose(moved[300:] - moved[300], xy[300:] - xy[300], atol=1e-5)
    np.testing.assert_allclose(moved[:300] - moved[0], xy[:300] - xy[0], atol=1e-5)


def test_align_undoes_turning_mirroring_and_scaling() -> None:
    rng = np.random.default_rng(0)
    xy = rng.normal(size=(50, 2))
    turned = xy @ np.array([[0, 1], [1, 0]]) * 3 + 7
    np.testing.assert_allclose(align(turned, xy), xy, atol=1e-4)
