"""Does a masked picture describe a region better than its box? Measured with the signature (no CLIP weights at hand).

    python benchmarks/page_masked.py ../shared/data [--others 200]

Every illustration of `groundtruth_crop_to_page.csv` is looked for among the regions that `page` finds on the 84 pages
(a page without any counts as one region) and `--others` single pictures of other books. Regions are described in five
ways: the whole page, the box, the box with an eighth of context on each side, the box with everything outside the
outline of its ink painted over with the colour of the paper, and the box with context and the same paint. Blocks of the
signature are standardised over the candidates and weigh the same. Right is a region of the page from which the crop was
cut that overlaps the known place by half (IoU); for whole pages, the page.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
from page_same_print import drawn

from indexer.core.types import Array, DecodedImage
from indexer.evaluate.statistics import wilson
from indexer.features.signature import BLOCKS, describe
from indexer.regions.ink import read_ink, reduce_to
from indexer.regions.page import propose

CONTEXT = 0.125
SIDE = 700
Box = tuple[float, float, float, float]
View = Callable[[Array, Box], Array]


def cut(rgb: Array, box: Box, context: float = 0.0) -> Array:
    """The pixels of a box, with a share of its size on each side."""
    x, y, w, h = box
    top, left = max(int(y - context * h), 0), max(int(x - context * w), 0)
    return rgb[top : int(np.ceil(y + (1 + context) * h)), left : int(np.ceil(x + (1 + context) * w))]


def masked(rgb: Array, box: Box, context: float = 0.0) -> Array:
    """The same with the colour of the paper everywhere but inside the outline of the ink in the box."""
    part = cut(rgb, box, context).copy()
    inner = np.zeros(part.shape[:2], np.uint8)
    x, y, w, h = box
    left, top = x - max(int(x - context * w), 0), y - max(int(y - context * h), 0)
    cv2.rectangle(inner, (int(left), int(top)), (int(left + w), int(top + h)), 1, -1)
    ink = read_ink(part).ink & inner
    reach = max(min(part.shape[:2]) // 30, 3) | 1
    closed = cv2.morphologyEx(ink, cv2.MORPH_CLOSE, np.ones((reach, reach), np.uint8))
    outlines, _ = cv2.findContours(closed, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    keep = cv2.drawContours(np.zeros_like(inner), outlines, -1, 1, cv2.FILLED)
    bare = part[ink == 0]
    part[keep == 0] = np.median(bare, axis=0) if len(bare) else 255
    return part


VIEWS: dict[str, View] = {
    "whole page": lambda rgb, box: rgb,
    "box": cut,
    "box, context": lambda rgb, box: cut(rgb, box, CONTEXT),
    "box, masked": masked,
    "box, context, masked": lambda rgb, box: masked(rgb, box, CONTEXT),
}


def regions_of(folder: Path) -> Iterator[tuple[str, Array, Box]]:
    """Name, pixels and box of every region of the pages."""
    for path in sorted(folder.iterdir()):
        rgb = read(path)
        found = propose(DecodedImage(rgb, rgb.shape[1], rgb.shape[0]))
        whole = (0.0, 0.0, float(rgb.shape[1]), float(rgb.shape[0]))
        for box in [tuple(b) for b in found.boxes.tolist()] or [whole]:
            yield path.name, rgb, box


def read(path: Path) -> Array:
    """Pixels of a file, RGB."""
    rgb: Array = cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB)
    return rgb


def standardised(candidates: Array, queries: Array) -> tuple[Array, Array]:
    """Blocks scaled to unit length after taking off the candidates' mean and spread, side by side."""
    mean, spread = candidates.mean(axis=0), candidates.std(axis=0) + 1e-6
    out = []
    for raw in (candidates, queries):
        even = (raw - mean) / spread
        blocks = [even[:, part] for part in BLOCKS.values()]
        out.append(np.concatenate([b / np.maximum(np.linalg.norm(b, axis=1, keepdims=True), 1e-6) for b in blocks], 1))
    return out[0], out[1]


def overlap(a: Box, b: Box) -> float:
    """Intersection over union."""
    w = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    h = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    both = max(w, 0) * max(h, 0)
    return both / (a[2] * a[3] + b[2] * b[3] - both)


def main() -> None:
    """Describe, rank, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="folder with pages, images and groundtruth_crop_to_page.csv")
    parser.add_argument("--others", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    cv2.setNumThreads(1)
    with (options.data / "groundtruth_crop_to_page.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    places = [(Path(row["page"]).name, tuple(float(row[key]) for key in "xywh")) for row in rows]
    queries = np.stack([describe(reduce_to(read(options.data / row["crop"]), SIDE)) for row in rows])
    regions = list(regions_of(options.data / "pages"))
    books = tuple({name.rsplit("_", 1)[0] for name, _, _ in regions})
    others = [
        describe(reduce_to(read(p), SIDE)) for p in drawn(options.data / "images", options.others, options.seed, books)
    ]
    print(f"{len(rows)} queries, {len(regions)} regions of pages, {len(others)} other pictures")
    for label, view in VIEWS.items():
        rows_of = [describe(reduce_to(np.ascontiguousarray(view(rgb, box)), SIDE)) for _, rgb, box in regions]
        candidates, asked = standardised(np.stack([*rows_of, *others]), queries)
        order = np.argsort(-(asked @ candidates.T), axis=1)
        ranks = [_rank(order[i], regions, *place, label == "whole page") for i, place in enumerate(places)]
        first, five = (sum(rank <= k for rank in ranks) for k in (1, 5))
        low, high = wilson(first, len(ranks))
        mean = float(np.mean([1 / rank for rank in ranks]))
        print(f"{label:22} recall@1 {first}/{len(ranks)} [{low:.2f}, {high:.2f}]  @5 {five}  mean 1/rank {mean:.3f}")


def _rank(order: Array, regions: list[tuple[str, Array, Box]], page: str, place: Box, whole: bool) -> float:
    """Where the first right region stands, from 1; infinity where no region is right."""
    for rank, i in enumerate(order.tolist(), 1):
        if i < len(regions) and regions[i][0] == page and (whole or overlap(regions[i][2], place) >= 0.5):
            return float(rank)
    return float("inf")


if __name__ == "__main__":
    main()
