"""What is still to do: sources compared with what the collection holds."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from indexer.collection.known import Known, KnownImages, digest_key
from indexer.collection.writer import CollectionWriter
from indexer.core.errors import DecodeError, SourceError
from indexer.core.types import SourceItem
from indexer.describe import Task
from indexer.sources import open_source
from indexer.sources.base import Source


@dataclass
class Plan:
    """Tasks of a run, worked out while the sources are read, so that memory does not grow with them.

    Attributes:
        updates: By image id: items of which only catalogue fields or file times changed.
        unchanged: How many items need nothing.
    """

    sources: Sequence[tuple[int, Source]]
    known: KnownImages
    has_metadata: bool
    updates: dict[int, SourceItem] = field(default_factory=dict)
    unchanged: int = 0
    finished: bool = False

    def estimate(self) -> int:
        """About how many items the sources have; walks folders, so it may take a while."""
        return sum(source.expected or count_pictures(Path(source.location)) for _, source in self.sources)

    def tasks(self) -> Iterator[Task]:
        """Items to describe: new, changed, or failed before.

        Raises:
            SourceError: A source that had images has none now.
        """
        for source_id, source in self.sources:
            count = 0
            for item in source.items():
                count += 1
                task = self._task(source_id, item)
                if task is not None:
                    yield task
            self._require_images(source_id, source, count)
        self.finished = True

    def _task(self, source_id: int, item: SourceItem) -> Task | None:
        known = self.known.look_up(source_id, item)
        if known is None:
            return Task(item, source_id)
        if not known.ok:
            return Task(item, source_id, replaces=known.image_id)
        if not known.same_file and not _same_content(known, item):
            return Task(item, source_id, replaces=known.image_id)
        if not known.same_file or (self.has_metadata and not known.same_fields):
            self.updates[known.image_id] = item
        else:
            self.unchanged += 1
        return None

    def _require_images(self, source_id: int, source: Source, count: int) -> None:
        if count:
            return
        had = self.known.count(source_id)
        if had:
            raise SourceError(
                f"{source.location} has no images now; the collection holds {had} from it.",
                "Nothing was removed. Check that the disk is mounted and the folder is the right one.",
            )
        raise SourceError(f"{source.location} has no images.", "Name a folder, a table of paths, or an image file.")

    def vanished(self) -> list[int]:
        """Image ids that the sources no longer have; call when the tasks are all read."""
        return [int(i) for i in self.known.unseen([source_id for source_id, _ in self.sources])]


def count_pictures(folder: Path) -> int:
    """Files with a picture's extension below a folder; 1 for a file."""
    from indexer.decode.sniff import EXTENSIONS

    if folder.is_file():
        return 1
    return sum(Path(name).suffix.lower()[1:] in EXTENSIONS for _, _, names in os.walk(folder) for name in names)


def _same_content(known: Known, item: SourceItem) -> bool:
    from indexer.decode import file_digest

    if item.problem:
        return False
    try:
        return digest_key(file_digest(item.path, item.page)) == known.digest_key
    except (DecodeError, OSError):
        return False


def make_plan(writer: CollectionWriter, locations: Sequence[str], metadata: Path | None) -> Plan:
    """Open the sources and look up what is known.

    Raises:
        SourceError: A source that cannot be read.
    """
    sources = [open_source(location, metadata) for location in locations]
    ids = [writer.source_id(source.kind, source.location) for source in sources]
    tables = any(source.kind == "table" for source in sources)
    return Plan(list(zip(ids, sources, strict=True)), writer.known_images(), metadata is not None or tables)
