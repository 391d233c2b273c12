"""How well the same print is found again: the protocol of `iconoscope evaluate instance`.

For each attack, `per_class` images of the collection are drawn (seeded), attacked, and searched for. The image itself
is the one right answer; images that the truth file calls copies of it are left out of the ranking. Queries of a truth
file are asked as they are, without the image they come from. Negatives are pictures that the collection does not have
(or, with `leave_one_out`, attacked pictures of the collection whose original and known copies may not come back): every
answer to them is wrong. Half of the negatives are attacked too, by the classes in turn, so that they look like queries;
with `negative_rounds` each is asked again, first by a box on it, then attacked in other ways.

- recall@k: the first right image is among the first k.
- mAP: mean average precision; right images that do not come back count as zero.
- recall at zero false positives: a right image scores above the best score that any negative got.
- same_print: precision = right among all hits that the search vouches for (queries and negatives together);
  recall = queries with at least one right image vouched for.
- located: the transform puts the picture within a tenth of its diagonal of where it truly is (attacks only).
- latency: medians and 95th percentiles of the stages that the search reports, of the whole by the clock, and of the
  processor time of the whole (`processor`), which says more on a busy machine.

With a folder to write to, every answer is kept as it comes (instance_journal.py): a run that was interrupted goes on.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from indexer.core.geometry import box_corners, transform_points
from indexer.evaluate.instance_journal import Journal, Stored
from indexer.evaluate.instance_plan import Made, Plan, Planned, Unusable
from indexer.evaluate.instance_results import Answer, Report, summarise
from indexer.evaluate.types import RankedHit, Ranking, SearchFn


def evaluate_instance(
    plan: Plan,
    search: SearchFn,
    out: Path | None = None,
    bytes_per_image: float | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Report:
    """Run the protocol described at the top of this file.

    Args:
        plan: What is asked.
        search: The search under test.
        out: Folder for `report.json`, `report.md`, `failures.png`, `failures.html` and the answers; nothing is written
            for None. Answers that it holds are not asked again.
        bytes_per_image: Of the index, reported as given.
        progress: Called with queries done and queries in all.

    Returns:
        The report.

    Raises:
        UsageError: `out` holds the answers of another evaluation.
    """
    journal = Journal(out, {"images": len(plan.images), "seed": plan.seed})
    series = plan.series()
    total = sum(min(s.count, max(len(plan.images), len(plan.negatives) * plan.negative_rounds)) for s in series)
    answers: list[Answer] = []
    skipped: list[str] = []
    for part in series:
        given = 0
        for planned in part.queries if part.count else ():
            stored = journal.get(planned.name) or _asked(planned, search, journal)
            if stored.reason:
                skipped.append(f"{planned.source}: {stored.reason}")
            else:
                given += 1
                answers.append(judge(planned, stored))
            if progress:
                progress(min(len(answers) + len(skipped), total), total)
            if given == part.count:
                break
    report = summarise(answers, skipped, len(plan.images), bytes_per_image, plan.seed)
    if out is not None:
        from indexer.evaluate.report import write_report

        write_report(report, answers, dict(plan.images), out)
    return report


def _asked(planned: Planned, search: SearchFn, journal: Journal) -> Stored:
    try:
        stored = ask(planned, planned.make(), search)
    except Unusable as error:
        stored = Stored(planned.name, reason=str(error))
    journal.add(stored)
    return stored


def ask(planned: Planned, made: Made, search: SearchFn) -> Stored:
    """Put one query."""
    start, spent = time.perf_counter(), time.process_time()
    result = search(made.query)
    elapsed, spent = (time.perf_counter() - start) * 1000, (time.process_time() - spent) * 1000
    ranking = result if isinstance(result, Ranking) else Ranking(result)
    located = {h.image: _located(made, h) for h in ranking.hits if h.image in planned.positives}
    return Stored(planned.name, ranking.hits, located, {**ranking.timings_ms, "whole": elapsed, "processor": spent})


def judge(planned: Planned, stored: Stored) -> Answer:
    """Which of the hits are right."""
    hits = [h for h in stored.hits if h.image not in planned.ignore - planned.positives]
    right = [h.image in planned.positives for h in hits]
    first = right.index(True) if True in right else None
    return Answer(
        planned=planned,
        hits=hits,
        right=right,
        rank=None if first is None else first + 1,
        located=None if first is None else (stored.located or {}).get(hits[first].image),
        timings_ms=stored.timings_ms or {},
    )


def _located(made: Made, hit: RankedHit) -> bool | None:
    """Whether the hit's transform agrees with the truth within a tenth of the diagonal; None if either is unknown."""
    if made.transform is None or made.size is None or hit.transform is None:
        return None
    width, height = made.size
    h, w = made.query.rgb.shape[:2]
    corners = box_corners(made.query.box or (0.0, 0.0, float(w), float(h)))
    back = np.linalg.inv(made.transform)
    visible = np.clip(transform_points(back, corners), 0, (width, height))
    inside = transform_points(made.transform, visible)
    error = np.linalg.norm(transform_points(hit.transform, inside) - visible, axis=1)
    return bool(np.median(error) <= 0.1 * np.hypot(width, height))
