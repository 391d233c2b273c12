"""Inner-product search over half-precision vectors on disk: FAISS files that are mapped, not read.

A folder holds *segments*, each a FAISS file with the region ids of its rows. A new generation links the segments of
the previous one and adds one for the new vectors; small segments are merged, so that their number grows with the
logarithm of the collection. Rows of regions that are gone stay in their file and are left out of the search.

Measured on 2 cores with AVX-512, 100,000 × 768, one query (benchmarks/query_latency.py): IndexFlatIP fp32 19–48 ms,
the fp16 scalar quantiser 5–16 ms, numpy fp32 23 ms, torch fp16 14 ms. Stored vectors are fp16 in any case, so that
the quantiser's answer is exact. Opening a mapped file takes milliseconds whatever its size.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from indexer.collection.rows import positions
from indexer.collection.vector_build import IDS, SegmentMeta, flat_index, read_meta
from indexer.collection.vector_device import DeviceVectors
from indexer.collection.vector_ivf import search_parameters
from indexer.core.errors import CollectionError
from indexer.core.types import Array, require_shape

log = logging.getLogger(__name__)
COPY = 65_536
"""Vectors that are copied to a device at a time."""


class _Segment:
    """A mapped FAISS file with the place of its rows among the live regions."""

    def __init__(self, index: Any, meta: SegmentMeta, positions: Array) -> None:
        self.index = index
        self.meta = meta
        self.positions = positions
        self.all_live = bool((positions >= 0).all())
        self._lock = threading.Lock()

    def search(self, vectors: Array, k: int, allowed: Array | None) -> tuple[Array, Array]:
        """Scores float32 and positions int64, both (q, ≤ k), best first."""
        live = self.positions >= 0 if allowed is None else allowed[self.positions] & (self.positions >= 0)
        use_all = allowed is None and self.all_live
        count = len(live) if use_all else int(live.sum())
        k = min(k, count)
        if k == 0:
            return np.zeros((len(vectors), 0), np.float32), np.zeros((len(vectors), 0), np.int64)
        scores, rows = self._ask(vectors, k, None if use_all else live, count / len(live))
        return scores, self.positions[rows].astype(np.int64)

    def _ask(self, vectors: Array, k: int, live: Array | None, share: float) -> tuple[Array, Array]:
        """FAISS, with rows that are not `live` left out; widens an approximate search that found too little."""
        bits = np.packbits(live, bitorder="little") if live is not None else None
        if self.meta.kind == "flat":
            parameters = search_parameters(bits) if bits is not None else None
            scores, rows = self.index.search(vectors, k, params=parameters)
            return scores, rows
        nprobe = min(self.index.nlist, int(np.ceil(self.meta.nprobe / max(share, 1e-9))))
        while True:
            scores, rows = self.index.search(vectors, k, params=search_parameters(bits, nprobe))
            if (rows >= 0).all() or nprobe >= self.index.nlist:
                return scores, rows
            nprobe = min(self.index.nlist, 4 * nprobe)

    def reconstruct(self, rows: Array) -> Array:
        """Stored vectors, float32 (m, d)."""
        if self.meta.kind == "ivf":
            with self._lock:
                if self.index.direct_map.type == 0:
                    self.index.make_direct_map(True)
        out: Array = self.index.reconstruct_batch(np.asarray(rows, np.int64))
        return out


class VectorIndex:
    """An opened index. Safe to call from several threads.

    Attributes:
        region_ids: int64 (n,), ascending; masks and positions refer to it.
        dim: Length of a vector.
    """

    def __init__(self, region_ids: Array, dim: int, segments: Sequence[_Segment]) -> None:
        self.region_ids = region_ids
        self.dim = dim
        self._segments = list(segments)
        self._places: tuple[Array, Array] | None = None
        self._on_device: DeviceVectors | None = None

    def __len__(self) -> int:
        return len(self.region_ids)

    @classmethod
    def open(cls, folder: Path) -> VectorIndex:
        """Map the files of a folder that `build_vector_index` filled.

        Raises:
            CollectionError: Missing, damaged, or of another format.
        """
        import faiss

        document = read_meta(folder)
        try:
            segments = []
            for row in document["segments"]:
                meta = SegmentMeta(**row)
                index = faiss.read_index(str(folder / f"{meta.name}.faiss"), faiss.IO_FLAG_MMAP_IFC)
                places = np.load(folder / f"{meta.name}.positions.npy", mmap_mode="r")
                if index.ntotal != meta.count or len(places) != meta.count:
                    raise ValueError(f"{meta.name} has {index.ntotal} rows instead of {meta.count}")
                segments.append(_Segment(index, meta, places))
            region_ids = np.load(folder / IDS, mmap_mode="r")
        except (OSError, ValueError, RuntimeError, TypeError) as error:
            raise CollectionError(
                f"The index in {folder} is damaged: {error}", "Delete the folder and run `iconoscope index` again."
            ) from error
        return cls(region_ids, int(document["dim"]), segments)

    @classmethod
    def in_memory(cls, region_ids: Array, vectors: Array) -> VectorIndex:
        """An exact index of float16 (n, d) that is not stored."""
        ids = np.asarray(region_ids, np.int64)
        meta = SegmentMeta("memory", "flat", len(ids))
        segment = _Segment(flat_index(vectors), meta, np.arange(len(ids), dtype=np.int32))
        return cls(ids, int(vectors.shape[1]), [segment] if len(ids) else [])

    def to_device(self, device: str) -> bool:
        """Search on this device from now on, exactly; False, and nothing changes, when the vectors do not fit."""
        import torch

        ids = np.asarray(self.region_ids)
        blocks = (self.vectors_of(ids[i : i + COPY])[1] for i in range(0, len(ids), COPY))
        try:
            self._on_device = DeviceVectors(blocks, device)
        except torch.OutOfMemoryError:
            log.warning("%d vectors do not fit into the memory of %s; the CPU searches them", len(self), device)
            return False
        return True

    @property
    def exact(self) -> bool:
        """Whether nothing can be missed."""
        return self._on_device is not None or all(segment.meta.kind == "flat" for segment in self._segments)

    @property
    def recall(self) -> float:
        """Recall@10 against the exact search, measured when the index was made (1 when it is exact)."""
        return 1.0 if self.exact else min(segment.meta.recall for segment in self._segments)

    def search(self, vectors: Array, k: int, allowed_regions: Array | None = None) -> tuple[Array, Array]:
        """The regions with the largest inner products.

        Args:
            vectors: float32 (q, d).
            k: Most regions a query.
            allowed_regions: bool (n,), in the order of `region_ids`; None allows all.

        Returns:
            Region ids int64 and scores float32, both (q, k'), best first; k' is k, or all that are allowed.
        """
        vectors = np.ascontiguousarray(vectors, np.float32)
        require_shape("vectors", vectors, (None, self.dim))
        if allowed_regions is not None:
            require_shape("allowed_regions", allowed_regions, (len(self),))
        k = min(max(k, 0), len(self))
        if self._on_device is not None:
            return self._without_gaps(*self._on_device.search(vectors, k, allowed_regions))
        found = [segment.search(vectors, k, allowed_regions) for segment in self._segments]
        if not found or k == 0:
            return np.zeros((len(vectors), 0), np.int64), np.zeros((len(vectors), 0), np.float32)
        scores = np.concatenate([s for s, _ in found], axis=1)
        positions = np.concatenate([p for _, p in found], axis=1)
        order = np.lexsort((positions, -scores), axis=1)[:, :k]
        return self._without_gaps(np.take_along_axis(scores, order, 1), np.take_along_axis(positions, order, 1))

    def _without_gaps(self, scores: Array, positions: Array) -> tuple[Array, Array]:
        """Positions to ids. The one place that knows of FAISS's -1: columns that any query left empty are cut off."""
        filled = int((np.isfinite(scores) & (scores > -1e30)).sum(axis=1).min(initial=scores.shape[1]))
        scores, positions = scores[:, :filled], positions[:, :filled]
        return np.asarray(self.region_ids)[positions], scores.astype(np.float32)

    def vectors_of(self, region_ids: Array) -> tuple[Array, Array]:
        """Stored vectors: which of the ids have one, bool (m,), and those vectors, float32 (sum, d), in their order."""
        wanted = positions(np.asarray(self.region_ids), np.asarray(region_ids, np.int64))
        present = wanted[wanted >= 0]
        out = np.zeros((len(present), self.dim), np.float32)
        segments, rows = self._homes()
        for number, segment in enumerate(self._segments):
            here = np.flatnonzero(segments[present] == number)
            if len(here):
                out[here] = segment.reconstruct(rows[present[here]])
        return wanted >= 0, out

    def _homes(self) -> tuple[Array, Array]:
        """For each position its segment, int16, and the row there, int32; made at the first use."""
        if self._places is None:
            segments, rows = np.full(len(self), -1, np.int16), np.zeros(len(self), np.int32)
            for number, segment in enumerate(self._segments):
                live = np.flatnonzero(segment.positions >= 0)
                segments[segment.positions[live]] = number
                rows[segment.positions[live]] = live
            self._places = segments, rows
        return self._places

    def sample(self, count: int, seed: int = 0) -> Array:
        """Stored vectors of `count` regions drawn at random (all when there are fewer), float32 (m, d)."""
        n = len(self)
        picked = np.sort(np.random.default_rng(seed).choice(n, min(count, n), replace=False)) if n else np.zeros(0, int)
        return self.vectors_of(np.asarray(self.region_ids)[picked])[1]
