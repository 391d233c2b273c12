"""Hotspots named by labels: the file, the arithmetic, and `iconoscope map` with a tiny random model."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

import iconoscope
from indexer.core.errors import SettingsError
from indexer.features.clip import load_clip
from indexer.models.random_clip import save_random_clip
from viz.formats.exported import Exported
from viz.label_names import label_vectors, read_prompts


def test_the_file_that_ships_gives_names_and_prompts_but_not_other() -> None:
    prompts = read_prompts()
    assert prompts["Woodcut"] == ["a woodcut", "a print from a carved wood block with thick lines"]
    assert prompts["Title page"] == ["the title page of an old book"]
    assert not {"Other", "Prompts"} & set(prompts)
    assert len(prompts) >= 30


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("- a", "holds no labels"),
        ("group: [a]", "holds no labels"),
        ("group: {a: {fr: x}}", "no prompts"),
        ("group: {a: 1}", "not a label"),
        ("other: {prompts: [x", "cannot be read"),
        ("", "holds no labels"),
    ],
)
def test_files_of_another_form_are_refused(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "labels.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError, match=says):
        read_prompts(tmp_path / "labels.yaml")


def test_a_file_of_names_needs_no_label_for_the_rest(tmp_path: Path) -> None:
    (tmp_path / "labels.yaml").write_text("ships: {three-master: {prompts: [a ship]}}", encoding="utf-8")
    assert read_prompts(tmp_path / "labels.yaml") == {"Three master": ["a ship"]}


def test_a_label_is_the_mean_of_its_prompts() -> None:
    known = {"a": [1.0, 0.0], "b": [0.0, 1.0], "c": [0.6, 0.8]}
    found = label_vectors([["a", "b"], ["c"]], lambda texts: np.array([known[t] for t in texts], np.float32))
    np.testing.assert_allclose(found, [[0.5**0.5, 0.5**0.5], [0.6, 0.8]], atol=1e-6)


@pytest.fixture
def collection(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Path:
    """Seven dark and seven striped pictures without a catalogue, with vectors of a tiny model."""
    monkeypatch.setenv("ICONOSCOPE_MODELS", str(tmp_path / "models"))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    rng = np.random.default_rng(1)
    (tmp_path / "src").mkdir()
    for i in range(14):
        picture = np.full((120, 160, 3), 30, np.uint8) if i < 7 else np.zeros((120, 160, 3), np.uint8)
        if i >= 7:
            picture[:, ::8] = picture[:, 1::8] = 255
        noise = rng.integers(0, 12, picture.shape)
        cv2.imwrite(str(tmp_path / "src" / f"{i:02d}.png"), (picture + noise).clip(0, 255).astype(np.uint8))
    save_random_clip(tmp_path / "tiny")
    command = ["index", str(tmp_path / "src"), "--collection", str(tmp_path / "col"), "--clip", str(tmp_path / "tiny")]
    assert iconoscope.main([*command, "--json", "--workers", "1"]) == 0
    capsys.readouterr()
    return tmp_path


def _map(folder: Path, capsys: pytest.CaptureFixture[str], *rest: str) -> tuple[Exported, Any]:
    command = ["map", "--collection", str(folder / "col"), "--out", str(folder / "map"), "--json"]
    assert iconoscope.main([*command, "--set", "clusters=[5]", *rest]) == 0
    return Exported.open(folder / "map"), json.loads(capsys.readouterr().out)


def _nearest_labels(exported: Exported, folder: Path) -> list[str]:
    """The naive way: by hotspot, the label nearest to how its mean differs from the mean of all."""
    from indexer.collection.snapshot import open_snapshot

    model, prompts = load_clip(str(folder / "tiny")), read_prompts()
    texts = np.stack([model.encode_texts(list(p)).mean(axis=0) for p in prompts.values()])
    texts /= np.linalg.norm(texts, axis=1, keepdims=True)
    snapshot = open_snapshot(folder / "col")
    ids, stored = snapshot.vectors(model.vector_name)
    images = snapshot.images.ids[snapshot.regions.image_positions[snapshot.regions.positions(ids)]]
    unit = stored.astype(np.float32) / np.linalg.norm(stored.astype(np.float32), axis=1, keepdims=True)
    rows = {int(image): row for image, row in zip(images, unit, strict=True)}
    vectors = np.stack([rows[i] for i in exported.ids.tolist()])
    members = exported.members(0)
    pulls = [(vectors[members == k].mean(axis=0) - vectors.mean(axis=0)) @ texts.T for k in range(members.max() + 1)]
    return [list(prompts)[int(pull.argmax())] for pull in pulls]


def test_hotspots_get_the_nearest_label_and_the_reason_when_they_do_not(
    collection: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    exported, report = _map(collection, capsys)
    spots = exported.manifest["clusters"][0]["hotspots"]
    assert [spot["count"] for spot in spots] == [7, 7]
    assert [spot["label"] for spot in spots] == _nearest_labels(exported, collection)
    assert report["notices"] == []
    shutil.rmtree(collection / "tiny")
    for how in ("auto", "labels"):
        exported, report = _map(collection, capsys, "--set", f"hotspot_names={how}")
        assert [spot["label"] for spot in exported.manifest["clusters"][0]["hotspots"]] == ["", ""]
        assert sum("not named by labels" in notice for notice in report["notices"]) == 1
    exported, report = _map(collection, capsys, "--set", "hotspot_names=words")
    assert report["notices"] == []
    _, report = _map(collection, capsys, "--set", "vectors=signature")
    assert any("not made from CLIP vectors" in notice for notice in report["notices"])
