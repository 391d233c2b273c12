"""Coordinates as CSV: one row a picture, for spreadsheets, R and QGIS."""

from __future__ import annotations

import csv
from pathlib import Path

from viz.formats.exported import Exported


def write(exported: Exported, out: Path) -> None:
    """Writes `out`: id, image, x and y of every layout (y downwards), hotspot names by level, catalogue fields."""
    keys = [row["key"] for row in exported.manifest["layouts"]]
    places = [exported.layout(key) for key in keys]
    spots = exported.hotspot_labels()
    header = ["id", "image", *(f"{axis}_{key}" for key in keys for axis in "xy")]
    header += [f"hotspot_{level}" for level in range(len(spots))] + exported.fields
    out.parent.mkdir(parents=True, exist_ok=True)
    with out.open("w", encoding="utf-8-sig", newline="") as file:
        table = csv.writer(file)
        table.writerow(header)
        for i, (number, name, values, *_) in enumerate(exported.records):
            coordinates = [f"{v:.6g}" for place in places for v in place[i]]
            table.writerow([number, name, *coordinates, *(s[i] for s in spots), *values])
