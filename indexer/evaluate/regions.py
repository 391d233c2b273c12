"""How well regions agree with a ground truth: overlap, precision, recall and F1 of boxes, and of pixels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from indexer.core.errors import UsageError
from indexer.core.geometry import iou
from indexer.core.types import Array, Regions
from indexer.evaluate.regions_model import Page, Report, Score
from indexer.evaluate.regions_pixels import PixelCounts, count_pixels
from indexer.evaluate.statistics import wilson

THRESHOLDS = (0.5, 0.75)
GROUPS: Mapping[str, frozenset[str]] = {
    "pictures": frozenset({"illustration", "ornament", "map", "chart", "seal", "music", "object"}),
    "illustration": frozenset({"illustration"}),
    "ornament": frozenset({"ornament"}),
    "initial": frozenset({"initial"}),
}
"""Kinds that are counted together. Ground truths rarely tell ornaments from illustrations: `pictures` is the figure to
compare; where the truth has no ornaments at all, the row `ornament` shows only predictions."""
NEUTRAL = frozenset({"initial", "stamp", "damage", "music", "table", "artefact", "seal"})
"""A picture predicted on a truth region of these kinds is neither right nor wrong for the pictures."""
RESAMPLES = 1000


def evaluate_regions(
    pages: Sequence[Page],
    groups: Mapping[str, frozenset[str]] = GROUPS,
    neutral: frozenset[str] = NEUTRAL,
    seed: int = 0,
) -> Report:
    """Compare predicted with true regions, page by page. Whole-image regions do not count on either side.

    A prediction matches at most one truth region and the other way round (the assignment with most overlap).

    Raises:
        UsageError: No pages.
    """
    if not pages:
        raise UsageError("No page has both an image and a ground truth.", "Check that file names agree.")
    scores, pixels, mean_iou, mean_dice = [], {}, {}, {}
    for group, kinds in groups.items():
        counts = {t: np.array([_count(page, kinds, neutral - kinds, t) for page in pages]) for t in THRESHOLDS}
        scores += [_score(group, t, table, seed) for t, table in counts.items()]
        pixels[group] = _shares(sum((count_pixels(page, kinds) for page in pages), PixelCounts()))
        best = np.concatenate([_best_overlaps(page, kinds) for page in pages])
        mean_iou[group] = float(best.mean()) if len(best) else float("nan")
        mean_dice[group] = float((2 * best / (1 + best)).mean()) if len(best) else float("nan")
    first = groups[next(iter(groups))]
    blank = [page for page in pages if not _select(page.truth, first).any()]
    hit = sum(bool(_unexplained(page, first, neutral - first)) for page in blank)
    return Report(
        len(pages), scores, pixels, mean_iou, mean_dice, len(blank), hit, wilson(hit, len(blank)),
        _worst(pages, first, neutral - first),
    )  # fmt: skip


def _select(regions: Regions, kinds: frozenset[str]) -> Array:
    return np.array([kind in kinds and kind != "whole" for kind in regions.kinds], bool)


def match_boxes(truth: Array, predicted: Array, threshold: float) -> list[tuple[int, int]]:
    """Pairs (truth, prediction) with an overlap of at least `threshold`, each used once, most pairs first."""
    from scipy.optimize import linear_sum_assignment

    if not len(truth) or not len(predicted):
        return []
    overlap = iou(truth, predicted)
    rows, columns = linear_sum_assignment(np.where(overlap >= threshold, 1 + overlap, 0), maximize=True)
    return [(int(r), int(c)) for r, c in zip(rows, columns, strict=True) if overlap[r, c] >= threshold]


def _count(
    page: Page, kinds: frozenset[str], neutral: frozenset[str], threshold: float
) -> tuple[int, int, int, int, int]:
    """Truth, predicted, matched, ignored and found-as-other regions of a page."""
    truth, predicted = (
        page.truth.boxes[_select(page.truth, kinds)],
        page.predicted.boxes[_select(page.predicted, kinds)],
    )
    pairs = match_boxes(truth, predicted, threshold)
    left = np.delete(predicted, [c for _, c in pairs], axis=0)
    ignored = len(match_boxes(page.truth.boxes[_select(page.truth, neutral)], left, threshold))
    missed = np.delete(truth, [r for r, _ in pairs], axis=0)
    others = page.predicted.boxes[[k not in kinds and k != "whole" for k in page.predicted.kinds]]
    return len(truth), len(predicted), len(pairs), ignored, len(match_boxes(missed, others, threshold))


def _score(group: str, threshold: float, table: Array, seed: int) -> Score:
    truth, predicted, matched, ignored, other = (int(v) for v in table.sum(axis=0))
    precision, recall, f1 = (float(v) for v in _rates(table.sum(axis=0)[None])[0])
    rng = np.random.default_rng(seed)
    draws = rng.integers(0, len(table), (RESAMPLES, len(table)))
    rates = _rates(table[draws].sum(axis=1))
    low, high = _percentiles(rates)
    spans = [(float(a), float(b)) for a, b in zip(low, high, strict=True)]
    return Score(
        group, threshold, truth, predicted, matched, ignored, precision, recall, f1, spans[0], spans[1], spans[2], other
    )


def _rates(sums: Array) -> Array:
    """Precision, recall and F1 of rows of sums, float64 (n, 3); NaN where there is nothing to count."""
    truth, matched = sums[:, 0].astype(float), sums[:, 2].astype(float)
    counted = (sums[:, 1] - sums[:, 3]).astype(float)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.stack([matched / counted, matched / truth, 2 * matched / (truth + counted)], axis=1)


def _percentiles(rates: Array) -> tuple[Array, Array]:
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # all-NaN columns are wanted as NaN
        low, high = np.nanpercentile(rates, [2.5, 97.5], axis=0)
    return low, high


def _best_overlaps(page: Page, kinds: frozenset[str]) -> Array:
    """For each true region the overlap with its best prediction of the group, float32 (n,)."""
    truth, predicted = (
        page.truth.boxes[_select(page.truth, kinds)],
        page.predicted.boxes[_select(page.predicted, kinds)],
    )
    overlap: Array = iou(truth, predicted).max(axis=1, initial=0.0)
    return overlap


def _unexplained(page: Page, kinds: frozenset[str], neutral: frozenset[str]) -> int:
    _, predicted, matched, ignored, _ = _count(page, kinds, neutral, THRESHOLDS[0])
    return predicted - matched - ignored


def _worst(pages: Sequence[Page], kinds: frozenset[str], neutral: frozenset[str]) -> list[dict[str, Any]]:
    rows = []
    for page in pages:
        truth, predicted, matched, ignored, _ = _count(page, kinds, neutral, THRESHOLDS[0])
        missed, wrong = truth - matched, predicted - matched - ignored
        if missed or wrong:
            rows.append({"name": page.name, "missed": missed, "wrong": wrong})
    return sorted(rows, key=lambda row: (-row["missed"] - row["wrong"], row["name"]))


def _shares(counts: PixelCounts) -> dict[str, float]:
    return {"iou": counts.iou, "dice": counts.dice, "accuracy": counts.accuracy}
