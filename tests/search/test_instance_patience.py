"""How many candidates are compared when none of the first is surely a copy."""

import cv2
import numpy as np
import pytest
from drawing import draw_picture

from indexer.pipeline import index
from search.channels import instance, instance_verify
from search.engine import Engine
from search.query import Query


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    root = tmp_path_factory.mktemp("patience")
    (root / "src").mkdir()
    for i in range(8):
        cv2.imwrite(str(root / "src" / f"p{i}.png"), np.asarray(draw_picture(i))[..., ::-1])
    index([str(root / "src")], root / "col", workers=1)
    return root


@pytest.fixture
def last_comes_first(monkeypatch):
    """Two candidates at a time, the best of the votes at the end."""
    monkeypatch.setattr(instance_verify, "BATCH", 2)
    monkeypatch.setattr(instance, "BATCH", 2)
    votes = instance_verify.Verifier._candidates
    monkeypatch.setattr(instance_verify.Verifier, "_candidates", lambda self, allowed: votes(self, allowed)[::-1])


def sure(folder, mode):
    line = {"images": [{"path": str(folder / "src" / "p3.png")}], "mode": mode, "include_self": True}
    hits = Engine.open(folder / "col").search(Query.from_json(line, allow_paths=True)).to_json()["hits"]
    return [hit["image"] for hit in hits if hit["same_print"] and hit["inliers"]]


def test_only_the_mode_for_same_prints_looks_at_all(folder, last_comes_first, monkeypatch):
    assert sure(folder, "instance") == ["p3.png"]
    assert sure(folder, "auto") == []
    monkeypatch.setattr(instance, "PATIENT", 2)
    assert sure(folder, "instance") == []


@pytest.mark.parametrize("patience", [2, 4, 30])
def test_every_image_is_read_once_and_only_those_that_are_compared(folder, last_comes_first, monkeypatch, patience):
    read = []
    engine = Engine.open(folder / "col")
    inner = engine.snapshot.keypoints
    monkeypatch.setattr(type(engine.snapshot), "keypoints", lambda _self, ids: (read.append(list(ids)), inner(ids))[1])
    monkeypatch.setattr(instance, "PATIENT", patience)
    line = {"images": [{"path": str(folder / "src" / "p3.png")}], "mode": "instance", "mirror": False}
    engine.search(Query.from_json(line, allow_paths=True))
    every = [i for ids in read for i in ids]
    assert len(every) == len(set(every)) == min(patience, 8)
