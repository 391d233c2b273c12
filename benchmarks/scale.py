"""How size, time and memory grow with the collection: 1,000 to 1,000,000 images, every channel.

    python benchmarks/scale.py [--sizes 1000 10000 100000 1000000] [--images FOLDER] [--out out] [--parts …]

Generated collections with the statistics of real ones (scale_made.py); the local features come from the pictures in
FOLDER (default: a sample print shop). Each size and part is measured in a process of its own, whose memory is told.
Queries are all different. Writes scale.json, scale.md and a picture for each measure. A same-print index of a million
images takes 14 GB of disk.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import numpy as np

from benchmarks.common import machine
from benchmarks.scale_plot import write_plot

SIZES = (1_000, 10_000, 100_000, 1_000_000)
PARTS = ("semantic", "same-print", "catalogue")
QUERIES, WARM = 30, 3
DIM = 512


def memory_mb() -> float:
    """Memory of this process that no other shares, and its share of what is (PSS)."""
    import psutil

    return float(psutil.Process().memory_full_info().pss) / 1e6


def latency(query: Callable[[int], Any]) -> dict[str, float]:
    """Milliseconds, median and 95th percentile, of queries 0, 1, 2 …"""
    times = []
    for i in range(WARM + QUERIES):
        start = time.perf_counter()
        query(i)
        times.append(1000 * (time.perf_counter() - start))
    return {"p50_ms": float(np.median(times[WARM:])), "p95_ms": float(np.percentile(times[WARM:], 95))}


def folder_bytes(folder: Path) -> int:
    return sum(p.stat().st_size for p in folder.rglob("*") if p.is_file())


def semantic(folder: Path, count: int, images: Path) -> dict[str, float]:
    """Vectors of CLIP's width: one a region, the 50 nearest of a query near a stored vector."""
    from benchmarks.scale_made import clustered_vectors
    from indexer.collection.vector_build import build_vector_index
    from indexer.collection.vector_index import VectorIndex
    from indexer.collection.vector_ivf import exact_top, held_out_queries, recall_of

    rng = np.random.default_rng(0)
    vectors = clustered_vectors(count, DIM, rng)
    folder.mkdir()
    start = time.perf_counter()
    build_vector_index(np.arange(count), vectors, None, folder)
    built = time.perf_counter() - start
    queries = held_out_queries(vectors, WARM + QUERIES, rng)
    if len(queries) < WARM + QUERIES:
        raise SystemExit("too few vectors")
    truth = exact_top(vectors, queries, 10)
    del vectors
    before = memory_mb()
    start = time.perf_counter()
    index = VectorIndex.open(folder)
    opened = time.perf_counter() - start
    timed = latency(lambda i: index.search(queries[i : i + 1], 50))
    found = index.search(queries, 10)[0]
    return {
        "build_s": built,
        "open_s": opened,
        "bytes_an_image": folder_bytes(folder) / count,
        "memory_mb": memory_mb() - before,
        "recall_at_10": recall_of(found, truth),
        **timed,
    }


def same_print(folder: Path, count: int, images: Path) -> dict[str, float]:
    """The index's part of a query of 1,000 features and their mirrored copies; extraction does not grow."""
    from benchmarks.scale_made import make_instance_index, perturbed, real_descriptors
    from indexer.collection.instance_index import InstanceIndex

    rng = np.random.default_rng(0)
    descriptors = real_descriptors(images)
    start = time.perf_counter()
    make_instance_index(folder, count, descriptors, rng)
    built = time.perf_counter() - start
    before = memory_mb()
    start = time.perf_counter()
    index = InstanceIndex.open(folder)
    opened = time.perf_counter() - start
    allowed = np.ones(count, bool)
    timed = latency(lambda i: [index.search(perturbed(descriptors, 1000, rng), allowed, 300) for _ in range(2)])
    return {
        "build_s": built,
        "open_s": opened,
        "bytes_an_image": folder_bytes(folder) / count,
        "memory_mb": memory_mb() - before,
        **timed,
    }


