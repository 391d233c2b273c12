"""The one writer of a collection: commits batches, marks removals, publishes generations.

Crash safety: everything of a batch is appended before its images rows, so an image that has a row has all its parts.
Rows without an image (a killed batch) are deleted when the collection is next opened for writing.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from indexer.collection import records, schemas, tables
from indexer.collection.files import write_atomically
from indexer.collection.known import KnownImages
from indexer.collection.layout import CLIP_PREFIX, Layout, slug
from indexer.collection.lock import WriterLock
from indexer.collection.manifest import Manifest, read_manifest, require_same_settings, write_manifest
from indexer.collection.records import ImageRecord
from indexer.core.errors import CollectionError
from indexer.core.settings import IndexSettings
from indexer.core.types import Array, SourceItem

log = logging.getLogger(__name__)
COMPARED = ("version", "weights", "architecture", "preprocess", "dim")
"""Parts of a model's identity that decide whether vectors may be compared."""
_ID_LIST = 10_000
"""Ids in one SQL `IN (…)`: longer lists make the planner slow."""


class CollectionWriter:
    """Write access to the collection at `folder`; use as a context manager."""

    def __init__(self, folder: Path, settings: IndexSettings | None = None) -> None:
        """Open or create.

        Args:
            settings: What the caller wants; None takes the collection's own, or the defaults for a new one.

        Raises:
            CollectionError: Other settings or format, locked by another run, or not writable.
        """
        self.layout = Layout(Path(folder))
        self.manifest = self._open_manifest(settings)
        self._lock = WriterLock(self.layout)

    def _open_manifest(self, settings: IndexSettings | None) -> Manifest:
        if self.layout.manifest.exists():
            manifest = read_manifest(self.layout)
            if settings is not None:
                require_same_settings(manifest.settings, settings, self.layout.folder)
            return manifest
        if self.layout.folder.exists() and any(self.layout.folder.iterdir()):
            raise CollectionError(
                f"{self.layout.folder} is not empty and not a collection.", "Name a new folder with --collection."
            )
        try:
            self.layout.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise CollectionError(
                f"{self.layout.folder} cannot be made: {error}.", "Check the path and the permissions."
            ) from error
        return Manifest(settings or IndexSettings())

    def __enter__(self) -> CollectionWriter:
        self._lock.__enter__()
        try:
            self._create_tables()
            self._drop_orphans()
            self._count_ids()
        except BaseException:
            self._lock.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._lock.__exit__(kind, error, trace)

    # Opening -----------------------------------------------------------------------------------------------------

    def _create_tables(self) -> None:
        with tables.disk_errors(self.layout.folder):
            for name, schema in (
                ("images", schemas.IMAGES),
                ("regions", schemas.REGIONS),
                ("keypoints", schemas.KEYPOINTS),
            ):
                tables.create_table(self.layout.table(name), schema)
            self.layout.indexes.mkdir(exist_ok=True)
            self.layout.maps.mkdir(exist_ok=True)
            # Last, so that a folder with a manifest has its tables.
            write_manifest(self.layout, self.manifest)

    def _part_names(self) -> list[str]:
        return ["regions", "keypoints", *self.layout.vector_tables()]

    def _drop_orphans(self) -> None:
        """Delete the parts of killed batches and of removed images."""
        images = self.table("images").to_table(columns=["image_id", "status"])
        live = images.filter(pc.equal(images["status"], "ok"))["image_id"]
        for name in self._part_names():
            ids = self.table(name).to_table(columns=["image_id"])["image_id"]
            orphans = pc.unique(ids.filter(pc.invert(pc.is_in(ids, value_set=live.combine_chunks()))))
            if len(orphans):
                log.info("dropping %d orphaned images from %s", len(orphans), name)
                self._delete(name, orphans.to_numpy(zero_copy_only=False))

    def _count_ids(self) -> None:
        def largest(name: str, column: str) -> int:
            value = pc.max(self.table(name).to_table(columns=[column])[column]).as_py()
            return -1 if value is None else int(value)

        # Images and regions count together, so that an id alone says which it is (judgements name either).
        self._next_id = max(largest("images", "image_id"), largest("regions", "region_id")) + 1

    def table(self, name: str) -> Any:
        """The newest version of a table."""
        return tables.open_table(self.layout.table(name))

    def known_images(self) -> KnownImages:
        """What is already there."""
        return KnownImages(self.table("images"))

    def update_manifest(self, manifest: Manifest) -> None:
        """Store another manifest (new sources, models)."""
        if manifest != self.manifest:
            with tables.disk_errors(self.layout.folder):
                write_manifest(self.layout, manifest)
            self.manifest = manifest

    def source_id(self, kind: str, location: str) -> int:
        """The id of a source, new ones registered."""
        manifest, number = self.manifest.with_source(kind, location)
        self.update_manifest(manifest)
        return number

    def register_model(self, name: str, identity: Mapping[str, Any]) -> None:
        """Remember which model made a vector table.

        Raises:
            CollectionError: The table was made by another model of the same name.
        """
        known = self.manifest.models.get(name)
        stored = known or identity
        rows = [f"{k}: {stored.get(k)} → {identity.get(k)}" for k in COMPARED if stored.get(k) != identity.get(k)]
        if rows:
            raise CollectionError(
                f"The vectors '{name}' in {self.layout.folder} were made by another model ({'; '.join(rows)}).",
                "Use the same model, or index into a new folder.",
            )
        models = {**self.manifest.models, name: dict(stored)}
        request = name if name.startswith(CLIP_PREFIX) else self.manifest.clip_request
        self.update_manifest(replace(self.manifest, models=models, clip_request=request))

    # Writing -----------------------------------------------------------------------------------------------------

    def commit(self, batch: Sequence[ImageRecord]) -> Array:
        """Store a batch; returns the int64 ids it got, in order."""
        if not batch:
            return np.zeros(0, np.int64)
        # Region ids come before the image ids of their batch: rows of images stay for ever (as removed), so that the
        # largest id that was ever given can be read from them and no id is given twice.
        regions = sum(len(r.regions) for r in batch if not r.reason)
        ids = self._next_id + regions + np.arange(len(batch), dtype=np.int64)
        self._append_parts(batch, ids)
        self._next_id += regions + len(batch)
        self._retire([r.replaces for r in batch if r.replaces >= 0])
        columns = self._field_columns({h for r in batch for h in r.item.fields})
        tables.append(self.layout.table("images"), records.image_table(batch, ids, columns))
        return ids

    def _append_parts(self, batch: Sequence[ImageRecord], ids: Array) -> None:
        good = [i for i, r in enumerate(batch) if not r.reason]
        done, done_ids = [batch[i] for i in good], ids[good]
        table, region_ids = records.region_table(done, done_ids, self._next_id)
        tables.append(self.layout.table("regions"), table)
        tables.append(self.layout.table("keypoints"), records.keypoint_table(done, done_ids))
        for name in sorted({n for r in done for n in r.vectors}):
            have = [k for k, r in enumerate(done) if name in r.vectors and len(r.regions)]
            if have:
                self.append_vectors(
                    name,
                    np.concatenate([region_ids[k] for k in have]),
                    np.concatenate([np.full(len(region_ids[k]), done_ids[k]) for k in have]),
                    np.concatenate([done[k].vectors[name] for k in have]),
                )

    def append_vectors(self, name: str, region_ids: Array, image_ids: Array, matrix: Array) -> None:
        """Add vectors of a describer: float (n, d) for int64 (n,) regions of int64 (n,) images."""
        path = self.layout.table(f"vectors/{name}")
        tables.create_table(path, schemas.vectors(matrix.shape[1]))
        tables.append(path, records.vector_table(region_ids, image_ids, matrix))

    def _retire(self, image_ids: Sequence[int]) -> None:
        """Failed rows that are tried again go; good rows that are replaced are marked removed."""
        for part in _chunks(image_ids):
            listed = ", ".join(map(str, part))
            with tables.disk_errors(self.layout.folder):
                self.table("images").delete(f"image_id IN ({listed}) AND status = 'failed'")
        self.remove(image_ids)

    def remove(self, image_ids: Sequence[int]) -> None:
        """Mark images as removed; their regions, keypoints and vectors go, the row with its catalogue fields stays."""
        for part in _chunks(image_ids):
            listed = ", ".join(map(str, part))
            with tables.disk_errors(self.layout.folder):
                self.table("images").update({"status": "'removed'"}, where=f"image_id IN ({listed}) AND status = 'ok'")
                self.table("images").delete(f"image_id IN ({listed}) AND status = 'failed'")
            for name in self._part_names():
                self._delete(name, np.asarray(part))

    def _delete(self, name: str, image_ids: Array) -> None:
        for part in _chunks(image_ids):
            with tables.disk_errors(self.layout.folder):
                self.table(name).delete(f"image_id IN ({', '.join(str(int(i)) for i in part)})")

    def update_items(self, changes: Mapping[int, SourceItem]) -> None:
        """Store other catalogue fields, documents or file times of images whose pixels did not change."""
        ids = list(changes)
        columns = self._field_columns({h for item in changes.values() for h in item.fields})
        every_column = {**{h: c for c, h in self._headers().items()}, **columns}
        for part in _chunks(ids):
            rows = [
                {
                    "image_id": i,
                    "document": changes[i].document,
                    "size_bytes": changes[i].size_bytes,
                    "mtime_ns": changes[i].mtime_ns,
                    "fields_digest": records.fields_digest(changes[i]),
                    "text": records.searchable_text(changes[i]),
                    **{c: changes[i].fields.get(h) or None for h, c in every_column.items()},
                }
                for i in part
            ]
            schema = pa.schema([f for f in self.table("images").schema if f.name in rows[0]])
            table = pa.Table.from_pylist(rows, schema=schema)
            with tables.disk_errors(self.layout.folder):
                self.table("images").merge_insert("image_id").when_matched_update_all().execute(table)

    def _headers(self) -> dict[str, str]:
        """By column name: the header in the user's table."""
        return {
            f.name: f.metadata[schemas.HEADER].decode()
            for f in self.table("images").schema
            if f.name.startswith(schemas.FIELD_PREFIX) and f.metadata and schemas.HEADER in f.metadata
        }

    def _field_columns(self, headers: set[str]) -> dict[str, str]:
        """The column of each header, new columns added to the table."""
        known = {h: c for c, h in self._headers().items()}
        taken = set(known.values())
        new = []
        for header in sorted(headers - set(known)):
            key = slug(header)
            while schemas.FIELD_PREFIX + key in taken:
                key += "_"
            field = schemas.field_column(key, header)
            taken.add(field.name)
            known[header] = field.name
            new.append(field)
        if new:
            with tables.disk_errors(self.layout.folder):
                self.table("images").add_columns(pa.schema(new))
        return {h: known[h] for h in headers}

    def write_report(self, name: str, text: str) -> None:
        """Put a small text file into the collection."""
        with tables.disk_errors(self.layout.folder):
            write_atomically(self.layout.folder / name, text)


def _chunks(ids: Sequence[int] | Array) -> list[list[int]]:
    listed = [int(i) for i in ids]
    return [listed[i : i + _ID_LIST] for i in range(0, len(listed), _ID_LIST)]
