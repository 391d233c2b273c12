"""Pictures on pages: precision and recall against a truth, beside two plain baselines, and the time a page takes.

    python benchmarks/page_regions.py ../shared/data/groundtruth_layout.coco.json [--out FOLDER] [--books NAME...]
        [--without NAME...] [--weights FILE...]

For pages that the weights have not seen: train with `page_training/train.py --books A`, measure with `--without A
--weights ...`, the same the other way round, and add the counts.

Baselines: `components` (dilated ink; every blob taller than three lines is a picture) and `whole` (the page is one).
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from indexer.core.types import DecodedImage, Regions
from indexer.evaluate.regions import evaluate_regions
from indexer.evaluate.regions_model import Page, Report
from indexer.evaluate.regions_truth import draw_worst, read_truth
from indexer.regions import network
from indexer.regions.components import find_components
from indexer.regions.ink import read_ink, reduce_to
from indexer.regions.page import propose

Proposer = Callable[[DecodedImage], Regions]


def components(decoded: DecodedImage) -> Regions:
    """Blobs of dilated ink that are taller than three lines of type and wider too."""
    small = reduce_to(decoded.rgb, 1000)
    page = read_ink(small)
    unit = find_components(page.ink).line_height or 12
    blobs = cv2.dilate(page.ink, np.ones((5, 5), np.uint8))
    _, _, stats, _ = cv2.connectedComponentsWithStats(blobs, connectivity=8)
    boxes = stats[1:, :4][(stats[1:, 2:4] > 3 * unit).all(axis=1)]
    factor = decoded.width / small.shape[1]
    return Regions.of([{"box": box * factor, "kind": "illustration"} for box in boxes])


def whole(decoded: DecodedImage) -> Regions:
    """The page as one picture."""
    return Regions.of([{"box": (0, 0, decoded.width, decoded.height), "kind": "illustration"}])


METHODS: dict[str, Proposer] = {"page": propose, "components": components, "whole": whole}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("truth", type=Path, help="COCO file; images are looked for beside it")
    parser.add_argument("--out", type=Path, help="folder for pictures of the worst pages and the reports")
    parser.add_argument("--books", nargs="*", help="only images whose file name begins so")
    parser.add_argument("--without", nargs="*", default=[], help="no images whose file name begins so")
    parser.add_argument(
        "--weights", type=Path, nargs="*", help="networks whose mean is taken instead of the shipped ones"
    )
    options = parser.parse_args()
    cv2.setNumThreads(1)
    if options.weights:
        network.WEIGHTS = tuple(options.weights)
    folder = options.truth.parent
    names = [entry["file_name"] for entry in json.loads(options.truth.read_text())["images"]]
    if options.books:
        names = [name for name in names if Path(name).name.startswith(tuple(options.books))]
    names = [name for name in names if not Path(name).name.startswith(tuple(options.without))]
    images = {name: _load(folder / name) for name in names}
    truth, problems = read_truth(options.truth, {name: (d.width, d.height) for name, d in images.items()})
    print(f"{len(names)} pages, {len(problems)} problems in the truth")
    for method, proposer in METHODS.items():
        pages, seconds = [], []
        for name, decoded in images.items():
            start = time.process_time()
            found = proposer(decoded)
            seconds.append(time.process_time() - start)
            pages.append(Page(name, decoded.width, decoded.height, found, truth[name]))
        report = evaluate_regions(pages)
        _print(method, report, float(np.median(seconds)))
        if options.out:
            options.out.mkdir(parents=True, exist_ok=True)
            (options.out / f"{method}.json").write_text(json.dumps(report.as_dict(), indent=1))
            by_name = {page.name: page for page in pages}
            draw_worst(report, by_name, lambda name: images[name].rgb, options.out / f"{method}.png", 24)


def _load(path: Path) -> DecodedImage:
    rgb = cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB)
    return DecodedImage(rgb, rgb.shape[1], rgb.shape[0])


def _print(method: str, report: Report, seconds: float) -> None:
    print(f"\n{method}: {1 / max(seconds, 1e-9):.1f} pages/s on one core (median page)")
    for score in report.scores:
        (pl, ph), (rl, rh) = score.precision_interval, score.recall_interval
        print(
            f"  {score.group:12} IoU {score.threshold:.2f}  precision {score.precision:.3f} [{pl:.2f}, {ph:.2f}]"
            f"  recall {score.recall:.3f} [{rl:.2f}, {rh:.2f}]  F1 {score.f1:.3f}"
            f"  ({score.matched} of {score.truth}, {score.predicted} found, {score.ignored} neutral,"
            f" {score.found_as_other} found as another kind)"
        )
    pixels = report.pixels["pictures"]
    print(
        f"  pixels of pictures: IoU {pixels['iou']:.3f}, Dice {pixels['dice']:.3f}, accuracy {pixels['accuracy']:.3f}"
    )
    low, high = report.blank_interval
    print(f"  pages without pictures: {report.blank_pages_hit} of {report.blank_pages} got one [{low:.2f}, {high:.2f}]")


if __name__ == "__main__":
    main()
