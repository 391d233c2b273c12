"""What the benchmarks share: rounds in turn, medians, the machine's description."""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from indexer.device import cpu_count


def in_turn(candidates: dict[str, Callable[[], Any]], rounds: int) -> dict[str, list[float]]:
    """Seconds of each candidate, run one after the other in every round, so that a drifting machine hits all alike."""
    seconds: dict[str, list[float]] = {name: [] for name in candidates}
    for _ in range(rounds):
        for name, run in candidates.items():
            start = time.perf_counter()
            run()
            seconds[name].append(time.perf_counter() - start)
    return seconds


def ratio(seconds: dict[str, list[float]], ours: str, limit: str) -> float:
    """Median over the rounds of limit time / our time: 1 is as fast as the limit."""
    return statistics.median(b / a for a, b in zip(seconds[ours], seconds[limit], strict=True))


def run_model_benchmark(
    description: str, measure: Callable[[Path, argparse.Namespace], list[dict[str, Any]]], numbers: dict[str, int]
) -> None:
    """Command line of a benchmark of a CLIP model: a table, or with --json one JSON list.

    Args:
        description: For --help.
        measure: Given a temporary folder and the options, the rows of results (`row`).
        numbers: Options that take a number, with their defaults.
    """
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--model", default="ViT-B-32")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--json", action="store_true")
    for name, default in numbers.items():
        parser.add_argument(f"--{name}", type=int, default=default)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        rows = measure(Path(folder), options)
    if options.json:
        print(json.dumps(rows))
        return
    for result in rows:
        print(f"{result['what']}: {result['value']} {result['unit']} (target: {result['target'] or 'none'})")


def row(what: str, value: float, unit: str, target: str = "", met: bool = True) -> dict[str, Any]:
    """One result as benchmarks/run.py collects them."""
    return {"what": what, "value": value, "unit": unit, "target": target, "met": met}


def machine() -> dict[str, str]:
    """What the numbers were measured on."""
    model = "unknown"
    info = Path("/proc/cpuinfo")
    if info.exists():
        lines = [x for x in info.read_text().splitlines() if x.startswith("model name")]
        model = lines[0].partition(":")[2].strip() if lines else model
    import cv2
    import faiss
    import numpy

    return {
        "cpu": model,
        "cores": str(cpu_count()),
        "system": platform.platform(),
        "python": sys.version.split()[0],
        "opencv": cv2.__version__,
        "faiss": faiss.__version__,
        "numpy": numpy.__version__,
    }
