"""The marker "likely ends here"."""

from __future__ import annotations

import math

import numpy as np
import pytest

from search.cutoff import LEAST_BACKGROUND, Background, likely_end, sampled_scores


def collection(n: int, answers: int, lift: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Scores of `n` pictures of which the first `answers` stand out by `lift` deviations."""
    rng = np.random.default_rng(seed)
    scores = 0.1 + 0.05 * rng.normal(size=n)
    scores[:answers] += 0.05 * lift
    return scores, np.arange(n) < answers


def test_the_background_is_the_middle_of_the_scores_not_its_answers() -> None:
    scores, _ = collection(5000, 200, 8, 0)
    background = Background.fit(scores)
    assert background is not None
    assert background.centre == pytest.approx(0.1, abs=0.01)
    assert background.spread == pytest.approx(0.05, rel=0.25)
    assert background.chance(background.centre) == pytest.approx(0.5)
    one = background.centre + background.spread
    assert background.chance(one) == pytest.approx(0.158655, abs=1e-5)


@pytest.mark.parametrize("answers", [1, 10, 60, 240])
def test_the_marker_stands_where_the_answers_end(answers: int) -> None:
    precision, recall = [], []
    for seed in range(20):
        scores, true = collection(3000, answers, 7, seed)
        order = np.argsort(-scores)
        end = likely_end(scores[order], Background.fit(scores), 3000)
        assert end is not None
        precision.append(true[order][:end].mean())
        recall.append(true[order][:end].sum() / answers)
    assert np.mean(recall) > 0.95
    assert np.mean(precision) > 0.6


def test_nothing_stands_out_of_noise() -> None:
    ends = []
    for seed in range(60):
        scores, _ = collection(2000, 0, 0, seed)
        ends.append(likely_end(np.sort(scores)[::-1], Background.fit(scores), 2000))
    assert np.median(ends) == 0
    assert np.mean([e > 5 for e in ends]) < 0.1


def test_chance_before_the_marker_is_about_what_the_level_says() -> None:
    shares = []
    for seed in range(60):
        scores, true = collection(4000, 80, 4, seed)
        order = np.argsort(-scores)
        end = likely_end(scores[order], Background.fit(scores), 4000, level=0.2)
        shares.append(1 - true[order][:end].mean())
    assert np.mean(shares) == pytest.approx(0.2, abs=0.1)


def test_scale_and_offset_of_the_scores_do_not_matter() -> None:
    scores, _ = collection(1000, 20, 5, 1)
    ranked = np.sort(scores)[::-1]
    plain = likely_end(ranked, Background.fit(scores), 1000)
    assert plain == likely_end(ranked * 300 - 7, Background.fit(scores * 300 - 7), 1000)


@pytest.mark.parametrize("scores", [np.zeros(0), np.ones(200), np.arange(LEAST_BACKGROUND - 1.0)])
def test_where_nothing_can_be_told_nothing_is_said(scores: np.ndarray) -> None:
    assert Background.fit(scores) is None
    assert likely_end(np.array([3.0, 2.0]), Background.fit(scores), 100) is None


def test_an_empty_list_has_no_end() -> None:
    assert likely_end(np.zeros(0), Background(0.0, 1.0), 100) is None


def test_a_list_cut_off_early_is_kept_whole() -> None:
    assert likely_end(np.array([9.0, 8.5, 8.0]), Background(0.0, 1.0), 1000) == 3


def test_scores_that_are_missing_are_left_out_of_the_background() -> None:
    scores, _ = collection(500, 0, 0, 2)
    with_gaps = np.concatenate([scores, [-math.inf, math.nan]])
    assert Background.fit(with_gaps) == Background.fit(scores)


@pytest.mark.parametrize("n", [50, 9000])
def test_a_sample_of_scores_tells_the_same_background(n: int) -> None:
    rng = np.random.default_rng(n)
    vectors = rng.normal(size=(n, 32)).astype(np.float16)
    direction = rng.normal(size=32).astype(np.float32)
    whole = vectors.astype(np.float32) @ direction
    sample = sampled_scores(vectors, direction)
    assert set(np.round(sample, 3)) <= set(np.round(whole, 3))
    assert np.median(sample) == pytest.approx(np.median(whole), abs=0.3)
