import math

import numpy as np
import pytest

from search.verify_dense import Registration
from search.verify_evidence import Proof
from search.verify_score import (
    CLEAR,
    COVERED,
    COVERED_MANY,
    ENOUGH,
    JUDGED,
    MANY,
    MOST,
    STEEP,
    STRAYED,
    SURE,
    THICK,
    THRESHOLD,
    UNLAID,
    evidence,
    parts_of,
    print_score,
    score_of,
    tones,
)


def proof(log_nfa):
    return Proof(np.eye(3), log_nfa, np.arange(20), np.arange(20), np.full(20, 2.0, np.float32), 40)


def laid(ratio, pixels=10 * ENOUGH, coverage=0.9, peak=0.8):
    return Registration(peak, ratio, pixels, coverage)


def score(proof, points, image_points, side, registration):
    return print_score(parts_of(proof, points, image_points, side, registration), registration)


def test_score_rises_with_evidence_and_is_half_at_the_threshold():
    values = [score_of(v) for v in (-1.0, 0.0, 3.0, THRESHOLD, 90.0, 300.0, 5000.0)]
    assert values[:2] == [0.0, 0.0]
    assert values == sorted(values)
    assert values[3] == SURE
    assert values[5] < np.float32(values[6]) < 1.0  # the best of many sure copies still comes first


def test_a_strip_of_witnesses_counts_less():
    rng = np.random.default_rng(0)
    cloud = rng.random((20, 2)) * [500, 300]
    strip = rng.random((20, 2)) * [500, 8]
    assert score(proof(40.0), cloud, cloud, 500.0, None) == score_of(40.0 * THRESHOLD / UNLAID)
    assert score(proof(40.0), strip, strip, 500.0, None) < SURE


def test_the_parts_told_are_those_that_the_score_is_made_of():
    cloud = np.random.default_rng(0).random((20, 2)) * [500, 20]
    told = parts_of(proof(40.0), cloud, cloud, 500.0, laid(9.0))
    keypoints = told["log_nfa"] * min(1.0, told["thickness"] / THICK)
    tones_laid = Registration(told["correlation"], told["ratio"], int(told["pixels"]), told["coverage"])
    assert score_of(evidence(keypoints, tones_laid)) == score(proof(40.0), cloud, cloud, 500.0, laid(9.0))
    assert (told["witnesses"], told["tested"]) == (20, 40)
    assert "ratio" not in parts_of(proof(40.0), cloud, cloud, 500.0, None)


def test_tones_are_the_normal_tail_times_the_shifts_tried():
    # P(N(0, 1) ≥ 6) = 9.87e-10
    assert tones(6.0) == pytest.approx(-math.log10(9.87e-10 * 25), abs=0.01)
    assert tones(1.0) == tones(-3.0) == 0.0
    assert tones(100.0) > 200.0


def test_tones_lift_what_few_keypoints_agree_with():
    few = 8.0
    assert score_of(evidence(few, None)) < SURE
    assert score_of(evidence(few, laid(2.0))) < SURE
    assert score_of(evidence(few, laid(18.0))) > SURE
    assert score_of(evidence(few, laid(18.0, pixels=ENOUGH // 4))) < SURE
    assert evidence(few, laid(12.0, peak=CLEAR / 2)) == pytest.approx(few + tones(12.0) / 2**STEEP)
    assert evidence(few, laid(18.0)) == evidence(few, laid(30.0)) == few + MOST


def test_a_copy_by_another_hand_is_not_sure_where_another_print_is():
    """Tones that agree everywhere, but not closely: blocks cut again after one model correlate at about .6."""
    keypoints = 15.0
    assert score_of(evidence(keypoints, laid(18.0, peak=0.6))) < SURE
    assert score_of(evidence(keypoints, laid(18.0, peak=0.72))) > SURE


@pytest.mark.parametrize(("keypoints", "needed"), [(MANY - 1, COVERED), (MANY + 1, COVERED_MANY)])
def test_nothing_is_sure_where_most_of_the_drawing_disagrees(keypoints, needed):
    """A frame or a caption that two pictures share."""
    assert score_of(evidence(keypoints, laid(18.0, coverage=needed - 0.01))) < SURE
    assert score_of(evidence(keypoints, laid(18.0, coverage=needed + 0.01))) > SURE
    # but a few pixels disagree easily
    assert score_of(evidence(keypoints, laid(30.0, pixels=JUDGED - 1, coverage=0.1))) > SURE


def test_a_picture_drawn_again_is_not_sure_whatever_agrees():
    rng = np.random.default_rng(0)
    cloud = rng.random((60, 2)) * [500, 400]
    again = cloud + rng.normal(0, 5.0, cloud.shape)
    assert score(proof(90.0), cloud, cloud, 500.0, laid(30.0)) > SURE
    assert 0.4 < score(proof(90.0), cloud, again, 500.0, laid(30.0)) < SURE
    assert parts_of(proof(90.0), cloud, again, 500.0, laid(30.0))["stray"] > STRAYED
    assert "stray" not in parts_of(proof(9.0), cloud, again, 500.0, None)  # not sure anyway


def test_doubtful_matches_are_still_ranked():
    doubtful = [score_of(evidence(v, laid(3.0, coverage=0.1))) for v in (0.0, 5.0, 50.0, 500.0)]
    assert doubtful == sorted(doubtful)
    assert doubtful[-1] < SURE


def test_without_pixels_keypoints_have_a_bar_of_their_own():
    assert evidence(UNLAID, None) == THRESHOLD
    values = [evidence(v, None) for v in (0.0, 5.0, THRESHOLD, 2 * THRESHOLD)]
    assert values == sorted(values)
    assert values[0] == 0.0
