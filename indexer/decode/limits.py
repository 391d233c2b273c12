"""What is refused before any pixel is decoded, and the reasons given."""

from __future__ import annotations

from indexer.core.errors import DecodeError
from indexer.core.settings import DecodeSettings

WHOLE_FRAME_PIXELS = 1_000_000_000
"""Most pixels of pictures that decoders hold whole (interlaced PNG, progressive JPEG, GIF, WebP …): about 3 GB."""

UPLOAD_PIXELS = 500_000_000
"""Most pixels of an uploaded picture: a server answers many people, and a few kilobytes can claim any size."""

MAX_ASPECT = 1000
"""Longer side over shorter; the longest scrolls are under 200, so that more is damage or mischief."""

MAX_PAGES = 20_000
"""Most pages of one file."""


def check_size(name: str, width: int, height: int, settings: DecodeSettings, whole_frame: bool = False) -> None:
    """Refuse decompression bombs and absurd shapes.

    Raises:
        DecodeError: No pixels, more than allowed, or a strip thinner than 1 : MAX_ASPECT.
    """
    if width < 1 or height < 1:
        raise DecodeError(f"{name} has no pixels ({width} × {height}).", "The file is damaged; copy it again.")
    limit = min(settings.max_pixels, WHOLE_FRAME_PIXELS) if whole_frame else settings.max_pixels
    if width * height > limit:
        raise DecodeError(
            f"{name} claims {width} × {height} pixels, more than the {limit:,} allowed.",
            "If it is real, raise decode.max_pixels"
            + (", or save it as a tiled TIFF, which is read piece by piece." if whole_frame else "."),
        )
    if max(width, height) > MAX_ASPECT * min(width, height):
        raise DecodeError(
            f"{name} is {width} × {height} pixels, a strip too thin to be a picture.", "Check how it was made."
        )


def truncated(name: str) -> DecodeError:
    """The file ends before the picture does."""
    return DecodeError(f"{name} is cut off or damaged: not all of its pixels are there.", "Copy it again.")
