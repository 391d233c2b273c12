"""From a snapshot of a collection to what a map needs. The only file of `viz` that knows collections."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from indexer.collection.catalogue import Field
from indexer.core.errors import NotFoundError
from indexer.core.types import Array
from viz.neighbours import unit_rows
from viz.settings import MapSettings

if TYPE_CHECKING:
    from indexer.collection.snapshot import Snapshot


SET = "set:"
"""What stands before a saved set's name where a catalogue field could stand too."""


@dataclass(frozen=True, slots=True)
class MapInput:
    """The pictures of a map, one entry each.

    Attributes:
        ids: int64 (n,), image ids, or region ids of a map of regions.
        image_ids: int64 (n,), the image each belongs to.
        names: As in the collection.
        sizes: int32 (n, 2), width and height of the picture (of the region) in original pixels.
        boxes: float32 (n, 4), in original pixels; the whole image for a map of images.
        image_sizes: int32 (n, 2), width and height of the image that `boxes` lie in.
        vectors: By name, float32 (n, d), rows of length 1. The first makes the layout; the others are laid out too.
        fields: Catalogue columns over the n pictures.
        thumbnails: Gives the thumbnails of images: ids → bytes of an image file, missing ones left out. For large maps
            it is sent to other processes.
        provenance: What the manifest says about where this comes from.
        notices: What people should know (pictures left out and why …).
        pulled: int64 (n,), 1 and 0 for examples and counter-examples of the saved set that supervises the map, −1 for
            all others; None without such a set.
        encode_texts: Texts to unit rows in the space of the first vectors; None when they know no words. Raises
            ModelError when the model is not here.
    """

    ids: Array
    image_ids: Array
    names: Sequence[str]
    sizes: Array
    boxes: Array
    image_sizes: Array
    vectors: Mapping[str, Array]
    fields: Sequence[Field]
    thumbnails: Callable[[Sequence[int]], Mapping[int, bytes]]
    provenance: Mapping[str, Any] = field(default_factory=dict)
    notices: Sequence[str] = ()
    pulled: Array | None = None
    encode_texts: Callable[[Sequence[str]], Array] | None = None

    def __len__(self) -> int:
        return len(self.ids)

    def take(self, rows: Array, *notices: str) -> MapInput:
        """The pictures at `rows` (positions), in that order."""
        import pyarrow as pa

        at = pa.array(rows)
        return MapInput(
            ids=self.ids[rows],
            image_ids=self.image_ids[rows],
            names=[self.names[i] for i in rows.tolist()],
            sizes=self.sizes[rows],
            boxes=self.boxes[rows],
            image_sizes=self.image_sizes[rows],
            vectors={name: v[rows] for name, v in self.vectors.items()},
            fields=[Field(f.name, f.key, f.column.take(at)) for f in self.fields],
            thumbnails=self.thumbnails,
            provenance=self.provenance,
            notices=[*self.notices, *notices],
            pulled=None if self.pulled is None else self.pulled[rows],
            encode_texts=self.encode_texts,
        )


def read_collection(snapshot: Snapshot, settings: MapSettings, where: str | None = None) -> MapInput:
    """What the map of `snapshot` is made from.

    Raises:
        NotFoundError: No such vectors, or no such saved set, in the collection.
        FilterError: As `Snapshot.mask`.
    """
    import pyarrow as pa

    chosen = vector_names(snapshot, settings)
    rows = _regions(snapshot, settings, snapshot.mask(where) if where else None)
    regions, images = snapshot.regions, snapshot.images
    at = regions.image_positions[rows]
    vectors, holes = _aligned_vectors(snapshot, chosen, regions.ids[rows])
    boxes = regions.boxes[rows]
    column_rows = pa.array(at)
    read = MapInput(
        ids=regions.ids[rows] if settings.unit == "region" else images.ids[at],
        image_ids=images.ids[at],
        names=[images.names[i] for i in at.tolist()],
        sizes=np.maximum(boxes[:, 2:].round(), 1).astype(np.int32) if settings.unit == "region" else images.sizes[at],
        boxes=boxes,
        image_sizes=images.sizes[at],
        vectors=vectors,
        fields=[Field(f.name, f.key, f.column.take(column_rows)) for f in snapshot.catalogue.fields()],
        thumbnails=StoredThumbnails(snapshot),
        provenance=_provenance(snapshot, chosen, where),
        pulled=_pulled(snapshot, settings, rows),
        encode_texts=_text_encoder(snapshot, chosen[0]),
    )
    kept = np.flatnonzero(~holes)
    return read if not holes.any() else read.take(kept, left_out(int(holes.sum())))


