"""Files and uploads to upright sRGB pixels: picks the decoder that serves each best, by content."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

from indexer.core.errors import DecodeError
from indexer.core.geometry import Box, clip_box
from indexer.core.settings import DecodeSettings
from indexer.core.types import Array, DecodedImage, SourceItem
from indexer.decode.arrival import arrived, ended
from indexer.decode.content import Content, from_bytes, from_file
from indexer.decode.header import read_header
from indexer.decode.limits import UPLOAD_PIXELS, check_size, truncated
from indexer.decode.plain import decode_plain, serves
from indexer.decode.resize import pixel_size, reduce_to, resample
from indexer.decode.upright import upright, upright_box, upright_size

_PILLOW = ("jp2", "bmp", "pnm")

_HEAD = 1 << 20
"""Bytes in which the headers of a JPEG or PNG end, even with a large colour profile in them."""


def decode(item: SourceItem, settings: DecodeSettings, max_side: int | None = None) -> DecodedImage:
    """Read an item of a source once: pixels, original size and digest.

    Raises:
        DecodeError: With a plain reason, for anything that is wrong with this one file.
    """
    if item.problem:
        raise DecodeError(item.problem)
    content = from_file(item.path, item.page)
    return replace(_decode(content, settings, max_side, item.page), digest=content.digest(item.page))


def decode_file(
    path: Path | str, settings: DecodeSettings, max_side: int | None = None, page: int | None = None
) -> DecodedImage:
    """Read one file, without a digest.

    Raises:
        DecodeError: With a plain reason, for anything that is wrong with the file.
    """
    return _decode(from_file(Path(path), page), settings, max_side, page)


def decode_bytes(
    data: bytes, settings: DecodeSettings, max_side: int | None = None, name: str = "upload"
) -> DecodedImage:
    """Read an upload. Stricter about size than files are, because anybody can send one.

    Raises:
        DecodeError: With a plain reason, for anything that is wrong with it.
    """
    content = from_bytes(data, name)
    strict = replace(settings, max_pixels=min(settings.max_pixels, UPLOAD_PIXELS))
    return replace(_decode(content, strict, max_side, None), digest=content.digest())


def image_size(path: Path | str, page: int | None = None, settings: DecodeSettings | None = None) -> tuple[int, int]:
    """Upright width and height, from the header alone. `settings` gives the resolution of PDF pages.

    Raises:
        DecodeError: Vanished, unreadable, or not a picture.
    """
    content = from_file(Path(path), page, most=0)
    if content.format == "pdf":
        from indexer.decode.pdf import page_size

        return page_size(content, page, settings or DecodeSettings())
    if content.format in _PILLOW:
        from indexer.decode.pillow import read_size_pillow

        return read_size_pillow(content)
    with content.open() as file:
        header = read_header(content.format, file.read(_HEAD))
    if header is not None:
        return upright_size(header.width, header.height, header.orientation)
    from indexer.decode.vips import read_size

    return read_size(content, page)


def crop(path: Path | str, page: int | None, box: Box, settings: DecodeSettings, max_side: int | None = None) -> Array:
    """The pixels of an upright `box` (original pixels), uint8 (h, w, 3), its longer side at most `max_side`.

    Tiled TIFFs, pyramids and PDFs are read only where the box is; JPEGs at the reduced scale that suffices.

    Raises:
        DecodeError: As for `decode_file`.
        UsageError: The box lies outside the image.
    """
    limit = max_side or settings.max_side
    content = from_file(Path(path), page)
    width, height = image_size(path, page, settings)
    box = clip_box(box, width, height)
    if content.format == "pdf":
        from indexer.decode.pdf import render_page

        rgb, covered, *_ = render_page(content, page, settings, limit, box)
        return resample(rgb, covered, box, limit)
    if content.format in _PILLOW or _is_plain(content, box, limit):
        rgb = _pixels(content, settings, math.ceil(min(1.0, limit / max(box[2:])) * max(width, height)), page)[0]
        return resample(rgb, _covered(content, rgb, width, height), box, limit)
    from indexer.decode.vips import decode_vips

    return resample(*decode_vips(content, page, settings, limit, box), box, limit)


def _covered(content: Content, rgb: Array, width: int, height: int) -> Box:
    """The upright box that a whole picture covers; reduced, it reaches a little over the edge that was stored last."""
    header = read_header(content.format, content.data or b"")
    orientation = header.orientation if header else 1
    pixel = pixel_size(max(width, height), max(rgb.shape[:2]))
    reach = upright_size(rgb.shape[1], rgb.shape[0], orientation)  # swapping the sides undoes itself
    stored = upright_size(width, height, orientation)
    # The pixels of a reduced JPEG 2000 lie on the first of those that they stand for, not in their middle.
    start = -(pixel - 1) / 2 if content.format == "jp2" else 0.0
    return upright_box((start, start, reach[0] * pixel, reach[1] * pixel), *stored, orientation)


def _is_plain(content: Content, box: Box, limit: int) -> bool:
    header = read_header(content.format, content.data or b"")
    if header is None:
        return False
    scale = min(1.0, limit / max(box[2:]))
    return serves(content, header, math.ceil(scale * max(header.width, header.height)))


def _decode(content: Content, settings: DecodeSettings, max_side: int | None, page: int | None) -> DecodedImage:
    limit = max_side or settings.max_side
    rgb, width, height = _pixels(content, settings, limit, page)
    return DecodedImage(_fit(rgb, width, height, limit), width, height)


def _pixels(content: Content, settings: DecodeSettings, limit: int, page: int | None) -> tuple[Array, int, int]:
    """Upright pixels at `limit` or somewhat more, and the full upright size."""
    if not arrived(content):
        raise truncated(content.name)
    if content.format == "pdf":
        from indexer.decode.pdf import render_page

        rendered = render_page(content, page, settings, limit)
        return rendered[0], rendered[2], rendered[3]
    if content.format in _PILLOW:
        from indexer.decode.pillow import decode_pillow

        return decode_pillow(content, settings, limit)
    header = read_header(content.format, content.data) if content.data is not None else None
    if header is not None:
        check_size(content.name, header.width, header.height, settings, header.whole_frame)
        rgb = decode_plain(content, header, limit) if serves(content, header, limit) else None
        if rgb is not None:
            return upright(rgb, header.orientation), *upright_size(header.width, header.height, header.orientation)
    from indexer.decode.vips import decode_vips

    rgb, covered = decode_vips(ended(content, header), page, settings, limit)
    return rgb, round(covered[2]), round(covered[3])


def _fit(rgb: Array, width: float, height: float, limit: int) -> Array:
    """Reduce to what `width` × `height` becomes when its longer side is at most `limit`; never enlarges."""
    scale = min(1.0, limit / max(width, height))
    return reduce_to(rgb, max(1, round(width * scale)), max(1, round(height * scale)))


def limit_threads() -> None:
    """One thread for each picture; for worker processes, which run one beside the other on every core."""
    import cv2

    from indexer.decode.vips import limit_vips

    cv2.setNumThreads(1)
    limit_vips()
