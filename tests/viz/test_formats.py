from __future__ import annotations

import csv
import json
from pathlib import Path

import cv2
import numpy as np
import pyarrow.parquet as pq
import pytest

from indexer.core.errors import UsageError
from viz import formats
from viz.formats.exported import Exported


def test_csv_has_coordinates_and_fields_of_every_picture(drawn_map: Path, tmp_path: Path) -> None:
    formats.write("csv", drawn_map, tmp_path / "map.csv")
    exported = Exported.open(drawn_map)
    with (tmp_path / "map.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 240
    for number in (0, 199):
        row, record = rows[number], exported.records[number]
        assert (int(row["id"]), row["image"], row["title"]) == (record[0], record[1], record[2][0])
        assert [float(row["x_grid"]), float(row["y_grid"])] == pytest.approx(
            exported.layout("grid")[number].tolist(), abs=1e-5
        )
        assert row["hotspot_0"].split(" · ")[0] in ("", record[2][1].capitalize())


def test_parquet_has_what_embedding_atlas_reads(drawn_map: Path, tmp_path: Path) -> None:
    formats.write("parquet", drawn_map, tmp_path / "map.parquet")
    table = pq.read_table(tmp_path / "map.parquet")
    exported = Exported.open(drawn_map)
    assert table.num_rows == 240
    np.testing.assert_allclose(table["projection_x"].to_numpy(), exported.layout("similar")[:, 0])
    row = table.slice(7, 1).to_pylist()[0]
    assert row["neighbors"]["ids"] == exported.neighbours[7].tolist()
    assert row["neighbors"]["distances"] == sorted(row["neighbors"]["distances"])
    assert cv2.imdecode(np.frombuffer(row["image"]["bytes"], np.uint8), 1).shape[1] == 96
    assert row["year"] == exported.years[7]
    assert row["genre"] == exported.records[7][2][1]


def test_vikus_files_fit_together(drawn_map: Path, tmp_path: Path) -> None:
    out = tmp_path / "vikus"
    formats.write("vikus", drawn_map, out)
    config = json.loads((out / "config.json").read_text())
    for address in (
        config["loader"]["items"],
        config["loader"]["timeline"],
        "data/umap.csv",
        "data/sprites/spritesheet.json",
    ):
        assert (out / address.removeprefix("data/")).is_file()
    with (out / "data.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert {"id", "keywords", "year", "_title"} <= set(rows[0])
    sheets = json.loads((out / "sprites" / "spritesheet.json").read_text())["spritesheets"]
    sprites = {s["name"]: (sheet["image"], s) for sheet in sheets for s in sheet["sprites"]}
    assert set(sprites) == {row["id"] for row in rows}
    large = cv2.imread(str(out / "large" / f"{rows[50]['id']}.jpg"))
    image, sprite = sprites[rows[50]["id"]]
    sheet = cv2.imread(str(out / "sprites" / image))
    centre = sheet[sprite["position"]["y"] + sprite["dimension"]["h"] // 2, sprite["position"]["x"] + 20]
    assert np.abs(centre.astype(int) - large[30, 30]).max() < 10


def test_pixplot_files_fit_together(drawn_map: Path, tmp_path: Path) -> None:
    formats.write("pixplot", drawn_map, tmp_path)
    manifest = json.loads((tmp_path / "data" / "manifest.json").read_text())
    for layout in manifest["layouts"].values():
        positions = json.loads((tmp_path / layout["layout"]).read_text())
        assert np.abs(np.array(positions)).max() <= 1
        assert len(positions) == 240
    images = json.loads((tmp_path / manifest["imagelist"]).read_text())
    assert sum(images["atlas"]["counts"]) == len(images["images"]) == 240
    assert len(list((tmp_path / manifest["atlas_dir"]).iterdir())) == images["atlas"]["count"]
    hotspots = json.loads((tmp_path / manifest["default_hotspots"]).read_text())
    assert {h["label"].split(" · ")[0] for h in hotspots} == {"Emblem", "Map", "Portrait"}
    assert all((tmp_path / "data" / "thumbs" / name).is_file() for name in images["images"])


def test_unknown_formats_and_folders_that_hold_no_map(drawn_map: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no map format 'gif'"):
        formats.write("gif", drawn_map, tmp_path / "x")
    with pytest.raises(UsageError, match="holds no exported map"):
        formats.write("csv", tmp_path, tmp_path / "x.csv")
