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
    near = _near_on_map(xy, rows, k)
    ranks = np.concatenate([_ranks(unit, rows[part], near[part]) for part in _parts(len(rows), n)])
    m = len(rows)
    penalty = float(np.clip(ranks - k, 0, None).sum())
    return Quality(1 - 2 * penalty / (m * k * (2 * n - 3 * k - 1)), float((ranks <= k).sum()) / (m * k), k, m)


def _parts(rows: int, n: int) -> list[slice]:
    """Slices of the sample whose similarities to all n rows fit into 64 MB."""
    step = max(1, 2**24 // n)
    return [slice(start, start + step) for start in range(0, rows, step)]


def _near_on_map(xy: Array, rows: Array, k: int) -> Array:
    """Positions of the k nearest points on the map, without the point itself, int64 (len(rows), k)."""
    from scipy.spatial import cKDTree

    found = cKDTree(xy.astype(np.float64)).query(xy[rows].astype(np.float64), k + 1)[1]
    own = found == rows[:, None]
    own[~own.any(axis=1), -1] = True  # among many points at one place, a row may not find itself
    return np.asarray(found[~own].reshape(len(rows), k))


def _ranks(unit: Array, rows: Array, near: Array) -> Array:
    """Rank by true distance of `near` (len(rows), k) seen from `rows`: 1 for the nearest; equals share the best."""
    similarity = unit[rows] @ unit.T
    wanted = np.take_along_axis(similarity, near, axis=1)
    similarity[np.arange(len(rows)), rows] = -np.inf
    # Counting what is nearer, k times, is quicker than sorting once.
    return np.stack([1 + (similarity > wanted[:, [j]]).sum(axis=1) for j in range(near.shape[1])], axis=1)
