"""POST /api/search, /api/search/upload, /api/uploads, /api/feedback."""

import json
import threading
import time

import pytest

from search.query import Query


def said(response) -> dict:
    """The error of an answer, whose shape is checked."""
    body = response.json()
    assert set(body) == {"error"}
    assert set(body["error"]) == {"code", "message", "hint"}
    assert body["error"]["message"]
    return body["error"]


def test_search_passes_the_query_on_and_answers_with_the_contract(client, engine):
    body = {
        "id": "q",
        "text": ["a ship"],
        "not_text": ["a map"],
        "like": ["a.png:1,2,3,4"],
        "where": "year < 1700",
        "limit": 5,
    }
    answer = client.post("/api/search", json=body)
    assert answer.status_code == 200
    assert engine.asked == [Query.from_json(body)]
    assert answer.json()["hits"][0]["image_id"] == 12
    assert answer.json()["collection"] == "shop"
    assert answer.json()["generation"] == 7
    assert answer.headers["cache-control"] == "no-store"


def test_search_runs_beside_the_event_loop(client, engine):
    main = threading.get_ident()
    client.post("/api/search", json={"text": ["x"]})
    assert engine.threads
    assert main not in engine.threads


def test_stored_pictures_are_named_by_id_too(client, engine):
    client.post("/api/search", json={"like": [{"image_id": 12, "box": [1, 2, 3, 4]}]})
    assert engine.asked == [Query.from_json({"like": [{"image_id": 12, "box": [1, 2, 3, 4]}]})]


@pytest.mark.parametrize(
    ("body", "status", "word"),
    [
        ({}, 400, "empty"),
        ({"text": ["a"], "colour": "red"}, 400, "colour"),
        ({"text": ["a"], "mode": "magic"}, 400, "magic"),
        ({"text": ["a"], "limit": 0}, 422, "limit"),
        ({"text": ["a"], "limit": 20_000}, 400, "10,000"),
        ({"text": "x" * 5}, 422, "text"),
        ({"images": [{"path": "/etc/passwd"}]}, 422, "path"),
        ({"images": [{"upload": 0, "path": "/etc/passwd"}]}, 422, "path"),
        ({"images": [{"upload": "../../etc/passwd"}]}, 404, "no longer"),
        ({"like": [{"image_id": 1, "box": [1, 2, 3]}]}, 422, "box"),
        ({"text": ["word " * 2_000]}, 413, "2,000 words"),
        ({"text": ["a"] * 65}, 413, "65 terms"),
    ],
)
def test_nonsense_is_refused_with_what_to_do(client, engine, body, status, word):
    answer = client.post("/api/search", json=body)
    assert answer.status_code == status
    error = said(answer)
    assert word in error["message"]
    assert error["hint"]
    assert not engine.asked


def test_a_body_that_is_not_json_is_refused(client):
    assert client.post("/api/search", content=b"{", headers={"content-type": "application/json"}).status_code == 422
    plain = client.post("/api/search", content=b'{"text": ["a"]}', headers={"content-type": "text/plain"})
    assert plain.status_code in (400, 422)
    said(plain)


def test_a_body_over_the_limit_is_refused_whether_declared_or_not(client, engine):
    big = json.dumps({"text": ["a" * 30_000]}).encode()
    declared = client.post("/api/search", content=big, headers={"content-type": "application/json"})
    assert declared.status_code == 413
    assert "20 kB" in said(declared)["message"]
    chunked = client.post(
        "/api/search", content=iter([big[:15_000], big[15_000:]]), headers={"content-type": "application/json"}
    )
    assert chunked.status_code == 413
    assert not engine.asked


def test_upload_reaches_the_engine_under_the_name_the_query_uses(client, make_picture):
    data = make_picture()
    query = {"images": [{"upload": 0, "box": [1, 2, 30, 20]}, {"upload": "second.png"}]}
    files = [("files", ("first.png", data)), ("files", ("second.png", make_picture(70)))]
    answer = client.post("/api/search/upload", data={"query": json.dumps(query)}, files=files)
    assert answer.status_code == 200, answer.text
    assert answer.json()["notes"] == [f"uploads: 0={len(data)}, second.png={len(make_picture(70))}"]


def test_upload_without_references_means_all_files(client, engine, make_picture):
    client.post("/api/search/upload", data={"query": '{"limit": 3}'}, files=[("files", ("x.png", make_picture()))])
    assert engine.asked == [Query.from_json({"images": [{"upload": 0}], "limit": 3})]


