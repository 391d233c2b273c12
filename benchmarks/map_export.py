"""How long an export takes against what it cannot avoid: UMAP itself and decoding the thumbnails, in one run.

    OMP_WAIT_POLICY=PASSIVE python -m benchmarks.map_export --count 20000 --out /tmp/map20k

(`iconoscope` sets that policy itself: without it, threads that wait for each other keep cores from the pictures.)

Prints one JSON document: wall and processor seconds of the neighbour graph with UMAP alone, of decoding alone (on two
threads), and of the whole export, one after another; the export's ratio to the first two, and sizes. In the export
other processes prepare pictures beside UMAP: the seconds of its stages overlap with theirs.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np

from benchmarks.map_generated import collection
from viz import site
from viz.export import export_input, first_graph, first_layout
from viz.settings import MapSettings
from viz.source import MapInput


def bare_decoding(given: MapInput) -> float:
    """Seconds to decode every thumbnail, on two threads, doing nothing else."""
    start = time.perf_counter()
    with ThreadPoolExecutor(2) as pool:
        for _ in pool.map(lambda part: decode(given, part), np.array_split(given.image_ids, 64)):
            pass
    return time.perf_counter() - start


def decode(given: MapInput, ids: np.ndarray) -> None:
    for data in given.thumbnails(ids.tolist()).values():
        cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)


def bare_umap(given: MapInput, settings: MapSettings) -> None:
    """The neighbour graph and UMAP's layout, nothing else."""
    first_layout(given, first_graph(given, settings), settings)


class Cost:
    """Wall and processor seconds of a block; of processes that end in it too."""

    def __init__(self) -> None:
        self.wall = self.processor = 0.0

    def __enter__(self) -> Cost:
        self.wall, self.processor = -time.perf_counter(), -_processor()
        return self

    def __exit__(self, *error: object) -> None:
        self.wall += time.perf_counter()
        self.processor += _processor()


def _processor() -> float:
    own, ended = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + ended.ru_utime + ended.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    settings = MapSettings(offline_mb=0)
    warm = options.out.with_name(options.out.name + "-warm")  # compiles umap-learn and loads everything once
    with site.staging(warm) as folder:
        export_input(collection(400, 64), folder, warm, MapSettings(offline_mb=0, epochs=5))
    shutil.rmtree(warm)
    given = collection(options.count)
    with Cost() as umap:
        bare_umap(given, settings)
    with Cost() as decoding:
        bare_decoding(given)
    with Cost() as whole, site.staging(options.out) as folder:
        report = export_input(given, folder, options.out, settings)
    costs = {"UMAP and its neighbours": umap, "bare decoding": decoding, "whole export": whole}
    first = sum(p.stat().st_size for side in (8, 16) for p in (options.out / "data" / "atlas" / str(side)).iterdir())
    print(
        json.dumps(
            {
                "pictures": report.pictures,
                "seconds": {name: round(cost.wall, 2) for name, cost in costs.items()},
                "processor seconds": {name: round(cost.processor, 2) for name, cost in costs.items()},
                "ratio": round(whole.wall / (umap.wall + decoding.wall), 3),
                "ratio of processor seconds": round(whole.processor / (umap.processor + decoding.processor), 3),
                "seconds of the export's stages": report.seconds,
                "load": [round(v, 1) for v in os.getloadavg()],
                "trustworthiness": report.trustworthiness,
                "megabytes": round(report.bytes / 1e6, 1),
                "megabytes of the first two levels": round(first / 1e6, 1),
            },
            indent=1,
        )
    )


if __name__ == "__main__":
    main()
