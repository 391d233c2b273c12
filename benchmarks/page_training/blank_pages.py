"""How often a picture is found where there is none: set type, text pages of the print shop, text cut from real pages.

    python benchmarks/page_training/blank_pages.py [--fonts FOLDER...] [--truth layout.coco.json] [--out FOLDER]

`--fonts`: faces that were not used in training. `--truth`: real pages; bands of them that touch no picture, initial or
stamp are cut out, as they are, and once more turned and stained. What is wrong is drawn into FOLDER, to be looked at:
ground truths leave pictures out.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pages
import samples
import scan
from numpy.random import Generator, default_rng
from sheet import PICTURE, Image, Page

from indexer.core.types import DecodedImage
from indexer.evaluate.statistics import wilson
from indexer.printshop import build_print_shop
from indexer.regions import network
from indexer.regions.page import propose

LEAST = 0.25
"""Share of a page that a band without pictures must have to be used."""
Named = tuple[str, Image]


def set_pages(faces: list[Path], count: int, seed: int) -> Iterator[Named]:
    """Made-up pages of type only, weathered."""
    rng = default_rng(seed)
    behind = _type_only(rng, faces)
    for i in range(count):
        page = _type_only(rng, faces)
        yield f"set {i}", scan.weather(page, behind, rng)[0]
        behind = page


def _type_only(rng: Generator, faces: list[Path]) -> Page:
    dummy = np.full((200, 200, 3), 120, np.uint8)
    while True:
        page = pages.make_page(rng, [dummy], faces)
        if not (page.labels >= PICTURE).any():
            return page


def shop_pages(seed: int) -> Iterator[Named]:
    """Pages of the print shop on which its truth has nothing; its photographs are pictures themselves, so not those."""
    with tempfile.TemporaryDirectory() as folder:
        build_print_shop(Path(folder), seed=seed)
        content = json.loads((Path(folder) / "truth.coco.json").read_text())
        taken = {a["image_id"] for a in content["annotations"]}
        for entry in content["images"]:
            if entry["id"] not in taken and not Path(entry["file_name"]).name.startswith("photo"):
                yield f"shop {entry['file_name']}", _read(Path(folder) / entry["file_name"])


def cut_pages(truth: Path, seed: int) -> Iterator[Named]:
    """Bands of real pages without pictures, and each once more turned, stained and blurred."""
    rng = default_rng(seed)
    content = json.loads(truth.read_text())
    names = {c["id"]: c["name"] for c in content["categories"]}
    for entry in content["images"]:
        boxes = [
            a["bbox"]
            for a in content["annotations"]
            if a["image_id"] == entry["id"] and names[a["category_id"]] in ("illustration", "initial", "stamp", "music")
        ]
        rgb = _read(truth.parent / entry["file_name"])
        band = _largest_band(rgb, boxes)
        if band is not None:
            yield f"cut {entry['file_name']}", band
            yield f"worn {entry['file_name']}", _worn(band, rng)


def _largest_band(rgb: Image, boxes: list[list[float]]) -> Image | None:
    """The largest strip across or along the page that no box touches; None when it is small."""
    h, w = rgb.shape[:2]
    margin = 0.012 * max(h, w)
    best = rgb[:0]
    for axis in (0, 1):
        free = np.ones((h, w)[axis], bool)
        for box in boxes:
            low, length = box[1 - axis], box[3 - axis]
            free[max(int(low - margin), 0) : int(low + length + margin) + 1] = False
        edges = np.flatnonzero(np.diff(np.concatenate([[False], free, [False]]).astype(np.int8)))
        for start, end in edges.reshape(-1, 2).tolist():
            part = rgb[start:end] if axis == 0 else rgb[:, start:end]
            best = part if part.size > best.size else best
    return np.ascontiguousarray(best) if best.size > LEAST * rgb.size and min(best.shape[:2]) > 150 else None


def _worn(rgb: Image, rng: Generator) -> Image:
    h, w = rgb.shape[:2]
    turn = cv2.getRotationMatrix2D((w / 2, h / 2), float(rng.uniform(-3, 3)), 1)
    paper = [int(v) for v in np.median(rgb[::9, ::9].reshape(-1, 3), axis=0)]
    turned = cv2.warpAffine(rgb, turn, (w, h), borderMode=cv2.BORDER_CONSTANT, borderValue=paper)
    return scan.capture(scan.tide_marks(turned, rng), rng)


def _read(path: Path) -> Image:
    return cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB)


def main() -> None:
    """Count pages on which something is found."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fonts", type=Path, nargs="*", default=[])
    parser.add_argument("--truth", type=Path)
    parser.add_argument("--pages", type=int, default=80, help="pages of set type")
    parser.add_argument("--seed", type=int, default=1001)
    parser.add_argument("--out", type=Path, help="folder for pictures of the pages on which something was found")
    parser.add_argument("--weights", type=Path, nargs="*", help="networks whose mean is taken, not the shipped ones")
    options = parser.parse_args()
    if options.weights:
        network.WEIGHTS = tuple(options.weights)
    cv2.setNumThreads(1)
    faces = sorted(p for folder in options.fonts for p in folder.iterdir()) or samples.fonts()
    sources = {"set type": set_pages(faces, options.pages, options.seed), "print shop": shop_pages(23)}
    if options.truth:
        sources["real pages, cut"] = cut_pages(options.truth, options.seed)
    total = np.zeros(2, int)
    for source, images in sources.items():
        counts = np.array([_count(name, rgb, options.out) for name, rgb in images]).reshape(-1, 2)
        _tell(source, counts)
        total += [len(counts), (counts[:, 0] > 0).sum()]
    low, high = wilson(int(total[1]), int(total[0]))
    print(f"together: {total[1]} of {total[0]} pages got a picture, {total[1] / total[0]:.3f} [{low:.3f}, {high:.3f}]")


def _count(name: str, rgb: Image, out: Path | None) -> tuple[int, int]:
    """Pictures and initials found on a page."""
    found = propose(DecodedImage(rgb, rgb.shape[1], rgb.shape[0]))
    initials = sum(kind == "initial" for kind in found.kinds)
    if len(found) > initials and out is not None:
        out.mkdir(parents=True, exist_ok=True)
        for x, y, w, h in found.boxes.astype(int).tolist():
            cv2.rectangle(rgb, (x, y), (x + w, y + h), (255, 0, 0), max(len(rgb) // 300, 2))
        cv2.imwrite(str(out / f"{name.replace('/', '_').replace(' ', '_')}.jpg"), cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR))
    return len(found) - initials, initials


def _tell(source: str, counts: np.ndarray) -> None:
    hits, pages_, initials = int((counts[:, 0] > 0).sum()), len(counts), int((counts[:, 1] > 0).sum())
    low, high = wilson(hits, pages_)
    print(f"{source:16} {hits:3} of {pages_:3} pages got a picture [{low:.3f}, {high:.3f}], {initials} an initial")


if __name__ == "__main__":
    main()
