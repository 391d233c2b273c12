"""Filtered search against brute force over a million generated vectors: is it identical, and how long does it take?

python benchmarks/filters_exact.py [--count 1000000] [--dim 64]
"""

from __future__ import annotations

import argparse
import json
import time

import numpy as np

from indexer.collection.vector_index import VectorIndex

SHARES = (0.001, 0.01, 0.1, 0.5, 0.9)
QUERIES, LIMIT = 5, 100


def main() -> None:
    """Print one JSON line a share."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=1_000_000)
    parser.add_argument("--dim", type=int, default=64)
    options = parser.parse_args()
    rng = np.random.default_rng(0)
    vectors = np.empty((options.count, options.dim), np.float16)
    for start in range(0, options.count, 65_536):
        rows = rng.standard_normal((min(65_536, options.count - start), options.dim))
        vectors[start : start + 65_536] = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    index = VectorIndex.in_memory(np.arange(options.count), vectors)
    queries = vectors[rng.integers(0, options.count, QUERIES)].astype(np.float32)
    for share in SHARES:
        print(json.dumps(compare(index, vectors, queries, rng.random(options.count) < share)), flush=True)


def compare(index: VectorIndex, vectors: np.ndarray, queries: np.ndarray, allowed: np.ndarray) -> dict[str, float]:
    """Share of identical hits in the first 100, largest difference of scores, milliseconds a query."""
    rows = np.flatnonzero(allowed)
    same, worst, took = [], 0.0, []
    for query in queries:
        start = time.perf_counter()
        ids, scores = index.search(query[None], LIMIT, allowed)
        took.append(1000 * (time.perf_counter() - start))
        parts = [vectors[rows[i : i + 65_536]].astype(np.float32) @ query for i in range(0, len(rows), 65_536)]
        naive = np.concatenate(parts)
        best = np.argsort(-naive, kind="stable")[:LIMIT]
        same.append(float(np.isin(ids[0], rows[best]).mean()))
        worst = max(worst, float(np.abs(scores[0] - naive[best]).max()))
    return {
        "passing": len(rows),
        "identical": float(np.mean(same)),
        "largest_difference": worst,
        "median_ms": round(float(np.median(took)), 1),
    }


if __name__ == "__main__":
    main()
