"""Data for the VIKUS Viewer: a timeline table, a layout, configuration and sprites.

Written from that tool's published documentation of its data: `data.csv` with the columns `id`, `keywords`, `year` and
underscored detail fields, layouts as CSV with `id,x,y`, and `config.json`. Its sprites are shelves of pictures with a
JSON index (`{"meta": …, "spritesheets": [{"image", "sprites": [{"name", "position", "dimension"}]}]}`).
"""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import numpy as np

from viz.formats.exported import Exported
from viz.formats.sprites import fitted, sheets

SPRITE_SIDE = 128
LARGE_SIDE = 256


def write(exported: Exported, out: Path) -> None:
    """Fills the folder `out` with what VIKUS Viewer expects in its `data` folder."""
    out.mkdir(parents=True, exist_ok=True)
    _table(exported, out / "data.csv")
    with (out / "umap.csv").open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(["id", "x", "y"])
        for record, (x, y) in zip(exported.records, exported.layout("similar"), strict=True):
            table.writerow([record[0], f"{(x + 1) / 2:.6f}", f"{(y + 1) / 2:.6f}"])
    _sprites(exported, out / "sprites")
    (out / "timeline.csv").write_text("year,title,text,extra\n", encoding="utf-8")
    _large(exported, out / "large")
    (out / "config.json").write_text(json.dumps(_config(exported), ensure_ascii=False, indent=2), encoding="utf-8")
    (out / "info.md").write_text(f"# {exported.manifest['title']}\n\nMade with Iconoscope.\n", encoding="utf-8")


def _large(exported: Exported, folder: Path) -> None:
    """`ID.jpg` of each picture: the viewer asks for that ending."""
    import cv2

    folder.mkdir(exist_ok=True)
    for i, number in enumerate(exported.ids.tolist()):
        data = cv2.imencode(".jpg", fitted(exported, i, LARGE_SIDE), [cv2.IMWRITE_JPEG_QUALITY, 90])[1]
        (folder / f"{number}.jpg").write_bytes(data.tobytes())


def _table(exported: Exported, path: Path) -> None:
    """Keywords are the values of the first facet and the hotspots' names, separated by commas."""
    spots = exported.hotspot_labels()
    facets = [f["name"] for f in exported.manifest["facets"][:1]]
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.writer(file)
        table.writerow(["id", "keywords", "year", "_image", *(f"_{name}" for name in exported.fields)])
        for i, (number, name, values, *_) in enumerate(exported.records):
            record = dict(zip(exported.fields, values, strict=True))
            words = [str(record[f]) for f in facets if record.get(f)] + [level[i] for level in spots[:1] if level[i]]
            keywords = ",".join(word.replace(",", " ") for word in words)
            year = "" if np.isnan(exported.years[i]) else str(int(exported.years[i]))
            table.writerow([number, keywords, year, name, *values])


def _sprites(exported: Exported, folder: Path) -> None:
    found: dict[int, list[dict[str, Any]]] = {}
    for number, sheet, x, y, width, height in sheets(exported, SPRITE_SIDE, folder, "sprite_{}.jpg"):
        found.setdefault(sheet, []).append(
            {
                "name": str(exported.ids[number]),
                "position": {"x": x, "y": y},
                "dimension": {"w": width, "h": height},
            }
        )
    sprites = [{"image": f"sprite_{sheet}.jpg", "sprites": found[sheet]} for sheet in sorted(found)]
    index = {"meta": {"type": "sharpsheet", "version": "1", "app": "Iconoscope"}, "spritesheets": sprites}
    (folder / "spritesheet.json").write_text(json.dumps(index), encoding="utf-8")


def _config(exported: Exported) -> dict[str, Any]:
    details = [{"name": n, "source": f"_{n}", "display": "column", "type": "text"} for n in exported.fields]
    layouts: list[dict[str, Any]] = [{"title": "UMAP", "url": "data/umap.csv"}]
    if exported.manifest["dates"]:
        layouts.insert(0, {"title": exported.manifest["dates"]["name"], "type": "group", "groupKey": "year"})
    return {
        "project": {"name": exported.manifest["title"], "quality": 1},
        "loader": {
            "timeline": "data/timeline.csv",
            "items": "data/data.csv",
            "layouts": layouts,
            "textures": {
                "medium": {"size": SPRITE_SIDE, "url": "data/sprites/spritesheet.json"},
                "detail": {"size": LARGE_SIDE, "url": "data/large/"},
            },
            "info": "data/info.md",
        },
        "projection": {"columns": max(10, int(np.sqrt(len(exported)) * 1.5))},
        "style": {"canvasBackground": "#f5f1e8", "timelineBackground": "#f5f1e8", "fontColor": "#26221c"},
        "detail": {"structure": details},
    }
