import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from indexer.core.errors import DecodeError, UsageError
from indexer.evaluate.attacks_tools import Attacked
from indexer.evaluate.instance import evaluate_instance
from indexer.evaluate.instance_journal import NAME, Journal, Stored
from indexer.evaluate.instance_plan import Plan
from indexer.evaluate.instance_results import half_of
from indexer.evaluate.instance_truth import TruthQuery
from indexer.evaluate.types import InstanceQuery, RankedHit, Ranking

NAMES = [f"im{k}.png" for k in range(8)]


def picture(k: int) -> np.ndarray:
    """Noise whose first pixel says which image it is."""
    rgb = np.random.default_rng(k).integers(0, 255, (64, 80, 3), dtype=np.uint8)
    rgb[0, 0] = k
    return rgb


def loader(k: int) -> Callable[[], np.ndarray]:
    return lambda: picture(k)


IMAGES = [(name, loader(k)) for k, name in enumerate(NAMES)]


def same(rgb: np.ndarray, rng: np.random.Generator) -> Attacked:
    return Attacked(rgb.copy(), np.eye(3))


def moved(rgb: np.ndarray, rng: np.random.Generator) -> Attacked:
    return Attacked(rgb.copy(), np.diag([1.0, 1.0, 1.0]), False, (1.0, 1.0, 40.0, 40.0))


def by_script(script: dict[int, list[tuple[str, float, bool]]]) -> Callable[[InstanceQuery], Ranking]:
    """A search that looks at the first pixel and answers from a table."""

    def search(query: InstanceQuery) -> Ranking:
        hits = [RankedHit(n, s, f, 9, np.eye(3)) for n, s, f in script.get(int(query.rgb[0, 0, 0]), [])]
        return Ranking([h for h in hits if h.image not in query.exclude], {"verify": 2.0})

    return search


def test_metrics_are_those_computed_by_hand() -> None:
    script = {
        0: [("im0.png", 9.0, True)],  # rank 1, AP 1, above the negatives
        1: [("im5.png", 4.0, False), ("im1.png", 3.0, True)],  # rank 2, AP 1/2
        2: [("im3.png", 2.0, True)],  # not found, a false claim
        3: [("im3.png", 3.5, False), ("im4.png", 1.0, False)],  # rank 1, below the best negative
        100: [("im6.png", 5.0, False)],
        101: [("im7.png", 1.0, True), ("im6.png", 0.5, True)],
    }
    report = evaluate_instance(
        Plan(IMAGES[:4], {"same": same}, 10, negatives=[("n0", loader(100)), ("n1", loader(101))], seed=4),
        by_script(script),
    )
    (result,) = report.classes
    assert result.queries == 4
    assert result.recall_1 == pytest.approx(2 / 4)
    assert result.recall_10 == pytest.approx(3 / 4)
    assert result.mean_average_precision == pytest.approx((1 + 1 / 2 + 0 + 1) / 4)
    assert report.threshold == 5.0
    assert result.recall_zero_false == pytest.approx(1 / 4)
    assert result.same_print_recall == pytest.approx(2 / 4)
    assert (result.same_print_right, result.same_print_wrong) == (2, 1)
    assert report.same_print_precision == pytest.approx(2 / 5)
    assert (report.negatives, report.negatives_vouched) == (2, 1)
    assert result.located == 1.0
    assert report.latency_ms["verify"] == {"p50": 2.0, "p95": 2.0}
    assert report.latency_ms["whole"]["p95"] >= 0
    # Best right 9, 3, 3.5; best wrong 5, 1, 4, 2, 1: only 9 stands above all wrong ones.
    assert report.calibration is not None
    assert report.calibration.threshold == 9.0
    assert report.calibration.recall == pytest.approx(1 / 3)


def test_ten_hits_are_counted_but_not_the_eleventh() -> None:
    wrong = [(f"w{k}", 50.0 - k, False) for k in range(10)]
    script = {0: [*wrong[:9], ("im0.png", 1.0, False)], 1: [*wrong, ("im1.png", 1.0, False)]}
    report = evaluate_instance(Plan(IMAGES[:2], {"same": same}), by_script(script))
    assert report.overall.recall_1 == 0
    assert report.overall.recall_10 == 0.5
    assert report.overall.mean_average_precision == pytest.approx((1 / 10 + 1 / 11) / 2)
    assert report.threshold is None
    assert report.overall.recall_zero_false is None
    assert report.calibration is None


def test_truth_queries_hide_themselves_and_ignore_partial_copies() -> None:
    truth = {"reprints": [TruthQuery("im0.png", frozenset(["im1.png", "im2.png"]), frozenset(["im3.png"]))]}
    hits = [("im0.png", 99.0, True), ("im3.png", 9.0, True), ("im1.png", 8.0, True), ("im5.png", 7.0, False)]
    report = evaluate_instance(Plan(IMAGES, {}, truth=truth), by_script({0: hits}))
    (result,) = report.classes
    assert (result.name, result.queries) == ("reprints", 1)
    assert result.recall_1 == 1.0
    assert result.mean_average_precision == pytest.approx(0.5)
    assert (result.same_print_right, result.same_print_wrong) == (1, 0)


