import numpy as np
import pytest

from indexer.core.types import LocalFeatures
from search.verify import squared_distances
from search.verify_evidence import Prover, log_nfa, make_cohort, shape_of
from search.verify_kernels import guided


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


def test_guided_equals_naive(query):
    given = joined(copied(query, 3), features(40, 9))
    order = np.argsort(given.xy[:, 0], kind="stable")
    stored = given.take(order)
    cohort = make_cohort(query, [(1, features(100, 60).descriptors), (2, features(100, 61).descriptors)])
    used = cohort.owners != 2
    rows = [np.column_stack([f.xy, f.scales, np.deg2rad(f.angles)]).astype(np.float32) for f in (query, stored)]
    best, strength = np.zeros(200, np.int64), np.zeros(200)
    guided(query.descriptors, given.descriptors, *rows, order, GUESS, 20.0, cohort.squared, used, best, strength)
    squared = squared_distances(query.descriptors, stored.descriptors)
    predicted = query.xy @ GUESS[:2, :2].T + GUESS[:2, 2]
    checked = 0
    for i in range(200):
        near = np.linalg.norm(stored.xy - predicted[i], axis=1) <= 20
        ratio = stored.scales / (query.scales[i] * 0.83)
        turn = np.cos(np.deg2rad(stored.angles - query.angles[i]))
        near &= (ratio <= 1.5) & (ratio >= 0.667) & (turn >= 0.906)
        if not near.any():
            assert best[i] < 0
            assert strength[i] == 0
            continue
        winner = np.flatnonzero(near)[np.argmin(squared[i, near])]
        assert squared[i, best[i]] == pytest.approx(squared[i, winner], rel=1e-4)
        share = (1 + (cohort.squared[i, used] <= squared[i, winner]).sum()) / (1 + used.sum())
        if share > 0.5:
            assert strength[i] < 0.31
        elif share < 0.2:
            assert strength[i] == pytest.approx(-np.log10(1 - (1 - share) ** near.sum()), rel=1e-3)
        checked += 1
    assert checked > 100


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
