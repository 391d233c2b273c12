"""Fields of the catalogue with counts, for filters on the screen."""

from __future__ import annotations

from typing import Any

import numpy as np

from indexer.collection.catalogue import Field
from indexer.collection.snapshot import Snapshot
from indexer.core.types import Array

HISTOGRAM_BINS = 40


def facets(snapshot: Snapshot, mask: Array | None, values: int) -> dict[str, Any]:
    """`{"total": n, "fields": [{"name", "type", "count", "values" | "min", "max", "histogram"}]}`."""
    total = len(snapshot) if mask is None else int(np.count_nonzero(mask))
    return {"total": total, "fields": [_facet(f, mask, values) for f in snapshot.catalogue.fields()]}


def _facet(field: Field, mask: Array | None, values: int) -> dict[str, Any]:
    present = field.present if mask is None else field.present & mask
    entry: dict[str, Any] = {"name": field.name, "type": field.kind, "count": int(np.count_nonzero(present))}
    if field.kind in ("number", "date"):
        entry.update(_numbers(field.years[present]))
    if field.kind != "number":
        entry["values"] = [{"value": v, "count": c} for v, c in field.counts(mask, values)]
    return entry


def _numbers(years: Array) -> dict[str, Any]:
    """Range and histogram of the middle of each value's range."""
    known = years[np.isfinite(years).all(axis=1)]
    if not len(known):
        return {"min": None, "max": None, "histogram": []}
    low, high = float(known[:, 0].min()), float(known[:, 1].max())
    bins = int(min(HISTOGRAM_BINS, max(1, high - low + 1)))
    counts, edges = np.histogram(known.mean(axis=1), bins=bins, range=(low, max(high, low + 1)))
    bars = [
        {"from": float(a), "to": float(b), "count": int(c)} for a, b, c in zip(edges, edges[1:], counts, strict=False)
    ]
    return {"min": low, "max": high, "histogram": bars}
