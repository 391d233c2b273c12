"""Answers to the queries of an evaluation, and what they add up to."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from indexer.evaluate.instance_metrics import (
    Calibration,
    Tried,
    average_precision,
    calibrate,
    percentile,
    recall_above,
    recall_at,
    tried,
)
from indexer.evaluate.instance_plan import Planned
from indexer.evaluate.statistics import wilson
from indexer.evaluate.types import RankedHit


@dataclass(frozen=True, slots=True)
class Answer:
    """One query and the judged answers to it.

    Attributes:
        planned: What was asked; it makes the query's pixels again for those who want to see them.
        hits, right: Best first, without ignored ones, and whether each is right.
        rank: Of the first right hit, from 1; None if there is none.
        located: Whether its transform is true; None if unknown.
        timings_ms: Stage → milliseconds; `whole` by the clock.
    """

    planned: Planned
    hits: Sequence[RankedHit]
    right: Sequence[bool]
    rank: int | None
    located: bool | None
    timings_ms: Mapping[str, float]

    @property
    def kind(self) -> str:
        """Attack, class of the truth file, or `negatives`."""
        return self.planned.kind

    @property
    def positives(self) -> frozenset[str]:
        """The names of the right answers."""
        return self.planned.positives

    @property
    def negative(self) -> bool:
        """Nothing in the collection is a right answer."""
        return not self.positives

    @property
    def true_score(self) -> float | None:
        """Best score of a right hit."""
        return max((h.score for h, ok in zip(self.hits, self.right, strict=True) if ok), default=None)

    @property
    def false_score(self) -> float | None:
        """Best score of a wrong hit."""
        return max((h.score for h, ok in zip(self.hits, self.right, strict=True) if not ok), default=None)


@dataclass(frozen=True, slots=True)
class ClassResult:
    """Numbers of one class; shares in 0–1, intervals are 95 % (Wilson). See `indexer/evaluate/instance.py`."""

    name: str
    queries: int
    recall_1: float
    recall_1_interval: tuple[float, float]
    recall_10: float
    mean_average_precision: float
    recall_zero_false: float | None
    recall_zero_false_interval: tuple[float, float] | None
    same_print_recall: float
    same_print_right: int
    same_print_wrong: int
    located: float | None


@dataclass(frozen=True, slots=True)
class Report:
    """The whole evaluation.

    Attributes:
        classes: In the order of asking; `overall` puts all their queries together.
        negatives: How many negative queries; `threshold` is the best score that one of them got (None without).
        negatives_vouched: Negative queries with at least one same_print hit.
        same_print_precision, same_print_precision_interval: Over all hits of all queries and negatives.
        latency_ms: Stage → {"p50", "p95"}.
        calibration: Threshold for precision 0.99 on these scores (best right, best wrong, per query).
        held_out: Two such thresholds, each chosen on the queries made of one half of the pictures and tried on those of
            the other half: what to expect of a threshold on pictures that it was not chosen on.
        images, bytes_per_image, seed, skipped: What it was run on.
    """

    classes: Sequence[ClassResult]
    overall: ClassResult
    negatives: int
    threshold: float | None
    negatives_vouched: int
    same_print_precision: float | None
    same_print_precision_interval: tuple[float, float]
    latency_ms: Mapping[str, Mapping[str, float]]
    calibration: Calibration | None
    held_out: Sequence[Tried]
    images: int
    bytes_per_image: float | None
    seed: int
    skipped: Sequence[str]

    def as_dict(self) -> dict[str, Any]:
        """For JSON; numbers that do not exist are None."""
        return {key: _plain(value) for key, value in asdict(self).items()}


def summarise(
    answers: Sequence[Answer], skipped: Sequence[str], images: int, bytes_per_image: float | None, seed: int
) -> Report:
    """Add up the answers."""
    asked = [a for a in answers if not a.negative]
    negative = [a for a in answers if a.negative]
    threshold = _threshold(negative)
    right = sum(_vouched(a, True) for a in answers)
    wrong = sum(_vouched(a, False) for a in answers)
    kinds = list(dict.fromkeys(a.kind for a in asked))
    return Report(
        classes=[_class(kind, [a for a in asked if a.kind == kind], threshold) for kind in kinds],
        overall=_class("all", asked, threshold),
        negatives=len(negative),
        threshold=threshold,
        negatives_vouched=sum(1 for a in negative if _vouched(a, False)),
        same_print_precision=right / (right + wrong) if right + wrong else None,
        same_print_precision_interval=wilson(right, right + wrong),
        latency_ms=_latency(answers),
        calibration=_calibration(asked, negative),
        held_out=_held_out(answers),
        images=images,
        bytes_per_image=bytes_per_image,
        seed=seed,
        skipped=list(skipped),
    )


def _threshold(negative: Sequence[Answer]) -> float | None:
    """The best score of any negative; minus infinity when none of them got an answer; None without negatives."""
    if not negative:
        return None
    return max((a.false_score for a in negative if a.false_score is not None), default=-math.inf)


def _class(name: str, answers: Sequence[Answer], threshold: float | None) -> ClassResult:
    ranks, n = [a.rank for a in answers], len(answers)
    scores = [a.true_score for a in answers]
    precisions = [average_precision(a.right, len(a.positives)) for a in answers]
    above = None if threshold is None else recall_above(scores, threshold)
    located = [a.located for a in answers if a.located is not None]
    return ClassResult(
        name=name,
        queries=n,
        recall_1=recall_at(ranks, 1),
        recall_1_interval=wilson(sum(r == 1 for r in ranks), n),
        recall_10=recall_at(ranks, 10),
        mean_average_precision=sum(precisions) / n if n else math.nan,
        recall_zero_false=above,
        recall_zero_false_interval=None if above is None else wilson(0 if math.isnan(above) else round(above * n), n),
        same_print_recall=sum(1 for a in answers if _vouched(a, True)) / n if n else math.nan,
        same_print_right=sum(_vouched(a, True) for a in answers),
        same_print_wrong=sum(_vouched(a, False) for a in answers),
        located=sum(located) / len(located) if located else None,
    )


def _vouched(answer: Answer, right: bool) -> int:
    """How many of the right (or wrong) hits the search vouches for."""
    return sum(1 for hit, ok in zip(answer.hits, answer.right, strict=True) if hit.same_print and ok is right)


def _latency(answers: Sequence[Answer]) -> dict[str, dict[str, float]]:
    stages = dict.fromkeys(stage for a in answers for stage in a.timings_ms)
    values = {stage: [a.timings_ms[stage] for a in answers if stage in a.timings_ms] for stage in stages}
    return {stage: {"p50": percentile(v, 50), "p95": percentile(v, 95)} for stage, v in values.items()}


def _calibration(asked: Sequence[Answer], negative: Sequence[Answer]) -> Calibration | None:
    false, true = _best((*negative, *asked))
    return calibrate(false, true) if true and negative else None


def _held_out(answers: Sequence[Answer]) -> list[Tried]:
    """Calibrate on each half of the pictures, try on the other; which half a picture is in, its name decides."""
    halves = [[a for a in answers if half_of(a.planned.source) == half] for half in (0, 1)]
    found = []
    for chosen, other in (halves, halves[::-1]):
        threshold = _calibration([a for a in chosen if not a.negative], [a for a in chosen if a.negative])
        if threshold is not None and other:
            found.append(tried(threshold.threshold, *_best(other)))
    return found


def half_of(name: str) -> int:
    """0 or 1, evenly, also for names that are numbers in a row (whose sums of bits would not be)."""
    return hashlib.blake2b(name.encode("utf-8", "surrogatepass"), digest_size=1).digest()[0] % 2


def _best(answers: Sequence[Answer]) -> tuple[list[float], list[float]]:
    """The best score of a wrong hit and that of a right hit of each query that has one."""
    false = [a.false_score for a in answers if a.false_score is not None]
    return false, [a.true_score for a in answers if not a.negative and a.true_score is not None]


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {key: _plain(v) for key, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    return value