class StoredThumbnails:
    """The thumbnails of a collection, also in another process: there the collection is opened anew."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot

    def __call__(self, image_ids: Sequence[int]) -> Mapping[int, bytes]:
        """Bytes by image id; images that are not (or no longer) in the collection are left out."""
        return self._snapshot.thumbnails(image_ids)

    def __reduce__(self) -> tuple[Any, ...]:
        return _reopened, (Path(self._snapshot.folder),)


def _reopened(folder: Path) -> StoredThumbnails:
    from indexer.collection.snapshot import open_snapshot

    return StoredThumbnails(open_snapshot(folder))


def _text_encoder(snapshot: Snapshot, name: str) -> Callable[[Sequence[str]], Array] | None:
    """What encodes texts for the vectors `name`, loaded when it is called; None for all but those of one CLIP model."""
    if not name.startswith("clip-") or name not in snapshot.models:
        return None
    identity = snapshot.models[name]

    def encode(texts: Sequence[str]) -> Array:
        from indexer.features.clip import load_recorded

        return load_recorded(identity, str(identity.get("source", identity["name"]))).encode_texts(texts)

    return encode


def left_out(count: int) -> str:
    """The notice about pictures whose vectors are missing, not finite or all zero."""
    return f"{count} picture{'s' if count > 1 else ''} left out: no usable vector."


def vector_names(snapshot: Snapshot, settings: MapSettings) -> list[str]:
    """The vectors to lay out: CLIP when the collection has it, else the signature; then the ones asked for besides.

    Raises:
        NotFoundError: The collection has no vectors, or none of that name.
    """
    known = snapshot.vector_names
    first = settings.vectors
    if first == "auto":
        first = next((n for n in known if n.startswith("clip-")), "signature")
    names = [first, *(n for n in settings.also if n != first)]
    for name in names:
        for part, _ in mixture(name):
            if part not in known:
                raise NotFoundError(
                    f"The collection has no vectors '{part}'.", f"It has: {', '.join(known) or 'none'}."
                )
    return names


def mixture(name: str) -> list[tuple[str, float]]:
    """`"a:0.7,b:0.3"` to its parts; a plain name counts 1.

    Raises:
        NotFoundError: A weight that is no number above zero.
    """
    parts: list[tuple[str, float]] = []
    for piece in name.split(","):
        key, colon, weight = piece.strip().rpartition(":")
        try:
            number = float(weight) if colon else 1.0
        except ValueError:
            number = 0.0
        if not number > 0:
            raise NotFoundError(f"'{piece}' is no part of a mix of vectors.", "Write it as NAME:WEIGHT,NAME:WEIGHT.")
        parts.append((key if colon else piece.strip(), number))
    return parts


def _regions(snapshot: Snapshot, settings: MapSettings, mask: Array | None) -> Array:
    """Positions in `snapshot.regions` of the pictures of the map."""
    regions = snapshot.regions
    kinds = np.asarray(regions.kinds)
    if settings.unit == "image":
        keep = kinds == "whole"
    elif settings.kinds:
        keep = np.isin(kinds, settings.kinds)
    else:
        keep = kinds != "whole"
    if mask is not None:
        keep = keep & mask[regions.image_positions]
    rows = np.flatnonzero(keep)
    if settings.unit == "image":
        _, first = np.unique(regions.image_positions[rows], return_index=True)
        rows = rows[first]
    return rows


def _pulled(snapshot: Snapshot, settings: MapSettings, rows: Array) -> Array | None:
    """What the set that supervises the map says about the regions at `rows`; see `MapInput.pulled`.

    An id that is a region's means that region (its image on a map of images), any other the image of that id.
    """
    if not settings.supervised_by.startswith(SET):
        return None
    from indexer.collection.sets import read_set

    saved = read_set(Path(snapshot.folder), settings.supervised_by.removeprefix(SET))
    regions = snapshot.regions
    image_ids = snapshot.images.ids[regions.image_positions]
    pulled = np.full(len(rows), -1, np.int64)
    for label, judged in ((0, saved.negative), (1, saved.positive)):
        own = np.isin(regions.ids, judged)
        images = np.setdiff1d(np.array(judged, np.int64), regions.ids[own])
        if settings.unit == "image":
            images = np.union1d(images, image_ids[own])
        pulled[own[rows] | np.isin(image_ids[rows], images)] = label
    return pulled


def _aligned_vectors(snapshot: Snapshot, names: Sequence[str], region_ids: Array) -> tuple[dict[str, Array], Array]:
    """Vectors of `region_ids` by name, and bool (n,): which lack a finite, non-zero one in some of them."""
    holes = np.zeros(len(region_ids), bool)
    if len(region_ids) == 0:  # nothing is read for a filter that leaves nothing
        return {name: np.zeros((0, 1), np.float32) for name in names}, holes
    result: dict[str, Array] = {}
    for name in names:
        parts = []
        for part, weight in mixture(name):
            ids, stored = read_vectors(snapshot, part)
            rows = np.minimum(np.searchsorted(ids, region_ids), max(len(ids) - 1, 0))
            found = ids[rows] == region_ids if len(ids) else np.zeros(len(region_ids), bool)
            taken = np.zeros((len(region_ids), stored.shape[1]), np.float32)
            taken[found] = stored[rows[found]]
            holes |= ~usable(taken)
            parts.append(unit_rows(np.nan_to_num(taken, posinf=0, neginf=0)) * np.sqrt(weight))
        result[name] = unit_rows(np.hstack(parts))
    return result, holes


def usable(vectors: Array) -> Array:
    """bool (n,): rows that are finite and not all zero."""
    filled = np.abs(np.nan_to_num(vectors)).max(axis=1, initial=0) > 0
    return np.asarray(np.isfinite(vectors).all(axis=1) & filled)


def read_vectors(snapshot: Snapshot, name: str) -> tuple[Array, Array]:
    """`(region ids, vectors)`; the signature's finished vectors come from its index, where there is one."""
    folder = snapshot.index_folder("signature") if name == "signature" else None
    if folder is not None:
        from indexer.collection.signature_index import SignatureIndex

        index = SignatureIndex.open(folder)
        order = np.argsort(index.region_ids, kind="stable")
        return np.asarray(index.region_ids)[order], np.asarray(index.vectors)[order]
    return snapshot.vectors(name)


def _provenance(snapshot: Snapshot, names: Sequence[str], where: str | None) -> dict[str, Any]:
    parts = [part for name in names for part, _ in mixture(name)]
    return {
        "collection": Path(snapshot.folder).resolve().name,
        "generation": snapshot.generation,
        "settings": snapshot.settings.fingerprint(),
        "vectors": list(names),
        "models": {part: dict(snapshot.models[part]) for part in parts if part in snapshot.models},
        "where": where or "",
    }
