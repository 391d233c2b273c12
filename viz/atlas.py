"""Texture atlases: pages of tiles, a pyramid of halvings.

A page is 1024 × 1024 pixels; a tile of side s holds a picture in its top-left corner, longer side s. Picture `i`
is in page `i // m` at slot `i % m` of the level with m = (1024 / s)² tiles a page; slots follow a Z-order curve, so
that four pages, each halved, are the quadrants of the page of the next level, and a viewer finds any tile from its
number alone. Tiles were made before their places were known (`viz.preparation`); here they get them.
"""

from __future__ import annotations

import mmap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from indexer.core.types import Array
from viz.curves import morton_xy
from viz.preparation import PictureSource, Preparation, Prepared
from viz.restarts import Form, cuts, join, scan_start
from viz.tiles import PAGE, PLAIN, SheetMaker, sides


@dataclass(frozen=True, slots=True)
class AtlasReport:
    """What was written.

    Attributes:
        levels: Tile sides, ascending.
        pages: Number of pages by level.
        extents: uint16 (n, 2), width and height of each picture within its largest tile; (0, 0) without thumbnail.
        colours: uint8 (n, 3), mean sRGB colour.
        missing: Number of pictures without a thumbnail.
        bytes: By level.
    """

    levels: list[int]
    pages: dict[int, int]
    extents: Array
    colours: Array
    missing: int
    bytes: dict[int, int]


def tiles_per_page(side: int) -> int:
    """How many tiles of `side` a page holds."""
    return (PAGE // side) ** 2


def write_atlas(folder: Path, pictures: Preparation, order: Array, step: Callable[[int], None]) -> AtlasReport:
    """Waits for the pictures and writes `folder`/SIDE/NUMBER.jpg.

    Args:
        folder: Gets the pages.
        pictures: Under way.
        order: int64 (n,): position among them of each picture of the map.
        step: Told how many pictures were done.
    """
    prepared = pictures.finished(step)
    levels = sides(pictures.source.tile)
    binder = _Binder(folder, pictures.source, prepared, order)
    for side in levels:
        (folder / str(side)).mkdir(parents=True, exist_ok=True)
    for side in levels:
        if side > PLAIN:
            binder.coded_pages(side)
    binder.plain_pages()
    extents = np.concatenate([np.zeros((0, 2), np.uint16), *(p.extents for p in prepared)])[order]
    colours = np.concatenate([np.zeros((0, 3), np.uint8), *(p.colours for p in prepared)])[order]
    pages = {side: -(-len(order) // tiles_per_page(side)) for side in levels}
    return AtlasReport(levels, pages, extents, colours, int((extents[:, 0] == 0).sum()), binder.bytes)


class _Binder:
    """Puts tiles into pages."""

    def __init__(self, folder: Path, source: PictureSource, prepared: Sequence[Prepared], order: Array) -> None:
        maker = SheetMaker(source.tile, source.quality)
        self.folder, self.order, self.maker = folder, order, maker
        self.bytes = dict.fromkeys(sides(maker.tile), 0)
        names = sorted({p.file for p in prepared})
        self.stores = [_mapped(source.scratch / name) for name in names]
        of_sheet = [np.full(len(p.plain), names.index(p.file)) for p in prepared]
        self.store = np.concatenate([np.zeros(0, np.int64), *of_sheet])
        self.plain = np.concatenate([np.zeros(0, np.int64), *(p.plain for p in prepared)])
        self.cuts = {f.side: np.concatenate([p.cuts[f.side] for p in prepared]) for f in maker.forms if len(prepared)}

    def coded_pages(self, side: int) -> None:
        """The pages of a level whose tiles are pieces of JPEGs."""
        form = Form(side, self.maker.quality)
        empty = form.encode(np.zeros((PAGE, PAGE, 3), np.uint8))
        header, first = empty[: scan_start(empty)], cuts(empty)[:2]
        stores = [*self.stores, memoryview(empty)]
        per_page, row = tiles_per_page(side), np.arange(form.rows)[None, :, None]
        for number in range(-(-len(self.order) // per_page)):
            shown = self._laid_out(number, side)[:, None, :]
            sheet, slot = np.divmod(shown, self.maker.capacity)
            line, column = np.divmod(slot, self.maker.across)
            piece = (line * form.rows + row) * self.maker.across + column
            filled = np.broadcast_to(shown >= 0, piece.shape)
            starts = np.where(filled, self.cuts[side][sheet, piece], first[0])
            stops = np.where(filled, self.cuts[side][sheet, piece + 1], first[1]) - 2
            store = np.where(filled, self.store[sheet], len(stores) - 1)
            where = zip(store.ravel().tolist(), starts.ravel().tolist(), stops.ravel().tolist(), strict=True)
            self._save(side, number, join(header, [stores[s][a:b] for s, a, b in where]))

    def plain_pages(self) -> None:
        """The pages of the smallest tiles, coded anew."""
        per_page, quarter = tiles_per_page(PLAIN), PAGE // 2
        count = -(-len(self.order) // per_page)
        below = np.zeros((PAGE, PAGE, 3), np.uint8)
        for number in range(count):
            page = self._plain_page(number)
            self._save(PLAIN, number, _coded(page, self.maker.quality))
            line, column = divmod(number % 4, 2)
            below[line * quarter :, column * quarter :][:quarter, :quarter] = _halved(page)
            if number % 4 == 3 or number == count - 1:
                self._save(PLAIN // 2, number // 4, _coded(below, self.maker.quality))
                below[:] = 0

    def _plain_page(self, number: int) -> Array:
        shown = self._laid_out(number, PLAIN)
        sheet, slot = np.divmod(shown[shown >= 0], self.maker.capacity)
        size = PLAIN * PLAIN * 3
        starts = self.plain[sheet] + slot * size
        tiles = [self.stores[s][a : a + size] for s, a in zip(self.store[sheet].tolist(), starts.tolist(), strict=True)]
        page = np.zeros((*shown.shape, PLAIN, PLAIN, 3), np.uint8)
        page[shown >= 0] = np.frombuffer(b"".join(tiles), np.uint8).reshape(-1, PLAIN, PLAIN, 3)
        return page.swapaxes(1, 2).reshape(PAGE, PAGE, 3)

    def _laid_out(self, number: int, side: int) -> Array:
        """int64 (rows, columns): which pictures (in the collection's order) a page shows where, −1 for none."""
        across, per_page = PAGE // side, tiles_per_page(side)
        shown = self.order[number * per_page : (number + 1) * per_page]
        columns, rows = morton_xy(np.arange(len(shown)))
        cells = np.full((across, across), -1, np.int64)
        cells[rows, columns] = shown
        return cells

    def _save(self, side: int, number: int, data: bytes) -> None:
        (self.folder / str(side) / f"{number}.jpg").write_bytes(data)
        self.bytes[side] += len(data)


def _mapped(file: Path) -> memoryview:
    with file.open("rb") as opened:
        return memoryview(mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ))


def _halved(page: Array) -> Array:
    import cv2

    return np.asarray(cv2.resize(page, (len(page) // 2,) * 2, interpolation=cv2.INTER_AREA))


def _coded(page: Array, quality: int) -> bytes:
    """A page of small tiles, which keep all their colour."""
    import cv2

    sampling = [cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444]
    return bytes(cv2.imencode(".jpg", page, [cv2.IMWRITE_JPEG_QUALITY, quality, *sampling])[1].tobytes())
