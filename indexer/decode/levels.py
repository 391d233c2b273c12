"""Pages of TIFF and PDF files, and the reduced copies that pyramidal TIFFs carry."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from indexer.decode.content import reading, regular
from indexer.decode.ifd import Directory, directories, subdirectory
from indexer.decode.limits import MAX_PAGES
from indexer.decode.sniff import HEAD, sniff

_SAME_SHAPE = 0.02
"""Relative difference of aspect ratio up to which a directory counts as a copy; small copies round their sides."""


@dataclass(frozen=True, slots=True)
class Level:
    """One resolution of a TIFF page, as libvips addresses it (`subifd` −1: the page itself)."""

    page: int
    subifd: int
    width: int
    height: int


def list_pages(path: Path) -> list[int | None]:
    """The pages of a file: `[None]` for one picture, else 0-based numbers as the decoder wants them.

    Reduced copies and masks in a TIFF are no pages. At most MAX_PAGES + 1 are listed, so that the
    caller can tell that there are too many. A file that cannot be read counts as one picture, whose decoding says why.
    """
    regular(path)
    with reading(path), open(path, "rb") as file:
        kind = sniff(file.read(HEAD))
        if kind == "tiff":
            numbers = [d.index for d in directories(file, MAX_PAGES + 1) if d.is_page]
        elif kind == "pdf":
            from indexer.decode.pdf import count_pages

            numbers = list(range(min(count_pages(file), MAX_PAGES + 1)))
        else:
            return [None]
    return list(numbers) if len(numbers) > 1 else [None]


def levels(file: BinaryIO, page: int) -> list[Level]:
    """All resolutions of one page of a TIFF, largest first; empty when its directories cannot be read."""
    chain = list(directories(file, MAX_PAGES if page else MAX_PAGES // 100))
    main = next((d for d in chain if d.index == page), None)
    if main is None or not main.width or not main.height:
        return []
    found = [Level(page, -1, main.width, main.height)]
    for following in chain[page + 1 :]:
        if not following.is_copy:
            break
        found += _level(main, following, following.index, -1)
    for number, offset in enumerate(main.subifds):
        inner = subdirectory(file, offset)
        found += _level(main, inner, page, number) if inner else []
    return sorted(found, key=lambda level: -level.width)


def _level(main: Directory, copy: Directory, page: int, subifd: int) -> list[Level]:
    """`copy` as a level of `main`, or nothing when it is not a smaller picture of the same shape."""
    if not (copy.is_copy and 0 < copy.width < main.width and 0 < copy.height <= main.height):
        return []
    same = abs((copy.width * main.height) / (copy.height * main.width) - 1) < max(_SAME_SHAPE, 2 / copy.height)
    return [Level(page, subifd, copy.width, copy.height)] if same else []


def smallest_enough(found: list[Level], scale: float) -> Level:
    """The smallest of `found` (largest first) that has at least `scale` of the full resolution."""
    enough = [level for level in found if level.width >= scale * found[0].width]
    return enough[-1] if enough else found[0]
