"""What a file is, from its first bytes. Names and extensions are not trusted."""

from __future__ import annotations

HEAD = 64
"""Bytes that `sniff` needs."""

_STARTS = (
    (b"\xff\xd8\xff", "jpeg"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"II*\0", "tiff"),
    (b"MM\0*", "tiff"),
    (b"II+\0", "tiff"),  # BigTIFF
    (b"MM\0+", "tiff"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"\0\0\0\x0cjP  \r\n\x87\n", "jp2"),
    (b"\xff\x4f\xff\x51", "jp2"),  # bare codestream
    (b"%PDF-", "pdf"),
)
_HEIF_BRANDS = (b"avif", b"avis", b"heic", b"heix", b"mif1", b"msf1")

_JPEG = ("jpg", "jpeg", "jpe", "jfif")
_JPEG_2000 = ("jp2", "j2k", "jpf", "jpx", "jpc", "j2c")
_OTHER = ("png", "tif", "tiff", "webp", "gif", "pdf", "bmp", "dib", "avif", "heic", "heif", "pbm", "pgm", "ppm", "pnm")

EXTENSIONS = frozenset((*_JPEG, *_JPEG_2000, *_OTHER))
"""Extensions that promise a picture; such a file is offered even when its content breaks the promise."""


def sniff(head: bytes) -> str:
    """The format of a file that starts with `head`: jpeg, png, tiff, gif, webp, jp2, pdf, heif, bmp, pnm, or ""."""
    for start, name in _STARTS:
        if head.startswith(start):
            return name
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp"
    if head[4:8] == b"ftyp" and head[8:12] in _HEIF_BRANDS:
        return "heif"
    return _sniff_weak(head)


def _sniff_weak(head: bytes) -> str:
    """Formats whose two letters alone would match ordinary text."""
    if head[:2] == b"BM" and head[6:10] == b"\0\0\0\0" and len(head) >= 26:
        return "bmp"
    if head[:1] == b"P" and head[1:2] in b"123456" and head[2:3] in (b"\n", b" ", b"\r", b"\t") and len(head) > 8:
        return "pnm" if head[3:4].isdigit() or head[3:4] == b"#" else ""
    if b"%PDF-" in head:  # some writers put a few bytes before the header
        return "pdf"
    return ""
