"""W3C Web Annotations: pages, collections or lists of annotations on parts of images (IIIF canvases too)."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote, unquote

from indexer.core.types import Array
from indexer.regions.annotations_model import (
    AnnotationFile,
    Box,
    Mark,
    MarkedImage,
    Problem,
    exact,
    mask_outline,
    pack_extras,
    unpack_extras,
)
from indexer.regions.labels import kind_of, zone_of
from indexer.regions.shapes import box_of, is_box, ring_from_text

CONTEXT = "http://www.w3.org/ns/anno.jsonld"
EXTRAS = "iconoscope"
FRAGMENT = re.compile(r"xywh=(pixel:|percent:)?([-+0-9.eE,]+)")
POINTS = re.compile(r"<(?:\w+:)?(?:polygon|polyline)\b[^>]*\bpoints=[\"']([^\"']*)[\"']")
RECT = re.compile(r"<(?:\w+:)?rect\b([^>]*)>")
PATH = re.compile(r"<(?:\w+:)?path\b[^>]*\bd=[\"']([^\"']*)[\"']")


def read_w3c(content: Any) -> AnnotationFile:
    """Annotations of a page, collection, list or single annotation, grouped by image."""
    problems: list[Problem] = []
    marks: dict[tuple[str, bool], list[Mark]] = defaultdict(list)
    sizes: dict[str, tuple[float, float]] = {}
    for position, annotation in enumerate(_annotations(content)):
        key = str(annotation.get("id") or annotation.get("@id") or f"annotation {position}")
        try:
            name, rings, box, percent, size = _target(annotation)
            marks[name, percent].append(_read_mark(annotation, rings, box, key))
            if size:
                sizes[name] = size
        except (ValueError, TypeError, KeyError, AttributeError, IndexError) as error:
            reason = f"{error} is missing" if isinstance(error, KeyError) else str(error)
            problems.append(Problem(key, f"{reason}; left out"))
    images = []
    for (name, percent), found in marks.items():
        # Percentages are marks on an image of 100 × 100, which is not one of pixels.
        width, height = (100.0, 100.0) if percent else sizes.get(name, (0.0, 0.0))
        images.append(MarkedImage(name, width, height, found, pixels=not percent))
    return AnnotationFile("w3c", images, problems)


def _annotations(content: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(content, list):
        for part in content:
            yield from _annotations(part)
    elif isinstance(content, Mapping):
        inner = [content[k] for k in ("items", "first", "resources", "annotations") if k in content]
        if "target" in content or "on" in content:
            yield content
        for part in inner:
            yield from _annotations(part)


def _target(
    annotation: Mapping[str, Any],
) -> tuple[str, tuple[Array, ...], Box | None, bool, tuple[float, float] | None]:
    """Image, outlines, box, whether in percent, and size of the image if given."""
    target = annotation.get("target", annotation.get("on"))
    if isinstance(target, list):
        target = target[0]
    if isinstance(target, str):
        name, _, fragment = target.partition("#")
        box, percent = _fragment(fragment)
        return unquote(name), (), box, percent, None
    source = target.get("source", target.get("full", ""))
    size = None
    if isinstance(source, Mapping):
        if source.get("width") and source.get("height"):
            size = (float(source["width"]), float(source["height"]))
        source = source.get("id") or source.get("@id") or ""
    name, _, fragment = str(source).partition("#")
    selectors = target.get("selector", {})
    for selector in _flat(selectors):
        kind = selector.get("type", selector.get("@type", ""))
        value = str(selector.get("value", selector.get("chars", "")))
        if kind in ("SvgSelector", "oa:SvgSelector"):
            rings = _svg_rings(value)
            return unquote(name), () if is_box(rings) else rings, box_of(rings), False, size
        if "xywh=" in value:
            box, percent = _fragment(value)
            return unquote(name), (), box, percent, size
    if fragment:
        box, percent = _fragment(fragment)
        return unquote(name), (), box, percent, size
    raise ValueError("a target without a box or outline")


def _flat(selectors: Any) -> list[Mapping[str, Any]]:
    """Selectors one by one; outlines before boxes, since they say more."""
    found: list[Mapping[str, Any]] = []
    for selector in selectors if isinstance(selectors, list) else [selectors]:
        if isinstance(selector, Mapping):
            found.append(selector)
            for key in ("default", "item", "refinedBy"):
                found += _flat(selector.get(key, []))
    return sorted(found, key=lambda s: "Svg" not in str(s.get("type", s.get("@type", ""))))


def _fragment(text: str) -> tuple[Box, bool]:
    found = FRAGMENT.search(unquote(text))
    if not found:
        raise ValueError("a target without xywh")
    values = [float(v) for v in found.group(2).split(",")]
    x, y, w, h = values
    return (x, y, w, h), found.group(1) == "percent:"


def _svg_rings(svg: str) -> tuple[Array, ...]:
    """Outlines of polygons, rectangles and straight paths (M, L, H, V, Z) in an SVG text."""
    rings = [ring_from_text(points) for points in POINTS.findall(svg)]
    for attributes in RECT.findall(svg):
        values = dict(re.findall(r"([\w-]+)=[\"']([^\"']*)[\"']", attributes))
        x, y, w, h = (float(values.get(k, 0)) for k in ("x", "y", "width", "height"))
        rings.append(ring_from_text(f"{x},{y} {x + w},{y} {x + w},{y + h} {x},{y + h}"))
    for path in PATH.findall(svg):
        rings += [ring_from_text(part) for part in _path_parts(path)]
    if not rings:
        raise ValueError("an SVG outline without polygon, rectangle or straight path")
    return tuple(rings)


def _path_parts(path: str) -> list[str]:
    """The closed parts of a path as points; curves are taken by their end points."""
    parts: list[list[str]] = []
    x = y = 0.0
    for command, body in re.findall(r"([MmLlHhVvZzCcQqSsTt])([^A-Za-z]*)", path):
        numbers = [float(v) for v in re.findall(r"[-+]?(?:\d*\.\d+|\d+\.?)(?:[eE][-+]?\d+)?", body)]
        step = {"C": 6, "Q": 4, "S": 4, "H": 1, "V": 1}.get(command.upper(), 2)
        relative = command.islower()
        for i in range(0, len(numbers) - step + 1, step):
            last = numbers[i : i + step][-2:]
            dx, dy = (last[0], None) if command in "Hh" else (None, last[-1]) if command in "Vv" else last
            x = x if dx is None else dx + (x if relative else 0)
            y = y if dy is None else dy + (y if relative else 0)
            if command in "Mm" and i == 0:
                parts.append([])
            if parts:
                parts[-1].append(f"{x},{y}")
    return [" ".join(part) for part in parts if len(part) >= 3]


def _read_mark(annotation: Mapping[str, Any], rings: tuple[Array, ...], box: Box | None, key: str) -> Mark:
    if box is None:
        raise ValueError("a target without a box")
    bodies = annotation.get("body", annotation.get("resource", []))
    words = [w for w in (_word(b) for b in (bodies if isinstance(bodies, list) else [bodies])) if w]
    mark = unpack_extras(annotation.get(EXTRAS), box, key)
    if mark is not None:
        return mark
    return Mark(box, kind_of(*words) if words else "object", words[0] if words else "", rings=rings, key=key)


def _word(body: Any) -> str:
    if isinstance(body, Mapping):
        source = body.get("source")
        text = body.get("value") or body.get("chars") or body.get("label") or ""
        return str(text or (source.get("label", "") if isinstance(source, Mapping) else ""))
    return str(body or "")


def write_w3c(images: Sequence[MarkedImage]) -> list[dict[str, Any]]:
    """Regions as a list of Web Annotations; the source of a target is the image's name, percent-encoded."""
    return [_annotation(image, mark, i) for image in images for i, mark in enumerate(image.marks)]