@pytest.mark.parametrize(
    ("query", "status", "word"),
    [
        ("{", 400, "JSON"),
        ("[1]", 400, "query"),
        ('{"images": [{"upload": 4}]}', 404, "no longer"),
        ("[" * 9000, 400, "JSON"),
    ],
)
def test_upload_with_a_wrong_query(client, make_picture, query, status, word):
    answer = client.post("/api/search/upload", data={"query": query}, files=[("files", ("x.png", make_picture()))])
    assert answer.status_code == status
    assert word in said(answer)["message"]


@pytest.mark.parametrize("data", [b"", b"not a picture", b"%PDF-1.4", b"<svg xmlns='http://www.w3.org/2000/svg'/>"])
def test_upload_that_is_no_picture(client, engine, data):
    answer = client.post("/api/search/upload", data={"query": "{}"}, files=[("files", ("x.png", data))])
    assert answer.status_code == 400
    assert "picture" in said(answer)["message"]
    assert not engine.asked


def test_decompression_bomb_is_refused_from_its_header(client, engine, make_picture):
    answer = client.post(
        "/api/search/upload", data={"query": "{}"}, files=[("files", ("x.png", make_picture(1200, 1000)))]
    )
    assert answer.status_code == 413
    assert "million pixels" in said(answer)["message"]
    assert not engine.asked


def test_upload_over_the_size_limit(client, engine):
    answer = client.post("/api/search/upload", data={"query": "{}"}, files=[("files", ("x.png", b"x" * 300_000))])
    assert answer.status_code == 413
    assert said(answer)["code"] == "too_large"


def test_kept_uploads_are_searched_by_id(client, engine, make_picture):
    data = make_picture(exif=6, suffix="JPEG")
    kept = client.post("/api/uploads", files={"file": ("x.jpg", data)}).json()
    assert (kept["width"], kept["height"]) == (40, 60)
    answer = client.post("/api/search", json={"images": [{"upload": kept["upload"], "box": [0, 0, 20, 20]}]})
    assert answer.json()["notes"] == [f"uploads: {kept['upload']}={len(data)}"]
    picture = client.get(f"/api/uploads/{kept['upload']}/thumbnail")
    assert picture.headers["content-type"] == "image/webp"
    assert client.get(f"/api/uploads/{kept['upload']}").json()["width"] == 40
    assert client.get("/api/uploads/deadbeef").status_code == 404


def test_feedback_passes_judgements_on(client, engine):
    body = {"positive": [100, 102], "negative": [101], "query": {"text": ["a ship"]}, "limit": 9}
    assert client.post("/api/feedback", json=body).status_code == 200
    assert engine.asked == [([100, 102], [101], Query.from_json({"text": ["a ship"]}), 9)]


@pytest.mark.parametrize("body", [{}, {"positive": []}, {"positive": ["x"]}, {"positive": [1], "odd": 1}])
def test_feedback_without_sense_is_refused(client, engine, body):
    answer = client.post("/api/feedback", json=body)
    assert answer.status_code in (400, 422)
    said(answer)
    assert not engine.asked


def test_a_full_queue_answers_busy_and_recovers(client, engine):
    engine.hold = threading.Event()
    answers: list[int] = []
    threads = [
        threading.Thread(target=lambda: answers.append(client.post("/api/search", json={"text": ["x"]}).status_code))
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    deadline = time.monotonic() + 5
    while client.get("/api/health").json()["searches"] < 2 and time.monotonic() < deadline:
        time.sleep(0.01)
    refused = client.post("/api/search", json={"text": ["x"]})
    assert refused.status_code == 503
    assert refused.headers["retry-after"] == "2"
    assert said(refused)["code"] == "busy"
    engine.hold.set()
    for thread in threads:
        thread.join()
    assert answers == [200, 200]
    engine.hold = None
    assert client.post("/api/search", json={"text": ["x"]}).status_code == 200


def test_a_fault_is_told_without_its_traceback(client, engine, caplog):
    engine.fail = RuntimeError("secret detail")
    answer = client.post("/api/search", json={"text": ["x"]})
    assert answer.status_code == 500
    error = said(answer)
    assert "secret" not in answer.text
    assert error["code"] == "internal"
    reference = error["hint"].split()[-1].rstrip(".")
    assert any(reference in record.getMessage() for record in caplog.records)


def test_foreign_pages_may_not_write(client, engine):
    answer = client.post("/api/search", json={"text": ["x"]}, headers={"sec-fetch-site": "cross-site"})
    assert answer.status_code == 403
    said(answer)
    assert not engine.asked
