"""Dealing blocks to pages, printing them, and writing images, catalogue and truth."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from itertools import cycle
from pathlib import Path

import cv2
import numpy as np

from indexer.core.types import Array
from indexer.printshop.blocks import all_designs
from indexer.printshop.blocks.design import Design
from indexer.printshop.books import Book, spread
from indexer.printshop.chance import between, generator
from indexer.printshop.layouts import LAYOUTS, layout_of
from indexer.printshop.page_parts import Job, furniture, marginalia
from indexer.printshop.paper import impression, skewed
from indexer.printshop.sheet import Printed, Sheet, State, moved

FULL = 60
"""Fewer pages than this make a small shop: fewer books and blocks, and each kind of page in turn."""
QUALITY = 85
"""JPEG quality of the pages."""


@dataclass(frozen=True, slots=True)
class Order:
    """What a page will be made of, decided before any is printed."""

    name: str
    book: Book
    number: int
    layout: str
    pictures: tuple[str, ...]
    ornaments: tuple[str, ...]
    initials: tuple[str, ...]
    state: State
    seed: int


@dataclass(frozen=True, slots=True)
class Page:
    """A page that has been printed: its picture, its truth, its catalogue entry."""

    order: Order
    rgb: Array
    printed: tuple[Printed, ...]
    title: str
    caption: str


def orders(seed: int, pages: int) -> list[Order]:
    """The whole work, deterministic: every block is dealt before any is dealt again."""
    rng = generator(seed, "orders")
    decks = {kind: _deck(kind, rng, pages) for kind in ("picture", "head", "row", "tail", "initial")}
    result = []
    for index, (book, number) in enumerate(spread(pages, seed)):
        layout = layout_of(book, number, len(book.title) if pages >= FULL else (index - number) * 3 // 4)
        state = some_state(generator(seed, "state", index), book.modern, layout)
        dealt = [[next(decks[kind]) for _ in range(count)] for kind, count in NEEDS[layout].items()]
        names = {kind: tuple(cards) for kind, cards in zip(NEEDS[layout], dealt, strict=True)}
        ornaments = (*names.get("head", ()), *names.get("row", ()), *names.get("tail", ()))
        name = f"images/p{index + 1:04d}_{book.key}.jpg"
        result.append(
            Order(
                name, book, number, layout, names.get("picture", ()), ornaments, names.get("initial", ()), state, seed
            )
        )
    return result


NEEDS: dict[str, dict[str, int]] = {
    "title": {"picture": 1}, "chapter": {"head": 1, "tail": 1, "initial": 1}, "picture": {"picture": 1},
    "cuts": {"picture": 3}, "text": {}, "emblem": {"picture": 1, "tail": 1}, "plate": {"picture": 1},
    "fleurons": {"row": 1}, "facsimile": {"picture": 1},
}  # fmt: skip
"""Blocks that a layout takes from each deck."""


def _deck(kind: str, rng: np.random.Generator, pages: int) -> Iterator[str]:
    names = [d.name for d in all_designs() if _family(d) == kind]
    if pages < FULL:
        names = [name for name in names if not name.startswith("map-")]  # they take longest to draw
        names = names[:: max(1, len(names) // max(3, pages // 3))]
    return cycle([names[i] for i in rng.permutation(len(names))])


def _family(design: Design) -> str:
    if design.kind == "initial":
        return "initial"
    if design.kind != "ornament":
        return "picture"
    ratio = design.size[0] / design.size[1]
    return "row" if ratio > 7 else "head" if ratio > 2.5 else "tail"


def some_state(rng: np.random.Generator, modern: bool, layout: str) -> State:
    """How a page's blocks are printed: wear, ink, and for facsimiles a screen, a mirror or a crop."""
    if not modern:
        wear = between(rng, 0, 0.75) ** 1.5
        inking = float(np.clip(rng.normal(0, 0.3), -0.7, 0.7))
        return State(wear=wear, inking=inking, tilt=float(rng.normal(0, 0.7)))
    crop = (0.0, 0.0, 1.0, 1.0)
    if layout == "facsimile" and rng.random() < 0.5:
        w, h = between(rng, 0.55, 0.9), between(rng, 0.6, 0.95)
        crop = (between(rng, 0, 1 - w), between(rng, 0, 1 - h), w, h)
    return State(
        mirrored=layout == "facsimile" and bool(rng.random() < 0.45),
        pitch=between(rng, 2.6, 4.4) if rng.random() < 0.65 else 0.0,
        wear=between(rng, 0, 0.15), tilt=float(rng.normal(0, 0.4)), crop=crop,
    )  # fmt: skip


