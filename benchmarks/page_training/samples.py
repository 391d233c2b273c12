"""Training samples: cells of pages (indexer/regions/cells.py) with the class of each cell."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np
import pages
import pictures
import scan
from numpy.random import default_rng
from numpy.typing import NDArray
from sheet import IGNORE, INITIAL, PAPER, PICTURE, TEXT

from indexer.regions.cells import CELL, describe_cells
from indexer.regions.components import find_components
from indexer.regions.ink import read_ink, reduce_to
from indexer.regions.labels import is_described, kind_of

SIDE = 1000
NO_PICTURE = 4
"""Class of cells of real pages that hold type or paper: which, is not said."""
Sample = tuple[NDArray[np.float16], NDArray[np.uint8]]


def fonts(folders: Sequence[Path] = ()) -> list[Path]:
    """Roman and italic faces of the system, and six times each those of `folders` (old faces, decorated initials)."""
    own = sorted(p for folder in folders for p in folder.iterdir() if p.suffix in (".ttf", ".otf"))
    found = sorted(Path("/usr/share/fonts").rglob("*.ttf"))
    serif = [p for p in found if "Serif" in p.stem]
    sans = [
        p for p in found if p.stem in ("LiberationSans-Regular", "LiberationSans-Bold", "DejaVuSans", "DejaVuSans-Bold")
    ]
    return own * 6 + serif * 2 + sans


def synthetic(
    folder: Path, count: int, seed: int, leave_out: tuple[str, ...] = (), faces: Sequence[Path] = ()
) -> Iterator[Sample]:
    """`count` made-up pages with pictures of `folder` on them."""
    rng = default_rng(seed)
    pool = pictures.load_pictures(folder, 250, rng, leave_out)
    faces = list(faces) or fonts()
    behind = pages.make_page(rng, pool, faces)
    for _ in range(count):
        page = pages.make_page(rng, pool, faces)
        rgb, labels = scan.weather(page, behind, rng)
        behind = page
        if rng.random() < 0.25:
            rgb, labels = _coarser(rgb, labels, float(rng.uniform(0.45, 0.95)))
        yield describe(rgb, labels)


def _coarser(
    rgb: NDArray[np.uint8], labels: NDArray[np.uint8], factor: float
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """A scan of fewer pixels than the analysis would like."""
    h, w = labels.shape
    size = max(round(w * factor), 64), max(round(h * factor), 64)
    return (
        cv2.resize(rgb, size, interpolation=cv2.INTER_AREA),
        cv2.resize(labels, size, interpolation=cv2.INTER_NEAREST),
    )


def real(truth: Path, books: frozenset[str] | None = None) -> Iterator[tuple[str, Sample]]:
    """Pages of a COCO file with boxes of pictures and initials, with their names; of some books only."""
    content = json.loads(truth.read_text())
    names = {c["id"]: c["name"] for c in content["categories"]}
    for image in content["images"]:
        book = Path(image["file_name"]).stem.rsplit("_", 1)[0]
        if books is not None and book not in books:
            continue
        rgb = cv2.cvtColor(cv2.imread(str(truth.parent / image["file_name"])), cv2.COLOR_BGR2RGB)
        labels = np.full(rgb.shape[:2], NO_PICTURE, np.uint8)
        for a in content["annotations"]:
            if a["image_id"] != image["id"]:
                continue
            x, y, w, h = (round(v) for v in a["bbox"])
            kind = kind_of(names[a["category_id"]])
            if is_described(kind):
                labels[max(y, 0) : y + h, max(x, 0) : x + w] = INITIAL if kind == "initial" else PICTURE
        yield image["file_name"], describe(rgb, labels)


def describe(rgb: NDArray[np.uint8], labels: NDArray[np.uint8]) -> Sample:
    """Cells of a page and their classes."""
    small = reduce_to(rgb, SIDE)
    h, w = small.shape[:2]
    labels = cv2.resize(labels, (w, h), interpolation=cv2.INTER_NEAREST)
    page = read_ink(small)
    return describe_cells(page, find_components(page.ink)).astype(np.float16), cell_labels(labels)


def cell_labels(labels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The class that covers most of each cell; type counts from a tenth of a cell."""
    h, w = labels.shape
    size = -(-w // CELL), -(-h // CELL)
    full = cv2.copyMakeBorder(labels, 0, -h % CELL, 0, -w % CELL, cv2.BORDER_REPLICATE)

    def share(of: int) -> NDArray[np.float32]:
        return cv2.resize((full == of).astype(np.float32), size, interpolation=cv2.INTER_AREA)

    out = np.full((size[1], size[0]), PAPER, np.uint8)
    out[share(NO_PICTURE) > 0] = NO_PICTURE
    out[share(TEXT) > 0.1] = TEXT
    out[share(PICTURE) > 0.5] = PICTURE
    out[share(INITIAL) > 0.5] = INITIAL
    out[share(IGNORE) > 0.5] = IGNORE
    return out
