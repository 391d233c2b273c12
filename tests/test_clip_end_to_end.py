"""A CLIP model from folder to hits: indexed with, added later, replaced, missing."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from drawing import draw_picture, save_picture

import iconoscope
from indexer.collection.snapshot import open_snapshot
from indexer.features.clip import load_clip
from indexer.models.random_clip import save_random_clip


@pytest.fixture
def folder(tmp_path: Path, monkeypatch) -> Path:
    monkeypatch.setenv("ICONOSCOPE_MODELS", str(tmp_path / "models"))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    for i in range(5):
        save_picture(tmp_path / "src" / f"p{i}.png", draw_picture(i, 160, 120))
    save_random_clip(tmp_path / "tiny")
    return tmp_path


def index(folder: Path, capsys, clip: str) -> dict:
    line = [
        "index",
        str(folder / "src"),
        "--collection",
        str(folder / "col"),
        "--clip",
        clip,
        "--json",
        "--workers",
        "1",
    ]
    assert iconoscope.main(line) == 0
    return json.loads(capsys.readouterr().out)


def search(folder: Path, capsys, *rest: str) -> dict:
    assert iconoscope.main(["search", "--collection", str(folder / "col"), "--json", *rest]) == 0
    return json.loads(capsys.readouterr().out)


def test_semantic_search_with_a_model_from_a_folder(folder, capsys):
    report = index(folder, capsys, str(folder / "tiny"))
    assert (report["added"], report["clip"]) == (5, "ok")
    model = load_clip(str(folder / "tiny"))
    ids, stored = open_snapshot(folder / "col").vectors(model.vector_name)
    assert len(ids) == 5
    # What a text is compared with are the vectors of the whole pictures, by plain inner product.
    wanted = stored.astype(np.float32) @ model.encode_texts(["a ship in a storm"])[0]
    answer = search(folder, capsys, "--text", "a ship in a storm", "--mode", "semantic")
    names = [h["image"] for h in answer["hits"]]
    assert names == [f"p{k}.png" for k in np.argsort(-wanted)]
    assert answer["hits"][0]["channels"]["semantic"] == pytest.approx(float(wanted.max()), abs=0.01)
    picture = search(folder, capsys, "--image", str(folder / "src" / "p3.png"), "--mode", "semantic", "--limit", "1")
    assert picture["hits"][0]["image"] == "p3.png"
    assert picture["hits"][0]["score"] == pytest.approx(1.0, abs=0.01)
    auto = search(folder, capsys, "--image", str(folder / "src" / "p3.png"), "--limit", "1")
    assert auto["channels"] == ["instance", "semantic"]
    assert auto["hits"][0]["same_print"]


def test_a_model_is_added_later_and_remembered(folder, capsys):
    index(folder, capsys, "none")
    before = open_snapshot(folder / "col")
    report = index(folder, capsys, str(folder / "tiny"))
    assert (report["added"], report["unchanged"], report["embedded"]) == (0, 5, 5)
    after = open_snapshot(folder / "col")
    assert after.regions.ids.tolist() == before.regions.ids.tolist()
    # auto goes on with the collection's own model; new images get their vectors in the same pass.
    save_picture(folder / "src" / "p9.png", draw_picture(9, 160, 120))
    report = index(folder, capsys, "auto")
    assert (report["added"], report["embedded"]) == (1, 0)
    snapshot = open_snapshot(folder / "col")
    name = next(n for n in snapshot.vector_names if n.startswith("clip-"))
    assert len(snapshot.vectors(name)[0]) == 6


def test_a_second_model_stands_beside_the_first(folder, capsys):
    index(folder, capsys, str(folder / "tiny"))
    save_random_clip(folder / "other", seed=1)
    assert index(folder, capsys, str(folder / "other"))["embedded"] == 5
    assert sum(n.startswith("clip-") for n in open_snapshot(folder / "col").vector_names) == 2


def test_a_missing_model_is_said_and_everything_else_goes_on(folder, capsys):
    report = index(folder, capsys, "auto")
    assert report["added"] == 5
    assert "CLIP" in report["clip"]
    status = iconoscope.main(["index", str(folder / "src"), "--collection", str(folder / "col"), "--clip", "fast"])
    assert status == 1
    assert "iconoscope models pull fast" in capsys.readouterr().err


def test_a_collection_whose_model_went_away_still_answers(folder, capsys):
    index(folder, capsys, str(folder / "tiny"))
    shutil.rmtree(folder / "tiny")
    answer = search(folder, capsys, "--like", "p2.png", "--mode", "semantic", "--limit", "3")
    assert len(answer["hits"]) == 3
    answer = search(folder, capsys, "--text", "ship")
    assert answer["notes"]
