"""An approximate index for collections beyond the reach of the exact search, with its recall measured.

Inverted lists of fp16 codes (Jégou et al. 2011, without product quantisation). The number of lists visited is the
smallest with which both kinds of held-out queries reach the target: near ones (a stored vector, a little changed: a
picture as query) and far ones (mostly noise: a text, whose vectors lie apart from those of pictures).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from indexer.core.types import Array

TARGET_RECALL = 0.99
QUERIES = 128
TRAIN_PER_LIST = 50
"""FAISS warns below 39 training vectors a list."""
BLOCK = 65_536


def build_ivf(vectors: Array, seed: int = 0) -> tuple[Any, int, float]:
    """Index float16 (n, d).

    Returns:
        The FAISS index, how many lists to visit, and the recall@10 measured with that.
    """
    import faiss

    rng = np.random.default_rng(seed)
    n, d = vectors.shape
    lists = int(max(1, min(4 * np.sqrt(n), n / TRAIN_PER_LIST)))
    quantiser = faiss.IndexFlatIP(d)
    index = faiss.IndexIVFScalarQuantizer(
        quantiser, d, lists, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT
    )
    index.by_residual = False  # keeps the codes the stored bytes, so that scores equal those of the exact search
    picked = np.sort(rng.choice(n, min(n, TRAIN_PER_LIST * lists), replace=False))
    index.cp.niter = 10
    index.train(vectors[picked].astype(np.float32))
    for start in range(0, n, BLOCK):
        index.add(vectors[start : start + BLOCK].astype(np.float32))
    nprobe, recall = _tune(index, vectors, rng)
    return index, nprobe, recall


def search_parameters(allowed_bits: Array | None, nprobe: int = 0) -> Any:
    """FAISS's parameters of one search: rows whose bit is set (little endian), and lists to visit (0: not inverted)."""
    import faiss as typed_faiss

    faiss: Any = typed_faiss
    options: dict[str, Any] = {"nprobe": nprobe} if nprobe else {}
    if allowed_bits is not None:
        options["sel"] = faiss.IDSelectorBitmap(8 * len(allowed_bits), faiss.swig_ptr(allowed_bits))
    parameters = faiss.SearchParametersIVF(**options) if nprobe else faiss.SearchParameters(**options)
    parameters.keep_alive = allowed_bits  # FAISS holds a bare pointer to them
    return parameters


def _tune(index: Any, vectors: Array, rng: np.random.Generator) -> tuple[int, float]:
    queries = held_out_queries(vectors, QUERIES, rng)
    truth = exact_top(vectors, queries, 10)
    nprobe, recall = 1, 0.0
    while True:
        nprobe = min(nprobe, index.nlist)
        _, found = index.search(queries, truth.shape[1], params=search_parameters(None, nprobe))
        halves = np.array_split(np.arange(len(queries)), 2)
        recall = min(recall_of(found[half], truth[half]) for half in halves if len(half))
        if recall >= TARGET_RECALL or nprobe == index.nlist:
            return nprobe, recall
        nprobe = max(nprobe + 1, int(nprobe * 1.4))


def held_out_queries(vectors: Array, count: int, rng: np.random.Generator) -> Array:
    """float32 (≤ count, d) of unit length: the first half near stored vectors (cosine ≈ 0.9), the rest far (≈ 0.35)."""
    base = vectors[rng.choice(len(vectors), min(count, len(vectors)), replace=False)].astype(np.float32)
    noise = rng.standard_normal(base.shape).astype(np.float32) / np.sqrt(base.shape[1])
    share = np.where(np.arange(len(base)) < (len(base) + 1) // 2, 0.48, 2.7)[:, None]
    mixed = base + noise * share * np.linalg.norm(base, axis=1, keepdims=True)
    out: Array = (mixed / np.maximum(np.linalg.norm(mixed, axis=1, keepdims=True), 1e-9)).astype(np.float32)
    return out


def exact_top(vectors: Array, queries: Array, k: int) -> Array:
    """Rows of the k largest inner products, int64 (q, k), by looking at all vectors block by block."""
    k = min(k, len(vectors))
    scores = np.zeros((len(queries), 0), np.float32)
    rows = np.zeros((len(queries), 0), np.int64)
    for start in range(0, len(vectors), BLOCK):
        block = queries @ vectors[start : start + BLOCK].astype(np.float32).T
        scores = np.concatenate([scores, block], axis=1)
        rows = np.concatenate([rows, np.broadcast_to(np.arange(start, start + block.shape[1]), block.shape)], axis=1)
        best = np.argsort(-scores, axis=1, kind="stable")[:, :k]
        scores, rows = np.take_along_axis(scores, best, 1), np.take_along_axis(rows, best, 1)
    return rows


def recall_of(found: Array, truth: Array) -> float:
    """Share of the true rows among those found."""
    return float(np.mean([len(np.intersect1d(a, b)) / len(b) for a, b in zip(found, truth, strict=True)]))
