import numpy as np
import pytest

from indexer.core.geometry import transform_points
from indexer.core.types import LocalFeatures
from search.verify import (
    agree,
    fit,
    fit_projective,
    keypoint_rows,
    log10_binomial_tail,
    match,
    rivals,
    similarity,
    squared_distances,
)
from search.verify_fit_kernels import agreeing, least_squares, plausible
from search.verify_kernels import best_similarities, heaviest_first


def rows(n, seed, side=600):
    rng = np.random.default_rng(seed)
    return np.column_stack([rng.random((n, 2)) * side, rng.uniform(3, 30, n), rng.uniform(0, 2 * np.pi, n)]).astype(
        np.float32
    )


def moved(given, scale, degrees, shift, noise=0.0, seed=0):
    rng = np.random.default_rng(seed)
    a = np.deg2rad(degrees)
    linear = scale * np.array([[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]])
    out = given.astype(np.float64).copy()
    out[:, :2] = given[:, :2] @ linear.T + shift + rng.normal(0, noise, (len(given), 2))
    out[:, 2] *= scale * np.exp(rng.normal(0, noise / 10, len(given)))
    out[:, 3] += a + rng.normal(0, noise / 20, len(given))
    return out.astype(np.float32), np.vstack([np.column_stack([linear, shift]), [0, 0, 1]])


@pytest.mark.parametrize(("scale", "degrees"), [(1.0, 0), (0.4, 90), (2.5, 213)])
def test_finds_the_transform_among_wrong_matches(scale, degrees):
    good = rows(30, 1)
    there, expected = moved(good, scale, degrees, (40, 70), noise=0.5)
    query = np.vstack([good, rows(70, 2)])
    other = np.vstack([there, rows(70, 3)])
    found = agree(query, other, np.ones(100, np.float32), 600)
    assert found is not None
    assert set(range(30)) <= set(found.inliers.tolist())
    assert len(found.inliers) <= 34
    np.testing.assert_allclose(found.transform[:2, :2], expected[:2, :2], atol=0.02 * scale)


def test_finds_an_affine_squeeze():
    good = rows(60, 1)
    other = good.copy()
    other[:, 0] *= 1.12
    found = agree(good, other, np.ones(60, np.float32), 600)
    assert len(found.inliers) >= 58
    assert found.transform[0, 0] == pytest.approx(1.12, abs=0.01)
    assert found.transform[1, 1] == pytest.approx(1.0, abs=0.01)


@pytest.mark.parametrize("n", [0, 1, 3])
def test_too_few_points(n):
    assert agree(rows(n, 0), rows(n, 1), np.ones(n, np.float32), 600) is None


def test_same_input_same_answer():
    good = rows(20, 1)
    there, _ = moved(good, 1.3, 20, (5, 5), noise=1.0)
    a = agree(good, there, np.ones(20, np.float32), 600)
    b = agree(good, there, np.ones(20, np.float32), 600)
    np.testing.assert_array_equal(a.transform, b.transform)


def test_best_similarities_equals_naive_count():
    query, other = rows(40, 1), rows(40, 2)
    other[:15], _ = moved(query[:15], 0.7, 30, (10, 20), noise=2)
    weights = np.random.default_rng(0).random(40).astype(np.float32)
    starts = np.array([0, 40, 40], np.int64)
    pick, score = np.zeros(2, np.int64), np.zeros(2, np.float32)
    best_similarities(starts, query, other, weights, 24.0, 400, pick, score)
    totals = []
    for h in range(40):
        matrix = similarity(query[h], other[h])
        scale = np.hypot(matrix[0, 0], matrix[1, 0])
        error = np.linalg.norm(query[:, :2] @ matrix[:2, :2].T + matrix[:2, 2] - other[:, :2], axis=1) / scale
        ratio = other[:, 2] / query[:, 2] / scale
        turn = np.cos(other[:, 3] - query[:, 3] - (other[h, 3] - query[h, 3]))
        totals.append(weights[(error <= 24) & (ratio <= 1.6) & (ratio >= 0.625) & (turn >= 0.866)].sum())
    assert pick.tolist() == [int(np.argmax(totals)), -1]
    assert score[0] == pytest.approx(max(totals), rel=1e-5)


def test_heaviest_first_in_each_group():
    weights = np.random.default_rng(5).integers(0, 5, 60).astype(np.float32)
    starts, order = np.array([0, 10, 10, 45, 60]), np.empty(60, np.int64)
    heaviest_first(starts, weights, order)
    groups = np.repeat(np.arange(4), np.diff(starts))
    assert order.tolist() == np.lexsort((-weights, groups)).tolist()


