"""Images, thumbnails, files, regions, export, and the IIIF service."""

import io
import json
import zipfile

import numpy as np
import pytest
from PIL import Image


def opened(response) -> Image.Image:
    """The picture of an answer."""
    assert response.status_code == 200, response.text
    return Image.open(io.BytesIO(response.content))


def colour(picture: Image.Image, x: float, y: float) -> tuple[int, ...]:
    """Rounded colour at a share of width and height."""
    pixel = picture.convert("RGB").getpixel((int(x * (picture.width - 1)), int(y * (picture.height - 1))))
    return tuple(round(v / 100) for v in pixel)


RED, BLUE = (2, 0, 0), (0, 0, 2)


def test_image_tells_fields_origin_size_and_siblings(client, nasty):
    body = client.get("/api/images/15").json()
    assert body["image"] == nasty
    assert body["fields"] == {"title": "<b>x</b>", "year": 1650}
    assert body["origins"] == {"title": "catalogue", "year": "catalogue"}
    assert (body["width"], body["height"], body["regions"], body["whole"]) == (60, 40, 1, 102)
    assert body["original"] is True
    assert [s["image_id"] for s in body["siblings"]["images"]] == [15, 20, 31]
    assert body["siblings"]["place"] == 0
    assert client.get("/api/images/31").json()["original"] is False


def test_unknown_images_are_not_found(client):
    for path in (
        "/api/images/99",
        "/api/images/99/thumbnail",
        "/api/images/99/file",
        "/api/images/99/regions",
        "/iiif/shop~99/info.json",
    ):
        answer = client.get(path)
        assert answer.status_code == 404, path
        assert answer.json()["error"]["hint"]
    assert client.get("/api/images/xyz").status_code == 422
    assert client.get("/api/images/12?collection=other").status_code == 404


def test_thumbnail_is_cached_by_tag_and_for_good_when_versioned(client):
    first = client.get("/api/images/12/thumbnail")
    assert first.headers["content-type"] == "image/webp"
    assert "immutable" not in first.headers["cache-control"]
    again = client.get("/api/images/12/thumbnail", headers={"if-none-match": f"W/{first.headers['etag']}"})
    assert again.status_code == 304
    assert not again.content
    assert "immutable" in client.get("/api/images/12/thumbnail?v=7").headers["cache-control"]


def test_thumbnail_of_a_box_comes_from_the_original(client):
    answer = client.get("/api/images/20/thumbnail?box=400,100,100,50")
    assert answer.headers["x-iconoscope-source"] == "original"
    assert opened(answer).size == (100, 50)
    assert colour(opened(answer), 0.5, 0.5) == BLUE


@pytest.mark.parametrize(
    ("query", "word"), [("box=1,2,3", "box"), ("box=900,900,5,5", "outside"), ("size=5", "16"), ("size=99999", "2048")]
)
def test_thumbnail_refuses_nonsense(client, query, word):
    answer = client.get(f"/api/images/20/thumbnail?{query}")
    assert answer.status_code == 400
    assert word in answer.json()["error"]["message"]


def test_file_is_the_original_or_something_browsers_show(client):
    assert client.get("/api/images/12/file").headers["content-type"] == "image/png"
    jpeg = client.get("/api/images/15/file")
    assert jpeg.headers["content-type"] == "image/jpeg"
    assert "<" not in jpeg.headers["content-disposition"]
    converted = client.get("/api/images/20/file")
    assert converted.headers["content-type"] == "image/jpeg"
    assert opened(converted).size == (600, 400)


def test_without_the_original_the_thumbnail_serves_and_says_so(client):
    answer = client.get("/api/images/31/file")
    assert answer.headers["x-iconoscope-source"] == "thumbnail"
    assert colour(opened(answer), 0.1, 0.5) == RED
    part = client.get("/iiif/shop~31/30,0,30,40/max/0/default.png")
    assert part.headers["x-iconoscope-source"] == "thumbnail"
    assert opened(part).size == (30, 40)
    assert colour(opened(part), 0.5, 0.5) == BLUE


def test_a_file_that_vanishes_or_breaks_while_serving_falls_back(client, engine):
    engine.snapshot.paths[12].write_bytes(b"broken")
    answer = client.get("/iiif/shop~12/full/max/0/default.jpg")
    assert answer.headers["x-iconoscope-source"] == "thumbnail"
    assert opened(answer).size == (60, 40)


def test_regions_and_region(client):
    rows = client.get("/api/images/12/regions").json()["regions"]
    assert [(r["region_id"], r["kind"], r["parent"]) for r in rows] == [(100, "whole", None), (101, "ornament", 100)]
    one = client.get("/api/regions/101").json()
    assert (one["image_id"], one["box"], one["image"]) == (12, [5, 6, 20, 10], "a.png")
    assert client.get("/api/regions/5").status_code == 404
    assert client.get("/api/regions/20").json()["image"] == "scans/c.tif"


def test_leafing_filters_pages_and_shuffles(client):
    body = client.get("/api/images?limit=3").json()
    assert [h["image_id"] for h in body["hits"]] == [12, 15, 20]
    assert body["total"] == 4
    assert [h["image_id"] for h in client.get("/api/images?offset=3&limit=3").json()["hits"]] == [31]
    assert [h["image_id"] for h in client.get("/api/images?where=year%20%3C%201655").json()["hits"]] == [12, 15]
    shuffled = [
        [h["image_id"] for h in client.get(f"/api/images?shuffle={seed}").json()["hits"]] for seed in (3, 3, 5, 6, 7)
    ]
    assert shuffled[0] == shuffled[1]
    assert len({tuple(s) for s in shuffled}) > 1
    assert all(sorted(s) == [12, 15, 20, 31] for s in shuffled)
    assert client.get("/api/images?limit=5000").status_code == 400
    assert client.get("/api/images?where=colour").json()["error"]["code"] == "filter"


