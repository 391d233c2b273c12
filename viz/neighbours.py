"""The graph of nearest neighbours: computed once with FAISS, used by UMAP, the quality measures and the viewer."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from indexer.core.types import Array, require_shape

EXACT_LIMIT = 20_000
"""Up to here every vector is compared with every other; beyond, with those of near lists."""
LIST_LENGTH = 333
NEAR_LISTS = 40
"""Lists searched: some 13,000 vectors are compared with each, whatever the collection's size."""


@dataclass(frozen=True, slots=True)
class NeighbourGraph:
    """Nearest neighbours by cosine.

    Attributes:
        indices: int32 (n, k); each row starts with the row itself; -1 where fewer were found.
        distances: float32 (n, k), 1 − cosine, ascending, 0 for the row itself.
    """

    indices: Array
    distances: Array

    def __post_init__(self) -> None:
        require_shape("indices", self.indices, (None, None))
        require_shape("distances", self.distances, self.indices.shape)

    def __len__(self) -> int:
        return len(self.indices)

    def renumbered(self, order: Array) -> NeighbourGraph:
        """The same graph when row `i` is what was row `order[i]`."""
        rank = np.empty(len(order), np.int32)
        rank[order] = np.arange(len(order), dtype=np.int32)
        old = self.indices[order]
        return NeighbourGraph(np.where(old >= 0, rank[old], -1).astype(np.int32), self.distances[order])


def unit_rows(vectors: Array) -> Array:
    """float32 copy of `vectors` (n, d) with rows of length 1; rows of zeros stay zeros."""
    rows = np.array(vectors, np.float32, order="C")
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    rows /= np.where(norms > 0, norms, 1)
    return rows


def neighbour_graph(unit: Array, k: int, seed: int = 7, exact: bool | None = None) -> NeighbourGraph:
    """The `k` nearest rows of each row of `unit` (n, d), itself included.

    Args:
        unit: float32 (n, d), rows of length 1.
        k: At most n are returned.
        seed: Of the division into lists.
        exact: Force exact search (True) or the search among near lists (False); None decides by size.
    """
    import faiss

    n = len(unit)
    k = min(k, n)
    if n == 0:
        return NeighbourGraph(np.zeros((0, 0), np.int32), np.zeros((0, 0), np.float32))
    if exact if exact is not None else n <= EXACT_LIMIT:
        index = faiss.IndexFlatIP(unit.shape[1])
        index.add(unit)
        similarity, found = index.search(unit, k)
    else:
        similarity, found = _among_near_lists(unit, k, seed)
    return _self_first(found, 1.0 - similarity)


def _among_near_lists(unit: Array, k: int, seed: int) -> tuple[Array, Array]:
    """As an inverted file, but a whole list at a time: matrix products are ten times quicker than single scans.

    Vectors are divided into lists around k-means centres; those of a list are compared with all of the `NEAR_LISTS`
    lists whose centres are nearest to its own. Recall at k = 15 is measured in benchmarks/map_projection.py.
    """
    import faiss

    n, d = unit.shape
    count = max(2, n // LIST_LENGTH)
    rows = np.sort(np.random.default_rng(seed).permutation(n)[: 40 * count])
    points = {"max_points_per_centroid": 40, "min_points_per_centroid": 5}
    kmeans = faiss.Kmeans(d, count, niter=6, seed=seed, spherical=True, **points)
    kmeans.train(np.ascontiguousarray(unit[rows]))
    centres = unit_rows(np.asarray(kmeans.centroids))
    own = faiss.knn(unit, centres, 1, metric=faiss.METRIC_INNER_PRODUCT)[1][:, 0]
    order = np.argsort(own, kind="stable")
    members = np.split(order, np.searchsorted(own[order], np.arange(1, count)))
    near = faiss.knn(centres, centres, min(NEAR_LISTS, count), metric=faiss.METRIC_INNER_PRODUCT)[1]
    similarity, found = np.full((n, k), -1.0, np.float32), np.full((n, k), -1, np.int64)
    for number, queries in enumerate(members):
        candidates = np.concatenate([members[i] for i in near[number]])
        kept = min(k, len(candidates))
        if not len(queries) or not kept:
            continue
        scores, places = faiss.knn(unit[queries], unit[candidates], kept, metric=faiss.METRIC_INNER_PRODUCT)
        similarity[queries, :kept], found[queries, :kept] = scores, candidates[places]
    return similarity, found


def _self_first(found: Array, distances: Array) -> NeighbourGraph:
    """Puts each row in front of its own list (copies of it may have come first) and mends missing entries."""
    n, k = found.shape
    rows = np.arange(n)
    found, distances = found.astype(np.int32), np.maximum(distances, 0).astype(np.float32)
    distances[found < 0] = np.inf
    own = found == rows[:, None]
    absent = ~own.any(axis=1)
    found[absent, k - 1] = rows[absent]
    own[absent, k - 1] = True
    distances[own] = -1.0
    order = np.argsort(distances, axis=1, kind="stable")
    found, distances = np.take_along_axis(found, order, 1), np.take_along_axis(distances, order, 1)
    distances[:, 0] = 0.0
    finite = np.where(np.isfinite(distances), distances, -1.0).max(axis=1, keepdims=True)
    return NeighbourGraph(found, np.where(np.isfinite(distances), distances, finite).astype(np.float32))
