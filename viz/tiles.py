"""Thumbnails to tiles: sheets of tiles in all the sizes that an atlas has, made in the collection's order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from indexer.core.types import Array
from viz.restarts import Form

PAGE = 1024
SMALLEST = 8
PLAIN = 16
"""Tiles up to this side are kept as pixels until their page is made: coded one by one they would take more room, and
a JPEG block of halved colour would mix neighbours."""
EMPTY = (196, 202, 206)
"""Colour (BGR) of a picture that has no thumbnail."""
HALF = 0.48


def sides(tile: int) -> list[int]:
    """Tile sides of an atlas whose largest is `tile`, ascending."""
    return [SMALLEST << i for i in range((tile // SMALLEST).bit_length())]


@dataclass(frozen=True, slots=True)
class Sheet:
    """The tiles of a few pictures, side by side, row by row.

    Attributes:
        coded: By tile side, a JPEG that can be cut into its tiles (`viz.restarts`).
        plain: uint8 (pictures, PLAIN, PLAIN, 3) BGR.
        extents: uint16 (pictures, 2), width and height of each picture in its largest tile; (0, 0) without thumbnail.
        colours: uint8 (pictures, 3), mean sRGB colour.
    """

    coded: dict[int, bytes]
    plain: Array
    extents: Array
    colours: Array


class SheetMaker:
    """Makes sheets.

    Args:
        tile: Side of the largest tiles, a power of two from 64 to `PAGE`.
        quality: JPEG quality.
    """

    def __init__(self, tile: int, quality: int) -> None:
        self.tile, self.quality = tile, quality
        self.across = PAGE // tile
        self.forms = [Form(side, quality) for side in reversed(sides(tile)) if side > PLAIN]

    @property
    def capacity(self) -> int:
        """Pictures on a sheet."""
        return self.across**2

    def make(self, thumbnails: Sequence[bytes | None]) -> Sheet:
        """The sheet of at most `capacity` pictures (image files; None for missing ones)."""
        import cv2

        count = len(thumbnails)
        sheet = np.zeros((PAGE, PAGE, 3), np.uint8)
        extents, colours = np.zeros((count, 2), np.uint16), np.zeros((count, 3))
        for i, data in enumerate(thumbnails):
            y, x = (self.tile * v for v in divmod(i, self.across))
            target = sheet[y : y + self.tile, x : x + self.tile]
            extents[i] = put(data, target)
            width, height = extents[i].tolist()
            colours[i] = cv2.mean(target[:height, :width] if width else target)[2::-1]
        coded = {}
        for form in self.forms:
            coded[form.side] = form.encode(sheet)
            sheet = cv2.resize(sheet, (len(sheet) // 2,) * 2, interpolation=cv2.INTER_AREA)
        plain = sheet.reshape(self.across, PLAIN, self.across, PLAIN, 3).swapaxes(1, 2).reshape(-1, PLAIN, PLAIN, 3)
        return Sheet(coded, plain[:count], extents, colours.round().astype(np.uint8))


def put(data: bytes | None, target: Array) -> tuple[int, int]:
    """Draws one picture into the corner of its tile, its last row and column repeated to the tile's edge.

    Args:
        data: An image file (WebP, JPEG, PNG), or None.
        target: uint8 (side, side, 3) BGR, the tile; filled with `EMPTY` when `data` is no picture.

    Returns:
        Width and height of the picture in the tile; (0, 0) when there is none.
    """
    import cv2

    side = len(target)
    picture = decoded(data)
    if picture is None:
        target[:] = EMPTY
        return 0, 0
    height, width = picture.shape[:2]
    scale = side / max(height, width)
    w, h = max(1, round(width * scale)), max(1, round(height * scale))
    if (w, h) != (width, height):
        # At half size, linear interpolation is the mean of four pixels, as area averaging, and three times faster.
        method = cv2.INTER_CUBIC if scale > 1 else cv2.INTER_LINEAR if scale > HALF else cv2.INTER_AREA
        picture = cv2.resize(picture, (w, h), interpolation=method)
    cv2.copyMakeBorder(picture, 0, side - h, 0, side - w, cv2.BORDER_REPLICATE, dst=target)
    return w, h


def decoded(data: bytes | None) -> Array | None:
    """uint8 (h, w, 3) BGR; None when `data` is no picture."""
    import cv2

    if not data:
        return None
    try:
        picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error:
        return None
    return None if picture is None or 0 in picture.shape else np.asarray(picture)
