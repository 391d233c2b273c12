"""`iconoscope evaluate retrieval`: how well a collection's labels are found, and how well feedback helps.

Knows nothing of search engines: the front door injects how to rank.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from indexer.core.errors import UsageError
from indexer.core.types import Array
from indexer.evaluate.retrieval_metrics import mean_of, measure

Rank = Callable[[int], Sequence[int]]
"""`rank(image_id)`: ids of the collection's images by likeness to that image, best first. May be cut short, may
hold the image itself (it is left out)."""
Labels = Mapping[int, AbstractSet[str]]
"""Labels of each image; images without any say nothing and are left out of the lists."""


@dataclass(frozen=True, slots=True)
class RetrievalSettings:
    """What is measured.

    Attributes:
        depths: The k of precision, recall and nDCG.
        least: Labels with fewer images than this are left out.
        most: Labels carried by more than this share of the labelled images are left out: they separate nothing.
        queries: Most queries of one label, drawn at random.
        seed: Of that draw, and of the simulated users.
    """

    depths: tuple[int, ...] = (1, 5, 10, 50)
    least: int = 5
    most: float = 0.5
    queries: int = 20
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Task:
    """One query with its answers: find the other images with `label`, starting from `query`."""

    query: int
    label: str
    relevant: frozenset[int]


@dataclass(frozen=True, slots=True)
class Report:
    """What was measured.

    Attributes:
        overall: Means over labels (each counts the same), by measure.
        by_label: The same for each label, with `images` and `queries`.
        queries: Number of queries.
        notes: What was left out and why.
    """

    overall: Mapping[str, float]
    by_label: Mapping[str, Mapping[str, float]]
    queries: int
    notes: Sequence[str] = field(default=())

    def to_json(self) -> dict[str, Any]:
        """Rounded numbers, for one JSON document; a measure that does not exist is null."""
        return {
            "queries": self.queries,
            "labels": len(self.by_label),
            "overall": _rounded(self.overall),
            "by_label": {name: _rounded(row) for name, row in self.by_label.items()},
            "notes": list(self.notes),
        }


def evaluate_retrieval(labels: Labels, rank: Rank, settings: RetrievalSettings | None = None) -> Report:
    """Query with labelled images and see where the others of their label come.

    Raises:
        UsageError: No label has enough images.
    """
    settings = settings or RetrievalSettings()
    tasks, notes = tasks_of(labels, settings)
    ranked: dict[int, Sequence[int]] = {}
    rows: dict[str, list[dict[str, float]]] = {}
    for task in tasks:
        if task.query not in ranked:
            ranked[task.query] = [i for i in rank(task.query) if i != task.query and labels.get(i)]
        hits = np.array([i in task.relevant for i in ranked[task.query]], bool)
        rows.setdefault(task.label, []).append(measure(hits, len(task.relevant), settings.depths))
    sizes = {task.label: len(task.relevant) + 1 for task in tasks}
    by_label = {name: {**mean_of(r), "images": sizes[name], "queries": len(r)} for name, r in rows.items()}
    return Report(mean_of([mean_of(r) for r in rows.values()]), by_label, len(tasks), notes)


def tasks_of(labels: Labels, settings: RetrievalSettings) -> tuple[list[Task], list[str]]:
    """The queries of every usable label, and what was left out; the same for the same seed.

    Raises:
        UsageError: No label has enough images.
    """
    members: dict[str, list[int]] = {}
    labelled = 0
    for image, names in sorted(labels.items()):
        labelled += bool(names)
        for name in names:
            members.setdefault(name, []).append(image)
    usable = {n: m for n, m in sorted(members.items()) if settings.least <= len(m) <= settings.most * labelled}
    if not usable:
        raise UsageError(
            f"No label is carried by at least {settings.least} images and at most {settings.most:.0%} of them.",
            "Choose another field with --field, give labels with --truth, or label more images.",
        )
    rng = np.random.default_rng(settings.seed)
    tasks = []
    for name, images in usable.items():
        drawn = rng.permutation(len(images))[: settings.queries]
        for at in np.sort(drawn):
            tasks.append(Task(images[at], name, frozenset(images) - {images[at]}))
    dropped = len(members) - len(usable)
    notes = [f"{dropped} of {len(members)} labels are too rare or too common and were left out."] if dropped else []
    return tasks, notes


def hits_of(ranking: Sequence[int], relevant: AbstractSet[int], left_out: AbstractSet[int]) -> Array:
    """bool (n,): relevance of each item of a ranking without the items `left_out`."""
    return np.array([i in relevant for i in ranking if i not in left_out], bool)


def _rounded(row: Mapping[str, float]) -> dict[str, float | None]:
    return {name: round(float(value), 4) if np.isfinite(value) else None for name, value in row.items()}
