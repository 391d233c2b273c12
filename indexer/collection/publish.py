"""Make what was committed visible to readers: tidy the tables, derive the indexes, replace `published.json`."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

from indexer.collection.indexes import build_indexes, default_builders, drop_old
from indexer.collection.layout import Layout
from indexer.collection.manifest import Published, read_published, write_published
from indexer.collection.snapshot import Snapshot
from indexer.collection.tables import disk_errors
from indexer.collection.writer import CollectionWriter
from indexer.core.errors import CollectionError

log = logging.getLogger(__name__)
COMPACT_ABOVE = 48
"""Fragments of a table above which small ones are merged; each commit adds one."""
ROWS_PER_FRAGMENT = {"keypoints": 8_192}
"""Keypoints are large (about 140 kB a row): merging fragments beyond this rewrites too much."""
KEEP_VERSIONS = timedelta(days=1)
"""Readers may hold an older generation this long."""


def newest_tables(writer: CollectionWriter) -> dict[str, int]:
    """The newest version of every table."""
    names = ["images", "regions", "keypoints", *writer.layout.vector_tables()]
    return {name: int(writer.table(name).version) for name in names}


def working_snapshot(writer: CollectionWriter) -> Snapshot:
    """What is committed but not published, as a reader would see it (without indexes)."""
    generation = read_published(writer.layout).generation
    return Snapshot(writer.layout, writer.manifest, Published(generation, newest_tables(writer)))


def publish(writer: CollectionWriter) -> Published:
    """Publish a new generation, or return the last one when nothing changed since."""
    last = _last_published(writer.layout)
    if newest_tables(writer) == dict(last.tables) and _indexes_present(writer.layout, last):
        return last
    with disk_errors(writer.layout.folder):
        _tidy(writer)
    tables = newest_tables(writer)
    generation = last.generation + 1
    snapshot = Snapshot(writer.layout, writer.manifest, Published(generation, tables))
    indexes = build_indexes(snapshot, default_builders(snapshot.vector_names), last.indexes, generation)
    published = Published(generation, tables, indexes)
    with disk_errors(writer.layout.published):
        write_published(writer.layout, published)
    drop_old(writer.layout, [published.indexes, last.indexes])
    _forget_old_versions(writer, tables)
    return published


def _last_published(layout: Layout) -> Published:
    try:
        return read_published(layout)
    except CollectionError:
        log.warning("%s is damaged and will be written anew", layout.published)
        numbers = [int(p.name[-6:]) for p in layout.indexes.glob("*-[0-9]*") if p.name[-6:].isdigit()]
        return Published(max(numbers, default=0))


def _indexes_present(layout: Layout, published: Published) -> bool:
    wanted = {b.name for b in default_builders([n.removeprefix("vectors/") for n in layout.vector_tables()])}
    return wanted == set(published.indexes) and all((layout.indexes / f).is_dir() for f in published.indexes.values())


def _tidy(writer: CollectionWriter) -> None:
    for name in newest_tables(writer):
        table = writer.table(name)
        if len(table.get_fragments()) > COMPACT_ABOVE:
            table.optimize.compact_files(target_rows_per_fragment=ROWS_PER_FRAGMENT.get(name, 1_048_576))
    update_full_text(writer.table("images"))


def update_full_text(images: Any) -> None:
    """The index of the keyword channel; Lance also finds rows that are not in it yet, only slower."""
    if not images.count_rows():
        return
    if any(index.name == "text_idx" for index in images.describe_indices()):
        images.optimize.optimize_indices()
    else:
        images.create_scalar_index(
            "text", "INVERTED", name="text_idx", with_position=False, stem=False, remove_stop_words=False,
            lower_case=True, ascii_folding=True,
        )  # fmt: skip


def _forget_old_versions(writer: CollectionWriter, tables: dict[str, int]) -> None:
    for name in tables:
        writer.table(name).cleanup_old_versions(older_than=KEEP_VERSIONS)
