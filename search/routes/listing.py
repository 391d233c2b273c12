"""Lists over a snapshot: pages of a document, leafing through, histograms."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np

from indexer.collection.filters import FieldSource, evaluate
from indexer.core.errors import NotFoundError, UsageError
from indexer.core.types import Array

MOST = 1000


def pages_of(snapshot: Any, document: str) -> list[int]:
    """Positions of the images of a document, in catalogue order; none for the empty name."""
    return [p for p, name in enumerate(snapshot.images.documents) if name == document] if document else []


class Fields(FieldSource, Protocol):
    """All fields of a generation, the catalogue's and machine-made ones."""

    @property
    def snapshot(self) -> Any: ...


def list_images(fields: Fields, where: str | None, offset: int, limit: int, shuffle: int | None) -> dict[str, Any]:
    """A page of the images that pass a filter, in the form of hits without scores.

    Raises:
        UsageError: A page that cannot be.
        FilterError: See `indexer.collection.filters.evaluate`.
    """
    snapshot = fields.snapshot
    if offset < 0 or not 1 <= limit <= MOST:
        raise UsageError(f"A page has 1 to {MOST} images from an offset of 0 or more.", "Ask for less at once.")
    positions = np.flatnonzero(evaluate(where, fields)) if where else np.arange(len(snapshot.images.ids))
    if shuffle is not None:
        positions = np.random.default_rng(abs(shuffle)).permutation(positions)
    page = positions[offset : offset + limit]
    return {"generation": snapshot.generation, "total": len(positions), "hits": [entry(snapshot, int(p)) for p in page]}


def entry(snapshot: Any, position: int) -> dict[str, Any]:
    """One image in the form of a hit; `region_id` is that of the whole image, or None."""
    width, height = (int(v) for v in snapshot.images.sizes[position])
    return {
        "image": snapshot.images.names[position],
        "image_id": int(snapshot.images.ids[position]),
        "document": snapshot.images.documents[position],
        "box": [0, 0, width, height],
        "width": width,
        "height": height,
        "fields": snapshot.catalogue.fields_of(position),
    }


def histogram(fields: Fields, name: str, counted: Array | None, bins: int) -> dict[str, Any]:
    """How many images fall into each of about `bins` equal steps of a number or date field: `all`, and `counts`.

    Steps are round numbers (1, 2, 5, 10, 20 …), so that people can read them. A date that is a range counts
    in the step of its middle.

    Args:
        counted: bool (images,), which images are in `counts`; None for all.

    Raises:
        NotFoundError: No such field.
        UsageError: A field of text.
    """
    field = fields.filter_field(name)
    if field is None:
        raise NotFoundError(f"There is no field '{name[:80]}'.", f"There are: {', '.join(fields.filter_names())}.")
    if field.kind not in ("number", "date"):
        raise UsageError(f"'{name[:80]}' is a field of text.", "Histograms are for numbers and dates.")
    if not 2 <= bins <= 200:
        raise UsageError(f"A histogram has 2 to 200 steps, not {bins}.", "Leave `bins` out for a good number.")
    middles = np.asarray(field.years, np.float64).mean(axis=1)
    known = np.isfinite(middles)
    if not known.any():
        return {"field": field.name, "type": field.kind, "step": 1, "start": 0, "counts": [], "all": []}
    step, start, count = round_steps(float(middles[known].min()), float(middles[known].max()), bins)
    edges = start + step * np.arange(count + 1)
    kept = known if counted is None else known & counted
    return {
        "field": field.name,
        "type": field.kind,
        "step": step,
        "start": start,
        "counts": np.histogram(middles[kept], edges)[0].tolist(),
        "all": np.histogram(middles[known], edges)[0].tolist(),
    }


def round_steps(low: float, high: float, bins: int) -> tuple[float, float, int]:
    """A step of 1, 2 or 5 times a power of ten, the start, and the number of steps that cover low to high."""
    span = max(high - low, 1e-9)
    power = 10.0 ** np.floor(np.log10(span / bins)) if span > bins * 1e-6 else 1.0
    step = next(s * power for s in (1, 2, 5, 10, 20) if s * power * bins >= span)
    if float(low).is_integer() and float(high).is_integer():
        step = max(step, 1.0)
    start = float(np.floor(low / step) * step)
    count = int(np.floor((high - start) / step)) + 1
    return float(step), start, count
