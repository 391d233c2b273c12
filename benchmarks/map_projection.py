"""Our UMAP (FAISS graph, start from a map of centres) against bare umap-learn with its own neighbour search.

    python -m benchmarks.map_projection --count 100000

Both are seeded, run in one process after a warming-up that compiles umap-learn, on the same generated vectors. Wall
clock and processor seconds are given, since other work on the machine stretches the one and not the other. Prints a
JSON line after each step.
"""

from __future__ import annotations

import argparse
import json
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.map_generated import vectors
from indexer.core.types import Array
from viz.neighbours import NeighbourGraph, neighbour_graph
from viz.project import ProjectionSettings, project
from viz.quality import measure


def timed(name: str, work: Callable[[], Any]) -> tuple[Any, dict[str, float]]:
    wall, cpu = time.perf_counter(), time.process_time()
    result = work()
    seconds = {"wall": round(time.perf_counter() - wall, 2), "cpu": round(time.process_time() - cpu, 2)}
    print(json.dumps({name: seconds}), flush=True)
    return result, seconds


def bare(unit: Array) -> Array:
    import umap

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return np.asarray(umap.UMAP(n_neighbors=15, metric="cosine", random_state=7).fit_transform(unit))


def recall(unit: Array, graph: NeighbourGraph, sample: int = 1000) -> float:
    """Share of the true 15 nearest that the graph has, over sampled rows."""
    rows = np.random.default_rng(0).choice(len(unit), min(sample, len(unit)), replace=False)
    true = np.argpartition(-unit[rows] @ unit.T, 15, axis=1)[:, :15]
    return float(
        np.mean([len(set(a) & set(b)) for a, b in zip(true.tolist(), graph.indices[rows].tolist(), strict=True)]) / 15
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--dimensions", type=int, default=512)
    options = parser.parse_args()
    unit, _ = vectors(options.count, options.dimensions)
    warm = vectors(6000, 32)[0]
    bare(warm)
    project(warm, neighbour_graph(warm, 15), ProjectionSettings(epochs=5))
    graph, first = timed("our neighbour graph", lambda: neighbour_graph(unit, 15))
    ours, second = timed("our layout", lambda: project(unit, graph, ProjectionSettings()))
    print(json.dumps({"recall of the graph": round(recall(unit, graph), 4)}), flush=True)
    print(json.dumps({"our trustworthiness": measure(unit, ours).trustworthiness}), flush=True)  # type: ignore[union-attr]
    theirs, third = timed("bare umap-learn", lambda: bare(unit))
    print(json.dumps({"its trustworthiness": measure(unit, theirs).trustworthiness}), flush=True)  # type: ignore[union-attr]
    print(json.dumps({f"ratio {k}": round(third[k] / (first[k] + second[k]), 2) for k in ("wall", "cpu")}))


if __name__ == "__main__":
    main()
