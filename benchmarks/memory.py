"""Peak memory of indexing 1,000 and 10,000 images. Target: within 15 % of each other.

The pictures are small (they are decoded one by one, their size does not matter here) and all different.
python benchmarks/memory.py [SMALL LARGE]
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
SIZES = (1_000, 10_000)
SIDE = 192


def draw(folder: Path, count: int) -> None:
    """Pictures of noise smoothed at several scales: plenty of keypoints, no two alike."""
    import cv2
    import numpy as np

    folder.mkdir(parents=True)
    rng = np.random.default_rng(3)
    for i in range(count):
        coarse = cv2.resize(rng.integers(0, 256, (24, 24, 3), np.uint8), (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
        cv2.imwrite(str(folder / f"{i:06d}.jpg"), coarse, [cv2.IMWRITE_JPEG_QUALITY, 80])


def peak_of(folder: Path, collection: Path) -> dict[str, float]:
    """Index in a process of its own; largest sum of memory (MB) over it and its workers, and its own part.

    Proportional set size: a page that several processes share counts once.
    """
    import psutil

    command = [
        sys.executable,
        "-m",
        "iconoscope",
        "index",
        str(folder),
        "--collection",
        str(collection),
        "--clip",
        "none",
        "--json",
    ]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    peak = {"all": 0.0, "main": 0.0}
    done = threading.Event()

    def watch() -> None:
        root = psutil.Process(process.pid)
        while not done.is_set():
            try:
                own = root.memory_full_info().pss
                children = sum(_proportional(c) for c in root.children(recursive=True))
            except psutil.Error:
                break
            peak["main"] = max(peak["main"], own / 1e6)
            peak["all"] = max(peak["all"], (own + children) / 1e6)
            time.sleep(0.2)

    watcher = threading.Thread(target=watch)
    watcher.start()
    start = time.monotonic()
    status = process.wait()
    done.set()
    watcher.join()
    if status:
        raise SystemExit(f"indexing failed with status {status}")
    return {**peak, "seconds": time.monotonic() - start}


def _proportional(process) -> int:
    import psutil

    try:
        return process.memory_full_info().pss
    except psutil.Error:
        return 0


def main() -> None:
    """Print one JSON document."""
    sizes = tuple(int(a) for a in sys.argv[1:3]) or SIZES
    results = {}
    with tempfile.TemporaryDirectory() as temporary:
        for size in sizes:
            folder = Path(temporary) / f"images-{size}"
            draw(folder, size)
            results[size] = peak_of(folder, Path(temporary) / f"collection-{size}")
    small, large = (results[s] for s in sizes)
    value = large["all"] / small["all"]
    print(
        json.dumps(
            {
                "what": f"peak memory of indexing {sizes[1]:,} images against {sizes[0]:,}",
                "value": round(value, 3),
                "unit": "times",
                "target": "<= 1.15",
                "met": value <= 1.15,
                "peak_mb": {str(s): round(r["all"]) for s, r in results.items()},
                "main_process_mb": {str(s): round(r["main"]) for s, r in results.items()},
                "seconds": {str(s): round(r["seconds"], 1) for s, r in results.items()},
            }
        )
    )


if __name__ == "__main__":
    main()
