"""How far a map can be trusted: measured on the map itself and written into its manifest."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from indexer.core.types import Array

SAMPLE = 1000
"""Pictures a large map is judged by; the standard error of the mean is then below 0.005."""


@dataclass(frozen=True, slots=True)
class Quality:
    """Attributes: trustworthiness and preservation, 0–1, larger is better; k; number of rows they were measured on."""

    trustworthiness: float
    preservation: float
    k: int
    sampled: int


def measure(unit: Array, xy: Array, k: int = 15, sample: int = SAMPLE, seed: int = 7) -> Quality | None:
    """Trustworthiness (Venna & Kaski 2001) and the share of `k` neighbours that stay neighbours on the map.

    Rows are sampled, ranks are counted against all rows. None when there are too few rows to say (n < 5).

    Args:
        unit: float32 (n, d), rows of length 1.
        xy: float32 (n, 2).
        k: Neighbours looked at; reduced to less than n/2, as the measure needs.
        sample: Most rows that are judged.
        seed: Of the sample.
    """
    n = len(unit)
    k = min(k, (n - 1) // 2)
    if k < 2:
        return None
    rows = np.arange(n) if n <= sample else np.sort(np.random.default_rng(seed).choice(n, sample, replace=False))
    penalty = kept = 0.0
    for start in range(0, len(rows), 250):
        part = rows[start : start + 250]
        near_map, ranks = _near_on_map(xy, part, k), _ranks(unit, part)
        true_ranks = np.take_along_axis(ranks, near_map, axis=1)
        penalty += float(np.clip(true_ranks - k, 0, None).sum())
        kept += float((true_ranks <= k).sum())
    m = len(rows)
    return Quality(1 - 2 * penalty / (m * k * (2 * n - 3 * k - 1)), kept / (m * k), k, m)


def _near_on_map(xy: Array, rows: Array, k: int) -> Array:
    distance = ((xy[rows, None, :].astype(np.float64) - xy[None]) ** 2).sum(axis=2)
    distance[np.arange(len(rows)), rows] = np.inf
    near = np.argpartition(distance, k - 1, axis=1)[:, :k]
    return near


def _ranks(unit: Array, rows: Array) -> Array:
    """Rank of every row by distance from each of `rows`: 0 for itself, 1 for the nearest …, int32 (len(rows), n)."""
    similarity = unit[rows] @ unit.T
    similarity[np.arange(len(rows)), rows] = np.inf
    order = np.argsort(-similarity, axis=1, kind="stable")
    ranks = np.empty_like(order, dtype=np.int32)
    np.put_along_axis(ranks, order, np.arange(len(unit), dtype=np.int32)[None, :], axis=1)
    return ranks
