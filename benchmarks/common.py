"""What the benchmarks share: rounds in turn, medians, the machine's description."""

from __future__ import annotations

import os
import platform
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any


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
        "cores": str(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()),
        "system": platform.platform(),
        "python": sys.version.split()[0],
        "opencv": cv2.__version__,
        "faiss": faiss.__version__,
        "numpy": numpy.__version__,
    }
