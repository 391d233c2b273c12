"""PixPlot's `metadata` folder: what the opened picture tells, the category filter, the dates of the slider."""

from __future__ import annotations

import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np

from viz.formats.exported import Exported

MOST_VALUES = 100
"""Categories that one can still choose from in a list."""
_IN_ADDRESSES = str.maketrans("?#%\\&+", "      ")
"""Characters that PixPlot puts into addresses as they are."""


def write_metadata(exported: Exported, folder: Path, files: list[str]) -> None:
    """Fills `folder`.

    Args:
        exported: The map.
        folder: `data/metadata`.
        files: Names of the pictures' files.
    """
    tags = _tags(exported)
    with_tag: dict[str, list[str]] = defaultdict(list)
    for i, (_, name, values, *_rest) in enumerate(exported.records):
        filled = {k: v for k, v in zip(exported.fields, values, strict=True) if v is not None}
        row = {**filled, "filename": name, "tags": [tags[i]] if tags[i] else []}
        if not np.isnan(exported.years[i]):
            row["year"] = int(exported.years[i])
        _json(folder / "file" / f"{files[i]}.json", row)
        if tags[i]:
            with_tag[tags[i]].append(files[i])
    for tag, names in with_tag.items():
        _json(folder / "options" / f"{tag.replace('/', '-')}.json", names)
    _json(folder / "filters" / "filters.json", [{"filter_name": "select", "filter_values": list(with_tag)}])
    _dates(exported, folder, files)


def _tags(exported: Exported) -> list[str]:
    """The category of each picture, "" for none: the first facet's value, words joined by `__` as PixPlot does."""
    facet = next((f for f in exported.manifest["facets"] if len(f["values"]) <= MOST_VALUES), None)
    if facet is None:
        return [""] * len(exported)
    at = exported.fields.index(facet["name"])
    values = [str(record[2][at] or "") for record in exported.records]
    return ["__".join(value.translate(_IN_ADDRESSES).split()) for value in values]


def _dates(exported: Exported, folder: Path, files: list[str]) -> None:
    dated = np.flatnonzero(~np.isnan(exported.years))
    years: dict[str, list[str]] = defaultdict(list)
    for i in dated.tolist():
        years[str(int(exported.years[i]))].append(files[i])
    if years:
        numbers = [int(year) for year in years]
        _json(folder / "dates.json", {"domain": {"min": min(numbers), "max": max(numbers)}, "dates": years})


def _json(path: Path, value: Any) -> None:
    """Escaped: PixPlot takes what it fetches for Latin-1."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value), encoding="ascii")
