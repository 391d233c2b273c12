"""Labels to evaluate retrieval with: a field of the catalogue, or a file."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Callable, Mapping
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import Any

from indexer.collection.catalogue import split_values
from indexer.core.errors import NotFoundError, UsageError

NAME_COLUMNS = ("filename", "image", "name", "path")
LABEL_COLUMNS = ("label", "labels", "class", "category", "genre", "subjects")
Labelled = dict[int, AbstractSet[str]]


def labels_of_field(snapshot: Any, field: str) -> Labelled:
    """Labels from a catalogue field, its values separated by `;` or `|`; images without a value have none.

    Args:
        snapshot: An `indexer.collection.snapshot.Snapshot`.

    Raises:
        NotFoundError: The catalogue has no such field; the message says which there are.
    """
    found = snapshot.catalogue.field(field)
    if found is None:
        names = ", ".join(snapshot.catalogue.names) or "none"
        raise NotFoundError(f"The catalogue has no field '{field}'.", f"Fields: {names}.")
    values = found.column.to_pylist()
    ids = snapshot.images.ids.tolist()
    return {i: frozenset(split_values(v)) for i, v in zip(ids, values, strict=True) if v}


def best_field(snapshot: Any, least: int = 5, most: float = 0.5) -> str:
    """The catalogue field whose labels cover the most images, counting labels that are neither rare nor common.

    Raises:
        UsageError: No field has labels to evaluate with.
    """
    covered: dict[str, int] = {}
    for name in snapshot.catalogue.names:
        labels = labels_of_field(snapshot, name)
        counts = Counter(value for values in labels.values() for value in values)
        usable = {v for v, n in counts.items() if least <= n <= most * len(labels)}
        covered[name] = sum(1 for values in labels.values() if values & usable)
    best = max(covered, key=lambda name: covered[name], default=None)
    if best is None or not covered[best]:
        raise UsageError(
            "The catalogue has no field with labels that several images share.",
            "Give labels with --truth FILE (CSV with the columns filename and label).",
        )
    return best


def read_labels(path: Path, find: Callable[[str], list[int]]) -> tuple[Labelled, list[str]]:
    """Labels from a file.

    Args:
        path: CSV with a column of image names (`filename`, `image` …) and one of labels (`label`, `genre` …; several
            separated by `;` or `|`), or JSON `{"name": "label" or ["label", …]}`.
        find: Ids of the images of a name (`snapshot.find_images`).

    Returns:
        `(labels, notes)`; notes say how many names the collection does not have.

    Raises:
        UsageError: Not readable as described, or none of its names is in the collection.
    """
    rows = _json_rows(path) if path.suffix.casefold() == ".json" else _csv_rows(path)
    labels: dict[int, set[str]] = {}
    missing = 0
    for name, values in rows.items():
        ids = find(name)
        missing += not ids
        for image in ids:
            labels.setdefault(image, set()).update(values)
    if not labels:
        raise UsageError(
            f"None of the {len(rows)} names in {path.name} is in the collection.",
            "Names are paths relative to the source, as `iconoscope search` shows them.",
        )
    notes = [f"{missing} of {len(rows)} names in {path.name} are not in the collection."] if missing else []
    return dict(labels), notes


def _json_rows(path: Path) -> dict[str, list[str]]:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} cannot be read: {error}.", 'Write {"name": ["label", …], …}.') from error
    if not isinstance(data, Mapping) or not all(_is_labels(v) for v in data.values()):
        raise UsageError(f"{path} does not hold labels.", 'Write {"name": ["label", …], …}.')
    return {name: [v] if isinstance(v, str) else list(v) for name, v in data.items()}


def _is_labels(value: object) -> bool:
    return isinstance(value, str) or (isinstance(value, list) and all(isinstance(v, str) for v in value))


def _csv_rows(path: Path) -> dict[str, list[str]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            columns = {(c or "").strip().casefold(): c for c in reader.fieldnames or []}
            name = next((columns[c] for c in NAME_COLUMNS if c in columns), None)
            label = next((columns[c] for c in LABEL_COLUMNS if c in columns), None)
            if name is None or label is None:
                raise UsageError(
                    f"{path.name} has the columns {', '.join(columns) or 'none'}.",
                    f"It needs one of {', '.join(NAME_COLUMNS)} and one of {', '.join(LABEL_COLUMNS)}.",
                )
            rows: dict[str, list[str]] = {}
            for row in reader:
                rows.setdefault((row[name] or "").strip(), []).extend(split_values(row[label] or ""))
            return rows
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UsageError(f"{path} cannot be read: {error}.", "Save it as a CSV file in UTF-8.") from error
