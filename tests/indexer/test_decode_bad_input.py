"""Bad files fail with a plain reason; nothing comes out half grey, nothing takes the machine down."""

import io
import os
import struct
import zlib
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from indexer.core.errors import DecodeError, UsageError
from indexer.core.settings import DecodeSettings
from indexer.core.types import SourceItem
from indexer.decode import crop, decode, decode_bytes, decode_file, file_digest, image_size, list_pages

SETTINGS = DecodeSettings()


def noise(height=200, width=300):
    """Pixels that compress badly, so that half a file is about half a picture."""
    return np.random.default_rng(1).integers(0, 256, (height, width, 3), np.uint8)


@lru_cache
def encoded(kind: str, **options) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(noise()).save(buffer, kind, **options)
    return buffer.getvalue()


def written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def refuses(path: Path, reason: str, settings=SETTINGS, **options):
    with pytest.raises(DecodeError, match=reason):
        decode_file(path, settings, **options)


KINDS = {
    "JPEG": {},
    "PNG": {},
    "TIFF": {},
    "WEBP": {},
    "GIF": {},
    "JPEG2000": {},
    "BMP": {},
    "PPM": {},
    "AVIF": {},
    "PDF": {},
}
VARIANTS = {
    **KINDS,
    "progressive": {"kind": "JPEG", "progressive": True},
    "lzw": {"kind": "TIFF", "compression": "tiff_lzw"},
    "jpeg in tiff": {"kind": "TIFF", "compression": "jpeg"},
    "lossless": {"kind": "WEBP", "lossless": True},
}


def variant(name: str) -> bytes:
    options = dict(VARIANTS[name])
    return encoded(options.pop("kind", name), **options)


@pytest.mark.parametrize("part", [0.02, 0.3, 0.6, 0.9, 0.98])
@pytest.mark.parametrize("name", VARIANTS)
def test_truncated(name, part, tmp_path):
    data = variant(name)
    path = written(tmp_path / "a.jpg", data[: int(len(data) * part)])
    refuses(path, r"cut off|damaged|cannot be decoded|no pixels")
    with pytest.raises(DecodeError):
        decode_bytes(path.read_bytes(), SETTINGS, max_side=32)


@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP", "JPEG2000"])
def test_tail_never_arrived(name, tmp_path):
    """Broken downloads keep their size and have zeros where the rest should be."""
    data = variant(name)
    half = len(data) // 2
    refuses(written(tmp_path / "a", data[:half] + bytes(len(data) - half)), "cut off|cannot be decoded")


@pytest.mark.parametrize(("progressive", "part"), [(False, 0.25), (False, 0.85), (True, 0.01)])
def test_damage_inside_with_the_end_in_place(progressive, part, tmp_path):
    """The end mark alone proves nothing: libjpeg would fill the lower half with grey."""
    data = encoded("JPEG", progressive=progressive)
    refuses(written(tmp_path / "a.jpg", data[: int(len(data) * part)] + b"\xff\xd9"), "cut off")


@pytest.mark.parametrize("progressive", [False, True])
def test_jpeg_without_its_last_two_bytes_is_whole(progressive, tmp_path):
    """Some cameras leave the end mark out; every pixel is there."""
    whole = encoded("JPEG", progressive=progressive)
    image = decode_file(written(tmp_path / "a.jpg", whole[:-2]), SETTINGS)
    assert np.abs(image.rgb.astype(int) - decode_bytes(whole, SETTINGS).rgb).max() <= 2


def test_stray_bytes_do_no_harm(tmp_path):
    whole = encoded("JPEG")
    stray = whole[:2] + b"\xff\xfe\x00\x04hi" + b"\0" * 3 + whole[2:] + b"trailing" * 2000
    path = written(tmp_path / "a.jpg", stray)
    np.testing.assert_array_equal(decode_file(path, SETTINGS).rgb, decode_bytes(whole, SETTINGS).rgb)


def test_white_margin_is_no_damage(tmp_path):
    """A flat lower edge raises a doubt that the second look must settle."""
    page = np.full((400, 300, 3), 255, np.uint8)
    page[20:100, 20:200] = 30
    buffer = io.BytesIO()
    Image.fromarray(page).save(buffer, "JPEG", quality=95)
    rgb = decode_bytes(buffer.getvalue(), SETTINGS).rgb
    assert np.abs(rgb.astype(int) - page).max() < 20