def catalogue(folder: Path, count: int, images: Path) -> dict[str, float]:
    """Words, a filter and facets over the tables, and how long a collection takes to open."""
    from benchmarks.scale_made import make_catalogue
    from indexer.collection.snapshot import open_snapshot
    from search.channels.base import ChannelRequest, QueryText
    from search.channels.keyword import KeywordChannel
    from search.facets import facets

    rng = np.random.default_rng(0)
    start = time.perf_counter()
    make_catalogue(folder, count, rng)
    built = time.perf_counter() - start
    before = memory_mb()
    start = time.perf_counter()
    snapshot = open_snapshot(folder)
    images_and_regions = len(snapshot.images), len(snapshot.regions)
    opened = time.perf_counter() - start
    if images_and_regions != (count, count):
        raise SystemExit(f"made {count} images, read {images_and_regions}")
    channel = KeywordChannel(snapshot)
    rare = latency(
        lambda i: channel.search(ChannelRequest(texts=[QueryText(f"word{300 + 7 * i} word{40 + i}")], limit=50))
    )
    filters = latency(lambda i: snapshot.mask(f"year > {1600 + i} AND place = 'Place {i}'"))
    start = time.perf_counter()
    facets(snapshot, snapshot.mask("year > 1700"), 20)
    first = time.perf_counter() - start
    counting = latency(lambda i: facets(snapshot, snapshot.mask(f"year > {1600 + i}"), 20))
    return {
        "build_s": built,
        "open_s": opened,
        "bytes_an_image": folder_bytes(folder) / count,
        "memory_mb": memory_mb() - before,
        "filter_p50_ms": filters["p50_ms"],
        "facets_first_ms": 1000 * first,
        "facets_ms": counting["p50_ms"],
        **rare,
    }


MEASURES: dict[str, Callable[[Path, int, Path], dict[str, float]]] = {
    "semantic": semantic,
    "same-print": same_print,
    "catalogue": catalogue,
}


def apart(part: str, size: int, images: Path) -> dict[str, float]:
    """One measurement in a process of its own."""
    command = [sys.executable, __file__, "--one", part, str(size), "--images", str(images)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{part} of {size} images failed: {done.stderr.strip().splitlines()[-1:]}")
    result: dict[str, float] = json.loads(done.stdout.strip().splitlines()[-1])
    return result


def growth(rows: dict[int, dict[str, float]], key: str) -> float:
    """Exponent b of value ∝ images^b between the two largest sizes."""
    (small, low), (large, high) = sorted(rows.items())[-2:]
    return float(np.log(high[key] / max(low[key], 1e-9)) / np.log(large / small))


def table(results: dict[str, dict[int, dict[str, float]]], about: dict[str, str]) -> str:
    """Markdown: one table a part, the growth law under it."""
    lines = [f"Measured on {about['cpu']}, {about['cores']} cores, load {os.getloadavg()[0]:.1f} at the end.", ""]
    for part, rows in results.items():
        keys = list(next(iter(rows.values())))
        lines += [f"**{part}**", "", "| images | " + " | ".join(k.replace("_", " ") for k in keys) + " |"]
        lines += ["|---" * (len(keys) + 1) + "|"]
        lines += [f"| {n:,} | " + " | ".join(f"{row[k]:.4g}" for k in keys) + " |" for n, row in sorted(rows.items())]
        if len(rows) > 1:
            lines += ["", f"Median query ∝ images^{growth(rows, 'p50_ms'):.2f} between the two largest sizes."]
        lines += [""]
    return "\n".join(lines)


def main() -> None:
    """Measure, or with --one measure one part in this process."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES))
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--images", type=Path, help="folder of pictures whose local features are drawn on")
    parser.add_argument("--out", type=Path, default=Path("out"))
    parser.add_argument("--one", nargs=2, metavar=("PART", "SIZE"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        if options.one:
            print(json.dumps(MEASURES[options.one[0]](Path(temporary) / "made", int(options.one[1]), options.images)))
            return
        images = options.images or _sample(Path(temporary))
        results: dict[str, dict[int, dict[str, float]]] = {part: {} for part in options.parts}
        for part in options.parts:
            for size in sorted(options.sizes):
                print(f"{part}, {size:,} images …", file=sys.stderr, flush=True)
                results[part][size] = apart(part, size, images)
    _write(options.out, results)


def _sample(folder: Path) -> Path:
    from indexer.printshop import build_print_shop

    return Path(build_print_shop(folder / "shop", pages=24).folder)


def _write(out: Path, results: dict[str, dict[int, dict[str, float]]]) -> None:
    out.mkdir(parents=True, exist_ok=True)
    about = machine()
    (out / "scale.json").write_text(json.dumps({"machine": about, "results": results}, indent=1))
    text = table(results, about)
    (out / "scale.md").write_text(text, encoding="utf-8")
    for key, title in (
        ("p50_ms", "median query, ms"),
        ("bytes_an_image", "bytes an image"),
        ("memory_mb", "MB resident"),
    ):
        series = {part: {n: row[key] for n, row in rows.items()} for part, rows in results.items()}
        write_plot(out / f"scale-{key}.svg", title, series)
    print(text)


if __name__ == "__main__":
    main()
