"""JPEG 2000, BMP and PNM through Pillow: the libvips wheels come without OpenJPEG."""

from __future__ import annotations

import io
from typing import Any, BinaryIO

import numpy as np

from indexer.core.errors import DecodeError
from indexer.core.settings import DecodeSettings
from indexer.core.types import Array
from indexer.decode.content import Content
from indexer.decode.header import is_srgb
from indexer.decode.limits import check_size, truncated

_HEAD = 1 << 16


def decode_pillow(content: Content, settings: DecodeSettings, max_side: int) -> tuple[Array, int, int]:
    """sRGB pixels, JPEG 2000 reduced by a power of two to no less than `max_side`, and the full size.

    Raises:
        DecodeError: Damaged, cut off, or larger than the settings allow.
    """
    with content.open() as file:
        return _decode(content, file, settings, max_side)


def _decode(content: Content, file: BinaryIO, settings: DecodeSettings, max_side: int) -> tuple[Array, int, int]:
    image = _open(content, file)
    width, height = image.size
    levels = _resolutions(content) if content.format == "jp2" else 0
    check_size(content.name, width, height, settings, whole_frame=levels == 0)
    reduce = 0
    while reduce < levels and max(width, height) >> (reduce + 1) >= max_side:
        reduce += 1
    try:
        if reduce:
            image.reduce = reduce
            # Pillow rounds the reduced size where OpenJPEG rounds up, and then fails; a multiple leaves it no choice.
            step = 1 << reduce
            image._size = (-(-width // step) * step, -(-height // step) * step)
        image.load()
        return _rgb(image), width, height
    except (OSError, ValueError, SyntaxError) as error:
        raise truncated(content.name) from error


def read_size_pillow(content: Content) -> tuple[int, int]:
    """Size from the header.

    Raises:
        DecodeError: The header is damaged.
    """
    with content.open() as file, _open(content, file) as image:
        return int(image.size[0]), int(image.size[1])


def _open(content: Content, file: BinaryIO) -> Any:
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = None  # `check_size` decides, with a limit that the user can set
    try:
        return Image.open(file)
    except (OSError, ValueError, SyntaxError) as error:
        raise DecodeError(
            f"{content.name} cannot be decoded: its header is damaged.", "Open it in another program and save it anew."
        ) from error


def _resolutions(content: Content) -> int:
    """How often a JPEG 2000 picture can be halved: decomposition levels in the COD segment (ISO 15444-1, A.6.1)."""
    with content.open() as file:
        head = file.read(_HEAD)
    start = head.find(b"\xff\x4f\xff\x51")
    at = head.find(b"\xff\x52", start)
    return min(head[at + 9], 32) if start >= 0 and 0 <= at < len(head) - 9 else 0


def _rgb(image: Any) -> Array:
    """uint8 (h, w, 3) over white, by the embedded profile if there is one."""
    from PIL import Image

    if image.mode.startswith(("I", "F")):
        grey = np.asarray(image)
        grey = (grey >> 8 if image.mode.startswith("I;16") or grey.max(initial=0) > 255 else grey).astype(np.uint8)
        return np.repeat(grey[:, :, None], 3, axis=2)
    if "A" in image.mode or "transparency" in image.info:
        image_a = image.convert("RGBA")
        white = Image.new("RGBA", image_a.size, "white")
        return np.asarray(Image.alpha_composite(white, image_a).convert("RGB"))
    profile = image.info.get("icc_profile") or b""
    return np.asarray(_managed(image, profile) if profile and not is_srgb(profile) else image.convert("RGB"))


def _managed(image: Any, profile: bytes) -> Any:
    from PIL import ImageCms

    try:
        return ImageCms.profileToProfile(
            image, ImageCms.ImageCmsProfile(io.BytesIO(profile)), ImageCms.createProfile("sRGB"), outputMode="RGB"
        )
    except (ImageCms.PyCMSError, OSError):
        return image.convert("RGB")  # a damaged profile: the plain meaning is the better guess
