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


def test_vikus_files_have_what_its_viewer_reads(drawn_map: Path, tmp_path: Path) -> None:
    """What js/viz.js, js/canvas.js, js/utils.js and libs/pixi-packer-parser.js of that viewer take from the files."""
    out = tmp_path / "vikus"
    formats.write("vikus", drawn_map, out)
    config = json.loads((out / "config.json").read_text())
    loader, textures = config["loader"], config["loader"]["textures"]
    for address in (loader["items"], loader["timeline"], loader["info"], textures["medium"]["url"]):
        assert (out / address.removeprefix("data/")).is_file()
    assert isinstance(config["project"]["name"], str)
    assert isinstance(config["projection"]["columns"], int)
    assert int(config["style"]["canvasBackground"][1:], 16) > 0  # read as a hexadecimal number after one character
    assert {(d["source"][0], d["display"]) for d in config["detail"]["structure"]} == {("_", "column")}
    for layout in loader["layouts"]:
        assert layout.get("groupKey") == "year" if layout.get("type") == "group" else layout["url"]
    with (out / "timeline.csv").open(newline="") as file:
        assert csv.DictReader(file).fieldnames == ["year", "title", "text", "extra"]
    with (out / "data.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert {"id", "keywords", "year", "_title"} <= set(rows[0])
    with (out / "umap.csv").open(newline="") as file:
        places = {row["id"]: (float(row["x"]), float(row["y"])) for row in csv.DictReader(file)}
    exported = Exported.open(drawn_map)
    wanted = (exported.layout("similar") + 1) / 2  # y downwards there too
    np.testing.assert_allclose([places[str(i)] for i in exported.ids.tolist()], wanted, atol=1e-5)


def test_vikus_sprites_are_found_by_id(drawn_map: Path, tmp_path: Path) -> None:
    formats.write("vikus", drawn_map, tmp_path)
    index = json.loads((tmp_path / "sprites" / "spritesheet.json").read_text())
    assert index["meta"]["type"] == "sharpsheet"  # the parser skips what it does not know
    assert float(index["meta"]["version"]) <= 1
    sprites = {s["name"]: (sheet["image"], s) for sheet in index["spritesheets"] for s in sheet["sprites"]}
    assert set(sprites) == {str(i) for i in Exported.open(drawn_map).ids.tolist()}
    name, (image, sprite) = sorted(sprites.items())[50]
    sheet, large = cv2.imread(str(tmp_path / "sprites" / image)), cv2.imread(str(tmp_path / "large" / f"{name}.jpg"))
    centre = sheet[sprite["position"]["y"] + sprite["dimension"]["h"] // 2, sprite["position"]["x"] + 20]
    assert np.abs(centre.astype(int) - large[30, 30]).max() < 10


def test_pixplot_files_have_what_its_viewer_reads(drawn_map: Path, tmp_path: Path) -> None:
    """What web/assets/js/tsne.js of PixPlot 0.0.112 takes from the files; the export was also opened in it."""
    formats.write("pixplot", drawn_map, tmp_path)
    data, exported = tmp_path / "data", Exported.open(drawn_map)
    manifest = json.loads((data / "manifest.json").read_text())
    assert manifest["output_directory"]  # taken out of addresses with a slash: empty would take their first slash
    assert {"min", "max", "initial", "grid", "scatter", "date"} <= set(manifest["point_sizes"])
    assert set(manifest["config"]["sizes"]) == {"atlas", "cell", "lod"}
    (variant,) = manifest["layouts"]["umap"]["variants"]
    assert {"n_neighbors", "min_dist", "layout", "jittered"} == set(variant)
    files = [variant["layout"], *(manifest["layouts"][k]["layout"] for k in ("alphabetic", "grid", "date"))]
    for address in files:
        positions = np.array(json.loads((tmp_path / address).read_text()))
        assert positions.shape == (240, 2)
        assert np.abs(positions).max() <= 1
    umap = np.array(json.loads((tmp_path / variant["layout"]).read_text()))
    np.testing.assert_allclose(umap, exported.layout("similar") * [1, -1], atol=1e-4)
    labels = json.loads((tmp_path / manifest["layouts"]["date"]["labels"]).read_text())
    assert len(labels["labels"]) == len(labels["positions"]) > 0
    hotspots = json.loads((tmp_path / manifest["default_hotspots"]).read_text())
    assert {h["label"].split(" · ")[0] for h in hotspots} == {"Emblem", "Map", "Portrait"}
    genres = [record[2][1] for record in exported.records]
    for spot in hotspots:  # members are positions, the picture is a file
        assert {genres[i] for i in spot["images"]} == {spot["label"].split(" · ")[0].casefold()}
        assert (data / "thumbs" / spot["img"]).is_file()


def test_pixplot_cells_lie_where_the_list_says_in_one_height(drawn_map: Path, tmp_path: Path) -> None:
    formats.write("pixplot", drawn_map, tmp_path)
    manifest = json.loads((tmp_path / "data" / "manifest.json").read_text())
    images = json.loads((tmp_path / manifest["imagelist"]).read_text())
    sizes, positions = images["cell_sizes"], images["atlas"]["positions"]
    assert sum(map(len, sizes)) == sum(map(len, positions)) == len(images["images"]) == 240
    assert images["atlas"]["count"] == len(list((tmp_path / manifest["atlas_dir"]).iterdir())) == len(sizes)
    atlas = cv2.imread(str(tmp_path / manifest["atlas_dir"] / "atlas-0.jpg"))
    lod, cell = manifest["config"]["sizes"]["lod"], manifest["config"]["sizes"]["cell"]
    for i in (0, 1, 100, 239):
        (width, height), (x, y) = sizes[0][i], positions[0][i]
        thumb = cv2.imread(str(tmp_path / "data" / "thumbs" / images["images"][i]))
        assert thumb.shape[:2] == (height, width)
        assert max(width, height) == lod  # drawn as it is into a cell of that side
        middle = atlas[y + cell // 2, x + round(width / height * cell) // 2]
        assert np.abs(middle.astype(int) - thumb[height // 2, width // 2]).max() < 14
        assert (tmp_path / "data" / "originals" / images["images"][i]).is_file()


def test_pixplot_metadata_filters_and_dates(drawn_map: Path, tmp_path: Path) -> None:
    formats.write("pixplot", drawn_map, tmp_path)
    metadata, exported = tmp_path / "data" / "metadata", Exported.open(drawn_map)
    names = [f"{i}.webp" for i in exported.ids.tolist()]
    (filters,) = json.loads((metadata / "filters" / "filters.json").read_text())
    assert sorted(filters["filter_values"]) == ["emblem", "map", "portrait"]
    maps = json.loads((metadata / "options" / "map.json").read_text())
    assert maps == [n for n, record in zip(names, exported.records, strict=True) if record[2][1] == "map"]
    dates = json.loads((metadata / "dates.json").read_text())
    assert (dates["domain"]["min"], dates["domain"]["max"]) == (exported.years.min(), exported.years.max())
    assert sorted(n for year in dates["dates"].values() for n in year) == sorted(names)
    row = json.loads((metadata / "file" / f"{names[3]}.json").read_text())
    assert (row["filename"], row["tags"]) == (exported.records[3][1], [exported.records[3][2][1]])


def test_unknown_formats_and_folders_that_hold_no_map(drawn_map: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no map format 'gif'"):
        formats.write("gif", drawn_map, tmp_path / "x")
    with pytest.raises(UsageError, match="holds no exported map"):
        formats.write("csv", tmp_path, tmp_path / "x.csv")
