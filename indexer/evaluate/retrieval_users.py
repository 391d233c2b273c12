"""Simulated users: what relevance feedback gains when somebody says yes and no, sometimes wrongly."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from indexer.core.types import Array
from indexer.evaluate.retrieval import Labels, Rank, Report, RetrievalSettings, Task, hits_of, tasks_of
from indexer.evaluate.retrieval_metrics import average_precision, mean_of

Feedback = Callable[[int, Sequence[int], Sequence[int]], Sequence[int]]
"""`feedback(query, positive, negative)`: image ids ranked after these judgements, best first. Judged images may be
in it or not; they are never counted."""


@dataclass(frozen=True, slots=True)
class UserSettings:
    """How the users behave.

    Attributes:
        rounds: How often they judge.
        judgements: Pictures judged in a round: the first of the list that are not judged yet.
        noise: Share of judgements that are wrong.
        seed: Of the mistakes.
    """

    rounds: int = 3
    judgements: int = 10
    noise: float = 0.0
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Session:
    """What one user saw.

    Attributes:
        before: Average precision of the first ranking on what is left unjudged at the end.
        after: The same of the last ranking.
        rounds: Average precision of the ranking after each round on what was unjudged then, the first ranking's first.
    """

    task: Task
    before: float
    after: float
    rounds: tuple[float, ...]


def simulate_feedback(
    labels: Labels,
    rank: Rank,
    feedback: Feedback,
    settings: RetrievalSettings | None = None,
    users: UserSettings | None = None,
) -> Report:
    """Let a simulated user judge for every query of every label.

    The report has `map_before` and `map_after` on the same, finally unjudged images, their ratio `gain`, the share
    of sessions that ended `worse` than they began, and `map_round_N` on what was unjudged at that time.

    Raises:
        UsageError: No label has enough images.
    """
    settings, users = settings or RetrievalSettings(), users or UserSettings()
    tasks, notes = tasks_of(labels, settings)
    rows: dict[str, list[dict[str, float]]] = {}
    for number, task in enumerate(tasks):
        rng = np.random.default_rng([users.seed, number])
        session = simulate(task, labels, rank, feedback, users, rng)
        rows.setdefault(task.label, []).append(_row(session))
    by_label = {name: _with_gain(mean_of(r)) | {"queries": len(r)} for name, r in rows.items()}
    overall = _with_gain(mean_of([mean_of(r) for r in rows.values()]))
    return Report(overall, by_label, len(tasks), notes)


def simulate(
    task: Task, labels: Labels, rank: Rank, feedback: Feedback, users: UserSettings, rng: np.random.Generator
) -> Session:
    """One user with one query."""
    first = _known(rank(task.query), labels, task.query)
    ranking = first
    positive: list[int] = []
    negative: list[int] = []
    course = [_remaining_precision(first, task, set())]
    for _ in range(users.rounds):
        judged = {*positive, *negative}
        shown = [i for i in ranking if i not in judged][: users.judgements]
        for image in shown:
            says_yes = (image in task.relevant) != (rng.random() < users.noise)
            (positive if says_yes else negative).append(image)
        ranking = _known(feedback(task.query, positive, negative), labels, task.query)
        course.append(_remaining_precision(ranking, task, {*positive, *negative}))
    judged = {*positive, *negative}
    return Session(task, _remaining_precision(first, task, judged), course[-1], tuple(course))


def _known(ranking: Sequence[int], labels: Labels, query: int) -> list[int]:
    return [i for i in ranking if i != query and labels.get(i)]


def _remaining_precision(ranking: Sequence[int], task: Task, judged: set[int]) -> float:
    hits: Array = hits_of(ranking, task.relevant, judged)
    return average_precision(hits, len(task.relevant - judged))


def _row(session: Session) -> dict[str, float]:
    known = np.isfinite(session.before) and np.isfinite(session.after)
    row: dict[str, Any] = {
        "map_before": session.before,
        "map_after": session.after,
        "worse": float(session.after < session.before - 1e-9) if known else float("nan"),
    }
    return row | {f"map_round_{n}": value for n, value in enumerate(session.rounds)}


def _with_gain(row: dict[str, float]) -> dict[str, float]:
    before = row["map_before"]
    return {**row, "gain": row["map_after"] / before if before > 0 else float("nan")}
