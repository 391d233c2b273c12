"""What JPEG and PNG files say before their pixels: size, orientation, colour. Decides which decoder may serve."""

from __future__ import annotations

import io
import struct
import zlib
from dataclasses import dataclass

from indexer.decode.ifd import directories

_FRAMES = frozenset({0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF})
_PROGRESSIVE = frozenset({0xC2, 0xC6, 0xCA, 0xCE})
_BARE = frozenset({0x01, *range(0xD0, 0xD9)})


@dataclass(frozen=True, slots=True)
class Header:
    """What is known of a JPEG or PNG without decoding it.

    Attributes:
        width, height: Stored size, before turning.
        orientation: EXIF 1–8.
        plain: Grey, palette or RGB/YCbCr of 8 bits at most without transparency: needs no more than a codec.
        profile: Embedded ICC profile, b"" if none.
        whole_frame: Cannot be decoded line by line (progressive, interlaced).
        pixels_at: Where the compressed pixels begin in the file.
    """

    width: int
    height: int
    orientation: int = 1
    plain: bool = False
    profile: bytes = b""
    whole_frame: bool = False
    pixels_at: int = 0


def read_header(kind: str, data: bytes) -> Header | None:
    """The header of a JPEG or PNG that begins with `data`; None when it is of another kind, damaged or cut off."""
    try:
        if kind == "jpeg":
            return _jpeg(data)
        return _png(data) if kind == "png" else None
    except (struct.error, IndexError, zlib.error):
        return None


def is_srgb(profile: bytes) -> bool:
    """Whether a profile calls itself sRGB, so that no conversion is needed (ICC.1:2022, `desc` tag)."""
    if not profile:
        return True
    try:
        (count,) = struct.unpack_from(">I", profile, 128)
        tags = [struct.unpack_from(">4sII", profile, 132 + 12 * i) for i in range(min(count, 100))]
    except struct.error:
        return False
    names = {tag for tag, _, _ in tags}
    text = b"".join(profile[at : at + size] for tag, at, size in tags if tag == b"desc").replace(b"\0", b"")
    return b"rXYZ" in names and b"sRGB" in text


def _jpeg(data: bytes) -> Header | None:
    at, profile, orientation, frame = 2, {}, 1, None
    while at + 4 <= len(data):
        if data[at] != 0xFF:
            return None
        marker = data[at + 1]
        if marker == 0xFF or marker in _BARE:  # padding, or a marker without a body
            at += 1 if marker == 0xFF else 2
            continue
        (length,) = struct.unpack_from(">H", data, at + 2)
        body = data[at + 4 : at + 2 + length]
        if marker in _FRAMES:
            frame = (marker, body)
        elif marker == 0xE1 and body[:6] == b"Exif\0\0" and orientation == 1:
            orientation = _orientation(body[6:])
        elif marker == 0xE2 and body[:12] == b"ICC_PROFILE\0":
            profile[body[12]] = body[14:]
        elif marker == 0xDA:
            return _jpeg_header(frame, orientation, b"".join(profile[k] for k in sorted(profile)), at)
        at += 2 + length
    return None


def _jpeg_header(frame: tuple[int, bytes] | None, orientation: int, profile: bytes, at: int) -> Header | None:
    if frame is None:
        return None
    marker, body = frame
    bits, height, width, channels = struct.unpack_from(">BHHB", body)
    plain = bits == 8 and channels in (1, 3)
    return Header(width, height, orientation, plain, profile, marker in _PROGRESSIVE, at)


def _png(data: bytes) -> Header | None:
    width, height, bits, colour, _, _, interlace = struct.unpack_from(">IIBBBBB", data, 16)
    plain, orientation, profile, at = bits <= 8 and colour in (0, 2, 3), 1, b"", 8
    while at + 12 <= len(data):
        length, name = struct.unpack_from(">I4s", data, at)
        body = data[at + 8 : at + 8 + min(length, 1 << 24)]
        if name == b"IDAT":
            return Header(width, height, orientation, plain, profile, bool(interlace), at)
        if name == b"tRNS":
            plain = False
        elif name == b"eXIf":
            orientation = _orientation(body)
        elif name == b"iCCP":
            profile = zlib.decompressobj().decompress(body[body.index(b"\0") + 2 :], 1 << 24) if b"\0" in body else b""
        at += 12 + length
    return None


def _orientation(exif: bytes) -> int:
    """Tag 274 of the first directory of an EXIF block, 1 when it has none or is damaged."""
    first = next(iter(directories(io.BytesIO(exif), 1)), None)
    return first.orientation if first else 1
