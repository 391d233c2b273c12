"""Merging segments of the same-print index on disk, a block of words at a time: memory does not grow with them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self

import numpy as np

from indexer.collection.instance_segment import Segment, link_segment, number_type
from indexer.core.types import Array

BLOCK_ENTRIES = 1_000_000
"""Entries that are sorted at a time (about 40 bytes each while they are)."""


@dataclass(frozen=True, slots=True)
class Part:
    """A stored segment.

    Attributes:
        folder, name: Where its files are.
        ids: int64 (images,), the images in it.
    """

    folder: Path
    name: str
    ids: Array

    def open(self, words: int) -> Segment:
        """Map its files; see `Segment.open`."""
        return Segment.open(self.folder, self.name, words)


def merge_parts(parts: Sequence[Part], live: Array, words: int, folder: Path, name: str) -> None:
    """Write one segment `name` into `folder` with the images of several parts whose ids are in `live`.

    Args:
        parts: In the order that their images shall have.
        live: int64, ascending.
        words: Size of the vocabulary that all parts were made with.
    """
    keeps = [np.isin(part.ids, live) for part in parts]
    if len(parts) == 1 and keeps[0].all():
        link_segment(parts[0].folder, folder, parts[0].name, name)
        return
    sides = [np.asarray(part.open(words).sides)[keep] for part, keep in zip(parts, keeps, strict=True)]
    np.save(folder / f"{name}-sides.npy", np.concatenate(sides))
    np.save(folder / f"{name}-ids.npy", np.concatenate([p.ids[k] for p, k in zip(parts, keeps, strict=True)]))
    _merge_entries(parts, keeps, words, folder, name)


def _merge_entries(parts: Sequence[Part], keeps: Sequence[Array], words: int, folder: Path, name: str) -> None:
    starts = np.cumsum([0, *(int(keep.sum()) for keep in keeps)])
    numbers = [np.cumsum(keep) - 1 + start for keep, start in zip(keeps, starts[:-1], strict=True)]
    counts = np.zeros(words, np.int64)
    dtypes = {"codes": np.uint64, "images": number_type(int(starts[-1])), "places": np.uint32}
    with GrowingArrays(folder, name, dtypes) as out:
        for first, last in _blocks(parts, words):
            # Opened anew for each block: pages of a mapped file that were read stay in memory as long as it is open.
            rows = [
                _entries(part.open(words), keep, number, first, last)
                for part, keep, number in zip(parts, keeps, numbers, strict=True)
            ]
            word, code, image, place = (np.concatenate(column) for column in zip(*rows, strict=True))
            order = np.argsort(word, kind="stable")
            out.append({"codes": code[order], "images": image[order], "places": place[order]})
            counts[first:last] = np.bincount(word - first, minlength=last - first)
    offsets = np.zeros(words + 1, np.uint32)
    offsets[1:] = np.cumsum(counts)
    np.save(folder / f"{name}-offsets.npy", offsets)


def _blocks(parts: Sequence[Part], words: int) -> Iterator[tuple[int, int]]:
    """Ranges of words with at most `BLOCK_ENTRIES` entries together (or one word)."""
    total = np.zeros(words + 1, np.int64)
    for part in parts:
        total += part.open(words).offsets
    first = 0
    while first < words:
        last = int(np.searchsorted(total, total[first] + BLOCK_ENTRIES, side="right")) - 1
        last = min(max(last, first + 1), words)
        yield first, last
        first = last


def _entries(segment: Segment, keep: Array, number: Array, first: int, last: int) -> tuple[Array, Array, Array, Array]:
    """Word int32, code, renumbered image and place of the kept entries of the words `first` … `last` − 1."""
    offsets = np.asarray(segment.offsets[first : last + 1], np.int64)
    rows = slice(int(offsets[0]), int(offsets[-1]))
    word = np.repeat(np.arange(first, last, dtype=np.int32), np.diff(offsets))
    image = np.asarray(segment.images[rows])
    chosen = keep[image]
    return word[chosen], segment.codes[rows][chosen], number[image[chosen]], segment.places[rows][chosen]


class GrowingArrays:
    """Several .npy files of one dimension, `NAME-KEY.npy`, written piece by piece."""

    def __init__(self, folder: Path, name: str, dtypes: dict[str, Any]) -> None:
        self._dtypes = {key: np.dtype(dtype) for key, dtype in dtypes.items()}
        self._paths = {key: folder / f"{name}-{key}.npy" for key in dtypes}
        self._files: dict[str, IO[bytes]] = {}
        self._length = 0

    def __enter__(self) -> Self:
        for key, path in self._paths.items():
            self._files[key] = path.open("wb")
        self._write_headers()
        return self

    def append(self, columns: dict[str, Array]) -> None:
        """Add a piece to each file; all of one length."""
        for key, file in self._files.items():
            file.write(np.ascontiguousarray(columns[key], self._dtypes[key]).tobytes())
        self._length += len(next(iter(columns.values())))

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if kind is None:
            self._write_headers()
        for file in self._files.values():
            file.close()

    def _write_headers(self) -> None:
        """NumPy leaves room for the length to grow, so that the second header is as long as the first."""
        for key, file in self._files.items():
            file.seek(0)
            header = {"descr": self._dtypes[key].str, "fortran_order": False, "shape": (self._length,)}
            np.lib.format.write_array_header_1_0(file, header)
