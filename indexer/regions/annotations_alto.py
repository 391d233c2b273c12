"""ALTO, versions 2 to 4: blocks of a page in pixels, tenths of a millimetre or 1/1200 inch."""

from __future__ import annotations

import json
from typing import Any

from indexer.regions.annotations_model import (
    AnnotationFile,
    Box,
    Mark,
    MarkedImage,
    Problem,
    exact,
    mask_outline,
    number,
    pack_extras,
    unpack_extras,
)
from indexer.regions.annotations_xml import local
from indexer.regions.labels import kind_of, vocabulary, zone_of
from indexer.regions.shapes import box_of, is_box, ring_from_numbers, ring_from_text

BLOCKS = frozenset({"Illustration", "GraphicalElement", "ComposedBlock", "TextBlock"})
UNITS = frozenset({"pixel", "mm10", "inch1200"})
NAMESPACE = "http://www.loc.gov/standards/alto/ns-v4#"
EXTRAS = "iconoscope"
"""Type of the tags that hold what ALTO has no place for."""


def read_alto(root: Any) -> AnnotationFile:
    """Blocks of an ALTO file; lines and words are not read."""
    problems: list[Problem] = []
    texts = {local(e): (e.text or "").strip() for e in root.iter() if local(e) in ("MeasurementUnit", "fileName")}
    unit = texts.get("MeasurementUnit", "pixel") or "pixel"
    if unit not in UNITS:
        problems.append(
            Problem("MeasurementUnit", f"'{unit}' is unknown; taken for a unit relative to the page's size")
        )
    tags = {e.get("ID"): e for e in root.iter() if local(e).endswith("Tag") and e.get("ID")}
    pages = [e for e in root.iter() if local(e) == "Page"]
    images = []
    for i, page in enumerate(pages):
        name = texts.get("fileName", "") + (f"#page={i + 1}" if len(pages) > 1 else "")
        images.append(_read_page(page, name, unit == "pixel", tags, problems))
    return AnnotationFile("alto", images, problems)


def _read_page(page: Any, name: str, pixels: bool, tags: dict[str, Any], problems: list[Problem]) -> MarkedImage:
    width, height = (_size(page, key) for key in ("WIDTH", "HEIGHT"))
    marks = []
    for block in page.iter():
        if local(block) in BLOCKS:
            try:
                marks.append(_read_block(block, tags))
            except ValueError as error:
                problems.append(Problem(f"{name} {block.get('ID', local(block))}", f"{error}; left out"))
    return MarkedImage(name, width, height, marks, pixels)


def _size(page: Any, key: str) -> float:
    try:
        return max(number(page.get(key)), 0.0)
    except ValueError:
        return 0.0


def _read_block(block: Any, tags: dict[str, Any]) -> Mark:
    ring = next((r for child in block if local(child) == "Shape" for r in _shape(child)), None)
    keys = ("HPOS", "VPOS", "WIDTH", "HEIGHT")
    if ring is not None and any(block.get(key) is None for key in keys):
        box: Box = box_of([ring])
    else:
        x, y, w, h = (_required(block, key) for key in keys)
        box = (x, y, w, h)
    key = block.get("ID", "")
    own = [tags[ref] for ref in block.get("TAGREFS", "").split() if ref in tags]
    for tag in own:
        if tag.get("TYPE") == EXTRAS:
            mark = unpack_extras(tag.get("DESCRIPTION", ""), box, key)
            if mark is not None:
                return mark
    words = [tag.get("LABEL") or tag.get("TYPE") or "" for tag in own]
    kind_words = [*words, block.get("TYPE", ""), local(block)]
    label = next((w for w in [*words, block.get("TYPE", "")] if w), "")
    rings = () if ring is None or is_box([ring]) else (ring,)
    return Mark(box, kind_of(*(w for w in kind_words if w)), label, rings=rings, key=key)


def _required(block: Any, key: str) -> float:
    try:
        return number(block.get(key))
    except ValueError:
        raise ValueError(f"{key} is {block.get(key)!r}, not a number") from None


