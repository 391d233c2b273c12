"""Saved sets over HTTP and on the command line, over a real small collection."""

import json
import shutil

import pytest
from fastapi.testclient import TestClient

import iconoscope
from indexer.collection.sets import read_sets
from search.app import create_app
from search.engine import Engine
from search.routes.settings import ServiceSettings


@pytest.fixture
def folder(sample, tmp_path):
    shutil.copytree(sample / "col", tmp_path / "col")
    return tmp_path / "col"


@pytest.fixture
def web(folder):
    app = create_app(ServiceSettings(segmenter="none"), {"shop": Engine.open(folder)})
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


def body(**changes):
    return {"name": "ships", "positive": [1, 4], "negative": [2], "author": "Zoë", **changes}


def test_a_set_is_saved_listed_applied_passed_on_and_deleted(web):
    query = {"text": ["ship"], "where": "year < 1700"}
    saved = web.post("/api/sets", json=body(query=query)).json()
    assert (saved["field"], saved["kind"], saved["told"], saved["collection"]) == (
        "machine.ships",
        "examples",
        [],
        "shop",
    )
    (listed,) = web.get("/api/sets").json()["sets"]
    assert (listed["author"], listed["positive"], listed["negative"], listed["query"]) == ("Zoë", [1, 4], [2], query)
    hits = web.post("/api/search", json={"where": "machine.ships >= 0", "limit": 20}).json()["hits"]
    assert len(hits) == 12
    assert all(0 <= hit["machine"]["ships"] <= 1 and "ships" not in hit["fields"] for hit in hits)
    facets = web.get("/api/facets")
    assert "/col" not in facets.text + web.get("/api/sets").text
    (facet,) = facets.json()["machine"]
    assert (facet["name"], facet["origin"], facet["count"]) == ("machine.ships", "machine", 12)
    answer = web.get("/api/sets/SHIPS/detector")
    assert answer.headers["content-disposition"] == 'attachment; filename="detector.json"'
    document = answer.json()
    taken = web.post("/api/sets/import?name=theirs", json=document).json()
    assert (taken["field"], taken["kind"]) == ("machine.theirs", "detector")
    assert web.delete("/api/sets/ships").json() == {"collection": "shop", "deleted": "ships"}
    assert [s["name"] for s in web.get("/api/sets").json()["sets"]] == ["theirs"]


def test_leafing_histograms_and_single_images_know_machine_made_fields(web):
    web.post("/api/sets", json=body())
    leafed = web.get("/api/images", params={"where": "machine.ships >= 0.5", "limit": 50}).json()
    searched = web.post("/api/search", json={"where": "machine.ships >= 0.5", "limit": 50}).json()
    assert [h["image"] for h in leafed["hits"]] == [h["image"] for h in searched["hits"]]
    assert 0 < leafed["total"] < 12
    spread = web.get("/api/histogram", params={"field": "machine.ships", "where": "year < 1505", "bins": 10}).json()
    assert (sum(spread["all"]), sum(spread["counts"])) == (12, 5)
    liked = web.get(f"/api/images/{leafed['hits'][0]['image_id']}").json()
    assert liked["machine"]["ships"] >= 0.5
    assert "machine.ships" not in liked["fields"]
    unknown = web.get("/api/images", params={"where": "machine.boats > 0.5"})
    assert unknown.status_code == 400
    assert "machine.ships" in unknown.json()["error"]["hint"]


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"name": "../../etc/passwd"}, 400, "usage"),
        ({"name": ""}, 422, "validation"),
        ({"name": "x" * 81}, 422, "validation"),
        ({"positive": [], "negative": []}, 400, "usage"),
        ({"positive": [1], "negative": [1]}, 400, "query"),
        ({"positive": ["x"]}, 422, "validation"),
        ({"positive": [2**70]}, 422, "validation"),
        ({"surprise": 1}, 422, "validation"),
        ({"notes": "x" * 5000}, 422, "validation"),
    ],
)
def test_what_cannot_be_saved_is_refused_in_the_one_shape(web, folder, changes, status, code):
    answer = web.post("/api/sets", json=body(**changes))
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
    assert read_sets(folder) == {}


