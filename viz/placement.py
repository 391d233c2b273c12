"""New pictures into an existing map, without moving the rest."""

from __future__ import annotations

import numpy as np

from indexer.core.types import Array
from viz.project import ProjectionSettings

EPOCHS = 30
"""Passes for new points; UMAP's own `transform` takes a third of the passes of a fit, at most 30 for large maps."""


def place(unit: Array, old_unit: Array, old_xy: Array, settings: ProjectionSettings, neighbours: int = 15) -> Array:
    """Coordinates of new rows in the plane of an existing layout.

    Each starts at the mean of its nearest old neighbours, weighted by UMAP's membership strengths, and is then
    optimised against the old points, which stay where they are (McInnes et al. 2018, as in umap-learn's `transform`).

    Args:
        unit: float32 (m, d), rows of length 1: the new pictures.
        old_unit: float32 (n, d), n ≥ 1: the pictures of the map.
        old_xy: float32 (n, 2), where they are, in UMAP's own scale (as `project` returns it).
        settings: What the map was made with.
        neighbours: Old neighbours that a new picture is placed by.

    Returns:
        float32 (m, 2). Rows equal to an old one get its place.
    """
    import faiss

    if len(unit) == 0:
        return np.zeros((0, 2), np.float32)
    k = min(neighbours, len(old_unit))
    index = faiss.IndexFlatIP(old_unit.shape[1])
    index.add(old_unit)
    similarity, near = index.search(np.ascontiguousarray(unit, np.float32), k)
    distance = np.maximum(1 - similarity, 0).astype(np.float32)
    if k < 2:
        return np.asarray(old_xy[near[:, 0]], np.float32)
    weights = _strengths(distance, near, len(old_unit))
    start = (weights[:, :, None] * old_xy[near]).sum(axis=1) / weights.sum(axis=1, keepdims=True)
    same = distance[:, 0] < 1e-6
    moved = _optimised(start.astype(np.float32), old_xy, near, weights, settings)
    return np.asarray(np.where(same[:, None], old_xy[near[:, 0]], moved), np.float32)


def _strengths(distance: Array, near: Array, count: int) -> Array:
    """UMAP's membership strengths of new rows in their neighbours, float32 (m, k), above zero."""
    from umap.umap_ import compute_membership_strengths, smooth_knn_dist

    k = near.shape[1]
    sigmas, rhos = smooth_knn_dist(distance, float(k), local_connectivity=0.0)
    _, _, values, _ = compute_membership_strengths(near.astype(np.int32), distance, sigmas, rhos, False, True)
    return np.asarray(np.maximum(np.asarray(values).reshape(near.shape), 1e-6), np.float32)


def _optimised(start: Array, old_xy: Array, near: Array, weights: Array, settings: ProjectionSettings) -> Array:
    from umap.layouts import optimize_layout_euclidean
    from umap.umap_ import find_ab_params, make_epochs_per_sample

    m, k = near.shape
    a, b = find_ab_params(settings.spread, settings.min_dist)
    state = np.random.RandomState(settings.seed).randint(-(2**31) + 1, 2**31 - 1, 3)
    return np.asarray(
        optimize_layout_euclidean(
            start.copy(),
            np.ascontiguousarray(old_xy, np.float32),
            np.repeat(np.arange(m, dtype=np.int32), k),
            near.ravel().astype(np.int32),
            EPOCHS,
            len(old_xy),
            make_epochs_per_sample(weights.ravel(), EPOCHS),
            a,
            b,
            state.astype(np.int64),
            1.0,
            0.25,
            5.0,
            move_other=False,
        ),
        np.float32,
    )