def _shape(shape: Any) -> list[Any]:
    """The polygon of a Shape; circles and ellipses as sixteen corners."""
    import numpy as np

    for child in shape:
        if local(child) == "Polygon":
            return [ring_from_text(child.get("POINTS", ""))]
        if local(child) in ("Circle", "Ellipse"):
            across = number(child.get("RADIUS") or child.get("HLENGTH"))
            down = number(child.get("RADIUS") or child.get("VLENGTH"))
            angles = np.linspace(0, 2 * np.pi, 16, endpoint=False)
            x = number(child.get("HPOS")) + across * np.cos(angles)
            y = number(child.get("VPOS")) + down * np.sin(angles)
            return [ring_from_numbers(np.stack([x, y], axis=1).ravel())]
    return []


def write_alto(image: MarkedImage) -> bytes:
    """One image as ALTO 4.4: pictures as Illustration, type as TextBlock, SegmOnto zones as tags."""
    from lxml import etree

    root = etree.Element(f"{{{NAMESPACE}}}alto", nsmap={None: NAMESPACE}, SCHEMAVERSION="4.4")
    description = etree.SubElement(root, f"{{{NAMESPACE}}}Description")
    etree.SubElement(description, f"{{{NAMESPACE}}}MeasurementUnit").text = "pixel"
    source = etree.SubElement(description, f"{{{NAMESPACE}}}sourceImageInformation")
    etree.SubElement(source, f"{{{NAMESPACE}}}fileName").text = image.name
    if image.marks:
        tags = etree.SubElement(root, f"{{{NAMESPACE}}}Tags")
    layout = etree.SubElement(root, f"{{{NAMESPACE}}}Layout")
    size = {"WIDTH": exact(image.width), "HEIGHT": exact(image.height)}
    page = etree.SubElement(layout, f"{{{NAMESPACE}}}Page", ID="page1", PHYSICAL_IMG_NR="1", **size)
    space = etree.SubElement(page, f"{{{NAMESPACE}}}PrintSpace", HPOS="0", VPOS="0", **size)
    for i, mark in enumerate(image.marks):
        etree.SubElement(tags, f"{{{NAMESPACE}}}LayoutTag", ID=f"zone{i}", TYPE="SegmOnto", LABEL=zone_of(mark.kind))
        extras = json.dumps(pack_extras(mark), ensure_ascii=False)
        etree.SubElement(
            tags,
            f"{{{NAMESPACE}}}OtherTag",
            ID=f"extras{i}",
            TYPE=EXTRAS,
            LABEL=mark.label or mark.kind,
            DESCRIPTION=extras,
        )
        _write_block(space, i, mark, image)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True))


def _write_block(space: Any, i: int, mark: Mark, image: MarkedImage) -> None:
    from lxml import etree

    x, y, w, h = mark.box
    name = "TextBlock" if _is_type(mark.kind) else "Illustration"
    attributes = {"ID": f"block{i}", "TAGREFS": f"zone{i} extras{i}", "HPOS": exact(x), "VPOS": exact(y)}
    attributes |= {"WIDTH": exact(w), "HEIGHT": exact(h)}
    if name == "Illustration":
        attributes["TYPE"] = mark.kind
    block = etree.SubElement(space, f"{{{NAMESPACE}}}{name}", attributes)
    outline = mask_outline(mark, image)
    if outline is not None:
        shape = etree.SubElement(block, f"{{{NAMESPACE}}}Shape")
        points = " ".join(f"{exact(px)},{exact(py)}" for px, py in outline)
        etree.SubElement(shape, f"{{{NAMESPACE}}}Polygon", POINTS=points)


def _is_type(kind: str) -> bool:
    zone = vocabulary().zones.get(kind, "")
    return zone in (
        "MainZone",
        "TitlePageZone",
        "MarginTextZone",
        "RunningTitleZone",
        "NumberingZone",
        "QuireMarksZone",
    )
