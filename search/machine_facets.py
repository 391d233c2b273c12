"""Facets of machine-made fields: apart from the catalogue's, and each marked with where it comes from."""

from __future__ import annotations

from typing import Any

import numpy as np

from indexer.core.errors import IconoscopeError
from indexer.core.types import Array
from search.machine_fields import LIKELY, PREFIX, Machine, ScoreField

BINS = 20


def machine_facets(machine: Machine, mask: Array | None) -> dict[str, Any]:
    """`{"machine": [{"name", "origin": "machine", "method", "count", "likely", …}], "machine_notes": […]}`.

    A set that cannot be applied here has an `error` instead of counts; why there are no labels is a note.
    """
    titles = machine.labels.titles()
    entries = []
    for name in machine.names():
        plain = name.removeprefix(PREFIX)
        entry: dict[str, Any] = {"name": name, "title": plain, "type": "number", "origin": "machine"}
        if plain in titles:
            entry["title_fr"] = titles[plain]
        try:
            field = machine.field(name)
        except IconoscopeError as error:
            if plain.casefold() not in machine.sets():
                continue
            field = None
            entry["error"] = {"code": error.code, "message": error.message, "hint": error.hint}
        entries.append(entry if field is None else {**entry, **_counts(field, mask)})
    note = machine.labels.note()
    return {"machine": entries, "machine_notes": [note] if note else []}


def _counts(field: ScoreField, mask: Array | None) -> dict[str, Any]:
    scores = field.scores if mask is None else field.scores[mask]
    known = scores[np.isfinite(scores)]
    steps = np.minimum((known * BINS).astype(np.int64), BINS - 1)
    bars = np.bincount(steps, minlength=BINS).tolist()
    return {
        "method": field.method,
        "count": len(known),
        "likely": int(np.count_nonzero(known >= LIKELY)),
        "min": float(known.min()) if len(known) else None,
        "max": float(known.max()) if len(known) else None,
        "histogram": [{"from": i / BINS, "to": (i + 1) / BINS, "count": n} for i, n in enumerate(bars)],
    }