def _annotation(image: MarkedImage, mark: Mark, position: int) -> dict[str, Any]:
    x, y, w, h = mark.box
    source = quote(image.name)
    outline = mask_outline(mark, image)
    drawn: Box | None = None
    fragment = f"xywh=pixel:{exact(x)},{exact(y)},{exact(w)},{exact(h)}"
    selector: Any = {"type": "FragmentSelector", "conformsTo": "http://www.w3.org/TR/media-frags/", "value": fragment}
    if outline is not None:
        points = " ".join(f"{exact(px)},{exact(py)}" for px, py in outline)
        svg = f'<svg xmlns="http://www.w3.org/2000/svg"><polygon points="{points}"/></svg>'
        drawn, selector = box_of([outline]), [selector, {"type": "SvgSelector", "value": svg}]
    bodies = [{"type": "TextualBody", "purpose": "classifying", "value": zone_of(mark.kind)}]
    if mark.label:
        bodies.insert(0, {"type": "TextualBody", "purpose": "tagging", "value": mark.label})
    return {
        "@context": CONTEXT,
        "id": f"urn:iconoscope:{source}:{mark.region_id if mark.region_id >= 0 else position}",
        "type": "Annotation",
        "motivation": "classifying",
        "body": bodies,
        "target": {
            "source": {"id": source, "type": "Image", "width": round(image.width), "height": round(image.height)},
            "selector": selector,
        },
        EXTRAS: pack_extras(mark, drawn),
    }
