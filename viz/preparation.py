"""Pictures are prepared while the map is still being computed: in processes of their own, in the collection's order.

UMAP keeps one core busy; decoding and coding pictures, most of an export's work, need nothing of what it finds. What
they leave, sheets of tiles (`viz.tiles`), is put into the map's order by `viz.atlas`.
"""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

from indexer.core.errors import IconoscopeError
from indexer.core.types import Array
from indexer.orphans import end_with_parent
from viz.pictures import crop, write_files
from viz.restarts import cuts
from viz.tiles import Sheet, SheetMaker

SMALLEST_FOR_PROCESSES = 1000
"""Pictures from which processes are started: each costs a second of its own."""
AT_ONCE = 512
"""Thumbnails read at once: a multiple of every sheet's capacity."""
MOST_IN_A_TASK = 4096
TASKS_FOR_EACH = 16
"""Tasks each process gets through: enough that none waits long for the last one."""
NICENESS = 5
"""Processes stand back behind the layout: it is the one thing that can only be done by one core."""


@dataclass(frozen=True, slots=True)
class PictureSource:
    """What a process needs to know to prepare pictures; can be sent to another one.

    Attributes:
        ids: int64 (n,), of the pictures.
        image_ids: int64 (n,), the image each belongs to.
        boxes: float32 (n, 4), the parts of the images to show, in original pixels; None for whole images.
        image_sizes: int32 (n, 2), width and height of the images in original pixels.
        thumbnails: Image ids → bytes of image files, missing ones left out.
        tile, quality: Of the atlas.
        pictures: Folder that gets the thumbnails as files; None for no such files.
        scratch: Folder for what is prepared.
    """

    ids: Array
    image_ids: Array
    boxes: Array | None
    image_sizes: Array
    thumbnails: Callable[[Sequence[int]], Mapping[int, bytes]]
    tile: int
    quality: int
    pictures: Path | None
    scratch: Path

    def __len__(self) -> int:
        return len(self.ids)

    def fetch(self, rows: range) -> list[bytes | None]:
        """The pictures at `rows` as image files, None for missing ones."""
        wanted = self.image_ids[rows.start : rows.stop].tolist()
        found = self.thumbnails(wanted)
        if self.boxes is None:
            return [found.get(i) for i in wanted]
        parts = zip(wanted, self.boxes[rows.start : rows.stop], self.image_sizes[rows.start : rows.stop], strict=True)
        return [crop(found[i], box, size) if found.get(i) else None for i, box, size in parts]


@dataclass(frozen=True, slots=True)
class Prepared:
    """Some pictures, prepared.

    Attributes:
        rows: Which.
        file: In the scratch folder: where their tiles are.
        cuts: By tile side, int64 (sheets, pieces + 1): where the pieces of each sheet begin in the file
            (`viz.restarts.cuts`).
        plain: int64 (sheets,), where each sheet's plain tiles begin in the file.
        extents, colours: As in `viz.tiles.Sheet`.
        written: Bytes of the picture files.
    """

    rows: range
    file: str
    cuts: dict[int, Array]
    plain: Array
    extents: Array
    colours: Array
    written: int


def prepare(source: PictureSource, rows: range) -> Prepared:
    """Prepares the pictures at `rows`; they begin at a multiple of a sheet's capacity."""
    maker = SheetMaker(source.tile, source.quality)
    file = f"{os.getpid()}.tiles"
    stored, written = _Stored(maker), 0
    with (source.scratch / file).open("ab") as out:
        for start in range(rows.start, rows.stop, AT_ONCE):
            part = range(start, min(start + AT_ONCE, rows.stop))
            pictures = source.fetch(part)
            if source.pictures is not None:
                written += write_files(source.pictures, source.ids[part.start : part.stop].tolist(), pictures)
            for first in range(0, len(pictures), maker.capacity):
                stored.add(out, maker.make(pictures[first : first + maker.capacity]))
    return stored.as_prepared(rows, file, written)


class _Stored:
    """Writes sheets into a file and remembers where."""

    def __init__(self, maker: SheetMaker) -> None:
        self.cuts: dict[int, list[Array]] = {form.side: [] for form in maker.forms}
        self.plain: list[int] = []
        self.extents: list[Array] = []
        self.colours: list[Array] = []

    def add(self, out: BinaryIO, sheet: Sheet) -> None:
        for side, data in sheet.coded.items():
            self.cuts[side].append(cuts(data) + out.tell())
            out.write(data)
        self.plain.append(out.tell())
        out.write(sheet.plain.tobytes())
        self.extents.append(sheet.extents)
        self.colours.append(sheet.colours)

    def as_prepared(self, rows: range, file: str, written: int) -> Prepared:
        stacked = {side: np.stack(found) for side, found in self.cuts.items()}
        plain = np.array(self.plain, np.int64)
        return Prepared(rows, file, stacked, plain, np.concatenate(self.extents), np.concatenate(self.colours), written)


class Preparation:
    """Pictures under way.

    Args:
        source: Which.
        processes: How many prepare them; 0 for the calling process itself, at once.
    """

    def __init__(self, source: PictureSource, processes: int) -> None:
        self.source = source
        self._done: list[Prepared] = []
        self._pool: ProcessPoolExecutor | None = None
        self._futures: list[Future[Prepared]] = []
        tasks = split(len(source), SheetMaker(source.tile, source.quality).capacity, processes)
        if not processes:
            self._done = [prepare(source, rows) for rows in tasks]
            return
        # Spawned, not forked: the parent holds threads (Lance, FAISS) that a fork would break.
        spawn = multiprocessing.get_context("spawn")
        self._pool = ProcessPoolExecutor(processes, spawn, initializer=_begin, initargs=(source,))
        self._futures = [self._pool.submit(_run, rows) for rows in tasks]

    def finished(self, step: Callable[[int], None]) -> list[Prepared]:
        """Waits for all pictures; they come in the collection's order.

        Args:
            step: Told how many pictures were done.

        Raises:
            IconoscopeError: A process died.
        """
        try:
            for future in as_completed(self._futures):
                self._done.append(future.result())
                step(len(self._done[-1].rows))
        except BrokenProcessPool as error:
            raise IconoscopeError(
                "A process that prepares pictures for the map died.",
                "Memory may have run out: close other programs, or map a part with --where.",
            ) from error
        self.close()
        return sorted(self._done, key=lambda p: p.rows.start)

    def close(self) -> None:
        """Ends the processes; what has not begun is left."""
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)


@contextmanager
def preparation(source: PictureSource, processes: int) -> Iterator[Preparation]:
    """Pictures under way while the block lasts; the scratch folder is made and removed."""
    source.scratch.mkdir(parents=True)
    under_way = Preparation(source, processes)
    try:
        yield under_way
    finally:
        under_way.close()
        shutil.rmtree(source.scratch)


def split(count: int, capacity: int, processes: int) -> list[range]:
    """Tasks of whole sheets, none with more than `MOST_IN_A_TASK` pictures."""
    fair = -(-count // max(processes * TASKS_FOR_EACH, 1))
    size = max(min(fair, MOST_IN_A_TASK) // capacity, 1) * capacity
    return [range(start, min(start + size, count)) for start in range(0, count, size)]


_state: dict[str, PictureSource] = {}


def _begin(source: PictureSource) -> None:
    """Runs once in each process: one thread a process, Ctrl-C left to the parent, no life after it."""
    import cv2

    end_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    cv2.setNumThreads(1)
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    _state["source"] = source


def _run(rows: range) -> Prepared:
    return prepare(_state["source"], rows)
