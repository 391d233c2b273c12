"""Vectors to a plane: UMAP over a neighbour graph that was computed once."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np

from indexer.core.types import Array
from viz.neighbours import NeighbourGraph, neighbour_graph
from viz.start import SMALLEST, coarse_start

SMALLEST_FOR_UMAP = 16
"""Below this a principal component plane is shown: UMAP has too few neighbours to say anything."""


@dataclass(frozen=True, slots=True)
class ProjectionSettings:
    """UMAP's parameters; see `viz/settings.py` for what they mean."""

    min_dist: float = 0.1
    spread: float = 1.0
    epochs: int = 0
    seed: int = 7
    densmap: bool = False
    target_weight: float = 0.5


def project(
    unit: Array,
    graph: NeighbourGraph,
    settings: ProjectionSettings,
    target: Array | None = None,
    start: Array | None = None,
) -> Array:
    """Coordinates of each row, float32 (n, 2), finite; deterministic for a seed.

    Args:
        unit: float32 (n, d), rows of length 1, finite.
        graph: Their neighbours (`neighbour_graph`).
        settings: UMAP's parameters.
        target: int64 (n,) labels that pull together (supervised UMAP); -1 for unknown.
        start: float32 (n, 2) to begin from (aligned layouts); None chooses: eigenvectors, or `coarse_start`.
    """
    n = len(unit)
    if n < SMALLEST_FOR_UMAP:
        return _principal_plane(unit)
    if float(graph.distances.max()) < 1e-6:
        return disc(n)
    if start is None and n > SMALLEST:
        start = coarse_start(unit, settings.seed, lambda centres: _map_of_centres(centres, settings.seed))
    xy = _umap(unit, graph, settings, target, start)
    return np.where(np.isfinite(xy), xy, 0).astype(np.float32)


def _map_of_centres(centres: Array, seed: int) -> Array:
    """The small map that a large one begins with: wide, so that no two centres hide each other."""
    settings = ProjectionSettings(min_dist=0.3, seed=seed, epochs=300)
    return project(centres, neighbour_graph(centres, 12, seed), settings)


def _umap(
    unit: Array, graph: NeighbourGraph, settings: ProjectionSettings, target: Array | None, start: Array | None
) -> Array:
    import umap

    reducer = umap.UMAP(
        n_neighbors=graph.indices.shape[1],
        min_dist=settings.min_dist,
        spread=settings.spread,
        n_epochs=settings.epochs or None,
        metric="cosine",
        random_state=settings.seed,
        n_jobs=1,
        densmap=settings.densmap,
        target_weight=settings.target_weight,
        init="spectral" if start is None else start,
        precomputed_knn=(graph.indices, graph.distances, None),
        force_approximation_algorithm=True,
        transform_mode="embedding",
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return np.asarray(reducer.fit_transform(unit, y=target), np.float32)


def _principal_plane(unit: Array) -> Array:
    """The two directions of largest variance; a disc when the rows do not differ."""
    n = len(unit)
    if n < 2:
        return np.zeros((n, 2), np.float32)
    centred = unit - unit.mean(axis=0)
    left, strength, _ = np.linalg.svd(centred.astype(np.float64), full_matrices=False)
    if strength[0] < 1e-6:
        return disc(n)
    plane = np.zeros((n, 2))
    kept = min(2, len(strength))
    plane[:, :kept] = left[:, :kept] * strength[:kept]
    plane *= np.where(plane[np.abs(plane).argmax(axis=0), [0, 1]] < 0, -1, 1)  # the sign of an SVD is arbitrary
    return plane.astype(np.float32)


def disc(n: int) -> Array:
    """`n` places spread evenly over a disc (Vogel's sunflower, 1979), float32 (n, 2) within the unit circle."""
    k = np.arange(n)
    radius, angle = np.sqrt((k + 0.5) / max(n, 1)), k * np.pi * (3 - np.sqrt(5))
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1).astype(np.float32)


def normalise(xy: Array) -> Array:
    """Centre `xy` (n, 2) and scale both axes alike so that it just fits the square −1 … 1."""
    if len(xy) == 0:
        return np.zeros((0, 2), np.float32)
    low, high = xy.min(axis=0), xy.max(axis=0)
    half = float((high - low).max()) / 2
    return np.asarray((xy - (low + high) / 2) / (half if half > 0 else 1), np.float32)
