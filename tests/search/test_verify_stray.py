"""Witnesses of one surface move together, those of a picture drawn again each on its own."""

import numpy as np
import pytest

from search.verify_fit_kernels import nearest_others
from search.verify_score import REDRAWN, STRAYED, SURE, THRESHOLD, redrawn, score_of
from search.verify_stray import BLUR, FEWEST, NEIGHBOURS, stray

SIDE = 600.0


def places(count=120, side=SIDE, seed=0):
    return np.random.default_rng(seed).random((count, 2)) * [side, 0.7 * side]


def drawn_again(points, part, side=SIDE, seed=1):
    return points + np.random.default_rng(seed).normal(0, part * side, points.shape)


def on_a_page(points, side=SIDE):
    """Mirrored, turned, half as large, and bent as paper bends: by 1 % of the picture, smoothly."""
    x, y = (points / side - 0.5).T
    bent = points + 0.01 * side * np.column_stack([x * x + 0.5 * x * y, np.sin(1.5 * y)])
    return bent @ np.array([[-0.45, 0.2], [0.2, 0.45]]) + [700.0, 30.0]


def test_paper_that_bends_is_no_other_block():
    points = places()
    assert stray(points, on_a_page(points), SIDE) < STRAYED / 2


@pytest.mark.parametrize("part", [0.006, 0.01, 0.02])
def test_lines_that_lie_elsewhere_each_on_its_own_are(part):
    """The median length of a normal step is 1.18 standard deviations; that of the neighbours adds about a tenth."""
    points = places()
    found = stray(points, on_a_page(drawn_again(points, part)), SIDE)
    assert found == pytest.approx(1.3 * part, rel=0.15)
    assert found > STRAYED


def test_a_few_wrong_witnesses_change_little():
    points = places()
    there = on_a_page(points)
    there[::8] += np.random.default_rng(2).normal(0, 30, there[::8].shape)
    assert stray(points, there, SIDE) < STRAYED


@pytest.mark.parametrize(("zoom", "side"), [(1.0, 120.0), (0.2, 600.0), (1.0, 6400.0)])
def test_blurred_pixels_explain_themselves_on_either_side(zoom, side):
    """Half a pixel of a small query, of a small image, or of a large one that was reduced."""
    points = places(side=side)
    pixel = max(1.0, side / 640.0, 1.0 / zoom)
    there = zoom * drawn_again(points, 0.4 * BLUR * pixel / side, side)
    assert stray(points, there, side) == 0.0
    assert stray(points, zoom * drawn_again(points, 4 * BLUR * pixel / side, side), side) > STRAYED


def test_a_few_witnesses_say_nothing():
    points = places(FEWEST)
    there = drawn_again(points, 0.03)
    assert stray(points, there, SIDE) > STRAYED
    assert stray(points[1:], there[1:], SIDE) == 0.0


def test_what_was_drawn_again_is_ranked_by_its_evidence_but_never_sure():
    totals = [THRESHOLD, 50.0, 300.0, 1e5]
    scores = [score_of(redrawn(total)) for total in totals]
    assert scores == sorted(scores)
    assert scores[0] == score_of(REDRAWN * THRESHOLD)
    assert scores[-1] < SURE


@pytest.mark.parametrize("count", [9, 60])
def test_nearest_others_equal_naive_ones(count):
    points = np.random.default_rng(count).random((count, 2)) * 300
    found = np.empty((count, NEIGHBOURS), np.int64)
    nearest_others(points, found)
    apart = np.linalg.norm(points[:, None] - points[None], axis=2)
    np.fill_diagonal(apart, np.inf)
    assert found.tolist() == np.argsort(apart, axis=1)[:, :NEIGHBOURS].tolist()