def test_a_taken_name_is_refused_unless_asked_to_replace(web):
    assert web.post("/api/sets", json=body()).status_code == 200
    assert "already a set" in web.post("/api/sets", json=body(name="Ships")).json()["error"]["message"]
    assert web.post("/api/sets", json=body(positive=[5], replace=True)).json()["positive"] == [5]


def test_pictures_that_are_gone_are_told(web):
    assert "no longer in the collection" in web.post("/api/sets", json=body(negative=[10**9])).json()["told"][0]


@pytest.mark.parametrize(
    ("method", "path"),
    [("get", "/api/sets/none/detector"), ("delete", "/api/sets/none"), ("delete", "/api/sets/..%2F..%2Fetc")],
)
def test_sets_that_are_not_there(web, method, path):
    answer = getattr(web, method)(path)
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({"format": "zip", "version": 1, "direction": [1.0]}, 400),
        ({"format": "iconoscope-detector", "version": 1, "direction": []}, 422),
        ({"format": "iconoscope-detector", "version": 1, "direction": [1.0]}, 400),
        ({}, 422),
    ],
)
def test_what_is_no_detector_is_refused(web, sent, status):
    answer = web.post("/api/sets/import", json=sent)
    assert answer.status_code == status
    assert answer.json()["error"]["message"]


def test_forms_of_foreign_pages_are_refused(web):
    answer = web.post("/api/sets", content=json.dumps(body()), headers={"Content-Type": "text/plain"})
    assert answer.status_code == 400


def run(capsys, *words):
    status = iconoscope.main(["sets", *words])
    told = capsys.readouterr()
    return status, told.out, told.err


def test_the_command_does_the_same(folder, tmp_path, capsys):
    col = ["--collection", str(folder)]
    save = ["save", "ships", *col, "--positive", "p01.png", "--positive", "p04.png", "--negative", "p02.png", "--json"]
    status, out, _ = run(capsys, *save)
    assert status == 0
    assert len(json.loads(out)["positive"]) == 2
    assert run(capsys, "export", "ships", *col, "--out", str(tmp_path / "d.json"))[0] == 0
    assert run(capsys, "import", str(tmp_path / "d.json"), *col, "--name", "theirs")[0] == 0
    status, out, _ = run(capsys, "list", *col)
    assert [line.split()[0] for line in out.splitlines()[:2]] == ["machine.ships", "machine.theirs"]
    assert "no embeddings" in out
    applied = json.loads(run(capsys, "apply", "theirs", *col, "--least", "0", "--where", "year < 1505", "--json")[1])
    scores = [row["score"] for row in applied["images"]]
    assert len(scores) == 5
    assert scores == sorted(scores, reverse=True)
    assert {applied["images"][0]["image"], applied["images"][1]["image"]} == {"p01.png", "p04.png"}
    found = iconoscope.main(["search", *col, "--where", "machine.theirs >= 0", "--json", "--limit", "3"])
    assert found == 0
    assert set(json.loads(capsys.readouterr().out)["hits"][0]["machine"]) >= {"theirs"}
    assert run(capsys, "delete", "theirs", *col)[0] == 0


def test_the_command_says_what_is_wrong(folder, tmp_path, capsys):
    col = ["--collection", str(folder)]
    (tmp_path / "x.json").write_text("{}")
    for words, status, says in [
        (["save", "ships", *col, "--positive", "nowhere.png"], 2, "no image 'nowhere.png'"),
        (["save", "ships", *col, "--positive", "9" * 30], 2, "no image '999"),
        (["save", "ships", *col], 2, "no judgement"),
        (["export", "none", *col], 1, "no set 'none'"),
        (["import", str(tmp_path / "x.json"), *col], 2, "not a detector"),
        (["import", str(tmp_path / "missing.json"), *col], 2, "cannot be read"),
        (["apply", "none", *col], 1, "no field 'machine.none'"),
    ]:
        got, out, err = run(capsys, *words)
        assert (got, out) == (status, ""), words
        assert says in err
