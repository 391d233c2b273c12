"""VGG Image Annotator, versions 2 and 3: regions of many images in one JSON file."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from indexer.core.types import Array
from indexer.regions.annotations_model import (
    AnnotationFile,
    Box,
    Mark,
    MarkedImage,
    Problem,
    number,
    pack_extras,
    unpack_extras,
)
from indexer.regions.labels import kind_of
from indexer.regions.shapes import box_of, is_box, ring_from_numbers

EXTRAS = "iconoscope"
WORDS = ("label", "type", "class", "kind", "category", "name", "region")
"""Attributes that usually hold what a region is, the first found wins; otherwise the first attribute with a value."""
# Shapes of VIA 3 (`xy[0]`), from its source: point, rectangle, circle, ellipse, line, polyline, polygon, extreme
# rectangle, extreme circle.
POINT, RECTANGLE, CIRCLE, ELLIPSE, LINE, POLYLINE, POLYGON, EXTREME_RECTANGLE = 1, 2, 3, 4, 5, 6, 7, 8


def read_via(content: Mapping[str, Any]) -> AnnotationFile:
    """Regions of a VIA 2 project, VIA 2 annotations, or VIA 3 project."""
    if "metadata" in content and "view" in content:
        return _read_3(content)
    entries = content.get("_via_img_metadata", content)
    problems: list[Problem] = []
    images = []
    for key, entry in entries.items():
        if not isinstance(entry, Mapping) or "filename" not in entry:
            continue
        regions = entry.get("regions") or []
        # VIA 1 kept regions in an object with running numbers.
        rows = list(regions.values()) if isinstance(regions, Mapping) else regions
        marks = []
        for i, region in enumerate(rows):
            try:
                marks.append(_read_region(region, f"{key} {i}"))
            except (ValueError, TypeError, KeyError, AttributeError) as error:
                problems.append(Problem(f"{entry['filename']} region {i}", f"{_reason(error)}; left out"))
        images.append(MarkedImage(str(entry["filename"]), 0.0, 0.0, marks))
    return AnnotationFile("via", images, problems)


def _reason(error: Exception) -> str:
    return f"{error} is missing" if isinstance(error, KeyError) else str(error)


def _read_region(region: Mapping[str, Any], key: str) -> Mark:
    shape = region["shape_attributes"]
    name = shape["name"]
    if name == "rect":
        box: Box = tuple(number(shape[k]) for k in ("x", "y", "width", "height"))  # type: ignore[assignment]
        return _mark(box, (), region.get("region_attributes"), key)
    if name in ("polygon", "polyline"):
        points = np.stack([shape["all_points_x"], shape["all_points_y"]], axis=1)
        ring = ring_from_numbers(points.ravel())
    elif name in ("circle", "ellipse"):
        across, down = (number(shape.get(k, shape.get("r"))) for k in ("rx", "ry"))
        ring = _oval(number(shape["cx"]), number(shape["cy"]), across, down, number(shape.get("theta", 0)))
    else:
        raise ValueError(f"a {name} has no area")
    return _mark(box_of([ring]), (ring,), region.get("region_attributes"), key)


def _oval(x: float, y: float, across: float, down: float, turn: float = 0.0) -> Array:
    """An ellipse as 32 corners."""
    t = np.linspace(0, 2 * np.pi, 32, endpoint=False)
    u, v = across * np.cos(t), down * np.sin(t)
    return np.stack([x + u * np.cos(turn) - v * np.sin(turn), y + u * np.sin(turn) + v * np.cos(turn)], axis=1)


def _mark(box: Box, rings: tuple[Array, ...], attributes: Any, key: str) -> Mark:
    attributes = attributes if isinstance(attributes, Mapping) else {}
    mark = unpack_extras(attributes.get(EXTRAS), box, key)
    if mark is not None:
        return mark
    named = {str(k).casefold(): v for k, v in attributes.items()}
    values = [named[word] for word in WORDS if named.get(word)] or [v for v in attributes.values() if v]
    label = _label(values[0]) if values else ""
    return Mark(box, kind_of(label) if label else "object", label, rings=() if is_box(rings) else rings, key=key)


def _label(value: Any) -> str:
    """A text, or the ticked boxes of a checkbox attribute."""
    if isinstance(value, Mapping):
        return ", ".join(str(k) for k, ticked in value.items() if ticked)
    return str(value)


def _read_3(content: Mapping[str, Any]) -> AnnotationFile:
    """VIA 3: `metadata` entries point to views, views to files; option texts stand in `attribute`."""
    problems: list[Problem] = []
    files = {str(k): v for k, v in (content.get("file") or {}).items()}
    views = {str(k): v for k, v in (content.get("view") or {}).items()}
    options = {str(k): v.get("options") or {} for k, v in (content.get("attribute") or {}).items()}
    marks: dict[str, list[Mark]] = {str(view): [] for view in views}
    for key, entry in (content.get("metadata") or {}).items():
        try:
            if not entry.get("xy"):
                continue
            marks[str(entry["vid"])].append(_read_3_region(entry, options, str(key)))
        except (ValueError, TypeError, KeyError, AttributeError, IndexError) as error:
            problems.append(Problem(f"metadata {key}", f"{_reason(error)}; left out"))
    by_name: dict[str, list[Mark]] = defaultdict(list)
    for view, found in marks.items():
        for fid in views[view].get("fid_list", []):
            by_name[_file_name(files.get(str(fid), {}))] += found
    return AnnotationFile("via", [MarkedImage(name, 0.0, 0.0, m) for name, m in by_name.items()], problems)


def _file_name(entry: Mapping[str, Any]) -> str:
    return str(entry.get("src") or entry.get("fname") or "") if entry.get("loc") == 2 else str(entry.get("fname", ""))


def _read_3_region(entry: Mapping[str, Any], options: Mapping[str, Any], key: str) -> Mark:
    shape, *values = (number(v) for v in entry["xy"])
    attributes = {}
    for attribute, value in (entry.get("av") or {}).items():
        attributes[attribute] = options.get(str(attribute), {}).get(str(value), value)
    if shape == RECTANGLE:
        x, y, w, h = values
        return _mark((x, y, w, h), (), attributes, key)
    if shape in (POLYGON, POLYLINE, EXTREME_RECTANGLE):
        ring = ring_from_numbers(values)
        return _mark(box_of([ring]), (ring,) if shape != EXTREME_RECTANGLE else (), attributes, key)
    if shape in (CIRCLE, ELLIPSE):
        ring = _oval(values[0], values[1], values[2], values[3] if len(values) > 3 else values[2])
        return _mark(box_of([ring]), (ring,), attributes, key)
    raise ValueError(f"shape {shape:.0f} has no area")


def write_via(images: Sequence[MarkedImage], sizes: Sequence[int]) -> dict[str, Any]:
    """Images as a VIA 2 project that the program opens.

    Args:
        images: Marks in pixels.
        sizes: Bytes of each image file, -1 where unknown (VIA's own key is name and size).
    """
    import json

    metadata: dict[str, Any] = {}
    for image, size in zip(images, sizes, strict=True):
        regions = []
        for mark in image.marks:
            x, y, w, h = mark.box
            attributes = {"kind": mark.kind, "label": mark.label, EXTRAS: json.dumps(pack_extras(mark))}
            shape = {"name": "rect", "x": x, "y": y, "width": w, "height": h}
            regions.append({"shape_attributes": shape, "region_attributes": attributes})
        entry = {"filename": image.name, "size": size, "regions": regions, "file_attributes": {}}
        metadata[f"{image.name}{size}"] = entry
    text = {"type": "text", "description": "", "default_value": ""}
    return {
        "_via_settings": {"project": {"name": "Iconoscope regions"}, "core": {"filepath": {}, "default_filepath": ""}},
        "_via_img_metadata": metadata,
        "_via_attributes": {"region": {"kind": text, "label": text, EXTRAS: text}, "file": {}},
        "_via_data_format_version": "2.0.10",
        "_via_image_id_list": list(metadata),
    }
