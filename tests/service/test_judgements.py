"""Judgements are kept in the collection; clicks give outlines; both over HTTP."""

import threading

import pytest

from indexer.collection.judgements import Judgement, read, record
from indexer.core.errors import CollectionError, UsageError


def judgement(**changes) -> Judgement:
    """A verdict about region 5, with some things changed."""
    given = {
        "verdict": "same_block",
        "image_id": 1,
        "region_id": 5,
        "box": (0, 0, 9, 9),
        "query": "image:3",
        "author": "Ann",
    }
    return Judgement(**{**given, **changes})


def test_the_newest_word_of_each_author_about_each_pair_holds(tmp_path):
    record(tmp_path, [judgement()])
    record(tmp_path, [judgement(verdict="no"), judgement(author="Bo")])
    record(tmp_path, [judgement(query_box=(1, 2, 3, 4)), judgement(author="Bo", verdict="withdrawn")])
    held = [(j["author"], j["verdict"], j["query_box"]) for j in read(tmp_path)]
    assert held == [("Ann", "no", None), ("Ann", "same_block", [1, 2, 3, 4])]


def test_nothing_judged_is_an_empty_list(tmp_path):
    assert read(tmp_path) == []


def test_many_judge_at_once(tmp_path):
    threads = [threading.Thread(target=record, args=(tmp_path, [judgement(region_id=n)])) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(j["region_id"] for j in read(tmp_path)) == list(range(6))


@pytest.mark.parametrize("changes", [{"verdict": "maybe"}, {"author": "x" * 201}, {"note": "x" * 4001}])
def test_nonsense_is_refused(changes):
    with pytest.raises(UsageError):
        judgement(**changes)


def test_a_folder_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "judgements.lance").write_text("in the way")
    with pytest.raises(CollectionError, match="judgement|table"):
        record(tmp_path, [judgement()])


def test_judging_over_http(client):
    body = {"verdict": "same_motif", "region_id": 101, "query": "image:15", "query_box": [1, 2, 3, 4], "author": "Zoë"}
    assert client.post("/api/judgements", json=body).json() == {"collection": "shop", "kept": True}
    rows = client.get("/api/judgements?query=image:15").json()["judgements"]
    assert [(r["verdict"], r["image_id"], r["box"], r["author"]) for r in rows] == [
        ("same_motif", 12, [5, 6, 20, 10], "Zoë")
    ]
    assert rows[0]["time"].endswith("+00:00")
    assert client.get("/api/judgements?query=image:99").json()["judgements"] == []


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"verdict": "maybe"}, 400),
        ({"region_id": 999}, 404),
        ({"query": "/etc/passwd"}, 422),
        ({"transform": [1.0]}, 422),
    ],
)
def test_wrong_judgements_are_refused_over_http(client, changes, status):
    body = {"verdict": "no", "region_id": 101, "query": "image:15", **changes}
    answer = client.post("/api/judgements", json=body)
    assert answer.status_code == status
    assert answer.json()["error"]["message"]
    assert client.get("/api/judgements").json()["judgements"] == []


def test_a_click_outlines_the_thing(client, engine, make_picture):
    import io

    import numpy as np
    from PIL import Image

    pixels = np.full((400, 600, 3), 240, np.uint8)
    pixels[100:300, 350:500] = (180, 30, 30)
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "PNG")
    engine.snapshot.paths[20].write_bytes(out.getvalue())
    answer = client.post("/api/images/20/segment", json={"clicks": [{"x": 420, "y": 200}]}).json()
    assert answer["method"] == "classic"
    boxes = np.array([c["box"] for c in answer["candidates"]])
    assert np.abs(boxes - [350, 100, 150, 200]).max(axis=1).min() < 8
    assert all(len(ring) >= 3 for c in answer["candidates"] for ring in c["outlines"])
    kept = client.post("/api/uploads", files={"file": ("x.png", out.getvalue())}).json()["upload"]
    assert client.post(f"/api/uploads/{kept}/segment", json={"box": [300, 60, 280, 300]}).json()["candidates"]


@pytest.mark.parametrize(
    "body", [{}, {"clicks": [{"x": 9999, "y": 5}]}, {"clicks": [{"x": "a", "y": 5}]}, {"box": [0, 0, -5, 5]}]
)
def test_clicks_without_sense_are_refused(client, body):
    answer = client.post("/api/images/20/segment", json=body)
    assert answer.status_code in (400, 422)
    assert answer.json()["error"]["hint"]
