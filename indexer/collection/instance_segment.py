"""One immutable segment of the same-print index: inverted lists of 14 bytes an entry, memory-mapped."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from indexer.collection.instance_words import REBUILD, load_array
from indexer.core.errors import CollectionError
from indexer.core.types import Array

SMALL_NUMBERS = 65_535
"""Segments of at most this many images number them in 16 bits."""
FILES = ("offsets", "codes", "images", "places", "ids", "sides")


@dataclass(frozen=True, slots=True)
class Segment:
    """Inverted lists over some images.

    Attributes:
        offsets: uint32 (words + 1,), where the entries of each word start.
        codes: uint64 (entries,).
        images: uint16 or int32 (entries,), position in `ids`; see `number_type`.
        places: uint32 (entries,), see instance_places.py.
        ids: int64 (images,), image ids.
        sides: float32 (images,), longer side of each image in pixels.
    """

    offsets: Array
    codes: Array
    images: Array
    places: Array
    ids: Array
    sides: Array

    def save(self, folder: Path, name: str) -> None:
        """Write the files `name-*.npy`."""
        for part in FILES:
            np.save(folder / f"{name}-{part}.npy", getattr(self, part))

    @classmethod
    def open(cls, folder: Path, name: str, words: int) -> Segment:
        """Memory-map what `save` wrote.

        Raises:
            CollectionError: A file is missing, cut short, or does not fit the others.
        """
        segment = cls(*(load_array(folder / f"{name}-{part}.npy") for part in FILES))
        entries = len(segment.codes)
        fits = len(segment.offsets) == words + 1 and int(segment.offsets[-1]) == entries
        if not fits or len(segment.images) != entries or len(segment.places) != entries:
            raise CollectionError(f"The same-print index is damaged: {name} does not fit together.", REBUILD)
        return segment


def make_segment(words: int, rows: Sequence[tuple[int, float, Array, Array, Array]]) -> Segment:
    """Sort the entries of some images by word.

    Args:
        words: Size of the vocabulary.
        rows: For each image its id, its longer side, and word int32, code uint64 and place uint32 of its keypoints.
    """
    counts = [len(row[2]) for row in rows]
    word = np.concatenate([np.zeros(0, np.int32), *(row[2] for row in rows)])
    code = np.concatenate([np.zeros(0, np.uint64), *(row[3] for row in rows)])
    place = np.concatenate([np.zeros(0, np.uint32), *(row[4] for row in rows)])
    image = np.repeat(np.arange(len(rows), dtype=np.int32), counts)
    order = np.argsort(word, kind="stable")
    offsets = np.zeros(words + 1, np.uint32)
    offsets[1:] = np.cumsum(np.bincount(word, minlength=words))
    number = image[order].astype(number_type(len(rows)))
    ids = np.array([row[0] for row in rows], np.int64)
    sides = np.array([row[1] for row in rows], np.float32)
    return Segment(offsets, code[order], number, place[order], ids, sides)


def number_type(images: int) -> type[np.integer[Any]]:
    """What numbers the images of a segment: two bytes an entry instead of four where they are enough."""
    return np.uint16 if images <= SMALL_NUMBERS else np.int32


def link_segment(source: Path, target: Path, name: str, new_name: str | None = None) -> None:
    """Put the files of a segment of `source` into `target` without copying them where the disk allows it."""
    for part in FILES:
        link_file(source / f"{name}-{part}.npy", target / f"{new_name or name}-{part}.npy")


def link_file(source: Path, target: Path) -> None:
    """A hard link, or a copy on disks that have none."""
    import shutil

    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)
