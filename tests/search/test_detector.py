"""Detectors find what their examples are examples of, and their probabilities hold for the collection."""

import numpy as np
import pytest

from indexer.core.errors import QueryError
from search.calibration import Calibration, calibrate
from search.detector import learn_detector

N, D = 8000, 48


def world(share, seed=0):
    """Unit vectors, and which of them belong: those lie in a cluster of their own that overlaps with the rest."""
    rng = np.random.default_rng(seed)
    truth = rng.random(N) < share
    rows = rng.standard_normal((N, D))
    rows[:, :16] *= 2
    rows[truth] += np.eye(D)[5] * 3 + np.eye(D)[30] * 2.5 + np.eye(D)[31] * 3
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float16), truth


def examples(truth, positives, negatives):
    return np.flatnonzero(truth)[:positives], np.flatnonzero(~truth)[:negatives]


@pytest.mark.parametrize(
    ("share", "positives", "negatives"), [(0.02, 30, 30), (0.1, 30, 10), (0.1, 60, 0), (0.3, 80, 80)]
)
def test_half_a_chance_means_more_right_than_wrong(share, positives, negatives):
    precision, recall, wrong = [], [], []
    for seed in (10, 11, 12):
        vectors, truth = world(share, seed)
        yes, no = examples(truth, positives, negatives)
        detector = learn_detector(vectors, yes, no)
        assert share / 3 < detector.calibration.share < share * 3
        fresh = np.setdiff1d(np.arange(N), np.concatenate([yes, no]))
        found, true = detector.probabilities(vectors)[fresh], truth[fresh]
        precision.append(true[found >= 0.5].mean())
        recall.append(true[found >= 0.5].sum() / true.sum())
        # In steps of a tenth, promised and true shares differ by little.
        step = np.minimum((found * 10).astype(int), 9)
        wrong.append(sum(abs((found - true)[step == s].mean()) * np.mean(step == s) for s in np.unique(step)))
    assert min(precision) >= 0.5
    assert np.mean(precision) >= 0.6
    assert np.mean(recall) >= 0.6
    assert max(wrong) < 0.1


def test_the_score_is_one_product():
    vectors, truth = world(0.1)
    detector = learn_detector(vectors, *examples(truth, 20, 20))
    raw = vectors.astype(np.float64) @ detector.direction + detector.bias
    wanted = 1 / (1 + np.exp(-(detector.calibration.slope * raw + detector.calibration.offset)))
    np.testing.assert_allclose(detector.probabilities(vectors), wanted, atol=1e-4)


def test_the_same_examples_give_the_same_detector():
    vectors, truth = world(0.1)
    one, two = (learn_detector(vectors, *examples(truth, 10, 10)) for _ in range(2))
    np.testing.assert_array_equal(one.direction, two.direction)
    assert one.calibration == two.calibration


@pytest.mark.parametrize("positives", [1, 2])
def test_too_few_examples_are_not_called_measured(positives):
    vectors, truth = world(0.1)
    detector = learn_detector(vectors, *examples(truth, positives, 3))
    assert detector.calibration == Calibration()
    assert detector.probabilities(vectors)[truth].mean() > detector.probabilities(vectors)[~truth].mean()


def test_without_a_positive_there_is_no_detector():
    vectors, truth = world(0.1)
    with pytest.raises(QueryError, match="at least one picture"):
        learn_detector(vectors, *examples(truth, 0, 5))


def test_a_collection_of_which_all_is_judged():
    vectors, truth = world(0.5)
    vectors, truth = vectors[:20], truth[:20]
    detector = learn_detector(vectors, np.flatnonzero(truth), np.flatnonzero(~truth))
    found = detector.probabilities(vectors)
    assert found[truth].min() > found[~truth].max()


def test_examples_that_nothing_tells_apart_are_not_promised():
    rng = np.random.default_rng(1)
    found = calibrate(rng.normal(size=40), rng.normal(size=40), rng.normal(size=500)).probabilities(
        rng.normal(size=500)
    )
    assert np.isfinite(found).all()
    assert found.max() - found.min() < 0.5


def test_equal_scores_do_no_harm():
    found = calibrate(np.ones(5), np.ones(5), np.ones(50))
    assert np.isfinite([found.slope, found.offset, found.share]).all()
