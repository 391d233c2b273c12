"""`iconoscope map` with its variants, over a collection of tables, as people call it."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import iconoscope
from indexer.collection import snapshot as snapshots
from indexer.collection.sets import SavedSet, save_set
from viz.formats.exported import Exported


class Tables:
    """A snapshot's tables, from drawn pictures: what `viz.source` reads of a collection."""

    def __init__(self, folder: Path, given: Any) -> None:
        from types import SimpleNamespace

        from indexer.core.settings import IndexSettings

        n = len(given)
        self.folder, self.generation, self.settings, self.models = folder, 3, IndexSettings(), {}
        self.vector_names = ["clip-x", "signature"]
        self.images = SimpleNamespace(ids=given.image_ids, names=given.names, sizes=given.sizes)
        self.regions = SimpleNamespace(
            ids=np.arange(1, n + 1), image_positions=np.arange(n), kinds=["whole"] * n, boxes=given.boxes
        )
        self.catalogue = SimpleNamespace(fields=lambda: given.fields)
        self.thumbnails = given.thumbnails
        self.stored = {
            "clip-x": given.vectors["drawn"],
            "signature": np.random.default_rng(2).normal(size=(n, 8)).astype(np.float32),
        }

    def index_folder(self, name: str) -> None:
        return None

    def vectors(self, name: str) -> tuple[np.ndarray, np.ndarray]:
        return self.regions.ids, self.stored[name]

    def mask(self, where: str) -> np.ndarray:
        return np.arange(len(self.images.ids)) < int(where.partition("<")[2])


