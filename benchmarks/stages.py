"""Where a worker's processor time goes: milliseconds an image of each stage, next to OpenCV's SIFT on the same views.

    python benchmarks/stages.py [FOLDER] [--images 40]

One process, one thread, as a worker of `iconoscope index` computes. Default FOLDER: a sample print shop.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from benchmarks.pipeline import EXTENSIONS, bare_sift, sample


def main() -> None:
    """Print one JSON document."""
    from indexer.workers import MALLOC_TUNABLES

    if os.environ.get("GLIBC_TUNABLES") != MALLOC_TUNABLES:  # glibc reads it when a process starts
        os.execve(sys.executable, [sys.executable, *sys.argv], os.environ | {"GLIBC_TUNABLES": MALLOC_TUNABLES})
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--images", type=int, default=40)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or sample(Path(temporary))
        files = sorted(p for p in folder.rglob("*") if p.suffix.lower() in EXTENSIONS)
        chosen = files[:: max(1, len(files) // options.images)][: options.images]
        each = {name: round(1000 * s / len(chosen), 1) for name, s in stage_seconds(chosen).items()}
        each["bare SIFT"] = round(1000 * bare_sift(chosen) / len(chosen), 1)
    print(json.dumps({"images": len(chosen), "processor ms an image": each}))


def stage_seconds(paths: list[Path]) -> dict[str, float]:
    """Processor seconds of each stage of a worker over some files."""
    from indexer import describe, workers
    from indexer.core.settings import IndexSettings
    from indexer.core.types import SourceItem
    from indexer.features.clip_preprocess import ClipPreprocess

    workers._start(IndexSettings(), ClipPreprocess.of({"size": 224}))
    describe.time.perf_counter = time.process_time  # the stages' watch then counts what this process computes
    seconds: dict[str, float] = defaultdict(float)
    tasks = [describe.Task(SourceItem(name=path.name, path=path), 0) for path in paths]
    workers._run(tasks[0])  # imports and tables
    for task in tasks:
        done = workers._run(task)
        if done.record.reason:
            raise SystemExit(f"{task.item.name}: {done.record.reason}")
        for stage, value in done.seconds.items():
            seconds[stage] += value
    return dict(seconds)


if __name__ == "__main__":
    main()
