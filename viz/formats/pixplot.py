"""Data in the shape of PixPlot's output folder: manifest, positions, atlases, image list, hotspots, metadata."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np

from viz.formats.exported import Exported
from viz.formats.sprites import SHEET, sheets

CELL = 32


def write(exported: Exported, out: Path) -> None:
    """Fills `out` with a `data` folder as PixPlot's viewer reads it; positions are x to the right and y upwards."""
    plot = "iconoscope"
    data = out / "data"
    data.mkdir(parents=True, exist_ok=True)
    files = [f"{number}.webp" for number in exported.ids.tolist()]
    layouts = {}
    for name, key in (("umap", "similar"), ("grid", "grid"), ("date", "date")):
        if any(row["key"] == key for row in exported.manifest["layouts"]):
            layouts[name] = {"layout": _json(data / "layouts" / f"{name}-{plot}.json", _positions(exported, key))}
    cells = list(sheets(exported, CELL, data / "atlases" / plot, "atlas-{}.jpg"))
    _json(data / "imagelists" / f"imagelist-{plot}.json", _image_list(exported, files, cells))
    _json(data / "hotspots" / f"hotspot-{plot}.json", _hotspots(exported, files))
    _metadata(exported, data, files)
    _json(data / "manifest.json", _manifest(exported, layouts, plot))


def _json(path: Path, value: Any) -> str:
    """Writes `value`; returns its address relative to the plot's root."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, ensure_ascii=False), encoding="utf-8")
    parts = path.parts[-3:] if path.parts[-3] == "data" else path.parts[-2:]
    return "/".join(parts)


def _positions(exported: Exported, key: str) -> list[list[float]]:
    return [[round(float(x), 4), round(float(-y), 4)] for x, y in exported.layout(key)]


def _image_list(exported: Exported, files: list[str], cells: list[tuple[int, int, int, int, int, int]]) -> Any:
    count = cells[-1][1] + 1 if cells else 0
    sizes: list[list[list[int]]] = [[] for _ in range(count)]
    offsets: list[list[list[int]]] = [[] for _ in range(count)]
    for _, sheet, x, y, width, height in cells:
        sizes[sheet].append([width, height])
        offsets[sheet].append([x, y])
    counts = [len(sheet) for sheet in sizes]
    return {
        "cell_sizes": sizes,
        "images": files,
        "atlas": {"count": count, "positions": offsets, "counts": counts, "size": SHEET},
    }


def _hotspots(exported: Exported, files: list[str]) -> list[dict[str, Any]]:
    if not exported.manifest["clusters"]:
        return []
    members = exported.members(0)
    return [
        {
            "label": spot["label"] or f"Cluster {i + 1}",
            "img": files[spot["medoid"]],
            "images": [files[j] for j in np.flatnonzero(members == i).tolist()],
            "layout": "umap",
        }
        for i, spot in enumerate(exported.manifest["clusters"][0]["hotspots"])
    ]


def _metadata(exported: Exported, data: Path, files: list[str]) -> None:
    """The thumbnails, and a file of catalogue values for each."""
    folder = data / "metadata" / "file"
    folder.mkdir(parents=True, exist_ok=True)
    (data / "thumbs").mkdir(exist_ok=True)
    for i, (_, name, values, *_rest) in enumerate(exported.records):
        filled = {k: v for k, v in zip(exported.fields, values, strict=True) if v is not None}
        row = {"filename": files[i], "original": name, **filled}
        if not np.isnan(exported.years[i]):
            row["year"] = int(exported.years[i])
        (folder / f"{files[i]}.json").write_text(json.dumps(row, ensure_ascii=False), encoding="utf-8")
        if (path := exported.picture(i)) is not None:
            shutil.copyfile(path, data / "thumbs" / files[i])


def _manifest(exported: Exported, layouts: dict[str, Any], plot: str) -> dict[str, Any]:
    return {
        "version": "0.0.111",
        "plot_id": plot,
        "output_directory": "",
        "layouts": layouts,
        "initial_layout": "umap",
        "imagelist": f"data/imagelists/imagelist-{plot}.json",
        "atlas_dir": f"data/atlases/{plot}",
        "default_hotspots": f"data/hotspots/hotspot-{plot}.json",
        "custom_hotspots": f"data/hotspots/hotspot-{plot}.json",
        "metadata": True,
        "config": {
            "sizes": {"atlas": SHEET, "cell": CELL, "lod": 256},
            "point": {"grid": 0.5, "initial": 0.05, "scatter": 0.1},
        },
        "creation_date": "",
        "provenance": exported.manifest["provenance"],
    }
