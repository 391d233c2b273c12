"""The finished signature vectors of a collection: learnt, extended, memory-mapped and searched exactly."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from indexer.collection import signature_learning as learning
from indexer.collection.rows import positions
from indexer.core.errors import CollectionError
from indexer.core.types import NO_ID, Array, LocalFeatures
from indexer.features.signature_model import VECTOR_DIM, SignatureModel

log = logging.getLogger(__name__)

MODEL, IDS, VECTORS = "model.npz", "region_ids.npy", "vectors.faiss"
OUTGROWN = 2.0
"""The model is learnt anew once the collection has this many times the regions it was learnt on."""
_SELECTIVE = 0.02
"""Below this share of allowed regions, gathering their vectors is quicker than scanning past the others."""


class SignatureIndexBuilder:
    """Builds `SignatureIndex` folders."""

    name = "signature"

    def build(self, snapshot: Any, previous: Path | None, target: Path) -> None:
        """Fill `target` with the vectors of all live regions.

        Those of `previous` are taken over while its model still fits; only new regions are computed then.

        Args:
            snapshot: An `indexer.collection.snapshot.Snapshot`.
            previous: The last folder of this index, or None.
            target: An empty folder.

        Raises:
            CollectionError: `previous` is damaged.
        """
        from threadpoolctl import threadpool_limits

        # Many small products: on a busy machine the threads of BLAS wait for each other forty times as long.
        with threadpool_limits(limits=1, user_api="blas"):
            self._build(learning.Reader(snapshot), previous, target)

    def _build(self, reader: learning.Reader, previous: Path | None, target: Path) -> None:
        ids = reader.ids
        old = _open_previous(previous, len(ids))
        model = old.model if old else learning.learn_model(reader)
        vectors = np.zeros((len(ids), VECTOR_DIM), np.float16)
        new = np.ones(len(ids), bool)
        if old is not None:
            rows = positions(old.region_ids, ids)
            new = rows < 0
            vectors[~new] = old.vectors[rows[~new]]
        for at, rows_of_batch in learning.embedded(reader, model, np.flatnonzero(new)):
            vectors[at] = rows_of_batch
        _write(target, model, ids, vectors)


def _open_previous(previous: Path | None, count: int) -> SignatureIndex | None:
    if previous is None:
        return None
    index = SignatureIndex.open(previous)
    if index.outdated or count >= OUTGROWN * max(index.model.learnt_on, 1):
        return None
    return index


def _write(target: Path, model: SignatureModel, ids: Array, vectors: Array) -> None:
    import faiss

    flat = faiss.IndexScalarQuantizer(VECTOR_DIM, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT)
    for start in range(0, len(vectors), 65536):
        flat.add(vectors[start : start + 65536].astype(np.float32))
    (target / MODEL).write_bytes(model.to_bytes())
    np.save(target / IDS, ids)
    faiss.write_index(flat, str(target / VECTORS))


@dataclass(frozen=True)
class SignatureIndex:
    """Unit vectors of all regions, by cosine.

    Attributes:
        folder: Where it lies.
        region_ids: int64 (n,), ascending.
        vectors: float16 (n, VECTOR_DIM), unit rows, memory-mapped.
        outdated: Made by another version of the signature: its vectors may be shown, not compared with new ones.
    """

    folder: Path
    region_ids: Array
    vectors: Array
    outdated: bool
    _model: SignatureModel | None

    @classmethod
    def open(cls, folder: Path) -> SignatureIndex:
        """The index in `folder`, without reading its vectors.

        Raises:
            CollectionError: A file is missing or damaged.
        """
        folder = Path(folder)
        try:
            ids = np.load(folder / IDS)
            vectors = _mapped(folder / VECTORS, len(ids))
            model = SignatureModel.from_bytes((folder / MODEL).read_bytes())
        except (OSError, ValueError, KeyError, EOFError) as error:
            raise CollectionError(
                f"The signature index {folder} is damaged: {error}.", "Run `iconoscope index` again to rebuild it."
            ) from error
        return cls(folder, ids, vectors, model is None, model)

    @property
    def model(self) -> SignatureModel:
        """What was learnt on the collection.

        Raises:
            CollectionError: The index belongs to another version of the signature.
        """
        if self._model is None:
            raise CollectionError(
                f"The signature index {self.folder} was made by another version.",
                "Run `iconoscope index` again to rebuild it.",
            )
        return self._model

    def __len__(self) -> int:
        return len(self.region_ids)

    def embed(self, raw: Array, local_features: LocalFeatures) -> Array:
        """The vector of a picture: float32 (VECTOR_DIM,), unit length.

        Args:
            raw: (RAW_DIM,), from `signature.describe` of the region's pixels.
            local_features: Its keypoints; empty ones are fine.
        """
        vlad = self.model.codebook.aggregate(local_features.descriptors)
        vector: Array = self.model.embed(np.asarray(raw)[None], vlad[None])[0]
        return vector

    def vector_of(self, region_id: int) -> Array | None:
        """float32 (VECTOR_DIM,) of a stored region; None when it has none."""
        row = int(positions(self.region_ids, np.array([region_id]))[0])
        return None if row < 0 else self.vectors[row].astype(np.float32)

    def search(self, vectors: Array, allowed_regions: Array | None = None, k: int = 50) -> tuple[Array, Array]:
        """The regions nearest to each vector, exactly.

        Args:
            vectors: float32 (VECTOR_DIM,) or (q, VECTOR_DIM), unit rows.
            allowed_regions: bool (n,), by row of `region_ids`; None for all.
            k: How many.

        Returns:
            `(region_ids, cosines)`: int64 and float32 (j,), j at most k, best first, for one vector; (q, j) for
            several.
        """
        queries = np.atleast_2d(np.asarray(vectors, np.float32))
        count = len(self) if allowed_regions is None else int(np.count_nonzero(allowed_regions))
        k = min(k, count)
        if k <= 0:
            rows, scores = np.zeros((len(queries), 0), np.int64), np.zeros((len(queries), 0), np.float32)
        elif allowed_regions is not None and count < max(_SELECTIVE * len(self), k + 1):
            rows, scores = self._gathered(queries, np.flatnonzero(allowed_regions), k)
        else:
            rows, scores = self._scanned(queries, allowed_regions, k)
        ids, scores = self.region_ids[rows], np.clip(scores, -1.0, 1.0)
        return (ids[0], scores[0]) if np.ndim(vectors) == 1 else (ids, scores)

    def _gathered(self, queries: Array, rows: Array, k: int) -> tuple[Array, Array]:
        scores = queries @ self.vectors[rows].astype(np.float32).T
        order = np.argsort(-scores, axis=1, kind="stable")[:, :k]
        return rows[order], np.take_along_axis(scores, order, axis=1)

    def _scanned(self, queries: Array, allowed: Array | None, k: int) -> tuple[Array, Array]:
        import faiss

        parameters = None
        if allowed is not None:  # FAISS's Python layer takes arrays and keywords that its stubs do not know
            library: Any = faiss
            parameters = library.SearchParameters(sel=library.IDSelectorBitmap(np.packbits(allowed, bitorder="little")))
        scores, rows = self._flat.search(np.ascontiguousarray(queries), k, params=parameters)
        if (rows == NO_ID).any():  # fewer answers than allowed regions: vectors that are not finite
            raise CollectionError(
                f"The signature index {self.folder} is damaged.", "Run `iconoscope index` again to rebuild it."
            )
        return rows, scores

    @cached_property
    def _flat(self) -> Any:
        import faiss

        return faiss.read_index(str(self.folder / VECTORS), faiss.IO_FLAG_MMAP_IFC)


def _mapped(path: Path, count: int) -> Array:
    """The codes of a FAISS fp16 flat index, which stand at the end of its file, without copying."""
    size = count * VECTOR_DIM * 2
    offset = path.stat().st_size - size
    if not 0 < offset < 4096:
        raise ValueError(f"{path.name} does not hold {count} vectors of {VECTOR_DIM} numbers")
    if count == 0:
        return np.zeros((0, VECTOR_DIM), np.float16)
    mapped: Array = np.memmap(path, np.float16, "r", offset, (count, VECTOR_DIM))
    return mapped
