"""Files with faults: a clear message for each, the rest is read."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from indexer.core.errors import UsageError
from indexer.core.types import NO_ID, DecodedImage, SourceItem
from indexer.regions.annotations import parse_annotations, propose, read_annotations, to_regions
from indexer.regions.shapes import crosses_itself, run_lengths

SQUARE = [10, 10, 30, 10, 30, 30, 10, 30]


def coco_of(annotations: list[Any], width: Any = 100, height: Any = 80) -> bytes:
    images = [{"id": 1, "file_name": "p.png", "width": width, "height": height}]
    return json.dumps(
        {"images": images, "categories": [{"id": 1, "name": "illustration"}], "annotations": annotations}
    ).encode()


def one(**fields: Any) -> dict[str, Any]:
    return {"id": 7, "image_id": 1, "category_id": 1, **fields}


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        (one(bbox=[1, 2, "wide", 4]), "could not convert"),
        (one(bbox=[1, 2, float("nan"), 4]), "finite"),
        (one(), "neither bbox nor segmentation"),
        ({"id": 7, "category_id": 1, "bbox": [1, 2, 3, 4]}, "'image_id' is missing"),
        (one(bbox=[1, 2, 3, 4], image_id=99), "image 99 is not in the file"),
        (one(segmentation=[[1, 2, 3, 4]]), "three corners"),
        (one(segmentation=[[1, 2, 3, 4, 5]]), "three corners"),
        (one(segmentation={"size": [10, 10], "counts": [100]}), "size [10, 10] on an image of 100 × 80"),
        (one(segmentation={"size": [80, 100], "counts": [5, 5]}), "runs"),
        (one(segmentation={"size": [80, 100], "counts": "abc"}), "mask"),
        (one(segmentation={"size": [80, 100], "counts": "\u00e9\u00e9"}), "no run lengths"),
        ("not an object", "indices"),
        (None, "not subscriptable"),
    ],
)
def test_a_faulty_annotation_is_named_and_the_rest_is_read(entry: Any, message: str) -> None:
    content = parse_annotations(coco_of([one(bbox=[1, 1, 5, 5]), entry, one(bbox=[2, 2, 5, 5])]))
    assert len(content.problems) == 1
    assert message in str(content.problems[0])
    regions, problems = to_regions(content.images[0], 100, 80)
    assert problems == []
    assert regions.boxes.tolist() == [[1, 1, 5, 5], [2, 2, 5, 5]]


@pytest.mark.parametrize(
    ("box", "kept", "message"),
    [
        ([-5, -5, 20, 20], [0, 0, 15, 15], "reaches beyond the image; clipped"),
        ([90, 70, 50, 50], [90, 70, 10, 10], "reaches beyond the image; clipped"),
        ([200, 10, 20, 20], None, "outside the image of 100 × 80"),
        ([-50, 10, 20, 20], None, "outside the image of 100 × 80"),
        ([10, 10, 0, 20], None, "empty box"),
        ([10, 10, -4, 20], None, "empty box"),
        ([1e30, 1e30, 1e30, 1e30], None, "outside"),
        ([0.0, 0.0, 100.4, 80.4], [0, 0, 100, 80], None),
    ],
)
def test_boxes_at_and_beyond_the_edge(box: list[float], kept: list[float] | None, message: str | None) -> None:
    regions, problems = to_regions(parse_annotations(coco_of([one(bbox=box)])).images[0], 100, 80)
    assert regions.boxes.tolist() == ([] if kept is None else [kept])
    assert [message in str(p) for p in problems] == ([] if message is None else [True])


def test_an_outline_that_crosses_itself_leaves_its_box() -> None:
    bow = [10, 10, 30, 30, 30, 10, 10, 30]
    regions, problems = to_regions(parse_annotations(coco_of([one(segmentation=[bow])])).images[0], 100, 80)
    assert regions.boxes.tolist() == [[10, 10, 20, 20]]
    assert regions.masks[0] is None
    assert "crosses itself" in str(problems[0])


@pytest.mark.parametrize(
    ("corners", "crosses"),
    [
        ([(0, 0), (4, 4), (4, 0), (0, 4)], True), ([(0, 0), (4, 0), (4, 4), (0, 4)], False),
        ([(0, 0), (4, 0), (4, 4), (0, 4), (0, 0)], False), ([(0, 0), (4, 0), (2, 4)], False),
        ([(0, 0), (6, 0), (6, 4), (3, -2), (0, 4)], True), ([(0, 0), (6, 0), (6, 4), (3, 1), (0, 4)], False),
    ],
)  # fmt: skip
def test_crossing(corners: list[tuple[float, float]], crosses: bool) -> None:
    assert crosses_itself(np.array(corners, float)) is crosses


def test_a_large_smooth_outline_is_tested_quickly() -> None:
    angles = np.linspace(0, 2 * np.pi, 20000, endpoint=False)
    ring = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    start = time.perf_counter()
    assert crosses_itself(ring) is False
    assert time.perf_counter() - start < 1


def test_a_file_for_a_picture_of_another_shape_is_refused() -> None:
    regions, problems = to_regions(parse_annotations(coco_of([one(bbox=[1, 1, 5, 5])])).images[0], 80, 100)
    assert len(regions) == 0
    assert "100 × 80 pixels, this one has 80 × 100 and another aspect" in str(problems[0])


def test_alto_in_millimetres_without_page_size_cannot_be_placed() -> None:
    xml = b"""<alto><Description><MeasurementUnit>mm10</MeasurementUnit></Description><Layout><Page ID="p" PHYSICAL_IMG_NR="1">
    <PrintSpace><Illustration ID="i" HPOS="1" VPOS="1" WIDTH="9" HEIGHT="9"/></PrintSpace></Page></Layout></alto>"""
    regions, problems = to_regions(parse_annotations(xml).images[0], 100, 80)
    assert len(regions) == 0
    assert "units cannot be converted" in str(problems[0])


def test_faulty_blocks_of_xml_are_named() -> None:
    alto = b"""<alto><Layout><Page ID="p" PHYSICAL_IMG_NR="1" WIDTH="100" HEIGHT="80"><PrintSpace>
    <Illustration ID="bad" HPOS="x" VPOS="1" WIDTH="9" HEIGHT="9"/><Illustration ID="worse"/>
    <Illustration ID="good" HPOS="1" VPOS="1" WIDTH="9" HEIGHT="9"/></PrintSpace></Page></Layout></alto>"""
    content = parse_annotations(alto)
    assert [str(p).split(":")[0].split()[-1] for p in content.problems] == ["bad", "worse"]
    assert [m.key for m in content.images[0].marks] == ["good"]
    page = b"""<PcGts><Page imageFilename="p" imageWidth="100" imageHeight="80"><ImageRegion id="bad"/>
    <ImageRegion id="worse"><Coords points="1,1 2"/></ImageRegion>
    <ImageRegion id="good"><Coords points="1,1 9,1 9,9 1,9"/></ImageRegion></Page></PcGts>"""
    content = parse_annotations(page)
    assert [str(p).split(":")[0].split()[-1] for p in content.problems] == ["bad", "worse"]
    assert [m.key for m in content.images[0].marks] == ["good"]


LAUGHS = b"""<?xml version="1.0"?><!DOCTYPE alto [<!ENTITY a "ha">%s]><alto>&z;</alto>"""
BOMB = LAUGHS % b"".join(b'<!ENTITY %c "%s">' % (98 + i, b"&%c;" % (97 + i) * 10) for i in range(25))


@pytest.mark.parametrize(
    "data",
    [
        BOMB,
        b'<?xml version="1.0"?><!DOCTYPE alto [<!ENTITY x SYSTEM "file:///etc/passwd">]><alto>&x;</alto>',
        b"<alto>" * 100_000,
        b"<alto><Layout>",
        b"<html><body/></html>",
        b"<",
        b"",
        b"{}",
        b"[1, 2]",
        b'"text"',
        b"[" * 100_000,
        b"\xff\xfe\x00garbage",
        b'{"images": [], "else": 1}',
    ],
)
def test_what_is_no_annotation_file_is_refused_quickly(data: bytes) -> None:
    start = time.perf_counter()
    with pytest.raises(UsageError):
        parse_annotations(data, "evil")
    assert time.perf_counter() - start < 2


def test_external_entities_are_not_read(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("SECRET")
    xml = f'<!DOCTYPE alto [<!ENTITY x SYSTEM "{secret.as_uri()}">]><alto><Description><MeasurementUnit>&x;</MeasurementUnit></Description></alto>'
    with pytest.raises(UsageError, match="declares entities") as raised:
        parse_annotations(xml.encode())
    assert "SECRET" not in str(raised.value)


def test_a_hundred_thousand_annotations() -> None:
    rng = np.random.default_rng(0)
    corners = rng.integers(0, 900, (100_000, 2)).tolist()
    rows = [
        {"id": i, "image_id": i % 50, "category_id": 1, "segmentation": [[x, y, x + 50, y, x + 60, y + 40, x, y + 45]]}
        for i, (x, y) in enumerate(corners)
    ]
    images = [{"id": i, "file_name": f"{i}.png", "width": 1000, "height": 1000} for i in range(50)]
    data = json.dumps({"images": images, "categories": [{"id": 1, "name": "map"}], "annotations": rows}).encode()
    start = time.process_time()
    content = parse_annotations(data)
    assert sum(len(image.marks) for image in content.images) == 100_000
    assert content.problems == []
    regions, problems = to_regions(content.images[7], 1000, 1000)
    assert (len(regions), problems) == (2000, [])
    assert set(regions.kinds) == {"map"}
    assert time.process_time() - start < 20


@pytest.mark.parametrize("counts", ["abc", "0", "PPP", "é", "1", "o"])
def test_run_lengths_of_nonsense_never_crash(counts: str) -> None:
    try:
        runs = run_lengths(counts)
    except ValueError:
        return
    assert all(run >= 0 for run in runs)


def test_a_missing_file() -> None:
    with pytest.raises(UsageError, match=r"nowhere\.xml"):
        read_annotations(Path("nowhere.xml"))


def picture(tmp_path: Path, name: str = "p.png") -> tuple[DecodedImage, SourceItem]:
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"")
    return DecodedImage(np.zeros((80, 100, 3), np.uint8), 200, 160), SourceItem(name, path)


def test_the_proposer_finds_files_beside_the_image(tmp_path: Path) -> None:
    decoded, item = picture(tmp_path, "book/p.png")
    assert len(propose(decoded, item)) == 0
    assert len(propose(decoded, None)) == 0
    (tmp_path / "book.coco.json").write_bytes(
        coco_of([one(bbox=[10, 10, 20, 20])]).replace(b"p.png", b"book/p.png")
    )  # two folders up would not be looked at
    regions = propose(decoded, item)
    assert regions.boxes.tolist() == [[20, 20, 40, 40]]
    assert (list(regions.origins), regions.parents.tolist()) == (["annotations"], [NO_ID])
    alto = tmp_path / "book" / "alto" / "p.xml"
    alto.parent.mkdir()
    alto.write_text(
        '<alto><Layout><Page ID="p" PHYSICAL_IMG_NR="1" WIDTH="100" HEIGHT="80"><PrintSpace>'
        '<TextBlock ID="t" HPOS="0" VPOS="0" WIDTH="50" HEIGHT="50"/>'
        '<Illustration ID="i" HPOS="1" VPOS="2" WIDTH="3" HEIGHT="4"/></PrintSpace></Page></Layout></alto>'
    )
    assert propose(decoded, item).boxes.tolist() == [[2, 4, 6, 8]]  # the nearer file wins, type is left out


def test_the_proposer_logs_problems(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    decoded, item = picture(tmp_path)
    (tmp_path / "p.xml").write_text("<alto>")
    assert len(propose(decoded, item)) == 0
    assert "p.xml is not well-formed XML" in caplog.text
    (tmp_path / "p.xml").unlink()
    (tmp_path / "p.json").write_bytes(coco_of([one(bbox=[500, 10, 20, 20]), one(bbox=[1, 1, 9, 9])]))
    assert len(propose(decoded, item)) == 1
    assert "outside the image" in caplog.text


def test_the_catalogue_may_name_the_file(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    decoded, item = picture(tmp_path)
    (tmp_path / "regions").mkdir()
    (tmp_path / "regions" / "x.json").write_bytes(coco_of([one(bbox=[1, 1, 9, 9])]))
    item = SourceItem(item.name, item.path, fields={"annotations": "regions/x.json"})
    assert propose(decoded, item).boxes.tolist() == [[2, 2, 18, 18]]
    missing = SourceItem(item.name, item.path, fields={"annotations": "regions/y.json"})
    assert len(propose(decoded, missing)) == 0
    assert "regions/y.json is missing" in caplog.text
