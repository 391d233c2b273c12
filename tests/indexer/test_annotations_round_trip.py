"""What is exported reads back as it was, and is valid."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from pycocotools import mask as coco

from indexer.core.errors import UsageError
from indexer.core.types import NO_ID, Regions
from indexer.regions.annotations import parse_annotations, to_regions
from indexer.regions.export import FORMATS, ExportImage, export_regions

SCHEMAS = Path(__file__).parent / "schemas"
WIDTH, HEIGHT = 400, 300


def ring_mask() -> str:
    """A ring and a speck: a hole and two parts, which no single outline can say."""
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    distance = np.hypot(x - 100, y - 120)
    pixels = ((distance < 40) & (distance > 10)) | ((abs(x - 300) < 4) & (abs(y - 250) < 4))
    return str(coco.encode(np.asfortranarray(pixels.astype(np.uint8)))["counts"].decode())


def sample() -> Regions:
    rows = [
        {"id": 5, "image_id": 1, "box": (0, 0, WIDTH, HEIGHT), "kind": "whole", "origin": "whole"},
        {"id": 6, "image_id": 1, "box": (10.3, 20.7, 100.1, 50.2), "kind": "illustration", "origin": "page",
         "parent": 5, "label": 'Ä "ship" <&> }', "score": 0.37},
        {"id": 7, "image_id": 1, "box": (55.5, 80, 90, 85), "kind": "object", "origin": "sam", "parent": 6,
         "mask": ring_mask(), "score": 0.9},
        {"id": 8, "image_id": 1, "box": (200, 10, 30, 30), "kind": "initial", "origin": "page", "parent": 5},
        {"id": 9, "image_id": 1, "box": (0, 0, 400, 300), "kind": "margin-text", "origin": "annotations", "parent": 5},
        {"id": 10, "image_id": 1, "box": (5, 5, 7, 7), "kind": "a kind of one's own", "origin": "annotations"},
    ]  # fmt: skip
    return Regions.of(rows)


IMAGE = ExportImage(1, "plates/Bücher & Blätter 12.jpg", WIDTH, HEIGHT, 12345)


def read_back(exported: str | bytes, width: int = WIDTH, height: int = HEIGHT) -> tuple[str, Regions]:
    data = exported.encode() if isinstance(exported, str) else exported
    content = parse_annotations(data)
    assert list(content.problems) == []
    assert len(content.images) == 1
    regions, problems = to_regions(content.images[0], width, height)
    assert problems == []
    return content.images[0].name, regions


@pytest.mark.parametrize("name", FORMATS)
def test_every_attribute_survives(name: str) -> None:
    regions = sample()
    image, back = read_back(export_regions([IMAGE], regions, name))
    assert image == IMAGE.name
    assert back.ids.tolist() == [6, 7, 8, 9, 10]
    assert np.array_equal(back.boxes, regions.boxes[1:])
    assert np.array_equal(back.scores, regions.scores[1:])
    assert list(back.kinds) == list(regions.kinds[1:])
    assert list(back.origins) == list(regions.origins[1:])
    assert list(back.labels) == list(regions.labels[1:])
    assert list(back.masks) == list(regions.masks[1:])
    # Region 7 is part of region 6, which now stands first; the whole image is not exported.
    assert back.parents.tolist() == [NO_ID, 0, NO_ID, NO_ID, NO_ID]


coordinate = st.floats(0, 390, width=32).filter(lambda v: v == 0 or v > 1e-3)
boxes = st.lists(
    st.tuples(coordinate, st.floats(0, 290, width=32), st.floats(1, 9, width=32), st.floats(1, 9, width=32)), max_size=6
)
# XML 1.0 cannot hold control characters, surrogates, U+FFFE and U+FFFF at all.
text = st.text(st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\ufffe\uffff"), max_size=12)


@settings(max_examples=40, deadline=None)
@given(boxes=boxes, label=text, name=st.sampled_from(FORMATS))
def test_any_boxes_and_labels_survive(boxes: list[tuple[float, ...]], label: str, name: str) -> None:
    rows = [{"id": i, "image_id": 1, "box": b, "kind": "illustration", "label": label} for i, b in enumerate(boxes)]
    regions = Regions.of(rows)
    data = export_regions([IMAGE], regions, name)
    content = parse_annotations(data.encode() if isinstance(data, str) else data)
    found = [to_regions(image, WIDTH, HEIGHT)[0] for image in content.images]
    assert sum(len(f) for f in found) == len(rows)
    for back in found:
        assert np.array_equal(back.boxes, regions.boxes)
        assert list(back.labels) == [label] * len(back)


@pytest.mark.parametrize(("name", "schema"), [("alto", "alto-4-parts.xsd"), ("page", "page-2019-parts.xsd")])
def test_xml_is_valid(name: str, schema: str) -> None:
    checker = etree.XMLSchema(etree.parse(str(SCHEMAS / schema)))
    document = etree.fromstring(export_regions([IMAGE], sample(), name).encode())  # type: ignore[union-attr]
    assert checker.validate(document), checker.error_log
    # The check itself must be able to fail.
    document[-1].set("nonsense", "1")
    assert not checker.validate(document)


def test_xml_of_an_image_without_regions_is_valid() -> None:
    for name, schema in (("alto", "alto-4-parts.xsd"), ("page", "page-2019-parts.xsd")):
        checker = etree.XMLSchema(etree.parse(str(SCHEMAS / schema)))
        document = etree.fromstring(export_regions([IMAGE], Regions.empty(), name).encode())  # type: ignore[union-attr]
        assert checker.validate(document), checker.error_log


def test_coco_loads_in_pycocotools(tmp_path: Path) -> None:
    from pycocotools.coco import COCO

    file = tmp_path / "regions.json"
    file.write_text(str(export_regions([IMAGE], sample(), "coco")), encoding="utf-8")
    loaded = COCO(str(file))
    kinds = {c["id"]: c["name"] for c in loaded.loadCats(loaded.getCatIds())}
    masks = [(kinds[a["category_id"]], int(loaded.annToMask(a).sum())) for a in loaded.loadAnns(loaded.getAnnIds())]
    assert ("object", int(coco.area({"size": [HEIGHT, WIDTH], "counts": ring_mask().encode()}))) in masks
    assert ("initial", 900) in masks
    assert loaded.loadImgs([1])[0]["file_name"] == IMAGE.name


def test_web_annotations_have_what_the_model_requires() -> None:
    for annotation in json.loads(export_regions([IMAGE], sample(), "json")):
        assert annotation["@context"] == "http://www.w3.org/ns/anno.jsonld"
        assert annotation["type"] == "Annotation"
        assert annotation["id"].startswith("urn:iconoscope:")
        assert " " not in annotation["id"] + annotation["target"]["source"]["id"]
        selectors = annotation["target"]["selector"]
        first = selectors[0] if isinstance(selectors, list) else selectors
        assert first["type"] == "FragmentSelector"
        assert first["conformsTo"] == "http://www.w3.org/TR/media-frags/"
        assert first["value"].startswith("xywh=pixel:")
    assert len({a["id"] for a in json.loads(export_regions([IMAGE], sample(), "json"))}) == 5


def test_via_project_has_the_keys_the_program_loads() -> None:
    project = json.loads(export_regions([IMAGE], sample(), "via"))
    key = f"{IMAGE.name}12345"
    assert project["_via_image_id_list"] == [key]
    entry = project["_via_img_metadata"][key]
    assert (entry["filename"], entry["size"]) == (IMAGE.name, 12345)
    assert {r["shape_attributes"]["name"] for r in entry["regions"]} == {"rect"}
    assert set(project["_via_attributes"]["region"]) == {"kind", "label", "iconoscope"}


def test_several_pages_of_xml_become_an_archive() -> None:
    images = [IMAGE, ExportImage(2, "b.jpg", 100, 100)]
    rows = [{"id": 1, "image_id": 2, "box": (1, 2, 3, 4), "kind": "initial"}]
    archive = export_regions(images, Regions.of(rows), "alto")
    assert isinstance(archive, bytes)
    with zipfile.ZipFile(io.BytesIO(archive)) as files:
        assert files.namelist() == [f"{IMAGE.name}.xml", "b.jpg.xml"]
        name, back = read_back(files.read("b.jpg.xml"), 100, 100)
    assert name == "b.jpg"
    assert back.boxes.tolist() == [[1, 2, 3, 4]]


def test_a_region_moved_in_an_editor_stays_where_it_was_put() -> None:
    content = json.loads(export_regions([IMAGE], sample(), "json"))
    content[0]["target"]["selector"]["value"] = "xywh=pixel:50,60,70,80"
    _, back = read_back(json.dumps(content))
    assert back.boxes[0].tolist() == [50, 60, 70, 80]
    assert back.kinds[0] == "illustration"


def test_unknown_format_is_refused() -> None:
    with pytest.raises(UsageError, match="coco, alto, page, json, via"):
        export_regions([IMAGE], sample(), "yolo")
