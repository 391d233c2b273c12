"""Arrow schemas of the Lance tables."""

from __future__ import annotations

import pyarrow as pa

FIELD_PREFIX = "field_"
HEADER = b"header"
"""Key of a catalogue column's metadata under which its name in the user's table is kept."""

IMAGES = pa.schema(
    [
        ("image_id", pa.int64()),
        ("source", pa.int32()),
        ("name", pa.string()),
        ("document", pa.string()),
        ("digest", pa.string()),
        ("size_bytes", pa.int64()),
        ("mtime_ns", pa.int64()),
        ("fields_digest", pa.int64()),
        ("width", pa.int32()),
        ("height", pa.int32()),
        ("status", pa.string()),  # ok, failed, removed
        ("reason", pa.string()),
        ("phash", pa.uint64()),
        ("thumbnail", pa.binary()),
        ("text", pa.string()),  # all catalogue values and the name: what the keyword channel reads
    ]
)

REGIONS = pa.schema(
    [
        ("region_id", pa.int64()),
        ("image_id", pa.int64()),
        ("x", pa.float32()),
        ("y", pa.float32()),
        ("w", pa.float32()),
        ("h", pa.float32()),
        ("mask", pa.string()),  # COCO run-length counts on the original size
        ("kind", pa.string()),
        ("origin", pa.string()),
        ("parent", pa.int64()),
        ("label", pa.string()),
        ("score", pa.float32()),
    ]
)

KEYPOINTS = pa.schema(
    [
        ("image_id", pa.int64()),
        ("n", pa.int32()),
        ("geometry", pa.large_binary()),  # packing.GEOMETRY
        ("descriptors", pa.large_binary()),
    ]
)


def vectors(dimension: int) -> pa.Schema:
    """A table of fp16 vectors of one describer."""
    return pa.schema(
        [("region_id", pa.int64()), ("image_id", pa.int64()), ("vector", pa.list_(pa.float16(), dimension))]
    )


def field_column(name: str, header: str) -> pa.Field:
    """A catalogue column; values stay text as given, types are derived when read (catalogue.py)."""
    return pa.field(FIELD_PREFIX + name, pa.string(), metadata={HEADER: header.encode()})
