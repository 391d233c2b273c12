"""Tiled copies of large scans, made when somebody zooms into one: then every further tile takes milliseconds.

A plain JPEG or PNG must be decoded from its beginning for every tile. Its pyramid is a tiled TIFF beside the server,
upright and sRGB, written by libvips in bounded memory; the least recently used are deleted to keep to the room given.
"""

from __future__ import annotations

import hashlib
import math
import tempfile
import threading
from collections import OrderedDict
from pathlib import Path
from typing import Any

from search.iiif import PixelBox

LARGE_PIXELS = 12_000_000
"""Below this a whole decode takes a few tenths of a second, and a pyramid does not pay."""
CLOSE = 0.25
"""Requests at a smaller scale than this are served by reduced decoding, which JPEG does well."""
TILE = 512
QUALITY = 92


class Pyramids:
    """Pyramids of this process, in a folder of their own."""

    def __init__(self, room: int) -> None:
        self._room = room
        self._folder = tempfile.TemporaryDirectory(prefix="iconoscope-pyramids-")
        self._ready: OrderedDict[str, int] = OrderedDict()
        self._making: dict[str, threading.Lock] = {}
        self._lock = threading.Lock()

    def serves(self, width: int, height: int, scale: float) -> bool:
        """Whether a picture of this size is worth a pyramid at this scale (pixels made for one original pixel)."""
        return self._room > 0 and width * height >= LARGE_PIXELS and scale > CLOSE

    def cut(self, path: Path, page: int | None, box: PixelBox, scale: float) -> Any:
        """PIL image of the box at `scale` or up to twice that; None when libvips cannot read the file.

        The first call for a file makes its pyramid; others for it wait meanwhile.
        """
        stat = path.stat()
        identity = f"{path}\0{page}\0{stat.st_size}\0{stat.st_mtime_ns}"
        name = hashlib.blake2b(identity.encode("utf-8", "surrogateescape"), digest_size=12).hexdigest()
        target = Path(self._folder.name) / f"{name}.tif"
        with self._lock:
            making = self._making.setdefault(name, threading.Lock())
        with making:
            if not target.exists() and not self._make(path, page, target):
                return None
            self._used(name, target)
            return read_level(target, box, scale)

    def _make(self, path: Path, page: int | None, target: Path) -> bool:
        import pyvips

        partial = target.with_suffix(".part.tif")
        try:
            write_pyramid(path, page, partial)
        except pyvips.Error:
            partial.unlink(missing_ok=True)
            return False
        partial.replace(target)
        return True

    def _used(self, name: str, target: Path) -> None:
        """Note the use; delete the oldest ones over the room, never the one in use."""
        with self._lock:
            self._ready[name] = target.stat().st_size
            self._ready.move_to_end(name)
            while len(self._ready) > 1 and sum(self._ready.values()) > self._room:
                old, _ = self._ready.popitem(last=False)
                self._making.pop(old, None)
                target.with_name(f"{old}.tif").unlink(missing_ok=True)

    def close(self) -> None:
        """Delete all."""
        self._folder.cleanup()


def write_pyramid(path: Path, page: int | None, target: Path) -> None:
    """A tiled, multi-level, upright sRGB TIFF of a file that libvips reads.

    Raises:
        pyvips.Error: It cannot be read, or the disk is full.
    """
    import pyvips

    options = {} if page is None else {"page": page}
    image = pyvips.Image.new_from_file(str(path), access="sequential", fail_on="error", **options)
    if image.get_typeof("orientation") and image.get("orientation") > 2:
        # Turning needs rows in another order; libvips then unpacks into a temporary file, not into memory.
        image = pyvips.Image.new_from_file(str(path), access="random", fail_on="error", **options)
    if image.get_typeof("icc-profile-data"):
        image = image.icc_transform("srgb", intent="relative", embedded=True)
    elif image.interpretation != "srgb":
        image = image.colourspace("srgb")
    image = image.cast("uchar").autorot()
    if image.hasalpha():
        image = image.flatten(background=255)
    image.tiffsave(
        str(target),
        tile=True,
        pyramid=True,
        compression="jpeg",
        Q=QUALITY,
        tile_width=TILE,
        tile_height=TILE,
        bigtiff=True,
        keep="none",
    )


def read_level(pyramid: Path, box: PixelBox, scale: float) -> Any:
    """PIL image of the box from the smallest level that still has `scale`."""
    import pyvips
    from PIL import Image

    full = pyvips.Image.new_from_file(str(pyramid))
    deepest = int(full.get("n-pages")) - 1 if full.get_typeof("n-pages") else 0
    level = min(deepest, max(0, math.floor(math.log2(1 / min(1.0, scale)) + 1e-6)))
    image = pyvips.Image.new_from_file(str(pyramid), page=level) if level else full
    sx, sy = image.width / full.width, image.height / full.height
    x0, y0 = min(math.floor(box[0] * sx), image.width - 1), min(math.floor(box[1] * sy), image.height - 1)
    x1 = max(x0 + 1, min(image.width, math.ceil((box[0] + box[2]) * sx)))
    y1 = max(y0 + 1, min(image.height, math.ceil((box[1] + box[3]) * sy)))
    return Image.fromarray(image.crop(x0, y0, x1 - x0, y1 - y0).numpy()).convert("RGB")
