"""Building the search over vectors: which segments stay, which rows go into a new one (see `vector_index.py`)."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from indexer.collection.rows import positions
from indexer.collection.vector_ivf import build_ivf
from indexer.core.errors import CollectionError
from indexer.core.types import Array, require_shape

META = "vectors.json"
IDS = "ids.npy"
FORMAT = 1
EXACT_LIMIT = 1_200_000
"""Up to this many vectors the search is exact."""
DEAD_SHARE = 0.25
"""A segment is rewritten when more than this share of its rows is gone."""
GROWTH = 0.3
"""The approximate index is made anew when the vectors beside it are more than this share of it."""


@dataclass(frozen=True, slots=True)
class SegmentMeta:
    """One FAISS file: `flat` or `ivf`, its rows, and for `ivf` what was measured."""

    name: str
    kind: str
    count: int
    nprobe: int = 0
    recall: float = 1.0


def build_vector_index(
    region_ids: Array, vectors: Array, previous: Path | None, target: Path, exact_limit: int = EXACT_LIMIT
) -> None:
    """Fill the empty folder `target`.

    Args:
        region_ids: int64 (n,), ascending: all live regions. A region's vector never changes.
        vectors: float16 (n, d).
        previous: Folder of the last generation, whose files may be linked; None to start anew. One that cannot be
            read is left aside.
        target: Exists and is empty.
        exact_limit: Above this many vectors an approximate index is made.
    """
    require_shape("region_ids", region_ids, (len(vectors),))
    kept = _reusable(previous, region_ids, vectors.shape[1])
    kept, fresh = _plan(kept, len(region_ids), exact_limit)
    metas: list[SegmentMeta] = []
    for segment in kept:
        for name in (f"{segment.meta.name}.faiss", f"{segment.meta.name}.ids.npy"):
            _link(segment.folder / name, target / name)
        np.save(target / f"{segment.meta.name}.positions.npy", segment.positions)
        metas.append(segment.meta)
    if len(fresh):
        metas.append(_write_segment(target, region_ids, vectors, fresh, exact_limit, len(metas)))
    np.save(target / IDS, np.asarray(region_ids, np.int64))
    document = {"format": FORMAT, "dim": int(vectors.shape[1]), "segments": [asdict(meta) for meta in metas]}
    (target / META).write_text(json.dumps(document, indent=1), encoding="utf-8")


@dataclass(frozen=True, slots=True)
class _Old:
    folder: Path
    meta: SegmentMeta
    positions: Array
    """int32 (count,): place of each row among the live regions, -1 when it is gone."""

    @property
    def live(self) -> int:
        return int((self.positions >= 0).sum())


def _places(previous: Path, meta: SegmentMeta, region_ids: Array) -> Array:
    """int32, as `_Old.positions`."""
    return positions(region_ids, np.load(previous / f"{meta.name}.ids.npy")).astype(np.int32)


def _reusable(previous: Path | None, region_ids: Array, dim: int) -> list[_Old]:
    """Segments of the last generation that are worth keeping, largest first."""
    if previous is None:
        return []
    try:
        document = read_meta(previous)
        metas = [SegmentMeta(**row) for row in document["segments"]] if document["dim"] == dim else []
        old = [_Old(previous, m, _places(previous, m, region_ids)) for m in metas]
    except (CollectionError, OSError, ValueError, KeyError, TypeError):
        return []
    good = [
        s for s in old if s.live >= (1 - DEAD_SHARE) * s.meta.count and (previous / f"{s.meta.name}.faiss").is_file()
    ]
    return sorted(good, key=lambda s: -s.live)


def _plan(kept: list[_Old], total: int, exact_limit: int) -> tuple[list[_Old], Array]:
    """Which old segments stay, and the positions of the regions that go into a new one."""
    approximate = [s for s in kept if s.meta.kind == "ivf"]
    if total > exact_limit and (not approximate or total - approximate[0].live > GROWTH * approximate[0].live):
        kept = []  # all of it becomes one approximate index
    elif total <= exact_limit:
        kept = [s for s in kept if s.meta.kind == "flat"]
    covered = sum(s.live for s in kept)
    while kept and kept[-1].meta.kind == "flat" and total - covered >= kept[-1].live / 2:
        covered -= kept.pop().live
    missing = np.ones(total, bool)
    for segment in kept:
        missing[segment.positions[segment.positions >= 0]] = False
    return kept, np.flatnonzero(missing)


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:  # another file system, or one without links
        import shutil

        shutil.copyfile(source, target)


def _write_segment(
    target: Path, region_ids: Array, vectors: Array, rows: Array, exact_limit: int, number: int
) -> SegmentMeta:
    import faiss

    name = f"segment-{number:03d}-{int(region_ids[rows[-1]])}"
    part = vectors if len(rows) == len(vectors) else vectors[rows]
    if len(rows) > exact_limit:
        index, nprobe, recall = build_ivf(part)
        meta = SegmentMeta(name, "ivf", len(rows), nprobe, recall)
    else:
        index, meta = flat_index(part), SegmentMeta(name, "flat", len(rows))
    faiss.write_index(index, str(target / f"{name}.faiss"))
    np.save(target / f"{name}.ids.npy", np.asarray(region_ids, np.int64)[rows])
    np.save(target / f"{name}.positions.npy", rows.astype(np.int32))
    return meta


def flat_index(vectors: Array) -> Any:
    """An exact FAISS index of float16 (n, d); the bytes are taken as they are."""
    import faiss

    d = int(vectors.shape[1])
    index = faiss.IndexScalarQuantizer(d, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT)
    codes = np.ascontiguousarray(vectors, np.float16).view(np.uint8).reshape(len(vectors), 2 * d)
    if len(codes):
        index.add_sa_codes(codes)
    return index


def read_meta(folder: Path) -> dict[str, Any]:
    """The description of an index.

    Raises:
        CollectionError: Missing, damaged, or of another format.
    """
    try:
        document = json.loads((folder / META).read_text(encoding="utf-8"))
        version = document["format"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CollectionError(f"The index in {folder} cannot be read.", "Run `iconoscope index` again.") from error
    if version != FORMAT:
        raise CollectionError(f"The index in {folder} has format {version}.", "Run `iconoscope index` again.")
    return dict(document)