def test_fits_are_exact_on_exact_points():
    points = np.random.default_rng(0).random((12, 2)) * 100
    there = points @ np.array([[1.1, 0.2], [-0.1, 0.9]]).T + [3, 4]
    np.testing.assert_allclose(fit(points, there), [[1.1, 0.2, 3], [-0.1, 0.9, 4], [0, 0, 1]], atol=1e-9)
    turned = points[:7] @ np.array([[0.6, -0.8], [0.8, 0.6]]).T * 2 + [1, 2]
    np.testing.assert_allclose(fit(points[:7], turned), [[1.2, -1.6, 1], [1.6, 1.2, 2], [0, 0, 1]], atol=1e-9)


@pytest.mark.parametrize("affine", [True, False])
def test_fits_equal_numpys(affine):
    query, other, inside = rows(50, 1), rows(50, 2), np.arange(50) % 3 > 0
    other[:, :2] = 0.9 * query[:, :2] + 0.05 * other[:, :2]
    matrix = np.empty((3, 3))
    assert least_squares(query, other, inside, affine, matrix)
    x, y, one = *query[inside, :2].astype(np.float64).T, np.ones(inside.sum())
    there = other[inside, :2].astype(np.float64)
    if affine:
        expected = np.linalg.lstsq(np.column_stack([x, y, one]), there, rcond=None)[0].T
    else:
        zero = np.zeros_like(one)
        design = np.vstack([np.column_stack([x, -y, one, zero]), np.column_stack([y, x, zero, one])])
        c, s, dx, dy = np.linalg.lstsq(design, there.T.ravel(), rcond=None)[0]
        expected = np.array([[c, -s, dx], [s, c, dy]])
    np.testing.assert_allclose(matrix, [*expected, [0, 0, 1]], rtol=1e-7, atol=1e-9)


def test_points_on_a_line_have_no_affine_transform():
    line = np.column_stack([np.arange(20.0), 3 * np.arange(20.0)])
    assert fit(line, line) is None
    assert fit(line[:7], line[:7] + 5) is not None
    assert fit(np.zeros((5, 2)), line[:5]) is None


@pytest.mark.parametrize("squeeze", [0.45, 0.55, 1.0, 1.9, 2.1, -1.0])
def test_plausible_equals_numpys_singular_values(squeeze):
    rng = np.random.default_rng(1)
    for _ in range(20):
        a, b = np.linalg.qr(rng.standard_normal((2, 2)))[0], np.linalg.qr(rng.standard_normal((2, 2)))[0]
        matrix = np.eye(3)
        matrix[:2, :2] = rng.uniform(0.01, 3) * a @ np.diag([1.0, squeeze]) @ b
        values = np.linalg.svd(matrix[:2, :2], compute_uv=False)
        expected = np.linalg.det(matrix[:2, :2]) > 0 and values[1] > 1e-3 and values[0] < 2 * values[1]
        assert plausible(matrix) == expected


def test_agreeing_equals_naive():
    query, other = rows(60, 1), rows(60, 2)
    other[:30], matrix = moved(query[:30], 0.7, 30, (10, 20), noise=9)
    inside = np.zeros(60, np.bool_)
    count = agreeing(matrix, query, other, 15.0, inside)
    error = np.linalg.norm(query[:, :2] @ matrix[:2, :2].T + matrix[:2, 2] - other[:, :2], axis=1) / 0.7
    ratio = np.abs(np.log2(other[:, 2] / query[:, 2] / 0.7))
    turn = np.cos(other[:, 3] - query[:, 3] - np.deg2rad(30))
    assert inside.tolist() == ((error <= 15) & (ratio < 1) & (turn > 0.8)).tolist()
    assert 5 < count == inside.sum() < 30


@pytest.mark.parametrize(
    ("linear", "expected"),
    [([[1, 0], [0, 1]], True), ([[-1, 0], [0, 1]], False), ([[3, 0], [0, 1]], False), ([[np.nan, 0], [0, 1]], False)],
)
def test_plausible(linear, expected):
    matrix = np.eye(3)
    matrix[:2, :2] = linear
    assert plausible(matrix) is expected


def test_match_takes_clear_nearest_neighbours_one_to_one():
    rng = np.random.default_rng(0)
    other = rng.integers(0, 255, (50, 128)).astype(np.uint8)
    query = np.vstack([other[10:30], rng.integers(0, 255, (5, 128)).astype(np.uint8), other[10:11]])
    squared = squared_distances(query, other)
    ours, theirs, ratio = match(squared, np.arange(26), np.arange(50))
    found = dict(zip(ours.tolist(), theirs.tolist(), strict=True))
    assert all(found[i] == i + 10 for i in range(1, 20))
    assert len(set(theirs.tolist())) == len(theirs)
    assert (ratio < 0.88).all()


