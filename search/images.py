"""Pictures for the screen: crops and scaled copies of originals, or of thumbnails where originals are gone."""

from __future__ import annotations

import hashlib
import io
import math
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from indexer.core.errors import IconoscopeError, NotFoundError
from indexer.core.geometry import Box
from indexer.core.settings import DecodeSettings
from search.iiif import Rendering
from search.pyramids import Pyramids

LARGEST = 4096
"""Longer side in pixels of anything that is made for a client."""
WEB_FORMATS = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png", b"GIF8": "image/gif"}


@dataclass(frozen=True, slots=True)
class Picture:
    """Where the pixels of one picture come from.

    Attributes:
        key: Changes whenever the pixels could; for caches.
        width, height: Of the original, upright, in pixels.
        path: The original, or None when it is gone.
        page: 0-based page inside `path`, or None.
        thumbnail: Gives the stored small copy, for when there is no original.
    """

    key: str
    width: int
    height: int
    path: Path | None
    page: int | None = None
    thumbnail: Callable[[], bytes | None] = lambda: None


@dataclass(frozen=True, slots=True)
class Made:
    """An encoded picture.

    Attributes:
        data: The file's bytes.
        original: Made from the original and not from the thumbnail.
        etag: Quoted strong entity tag.
    """

    data: bytes
    original: bool
    etag: str


def etag_of(data: bytes) -> str:
    """A strong entity tag of the bytes."""
    return f'"{hashlib.blake2b(data, digest_size=10).hexdigest()}"'


class PictureService:
    """Makes pictures and keeps the recent ones in memory, bounded in bytes."""

    def __init__(self, decode: DecodeSettings, cache_bytes: int, pyramid_bytes: int = 0) -> None:
        """Room in bytes for made pictures in memory, and for tiled copies of large scans on disk (0: none)."""
        self._decode = decode
        self._pyramids = Pyramids(pyramid_bytes)
        self._room = cache_bytes
        self._cache: OrderedDict[tuple[str, Rendering], Made] = OrderedDict()
        self._used = 0
        self._lock = threading.Lock()

    def make(self, picture: Picture, wanted: Rendering) -> Made:
        """The picture that is wanted, from the cache when it was made before.

        Raises:
            NotFoundError: Neither original nor thumbnail can be read.
        """
        key = (f"{picture.key}:{picture.path}", wanted)
        with self._lock:
            if key in self._cache:
                self._cache.move_to_end(key)
                return self._cache[key]
        made = self._make(picture, wanted)
        self._keep(key, made)
        return made

    def _keep(self, key: tuple[str, Rendering], made: Made) -> None:
        with self._lock:
            if key in self._cache:
                return
            self._cache[key] = made
            self._used += len(made.data)
            while self._used > self._room and len(self._cache) > 1:
                _, old = self._cache.popitem(last=False)
                self._used -= len(old.data)

    def _make(self, picture: Picture, wanted: Rendering) -> Made:
        pixels, original = self._pixels(picture, wanted)
        data = encode(finish(pixels, wanted), wanted.format)
        return Made(data, original, etag_of(data))

    def _pixels(self, picture: Picture, wanted: Rendering) -> tuple[Any, bool]:
        """A PIL image of the box at least as large as wanted where there is so much, and whether it is the original."""
        if picture.path is not None:
            try:
                return self._original(picture.path, picture, wanted), True
            except (IconoscopeError, OSError):
                pass  # gone or damaged since it was indexed: the thumbnail still shows what it was
        return from_thumbnail(picture, wanted), False

    def _original(self, path: Path, picture: Picture, wanted: Rendering) -> Any:
        scale = min(1.0, max(wanted.size[0] / wanted.box[2], wanted.size[1] / wanted.box[3]))
        if self._pyramids.serves(picture.width, picture.height, scale):
            found = self._pyramids.cut(path, picture.page, wanted.box, scale)
            if found is not None:
                return found
        return from_original(path, picture.page, wanted, self._decode)

    def close(self) -> None:
        """Delete what was kept on disk."""
        self._pyramids.close()