def test_truth_queries_can_be_limited_while_all_copies_stay_known() -> None:
    truth = {"reprints": [TruthQuery(name, frozenset(NAMES) - {name}) for name in NAMES]}
    script = {k: [(NAMES[(k + 1) % 8], 9.0, True), (NAMES[k], 8.0, True)] for k in range(8)}
    report = evaluate_instance(Plan(IMAGES, {"same": same}, 8, truth=truth, truth_per_class=3), by_script(script))
    attacked, known = report.classes
    assert (known.name, known.queries, known.recall_1) == ("reprints", 3, 1.0)
    assert (attacked.queries, attacked.recall_1, attacked.same_print_wrong) == (8, 1.0, 0)


def test_known_copies_do_not_count_as_mistakes_of_attacked_queries() -> None:
    truth = {"reprints": [TruthQuery("im0.png", frozenset(["im1.png"]))]}
    script = {0: [("im1.png", 9.0, True), ("im0.png", 8.0, True)], 1: [("im0.png", 7.0, True), ("im1.png", 6.0, True)]}
    report = evaluate_instance(Plan(IMAGES[:2], {"same": same}, truth=truth), by_script(script))
    attacked = next(c for c in report.classes if c.name == "same")
    assert attacked.recall_1 == 1.0
    assert attacked.same_print_wrong == 0


def test_leave_one_out_hides_the_original() -> None:
    seen: list[InstanceQuery] = []

    def search(query: InstanceQuery) -> list[RankedHit]:
        seen.append(query)
        return [RankedHit(f"im{query.rgb[0, 0, 0]}.png", 5.0, True)] if not query.exclude else []

    report = evaluate_instance(Plan(IMAGES, {}, leave_one_out=5), search)
    assert report.negatives == 5
    assert report.threshold == -np.inf
    assert all(len(q.exclude) == 1 for q in seen)
    assert len({q.name for q in seen}) == 5
    assert json.loads(json.dumps(report.as_dict()))["threshold"] is None


def test_same_seed_same_queries_and_every_class_draws_its_own() -> None:
    asked: list[list[str]] = []

    def run(seed: int) -> list[str]:
        names: list[str] = []

        def search(query: InstanceQuery) -> list[RankedHit]:
            names.append(query.name)
            return []

        evaluate_instance(Plan(IMAGES, {"same": same, "moved": moved}, 3, seed=seed), search)
        asked.append(names)
        return names

    assert run(1) == run(1)
    assert run(1) != run(2)
    assert len(asked[0]) == 6
    first, second = ([n.split(":")[1] for n in asked[0] if n.startswith(kind)] for kind in ("same", "moved"))
    assert first != second


def test_broken_and_blank_images_are_left_out_and_told() -> None:
    def broken() -> np.ndarray:
        raise DecodeError("cannot read")

    images = [("bad.png", broken), ("blank.png", lambda: np.full((64, 64, 3), 250, np.uint8)), *IMAGES[:3]]
    report = evaluate_instance(Plan(images, {"same": same}, 5), by_script({}))
    assert report.overall.queries == 3
    assert sorted(s.split(":")[0] for s in report.skipped) == ["bad.png", "blank.png"]


def test_a_wrong_transform_is_not_located() -> None:
    def search(query: InstanceQuery) -> list[RankedHit]:
        return [RankedHit(f"im{query.rgb[0, 0, 0]}.png", 1.0, transform=np.diag([2.0, 2.0, 1.0]))]

    assert evaluate_instance(Plan(IMAGES, {"same": same}), search).overall.located == 0.0


def test_reports_are_written_with_failures(tmp_path: Path) -> None:
    script = {0: [("im1.png", 2.0, True)], 1: [("im1.png", 9.0, True)]}
    done: list[tuple[int, int]] = []
    report = evaluate_instance(
        Plan(IMAGES[:2], {"moved": moved}), by_script(script), tmp_path, 123.0,
        progress=lambda d, t: done.append((d, t)),
    )  # fmt: skip
    data = json.loads((tmp_path / "report.json").read_text())
    assert data["overall"]["recall_1"] == 0.5 == report.overall.recall_1
    assert data["bytes_per_image"] == 123.0
    text = (tmp_path / "report.md").read_text()
    assert "| moved | 2 | 0.500" in text
    page = (tmp_path / "failures.html").read_text()
    assert "wrong SAME 2.00 im1.png" in page
    assert "right" not in page
    assert (tmp_path / "failures.png").read_bytes()[:4] == b"\x89PNG"
    assert done == [(1, 2), (2, 2)]


def test_no_images_is_an_empty_report() -> None:
    report = evaluate_instance(Plan([], {"same": same}), by_script({}))
    assert report.overall.queries == 0
    assert report.classes == []
    assert report.as_dict()["overall"]["recall_1"] is None