def test_empty(tmp_path):
    refuses(written(tmp_path / "leer.jpg", b""), r"leer.jpg is empty \(0 bytes\)")


@pytest.mark.parametrize("data", [b"not a picture", b"\0" * 4000, b"BM is how this text begins, without a header"])
def test_not_a_picture(data, tmp_path):
    refuses(written(tmp_path / "text.png", data), "text.png is not a picture")


def test_vanished(tmp_path):
    refuses(tmp_path / "a.jpg", "a.jpg is gone")
    with pytest.raises(DecodeError, match="gone"):
        file_digest(tmp_path / "a.jpg")
    with pytest.raises(DecodeError, match="gone"):
        image_size(tmp_path / "a.jpg")


def test_folder_and_pipe(tmp_path):
    refuses(tmp_path, "cannot be read|not a regular file")
    os.mkfifo(tmp_path / "pipe.jpg")
    refuses(tmp_path / "pipe.jpg", "not a regular file")


def test_unreadable(tmp_path, monkeypatch):
    path = written(tmp_path / "a.png", encoded("PNG"))
    path.chmod(0)
    if os.access(path, os.R_OK):  # root reads everything: let the system call itself refuse

        def refuse(*_args, **_options):
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr("builtins.open", refuse)
        monkeypatch.setattr("os.open", refuse)
    refuses(path, "may not be read")


def test_disk_error(tmp_path, monkeypatch):
    path = written(tmp_path / "a.png", encoded("PNG"))

    def fail(*_args, **_options):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("builtins.open", fail)
    monkeypatch.setattr("os.open", fail)
    refuses(path, "cannot be read: Input/output error")


