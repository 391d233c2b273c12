"""How long an export takes against what it cannot avoid: UMAP itself and decoding the thumbnails, in one run.

    python -m benchmarks.map_export --count 20000 --out /tmp/map20k

Prints one JSON document: seconds of each stage, the ratio to (neighbours + UMAP + bare decoding) and sizes.
"""

from __future__ import annotations

import argparse
import json
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np

from benchmarks.map_generated import collection
from viz import site
from viz.export import export_input
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    warm = options.out.with_name(options.out.name + "-warm")  # compiles umap-learn and loads everything once
    with site.staging(warm) as folder:
        export_input(collection(400, 64), folder, warm, MapSettings(offline_mb=0, epochs=5))
    shutil.rmtree(warm)
    given = collection(options.count)
    cpu = time.process_time()
    decoding = bare_decoding(given)
    decoding_cpu = time.process_time() - cpu
    stages: dict[str, float] = {}

    def note(stage: str, done: int, total: int) -> None:
        """Processor seconds of each stage: minus its beginning, plus its end."""
        if done in (0, total) and not (done == total and stages.get(stage, -1) >= 0):
            stages[stage] = stages.get(stage, 0) + (time.process_time() if done else -time.process_time())

    start, cpu = time.perf_counter(), time.process_time()
    with site.staging(options.out) as folder:
        report = export_input(given, folder, options.out, MapSettings(offline_mb=0), note)
    whole, whole_cpu = time.perf_counter() - start, time.process_time() - cpu
    floor_cpu = stages["neighbours"] + stages["layout"] + decoding_cpu
    floor = report.seconds["neighbours"] + report.seconds["layout"] + decoding
    first = sum(p.stat().st_size for side in (8, 16) for p in (options.out / "data" / "atlas" / str(side)).iterdir())
    print(
        json.dumps(
            {
                "pictures": report.pictures,
                "seconds": report.seconds | {"whole": round(whole, 2), "bare decoding": round(decoding, 2)},
                "processor seconds": {k: round(v, 2) for k, v in stages.items()}
                | {"whole": round(whole_cpu, 2), "bare decoding": round(decoding_cpu, 2)},
                "ratio": round(whole / floor, 3),
                "ratio of processor seconds": round(whole_cpu / floor_cpu, 3),
                "trustworthiness": report.trustworthiness,
                "megabytes": round(report.bytes / 1e6, 1),
                "megabytes of the first two levels": round(first / 1e6, 1),
            },
            indent=1,
        )
    )


if __name__ == "__main__":
    main()
