"""PAGE XML, 2013 to 2019: regions of a page as polygons in pixels."""

from __future__ import annotations

import json
import re
from typing import Any

from indexer.core.geometry import box_corners
from indexer.core.types import Array
from indexer.regions.annotations_model import (
    AnnotationFile,
    Mark,
    MarkedImage,
    Problem,
    mask_outline,
    number,
    pack_extras,
    unpack_extras,
)
from indexer.regions.annotations_xml import local
from indexer.regions.labels import kind_of, zone_of
from indexer.regions.shapes import box_of, is_box, ring_from_numbers, ring_from_text

NAMESPACE = "http://schema.primaresearch.org/PAGE/gts/pagecontent/2019-07-15"
ELEMENTS = {
    "illustration": "ImageRegion", "ornament": "GraphicRegion", "initial": "GraphicRegion", "map": "MapRegion",
    "chart": "ChartRegion", "music": "MusicRegion", "table": "TableRegion", "separator": "SeparatorRegion",
    "damage": "NoiseRegion", "stamp": "GraphicRegion", "seal": "GraphicRegion", "text": "TextRegion",
    "title-page": "TextRegion", "margin-text": "TextRegion", "running-title": "TextRegion", "numbering": "TextRegion",
    "quire-mark": "TextRegion",
}  # fmt: skip
"""Element for each kind; CustomRegion for the others."""
GRAPHIC_TYPES = {"ornament": "decoration", "initial": "decoration", "stamp": "stamp", "seal": "stamp"}
TEXT_TYPES = {
    "text": "paragraph", "title-page": "heading", "margin-text": "marginalia", "running-title": "header",
    "numbering": "page-number", "quire-mark": "signature-mark",
}  # fmt: skip
# Values that both the schema and other programs know; decoration and page-number serve for several kinds, which the
# `custom` attribute tells apart.
EXTRAS = re.compile(r"iconoscope\s*(\{.*\})", re.DOTALL)
STRUCTURE = re.compile(r"structure\s*\{\s*type\s*:\s*([^;}]+)")
"""Where Transkribus and eScriptorium put their region types, in `custom`."""


def read_page(root: Any) -> AnnotationFile:
    """Regions of a PAGE file at every level of nesting; lines and words are not read."""
    problems: list[Problem] = []
    images = [_read_image(page, problems) for page in root.iter() if local(page) == "Page"]
    return AnnotationFile("page", images, problems)


def _read_image(page: Any, problems: list[Problem]) -> MarkedImage:
    name = page.get("imageFilename", "")
    sizes = []
    for key in ("imageWidth", "imageHeight"):
        try:
            sizes.append(number(page.get(key)))
        except ValueError:
            problems.append(Problem(name, f"{key} is {page.get(key)!r}, not a number; taken from the image"))
            sizes.append(0.0)
    marks = []
    for region in page.iter():
        if local(region).endswith("Region"):
            try:
                marks.append(_read_region(region))
            except ValueError as error:
                problems.append(Problem(f"{name} {region.get('id', local(region))}", f"{error}; left out"))
    return MarkedImage(name, sizes[0], sizes[1], marks)


def _read_region(region: Any) -> Mark:
    coords = next((child for child in region if local(child) == "Coords"), None)
    if coords is None:
        raise ValueError("a region without Coords")
    if coords.get("points") is not None:
        ring = ring_from_text(coords.get("points"))
    else:
        # PAGE 2010 and some 2013 files list Point elements.
        values = [number(p.get(key)) for p in coords if local(p) == "Point" for key in ("x", "y")]
        ring = ring_from_numbers(values)
    custom, key = region.get("custom", ""), region.get("id", "")
    found = EXTRAS.search(custom)
    mark = unpack_extras(found.group(1), box_of([ring]), key) if found else None
    if mark is not None:
        return mark
    structure = STRUCTURE.search(custom)
    words = [structure.group(1).strip() if structure else "", region.get("type", "")]
    label = next((w for w in words if w), "")
    kind = kind_of(*(w for w in [*words, local(region)] if w))
    return Mark(box_of([ring]), kind, label, rings=() if is_box([ring]) else (ring,), key=key)


def write_page(image: MarkedImage, created: str) -> bytes:
    """One image as PAGE 2019.

    Args:
        image: Marks in pixels.
        created: UTC time, `2026-01-31T12:00:00`.
    """
    from lxml import etree

    root = etree.Element(f"{{{NAMESPACE}}}PcGts", nsmap={None: NAMESPACE})
    metadata = etree.SubElement(root, f"{{{NAMESPACE}}}Metadata")
    for name, text in (("Creator", "Iconoscope"), ("Created", created), ("LastChange", created)):
        etree.SubElement(metadata, f"{{{NAMESPACE}}}{name}").text = text
    size = {"imageWidth": str(round(image.width)), "imageHeight": str(round(image.height))}
    page = etree.SubElement(root, f"{{{NAMESPACE}}}Page", imageFilename=image.name, **size)
    for i, mark in enumerate(image.marks):
        _write_region(page, i, mark, image)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True))


def _write_region(page: Any, i: int, mark: Mark, image: MarkedImage) -> None:
    from lxml import etree

    name = ELEMENTS.get(mark.kind, "CustomRegion")
    corners = _corners(mark, image)
    extras = json.dumps(pack_extras(mark, box_of([corners])), ensure_ascii=False)
    custom = f"structure {{type:{zone_of(mark.kind)};}} iconoscope {extras}"
    attributes = {"id": f"region{i}", "custom": custom}
    kind_type = {"GraphicRegion": GRAPHIC_TYPES, "TextRegion": TEXT_TYPES}.get(name, {}).get(mark.kind)
    if kind_type or name == "CustomRegion":
        attributes["type"] = kind_type or mark.kind
    region = etree.SubElement(page, f"{{{NAMESPACE}}}{name}", attributes)
    # The schema allows whole, non-negative numbers only; the exact box is in `custom`.
    points = " ".join(f"{max(round(px), 0)},{max(round(py), 0)}" for px, py in corners.tolist())
    etree.SubElement(region, f"{{{NAMESPACE}}}Coords", points=points)


def _corners(mark: Mark, image: MarkedImage) -> Array:
    """The outline of a mark's mask, else the corners of its box."""
    outline = mask_outline(mark, image)
    return box_corners(mark.box) if outline is None else outline