def test_match_counts_keypoints_at_one_spot_once():
    rng = np.random.default_rng(0)
    other = rng.integers(0, 255, (10, 128)).astype(np.uint8)
    other[1] = other[0]  # the same point with another angle: no rival in the ratio test
    ours, theirs, _ = match(squared_distances(other[:2], other), np.array([0, 0]), np.array([7, 7, *range(8)]))
    assert ours.tolist() == [0]
    assert theirs[0] in (0, 1)
    rival, _, _ = match(squared_distances(other[:1], other), np.array([0]), np.arange(10))
    assert len(rival) == 0


@pytest.mark.parametrize(("q", "o"), [(0, 10), (10, 0), (10, 1)])
def test_match_of_nothing(q, o):
    ours, theirs, ratio = match(np.zeros((q, o), np.float32), np.arange(q), np.arange(o))
    assert len(ours) == len(theirs) == len(ratio) == 0


def test_squared_distances_equal_naive_ones():
    a, b = (np.random.default_rng(i).integers(0, 255, (7, 128)).astype(np.uint8) for i in (0, 1))
    naive = ((a[:, None].astype(int) - b[None].astype(int)) ** 2).sum(axis=2)
    np.testing.assert_allclose(squared_distances(a, b), naive, rtol=1e-5)


def test_binomial_tail_bounds_the_exact_one_closely():
    from scipy.stats import binom

    k = np.array([4, 6, 10, 20])
    p = np.array([0.01, 0.02, 0.001, 0.05])
    exact = binom.logsf(k - 1, 100, p) / np.log(10)
    ours = log10_binomial_tail(100, k, p)
    assert (ours >= exact - 1e-9).all()
    assert np.abs(ours - exact).max() < 0.12
    assert log10_binomial_tail(1000, np.array([900]), np.array([1e-4]))[0] < -3000
    assert log10_binomial_tail(100, np.array([3]), np.array([0.5]))[0] == 0.0


def test_keypoint_rows_has_radians():
    features = LocalFeatures.empty()
    assert keypoint_rows(features).shape == (0, 4)


def test_a_homography_is_taken_only_where_it_fits_better():
    rng = np.random.default_rng(2)
    points = (rng.random((60, 2)) * [600, 400]).astype(np.float32)
    seen = np.array([[0.9, 0.05, 20], [-0.03, 0.8, 10], [2e-4, 1e-4, 1]])
    target = transform_points(seen, points) + rng.normal(0, 0.3, points.shape)
    affine = fit(points, target)
    fitted = fit_projective(affine, points, target)
    np.testing.assert_allclose(transform_points(fitted, points), transform_points(seen, points), atol=0.6)
    flat = transform_points(affine, points) + rng.normal(0, 0.3, points.shape)
    assert fit_projective(affine, points, flat) is affine
    assert fit_projective(affine, points[:10], target[:10]) is affine
    assert fit_projective(affine, np.repeat(points[:1], 30, axis=0), target[:30]) is affine


@pytest.mark.parametrize("highest", [40, 256])
def test_squared_distances_are_exact(highest):
    rng = np.random.default_rng(3)
    query, other = (rng.integers(0, highest, (n, 128), dtype=np.uint8) for n in (30, 50))
    other[:5] = query[:5]
    other[5], query[5] = 255, 0
    expected = ((query.astype(np.int64)[:, None] - other.astype(np.int64)[None]) ** 2).sum(axis=2)
    assert np.array_equal(squared_distances(query, other), expected)
    assert squared_distances(query, other[:0]).shape == (30, 0)


@pytest.mark.parametrize("spots", [120, 40, 12, 2, 1])
def test_rivals_stand_at_another_spot(spots):
    """Against a mask over all distances; with many keypoints at one spot, and all at one."""
    rng = np.random.default_rng(spots)
    squared = rng.integers(0, 5000, (60, 120)).astype(np.float32)
    kept, there = squared.copy(), rng.integers(0, spots, 120)
    nearest = squared.argmin(axis=1)
    expected = np.where(there[None] == there[nearest][:, None], np.inf, squared).min(axis=1)
    assert np.array_equal(rivals(squared, nearest, there), expected)
    assert np.array_equal(squared, kept), "the distances are as before"
