"""A collection as readers see it: one published generation, immutable, safe to use from several threads."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from indexer.collection import tables
from indexer.collection.catalogue import Catalogue, Field
from indexer.collection.filters import evaluate
from indexer.collection.layout import Layout
from indexer.collection.manifest import Manifest, Published, read_manifest, read_published
from indexer.collection.packing import unpack
from indexer.collection.rows import ImageRows, RegionRows, positions
from indexer.collection.schemas import FIELD_PREFIX, HEADER
from indexer.core.errors import CollectionError, NotFoundError
from indexer.core.names import original_name
from indexer.core.settings import IndexSettings
from indexer.core.types import Array, LocalFeatures


def open_snapshot(folder: Path) -> Snapshot:
    """The newest published generation of the collection at `folder`.

    Raises:
        CollectionError: No collection, another format, or nothing published yet.
    """
    layout = Layout(Path(folder))
    manifest = read_manifest(layout)
    published = read_published(layout)
    if published.generation == 0:
        raise CollectionError(
            f"The collection {folder} has nothing to search yet: its first indexing run did not finish.",
            "Run the same `iconoscope index` command again; it goes on where it stopped.",
        )
    return Snapshot(layout, manifest, published)


def published_generation(folder: Path) -> int:
    """The generation that `open_snapshot` would give, cheaply (one small file)."""
    return read_published(Layout(Path(folder))).generation


class Snapshot:
    """One generation of a collection.

    Attributes:
        folder: The collection.
        generation: Counts publications; larger is newer.
        settings: What the collection was made with.
        models: Identity of each vector table's model.
    """

    def __init__(self, layout: Layout, manifest: Manifest, published: Published) -> None:
        self.layout = layout
        self.folder = layout.folder
        self.generation = published.generation
        self.settings: IndexSettings = manifest.settings
        self.models = manifest.models
        self.manifest = manifest
        self._published = published
        self._lock = threading.RLock()
        self._tables: dict[str, Any] = {}

    def __len__(self) -> int:
        return len(self.images.ids)

    # Tables ------------------------------------------------------------------------------------------------------

    def table(self, name: str) -> Any:
        """The Lance dataset `images`, `regions`, `keypoints` or `vectors/NAME` at this generation's version."""
        with self._lock:
            if name not in self._tables:
                version = self._published.tables.get(name)
                if version is None:
                    raise NotFoundError(f"The collection {self.folder} has no table {name}.", "Index it again.")
                self._tables[name] = tables.open_table(self.layout.table(name), version)
            return self._tables[name]

    @property
    def vector_names(self) -> list[str]:
        """Names of the vector tables (`signature`, `clip-…`)."""
        return sorted(n.removeprefix("vectors/") for n in self._published.tables if n.startswith("vectors/"))

    # Images and regions ------------------------------------------------------------------------------------------

    @cached_property
    def _image_rows(self) -> tuple[ImageRows, Array]:
        """Live images in id order, and their row offsets in the table."""
        columns = ["image_id", "source", "name", "document", "width", "height", "phash", "status"]
        table = self.table("images").to_table(columns=columns)
        status = table["status"].to_numpy(zero_copy_only=False)
        offsets = np.flatnonzero(status == "ok")
        offsets = offsets[np.argsort(table["image_id"].to_numpy()[offsets], kind="stable")]
        return ImageRows.of(table.take(pa.array(offsets))), offsets

    @property
    def images(self) -> ImageRows:
        """The live images (status ok), ascending ids."""
        with self._lock:
            return self._image_rows[0]

    @property
    def regions(self) -> RegionRows:
        """The regions of the live images, ascending ids."""
        with self._lock:
            return self._region_rows

    @cached_property
    def _region_rows(self) -> RegionRows:
        return RegionRows.of(self.table("regions").to_table(), self.images.ids)

    @cached_property
    def first_regions(self) -> Array:
        """int64 (images,): position in `regions` of each image's first region (the whole image), -1 for none."""
        result = np.full(len(self.images), -1, np.int64)
        rows = self.regions.image_positions
        result[rows[::-1]] = np.arange(len(rows))[::-1]
        return result

    def path_of(self, image_id: int) -> Path | None:
        """The original file where it still is, else None."""
        at = self.images.position(image_id)
        source = next((s for s in self.manifest.sources if s.id == int(self.images.sources[at])), None)
        if source is None:
            return None
        root = Path(source.location)
        name = original_name(self.images.names[at])
        page = self.page_of(image_id)
        plain = name if page is None else name[: name.rindex("#page=")]
        candidates = [root / plain] if root.is_dir() else [root.parent / plain, root]
        return next((p for p in candidates if p.is_file()), None)

    def page_of(self, image_id: int) -> int | None:
        """0-based page inside a multi-page file, from the name (`#page=2`); None otherwise."""
        name = self.images.names[self.images.position(image_id)]
        head, sep, tail = name.rpartition("#page=")
        return int(tail) - 1 if sep and head and tail.isdigit() else None

    def find_images(self, name: str) -> list[int]:
        """Ids of the live images of that name (several when several sources have it)."""
        return [int(i) for i in self.images.ids[self.images.positions_of_name(name)]]

    # Catalogue ---------------------------------------------------------------------------------------------------

    @cached_property
    def catalogue(self) -> Catalogue:
        """Catalogue fields of the live images, by position in `images`."""
        headers = {
            f.name.removeprefix(FIELD_PREFIX): (f.metadata or {}).get(HEADER, b"").decode() or f.name
            for f in self.table("images").schema
            if f.name.startswith(FIELD_PREFIX)
        }
        return Catalogue(headers, lambda key: self._live_column(FIELD_PREFIX + key))

    def _live_column(self, name: str) -> pa.Array:
        column = self.table("images").to_table(columns=[name])[name]
        return column.take(pa.array(self._image_rows[1])).combine_chunks()

    def filter_field(self, name: str) -> Field | None:
        """A catalogue field, or one of image, document, width, height, image_id."""
        found = self.catalogue.field(name)
        if found is not None:
            return found
        own: dict[str, Callable[[], list[Any]]] = {
            "image": lambda: list(self.images.names),
            "document": lambda: [d or None for d in self.images.documents],
            "width": lambda: [str(v) for v in self.images.sizes[:, 0]],
            "height": lambda: [str(v) for v in self.images.sizes[:, 1]],
            "image_id": lambda: [str(v) for v in self.images.ids],
        }
        values = own.get(name.casefold())
        return Field(name, name.casefold(), pa.array(values(), pa.string())) if values else None

    def filter_names(self) -> list[str]:
        """Names that a filter may use."""
        return [*self.catalogue.names, "image", "document", "width", "height", "image_id"]

    def mask(self, where: str) -> Array:
        """bool (len(images.ids),): images that pass the filter.

        Raises:
            FilterError: As `filters.evaluate`.
        """
        return evaluate(where, self)

    # Features ----------------------------------------------------------------------------------------------------

    def thumbnails(self, image_ids: Sequence[int]) -> dict[int, bytes]:
        """WebP bytes by image id; ids that are not live are left out."""
        rows = self.images.positions(image_ids)
        kept = np.asarray(image_ids, np.int64)[rows >= 0]
        if not len(kept):
            return {}
        taken = self.table("images").take(
            self._image_rows[1][rows[rows >= 0]].tolist(), columns=["image_id", "thumbnail"]
        )
        return dict(zip(taken["image_id"].to_pylist(), taken["thumbnail"].to_pylist(), strict=True))

    @cached_property
    def _keypoint_offsets(self) -> tuple[Array, Array]:
        ids = self.table("keypoints").to_table(columns=["image_id"])["image_id"].to_numpy()
        order = np.argsort(ids, kind="stable")
        return ids[order], order

    def keypoints(self, image_ids: Sequence[int]) -> dict[int, LocalFeatures]:
        """Local features by image id; `regions` are positions among the image's regions in id order."""
        with self._lock:
            ids, offsets = self._keypoint_offsets
        rows = positions(ids, np.asarray(image_ids, np.int64))
        live = self.images.positions(image_ids) >= 0
        wanted = offsets[rows[(rows >= 0) & live]]
        if not len(wanted):
            return {}
        taken = self.table("keypoints").take(wanted.tolist(), columns=["image_id", "geometry", "descriptors"])
        return dict(_unpacked(taken))

    def iter_keypoints(self, batch: int = 256, image_ids: Array | None = None) -> Iterator[tuple[int, LocalFeatures]]:
        """Local features of all live images (or of `image_ids`), `batch` images in memory at a time."""
        ids = self.images.ids if image_ids is None else np.asarray(image_ids, np.int64)
        for start in range(0, len(ids), batch):
            yield from self.keypoints(ids[start : start + batch].tolist()).items()

    def vectors(self, name: str) -> tuple[Array, Array]:
        """`(region_ids, vectors)` of the live regions, ascending ids: int64 (k,), float16 (k, d)."""
        table = self.table(f"vectors/{name}")
        dimension = table.schema.field("vector").type.list_size
        data = table.to_table(columns=["region_id", "vector"])
        ids = data["region_id"].to_numpy()
        order = np.argsort(ids, kind="stable")
        order = order[self.regions.positions(ids[order]) >= 0]
        matrix = tables.fp16_matrix(data["vector"], dimension)
        in_order = len(order) == len(ids) and bool(np.all(order == np.arange(len(order))))
        return ids[order], matrix if in_order else matrix[order]

    def index_folder(self, name: str) -> Path | None:
        """The folder of a derived index, or None when this generation has none."""
        folder = self._published.indexes.get(name)
        path = self.layout.indexes / folder if folder else None
        return path if path and path.is_dir() else None

    @property
    def published(self) -> Published:
        """The pinned versions."""
        return self._published


def _unpacked(table: pa.Table) -> Iterator[tuple[int, LocalFeatures]]:
    for row in table.to_pylist():
        yield row["image_id"], unpack(row["geometry"], row["descriptors"])
