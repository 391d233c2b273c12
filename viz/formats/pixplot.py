"""Data in the shape of PixPlot's output folder, as the viewer of PixPlot 0.0.112 reads it.

Copy that viewer (the folder `web` of the package) beside `data` and serve both. What it reads is listed in docs/map.md.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np

from indexer.core.types import Array
from viz.formats.exported import Exported
from viz.formats.pixplot_metadata import write_metadata
from viz.formats.sprites import fitted, strips

CELL = 32
"""Height of the cells in an atlas, pixels."""
DETAIL = 128
"""Longer side of the thumbnails that replace cells near the camera: drawn as they are, so never larger."""
PLOT = "iconoscope"
OUTPUT = "output"
"""PixPlot takes this and a slash out of every address; it may not be empty."""


def write(exported: Exported, out: Path) -> None:
    """Fills `out` with a `data` folder; positions are x to the right and y upwards, −1 to 1."""
    data = out / "data"
    data.mkdir(parents=True, exist_ok=True)
    files = [f"{number}.webp" for number in exported.ids.tolist()]
    layouts = _layouts(exported, data, files)
    _json(data / "imagelists" / f"imagelist-{PLOT}.json", _image_list(exported, files, data / "atlases" / PLOT))
    _json(data / "hotspots" / f"hotspot-{PLOT}.json", _hotspots(exported, files))
    _pictures(exported, data, files)
    write_metadata(exported, data / "metadata", files)
    _json(data / "manifest.json", _manifest(exported, layouts))


def _json(path: Path, value: Any) -> None:
    """Escaped: PixPlot takes what it fetches for Latin-1."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value), encoding="ascii")


def _layouts(exported: Exported, data: Path, files: list[str]) -> dict[str, Any]:
    """Writes the positions; returns the manifest's part. UMAP comes in variants, each also without overlaps."""
    known = {row["key"]: row for row in exported.manifest["layouts"]}

    def positions(name: str, xy: Array) -> str:
        rows = [[round(float(x), 4), round(float(-y), 4)] for x, y in xy]
        _json(data / "layouts" / f"{name}-{PLOT}.json", rows)
        return f"data/layouts/{name}-{PLOT}.json"

    about = exported.manifest["provenance"]["parameters"]
    places = positions("umap", exported.layout("similar"))
    variant = {"n_neighbors": about["neighbours"], "min_dist": about["min_dist"], "layout": places, "jittered": places}
    layouts: dict[str, Any] = {
        "umap": {"variants": [variant]},
        "alphabetic": {"layout": positions("alphabetic", _alphabetic(exported))},
        "grid": {"layout": positions("grid", exported.layout("grid"))},
        "categorical": None,
        "date": None,
        "geographic": None,
        "custom": None,
    }
    if "date" in known:
        captions = known["date"]["captions"]
        labels = {
            "labels": [c["text"] or "?" for c in captions],
            "positions": [[c["x"], -c["y"]] for c in captions],
            "cols": 1,
        }
        _json(data / "layouts" / f"timeline-labels-{PLOT}.json", labels)
        layouts["date"] = {
            "layout": positions("timeline", exported.layout("date")),
            "labels": f"data/layouts/timeline-labels-{PLOT}.json",
        }
    return layouts


def _alphabetic(exported: Exported) -> Array:
    """float32 (n, 2): a square grid in the order of names, y downwards."""
    order = np.argsort(np.array([record[1] for record in exported.records], dtype=object), kind="stable")
    across = _across(exported)
    xy = np.zeros((len(exported), 2), np.float32)
    rows, columns = np.divmod(np.arange(len(exported)), across)
    xy[order] = np.stack([columns, rows], axis=1) * 2 / max(across - 1, 1) - 1
    return xy


def _across(exported: Exported) -> int:
    return max(1, int(np.ceil(np.sqrt(len(exported)))))


def _image_list(exported: Exported, files: list[str], folder: Path) -> dict[str, Any]:
    """Atlas by atlas: sizes of the pictures near the camera, and where their cells lie; writes the atlases."""
    sizes: list[list[list[int]]] = []
    offsets: list[list[list[int]]] = []
    for number, sheet, x, y in strips(exported, CELL, folder, "atlas-{}.jpg"):
        if sheet == len(sizes):
            sizes.append([])
            offsets.append([])
        height, width = fitted(exported, number, DETAIL).shape[:2]
        sizes[sheet].append([width, height])
        offsets[sheet].append([x, y])
    return {"cell_sizes": sizes, "images": files, "atlas": {"count": len(sizes), "positions": offsets}}


def _pictures(exported: Exported, data: Path, files: list[str]) -> None:
    """`thumbs` for pictures near the camera, `originals` for the opened one; both by the same name."""
    import cv2

    for folder in ("thumbs", "originals"):
        (data / folder).mkdir(exist_ok=True)
    for number, name in enumerate(files):
        small = cv2.imencode(".webp", fitted(exported, number, DETAIL), [cv2.IMWRITE_WEBP_QUALITY, 85])[1]
        (data / "thumbs" / name).write_bytes(small.tobytes())
        if (path := exported.picture(number)) is not None:
            shutil.copyfile(path, data / "originals" / name)
        else:
            (data / "originals" / name).write_bytes(small.tobytes())


def _hotspots(exported: Exported, files: list[str]) -> list[dict[str, Any]]:
    """`images` are positions in the image list, `img` is a file."""
    if not exported.manifest["clusters"]:
        return []
    members = exported.members(0)
    return [
        {
            "label": spot["label"] or f"Cluster {i + 1}",
            "img": files[spot["medoid"]],
            "images": np.flatnonzero(members == i).tolist(),
            "layout": "umap",
        }
        for i, spot in enumerate(exported.manifest["clusters"][0]["hotspots"])
    ]


def _manifest(exported: Exported, layouts: dict[str, Any]) -> dict[str, Any]:
    return {
        "version": "0.0.112",
        "plot_id": PLOT,
        "output_directory": OUTPUT,
        "layouts": layouts,
        "initial_layout": "umap",
        "point_sizes": _point_sizes(exported),
        "imagelist": f"data/imagelists/imagelist-{PLOT}.json",
        "atlas_dir": f"data/atlases/{PLOT}",
        "metadata": True,
        "default_hotspots": f"data/hotspots/hotspot-{PLOT}.json",
        "custom_hotspots": "data/hotspots/user_hotspots.json",
        "config": {"sizes": {"atlas": 2048, "cell": CELL, "lod": DETAIL}},
        "creation_date": "",
        "provenance": exported.manifest["provenance"],
    }


def _point_sizes(exported: Exported) -> dict[str, float]:
    """Half the distance of neighbours, which is how PixPlot measures (its `get_manifest`)."""
    pitch = {row["key"]: float(row["size"]) for row in exported.manifest["layouts"]}
    grid = 1 / _across(exported)
    sizes = {"min": 0.0, "grid": grid, "max": 1.2 * grid, "scatter": 0.2 * grid, "initial": 0.2 * grid}
    sizes |= {"categorical": 0.6 * grid, "geographic": 0.025 * grid}
    return sizes | ({"date": pitch["date"] / 2} if "date" in pitch else {})
