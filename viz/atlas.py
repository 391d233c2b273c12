"""Texture atlases: pages of tiles, a pyramid of halvings.

A page is 1024 × 1024 pixels; a tile of side s holds a picture in its top-left corner, longer side s. Picture `i`
is in page `i // m` at slot `i % m` of the level with m = (1024 / s)² tiles a page; slots follow a Z-order curve, so
that four pages, each halved, are the quadrants of the page of the next level. Every level therefore costs one
halving of the level above, and a viewer finds any tile from its number alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from indexer.core.types import Array
from viz.curves import morton_xy

PAGE = 1024
SMALLEST = 8
EMPTY = (196, 202, 206)
"""Colour (BGR) of a picture that has no thumbnail."""
HALF = 0.48
FULL_CHROMA_UP_TO = 16
"""Tiles up to this side keep all their colour: a JPEG block of halved colour would mix neighbours."""

Loader = Callable[[Sequence[int]], Mapping[int, bytes]]


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


class AtlasWriter:
    """Writes the pages of `count` pictures, in the order of the map, into `folder`.

    Args:
        count: Number of pictures.
        folder: Gets `SIDE/NUMBER.jpg`.
        tile: Side of the largest tiles, a power of two.
        quality: JPEG quality.
        threads: Pages made at once.
    """

    def __init__(self, count: int, folder: Path, tile: int = 128, quality: int = 80, threads: int = 2) -> None:
        self.count, self.folder, self.tile, self.quality, self.threads = count, folder, tile, quality, threads
        self.levels = [SMALLEST << i for i in range((tile // SMALLEST).bit_length())]
        self.extents = np.zeros((count, 2), np.uint16)
        self.colours = np.zeros((count, 3), np.uint8)
        self.bytes = dict.fromkeys(self.levels, 0)
        self.missing = 0

    def write(self, fetch: Callable[[int, int], Sequence[bytes | None]], step: Callable[[int], None]) -> AtlasReport:
        """Makes all pages.

        Args:
            fetch: Gives the thumbnails (image files) of pictures `start` to `stop`, None for missing ones.
            step: Told how many pictures were done.
        """
        for side in self.levels:
            (self.folder / str(side)).mkdir(parents=True, exist_ok=True)
        per_page = tiles_per_page(self.tile)
        waiting: dict[int, Array] = {side: np.zeros((PAGE, PAGE, 3), np.uint8) for side in self.levels[:-1]}
        starts = list(range(0, self.count, per_page))
        with ThreadPoolExecutor(self.threads) as pool:
            ahead = self.threads * 2
            jobs = [pool.submit(self._top_page, s, fetch) for s in starts[:ahead]]
            for number, start in enumerate(starts):
                page, missing = jobs[number].result()
                jobs[number] = None  # type: ignore[call-overload]
                if number + ahead < len(starts):
                    jobs.append(pool.submit(self._top_page, starts[number + ahead], fetch))
                self.missing += missing
                self._descend(page, number, waiting, last=number == len(starts) - 1)
                step(min(per_page, self.count - start))
        pages = {side: -(-self.count // tiles_per_page(side)) for side in self.levels}
        return AtlasReport(self.levels, pages, self.extents, self.colours, self.missing, self.bytes)

    def _top_page(self, start: int, fetch: Callable[[int, int], Sequence[bytes | None]]) -> tuple[Array, int]:
        """Decodes, fits and saves one page of the largest tiles."""
        stop = min(start + tiles_per_page(self.tile), self.count)
        page = np.zeros((PAGE, PAGE, 3), np.uint8)
        columns, rows = morton_xy(np.arange(stop - start))
        missing = 0
        for i, data in enumerate(fetch(start, stop)):
            fitted = fit_tile(data, self.tile) if data else None
            x, y = int(columns[i]) * self.tile, int(rows[i]) * self.tile
            if fitted is None:
                missing += 1
                page[y : y + self.tile, x : x + self.tile] = EMPTY
                self.colours[start + i] = EMPTY[::-1]
                continue
            tile, size = fitted
            page[y : y + self.tile, x : x + self.tile] = tile
            self.extents[start + i] = size
            self.colours[start + i] = mean_colour(tile[: size[1], : size[0]])
        self._save(page, self.tile, start // tiles_per_page(self.tile))
        return page, missing

    def _descend(self, page: Array, number: int, waiting: dict[int, Array], last: bool) -> None:
        """Puts the halved page into its quadrant of the next level, and so on down whenever a page is full."""
        import cv2

        for side in reversed(self.levels[:-1]):
            quadrant = number % 4
            x, y = (quadrant & 1) * PAGE // 2, (quadrant >> 1) * PAGE // 2
            target = waiting[side]
            target[y : y + PAGE // 2, x : x + PAGE // 2] = cv2.resize(
                page, (PAGE // 2, PAGE // 2), interpolation=cv2.INTER_AREA
            )
            number //= 4
            if quadrant < 3 and not last:
                return
            self._save(target, side, number)
            page = target.copy()
            target[:] = 0

    def _save(self, page: Array, side: int, number: int) -> None:
        import cv2

        sampling = (
            cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444 if side <= FULL_CHROMA_UP_TO else cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420
        )
        options = [cv2.IMWRITE_JPEG_QUALITY, self.quality, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, sampling]
        _, data = cv2.imencode(".jpg", page, options)
        (self.folder / str(side) / f"{number}.jpg").write_bytes(data.tobytes())
        self.bytes[side] += len(data)


def mean_colour(picture: Array) -> Array:
    """Mean sRGB colour of a BGR picture, uint8 (3,)."""
    import cv2

    return np.round(cv2.mean(picture)[2::-1]).astype(np.uint8)


def fit_tile(data: bytes, side: int) -> tuple[Array, tuple[int, int]] | None:
    """One picture in the corner of a tile, its last row and column repeated to the tile's edge.

    Args:
        data: An image file (WebP, JPEG, PNG).
        side: Of the tile, in pixels.

    Returns:
        uint8 (side, side, 3) BGR and (width, height) of the picture in it; None when `data` is no picture.
    """
    import cv2

    try:
        picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error:
        return None
    if picture is None or 0 in picture.shape:
        return None
    height, width = picture.shape[:2]
    scale = side / max(height, width)
    w, h = max(1, round(width * scale)), max(1, round(height * scale))
    if (w, h) != (width, height):
        # At half size, linear interpolation is the mean of four pixels, as area averaging, and three times faster.
        method = cv2.INTER_CUBIC if scale > 1 else cv2.INTER_LINEAR if scale > HALF else cv2.INTER_AREA
        picture = cv2.resize(picture, (w, h), interpolation=method)
    return cv2.copyMakeBorder(picture, 0, side - h, 0, side - w, cv2.BORDER_REPLICATE), (w, h)
