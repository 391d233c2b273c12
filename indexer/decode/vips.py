"""The careful way: libvips reads TIFF, WebP, GIF, AVIF, and every JPEG or PNG that is large or out of the ordinary.

Pictures stream through in strips or tiles, so that memory follows the size of the result, not of the scan.
"""

from __future__ import annotations

import math
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import ModuleType
from typing import Any

from indexer.core.errors import DecodeError
from indexer.core.geometry import Box
from indexer.core.settings import DecodeSettings
from indexer.core.types import Array
from indexer.decode.content import Content
from indexer.decode.levels import Level, levels, smallest_enough
from indexer.decode.limits import check_size, truncated
from indexer.decode.resize import pixel_size, shrink_factor
from indexer.decode.upright import stored_box, upright, upright_box, upright_size

_DAMAGE = (
    "huffman",
    "premature",
    "truncated",
    "out of order",
    "corrupt jpeg data: found marker",
    "end of",
    "not enough",
)
"""Words in libjpeg's and libvips's messages that mean lost pixels, not only oddities."""

_WHOLE_FRAME = ("gif", "webp", "heif")


@dataclass(frozen=True, slots=True)
class Opened:
    """A picture whose header was read.

    Attributes:
        image: The pyvips image, at the resolution that was chosen.
        width, height: Stored size at full resolution.
        orientation: EXIF 1–8.
    """

    image: Any
    width: int
    height: int
    orientation: int


@lru_cache(maxsize=1)
def library() -> ModuleType:
    """pyvips, set up once: no operation cache (it keeps files open), warnings left to our own reports."""
    os.environ.setdefault("VIPS_WARNING", "0")
    import pyvips

    pyvips.cache_set_max(0)
    return pyvips  # type: ignore[no-any-return]


def limit_vips() -> None:
    """One thread for each picture, for worker processes that work beside each other."""
    library().vips_lib.vips_concurrency_set(1)


def read_size(content: Content, page: int | None) -> tuple[int, int]:
    """Upright size from the header.

    Raises:
        DecodeError: The header is damaged.
    """
    opened = _open(content, page, {})
    return upright_size(opened.width, opened.height, opened.orientation)


def decode_vips(
    content: Content, page: int | None, settings: DecodeSettings, max_side: int, box: Box | None = None
) -> tuple[Array, Box]:
    """Upright sRGB pixels of the picture, or of what holds an upright `box` of it, and the upright box that they cover.

    The longer side of the pixels is under `2 × max_side`, or that of the original if smaller. Without a box, the
    covered one is the whole picture.

    Raises:
        DecodeError: Damaged, cut off, or larger than the settings allow.
    """
    first = _open(content, page, {})
    check_size(content.name, first.width, first.height, settings, _whole_frame(content, first))
    try:
        return _pixels(content, page, first, max_side, box, "warning")
    except library().Error as error:
        if content.format != "jpeg" or any(word in str(error).lower() for word in _DAMAGE):
            raise _reason(content.name, error) from None
        return _retry(content, page, first, max_side, box)


def _retry(content: Content, page: int | None, first: Opened, max_side: int, box: Box | None) -> tuple[Array, Box]:
    """Read a JPEG again whose oddities (stray bytes between segments) do no harm."""
    try:
        return _pixels(content, page, first, max_side, box, "error")
    except library().Error as error:
        raise _reason(content.name, error) from None


def _pixels(
    content: Content, page: int | None, first: Opened, max_side: int, box: Box | None, fail_on: str
) -> tuple[Array, Box]:
    from indexer.decode.colour import flatten, to_rgb

    turned = upright_size(first.width, first.height, first.orientation)
    stored = stored_box(box or (0, 0, *turned), first.width, first.height, first.orientation)
    opened = _at_resolution(content, page, first, max_side / max(stored[2:]), box is not None, fail_on)
    image, at, pixel = (opened.image, (0, 0), 1.0) if box is None else _crop(opened, stored)
    image = flatten(image)
    factor = max(1, math.floor(max(image.width, image.height) / max_side))
    if factor > 1:
        image = image.shrink(min(factor, image.width), min(factor, image.height), ceil=True)
    rgb = upright(to_rgb(image), first.orientation)
    if box is None:
        return rgb, (0.0, 0.0, float(turned[0]), float(turned[1]))
    covered = (at[0] * pixel, at[1] * pixel, image.width * factor * pixel, image.height * factor * pixel)
    return rgb, upright_box(covered, first.width, first.height, first.orientation)


