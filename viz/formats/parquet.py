"""Parquet for Embedding Atlas and tools like it: coordinates, neighbours, catalogue, thumbnails as bytes.

Embedding Atlas: `embedding-atlas map.parquet --x projection_x --y projection_y --neighbors neighbors --image image`
reads the coordinates and the neighbours `{"ids": […], "distances": […]}` instead of computing its own; images are
`{"bytes": …}` as in the data sets of Hugging Face.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from viz.formats.exported import Exported

BATCH = 1000
_IMAGE = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
_NEAR = pa.struct([("ids", pa.list_(pa.int64())), ("distances", pa.list_(pa.float32()))])


def write(exported: Exported, out: Path) -> None:
    """Writes `out`, `BATCH` pictures in memory at a time. Neighbours are row numbers, nearest first."""
    names, columns = _catalogue(exported)
    spots = exported.hotspot_labels()
    schema = pa.schema(
        [
            ("id", pa.int64()),
            ("name", pa.string()),
            ("projection_x", pa.float32()),
            ("projection_y", pa.float32()),
            ("neighbors", _NEAR),
            *((f"hotspot_{level}", pa.string()) for level in range(len(spots))),
            *((name, column.type) for name, column in zip(names, columns, strict=True)),
            ("image", _IMAGE),
        ]
    )
    out.parent.mkdir(parents=True, exist_ok=True)
    with pq.ParquetWriter(out, schema, compression="zstd") as writer:
        for start in range(0, len(exported), BATCH):
            rows = range(start, min(start + BATCH, len(exported)))
            catalogue = [column.slice(start, len(rows)) for column in columns]
            own = [pa.array([level[i] for i in rows], pa.string()) for level in spots]
            arrays = [*_places(exported, rows), *own, *catalogue, _images(exported, rows)]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema))


def _places(exported: Exported, rows: range) -> list[Any]:
    records = exported.records[rows.start : rows.stop]
    xy = exported.layout("similar")[rows.start : rows.stop]
    near = [[int(j) for j in exported.neighbours[i] if j >= 0] for i in rows]
    return [
        pa.array([r[0] for r in records], pa.int64()),
        pa.array([r[1] for r in records], pa.string()),
        pa.array(xy[:, 0]),
        pa.array(-xy[:, 1]),  # their plots have y upwards
        # Distances are ranks: only the order is shipped with a map.
        pa.array([{"ids": ids, "distances": list(range(1, len(ids) + 1))} for ids in near], _NEAR),
    ]


def _catalogue(exported: Exported) -> tuple[list[str], list[Any]]:
    """Catalogue columns: numbers where all values are numbers, else text. Names that would clash get a `_`."""
    taken = {"id", "name", "projection_x", "projection_y", "neighbors", "image"}
    names, columns = [], []
    for k, field in enumerate(exported.fields):
        values = [record[2][k] for record in exported.records]
        numeric = all(v is None or isinstance(v, int | float) for v in values)
        kind = pa.float64() if numeric and any(v is not None for v in values) else pa.string()
        columns.append(pa.array([None if v is None else (float(v) if numeric else str(v)) for v in values], kind))
        names.append(f"{field}_" if field in taken else field)
    return names, columns


def _images(exported: Exported, rows: range) -> Any:
    paths = [exported.picture(i) for i in rows]
    return pa.array([{"bytes": p.read_bytes(), "path": p.name} if p else None for p in paths], _IMAGE)
