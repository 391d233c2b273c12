"""The quick way for ordinary JPEG and PNG files: OpenCV's codecs, which have the least overhead of all that we tried.

OpenCV fills what is missing with grey and says nothing, so a file comes here only when its end is in place,
and libvips is asked for a second opinion when its last rows look filled in.
"""

from __future__ import annotations

from indexer.core.types import Array
from indexer.decode.arrival import end_mark, open_ended
from indexer.decode.content import Content
from indexer.decode.header import Header, is_srgb
from indexer.decode.resize import shrink_factor

MOST_PIXELS = 64_000_000
"""Pixels in memory at once (192 MB); larger pictures are streamed by libvips."""

_END_WITHIN = 4096
"""Bytes from the end within which the end mark must be; cameras and editors append a little padding."""

_TAIL_ROWS = 8
"""Rows looked at for filling: one row of JPEG blocks."""


def serves(content: Content, header: Header | None, max_side: int) -> bool:
    """Whether this module may decode the file."""
    if content.data is None or header is None or not header.plain or not is_srgb(header.profile):
        return False
    factor = shrink_factor(header.width, header.height, max_side) if content.format == "jpeg" else 1
    whole = header.width * header.height if header.whole_frame else 0
    return max(whole, header.width * header.height // factor**2) <= MOST_PIXELS and _complete(content, header)


def decode_plain(content: Content, header: Header, max_side: int) -> Array | None:
    """Stored (not yet upright) pixels, uint8 (h, w, 3), at most shrunk by a JPEG factor; None when in doubt."""
    import cv2
    import numpy as np

    factor = shrink_factor(header.width, header.height, max_side) if content.format == "jpeg" else 1
    # The grey names of the factors, because OpenCV refuses the colour (BGR) ones together with RGB.
    reduced = {2: cv2.IMREAD_REDUCED_GRAYSCALE_2, 4: cv2.IMREAD_REDUCED_GRAYSCALE_4, 8: cv2.IMREAD_REDUCED_GRAYSCALE_8}
    flags = reduced.get(factor, 0) | cv2.IMREAD_COLOR_RGB | cv2.IMREAD_IGNORE_ORIENTATION
    try:
        rgb = cv2.imdecode(np.frombuffer(content.data or b"", np.uint8), flags)
    except cv2.error:
        return None
    if rgb is None or (content.format == "jpeg" and _looks_filled(rgb) and not _is_sound(content, header)):
        return None
    return np.asarray(rgb)


def _complete(content: Content, header: Header) -> bool:
    """Whether the end mark is where it should be."""
    data = content.data or b""
    if content.format == "png":
        return b"IEND\xaeB`\x82" in data[-_END_WITHIN:]
    return data.rfind(b"\xff\xd9", max(header.pixels_at, content.size - _END_WITHIN)) >= 0


def _looks_filled(rgb: Array) -> bool:
    """Whether the last rows are one colour: libjpeg's filling, or a clean margin (so: only a doubt)."""
    tail = rgb[-_TAIL_ROWS:]
    return bool((tail == tail[0, 0]).all())


def _is_sound(content: Content, header: Header) -> bool:
    """Whether libvips reads the whole file without a complaint; at an eighth of the size, so for half the price."""
    from indexer.decode.vips import library

    if not header.whole_frame:
        content = open_ended(content, end_mark(content, header))
    try:
        library().Image.jpegload_buffer(content.data, shrink=8, access="sequential", fail_on="warning").avg()
    except library().Error:
        return False
    return True