@pytest.fixture
def run(tmp_path: Path, make_input: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """Calls `iconoscope map --json` on 90 pictures and gives the export and what was printed."""
    (tmp_path / "prints").mkdir()
    tables = Tables(tmp_path / "prints", make_input(90))
    monkeypatch.setattr(snapshots, "open_snapshot", lambda folder: tables)

    def call(*arguments: str, status: int = 0) -> tuple[Exported | None, Any]:
        capsys.readouterr()
        command = ["map", "--collection", str(tmp_path / "prints"), "--out", str(tmp_path / "map"), "--json"]
        assert iconoscope.main([*command, "--set", "epochs=60", *arguments]) == status
        printed = capsys.readouterr()
        if status:
            return None, printed.err
        return Exported.open(tmp_path / "map"), json.loads(printed.out)

    return call


def test_each_variant_of_umap_is_a_setting_away_and_changes_the_map(run: Any) -> None:
    plain, report = run()
    places = dict(zip(plain.ids.tolist(), plain.layout("similar").tolist(), strict=True))
    assert report["pictures"] == 90
    assert report["trustworthiness"] > 0.9
    for setting in ("densmap=true", "supervised_by=genre", "vectors='clip-x:0.5,signature:0.5'"):
        other, _ = run("--set", setting)
        assert dict(zip(other.ids.tolist(), other.layout("similar").tolist(), strict=True)) != places
    again, _ = run()
    assert dict(zip(again.ids.tolist(), again.layout("similar").tolist(), strict=True)) == places


def test_an_aligned_layout_of_other_vectors_stands_beside(run: Any) -> None:
    exported, _ = run("--set", "also=[signature]")
    keys = {layout["key"]: layout["name"] for layout in exported.manifest["layouts"]}
    assert keys["similar"] == "clip-x"
    assert keys["similar-2"] == "signature"
    one, two = exported.layout("similar").astype(float), exported.layout("similar-2").astype(float)
    assert not np.allclose(one, two)
    assert np.corrcoef(one[:, 0], two[:, 0])[0, 1] > 0  # begun at the first and laid over it


def test_a_saved_set_sorts_its_pictures(run: Any, tmp_path: Path) -> None:
    """Examples and counter-examples of one kind part; ids of images (101 …) and of regions (1 …) mix."""

    def sorted_share(exported: Exported, yes: set[int], no: set[int]) -> float:
        """Share of judged pictures whose nearest judged picture on the map was judged alike."""
        label = np.array([1 if i in yes else 0 if i in no else -1 for i in exported.ids.tolist()])
        xy, label = exported.layout("similar")[label >= 0], label[label >= 0]
        far = np.linalg.norm(xy[:, None] - xy[None], axis=2) + 1e9 * np.eye(len(xy))
        return float((label[far.argmin(axis=1)] == label).mean())

    yes, no = range(101, 191, 6), range(104, 191, 6)
    save_set(tmp_path / "prints", SavedSet("Fire", positive=tuple(yes), negative=tuple(i - 100 for i in no)))
    plain = sorted_share(run()[0], set(yes), set(no))
    pulled, _ = run("--set", "supervised_by='set:fire'", "--set", "supervised_weight=0.95")
    assert plain < 0.75
    assert sorted_share(pulled, set(yes), set(no)) > 0.9
    _, message = run("--set", "supervised_by='set:Water'", status=1)
    assert "There is no set 'Water'" in message


def test_update_and_filter(run: Any) -> None:
    first, _ = run("--where", "n <60")
    old = dict(zip(first.ids.tolist(), first.layout("similar").tolist(), strict=True))
    same, report = run("--update")
    assert report["pictures"] == 60
    assert same.manifest["provenance"]["where"] == "n <60"
    more, report = run("--update", "--where", "n <90")
    assert report["notices"] == ["30 new pictures placed on the map; the others stayed where they were."]
    new = dict(zip(more.ids.tolist(), more.layout("similar").tolist(), strict=True))
    assert len(new) == 90
    assert {i: new[i] for i in old} == old
    run("--update", "--format", "csv", status=2)


def test_a_filter_that_leaves_none_of_a_million_is_an_empty_map_at_once(
    tmp_path: Path, make_input: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from types import SimpleNamespace

    from indexer.collection.catalogue import Field

    n = 1_000_000
    tables: Any = Tables(tmp_path, make_input(3))
    tables.images = SimpleNamespace(ids=np.arange(n), names=range(n), sizes=np.ones((n, 2), np.int32))
    tables.regions = SimpleNamespace(
        ids=np.arange(n), image_positions=np.arange(n), kinds=np.full(n, "whole"), boxes=np.ones((n, 4), np.float32)
    )
    column = pa.array(["a", "b"] * (n // 2))
    tables.catalogue = SimpleNamespace(fields=lambda: [Field("genre", "genre", column)])
    tables.vectors = lambda name: pytest.fail("vectors were read for nothing")
    monkeypatch.setattr(snapshots, "open_snapshot", lambda folder: tables)
    start = time.process_time()
    assert iconoscope.main(["map", "--collection", "x", "--out", str(tmp_path / "map"), "--where", "n <0"]) == 0
    assert time.process_time() - start < 10
    assert "0 pictures" in capsys.readouterr().out
    assert Exported.open(tmp_path / "map").manifest["count"] == 0


def test_wrong_settings_say_what_is_right(run: Any) -> None:
    _, message = run("--set", "supervised_by=colour", status=2)
    assert "title, genre, year, note; a saved set is written set:NAME" in message
    _, message = run("--set", "densmap", status=2)
    assert "KEY=VALUE" in message
    _, message = run("--set", "no_such=1", status=2)
    assert "no_such" in message


@pytest.mark.parametrize("name", ["csv", "parquet", "pixplot", "vikus"])
def test_other_formats_from_the_command(run: Any, tmp_path: Path, name: str, capsys: Any) -> None:
    out = tmp_path / f"data.{name}"
    command = ["map", "--collection", str(tmp_path / "prints"), "--out", str(out), "--format", name]
    assert iconoscope.main([*command, "--set", "epochs=60", "--where", "n <30"]) == 0
    assert "30 pictures" in capsys.readouterr().out
    files = [out] if out.is_file() else [p for p in out.rglob("*") if p.is_file()]
    assert sum(p.stat().st_size for p in files) > 1000
