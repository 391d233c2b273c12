"""Measures of a ranked list with known answers: average precision, precision, recall, nDCG."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from indexer.core.types import Array


def average_precision(hits: Array, total: int) -> float:
    """Mean of the precision at each relevant item; those that the list lacks count zero.

    Args:
        hits: bool (n,): whether the item at each rank is relevant.
        total: How many relevant items there are, at least those in the list.

    Returns:
        0–1; NaN when there is nothing to find.
    """
    if total <= 0:
        return float("nan")
    ranks = np.flatnonzero(hits) + 1.0
    return float((np.arange(1, len(ranks) + 1) / ranks).sum() / total)


def precision_at(hits: Array, k: int) -> float:
    """Share of relevant items among the first k; a shorter list is filled with irrelevant ones."""
    return float(np.count_nonzero(hits[:k])) / k


def recall_at(hits: Array, total: int, k: int) -> float:
    """Share of the relevant items found among the first k; NaN when there is nothing to find."""
    return float(np.count_nonzero(hits[:k])) / total if total > 0 else float("nan")


def ndcg_at(hits: Array, total: int, k: int) -> float:
    """Normalised discounted cumulative gain with gains 0 and 1 (Järvelin & Kekäläinen 2002); NaN for nothing."""
    if total <= 0:
        return float("nan")
    discounts = 1.0 / np.log2(np.arange(2, k + 2))
    shown = np.asarray(hits[:k], np.float64)
    return float((shown * discounts[: len(shown)]).sum() / discounts[: min(total, k)].sum())


def measure(hits: Array, total: int, depths: Sequence[int]) -> dict[str, float]:
    """All measures of one list: `map`, and `precision@k`, `recall@k`, `ndcg@k` for each depth."""
    values = {"map": average_precision(hits, total)}
    for k in depths:
        values[f"precision@{k}"] = precision_at(hits, k)
        values[f"recall@{k}"] = recall_at(hits, total, k)
        values[f"ndcg@{k}"] = ndcg_at(hits, total, k)
    return values


def mean_of(rows: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Means by name, NaN left out; empty for no rows."""
    names = rows[0] if rows else {}
    means = {}
    for name in names:
        values = np.array([row[name] for row in rows], np.float64)
        kept = values[np.isfinite(values)]
        means[name] = float(kept.mean()) if len(kept) else float("nan")
    return means