def test_an_interrupted_evaluation_goes_on_and_judges_with_the_newest_truth(tmp_path: Path) -> None:
    script = {k: [(f"im{k}.png", 9.0, True), ("im7.png", 4.0, True)] for k in range(4)}
    asked: list[str] = []

    def until(limit: int) -> Callable[[InstanceQuery], Ranking]:
        def search(query: InstanceQuery) -> Ranking:
            if len(asked) == limit:
                raise KeyboardInterrupt
            asked.append(query.name)
            return by_script(script)(query)

        return search

    plan = Plan(IMAGES[:4], {"same": same, "moved": moved}, negatives=[("n", loader(0))])
    with pytest.raises(KeyboardInterrupt):
        evaluate_instance(plan, until(5), tmp_path)
    with (tmp_path / "answers.jsonl").open("a") as file:
        file.write('{"name": "half a li')
    first = evaluate_instance(plan, until(100), tmp_path)
    assert len(asked) == len(set(asked)) == 9
    whole = evaluate_instance(plan, by_script(script))
    assert (first.classes[0].same_print_right, first.classes[0].same_print_wrong) == (4, 4)
    for result, expected in zip(first.classes, whole.classes, strict=True):
        assert result == expected
    audited = {"im0.png": frozenset(["im7.png"]), "n": frozenset(["im0.png", "im7.png"])}
    again = evaluate_instance(replace(plan, audited=audited), until(0), tmp_path)
    assert again.classes[0].same_print_wrong == 3
    assert (first.negatives_vouched, again.negatives_vouched) == (1, 0)
    with pytest.raises(UsageError, match="another evaluation"):
        evaluate_instance(replace(plan, seed=2), until(0), tmp_path)


def test_answers_on_disk_keep_what_scores_were_made_of_and_those_without_are_still_read(tmp_path: Path) -> None:
    hits = [RankedHit("a", 0.7, True, 9, None, True, {"log_nfa": 61.23456789}), RankedHit("b", 0.1)]
    Journal(tmp_path, {}).add(Stored("q", hits, {}, {"whole": 1.0}))
    with (tmp_path / NAME).open("a") as file:
        file.write('{"name": "old", "hits": [["a", 0.7, true, 9, false]], "located": {}, "ms": {}}\n')
    kept, old = (Journal(tmp_path, {}).get(name) for name in ("q", "old"))
    assert kept is not None
    assert old is not None
    assert [dict(h.parts) for h in kept.hits] == [{"log_nfa": 61.235}, {}]
    assert (kept.hits[0].mirrored, old.hits[0].inliers, dict(old.hits[0].parts)) == (True, 9, {})


def test_unusable_pictures_are_told_again_after_an_interruption(tmp_path: Path) -> None:
    plan = Plan([("blank.png", lambda: np.full((64, 64, 3), 250, np.uint8)), *IMAGES[:2]], {"same": same})
    first, second = (evaluate_instance(plan, by_script({}), tmp_path) for _ in range(2))
    assert first.skipped == second.skipped == ["blank.png: too small or blank"]


def test_only_drawn_images_are_attacked_and_each_negative_is_asked_in_rounds() -> None:
    seen: list[InstanceQuery] = []

    def search(query: InstanceQuery) -> list[RankedHit]:
        seen.append(query)
        return []

    negatives = [("a", loader(1)), ("b", loader(2))]
    plan = Plan(IMAGES, {"same": same, "moved": moved}, 8, negatives, 3, 2, draw=frozenset(NAMES[:3]))
    report = evaluate_instance(plan, search)
    assert [c.queries for c in report.classes] == [3, 3]
    assert report.negatives == 2 * 3 + 2
    names = [q.name for q in seen if q.name.startswith("negative:")]
    assert len(set(names)) == 8
    assert {n.split(":")[1].split()[0] for n in names[6:]} <= set(NAMES[:3])
    boxes = [q.box for q in seen if q.name.endswith("(box)")]
    assert len(boxes) == 2
    for x, y, w, h in boxes:
        assert 0.35 * 80 <= w <= 0.65 * 80
        assert 0 <= x <= 80 - w
        assert 0 <= y <= 64 - h


def test_a_threshold_is_tried_on_pictures_that_it_was_not_chosen_on() -> None:
    """Of each half the threshold is the lowest right score above all wrong ones."""
    halves = [[n for n in NAMES if half_of(n) == half] for half in (0, 1)]
    assert min(map(len, halves)) >= 2
    scores = {halves[0][0]: 5.0, halves[1][0]: 8.0}
    script = {
        k: [(n, scores.get(n, 9.0), True), ("im99.png", scores.get(n, 9.0) - 2, False)] for k, n in enumerate(NAMES)
    }
    report = evaluate_instance(
        Plan(IMAGES, {"same": same}, negatives=[(n, loader(100)) for n in "abcdefgh"]), by_script(script)
    )
    assert {half_of(n) for n in "abcdefgh"} == {0, 1}
    assert [t.threshold for t in report.held_out] == [9.0, 8.0]
    for t, (chosen, other) in zip(report.held_out, (halves, halves[::-1]), strict=True):
        wrong = sum(scores.get(n, 9.0) - 2 >= t.threshold for n in other)
        right = sum(scores.get(n, 9.0) >= t.threshold for n in other)
        assert (t.right, t.wrong) == (right, wrong)
        assert t.precision == right / (right + wrong)
        assert len(chosen) + len(other) == 8
