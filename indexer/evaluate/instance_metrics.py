"""Numbers of the same-print evaluation, each a small pure function."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from indexer.core.errors import UsageError
from indexer.evaluate.statistics import wilson


def recall_at(ranks: Sequence[int | None], k: int) -> float:
    """Share of queries whose first true hit is among the first `k`; ranks from 1, None = not found; NaN for none."""
    return sum(1 for r in ranks if r is not None and r <= k) / len(ranks) if ranks else math.nan


def average_precision(relevant: Sequence[bool], positives: int) -> float:
    """Mean of the precisions at each true hit of a ranking; true images that are not in it count as 0.

    Args:
        relevant: For each hit, best first, whether it is true; ignored hits already left out.
        positives: How many true images there are (≥ 1).
    """
    found, total = 0, 0.0
    for rank, true in enumerate(relevant, start=1):
        if true:
            found += 1
            total += found / rank
    return total / positives


def recall_above(true_scores: Sequence[float | None], threshold: float) -> float:
    """Share of queries whose best true hit scores above `threshold`; None = not found. NaN for no queries."""
    if not true_scores:
        return math.nan
    return sum(1 for s in true_scores if s is not None and s > threshold) / len(true_scores)


def percentile(values: Sequence[float], q: float) -> float:
    """Linear percentile, NaN when there are no values."""
    return float(np.percentile(np.asarray(values, np.float64), q)) if values else math.nan


@dataclass(frozen=True, slots=True)
class Calibration:
    """A threshold and what it gives on the scores it was set on.

    Attributes:
        threshold: Scores at or above it are accepted.
        precision: Accepted positives / accepted; NaN when nothing is accepted.
        interval: 95 % Wilson interval of the precision.
        recall: Accepted positives / positives.
        false_positives, negatives, positives: Counts.
    """

    threshold: float
    precision: float
    interval: tuple[float, float]
    recall: float
    false_positives: int
    negatives: int
    positives: int


def calibrate(
    scores_negative: Sequence[float], scores_positive: Sequence[float], precision: float = 0.99
) -> Calibration:
    """The lowest threshold from which on, upwards, the precision never falls below `precision`.

    Precision is that of the mixture given: it holds for users only if true and false candidates come in
    similar shares, so give many more negatives than positives when true copies are rare.

    Args:
        scores_negative: Scores of candidates known to be false (the best of each negative query, say).
        scores_positive: Scores of candidates known to be true.
        precision: Wanted, in (0, 1].

    Returns:
        The calibration; its threshold is above all scores when no score reaches the precision.

    Raises:
        UsageError: `precision` out of range, or a score that is not finite.
    """
    if not 0 < precision <= 1:
        raise UsageError(f"precision must be in (0, 1], got {precision}.", "Use 0.99, say.")
    negative, positive = np.sort(np.asarray(scores_negative, float)), np.sort(np.asarray(scores_positive, float))
    if not (np.isfinite(negative).all() and np.isfinite(positive).all()):
        raise UsageError("Scores must be finite numbers.", "Leave out queries without an answer.")
    best = math.nextafter(max([*negative[-1:], *positive[-1:], -math.inf]), math.inf)
    for threshold in np.unique(np.concatenate([negative, positive]))[::-1]:
        true = len(positive) - int(np.searchsorted(positive, threshold))
        false = len(negative) - int(np.searchsorted(negative, threshold))
        if true < precision * (true + false):
            break
        best = float(threshold)
    true = len(positive) - int(np.searchsorted(positive, best))
    false = len(negative) - int(np.searchsorted(negative, best))
    return Calibration(
        best,
        true / (true + false) if true + false else math.nan,
        wilson(true, true + false),
        true / len(positive) if len(positive) else math.nan,
        false,
        len(negative),
        len(positive),
    )


@dataclass(frozen=True, slots=True)
class Tried:
    """A threshold on scores that it was not chosen on.

    Attributes:
        threshold: Scores at or above it are accepted.
        right, wrong: Accepted ones.
        precision: Their share of right ones; NaN when nothing is accepted.
        interval: 95 % Wilson interval of it.
        recall: Accepted right ones / right ones.
    """

    threshold: float
    right: int
    wrong: int
    precision: float
    interval: tuple[float, float]
    recall: float


def tried(threshold: float, scores_negative: Sequence[float], scores_positive: Sequence[float]) -> Tried:
    """What a threshold gives."""
    right = sum(s >= threshold for s in scores_positive)
    wrong = sum(s >= threshold for s in scores_negative)
    found = right + wrong
    precision = right / found if found else math.nan
    recall = right / len(scores_positive) if scores_positive else math.nan
    return Tried(threshold, right, wrong, precision, wilson(right, found), recall)
