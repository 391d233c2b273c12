import numpy as np
import pytest

from indexer.core.types import LocalFeatures
from search.verify import keypoint_rows
from search.verify_evidence import Prover, log_nfa, make_cohort, shape_of
from search.verify_fit_kernels import one_each
from search.verify_kernels import guided
from search.verify_target import Target, directed, grid_of


def features(n, seed, w=600, h=400):
    rng = np.random.default_rng(seed)
    histogram = rng.gamma(0.4, 1.0, (n, 128))
    root = np.minimum(512 * np.sqrt(histogram / histogram.sum(axis=1, keepdims=True)), 255)
    return LocalFeatures(
        xy=(rng.random((n, 2)) * [w, h]).astype(np.float32),
        scales=rng.uniform(4, 8, n).astype(np.float32),
        angles=rng.uniform(0, 360, n).astype(np.float32),
        responses=np.ones(n, np.float32),
        descriptors=root.astype(np.uint8),
        regions=np.zeros(n, np.int32),
    )


def copied(given, seed, scale=0.8, shift=(30, 50), noise=8.0):
    """The same keypoints moved by a similarity, with noisy descriptors and places."""
    rng = np.random.default_rng(seed)
    return LocalFeatures(
        xy=(given.xy * scale + shift + rng.normal(0, 0.5, given.xy.shape)).astype(np.float32),
        scales=given.scales * np.float32(scale),
        angles=(given.angles + rng.normal(0, 2, len(given))).astype(np.float32) % 360,
        responses=given.responses,
        descriptors=np.clip(given.descriptors + rng.normal(0, noise, given.descriptors.shape), 0, 255).astype(np.uint8),
        regions=given.regions,
    )


def joined(a, b):
    return LocalFeatures(*(np.concatenate([getattr(a, n), getattr(b, n)]) for n in LocalFeatures.__slots__))


@pytest.fixture(scope="module")
def query():
    return features(200, 1)


@pytest.fixture(scope="module")
def prover(query):
    return Prover(query, 600.0, make_cohort(query, [(i, features(100, 50 + i).descriptors) for i in range(6)]))


GUESS = np.array([[0.83, 0.0, 22.0], [0.0, 0.83, 45.0], [0, 0, 1]])


def test_a_rough_guess_becomes_the_transform(query, prover):
    stored = joined(copied(query.take(np.arange(80)), 3), features(150, 9))
    proof = prover.prove(stored, 7, [GUESS])
    np.testing.assert_allclose(proof.transform, [[0.8, 0, 30], [0, 0.8, 50], [0, 0, 1]], atol=1.0)
    np.testing.assert_allclose(proof.transform[:2, :2], 0.8 * np.eye(2), atol=0.01)
    true = proof.ours == proof.theirs
    assert true.sum() >= 60
    assert true.mean() > 0.9
    assert proof.log_nfa > 40


def test_other_pictures_prove_nothing(prover):
    values = []
    for seed in range(100, 160):
        proof = prover.prove(features(200, seed), 7, [GUESS, np.eye(3)])
        values.append(proof.log_nfa if proof else 0.0)
    assert max(values) < 3


def test_letters_prove_nothing(query):
    cohort = make_cohort(query, [(1, features(300, 60).descriptors)])
    stored = copied(query, 3)
    letters = np.zeros(200, np.bool_)
    letters[50:] = True
    strict = Prover(query, 600.0, cohort, letters).prove(stored, 7, [GUESS])
    assert strict.ours.max() < 50
    assert Prover(query, 600.0, cohort, np.ones(200, np.bool_)).prove(stored, 7, [GUESS]) is None
    assert strict.log_nfa < Prover(query, 600.0, cohort).prove(stored, 7, [GUESS]).log_nfa


def test_what_the_whole_cohort_has_is_a_weak_witness(query):
    """Letters of one typeface: the same descriptors stand in every image of the cohort."""
    query = query.take(np.arange(64))
    common = make_cohort(query, [(i, copied(query, 20 + i).descriptors) for i in range(40)])
    rare = make_cohort(query, [(i, features(64, 20 + i).descriptors) for i in range(40)])
    stored = copied(query, 3)
    typical = [np.median(Prover(query, 600.0, c).prove(stored, 7, [GUESS]).strength) for c in (common, rare)]
    assert typical[1] > 3.0
    assert typical[0] < 2.5


def test_images_own_descriptors_do_not_count_in_its_cohort(query):
    stored = copied(query, 3)
    cohort = make_cohort(query, [(7, stored.descriptors), (8, features(300, 61).descriptors)])
    assert Prover(query, 600.0, cohort).prove(stored, 7, [GUESS]).strength.max() > 1.5


def test_nothing_to_compare(query, prover):
    assert prover.prove(LocalFeatures.empty(), 7, [GUESS]) is None
    assert prover.prove(features(2, 5), 7, [GUESS]) is None
    assert prover.prove(copied(query, 3), 7, []) is None


@pytest.mark.parametrize("hidden", [1, 2, 3, 9])
@pytest.mark.parametrize("radius", [3.0, 20.0, 150.0, 2000.0])
def test_guided_equals_naive(query, radius, hidden):
    """With the columns that do not count first, in the middle, last and nowhere in the cohort."""
    stored = joined(copied(query, 3), features(40, 9))
    cohort = make_cohort(query, [(i, features(100, 59 + i).descriptors) for i in (1, 4, 2, 5, 3)])
    target = Target.of(stored, cohort.own(hidden))
    best, strength = np.zeros(200, np.int64), np.zeros(200)
    arrays = query.descriptors, stored.descriptors, directed(keypoint_rows(query)), target.grid
    guided(*arrays, GUESS, radius, cohort.squared, target.own, best, strength)
    compared = [naive(i, query, stored, radius, cohort.squared[i, cohort.owners != hidden]) for i in range(200)]
    assert best.tolist() == [b for b, _ in compared]
    np.testing.assert_allclose(strength, [s for _, s in compared], rtol=1e-6)
    assert (strength > 1.0).sum() > 15


