"""Pictures that clients send: looked at before anything decodes them, kept for a while under their digest."""

from __future__ import annotations

import hashlib
import os
import tempfile
import threading
from collections import OrderedDict
from dataclasses import dataclass
from pathlib import Path

from indexer.core.errors import DecodeError, NotFoundError, TooLargeError

ID_LENGTH = 24
FORMATS = frozenset({"JPEG", "PNG", "WEBP", "TIFF", "GIF", "JPEG2000", "BMP", "MPO", "AVIF", "PPM"})


@dataclass(frozen=True, slots=True)
class Upload:
    """A kept picture.

    Attributes:
        id: Hex digest of the bytes.
        path: Where this server put it; the name is the id, nothing of the client's is in it.
        width, height: Upright, in pixels.
        size: In bytes.
    """

    id: str
    path: Path
    width: int
    height: int
    size: int


def probe(data: bytes, max_pixels: int) -> tuple[int, int]:
    """Upright width and height from the header alone.

    Raises:
        DecodeError: Not a picture of a kind that is taken from clients.
        TooLargeError: More pixels than allowed (a decompression bomb, or a giant).
    """
    import io
    import warnings

    from PIL import Image

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(data), formats=sorted(FORMATS & set(_known()))) as picture:
                width, height = picture.size
                turned = picture.getexif().get(0x0112, 1) in (5, 6, 7, 8)
    except Image.DecompressionBombError:
        raise _too_many(max_pixels) from None
    except (OSError, ValueError, SyntaxError, EOFError) as error:
        raise DecodeError(
            "The file is not a picture that can be read.", "Send a JPEG, PNG, WebP, TIFF, GIF or JPEG 2000 file."
        ) from error
    if width * height > max_pixels:
        raise _too_many(max_pixels)
    return (height, width) if turned else (width, height)


def _known() -> list[str]:
    from PIL import Image

    Image.init()
    return list(Image.OPEN)


def _too_many(max_pixels: int) -> TooLargeError:
    return TooLargeError(
        f"The picture has more than {max_pixels / 1e6:.0f} million pixels.", "Send a smaller copy: 2,000 pixels do."
    )


class UploadStore:
    """Recent uploads in a folder of this process, bounded in bytes; the least recently used go first."""

    def __init__(self, room: int, max_pixels: int) -> None:
        self._room = room
        self._max_pixels = max_pixels
        self._folder = tempfile.TemporaryDirectory(prefix="iconoscope-uploads-")
        self._kept: OrderedDict[str, Upload] = OrderedDict()
        self._lock = threading.Lock()

    def add(self, data: bytes) -> Upload:
        """Keep a picture.

        Raises:
            DecodeError, TooLargeError: See `probe`.
        """
        width, height = probe(data, self._max_pixels)
        name = hashlib.blake2b(data, digest_size=ID_LENGTH // 2).hexdigest()
        path = Path(self._folder.name) / name
        with self._lock:
            if name not in self._kept:
                partial = path.with_suffix(f".{os.getpid()}.part")
                partial.write_bytes(data)
                partial.replace(path)
                self._kept[name] = Upload(name, path, width, height, len(data))
            self._kept.move_to_end(name)
            self._make_room()
            return self._kept[name]

    def _make_room(self) -> None:
        while len(self._kept) > 1 and sum(u.size for u in self._kept.values()) > self._room:
            _, old = self._kept.popitem(last=False)
            old.path.unlink(missing_ok=True)

    def get(self, name: str) -> Upload:
        """The kept picture of this id.

        Raises:
            NotFoundError: Never kept, or gone since.
        """
        with self._lock:
            if name not in self._kept:
                raise NotFoundError("The uploaded picture is no longer on the server.", "Drop it here once more.")
            self._kept.move_to_end(name)
            return self._kept[name]

    def read(self, name: str) -> bytes:
        """The bytes of a kept picture; see `get`."""
        return self.get(name).path.read_bytes()

    def close(self) -> None:
        """Throw everything away."""
        self._folder.cleanup()
