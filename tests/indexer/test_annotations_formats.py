"""Hand-made files as other programs write them: boxes, kinds and labels come out right."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from pycocotools import mask as coco

from indexer.core.types import Regions
from indexer.regions.annotations import parse_annotations, to_regions
from indexer.regions.labels import is_described, kind_of, zone_of


def read(data: str | dict[str, Any] | list[Any], width: int, height: int) -> Regions:
    text = data if isinstance(data, str) else json.dumps(data)
    content = parse_annotations(text.encode())
    assert list(content.problems) == []
    regions, problems = to_regions(content.images[0], width, height)
    assert problems == []
    return regions


ALTO = """<?xml version="1.0"?>
<alto xmlns="{namespace}"><Description><MeasurementUnit>{unit}</MeasurementUnit>
<sourceImageInformation><fileName>C:\\scans\\p1.tif</fileName></sourceImageInformation></Description>
{tags}<Layout><Page ID="P1" PHYSICAL_IMG_NR="1" WIDTH="{width}" HEIGHT="{height}"><PrintSpace>{blocks}</PrintSpace>
</Page></Layout></alto>"""


@pytest.mark.parametrize(
    ("version", "unit", "width", "height", "factor"),
    [
        ("http://www.loc.gov/standards/alto/ns-v2#", "mm10", 1500, 2000, 0.5),
        ("http://www.loc.gov/standards/alto/ns-v3#", "inch1200", 6000, 8000, 0.125),
        ("http://www.loc.gov/standards/alto/ns-v4#", "pixel", 750, 1000, 1.0),
        ("http://schema.ccs-gmbh.com/ALTO", "mm10", 1500, 2000, 0.5),
    ],
)
def test_alto_units(version: str, unit: str, width: int, height: int, factor: float) -> None:
    block = f'<Illustration ID="i1" HPOS="{100 / factor}" VPOS="{200 / factor}" WIDTH="{300 / factor}" HEIGHT="{40 / factor}"/>'
    xml = ALTO.format(namespace=version, unit=unit, width=width, height=height, tags="", blocks=block)
    regions = read(xml, 750, 1000)
    assert regions.boxes[0] == pytest.approx([100, 200, 300, 40])
    assert list(regions.kinds) == ["illustration"]


def test_alto_blocks_tags_and_shapes() -> None:
    tags = """<Tags><OtherTag ID="T1" LABEL="DropCapitalZone" DESCRIPTION="block type"/>
    <LayoutTag ID="T2" LABEL="GraphicZone:ornamentation"/></Tags>"""
    blocks = """<TextBlock ID="a" HPOS="1" VPOS="2" WIDTH="30" HEIGHT="40"><TextLine ID="l" HPOS="1" VPOS="2" WIDTH="9"
      HEIGHT="9"><String CONTENT="word" HPOS="1" VPOS="2" WIDTH="9" HEIGHT="9"/></TextLine></TextBlock>
    <TextBlock ID="b" TAGREFS="T1" HPOS="5" VPOS="6" WIDTH="7" HEIGHT="8"/>
    <ComposedBlock ID="c" TYPE="Illustration" HPOS="50" VPOS="60" WIDTH="20" HEIGHT="10">
      <GraphicalElement ID="d" HPOS="51" VPOS="61" WIDTH="5" HEIGHT="2"/></ComposedBlock>
    <Illustration ID="e" TAGREFS="T2"><Shape><Polygon POINTS="10,70 30,70 20,90"/></Shape></Illustration>"""
    xml = ALTO.format(
        namespace="http://www.loc.gov/standards/alto/ns-v4#",
        unit="pixel",
        width=100,
        height=100,
        tags=tags,
        blocks=blocks,
    )
    regions = read(xml, 100, 100)
    assert list(regions.kinds) == ["text", "initial", "illustration", "separator", "ornament"]
    assert list(regions.labels) == ["", "DropCapitalZone", "Illustration", "", "GraphicZone:ornamentation"]
    assert regions.boxes[4].tolist() == [10, 70, 20, 20]
    triangle = coco.decode({"size": [100, 100], "counts": regions.masks[4].encode()})
    assert triangle.sum() == pytest.approx(200, rel=0.06)
    assert triangle[72, 20] == 1
    assert triangle[88, 12] == 0


def test_alto_without_page_size_in_pixels() -> None:
    block = '<Illustration ID="i1" HPOS="10" VPOS="20" WIDTH="30" HEIGHT="40"/>'
    xml = ALTO.format(namespace="x", unit="pixel", width="", height="", tags="", blocks=block)
    assert read(xml, 200, 100).boxes[0].tolist() == [10, 20, 30, 40]


PAGE = """<?xml version="1.0" encoding="UTF-8"?>
<PcGts xmlns="http://schema.primaresearch.org/PAGE/gts/pagecontent/{version}"><Metadata/>
<Page imageFilename="p1.jpg" imageWidth="200" imageHeight="100">{regions}</Page></PcGts>"""


@pytest.mark.parametrize("version", ["2013-07-15", "2016-07-15", "2017-07-15", "2018-07-15", "2019-07-15"])
def test_page_versions(version: str) -> None:
    regions = """<ImageRegion id="r1"><Coords points="10,20 40,20 40,60 10,60"/></ImageRegion>
    <TextRegion id="r2" type="drop-capital"><Coords points="50,20 60,20 60,30 50,30"/>
      <TextLine id="l"><Coords points="50,20 60,20 60,30"/></TextLine>
      <GraphicRegion id="r3" type="stamp"><Coords points="52,22 58,22 58,28"/></GraphicRegion></TextRegion>
    <TextRegion id="r4" type="paragraph" custom="readingOrder {{index:0;}} structure {{type:GraphicZone#2;}}">
      <Coords points="70,20 80,20 80,30 70,30"/></TextRegion>"""
    found = read(PAGE.format(version=version, regions=regions.replace("{{", "{").replace("}}", "}")), 200, 100)
    assert list(found.kinds) == ["illustration", "initial", "stamp", "illustration"]
    assert list(found.labels) == ["", "drop-capital", "stamp", "GraphicZone#2"]
    assert found.boxes[0].tolist() == [10, 20, 30, 40]
    assert found.masks[0] is None  # an upright rectangle is its box
    assert found.masks[2] is not None


def test_page_2010_points() -> None:
    points = '<Coords><Point x="10" y="20"/><Point x="40" y="20"/><Point x="40" y="60"/><Point x="10" y="60"/></Coords>'
    found = read(
        PAGE.format(version="2010-03-19", regions=f'<LineDrawingRegion id="r">{points}</LineDrawingRegion>'), 200, 100
    )
    assert found.boxes.tolist() == [[10, 20, 30, 40]]
    assert list(found.kinds) == ["illustration"]


def coco_file(annotation: dict[str, Any], category: str = "illustration") -> dict[str, Any]:
    return {
        "images": [{"id": 3, "file_name": "a/b.jpg", "width": 60, "height": 40}],
        "categories": [{"id": 9, "name": category}],
        "annotations": [{"id": 1, "image_id": 3, "category_id": 9, **annotation}],
    }


def test_coco_polygon_box_and_two_kinds_of_masks() -> None:
    pixels = np.zeros((40, 60), np.uint8)
    pixels[10:20, 5:25] = 1
    packed = coco.encode(np.asfortranarray(pixels))["counts"].decode()
    column_wise = pixels.ravel(order="F")
    edges = np.flatnonzero(np.diff(column_wise)) + 1
    runs = np.diff([0, *edges, column_wise.size]).tolist()
    for segmentation in ({"size": [40, 60], "counts": packed}, {"size": [40, 60], "counts": runs}):
        regions = read(coco_file({"segmentation": segmentation}), 60, 40)
        assert regions.boxes.tolist() == [[5, 10, 20, 10]]
        assert regions.masks[0] == packed
    regions = read(coco_file({"bbox": [1, 2, 3, 4]}, "DropCapitalZone"), 60, 40)
    assert (regions.boxes.tolist(), list(regions.kinds)) == ([[1, 2, 3, 4]], ["initial"])
    two = [[5, 10, 25, 10, 25, 20, 5, 20], [30, 30, 40, 30, 40, 36]]
    regions = read(coco_file({"segmentation": two, "score": 0.25}), 60, 40)
    assert regions.boxes.tolist() == [[5, 10, 35, 26]]
    mask = coco.decode({"size": [40, 60], "counts": regions.masks[0].encode()})
    assert mask[15, 15] == 1
    assert mask[32, 38] == 1
    assert mask[25, 27] == 0
    assert regions.scores.tolist() == [0.25]


def test_coco_of_another_resolution_is_scaled() -> None:
    pixels = np.zeros((40, 60), np.uint8)
    pixels[10:20, 5:25] = 1
    packed = coco.encode(np.asfortranarray(pixels))["counts"].decode()
    entry = {"bbox": [5, 10, 20, 10], "segmentation": {"size": [40, 60], "counts": packed}}
    regions = read(coco_file(entry), 600, 400)
    assert regions.boxes.tolist() == [[50, 100, 200, 100]]
    mask = coco.decode({"size": [400, 600], "counts": regions.masks[0].encode()})
    assert mask.sum() == 200 * 100
    assert mask[100:200, 50:250].all()


VIA_REGIONS = [
    {"shape_attributes": {"name": "rect", "x": 1, "y": 2, "width": 30, "height": 40}, "region_attributes": {"type": "initial"}},
    {"shape_attributes": {"name": "polygon", "all_points_x": [10, 20, 15], "all_points_y": [10, 10, 20]},
     "region_attributes": {"what": "", "label": "ship"}},
    {"shape_attributes": {"name": "circle", "cx": 50, "cy": 50, "r": 10}, "region_attributes": {"kind": {"stamp": True, "map": False}}},
    {"shape_attributes": {"name": "ellipse", "cx": 50, "cy": 50, "rx": 20, "ry": 5}, "region_attributes": {}},
]  # fmt: skip


@pytest.mark.parametrize("project", [True, False])
def test_via_2(project: bool) -> None:
    entries = {"p.jpg99": {"filename": "p.jpg", "size": 99, "regions": VIA_REGIONS, "file_attributes": {}}}
    regions = read({"_via_img_metadata": entries, "_via_settings": {}} if project else entries, 100, 100)
    assert list(regions.kinds) == ["initial", "object", "stamp", "object"]
    assert list(regions.labels) == ["initial", "ship", "stamp", ""]
    assert regions.boxes[0].tolist() == [1, 2, 30, 40]
    assert regions.boxes[1].tolist() == [10, 10, 10, 10]
    assert regions.boxes[2] == pytest.approx([40, 40, 20, 20])
    assert regions.boxes[3] == pytest.approx([30, 45, 40, 10])
    assert int(coco.area({"size": [100, 100], "counts": regions.masks[2].encode()})) == pytest.approx(314, rel=0.05)


def test_via_3() -> None:
    project = {
        "project": {"pname": "p"},
        "attribute": {"1": {"aname": "kind", "options": {"0": "illustration", "1": "initial"}}},
        "file": {"1": {"fid": 1, "fname": "p.jpg", "loc": 1, "src": ""}},
        "view": {"1": {"fid_list": [1]}},
        "metadata": {
            "1_a": {"vid": "1", "xy": [2, 10, 20, 30, 40], "av": {"1": "1"}},
            "1_b": {"vid": "1", "xy": [7, 10, 20, 40, 20, 40, 60], "av": {"1": "0"}},
            "1_c": {"vid": "1", "xy": [3, 50, 50, 10], "av": {}},
            "1_d": {"vid": "1", "xy": [], "z": [1, 2], "av": {}},
        },
    }
    regions = read(project, 100, 100)
    assert list(regions.kinds) == ["initial", "illustration", "object"]
    assert regions.boxes[0].tolist() == [10, 20, 30, 40]
    assert regions.boxes[1].tolist() == [10, 20, 30, 40]
    assert regions.boxes[2] == pytest.approx([40, 40, 20, 20])


def web(target: Any, body: Any = None) -> dict[str, Any]:
    return {
        "@context": "http://www.w3.org/ns/anno.jsonld",
        "id": "u1",
        "type": "Annotation",
        "body": body or [],
        "target": target,
    }


SVG = '<svg xmlns="http://www.w3.org/2000/svg">{}</svg>'


@pytest.mark.parametrize(
    ("target", "box"),
    [
        ("https://x.org/c1#xywh=10,20,30,40", [10, 20, 30, 40]),
        ("https://x.org/c1#xywh=percent:10,20,30,40", [20, 20, 60, 40]),
        ({"source": "https://x.org/c1", "selector": {"type": "FragmentSelector", "value": "xywh=pixel:10.5,20,30,40"}},
         [10.5, 20, 30, 40]),
        ({"source": {"id": "https://x.org/c1", "type": "Canvas", "width": 100, "height": 50},
          "selector": {"type": "FragmentSelector", "value": "xywh=5,10,15,20"}}, [10, 20, 30, 40]),
        ({"source": "https://x.org/c1",
          "selector": {"type": "SvgSelector", "value": SVG.format('<polygon points="10,20 40,20 40,60"></polygon>')}},
         [10, 20, 30, 40]),
        ({"source": "https://x.org/c1",
          "selector": [{"type": "FragmentSelector", "value": "xywh=0,0,1,1"},
                       {"type": "SvgSelector", "value": SVG.format('<path d="M10,20 l30,0 V60 H10 Z"/>')}]},
         [10, 20, 30, 40]),
        ({"source": "https://x.org/c1",
          "selector": {"type": "SvgSelector", "value": SVG.format('<rect x="10" y="20" width="30" height="40"/>')}},
         [10, 20, 30, 40]),
    ],
)  # fmt: skip
def test_web_annotation_targets(target: Any, box: list[float]) -> None:
    body = [{"type": "TextualBody", "purpose": "tagging", "value": "GraphicZone"}]
    for content in (
        web(target, body),
        [web(target, body)],
        {"type": "AnnotationPage", "items": [web(target, body)]},
        {"type": "AnnotationCollection", "first": {"type": "AnnotationPage", "items": [web(target, body)]}},
    ):
        regions = read(content, 200, 100)
        assert regions.boxes[0] == pytest.approx(box)
        assert list(regions.kinds) == ["illustration"]
        assert list(regions.labels) == ["GraphicZone"]


def test_open_annotation_of_iiif_2() -> None:
    old = {
        "@type": "sc:AnnotationList",
        "resources": [
            {"@type": "oa:Annotation", "resource": {"@type": "cnt:ContentAsText", "chars": "initial"},
             "on": {"full": "https://x.org/c1", "selector": {"@type": "oa:FragmentSelector", "value": "xywh=1,2,3,4"}}}
        ],
    }  # fmt: skip
    regions = read(old, 200, 100)
    assert regions.boxes.tolist() == [[1, 2, 3, 4]]
    assert list(regions.kinds) == ["initial"]


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        (("GraphicZone",), "illustration"), (("Graphic_Zone:Ornamentation",), "ornament"), (("graphiczone#3",), "illustration"),
        (("DropCapitalZone#1",), "initial"), (("QuireMarksZone",), "quire-mark"), (("sea monster",), "object"),
        (("sea monster", "ImageRegion"), "illustration"), ((), "object"),
    ],
)  # fmt: skip
def test_words_for_regions(words: tuple[str, ...], kind: str) -> None:
    assert kind_of(*words) == kind


def test_pictures_are_described_and_type_is_not() -> None:
    assert [k for k in ("illustration", "ornament", "initial", "object", "unheard of") if not is_described(k)] == []
    assert [k for k in ("text", "numbering", "stamp", "separator", "damage") if is_described(k)] == []
    assert zone_of("ornament") == "GraphicZone:ornamentation"
    assert zone_of("unheard of") == "CustomZone:unheard of"
