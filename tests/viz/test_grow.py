"""New pictures on an existing map: nothing else moves."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from indexer.core.errors import UsageError
from indexer.core.settings import merge
from viz import export, site
from viz.export import export_input, update_map
from viz.formats.exported import Exported
from viz.grow import read_old, scale_of
from viz.neighbours import NeighbourGraph
from viz.settings import MapSettings

QUICK = MapSettings(epochs=60, clusters=(20,))


def _write(given: Any, out: Path, settings: MapSettings = QUICK) -> Exported:
    with site.staging(out) as folder:
        export_input(given, folder, out, settings)
    return Exported.open(out)


def _update(monkeypatch: pytest.MonkeyPatch, given: Any, out: Path, **overrides: Any) -> Any:
    asked: list[Any] = []

    def read(snapshot: Any, settings: MapSettings, where: str | None) -> Any:
        asked.append((settings, where))
        return given

    monkeypatch.setattr(export, "read_collection", read)
    report = update_map(None, out, overrides=overrides)  # type: ignore[arg-type]
    return report, asked[0]


@pytest.fixture
def whole(make_input: Any) -> Any:
    return make_input(120)


def test_old_pictures_keep_their_places_and_new_ones_join_their_kind(
    tmp_path: Path, whole: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    _write(whole.take(np.arange(90)), tmp_path / "map")
    old = read_old(tmp_path / "map")
    places = dict(zip(old.ids.tolist(), old.xy.tolist(), strict=True))
    later = whole.take(np.array([*range(5, 90), *range(90, 120)]))  # five pictures are gone, thirty are new
    report, (settings, where) = _update(monkeypatch, later, tmp_path / "map")
    exported = Exported.open(tmp_path / "map")
    xy = dict(zip(exported.ids.tolist(), exported.layout("similar").tolist(), strict=True))
    assert report.notices == ["30 new pictures placed on the map, 5 taken off; the others stayed where they were."]
    assert settings == QUICK
    assert where == ""
    assert sorted(xy) == sorted(later.ids.tolist())
    assert {i: xy[i] for i in xy if i in places} == {i: places[i] for i in places if i > 105}
    kind = {int(i): (int(i) - 101) % 3 for i in later.ids}
    for new in range(191, 221):
        near = min((i for i in xy if i < 191), key=lambda i: np.hypot(*np.subtract(xy[i], xy[new])))
        assert kind[near] == kind[new]


def test_names_written_by_hand_stay(tmp_path: Path, whole: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    import json

    exported = _write(whole.take(np.arange(110)), tmp_path / "map")
    manifest = exported.manifest
    spot = next(s for s in manifest["clusters"][0]["hotspots"] if s["label"].startswith("Map"))
    spot |= {"label": "Sea charts", "edited": True}
    (tmp_path / "map" / "data" / "manifest.json").write_text(json.dumps(manifest))
    _update(monkeypatch, whole, tmp_path / "map")
    labels = {s["label"]: s["edited"] for s in Exported.open(tmp_path / "map").manifest["clusters"][0]["hotspots"]}
    assert labels["Sea charts"]
    assert sum(labels.values()) == 1


def test_an_update_without_news_and_a_second_one_change_nothing(
    tmp_path: Path, whole: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = _write(whole, tmp_path / "map").layout("similar")
    for _ in range(2):
        report, _ = _update(monkeypatch, whole, tmp_path / "map")
        assert report.notices == ["0 new pictures placed on the map; the others stayed where they were."]
        assert np.array_equal(Exported.open(tmp_path / "map").layout("similar"), before)


def test_other_vectors_units_models_and_strangers_are_refused(
    tmp_path: Path, whole: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = replace(whole, provenance={**whole.provenance, "models": {"drawn": {"version": 1}}})
    _write(given, tmp_path / "map")
    before = (tmp_path / "map" / "data" / "manifest.json").read_bytes()
    other = replace(whole, vectors={"clip-x": whole.vectors["drawn"]})
    with pytest.raises(UsageError, match="would not fit"):
        _update(monkeypatch, other, tmp_path / "map")
    with pytest.raises(UsageError, match="would not fit"):
        _update(monkeypatch, given, tmp_path / "map", unit="region")
    newer = replace(whole, provenance={**whole.provenance, "models": {"drawn": {"version": 2}}})
    with pytest.raises(UsageError, match="another model"):
        _update(monkeypatch, newer, tmp_path / "map")
    with pytest.raises(UsageError, match="None of the pictures"):
        _update(monkeypatch, replace(given, ids=given.ids + 1000), tmp_path / "map")
    with pytest.raises(UsageError, match="no exported map"):
        _update(monkeypatch, given, tmp_path / "nowhere")
    assert (tmp_path / "map" / "data" / "manifest.json").read_bytes() == before


def test_a_map_of_one_picture_takes_in_others(tmp_path: Path, make_input: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    _write(make_input(1), tmp_path / "map")
    report, _ = _update(monkeypatch, make_input(3), tmp_path / "map")
    assert report.pictures == 3
    assert np.isfinite(Exported.open(tmp_path / "map").layout("similar")).all()


def test_the_scale_is_that_inside_the_islands() -> None:
    """Two islands, far apart, are turned, brought together and made smaller: distances inside tell by how much."""
    rng = np.random.default_rng(1)
    raw = rng.normal(size=(120, 2)).astype(np.float32)
    raw[60:] += np.array([90, 20], np.float32)
    angle = np.array([[0.8, -0.6], [0.6, 0.8]])
    xy = (np.concatenate([raw[:60], raw[60:] - (80, 15)]) @ angle / 7.5).astype(np.float32)
    near = np.argsort(np.linalg.norm(raw[:, None] - raw[None], axis=2), axis=1)[:, :5].astype(np.int32)
    graph = NeighbourGraph(near, np.zeros(near.shape, np.float32))
    assert scale_of(raw, xy, graph) == pytest.approx(7.5, rel=1e-4)
    assert scale_of(raw[:1], xy[:1], NeighbourGraph(near[:1, :1], np.zeros((1, 1), np.float32))) == 10


def test_settings_of_an_old_manifest_are_read_back(tmp_path: Path, whole: Any) -> None:
    settings = merge(QUICK, {"also": [], "title": "Cartes", "densmap": False, "clusters": [20, 10]})
    _write(whole, tmp_path / "map", settings)
    assert read_old(tmp_path / "map").settings == settings
