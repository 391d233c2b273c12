"""What people do with sets: save, list, export, import. Used by the command and by the HTTP routes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from indexer.collection.sets import SavedSet, read_set, save_set
from indexer.core.errors import IconoscopeError, UsageError
from search.detector_file import of_document, to_document
from search.feedback_judgements import resolve
from search.machine_fields import PREFIX, Machine


def keep_set(machine: Machine, saved: SavedSet, replace_old: bool = False) -> dict[str, Any]:
    """Save a set of judgements; what is no longer in the collection is told, not refused.

    Returns:
        As one entry of `describe_sets`.

    Raises:
        UsageError: The name is taken or cannot be one; a picture judged both ways; no judgement at all.
        CollectionError: The collection cannot be written to.
    """
    if not saved.positive and not saved.negative:
        raise UsageError("The set has no judgement.", "Judge some pictures first.")
    _judged(machine, saved)
    return describe(machine, save_set(machine.snapshot.folder, saved, replace_old))


def describe_sets(machine: Machine) -> list[dict[str, Any]]:
    """All sets, the oldest first."""
    return [describe(machine, saved) for saved in machine.sets().values()]


def describe(machine: Machine, saved: SavedSet) -> dict[str, Any]:
    """One set for people and programs: what it holds, its field, and why it has no scores here if that is so."""
    entry: dict[str, Any] = {
        "name": saved.name,
        "field": PREFIX + saved.name,
        "kind": "detector" if saved.detector else "examples",
        "author": saved.author,
        "notes": saved.notes,
        "time": saved.time.isoformat() if saved.time else "",
        "query": dict(saved.query),
        "positive": list(saved.positive),
        "negative": list(saved.negative),
        "told": [],
    }
    try:
        entry["told"] = list(_judged(machine, saved)) if not saved.detector else []
        if saved.detector:
            machine.detector(saved)
    except IconoscopeError as error:
        entry["error"] = {"code": error.code, "message": error.message, "hint": error.hint}
    return entry


def export_set(machine: Machine, name: str) -> dict[str, Any]:
    """The detector of a set as a document.

    Raises:
        NotFoundError: No such set.
        QueryError: Nothing to learn from.
    """
    saved = read_set(machine.snapshot.folder, name)
    if saved.detector:
        return {**saved.detector, "name": saved.name}
    detector, space, _ = machine.detector(saved)
    time = saved.time.isoformat() if saved.time else ""
    about = {"name": saved.name, "author": saved.author, "notes": saved.notes, "time": time}
    return to_document(detector, space, about)


def import_set(
    machine: Machine, document: Mapping[str, Any], name: str = "", replace_old: bool = False
) -> dict[str, Any]:
    """Keep a detector that was exported elsewhere.

    Args:
        name: Instead of the one it came with.

    Raises:
        UsageError: Not a detector, or the name is taken.
        QueryError: Learnt on vectors that this collection does not have.
    """
    machine.applied(*of_document(document))
    texts = {key: str(document.get(key) or "") for key in ("name", "author", "notes")}
    saved = SavedSet(name or texts["name"], author=texts["author"], notes=texts["notes"])
    kept = {key: document[key] for key in _KEPT if key in document}
    return describe(machine, save_set(machine.snapshot.folder, replace(saved, detector=kept), replace_old))


_KEPT = (
    "format", "version", "name", "author", "notes", "time", "space", "examples", "calibration", "bias", "direction",
)  # fmt: skip


def _judged(machine: Machine, saved: SavedSet) -> Sequence[str]:
    """Notes about pictures that are gone.

    Raises:
        QueryError: A picture judged both ways, or no vectors.
    """
    space = machine.spaces.default()[1]
    return resolve(machine.snapshot, space.region_ids, saved.positive, saved.negative).notes