@lru_cache(maxsize=256)
def block_of(name: str, seed: int) -> Array:
    """The finished block of a design, uint8 (h, w), read-only."""
    block = _designs()[name].block(seed)
    block.setflags(write=False)
    return block


@lru_cache(maxsize=1)
def _designs() -> dict[str, Design]:
    return {design.name: design for design in all_designs()}


def print_page(order: Order) -> Page:
    """Set, print, bind and photograph one page."""
    rng = generator(order.seed, "page", order.name)
    width, height = order.book.size
    designs = _designs()
    job = Job(
        Sheet.empty(width, height), order.book, order.number, rng, lambda name: block_of(name, order.seed),
        [designs[n] for n in order.pictures], [designs[n] for n in order.ornaments],
        [designs[n] for n in order.initials], order.state,
    )  # fmt: skip
    LAYOUTS[order.layout](job)
    if order.layout != "title":
        furniture(job)
    if order.layout in ("chapter", "text", "picture") and not order.book.modern and rng.random() < 0.5:
        marginalia(job)
    behind = np.roll(job.sheet.ink, (int(rng.integers(-40, 40)), 17), axis=(0, 1))[::-1]
    flat = impression(job.sheet.ink, order.book.paper(order.seed), rng, behind)
    rgb, matrix = skewed(flat, float(rng.normal(0, 0.55)), 0.006, rng)
    printed = tuple(moved(item, matrix, width, height) for item in job.sheet.printed)
    return Page(order, rgb, printed, job.title, job.caption)


def print_all(folder: Path, seed: int, pages: int, progress: Callable[[int, int], None] | None = None) -> list[Page]:
    """Print all pages into `folder/images`; the pictures are written, not returned."""
    work = orders(seed, pages)
    (folder / "images").mkdir(parents=True, exist_ok=True)

    def one(order: Order) -> Page:
        page = print_page(order)
        write_jpeg(folder / order.name, page.rgb)
        return Page(order, np.zeros((0, 0, 3), np.uint8), page.printed, page.title, page.caption)

    done: list[Page] = []
    with ThreadPoolExecutor(2) as pool:
        for page in pool.map(one, work):
            done.append(page)
            if progress:
                progress(len(done), len(work))
    return done


def write_jpeg(path: Path, rgb: Array) -> None:
    """Write a picture; uint8 (h, w, 3)."""
    ok, data = cv2.imencode(".jpg", rgb[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    if not ok:
        raise OSError(f"cannot encode {path.name}")
    path.write_bytes(data.tobytes())


FIELDS = (
    "filename",
    "title",
    "caption",
    "printer",
    "place",
    "date",
    "year",
    "document",
    "kind",
    "language",
    "subjects",
    "note",
)


def write_catalogue(path: Path, rows: list[dict[str, str]]) -> None:
    """The catalogue as CSV, columns as in FIELDS."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, FIELDS, lineterminator="\n", restval="")
        writer.writeheader()
        writer.writerows(rows)


def catalogue_row(page: Page) -> dict[str, str]:
    """The catalogue entry of a page."""
    book = page.order.book
    subjects = sorted({_designs()[item.block].subject for item in page.printed})
    return {
        "filename": page.order.name,
        "title": page.title,
        "caption": page.caption,
        "printer": book.printer,
        "place": book.place,
        "date": book.date,
        "year": "" if book.year is None else str(book.year),
        "document": book.title,
        "kind": page.order.layout,
        "language": book.language,
        "subjects": "; ".join(subjects),
        "note": "Made by the sample print shop; printer and book are invented.",
    }


def write_json(path: Path, value: object) -> None:
    """JSON with sorted keys, so that equal contents are equal bytes."""
    path.write_text(json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False) + "\n", encoding="utf-8")
