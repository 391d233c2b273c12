from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from indexer.collection.catalogue import Field
from indexer.core.errors import FilterError, NotFoundError, UsageError
from indexer.core.settings import IndexSettings, merge
from viz import site
from viz.export import export_map
from viz.files import MapFiles
from viz.formats.exported import Exported
from viz.settings import MapSettings
from viz.source import MapInput, mixture, usable, vector_names

QUICK = MapSettings(epochs=30, offline_mb=0)


@pytest.mark.parametrize("n", [0, 1, 2, 3, 15])
def test_tiny_collections_make_complete_sites(tmp_path: Path, n: int, make_input: Any, write_map: Any) -> None:
    report = write_map(make_input(n), tmp_path / "map", QUICK)
    exported = Exported.open(tmp_path / "map")
    assert report.pictures == len(exported) == n
    assert exported.ids.tolist() == sorted(exported.ids.tolist(), key=exported.ids.tolist().index)
    assert set(exported.ids.tolist()) == set(range(101, 101 + n))
    for row in exported.manifest["layouts"]:
        places = exported.layout(row["key"])
        assert places.shape == (n, 2)
        assert np.isfinite(places).all()
    assert len(exported.records) == n


def test_identical_pictures(tmp_path: Path, make_input: Any, write_map: Any) -> None:
    write_map(make_input(40, np.ones((40, 8))), tmp_path / "map", QUICK)
    assert len(np.unique(Exported.open(tmp_path / "map").layout("similar"), axis=0)) == 40


def test_vectors_that_are_not_numbers_are_left_out_with_a_notice(
    tmp_path: Path, make_input: Any, write_map: Any
) -> None:
    vectors = np.random.default_rng(0).normal(size=(20, 8))
    vectors[3], vectors[7, 2], vectors[9] = np.nan, np.inf, 0
    report = write_map(make_input(20, vectors), tmp_path / "map", QUICK)
    assert report.pictures == 17
    assert report.notices == ["3 pictures left out: no usable vector."]
    exported = Exported.open(tmp_path / "map")
    assert not {104, 108, 110} & set(exported.ids.tolist())
    assert exported.manifest["provenance"]["notices"] == report.notices


def test_pictures_without_thumbnails_stay_on_the_map(tmp_path: Path, make_input: Any, write_map: Any) -> None:
    report = write_map(make_input(20, thumbnails={105: b"not a picture"}), tmp_path / "map", QUICK)
    assert (report.pictures, report.missing_thumbnails) == (20, 20)
    assert not Exported.open(tmp_path / "map").extents.any()


def test_everything_about_a_picture_is_found_under_its_number(drawn_map: Path, make_input: Any) -> None:
    exported, given = Exported.open(drawn_map), make_input(240)
    row_of = {int(i): k for k, i in enumerate(given.ids)}
    genre = next(f for f in exported.manifest["facets"] if f["name"] == "genre")
    flat = (drawn_map / "data" / genre["file"]).read_bytes()
    offsets, codes = np.frombuffer(flat[: 4 * 241], "<u4"), np.frombuffer(flat[4 * 241 :], "<u2")
    for number in (0, 100, 239):
        ident, name, values, image_id, box = exported.records[number]
        row = row_of[ident]
        assert (ident, image_id, box) == (exported.ids[number], ident, 0)
        assert name == given.names[row]
        assert values == [f.typed(row) for f in given.fields]
        assert exported.years[number] == float(dict(zip(exported.fields, values, strict=True))["year"])
        assert [genre["values"][c] for c in codes[offsets[number] : offsets[number + 1]]] == [values[1]]
        assert exported.extents[number].tolist() == [128, 85 if ident % 2 else 128]
        unit = given.vectors["drawn"]
        near = {int(exported.ids[j]) for j in exported.neighbours[number]}
        true = {int(given.ids[j]) for j in np.argsort(-unit[row] @ unit.T)[1:13]}
        assert len(near & true) >= 11


def test_the_manifest_tells_where_the_map_comes_from(drawn_map: Path) -> None:
    manifest = Exported.open(drawn_map).manifest
    assert manifest["provenance"]["collection"] == "drawn"
    assert manifest["provenance"]["generation"] == 5
    assert manifest["provenance"]["licence"] == "CC0"
    assert manifest["provenance"]["parameters"]["neighbours"] == 15
    assert manifest["quality"]["k"] == 15
    assert 0.8 < manifest["quality"]["trustworthiness"] <= 1
    assert "Drawn &amp; dated" in (drawn_map / "index.html").read_text(encoding="utf-8")


