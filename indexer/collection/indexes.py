"""Derived indexes: built into a new folder, renamed into place, named by generation."""

from __future__ import annotations

import logging
import shutil
import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Protocol

from indexer.collection.layout import CLIP_PREFIX, Layout
from indexer.collection.snapshot import Snapshot
from indexer.collection.tables import disk_errors
from indexer.core.errors import CollectionError

log = logging.getLogger(__name__)


class IndexBuilder(Protocol):
    """Makes one derived index."""

    name: str

    def build(self, snapshot: Snapshot, previous: Path | None, target: Path) -> None:
        """Fill the empty folder `target`.

        Args:
            snapshot: What to index.
            previous: The last published folder of this index, to extend: its files may be hard-linked into
                `target`, never changed.
        """


def default_builders(vector_names: Sequence[str]) -> list[IndexBuilder]:
    """The indexes of a collection that has these vector tables."""
    from indexer.collection.instance_index import InstanceIndexBuilder
    from indexer.collection.semantic_index import SemanticIndexBuilder
    from indexer.collection.signature_index import SignatureIndexBuilder

    builders: list[IndexBuilder] = [InstanceIndexBuilder()]
    for name in vector_names:
        builders.append(SemanticIndexBuilder(name) if name.startswith(CLIP_PREFIX) else SignatureIndexBuilder())
    return builders


def build_indexes(
    snapshot: Snapshot, builders: Sequence[IndexBuilder], previous: Mapping[str, str], generation: int
) -> dict[str, str]:
    """Build all indexes of a generation; returns the folder name of each.

    The first (the same-print index, which takes longest) is built beside all others: they wait for the disk and for
    single threads in turn. An index that cannot extend the previous one (damaged, of another version) is built from
    nothing.
    """

    def make(builder: IndexBuilder) -> None:
        last = snapshot.layout.indexes / previous[builder.name] if builder.name in previous else None
        _build(builder, snapshot, last if last and last.is_dir() else None, folders[builder.name])

    folders = {builder.name: snapshot.layout.index(builder.name, generation) for builder in builders}
    others: Future[None] = Future()
    # A daemon, so that Ctrl-C ends the program at once: what it leaves is a temporary folder.
    threading.Thread(target=_settle, args=(others, make, builders[1:]), name="indexes", daemon=True).start()
    for builder in builders[:1]:
        make(builder)
    others.result()
    return {name: folder.name for name, folder in folders.items()}


def _settle(promise: Future[None], make: Callable[[IndexBuilder], None], builders: Sequence[IndexBuilder]) -> None:
    """Make them one after the other; the first error is the promise's."""
    try:
        for builder in builders:
            make(builder)
        promise.set_result(None)
    except BaseException as error:  # noqa: BLE001 - raised again in the caller
        promise.set_exception(error)


def _build(builder: IndexBuilder, snapshot: Snapshot, previous: Path | None, folder: Path) -> None:
    temporary = folder.with_name(f".{folder.name}.tmp")
    for stale in (temporary, folder):
        shutil.rmtree(stale, ignore_errors=True)
    with disk_errors(folder):
        temporary.mkdir(parents=True)
        try:
            builder.build(snapshot, previous, temporary)
        except CollectionError:
            if previous is None:
                raise
            log.warning("%s cannot be extended and is built anew", previous.name)
            shutil.rmtree(temporary)
            temporary.mkdir()
            builder.build(snapshot, None, temporary)
        temporary.rename(folder)


def drop_old(layout: Layout, keep: Sequence[Mapping[str, str]]) -> None:
    """Delete index folders that none of the kept generations names.

    The last generation is kept beside the new one: a reader may be opening it just now.
    """
    wanted = {folder for generation in keep for folder in generation.values()}
    for folder in layout.indexes.iterdir():
        if folder.name not in wanted:
            shutil.rmtree(folder, ignore_errors=True)
