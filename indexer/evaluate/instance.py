"""How well the same print is found again: the protocol of `iconoscope evaluate instance`.

For each attack, `per_class` images of the collection are drawn (seeded), attacked, and searched for. The image itself
is the one right answer; images that the truth file calls copies of it are left out of the ranking. Queries of a truth
file are asked as they are, without the image they come from. Negatives are pictures that the collection does not have
(or, with `leave_one_out`, attacked pictures of the collection whose original and known copies may not come back): every
answer to them is wrong. Half of the negatives are attacked too, by the classes in turn, so that they look like queries.

- recall@k: the first right image is among the first k.
- mAP: mean average precision; right images that do not come back count as zero.
- recall at zero false positives: a right image scores above the best score that any negative got.
- same_print: precision = right among all hits that the search vouches for (queries and negatives together);
  recall = queries with at least one right image vouched for.
- located: the transform puts the picture within a tenth of its diagonal of where it truly is (attacks only).
- latency: medians and 95th percentiles of the stages that the search reports, and of the whole by the clock.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from indexer.core.errors import IconoscopeError
from indexer.core.geometry import box_corners, transform_points
from indexer.core.types import Array
from indexer.evaluate.attacks import ATTACKS, Attack
from indexer.evaluate.instance_results import Answer, Report, summarise
from indexer.evaluate.instance_truth import Truth, known_copies
from indexer.evaluate.types import InstanceQuery, Loader, RankedHit, Ranking, SearchFn
from indexer.printshop.chance import generator

NEGATIVE = "negatives"
LEAST_SIDE, LEAST_DEVIATION = 48, 6.0
"""Images smaller or flatter (standard deviation of grey) than this are not attacked: nobody could find them."""


@dataclass(frozen=True, slots=True)
class Task:
    """A query with what is known about it; `truth_transform` maps the positive image to the query."""

    kind: str
    query: InstanceQuery
    positives: frozenset[str]
    ignore: frozenset[str]
    truth_transform: Array | None = None
    original_size: tuple[int, int] | None = None


def evaluate_instance(
    images: Sequence[tuple[str, Loader]],
    search: SearchFn,
    attacks: Mapping[str, Attack] | None = None,
    per_class: int = 40,
    negatives: Sequence[Loader] = (),
    truth: Truth | None = None,
    seed: int = 1,
    out: Path | None = None,
    leave_one_out: int = 0,
    bytes_per_image: float | None = None,
    progress: Callable[[int, int], None] | None = None,
    truth_per_class: int | None = None,
) -> Report:
    """Run the protocol described at the top of this file.

    Args:
        images: Name and loader of each image of the collection.
        search: The search under test.
        attacks: Classes to run; all for None, none for an empty mapping.
        per_class: Images for each attack (fewer if the collection is smaller).
        negatives: Pictures that are not in the collection.
        truth: Known copies in the collection's names (`load_truth`, `matched`); their queries are asked too.
        seed: Of the choice of images and of the attacks.
        out: Folder for `report.json`, `report.md`, `failures.png`, `failures.html`; nothing is written for None.
        leave_one_out: Further negatives made from the collection, each with its original excluded.
        bytes_per_image: Of the index, reported as given.
        progress: Called with queries done and queries in all.
        truth_per_class: At most so many queries of each class of the truth file (drawn by the seed); None for all.

    Returns:
        The report.
    """
    loaders = dict(images)
    chosen = ATTACKS if attacks is None else attacks
    copies = known_copies(truth)
    truth = _fewer(truth, truth_per_class, seed)
    total = len(chosen) * min(per_class, len(images)) + len(negatives) + leave_one_out
    total += sum(len(queries) for queries in (truth or {}).values())
    answers: list[Answer] = []
    skipped: list[str] = []
    for task in _tasks(images, loaders, chosen, per_class, negatives, truth, copies, seed, leave_one_out, skipped):
        answers.append(ask(task, search))
        if progress:
            progress(min(len(answers) + len(skipped), total), total)
    report = summarise(answers, skipped, len(images), bytes_per_image, seed)
    if out is not None:
        from indexer.evaluate.report import write_report

        write_report(report, answers, loaders, out)
    return report


def ask(task: Task, search: SearchFn) -> Answer:
    """Put one query and judge the answers."""
    start = time.perf_counter()
    result = search(task.query)
    elapsed = (time.perf_counter() - start) * 1000
    ranking = result if isinstance(result, Ranking) else Ranking(result)
    hits = [h for h in ranking.hits if h.image not in task.ignore - task.positives]
    right = [h.image in task.positives for h in hits]
    first = right.index(True) if True in right else None
    return Answer(
        kind=task.kind,
        query=task.query,
        positives=task.positives,
        hits=hits,
        right=right,
        rank=None if first is None else first + 1,
        located=None if first is None else _located(task, hits[first]),
        timings_ms={**ranking.timings_ms, "whole": elapsed},
    )


def _tasks(
    images: Sequence[tuple[str, Loader]],
    loaders: Mapping[str, Loader],
    attacks: Mapping[str, Attack],
    per_class: int,
    negatives: Sequence[Loader],
    truth: Truth | None,
    copies: Mapping[str, frozenset[str]],
    seed: int,
    leave_one_out: int,
    skipped: list[str],
) -> Iterator[Task]:
    for kind, attack in attacks.items():
        for name, picture in _drawn(images, per_class, seed, kind, skipped):
            yield _attacked(kind, attack, name, picture, copies.get(name, frozenset()), seed)
    for kind, queries in (truth or {}).items():
        for known in queries:
            rgb = _load(known.image, loaders.get(known.image), skipped)
            if rgb is not None:
                query = InstanceQuery(f"{kind}:{known.image}", rgb, known.box, frozenset([known.image]))
                yield Task(kind, query, known.positives, known.ignore | {known.image})
    for index, loader in enumerate(negatives):
        rgb = _load(f"negative {index}", loader, skipped)
        if rgb is not None:
            yield _negative(f"negative {index}", rgb, index, attacks, frozenset(), seed)
    for index, (name, picture) in enumerate(_drawn(images, leave_one_out, seed, "leave one out", skipped)):
        yield _negative(name, picture, index, attacks, copies.get(name, frozenset()) | {name}, seed)


def _fewer(truth: Truth | None, limit: int | None, seed: int) -> Truth | None:
    """At most `limit` queries of each class, drawn by the seed, in their order."""
    if truth is None or limit is None:
        return truth
    order = {kind: generator(seed, "truth", kind).permutation(len(queries)) for kind, queries in truth.items()}
    return {kind: [queries[i] for i in sorted(order[kind][:limit])] for kind, queries in truth.items()}


def _attacked(kind: str, attack: Attack, name: str, rgb: Array, copies: frozenset[str], seed: int) -> Task:
    result = attack(rgb, generator(seed, kind, name))
    query = InstanceQuery(f"{kind}:{name}", result.rgb, result.box)
    size = (int(rgb.shape[1]), int(rgb.shape[0]))
    return Task(kind, query, frozenset([name]), copies, result.transform, size)


def _negative(
    name: str, rgb: Array, index: int, attacks: Mapping[str, Attack], hidden: frozenset[str], seed: int
) -> Task:
    box = None
    if attacks and index % 2:
        kind = list(attacks)[index // 2 % len(attacks)]
        result = attacks[kind](rgb, generator(seed, "negative", name))
        rgb, box = result.rgb, result.box
    return Task(NEGATIVE, InstanceQuery(f"negative:{name}", rgb, box, hidden), frozenset(), hidden)


def _drawn(
    images: Sequence[tuple[str, Loader]], count: int, seed: int, kind: str, skipped: list[str]
) -> Iterator[tuple[str, Array]]:
    """Up to `count` usable images in a seeded order of their own for each class."""
    given = 0
    for position in generator(seed, "draw", kind).permutation(len(images)) if count else ():
        name, loader = images[int(position)]
        rgb = _load(name, loader, skipped)
        if rgb is not None:
            yield name, rgb
            given += 1
            if given == count:
                return


def _load(name: str, loader: Loader | None, skipped: list[str]) -> Array | None:
    if loader is None:
        skipped.append(f"{name}: not at hand")
        return None
    try:
        rgb = loader()
    except (OSError, ValueError, IconoscopeError) as error:
        skipped.append(f"{name}: {error}")
        return None
    if min(rgb.shape[:2]) < LEAST_SIDE or float(np.std(rgb.mean(axis=2))) < LEAST_DEVIATION:
        skipped.append(f"{name}: too small or blank")
        return None
    return rgb


def _located(task: Task, hit: RankedHit) -> bool | None:
    """Whether the hit's transform agrees with the truth within a tenth of the diagonal; None if either is unknown."""
    if task.truth_transform is None or task.original_size is None or hit.transform is None:
        return None
    width, height = task.original_size
    h, w = task.query.rgb.shape[:2]
    corners = box_corners(task.query.box or (0.0, 0.0, float(w), float(h)))
    back = np.linalg.inv(task.truth_transform)
    visible = np.clip(transform_points(back, corners), 0, (width, height))
    inside = transform_points(task.truth_transform, visible)
    error = np.linalg.norm(transform_points(hit.transform, inside) - visible, axis=1)
    return bool(np.median(error) <= 0.1 * np.hypot(width, height))