def from_original(path: Path, page: int | None, wanted: Rendering, settings: DecodeSettings) -> Any:
    """PIL image of the wanted box, decoded no larger than needed.

    Raises:
        DecodeError: The file cannot be read any more.
    """
    from PIL import Image

    from indexer.decode import crop

    x, y, w, h = wanted.box
    # As much as is needed for both sides when width and height are asked for with another shape.
    scale = max(wanted.size[0] / w, wanted.size[1] / h)
    side = max(1, math.ceil(max(w, h) * min(scale, 1.0)))
    return Image.fromarray(crop(path, page, (x, y, w, h), settings, side))


def from_thumbnail(picture: Picture, wanted: Rendering) -> Any:
    """PIL image of the wanted box, cut out of the stored small copy.

    Raises:
        NotFoundError: There is none.
    """
    from PIL import Image

    data = picture.thumbnail()
    if not data:
        raise NotFoundError(
            "The picture is not on disk any more and has no thumbnail.",
            "Put the originals back where they were indexed.",
        )
    small = Image.open(io.BytesIO(data)).convert("RGB")
    sx, sy = small.width / picture.width, small.height / picture.height
    x, y, w, h = wanted.box
    box = (
        min(math.floor(x * sx), small.width - 1),
        min(math.floor(y * sy), small.height - 1),
        max(min(math.ceil((x + w) * sx), small.width), math.floor(x * sx) + 1),
        max(min(math.ceil((y + h) * sy), small.height), math.floor(y * sy) + 1),
    )
    return small.crop(box)


def finish(pixels: Any, wanted: Rendering) -> Any:
    """Scale to the exact size, mirror, turn, and reduce the colours: in the order of the IIIF Image API."""
    from PIL import Image, ImageOps

    if pixels.size != wanted.size:
        pixels = pixels.resize(wanted.size, Image.Resampling.LANCZOS)
    if wanted.mirror:
        pixels = ImageOps.mirror(pixels)
    if wanted.rotation:
        pixels = pixels.rotate(-wanted.rotation, expand=True)
    if wanted.quality == "gray":
        return pixels.convert("L")
    return pixels.convert("L").convert("1") if wanted.quality == "bitonal" else pixels


def encode(pixels: Any, suffix: str) -> bytes:
    """The file's bytes; qualities at which tiles of line art show no rings."""
    if suffix == "jpg" and pixels.mode == "1":
        pixels = pixels.convert("L")
    options: dict[str, dict[str, Any]] = {
        "jpg": {"format": "JPEG", "quality": 85},
        "webp": {"format": "WEBP", "quality": 82, "method": 2},
        "png": {"format": "PNG"},
    }
    out = io.BytesIO()
    pixels.save(out, **options[suffix])
    return out.getvalue()


def fit_rendering(box: Box | None, width: int, height: int, side: int, suffix: str = "webp") -> Rendering:
    """The box (None: all) of an image at most `side` pixels on its longer side, never enlarged."""
    x, y, w, h = box or (0.0, 0.0, float(width), float(height))
    left, top = min(round(x), width - 1), min(round(y), height - 1)
    pixel_box = (left, top, max(1, min(round(w), width - left)), max(1, min(round(h), height - top)))
    scale = min(1.0, side / max(pixel_box[2:]))
    size = max(1, round(pixel_box[2] * scale)), max(1, round(pixel_box[3] * scale))
    return Rendering(pixel_box, size, format=suffix)


def web_format(path: Path) -> str | None:
    """The media type when browsers show the file as it is (JPEG, PNG, GIF, WebP by its first bytes), else None."""
    with path.open("rb") as file:
        head = file.read(12)
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for magic, kind in WEB_FORMATS.items() if head.startswith(magic)), None)
