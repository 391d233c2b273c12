"""Just enough TIFF structure: the pages of a file, its reduced copies, and the orientation inside EXIF."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

_TYPES = {1: "B", 3: "H", 4: "I", 13: "I", 16: "Q", 18: "Q"}
"""TIFF 6.0 and BigTIFF field types that hold unsigned whole numbers, as struct letters."""

_WIDTH, _HEIGHT, _SUBFILE, _ORIENTATION, _SUBIFDS = 256, 257, 254, 274, 330
_WANTED = (_WIDTH, _HEIGHT, _SUBFILE, _ORIENTATION, _SUBIFDS)
_MAX_ENTRIES = 4096


@dataclass(frozen=True, slots=True)
class Directory:
    """One image file directory.

    Attributes:
        index: Position in the chain, as libtiff counts pages.
        width, height: Stored size.
        subfile: NewSubfileType bits (TIFF 6.0, tag 254): 1 a smaller copy of another image, 4 a transparency mask.
        orientation: EXIF 1–8.
        subifds: Offsets of the directories inside, reduced copies in pyramids.
    """

    index: int
    width: int
    height: int
    subfile: int
    orientation: int
    subifds: tuple[int, ...] = field(default=())

    @property
    def is_page(self) -> bool:
        """A picture of its own."""
        return not self.subfile & 0b101

    @property
    def is_copy(self) -> bool:
        """A smaller copy of the page before it."""
        return self.subfile & 0b101 == 1


@dataclass(frozen=True, slots=True)
class _Format:
    order: str
    big: bool

    def unpack(self, letters: str, data: bytes) -> tuple[int, ...]:
        return struct.unpack(self.order + letters, data)


def directories(file: BinaryIO, limit: int) -> Iterator[Directory]:
    """Walk the chain of directories of a TIFF; stops at `limit`, at a loop, and where the file is damaged."""
    try:
        layout, offset = _start(file)
        seen: set[int] = set()
        while offset and offset not in seen and len(seen) < limit:
            seen.add(offset)
            tags, following = _read(file, layout, offset)
            yield _directory(len(seen) - 1, tags)
            offset = following
    except (struct.error, ValueError, OverflowError):
        return


def subdirectory(file: BinaryIO, offset: int) -> Directory | None:
    """The directory at `offset` (a reduced copy in a pyramid), None where the file is damaged."""
    try:
        layout, _ = _start(file)
        return _directory(0, _read(file, layout, offset)[0])
    except (struct.error, ValueError, OverflowError):
        return None


def _start(file: BinaryIO) -> tuple[_Format, int]:
    file.seek(0)
    head = file.read(16)
    layout = _Format("<" if head[:2] == b"II" else ">", head[2:4] in (b"+\0", b"\0+"))
    (offset,) = layout.unpack("Q", head[8:16]) if layout.big else layout.unpack("I", head[4:8])
    return layout, offset


def _read(file: BinaryIO, layout: _Format, offset: int) -> tuple[dict[int, tuple[int, ...]], int]:
    """Wanted tags of the directory at `offset`, and where the next one is (0: none)."""
    file.seek(offset)
    count_size, entry_size, link_size = (8, 20, 8) if layout.big else (2, 12, 4)
    (count,) = layout.unpack("Q" if layout.big else "H", file.read(count_size))
    if count > _MAX_ENTRIES:
        raise ValueError("too many entries")
    table = file.read(count * entry_size)
    link = file.read(link_size)
    tags: dict[int, tuple[int, ...]] = {}
    for start in range(0, count * entry_size, entry_size):
        tag, kind = layout.unpack("HH", table[start : start + 4])
        if tag in _WANTED and kind in _TYPES:
            tags[tag] = _values(file, layout, kind, table[start + 4 : start + entry_size])
    following = layout.unpack("Q" if layout.big else "I", link)[0] if len(link) == link_size else 0
    return tags, following


def _values(file: BinaryIO, layout: _Format, kind: int, rest: bytes) -> tuple[int, ...]:
    """The numbers of one entry, stored in it or, when they do not fit, elsewhere."""
    inline = 8 if layout.big else 4
    (count,) = layout.unpack("Q" if layout.big else "I", rest[:inline])
    if count > _MAX_ENTRIES:
        raise ValueError("too many values")
    letters = f"{count}{_TYPES[kind]}"
    size = struct.calcsize(layout.order + letters)
    data = rest[inline : inline + size]
    if size > inline:
        file.seek(layout.unpack("Q" if layout.big else "I", rest[inline:])[0])
        data = file.read(size)
    return layout.unpack(letters, data)


def _directory(index: int, tags: dict[int, tuple[int, ...]]) -> Directory:
    def first(tag: int, default: int) -> int:
        return (tags.get(tag) or (default,))[0]

    orientation = first(_ORIENTATION, 1)
    return Directory(
        index=index,
        width=first(_WIDTH, 0),
        height=first(_HEIGHT, 0),
        subfile=first(_SUBFILE, 0),
        orientation=orientation if 1 <= orientation <= 8 else 1,
        subifds=tags.get(_SUBIFDS, ()),
    )
