"""Where UMAP begins on large collections: a small map of the centres of the vectors, every picture near its own.

umap-learn begins with eigenvectors of the whole graph, which on two cores takes longer than the optimisation itself
(benchmarks/map_projection.py). A map of a thousand centres carries the same coarse order, in a second or two.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from indexer.core.types import Array
from viz.neighbours import unit_rows

SMALLEST = 3000
"""Up to here the eigenvectors are quick, and are used."""
MOST_CENTRES = 1000
NEAR = 3
SHARPNESS = 0.02
"""Cosine difference over which the pull of a centre falls by e."""
JITTER = 0.002
"""Of the map's width: keeps pictures with the same centres apart."""


def coarse_start(unit: Array, seed: int, lay_out: Callable[[Array], Array]) -> Array:
    """First coordinates, float32 (n, 2); deterministic.

    Args:
        unit: float32 (n, d), rows of length 1; n above `SMALLEST`.
        seed: Of clustering and jitter.
        lay_out: Makes the small map: float32 (m, d) centres to (m, 2).
    """
    centres = _centres(unit, seed)
    small = lay_out(centres)
    similarity, near = _nearest(unit, centres)
    pull = np.exp((similarity - similarity[:, :1]) / SHARPNESS)
    places = (pull[:, :, None] * small[near]).sum(axis=1) / pull.sum(axis=1, keepdims=True)
    noise = np.random.default_rng(seed).normal(scale=JITTER * float(np.ptp(small)), size=places.shape)
    return np.asarray(places + noise, np.float32)


def _centres(unit: Array, seed: int) -> Array:
    import faiss

    n, d = unit.shape
    count = min(MOST_CENTRES, n // 12)
    rows = np.sort(np.random.default_rng(seed).permutation(n)[: 40 * count])
    points = {"max_points_per_centroid": 40, "min_points_per_centroid": 5}
    kmeans = faiss.Kmeans(d, count, niter=6, seed=seed, spherical=True, **points)
    kmeans.train(np.ascontiguousarray(unit[rows]))
    return unit_rows(np.asarray(kmeans.centroids))


def _nearest(unit: Array, centres: Array) -> tuple[Array, Array]:
    import faiss

    index = faiss.IndexFlatIP(centres.shape[1])
    index.add(centres)
    similarity, near = index.search(unit, NEAR)
    return similarity, near