def _at_resolution(content: Content, page: int | None, first: Opened, scale: float, part: bool, fail_on: str) -> Opened:
    """Open again, at the smallest resolution the file offers that is at least `scale` of the full one."""
    options: dict[str, Any] = {"fail_on": fail_on if content.format == "jpeg" else "error"}
    if content.format == "jpeg":
        options["shrink"] = shrink_factor(first.width, first.height, math.ceil(scale * max(first.width, first.height)))
    elif content.format == "webp" and scale < 1:
        options["scale"] = scale
    elif content.format == "tiff":
        level = _tiff_level(content, page or 0, scale)
        if level is not None:
            options |= {"page": level.page, "subifd": level.subifd}
    tiled = first.image.get_typeof("tile-width") != 0
    image = _load(content, page, {"access": "random" if part and tiled else "sequential", **options})
    return Opened(image, first.width, first.height, first.orientation)


def _tiff_level(content: Content, page: int, scale: float) -> Level | None:
    with content.open() as file:
        found = levels(file, page)
    return smallest_enough(found, scale) if found else None


def _crop(opened: Opened, stored: Box) -> tuple[Any, tuple[int, int], float]:
    """The part of the image that holds the `stored` box, its corner, and the original pixels that one of it covers."""
    image = opened.image
    pixel = pixel_size(max(opened.width, opened.height), max(image.width, image.height))
    left = min(math.floor(stored[0] / pixel), image.width - 1)
    top = min(math.floor(stored[1] / pixel), image.height - 1)
    right = min(math.ceil((stored[0] + stored[2]) / pixel), image.width)
    bottom = min(math.ceil((stored[1] + stored[3]) / pixel), image.height)
    return image.crop(left, top, max(1, right - left), max(1, bottom - top)), (left, top), pixel


def _open(content: Content, page: int | None, options: Mapping[str, Any]) -> Opened:
    try:
        image = _load(content, page, {"access": "sequential", **options})
    except library().Error as error:
        raise _reason(content.name, error) from None
    orientation = image.get("orientation") if image.get_typeof("orientation") else 1
    return Opened(image, image.width, image.height, orientation if 1 <= orientation <= 8 else 1)


def _load(content: Content, page: int | None, options: Mapping[str, Any]) -> Any:
    """Call the loader of the sniffed format; the path goes as bytes, so that odd names and `[…]` in them survive."""
    call, name = library().Operation.call, f"{content.format}load"
    if content.format in ("tiff", "gif", "webp"):
        options = {"page": page or 0, **options}
    if content.format == "tiff":
        options = {"unlimited": True, **options}  # whole-picture strips; `check_size` guards in its place
    if content.data is not None:
        return call(f"{name}_buffer", content.data, **options)
    return call(name, os.fsencode(content.path), **options)


def _whole_frame(content: Content, opened: Opened) -> bool:
    """Whether the format forces libvips to hold all pixels at once."""
    image = opened.image
    return content.format in _WHOLE_FRAME or any(
        image.get_typeof(field) and image.get(field) for field in ("interlaced", "jpeg-multiscan")
    )


def _reason(name: str, error: Exception) -> DecodeError:
    """libvips's complaint as one plain sentence."""
    text = getattr(error, "detail", "") or str(error)
    lines = [line.strip() for line in str(text).splitlines() if line.strip()]
    if any(word in str(text).lower() for word in _DAMAGE):
        return truncated(name)
    return DecodeError(
        f"{name} cannot be decoded: {lines[0] if lines else 'unknown reason'}.",
        "Open it in another program and save it anew.",
    )
