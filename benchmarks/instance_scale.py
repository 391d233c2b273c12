"""How the time of a same-print query grows with the collection, on generated entries.

    python benchmarks/instance_scale.py --images 10000 100000 --out /tmp/scale

Makes index folders of that many images with 1,000 generated keypoints each (random words and codes: every list is as
long as it would be, and as many entries pass the Hamming radius by chance), and times the index for queries of 1,000
features with their mirrored copies. Extraction and verification do not depend on the size of the collection.
"""

from __future__ import annotations

import argparse
import json
import shutil
import time
from pathlib import Path

import numpy as np

from indexer.collection.instance_index import GROWTH, InstanceIndex
from indexer.collection.instance_search import FORMAT
from indexer.collection.instance_segment import make_segment
from indexer.collection.instance_words import make_vocabulary
from indexer.core.types import Array

KEYPOINTS = 1000
SEGMENT = 20_000


def descriptors(n: int, rng: np.random.Generator) -> Array:
    """uint8 (n, 128): sparse histograms, as sparse as those of engravings."""
    histogram = rng.gamma(0.4, 1.0, (n, 128)).astype(np.float32)
    root = 512 * np.sqrt(histogram / histogram.sum(axis=1, keepdims=True))
    return np.asarray(np.minimum(root, 255).astype(np.uint8))


def make_index(folder: Path, images: int, rng: np.random.Generator) -> None:
    """Fill a folder with a generated index of that many images."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    top, branch = next(((t, b) for least, t, b in reversed(GROWTH) if images >= least), (64, 64))
    vocabulary = make_vocabulary(descriptors(top, rng), descriptors(top * branch, rng))
    vocabulary.save(folder)
    names = []
    for start in range(0, images, SEGMENT):
        rows = [
            (
                image_id,
                640.0,
                rng.integers(0, len(vocabulary), KEYPOINTS).astype(np.int32),
                rng.integers(0, 2**63, KEYPOINTS).astype(np.uint64) * np.uint64(2),
                rng.integers(0, 2**32, KEYPOINTS).astype(np.uint32),
            )
            for image_id in range(start, min(start + SEGMENT, images))
        ]
        names.append(f"segment{len(names) + 1}")
        make_segment(len(vocabulary), rows).save(folder, names[-1])
    content = {"format": FORMAT, "words": len(vocabulary), "segments": names}
    (folder / "instance.json").write_text(json.dumps(content), encoding="utf-8")


def measure(folder: Path, queries: int, rng: np.random.Generator) -> list[float]:
    """Milliseconds of processor time of each query and its mirrored copy."""
    index = InstanceIndex.open(folder)
    allowed = np.ones(len(index.image_ids), np.bool_)
    index.search(descriptors(10, rng), allowed, 300)
    times = []
    for _ in range(queries):
        pair = [descriptors(1000, rng) for _ in range(2)]
        start = time.process_time()
        for query in pair:
            index.search(query, allowed, 300)
        times.append((time.process_time() - start) * 1000)
    return times


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--queries", type=int, default=10)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    rng = np.random.default_rng(0)
    for images in options.images:
        folder = options.out / str(images)
        make_index(folder, images, rng)
        size = sum(p.stat().st_size for p in folder.iterdir())
        times = measure(folder, options.queries, rng)
        print(f"{images} images: {np.median(times):.0f} ms a query with its mirror, {size / images:.0f} bytes an image")


if __name__ == "__main__":
    main()
