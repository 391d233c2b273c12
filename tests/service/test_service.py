"""The service as a whole: errors, headers, several collections, documentation, limits of its parts."""

import re

import numpy as np
import pytest
from fastapi.testclient import TestClient

from indexer.core.errors import CollectionError
from search.app import create_app
from search.images import Made, PictureService
from search.routes.engines import Shelf
from search.routes.listing import round_steps
from search.routes.pages import STATIC
from search.routes.settings import ServiceSettings
from search.routes.uploads import UploadStore


def test_every_answer_carries_the_policy(client):
    for path in ("/", "/api/health", "/nothing", "/static/js/main.js", "/api/images/99"):
        headers = client.get(path).headers
        policy = headers["content-security-policy"]
        assert "script-src 'self';" in policy, path
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"
    refused = client.post("/api/search", content=b"x" * 30_000)
    assert refused.status_code == 413
    assert "content-security-policy" in refused.headers


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nothing", 404, "not_found"),
        ("GET", "/api/search", 405, "method"),
        ("GET", "/static/none.js", 404, "not_found"),
    ],
)
def test_framework_errors_have_our_shape(client, method, path, status, code):
    answer = client.request(method, path)
    assert answer.status_code == status
    assert answer.json()["error"]["code"] == code


def test_documentation_needs_no_other_server(client):
    page = client.get("/docs").text
    assert not re.findall(r"https?://", page)
    for path in re.findall(r'(?:src|href)="([^"]+)"', page):
        assert client.get(path).status_code == 200, path
    paths = client.get("/openapi.json").json()["paths"]
    wanted = [
        "/api/search",
        "/api/search/upload",
        "/api/images/{image_id}",
        "/api/images/{image_id}/thumbnail",
        "/api/images/{image_id}/file",
    ]
    wanted += ["/api/images/{image_id}/regions", "/api/facets", "/api/info", "/api/health", "/api/feedback"]
    assert not set(wanted) - set(paths)


def test_the_page_and_everything_it_names_is_there(client):
    page = client.get("/").text
    names = re.findall(r'(?:src|href)="(/[^"]+)"', page)
    assert len(names) > 6
    for path in names:
        assert client.get(path).status_code == 200, path
    assert client.get("/static/js/main.js").headers["cache-control"] == "no-cache"


def test_modules_import_only_what_exists():
    for module in (STATIC / "js").glob("*.js"):
        for name in re.findall(r'from "(\./[^"]+)"', module.read_text()):
            assert (module.parent / name).is_file(), f"{module.name}: {name}"


def test_answers_are_compressed(client):
    answer = client.get("/openapi.json", headers={"accept-encoding": "gzip"})
    assert answer.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in client.get("/api/images/12/file").headers


def test_info_tells_nothing_of_the_disk(client, engine):
    body = client.get("/api/info")
    assert str(engine.snapshot.folder) not in body.text
    assert body.json()["collection"] == "shop"
    assert body.json()["sources"] == [{"kind": "folder", "location": "scans"}]


def test_facets_of_a_query(client, engine):
    told = client.post("/api/facets", json={"text": ["ship"], "where": "year > 1"}).json()
    assert (told["total"], told["collection"]) == (2, "shop")
    assert [t.text for t in engine.asked[-1].texts] == ["ship"]
    assert engine.asked[-1].where == "year > 1"
    assert client.post("/api/facets", content="text=ship").status_code in (400, 415, 422)


def test_facets_and_histogram(client):
    assert client.get("/api/facets?where=year>1").json()["where"] == "year>1"
    body = client.get("/api/histogram?field=year&bins=8&where=year<1655").json()
    assert (body["start"], body["step"]) == (1642.0, 5.0) or body["step"] in (2.0, 5.0)
    assert sum(body["all"]) == 3
    assert sum(body["counts"]) == 2
    assert client.get("/api/histogram?field=title").status_code == 400
    assert client.get("/api/histogram?field=none").status_code == 404
    assert client.get("/api/histogram?field=year&bins=0").status_code == 400


def test_a_histogram_of_what_a_query_finds(client, engine):
    whole = client.get("/api/histogram?field=year&bins=8").json()
    body = client.post("/api/histogram?field=year&bins=8", json={"text": ["ship"]}).json()
    assert [t.text for t in engine.asked[-1].texts] == ["ship"]
    assert (body["all"], body["start"], body["step"]) == (whole["all"], whole["start"], whole["step"])
    assert sum(body["counts"]) == 1
    assert client.post("/api/histogram?field=none", json={"text": ["ship"]}).status_code == 404


