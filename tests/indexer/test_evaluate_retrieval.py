"""Evaluation over labels, simulated users, and reading of labels."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from indexer.core.errors import NotFoundError, UsageError
from indexer.evaluate.retrieval import RetrievalSettings, evaluate_retrieval, tasks_of
from indexer.evaluate.retrieval_truth import best_field, labels_of_field, read_labels
from indexer.evaluate.retrieval_users import UserSettings, simulate_feedback

LABELS = {**{i: {"a"} for i in range(6)}, **{i: {"b"} for i in range(6, 12)}, 12: set(), 13: {"rare"}}
SETTINGS = RetrievalSettings(depths=(2,), least=5)


def perfect(query: int) -> list[int]:
    """Same label first; the query itself and an unlabelled image on top do no harm."""
    return [query, 12, *sorted(LABELS, key=lambda i: LABELS[i] != LABELS[query])]


def test_a_perfect_ranking_scores_one() -> None:
    report = evaluate_retrieval(LABELS, perfect, SETTINGS)
    assert report.overall["map"] == pytest.approx(1.0)
    assert report.overall["precision@2"] == pytest.approx(1.0)
    assert report.overall["recall@2"] == pytest.approx(0.4)
    assert report.by_label["a"]["images"] == 6
    assert report.queries == 12
    assert "1 of 3 labels" in report.notes[0]


def test_a_ranking_by_id_scores_as_worked_out_by_hand() -> None:
    settings = RetrievalSettings(depths=(1,), least=2, most=1.0)
    labels = {1: {"x"}, 2: {"y"}, 3: {"x"}, 4: {"y"}}
    report = evaluate_retrieval(labels, lambda q: [1, 2, 3, 4], settings)
    # x: query 1 sees 2 3 4 → 1/2; query 3 sees 1 2 4 → 1. y: query 2 sees 1 3 4 → 1/3; query 4 sees 1 2 3 → 1/2.
    assert report.by_label["x"]["map"] == pytest.approx(0.75)
    assert report.by_label["y"]["map"] == pytest.approx(5 / 12)
    assert report.overall["map"] == pytest.approx((0.75 + 5 / 12) / 2)
    assert report.overall["precision@1"] == pytest.approx(0.25)


def test_answers_that_are_missing_from_a_short_list_count() -> None:
    report = evaluate_retrieval(LABELS, lambda q: perfect(q)[:4], SETTINGS)
    assert report.overall["map"] < 0.5


def test_queries_are_drawn_the_same_for_the_same_seed() -> None:
    few = RetrievalSettings(queries=2, least=5)
    first, second = tasks_of(LABELS, few)[0], tasks_of(LABELS, few)[0]
    assert first == second
    assert len(first) == 4
    assert [t.query for t in first] != [t.query for t in tasks_of(LABELS, RetrievalSettings(queries=2, seed=5))[0]]


def test_no_usable_label_says_what_to_do() -> None:
    with pytest.raises(UsageError, match="at least 5 images"):
        evaluate_retrieval({1: {"a"}, 2: {"b"}}, lambda q: [])


def test_the_report_is_json_without_nan() -> None:
    report = evaluate_retrieval(LABELS, perfect, SETTINGS)
    again = json.loads(json.dumps(report.to_json(), allow_nan=False))
    assert again["overall"]["map"] == 1.0
    assert again["labels"] == 2


MANY = {i: {"a" if i % 2 else "b"} for i in range(60)}


def by_id(query: int) -> list[int]:
    return sorted(MANY)


def learns(query: int, positive: Sequence[int], negative: Sequence[int]) -> list[int]:
    """Ranks the labels of what was liked first."""
    liked = set().union(*(MANY[i] for i in positive))
    return sorted(MANY, key=lambda i: not (MANY[i] & liked))


def test_feedback_that_learns_gains_on_what_is_left() -> None:
    users = UserSettings(rounds=2, judgements=4)
    report = simulate_feedback(MANY, by_id, learns, SETTINGS, users)
    assert report.overall["map_after"] == pytest.approx(1.0)
    assert report.overall["map_round_1"] == pytest.approx(1.0)
    assert report.overall["map_before"] < 0.7
    assert report.overall["gain"] == pytest.approx(1 / report.overall["map_before"])
    assert report.overall["worse"] == 0.0


def test_a_session_is_as_worked_out_by_hand() -> None:
    labels = {1: {"x"}, 2: {"y"}, 3: {"x"}, 4: {"x"}, 5: {"y"}, 6: {"x"}}
    calls: list[tuple[list[int], list[int]]] = []

    def feedback(query: int, positive: Sequence[int], negative: Sequence[int]) -> list[int]:
        calls.append((list(positive), list(negative)))
        return [6, 5, 4, 3, 2, 1]

    settings = RetrievalSettings(least=4, most=1.0, queries=1, seed=0)
    report = simulate_feedback(labels, lambda q: [1, 2, 3, 4, 5, 6], feedback, settings, UserSettings(1, 2))
    query = next(t.query for t in tasks_of(labels, settings)[0] if t.label == "x")
    shown = [i for i in [1, 2, 3, 4, 5, 6] if i != query][:2]
    assert calls[0] == ([i for i in shown if i in {1, 3, 4, 6}], [i for i in shown if i in {2, 5}])
    rest = [i for i in [3, 4, 5, 6] if i != query and i not in shown]
    relevant = [i in {3, 4, 6} for i in rest]
    assert report.by_label["x"]["map_before"] == pytest.approx(naive_ap(relevant))
    assert report.by_label["x"]["map_after"] == pytest.approx(naive_ap(relevant[::-1]))


def naive_ap(relevant: list[bool]) -> float:
    found, summed = 0, 0.0
    for rank, hit in enumerate(relevant, start=1):
        found += hit
        summed += hit * found / rank
    return summed / found


def test_nobody_is_asked_twice_and_mistakes_come_at_their_rate() -> None:
    labels = {i: {"a" if i % 2 else "b"} for i in range(400)}
    wrong = total = 0

    def feedback(query: int, positive: Sequence[int], negative: Sequence[int]) -> list[int]:
        nonlocal wrong, total
        assert len({*positive, *negative}) == len(positive) + len(negative)
        assert query not in {*positive, *negative}
        if len(positive) + len(negative) == 100:
            total += 100
            wrong += sum(i % 2 != query % 2 for i in positive) + sum(i % 2 == query % 2 for i in negative)
        return list(range(400))

    settings = RetrievalSettings(queries=10)
    simulate_feedback(labels, lambda q: list(range(400)), feedback, settings, UserSettings(2, 50, 0.1))
    assert total == 2000
    assert wrong / total == pytest.approx(0.1, abs=0.03)


def test_all_judged_leaves_nothing_to_measure() -> None:
    report = simulate_feedback(MANY, by_id, learns, SETTINGS, UserSettings(1, 100))
    assert math.isnan(report.overall["map_after"])
    assert report.to_json()["overall"]["gain"] is None


class Catalogue:
    names = ("genre", "title")

    def __init__(self) -> None:
        genre = ["map; print", "map", None, "print", "map", "map", "print", "print", "print"]
        self._columns = {"genre": genre, "title": [f"t{i}" for i in range(9)]}

    def field(self, name: str) -> Any:
        return SimpleNamespace(column=pa.array(self._columns[name])) if name in self._columns else None


SNAPSHOT = SimpleNamespace(images=SimpleNamespace(ids=np.arange(10, 19)), catalogue=Catalogue())


def test_labels_of_a_field_are_split() -> None:
    labels = labels_of_field(SNAPSHOT, "genre")
    assert labels[10] == {"map", "print"}
    assert 12 not in labels
    with pytest.raises(NotFoundError, match="Fields: genre, title"):
        labels_of_field(SNAPSHOT, "colour")


def test_the_field_that_groups_most_images_is_chosen() -> None:
    assert best_field(SNAPSHOT, least=3, most=0.7) == "genre"
    with pytest.raises(UsageError, match="no field with labels"):
        best_field(SNAPSHOT, least=30)


def find(name: str) -> list[int]:
    return {"a.png": [1], "b.png": [2, 3]}.get(name, [])


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("t.csv", "\ufefffilename,label\na.png,x; y\nb.png,x\ngone.png,z\n"),
        ("t.json", '{"a.png": ["x", "y"], "b.png": "x", "gone.png": ["z"]}'),
    ],
)
def test_labels_are_read_from_files(tmp_path: Path, file: str, text: str) -> None:
    (tmp_path / file).write_text(text, encoding="utf-8")
    labels, notes = read_labels(tmp_path / file, find)
    assert labels == {1: {"x", "y"}, 2: {"x"}, 3: {"x"}}
    assert notes == [f"1 of 3 names in {file} are not in the collection."]


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        ("t.csv", "who,what\na,b\n", "has the columns who, what"),
        ("t.csv", "filename,label\nx.png,y\n", "None of the 1 names"),
        ("t.json", "[1, 2]", "does not hold labels"),
        ("t.json", "{", "cannot be read"),
    ],
)
def test_unusable_truth_files_say_why(tmp_path: Path, file: str, text: str, message: str) -> None:
    (tmp_path / file).write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match=message):
        read_labels(tmp_path / file, find)
    with pytest.raises(UsageError, match="cannot be read"):
        read_labels(tmp_path / "absent.csv", find)
