"""The grammar of the IIIF Image API 3.0 (iiif.io/api/image/3.0), level 2: what a request asks for, in pixels."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any

from indexer.core.errors import UsageError

FORMATS = {"jpg": "image/jpeg", "png": "image/png", "webp": "image/webp"}
QUALITIES = ("default", "color", "gray", "bitonal")
TILE = 512
HINT = "See the IIIF Image API 3.0: {region}/{size}/{rotation}/{quality}.{format}."
PixelBox = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Rendering:
    """One picture to make.

    Attributes:
        box: x, y, width, height in original pixels, inside the image.
        size: Width and height before turning.
        rotation: Degrees clockwise: 0, 90, 180 or 270.
        mirror: Flipped left to right before turning.
        quality: One of QUALITIES.
        format: A key of FORMATS.
    """

    box: PixelBox
    size: tuple[int, int]
    rotation: int = 0
    mirror: bool = False
    quality: str = "default"
    format: str = "jpg"


def wrong(part: str, text: str) -> UsageError:
    """The error for a part of the address that cannot be understood."""
    return UsageError(f"'{text[:60]}' is not a {part} of the IIIF Image API.", HINT)


def numbers(text: str, count: int, part: str) -> list[float]:
    """`count` numbers, comma separated, none negative."""
    pieces = text.split(",")
    if len(pieces) != count or not all(re.fullmatch(r"\d+(\.\d+)?", p) for p in pieces):
        raise wrong(part, text)
    return [float(p) for p in pieces]


def parse_region(text: str, width: int, height: int) -> PixelBox:
    """`full`, `square`, `x,y,w,h` or `pct:x,y,w,h`, cut at the edges of the image.

    Raises:
        UsageError: Not one of these, empty, or outside the image.
    """
    if text == "full":
        return 0, 0, width, height
    if text == "square":
        side = min(width, height)
        return (width - side) // 2, (height - side) // 2, side, side
    if text.startswith("pct:"):
        px, py, pw, ph = numbers(text[4:], 4, "region")
        x, y, w, h = px * width / 100, py * height / 100, pw * width / 100, ph * height / 100
    else:
        x, y, w, h = numbers(text, 4, "region")
    x0, y0 = round(x), round(y)
    x1, y1 = min(width, max(round(x + w), x0 + 1)), min(height, max(round(y + h), y0 + 1))
    if w <= 0 or h <= 0 or x0 >= width or y0 >= height:
        raise UsageError(f"The region {text} is empty or outside the image of {width} × {height} pixels.", HINT)
    return x0, y0, x1 - x0, y1 - y0


def parse_size(text: str, region: tuple[int, int], largest: int) -> tuple[int, int]:
    """`max`, `w,`, `,h`, `pct:n`, `w,h`, `!w,h`, each with `^` when it may enlarge, to width and height.

    Args:
        region: Width and height of the region.
        largest: Longer side that the service makes at most.

    Raises:
        UsageError: Not one of these, or larger than the region without `^`, or than the service makes.
    """
    w, h = region
    enlarge, rest = text.startswith("^"), text.removeprefix("^")
    fit = min(1.0, largest / max(w, h))
    if rest == "max":
        return _scaled(w, h, largest / max(w, h) if enlarge else fit)
    size = _asked(rest, w, h, enlarge)
    if not enlarge and (size[0] > w or size[1] > h):
        raise UsageError(
            f"The size {text} enlarges the region of {w} × {h} pixels.", "Write ^ before it to allow that."
        )
    if max(size) > largest:
        raise UsageError(f"The size {text} is over {largest} pixels.", "Ask for a smaller one, or for tiles.")
    return size


def _asked(rest: str, w: int, h: int, enlarge: bool) -> tuple[int, int]:
    if rest.startswith("pct:"):
        return _scaled(w, h, numbers(rest[4:], 1, "size")[0] / 100)
    if rest.startswith("!"):
        bw, bh = numbers(rest[1:], 2, "size")
        scale = min(bw / w, bh / h)
        return _scaled(w, h, scale if enlarge else min(scale, 1.0))
    if rest.endswith(","):
        return _scaled(w, h, numbers(rest[:-1], 1, "size")[0] / w)
    if rest.startswith(","):
        return _scaled(w, h, numbers(rest[1:], 1, "size")[0] / h)
    aw, ah = numbers(rest, 2, "size")
    if aw < 1 or ah < 1:
        raise wrong("size", rest)
    return int(aw), int(ah)


def _scaled(w: int, h: int, scale: float) -> tuple[int, int]:
    if scale <= 0 or not math.isfinite(scale):
        raise UsageError("The size is zero.", HINT)
    return max(1, round(w * scale)), max(1, round(h * scale))


def parse_rotation(text: str) -> tuple[int, bool]:
    """Degrees and whether mirrored first; quarter turns only."""
    degrees = text.removeprefix("!")
    if degrees not in ("0", "90", "180", "270", "360"):
        raise wrong("rotation (quarter turns)", text)
    return int(degrees) % 360, text.startswith("!")


def parse(
    region: str, size: str, rotation: str, quality: str, suffix: str, width: int, height: int, largest: int
) -> Rendering:
    """What an address asks for, of an image of `width` × `height` pixels.

    Raises:
        UsageError: A part that cannot be understood or made.
    """
    if quality not in QUALITIES:
        raise wrong("quality", quality)
    if suffix not in FORMATS:
        raise wrong("format", suffix)
    box = parse_region(region, width, height)
    turn, mirror = parse_rotation(rotation)
    return Rendering(box, parse_size(size, box[2:], largest), turn, mirror, quality, suffix)


def describe(address: str, width: int, height: int, largest: int) -> dict[str, Any]:
    """The info.json of an image."""
    factors = [2**n for n in range(max(1, math.ceil(math.log2(max(width, height) / TILE)) + 1))]
    return {
        "@context": "http://iiif.io/api/image/3/context.json",
        "id": address,
        "type": "ImageService3",
        "protocol": "http://iiif.io/api/image",
        "profile": "level2",
        "width": width,
        "height": height,
        "maxWidth": largest,
        "maxHeight": largest,
        "tiles": [{"width": TILE, "scaleFactors": factors}],
        "preferredFormats": ["webp", "jpg"],
        "extraFormats": ["webp"],
        "extraQualities": ["color", "gray", "bitonal"],
        "extraFeatures": ["mirroring", "regionSquare", "sizeUpscaling"],
    }