def naive(i, query, stored, radius, cohort):
    """What `guided` finds for one keypoint, by its definition."""
    x, y = query.xy[i].astype(np.float64) @ GUESS[:2, :2].T + GUESS[:2, 2]
    low, high = stored.xy.min(axis=0) - radius, stored.xy.max(axis=0) + radius
    if not (low[0] <= x <= high[0] and low[1] <= y <= high[1]):
        return -2, 0.0
    ratio = stored.scales / (query.scales[i] * 0.83)
    near = np.hypot(stored.xy[:, 0] - x, stored.xy[:, 1] - y) <= radius
    near &= (ratio <= 1.5) & (ratio >= 0.667) & (np.cos(np.deg2rad(stored.angles - query.angles[i])) >= 0.906)
    if not near.any():
        return -1, 0.0
    squared = ((query.descriptors[i].astype(np.int64) - stored.descriptors.astype(np.int64)) ** 2).sum(axis=1)
    winner = int(np.where(near, squared, 1 << 40).argmin())
    closer = cohort <= squared[winner]
    share = (1 + closer.sum()) / (1 + len(cohort))
    weak = closer[:159].sum() >= 40 or share >= 1.0
    return winner, 0.0 if weak else -np.log10(1 - (1 - share) ** near.sum())


def test_of_equally_similar_keypoints_the_leftmost_is_taken(query):
    one = query.take(np.array([5]))
    stored = joined(joined(one, one), joined(one, features(30, 8, 100, 100)))
    stored.xy[:3, 0] += [4, -4, 4]
    best, strength = np.zeros(1, np.int64), np.zeros(1)
    cohort = make_cohort(one, [(1, features(100, 60).descriptors)])
    target = Target.of(stored, cohort.own(1))
    arrays = one.descriptors, stored.descriptors, directed(keypoint_rows(one)), target.grid
    guided(*arrays, np.eye(3), 9.0, cohort.squared, target.own, best, strength)
    assert best[0] == 1


@pytest.mark.parametrize("extent", [0.0, 500.0, 40000.0])
def test_every_keypoint_lies_in_its_cell(extent):
    rows = keypoint_rows(features(300, 4))
    rows[:, :2] = np.random.default_rng(1).random((300, 2)) * [extent, extent / 3] + 70
    near, order, starts, frame, side = grid_of(rows)
    assert sorted(order.tolist()) == list(range(300))
    np.testing.assert_allclose(near, directed(rows)[order], rtol=1e-5, atol=1e-6)
    cells = np.repeat(np.arange(side * side), np.diff(starts))
    at = np.floor((rows[order, :2].astype(np.float64) - frame[:2]) * frame[4]).astype(np.int64)
    assert cells.tolist() == (at[:, 1] * side + at[:, 0]).tolist()
    assert at.max() == (side - 1 if extent > 1 else 0)


@pytest.mark.parametrize("seed", range(5))
def test_one_witness_a_cell_and_a_keypoint(seed):
    rng = np.random.default_rng(seed)
    strength, best, cells = rng.integers(0, 6, 90) / 2.0, rng.integers(0, 40, 90), rng.integers(0, 30, 90)
    kept, taken = [], set()
    first = {}
    for i in np.lexsort((np.arange(90), -strength)):
        if strength[i] >= 1.0 and cells[i] not in first:
            first[cells[i]] = i
    for i in first.values():
        if best[i] not in taken:
            taken.add(best[i])
            kept.append(i)
    assert np.flatnonzero(one_each(strength, best, cells, 30, 40, 1.0)).tolist() == sorted(kept)
    assert len(kept) > 8
    assert not one_each(strength, best, cells, 30, 40, 9.0).any()


def test_log_nfa_rises_with_witnesses_and_falls_with_cells():
    few, many = np.full(6, 2.0), np.full(12, 2.0)
    assert 0 < log_nfa(few, 50, 1.0, 100) < log_nfa(many, 50, 1.0, 100)
    assert log_nfa(many, 500, 1.0, 100) < log_nfa(many, 50, 1.0, 100)
    assert log_nfa(many, 50, 4.0, 100) < log_nfa(many, 50, 1.0, 100)
    assert log_nfa(np.zeros(0), 50, 1.0, 100) == 0.0
    # 12 of 50 cells at 10⁻²: C(50, 12)·10⁻²⁴·0.99³⁸ = 1.2 · 10⁻¹³, times 100 hypotheses and 5 levels
    assert log_nfa(many, 50, 1.0, 100) == pytest.approx(12.9 - 2.7, abs=0.2)


def test_shape_of_a_strip_and_a_disc():
    x = np.linspace(0, 400, 50)
    strip = np.column_stack([x, 5 * np.sin(x)])
    thin, long = shape_of(strip, 600)
    assert thin < 0.03
    assert long == pytest.approx(4 * x.std(ddof=1) / 600, rel=0.02)
    assert shape_of(strip[:2], 600) == (0.0, 0.0)
