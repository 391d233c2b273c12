"""Judgements on same-print hits: expansion through confirmed ones, doubt about what rests where a rejected one did."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from indexer.core.geometry import transform_points
from indexer.core.types import Array, Evidence
from search.channels.base import ChannelHits, ChannelRequest, QueryPicture
from search.feedback_instance import DOUBTFUL, judged_matches, led_by_matches, resting
from search.ranking import Candidate

MOTIF = np.random.default_rng(0).uniform(20, 200, (60, 2))
STAMP = np.random.default_rng(1).uniform(230, 250, (25, 2))


def shift(x: float, y: float) -> Array:
    return np.array([[1.0, 0, x], [0, 1, y], [0, 0, 1]])


def evidence(matrix: Array, points: Array, same: bool = True, mirrored: bool = False) -> Evidence:
    points = points.astype(np.float32)
    outline = transform_points(matrix, np.array([[0, 0], [250, 0], [250, 250], [0, 250]])).astype(np.float32)
    return Evidence(
        len(points), matrix, mirrored, same, 40.0, points, transform_points(matrix, points).astype(np.float32), outline
    )


class FakeChannel:
    """Answers by the image that is asked with; None stands for the query from outside."""

    name = "instance"

    def __init__(self, answers: dict[int | None, dict[int, tuple[float, Evidence]]]) -> None:
        self.answers_by = answers
        self.asked: list[int | None] = []

    def answers(self, request: ChannelRequest) -> bool:
        return True

    def search(self, request: ChannelRequest) -> ChannelHits:
        asked = request.pictures[0].image_id
        self.asked.append(asked)
        found = {i: e for i, e in self.answers_by.get(asked, {}).items() if i not in request.exclude}
        ids = np.array([10 + i for i in found], np.int64)
        scores = np.array([s for s, _ in found.values()], np.float32)
        told = {10 + i: e for i, (_, e) in found.items()}
        return ChannelHits(ids, scores, told, dict.fromkeys(told, (0.0, 0.0, 250.0, 250.0)))


def snapshot() -> SimpleNamespace:
    """Images 0 to 9; the region of image i is 10 + i."""
    return SimpleNamespace(
        regions=SimpleNamespace(image_ids=np.arange(10), positions=lambda ids: np.asarray(ids, np.int64) - 10),
        images=SimpleNamespace(names=[f"p{i}.png" for i in range(10)], position=lambda i: i),
    )


def request(**more: object) -> ChannelRequest:
    def undecodable(side: int | None) -> None:
        raise AssertionError("the fake channel decodes nothing")

    return ChannelRequest(pictures=[QueryPicture(undecodable)], **more)  # type: ignore[arg-type]


def test_rejected_and_confirmed_hits_do_not_come_back() -> None:
    same = {i: (0.9 - 0.1 * i, evidence(shift(i, 0), MOTIF)) for i in range(4)}
    channel = FakeChannel({None: same})
    found = judged_matches(snapshot(), channel, request(), frozenset({1}), frozenset({0}))
    assert [m.image_id for m in found] == [2, 3]
    assert channel.asked == [None, 1], "a rejected hit is no further query"


def test_a_copy_is_found_by_way_of_a_confirmed_one_with_the_transforms_put_together() -> None:
    mirror = np.array([[-1.0, 0, 250], [0, 1, 0], [0, 0, 1]])
    first, second = shift(30, 40), mirror @ shift(5, 6)
    seen_by_link = transform_points(first, MOTIF)
    channel = FakeChannel(
        {
            None: {1: (0.8, evidence(first, MOTIF))},
            1: {5: (0.95, evidence(second, seen_by_link, mirrored=True))},
        }
    )
    (match,) = judged_matches(snapshot(), channel, request(), frozenset({1}), frozenset())
    assert match.image_id == 5
    assert match.score == pytest.approx(0.8), "no surer than the link"
    assert match.evidence.mirrored
    assert match.evidence.transform == pytest.approx(second @ first)
    assert match.evidence.query_points == pytest.approx(MOTIF, abs=1e-3), "in pixels of the query"
    corners = np.array([[0, 0], [250, 0], [250, 250], [0, 250]])
    assert match.evidence.outline == pytest.approx(transform_points(second @ first, corners), abs=1e-3)
    assert "p1.png" in match.reason


def test_the_querys_own_surer_match_is_kept() -> None:
    direct = evidence(shift(9, 9), MOTIF)
    channel = FakeChannel(
        {
            None: {1: (0.9, evidence(shift(1, 1), MOTIF)), 5: (0.85, direct)},
            1: {5: (0.6, evidence(shift(2, 2), MOTIF))},
        }
    )
    (match,) = judged_matches(snapshot(), channel, request(), frozenset({1}), frozenset())
    assert match.evidence is direct
    assert match.score == pytest.approx(0.85)


def test_what_rests_on_the_points_of_a_rejected_match_alone_is_doubted() -> None:
    answers = {
        1: (0.9, evidence(shift(1, 0), MOTIF)),
        2: (0.9, evidence(shift(2, 0), STAMP)),
        3: (0.9, evidence(shift(3, 0), STAMP + 1)),
        4: (0.8, evidence(shift(4, 0), MOTIF + 1)),
        5: (0.7, evidence(shift(5, 0), np.concatenate([MOTIF, STAMP]))),
    }
    found = judged_matches(snapshot(), FakeChannel({None: answers}), request(), frozenset({1}), frozenset({2}))
    assert [(m.image_id, m.evidence.same_print) for m in found] == [(4, True), (5, True), (3, False)]
    assert found[-1].score < 0.5
    assert found[-1].reason == DOUBTFUL


def test_without_a_confirmed_match_nothing_is_doubted() -> None:
    """A rejected recut of the whole motif must not take the true copies with it."""
    answers = {i: (0.9, evidence(shift(i, 0), MOTIF + i)) for i in range(1, 4)}
    found = judged_matches(snapshot(), FakeChannel({None: answers}), request(), frozenset(), frozenset({2}))
    assert [m.image_id for m in found] == [1, 3]
    assert all(m.evidence.same_print for m in found)
    both = judged_matches(snapshot(), FakeChannel({None: answers}), request(), frozenset({1}), frozenset({2}))
    assert [m.evidence.same_print for m in both] == [True], "it rests on a confirmed one's points as well"


def test_proven_matches_lead_the_learnt_list() -> None:
    found = judged_matches(
        snapshot(), FakeChannel({None: {7: (0.6, evidence(shift(1, 0), MOTIF))}}), request(), frozenset(), frozenset()
    )
    learnt = [Candidate(10 + i, 1 - i / 10, {"feedback": 1 - i / 10}) for i in (2, 7, 4)]
    listed = led_by_matches(learnt, found, {10 + i: i for i in range(10)})
    assert [c.region_id for c in listed] == [17, 12, 14]
    assert listed[0].channels == {"instance": pytest.approx(0.6), "feedback": pytest.approx(0.3)}
    assert [c.score for c in listed] == sorted((c.score for c in listed), reverse=True)


def test_resting_counts_points_that_are_near() -> None:
    points = np.array([[0.0, 0], [10, 0], [20, 0], [30, 0]])
    assert resting(points, np.array([[0.0, 1], [10, 3]]), 2.0) == 0.25
    assert resting(points, np.zeros((0, 2)), 2.0) == 0.0