def test_same_seed_same_map(tmp_path: Path, make_input: Any, write_map: Any) -> None:
    versions = []
    for name in "ab":
        write_map(make_input(60), tmp_path / name, QUICK)
        versions.append(Exported.open(tmp_path / name).manifest["version"])
    assert versions[0] == versions[1]


def test_script_copies_hold_the_same_bytes_and_keep_to_their_limit(tmp_path: Path) -> None:
    import base64

    files = MapFiles(tmp_path)
    files.json("a/b.json", {"é": 1})
    assert files.write_script_copies(9) == 0
    assert not list(tmp_path.rglob("*.js"))
    assert files.write_script_copies(1000) > 0
    text = (tmp_path / "a" / "b.json.js").read_text()
    assert base64.b64decode(text.split('"')[3]) == '{"é":1}'.encode()


def test_a_folder_with_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    with pytest.raises(UsageError, match="is not a map"), site.staging(tmp_path / "mine"):
        pass
    assert (tmp_path / "mine" / "thesis.txt").read_text() == "years of work"


def test_a_failed_export_leaves_the_old_map(tmp_path: Path, make_input: Any, write_map: Any) -> None:
    write_map(make_input(12), tmp_path / "map", QUICK)
    before = Exported.open(tmp_path / "map").manifest["version"]
    with pytest.raises(RuntimeError), site.staging(tmp_path / "map"):
        raise RuntimeError
    assert Exported.open(tmp_path / "map").manifest["version"] == before
    assert [p.name for p in tmp_path.iterdir()] == ["map"]
    write_map(make_input(14), tmp_path / "map", QUICK)
    assert len(Exported.open(tmp_path / "map")) == 14
    assert [p.name for p in tmp_path.iterdir()] == ["map"]


def test_more_layouts_supervision_and_hand_written_labels(tmp_path: Path, make_input: Any, write_map: Any) -> None:
    given = make_input(90)
    other = np.random.default_rng(5).permutation(given.vectors["drawn"].T).T.copy()
    given = MapInput(
        **{name: getattr(given, name) for name in given.__slots__} | {"vectors": given.vectors | {"b": other}}
    )
    labels = tmp_path / "labels.json"
    labels.write_text(json.dumps([{"label": "Red ones", "images": [n for n in given.names if "emblem" in n]}]))
    settings = merge(QUICK, {"supervised_by": "genre", "labels": str(labels), "group_by": ["year"], "clusters": [20]})
    write_map(given, tmp_path / "map", settings)
    manifest = Exported.open(tmp_path / "map").manifest
    assert [row["key"] for row in manifest["layouts"]] == ["similar", "similar-2", "grid", "date", "colour"]
    assert "Red ones" in {h["label"] for h in manifest["clusters"][0]["hotspots"]}
    with pytest.raises(UsageError, match="no catalogue field 'nope'"):
        write_map(given, tmp_path / "map2", merge(QUICK, {"supervised_by": "nope"}))


def test_mixtures() -> None:
    assert mixture("signature") == [("signature", 1.0)]
    assert mixture("clip-a:0.7, signature:0.3") == [("clip-a", 0.7), ("signature", 0.3)]
    for wrong in ("a:x", "a:0", "a:-1"):
        with pytest.raises(NotFoundError):
            mixture(wrong)


def test_usable_rows() -> None:
    rows = np.array([[1, 0], [0, 0], [np.nan, 1], [np.inf, 0], [-2, 3]], np.float32)
    assert usable(rows).tolist() == [True, False, False, False, True]