@pytest.mark.parametrize(
    ("low", "high", "bins"),
    [(1501, 1878, 32), (0, 1, 10), (5, 5, 8), (-3.5, 2e6, 40), (1600, 1601, 32), (0.001, 0.002, 5)],
)
def test_histogram_steps_are_round_and_cover_everything(low, high, bins):
    step, start, count = round_steps(low, high, bins)
    mantissa = step / 10 ** np.floor(np.log10(step) + 1e-9)
    assert min(abs(mantissa - m) for m in (1, 2, 5)) < 1e-6
    assert start <= low
    assert start + step * count > high * (1 - 1e-12)
    assert count <= bins + 2


def test_several_collections_with_the_first_as_default(engine, tmp_path):
    other = type(engine)(tmp_path / "other")
    other.snapshot.generation = 99
    with TestClient(create_app(ServiceSettings(), {"one": engine, "two": other})) as client:
        body = client.get("/api/collections").json()
        assert body["default"] == "one"
        assert [(c["name"], c["generation"], c["images"]) for c in body["collections"]] == [
            ("one", 7, 4),
            ("two", 99, 4),
        ]
        assert client.post("/api/search", json={"text": ["x"]}).json()["collection"] == "one"
        assert client.post("/api/search?collection=two", json={"text": ["x"]}).json()["generation"] == 99
        assert len(engine.asked) == len(other.asked) == 1


def test_a_collection_that_breaks_is_told_and_the_others_live(engine, tmp_path):
    class Broken(type(engine)):
        @property
        def snapshot(self):
            raise CollectionError("The collection is damaged.", "Index it again.")

        @snapshot.setter
        def snapshot(self, value):
            pass

    with TestClient(create_app(ServiceSettings(), {"good": engine, "bad": Broken(tmp_path)})) as client:
        rows = client.get("/api/collections").json()["collections"]
        assert rows[0]["images"] == 4
        assert rows[1]["error"]["hint"] == "Index it again."
        health = client.get("/api/health")
        assert health.status_code == 503
        assert health.json()["status"] == "failing"
        assert client.get("/api/info").status_code == 200


def test_maps_are_served_from_inside_their_folder_and_as_data_only(client, engine):
    assert client.get("/map/shop/data/manifest.json").status_code == 404
    folder = engine.snapshot.folder / "maps" / "m1"
    (folder / "data").mkdir(parents=True)
    (folder / "data" / "manifest.json").write_text("{}")
    for name in ("index.html", "viewer.js", "x.svg"):
        (folder / name).write_text("<script>evil()</script>")
    (engine.snapshot.folder / "secret.json").write_text("secret")
    assert client.get("/map/shop/data/manifest.json").text == "{}"
    assert client.get("/api/collections").json()["collections"][0]["map"] is True
    assert client.get("/map/shop", follow_redirects=False).headers["location"] == "/?view=map&c=shop"
    for path in (
        "../../secret.json",
        "..%2F..%2Fsecret.json",
        "%2e%2e/%2e%2e/secret.json",
        "/etc/passwd",
        "index.html",
        "viewer.js",
        "x.svg",
    ):
        answer = client.get(f"/map/shop/{path}")
        assert answer.status_code == 404, path
        assert not {"secret", "evil()"} & set(answer.text.split())


def test_a_service_needs_a_collection():
    with pytest.raises(ValueError, match="at least one"):
        Shelf({})


def test_upload_store_keeps_to_its_room(make_picture):
    store = UploadStore(room=1000, max_pixels=10**7)
    pictures = [make_picture(200 + n, 100, "BMP") for n in range(3)]
    kept = [store.add(data) for data in pictures]
    assert kept[0].id != kept[1].id
    assert not kept[0].path.exists()
    assert store.read(kept[2].id) == pictures[2]
    assert store.add(pictures[2]).id == kept[2].id
    store.close()
    assert not kept[2].path.exists()


def test_picture_cache_keeps_to_its_room():
    service = PictureService(ServiceSettings().decode, cache_bytes=100)
    for n in range(5):
        service._keep((str(n), None), Made(b"x" * 40, True, ""))
    assert [key[0] for key in service._cache] == ["3", "4"]
    assert service._used == 80
