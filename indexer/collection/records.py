"""What the pipeline hands to the writer: one image with all that was computed from it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from indexer.collection import schemas
from indexer.collection.packing import pack
from indexer.collection.tables import fp16_column
from indexer.core.names import storable_name
from indexer.core.types import NO_ID, Array, LocalFeatures, Regions, SourceItem
from indexer.core.words import with_stems


@dataclass(frozen=True, slots=True)
class ImageRecord:
    """One image, described or failed.

    Attributes:
        reason: Why it failed; "" when it did not.
        replaces: Image id of the row that this one takes the place of, NO_ID for a new image.
        vectors: By table name (`signature`, `clip-…`): float (len(regions), d).
    """

    item: SourceItem
    source_id: int
    digest: str = ""
    width: int = 0
    height: int = 0
    phash: int = 0
    thumbnail: bytes = b""
    regions: Regions = field(default_factory=Regions.empty)
    features: LocalFeatures = field(default_factory=LocalFeatures.empty)
    vectors: Mapping[str, Array] = field(default_factory=dict)
    reason: str = ""
    replaces: int = NO_ID


def fields_digest(item: SourceItem) -> int:
    """int64 that changes with the catalogue fields or the document."""
    text = repr((item.document, sorted(item.fields.items())))
    return int.from_bytes(
        hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big", signed=True
    )


def searchable_text(item: SourceItem) -> str:
    """What the keyword channel reads: the values of all fields, the name, and the stems of their words."""
    return with_stems("\n".join([*(v for v in item.fields.values() if v), storable_name(item.name)]))


def image_table(records: Sequence[ImageRecord], ids: Array, columns: Mapping[str, str]) -> pa.Table:
    """Rows of the images table; `columns` gives the column of each catalogue header."""
    rows = [_image_row(r, int(i)) for r, i in zip(records, ids, strict=True)]
    table = pa.Table.from_pylist(rows, schema=schemas.IMAGES)
    for header, column in columns.items():
        values = pa.array([r.item.fields.get(header) or None for r in records], pa.string())
        table = table.append_column(pa.field(column, pa.string()), values)
    return table


def _image_row(record: ImageRecord, image_id: int) -> dict[str, object]:
    item = record.item
    return {
        "image_id": image_id,
        "source": record.source_id,
        "name": storable_name(item.name),
        "document": storable_name(item.document),
        "digest": record.digest,
        "size_bytes": item.size_bytes,
        "mtime_ns": item.mtime_ns,
        "fields_digest": fields_digest(item),
        "width": record.width,
        "height": record.height,
        "status": "failed" if record.reason else "ok",
        "reason": record.reason,
        "phash": record.phash,
        "thumbnail": record.thumbnail,
        "text": searchable_text(item),
    }


def region_table(records: Sequence[ImageRecord], image_ids: Array, first_region: int) -> tuple[pa.Table, list[Array]]:
    """Rows of the regions table, and the region ids of each record; ids count up from `first_region`."""
    rows: list[dict[str, object]] = []
    ids: list[Array] = []
    for record, image_id in zip(records, image_ids, strict=True):
        base = first_region + len(rows)
        regions = record.regions
        ids.append(base + np.arange(len(regions), dtype=np.int64))
        for k in range(len(regions)):
            x, y, w, h = (float(v) for v in regions.boxes[k])
            parent = int(regions.parents[k])
            rows.append(
                {
                    "region_id": base + k,
                    "image_id": int(image_id),
                    "x": x,
                    "y": y,
                    "w": w,
                    "h": h,
                    "mask": regions.masks[k],
                    "kind": regions.kinds[k],
                    "origin": regions.origins[k],
                    "parent": base + parent if parent >= 0 else NO_ID,
                    "label": regions.labels[k],
                    "score": float(regions.scores[k]),
                }
            )
    return pa.Table.from_pylist(rows, schema=schemas.REGIONS), ids


def keypoint_table(records: Sequence[ImageRecord], image_ids: Array) -> pa.Table:
    """Rows of the keypoints table."""
    packed = [pack(r.features) for r in records]
    return pa.table(
        {
            "image_id": pa.array(image_ids, pa.int64()),
            "n": pa.array([len(r.features) for r in records], pa.int32()),
            "geometry": pa.array([g for g, _ in packed], pa.large_binary()),
            "descriptors": pa.array([d for _, d in packed], pa.large_binary()),
        },
        schema=schemas.KEYPOINTS,
    )


def vector_table(region_ids: Array, image_ids: Array, matrix: Array) -> pa.Table:
    """Rows of a vector table."""
    return pa.table(
        {
            "region_id": pa.array(region_ids, pa.int64()),
            "image_id": pa.array(image_ids, pa.int64()),
            "vector": fp16_column(matrix),
        },
        schema=schemas.vectors(matrix.shape[1]),
    )
