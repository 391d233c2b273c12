"""Reading a file once: bytes, format and digest. Every way in which that can fail has a plain reason."""

from __future__ import annotations

import hashlib
import io
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO

from indexer.core.errors import DecodeError
from indexer.decode.sniff import HEAD, sniff

IN_MEMORY = 64 * 1024 * 1024
"""Files up to this size are read once, into memory; larger ones are streamed (digest) and left on disk (pixels)."""

_MULTI_PAGE = ("pdf", "tiff")


@dataclass(frozen=True, slots=True)
class Content:
    """The bytes of one file, in memory or on disk.

    Attributes:
        name: For messages.
        format: As `sniff` names it.
        size: In bytes.
        data: All of it, or None when it stays on disk.
        path: Where it is; only a name for uploads.
    """

    name: str
    format: str
    size: int
    data: bytes | None
    path: Path

    def digest(self, page: int | None = None) -> str:
        """Hex BLAKE2b-128 of the bytes; `#page=2` (1-based) is appended for a page of a multi-page file."""
        if self.data is not None:
            return _with_page(_hash(self.data), page)
        return file_digest(self.path, page)

    @contextmanager
    def open(self) -> Iterator[BinaryIO]:
        """The bytes as a file.

        Raises:
            DecodeError: The file went away meanwhile.
        """
        with reading(self.path), io.BytesIO(self.data) if self.data is not None else open(self.path, "rb") as file:
            yield file


def from_bytes(data: bytes, name: str) -> Content:
    """The content of an upload.

    Raises:
        DecodeError: Empty, or not a picture.
    """
    return Content(name, _format(data[:HEAD], len(data), name), len(data), data, Path(name))


def from_file(path: Path, page: int | None = None, most: int = IN_MEMORY) -> Content:
    """Open a file; read all of it when it has `most` bytes at most and is not one page of many.

    Raises:
        DecodeError: Vanished, unreadable, empty, no regular file, or not a picture.
    """
    state = regular(path)
    with reading(path), open(path, "rb") as file:
        head = file.read(HEAD)
        kind = _format(head, state.st_size, path.name)
        stay = state.st_size > most or (page is not None and kind in _MULTI_PAGE)
        data = None if stay else head + file.read()
    return Content(path.name, kind, state.st_size, data, path)


def regular(path: Path) -> os.stat_result:
    """The state of a regular file. Asked before opening, because opening a pipe waits for ever.

    Raises:
        DecodeError: Vanished, or a pipe, device or folder.
    """
    with reading(path):
        state = os.stat(path)
    if not stat.S_ISREG(state.st_mode):
        raise DecodeError(f"{path.name} is not a regular file.", "Only files can be indexed.")
    return state


def file_digest(path: Path | str, page: int | None = None) -> str:
    """Hex BLAKE2b-128 of a file, streamed; `#page=2` (1-based) is appended for a page of a multi-page file.

    Raises:
        DecodeError: Vanished or unreadable.
    """
    with reading(Path(path)):
        state = os.stat(path)
        return _with_page(_stream(os.fspath(path), state.st_size, state.st_mtime_ns), page)


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn what the operating system says about `path` into a DecodeError with a plain reason."""
    try:
        yield
    except (FileNotFoundError, NotADirectoryError):
        raise DecodeError(f"{path.name} is gone.", "It was moved or deleted; index again once it is back.") from None
    except PermissionError:
        raise DecodeError(f"{path.name} may not be read.", "Change its permissions and index again.") from None
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise DecodeError(f"{path.name} cannot be read: {reason}.", "Check the disk or network drive.") from error


@lru_cache(maxsize=16)
def _stream(path: str, size: int, mtime_ns: int) -> str:
    """Digest of a file; remembered, because each page of a document asks. `size` and `mtime_ns` key the cache."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()


def _hash(data: bytes) -> str:
    return hashlib.blake2b(data, digest_size=16).hexdigest()


def _with_page(digest: str, page: int | None) -> str:
    return digest if page is None else f"{digest}#page={page + 1}"


def _format(head: bytes, size: int, name: str) -> str:
    if size == 0:
        raise DecodeError(f"{name} is empty (0 bytes).", "Copy it again from where it came from.")
    kind = sniff(head)
    if not kind:
        raise DecodeError(
            f"{name} is not a picture in a known format.", "Known: JPEG, PNG, TIFF, WebP, GIF, JPEG 2000, PDF, BMP."
        )
    return kind