class FakeSnapshot:
    """Five images, two of them with a second region; the last has no vector."""

    def __init__(self, folder: Path, make_input: Any) -> None:
        from types import SimpleNamespace

        given = make_input(5)
        self.folder, self.generation, self.settings, self.models = (
            folder,
            9,
            IndexSettings(),
            {"signature": {"version": 1}},
        )
        self.vector_names = ["clip-x", "signature"]
        self.images = SimpleNamespace(ids=given.image_ids, names=given.names, sizes=given.sizes)
        self.regions = SimpleNamespace(
            ids=np.arange(1, 8),
            image_positions=np.array([0, 0, 1, 2, 2, 3, 4]),
            kinds=["whole", "initial", "whole", "whole", "ornament", "whole", "whole"],
            boxes=np.array([[0, 0, 960, 960], [10, 10, 200, 100]] * 3 + [[0, 0, 960, 960]], np.float32),
        )
        self.catalogue = SimpleNamespace(fields=lambda: given.fields)
        self.thumbnails = given.thumbnails

    def index_folder(self, name: str) -> None:
        return None

    def vectors(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        ids = np.array([1, 2, 3, 4, 5, 6])
        return ids, np.random.default_rng(len(name)).normal(size=(6, 4)).astype(np.float16)

    def mask(self, where: str) -> np.ndarray:
        if where == "broken":
            raise FilterError("no", "hint")
        return np.array([where != "none", False, False, where != "none", False])


def test_a_snapshot_becomes_a_map(tmp_path: Path, make_input: Any) -> None:
    snapshot: Any = FakeSnapshot(tmp_path / "prints", make_input)
    report = export_map(snapshot, tmp_path / "map", settings=QUICK)
    exported = Exported.open(tmp_path / "map")
    assert report.notices == ["1 picture left out: no usable vector."]
    assert sorted(exported.ids.tolist()) == [101, 102, 103, 104]
    assert exported.manifest["title"] == "prints"
    assert exported.manifest["provenance"]["vectors"] == ["clip-x"]


def test_filters_regions_and_mixed_vectors(tmp_path: Path, make_input: Any) -> None:
    snapshot: Any = FakeSnapshot(tmp_path / "prints", make_input)
    export_map(snapshot, tmp_path / "few", where="some", settings=QUICK)
    assert sorted(Exported.open(tmp_path / "few").ids.tolist()) == [101, 104]
    report = export_map(snapshot, tmp_path / "no", where="none", settings=QUICK)
    assert report.pictures == 0
    settings = merge(QUICK, {"unit": "region", "vectors": "clip-x:0.5,signature:0.5"})
    export_map(snapshot, tmp_path / "regions", settings=settings)
    exported = Exported.open(tmp_path / "regions")
    assert sorted(exported.ids.tolist()) == [2, 5]
    assert {row[0]: row[3:] for row in exported.records} == {
        2: [101, [10.0, 10.0, 200.0, 100.0]],
        5: [103, [0.0, 0.0, 960.0, 960.0]],
    }
    with pytest.raises(FilterError):
        export_map(snapshot, tmp_path / "x", where="broken", settings=QUICK)
    with pytest.raises(NotFoundError, match="no vectors 'dino'"):
        export_map(snapshot, tmp_path / "x", settings=merge(QUICK, {"vectors": "dino"}))
    assert not (tmp_path / "x").exists()
    assert vector_names(snapshot, merge(QUICK, {"also": ["signature", "clip-x"]})) == ["clip-x", "signature"]


def test_a_filter_that_leaves_none_of_a_million_reads_no_vectors(tmp_path: Path) -> None:
    from types import SimpleNamespace

    n = 1_000_000
    ids = np.arange(n)

    def vectors(name: str) -> None:
        raise AssertionError("nothing is to be read")

    snapshot: Any = SimpleNamespace(
        folder=tmp_path / "many",
        generation=1,
        settings=IndexSettings(),
        models={},
        vector_names=["signature"],
        images=SimpleNamespace(ids=ids, names=[""] * n, sizes=np.zeros((n, 2), np.int32)),
        regions=SimpleNamespace(ids=ids, image_positions=ids, kinds=["whole"] * n, boxes=np.zeros((n, 4), np.float32)),
        catalogue=SimpleNamespace(fields=lambda: [Field("genre", "genre", pa.array(["map"] * n))]),
        thumbnails=lambda wanted: {},
        index_folder=lambda name: None,
        vectors=vectors,
        mask=lambda where: np.zeros(n, bool),
    )
    report = export_map(snapshot, tmp_path / "map", where="year > 2100", settings=QUICK)
    assert (report.pictures, report.hotspots) == (0, [])
    exported = Exported.open(tmp_path / "map")
    assert (len(exported), exported.records) == (0, [])


def test_a_region_is_cut_out_of_the_thumbnail() -> None:
    import cv2

    from viz.pictures import crop

    picture = np.zeros((64, 128, 3), np.uint8)
    picture[32:, 96:] = (0, 0, 255)
    data = cv2.imencode(".png", picture)[1].tobytes()
    part = crop(data, np.array([960.0, 320, 320, 320]), np.array([1280, 640]))
    assert part is not None
    seen = cv2.imdecode(np.frombuffer(part, np.uint8), cv2.IMREAD_COLOR)
    assert seen.shape == (32, 32, 3)
    assert seen.mean(axis=(0, 1)) == pytest.approx([0, 0, 255], abs=6)
    assert crop(b"nothing", np.array([0.0, 0, 5, 5]), np.array([10, 10])) is None