def png_header(width: int, height: int, interlace: int = 0) -> bytes:
    """A PNG of a few bytes that claims any size."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, interlace)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")
    )


def test_bombs(tmp_path):
    refuses(written(tmp_path / "a.png", png_header(90_000, 90_000)), "more than the 4,000,000,000 allowed")
    refuses(written(tmp_path / "b.png", png_header(40_000, 40_000, interlace=1)), "more than the 1,000,000,000 allowed")
    with pytest.raises(DecodeError, match="more than the 500,000,000 allowed"):
        decode_bytes(png_header(30_000, 30_000), SETTINGS)
    gif = b"GIF89a" + struct.pack("<HHBBB", 65535, 65535, 0x80, 0, 0) + bytes(6)
    refuses(written(tmp_path / "a.gif", gif + encoded("GIF")[13:]), "claims 65535 × 65535|cannot be decoded")


@pytest.mark.parametrize("progressive", [False, True])
def test_second_look_at_any_damage(progressive):
    """The check behind the doubt finds every cut, not only those that leave flat rows."""
    from indexer.decode.content import from_bytes
    from indexer.decode.header import read_header
    from indexer.decode.plain import _is_sound

    data = encoded("JPEG", progressive=progressive)
    for part in (0.1, 0.3, 0.5, 0.7, 0.9, 0.99, 1.0):
        content = from_bytes(data[: int(len(data) * part) - 2] + b"\xff\xd9", "a")
        header = read_header("jpeg", content.data)
        assert _is_sound(content, header) == (part == 1.0)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP", "GIF", "JPEG2000", "BMP", "PPM"])
def test_limit_of_the_settings(kind, tmp_path):
    path = written(tmp_path / "a", encoded(kind))
    refuses(path, "300 × 200 pixels, more than the 59,999 allowed", replace(SETTINGS, max_pixels=59_999))
    assert decode_file(path, replace(SETTINGS, max_pixels=60_000)).rgb.shape == (200, 300, 3)


def test_absurd_shapes(tmp_path):
    strip = Image.new("L", (20_000, 3))
    strip.save(tmp_path / "a.png")
    refuses(tmp_path / "a.png", "too thin")
    Image.new("L", (1, 1)).save(tmp_path / "dot.png")
    assert decode_file(tmp_path / "dot.png", SETTINGS).rgb.shape == (1, 1, 3)


def test_page_that_is_not_there(tmp_path):
    for kind in ("PDF", "TIFF"):
        path = written(tmp_path / f"a.{kind}", encoded(kind))
        with pytest.raises(DecodeError):
            decode_file(path, SETTINGS, page=7)


def test_huge_pdf_page(tmp_path):
    body = encoded("PDF").replace(b"/MediaBox [ 0 0 300 200 ]", b"/MediaBox [ 0 0 9e9 9e9 ]")
    if b"9e9" not in body:
        body = encoded("PDF").replace(b"300.0 200.0", b"99999999 99999999").replace(b"300 200", b"99999999 99999999")
    path = written(tmp_path / "a.pdf", body)
    refuses(path, "pixels")


def tiff_loop(pages: int, loop: bool) -> bytes:
    """A TIFF of many directories, the last pointing at the first (`loop`) or at nothing."""
    entries = [(256, 3, 1, 4), (257, 3, 1, 4)]
    size = 2 + 12 * len(entries) + 4
    out = bytearray(b"II*\0" + struct.pack("<I", 8))
    for i in range(pages):
        last = i == pages - 1
        out += struct.pack("<H", len(entries)) + b"".join(struct.pack("<HHIHxx", *e) for e in entries)
        out += struct.pack("<I", (8 if loop else 0) if last else 8 + size * (i + 1))
    return bytes(out)


def test_page_bombs(tmp_path):
    assert list_pages(written(tmp_path / "loop.tif", tiff_loop(5, loop=True))) == [0, 1, 2, 3, 4]
    assert len(list_pages(written(tmp_path / "many.tif", tiff_loop(30_000, loop=False)))) == 20_001
    refuses(tmp_path / "loop.tif", "cannot be decoded|cut off")


def test_pages_of_damaged_files(tmp_path):
    assert list_pages(written(tmp_path / "a.tif", b"II*\0\xff\xff\xff\xff")) == [None]
    assert list_pages(written(tmp_path / "a.pdf", b"%PDF-1.7 nothing follows")) == [None]
    refuses(tmp_path / "a.pdf", "cannot be opened as a PDF: it is damaged or cut off")


def test_problem_of_the_source_is_the_reason(tmp_path):
    with pytest.raises(DecodeError, match="no such row"):
        decode(SourceItem("a", tmp_path / "a", problem="no such row"), SETTINGS)


def test_odd_names_survive(tmp_path):
    data = encoded("TIFF")
    names = [
        "Ünï 'quoted' & <b>.jpg",
        "a[page=3].tif",
        "日本.tif",
        "new\nline.tif",
        "e\u0301.tif",
        os.fsdecode(b"caf\xe9.tif"),
    ]
    for name in names:
        path = written(tmp_path / name, data)
        assert decode_file(path, SETTINGS).rgb.shape == (200, 300, 3)
        assert image_size(path) == (300, 200)
        assert crop(path, None, (10, 10, 40, 30), SETTINGS).shape == (30, 40, 3)


def test_large_files_stay_on_disk_under_odd_names(tmp_path, monkeypatch):
    monkeypatch.setattr("indexer.decode.content.IN_MEMORY", 100)
    for kind in ("TIFF", "JPEG", "PNG", "WEBP", "PDF", "JPEG2000"):
        path = written(tmp_path / os.fsdecode(b"caf\xe9[1]"), encoded(kind))
        image = decode(SourceItem("x", path), SETTINGS)
        assert image.rgb.shape[:2] == (image.height, image.width)
        assert image.digest == file_digest(path)


def test_crop_outside(tmp_path):
    path = written(tmp_path / "a.png", encoded("PNG"))
    with pytest.raises(UsageError, match="outside the image of 300 × 200"):
        crop(path, None, (400, 10, 20, 20), SETTINGS)


@pytest.mark.parametrize("kind", KINDS)
def test_random_damage_never_escapes_as_another_error(kind, tmp_path):
    """Whatever bytes change, there is a picture or a plain reason."""
    rng = np.random.default_rng(7)
    whole = encoded(kind)
    path = tmp_path / "a"
    outcomes = set()
    for _ in range(25):
        data = bytearray(whole)
        for at in rng.integers(0, [len(data), 200, 60, len(data)]):
            data[at] = rng.integers(0, 256)
        path.write_bytes(bytes(data))
        for look in (lambda: decode_file(path, SETTINGS, 64), lambda: image_size(path), lambda: list_pages(path)):
            try:
                look()
                outcomes.add("read")
            except DecodeError as error:
                assert error.message and error.hint  # noqa: PT017, PT018 - every one of many
                outcomes.add("refused")
    assert outcomes == {"read", "refused"}
