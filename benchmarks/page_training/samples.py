"""Training samples: cells of pages (indexer/regions/cells.py) with the class of each cell."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import leaves
import numpy as np
import pages
import pictures
import scan
from numpy.random import default_rng
from numpy.typing import NDArray
from sheet import IGNORE, INITIAL, MARK, NO_PICTURE, PAPER, PICTURE, TEXT

from indexer.regions.cells import CELL, MEASURES, describe_cells, pixels_of
from indexer.regions.components import find_components
from indexer.regions.framing import content_window
from indexer.regions.ink import read_ink, reduce_to
from indexer.regions.labels import is_described, kind_of

SIDE = 1000
Sample = tuple[NDArray[np.float16], NDArray[np.uint8], NDArray[np.uint8]]
"""Measures of cells, their classes, their pixels (which need a third of the room as bytes)."""


def fonts(folders: Sequence[Path] = ()) -> list[Path]:
    """Roman and italic faces of the system, and six times each those of `folders` (old faces, decorated initials)."""
    own = sorted(p for folder in folders for p in folder.iterdir() if p.suffix in (".ttf", ".otf"))
    found = sorted(Path("/usr/share/fonts").rglob("*.ttf"))
    serif = [p for p in found if "Serif" in p.stem]
    sans = [
        p for p in found if p.stem in ("LiberationSans-Regular", "LiberationSans-Bold", "DejaVuSans", "DejaVuSans-Bold")
    ]
    return own * 6 + serif * 2 + sans


def synthetic(pool: list[pictures.Image], count: int, seed: int, faces: Sequence[Path] = ()) -> Iterator[Sample]:
    """`count` made-up pages with pictures of `pool` on them, one in twelve of them an opening of two."""
    rng = default_rng(seed)
    faces = list(faces) or fonts()
    behind = pages.make_page(rng, pool, faces)
    for _ in range(count):
        page = pages.make_page(rng, pool, faces)
        if rng.random() < 1 / 12:
            page = leaves.spread(page, pages.make_page(rng, pool, faces))
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


def real(truth: Path, copies: int = 0, seed: int = 0, faces: Sequence[Path] = ()) -> Iterator[tuple[str, Sample]]:
    """Pages of a COCO file with boxes of pictures and initials, with their names, and worn copies of each."""
    rng = default_rng(seed)
    content = json.loads(truth.read_text())
    names = {c["id"]: c["name"] for c in content["categories"]}
    for image in content["images"]:
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
        for _ in range(copies):
            yield image["file_name"], describe(*scan.wear(*_sized(rgb, labels), rng, list(faces)))


def _sized(rgb: NDArray[np.uint8], labels: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """A copy of at most the size at which made-up pages are worn."""
    small = reduce_to(rgb, round(1.2 * SIDE)).copy()
    return small, cv2.resize(labels, small.shape[1::-1], interpolation=cv2.INTER_NEAREST)


def describe(rgb: NDArray[np.uint8], labels: NDArray[np.uint8]) -> Sample:
    """Cells of a page and their classes."""
    x, y, w, h = content_window(rgb, SIDE)
    small = reduce_to(rgb[y : y + h, x : x + w], SIDE)
    labels = cv2.resize(labels[y : y + h, x : x + w], small.shape[1::-1], interpolation=cv2.INTER_NEAREST)
    page = read_ink(small)
    cells = describe_cells(page, find_components(page.ink))[..., : len(MEASURES)].astype(np.float16)
    return cells, cell_labels(labels), pixels_of(page.grey)


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
    out[share(MARK) > 0.2] = MARK
    out[share(PICTURE) > 0.5] = PICTURE
    out[share(INITIAL) > 0.5] = INITIAL
    out[share(IGNORE) > 0.5] = IGNORE
    return out
