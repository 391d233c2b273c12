"""Whether all of a file arrived. Broken downloads and copies keep the size and have zeros where the rest should be."""

from __future__ import annotations

from dataclasses import replace

from indexer.decode.content import Content
from indexer.decode.header import Header

_TAIL = 1 << 16
_ZEROS = 512
"""Zero bytes at the end that are no coincidence; writers pad to 512 at most, and after the end mark."""

_END = b"\xff\xd9"
"""End of image in JPEG and of codestream in JPEG 2000."""


def arrived(content: Content) -> bool:
    """Whether the file ends with data. False only when it certainly ends in a hole."""
    if content.format not in ("jpeg", "jp2", "webp"):
        return True
    with content.open() as file:
        head = file.read(8)
        start = max(0, content.size - _TAIL)
        file.seek(start)
        tail = file.read(_TAIL)
    if content.format == "webp":  # what lies behind the RIFF chunk is nobody's business
        tail = tail[: max(0, 8 + int.from_bytes(head[4:8], "little") - start)]
    data = tail.rstrip(b"\0")
    hole = len(tail) - len(data) >= _ZEROS
    return not hole or (content.format != "webp" and data.rfind(_END, max(0, len(data) - 4096)) >= 0)


def ended(content: Content, header: Header | None) -> Content:
    """A JPEG without its end mark, made readable if every pixel is there; some cameras leave the mark out."""
    data = content.data
    if (
        content.format != "jpeg"
        or data is None
        or header is None
        or _END in data[max(header.pixels_at, len(data) - _TAIL) :]
    ):
        return content
    return replace(content, data=data + _END) if header.whole_frame else open_ended(content, len(data))


def open_ended(content: Content, end: int) -> Content:
    """A sequential JPEG cut at `end`, before its end mark, so that libjpeg reports the lack of any pixel.

    With the mark in place it would fill in, and only mutter. It reads up to 8 bytes ahead, hence the zeros.
    """
    return replace(content, data=(content.data or b"")[:end] + bytes(8))


def end_mark(content: Content, header: Header) -> int:
    """Where the end mark of a JPEG's first picture is; it cannot occur among compressed pixels (T.81, B.1.1.5)."""
    return (content.data or b"").find(_END, header.pixels_at)