@pytest.mark.parametrize(
    ("address", "size", "left", "right"),
    [
        ("full/max/0/default.jpg", (600, 400), RED, BLUE),
        ("full/300,/0/default.png", (300, 200), RED, BLUE),
        ("full/,100/0/default.webp", (150, 100), RED, BLUE),
        ("full/pct:50/0/color.jpg", (300, 200), RED, BLUE),
        ("full/!100,100/0/default.jpg", (100, 67), RED, BLUE),
        ("full/90,90/0/default.jpg", (90, 90), RED, BLUE),
        ("square/100,/0/default.jpg", (100, 100), RED, BLUE),
        ("0,0,200,100/max/0/default.jpg", (200, 100), RED, RED),
        ("pct:50,0,50,50/max/0/default.jpg", (300, 200), BLUE, BLUE),
        ("500,300,900,900/max/0/default.jpg", (100, 100), BLUE, BLUE),
        ("0,0,10,10/^40,/0/default.png", (40, 40), RED, RED),
        ("full/max/180/default.jpg", (600, 400), BLUE, RED),
        ("full/max/!0/default.jpg", (600, 400), BLUE, RED),
        ("full/300,/90/default.jpg", (200, 300), None, None),
    ],
)
def test_iiif_makes_what_is_asked(client, address, size, left, right):
    picture = opened(client.get(f"/iiif/shop~20/{address}"))
    assert picture.size == size
    if left:
        assert (colour(picture, 0.1, 0.5), colour(picture, 0.9, 0.5)) == (left, right)
    else:  # a quarter turn clockwise: left becomes top
        assert (colour(picture, 0.5, 0.1), colour(picture, 0.5, 0.9)) == (RED, BLUE)


@pytest.mark.parametrize(
    "address",
    [
        "600,0,10,10/max/0/default.jpg",
        "0,0,0,10/max/0/default.jpg",
        "a,b,c,d/max/0/default.jpg",
        "full/700,/0/default.jpg",
        "full/0,0/0/default.jpg",
        "full/max/45/default.jpg",
        "full/max/0/sepia.jpg",
        "full/max/0/default.gif",
        "full/^9000,/0/default.jpg",
        "full/pct:0/0/default.jpg",
        "-5,0,10,10/max/0/default.jpg",
        "full/nan,/0/default.jpg",
    ],
)
def test_iiif_refuses_nonsense(client, address):
    answer = client.get(f"/iiif/shop~20/{address}")
    assert answer.status_code == 400, answer.text
    assert answer.json()["error"]["message"]


def test_iiif_describes_itself(client):
    answer = client.get("/iiif/shop~20/info.json")
    body = answer.json()
    assert (body["width"], body["height"], body["profile"]) == (600, 400, "level2")
    assert body["id"].endswith("/iiif/shop~20")
    assert answer.headers["access-control-allow-origin"] == "*"
    assert client.get("/iiif/20/info.json").json()["width"] == 600
    assert client.get("/iiif/shop~20", follow_redirects=False).headers["location"].endswith("/iiif/shop~20/info.json")


def test_iiif_tiles_together_are_the_picture(client, engine):
    """What OpenSeadragon asks for: the tiles of one level, put together, give the whole."""
    pixels = np.random.default_rng(5).integers(0, 255, (400, 600, 3), np.uint8)
    path = engine.snapshot.folder / "noise.png"
    Image.fromarray(pixels).save(path)
    engine.snapshot.paths[20] = path
    whole = np.zeros_like(pixels)
    for y in (0, 256):
        for x in (0, 256, 512):
            tile = np.asarray(
                opened(client.get(f"/iiif/shop~20/{x},{y},{min(256, 600 - x)},{min(256, 400 - y)}/max/0/default.png"))
            )
            whole[y : y + tile.shape[0], x : x + tile.shape[1]] = tile
    assert np.array_equal(whole, pixels)


def test_iiif_serves_uploads(client, make_picture):
    kept = client.post("/api/uploads", files={"file": ("x.png", make_picture(80, 50))}).json()
    assert client.get(f"/iiif/u~{kept['upload']}/info.json").json()["width"] == 80
    assert colour(opened(client.get(f"/iiif/u~{kept['upload']}/40,0,40,50/max/0/default.jpg")), 0.5, 0.5) == BLUE


@pytest.mark.parametrize(
    "identifier", ["..%2F..%2Fetc", "shop~..", "shop~1e3", "shop~-1", "~12x", "other~12", "u~..%2Fa"]
)
def test_iiif_identifiers_name_nothing_else(client, identifier):
    answer = client.get(f"/iiif/{identifier}/info.json")
    assert answer.status_code in (400, 404), answer.text


def test_export_is_a_zip_of_crops_with_their_records(client, nasty):
    body = {"crops": [{"image_id": 15, "box": [30, 0, 30, 40]}, {"image_id": 31}]}
    answer = client.post("/api/export/crops", json=body)
    assert answer.headers["content-type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        names = archive.namelist()
        listing = json.loads(archive.read("crops.json"))
        first = Image.open(io.BytesIO(archive.read(names[0])))
    assert first.size == (30, 40)
    assert colour(first, 0.5, 0.5) == BLUE
    assert listing[0]["image"] == nasty
    assert listing[0]["fields"]["year"] == 1650
    assert all(not set(name) & set("<>\"/\\'&") for name in names)
    assert client.post("/api/export/crops", json={"crops": [{"image_id": 99}]}).status_code == 404
    assert (
        client.post("/api/export/crops", json={"crops": [{"image_id": 15, "box": [900, 0, 5, 5]}]}).status_code == 400
    )
