"""COCO: boxes, polygons and run-length masks of many images in one JSON file."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

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
from indexer.regions.shapes import box_of, counts_from_runs, is_box, mask_pixels, ring_from_numbers

EXTRAS = "iconoscope"


def read_coco(content: Mapping[str, Any]) -> AnnotationFile:
    """Annotations of a COCO file, grouped by image."""
    problems: list[Problem] = []
    categories = {c.get("id"): str(c.get("name", "")) for c in _mappings(content.get("categories"))}
    images = {}
    for entry in _mappings(content.get("images")):
        try:
            size = (max(number(entry.get("width", 0)), 0.0), max(number(entry.get("height", 0)), 0.0))
        except ValueError as error:
            problems.append(Problem(f"image {entry.get('id')}", f"size: {error}; taken from the image"))
            size = (0.0, 0.0)
        images[entry.get("id")] = (str(entry.get("file_name", "")), *size)
    marks: dict[Any, list[Mark]] = defaultdict(list)
    for position, entry in enumerate(content.get("annotations") or ()):
        where = f"annotation {entry.get('id', position) if isinstance(entry, Mapping) else position}"
        try:
            image_id = entry["image_id"]
            if image_id not in images:
                raise ValueError(f"image {image_id} is not in the file")
            marks[image_id].append(_read_annotation(entry, categories, images[image_id]))
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            reason = f"{error} is missing" if isinstance(error, KeyError) else str(error)
            problems.append(Problem(where, f"{reason}; left out"))
    read = [MarkedImage(name, w, h, marks.get(i, [])) for i, (name, w, h) in images.items()]
    return AnnotationFile("coco", read, problems)


def _mappings(value: Any) -> list[Mapping[str, Any]]:
    return [v for v in value if isinstance(v, Mapping)] if isinstance(value, list) else []


def _read_annotation(entry: Mapping[str, Any], categories: Mapping[Any, str], image: tuple[str, float, float]) -> Mark:
    _, width, height = image
    rings, mask = _segmentation(entry.get("segmentation"), round(width), round(height))
    key = str(entry.get("id", ""))
    box = _box(entry.get("bbox"), rings, mask, round(width), round(height))
    mark = unpack_extras(entry.get(EXTRAS), box, key)
    if mark is not None:
        return mark
    category = categories.get(entry.get("category_id"), "")
    score = min(max(number(entry.get("score", 1.0)), 0.0), 1.0)
    rings = () if is_box(rings) else rings
    return Mark(box, kind_of(category) if category else "object", category, score, rings, mask, key=key)


def _segmentation(value: Any, width: int, height: int) -> tuple[tuple[Any, ...], str | None]:
    """Polygons or a mask; neither when there is none."""
    if not value:
        return (), None
    if isinstance(value, Mapping):
        size = [int(v) for v in value.get("size", ())]
        if width and height and size != [height, width]:
            raise ValueError(f"a mask of size {size} on an image of {width} × {height} pixels")
        counts = value.get("counts")
        if isinstance(counts, list):
            return (), counts_from_runs(counts, size[1], size[0])
        if not isinstance(counts, str):
            raise ValueError("a mask without counts")
        mask_size_checked(counts, size)
        return (), counts
    polygons: Sequence[Any] = value if isinstance(value[0], list) else [value]
    return tuple(ring_from_numbers(p) for p in polygons), None


def mask_size_checked(counts: str, size: Sequence[int]) -> None:
    """Refuse a compressed mask that is not of `[height, width]`.

    Raises:
        ValueError: It is of another size, or no mask.
    """
    from indexer.regions.shapes import run_lengths

    if len(size) != 2 or sum(run_lengths(counts)) != size[0] * size[1]:
        raise ValueError(f"a mask that is not of {list(size)} (height, width) pixels")


def _box(value: Any, rings: tuple[Any, ...], mask: str | None, width: int, height: int) -> Box:
    if isinstance(value, list) and len(value) == 4:
        x, y, w, h = (number(v) for v in value)
        return x, y, w, h
    if rings:
        return box_of(rings)
    if mask is not None and width and height:
        import cv2

        x, y, w, h = cv2.boundingRect(mask_pixels(mask, width, height))
        return float(x), float(y), float(w), float(h)
    raise ValueError("neither bbox nor segmentation")


def write_coco(images: Sequence[MarkedImage], image_ids: Sequence[int]) -> dict[str, Any]:
    """Images as a COCO object, with one category for each kind of region."""
    kinds = sorted({mark.kind for image in images for mark in image.marks})
    category = {kind: i + 1 for i, kind in enumerate(kinds)}
    annotations: list[dict[str, Any]] = []
    for image, image_id in zip(images, image_ids, strict=True):
        for mark in image.marks:
            annotations.append(_annotation(len(annotations) + 1, mark, image, image_id, category[mark.kind]))
    return {
        "info": {"description": "Regions of an Iconoscope collection"},
        "licenses": [],
        "images": [
            {"id": i, "file_name": image.name, "width": round(image.width), "height": round(image.height)}
            for i, image in zip(image_ids, images, strict=True)
        ],
        "annotations": annotations,
        "categories": [{"id": i, "name": kind, "supercategory": "region"} for kind, i in category.items()],
    }


def _annotation(number_: int, mark: Mark, image: MarkedImage, image_id: int, category: int) -> dict[str, Any]:
    x, y, w, h = mark.box
    width, height = round(image.width), round(image.height)
    if mark.mask:
        from indexer.regions.shapes import run_lengths

        segmentation: Any = {"size": [height, width], "counts": mark.mask}
        area: float = sum(run_lengths(mark.mask)[1::2])
    else:
        segmentation, area = [[x, y, x + w, y, x + w, y + h, x, y + h]], w * h
    return {
        "id": number_,
        "image_id": image_id,
        "category_id": category,
        "bbox": [x, y, w, h],
        "area": area,
        "segmentation": segmentation,
        "iscrowd": 0,
        "score": mark.score,
        EXTRAS: pack_extras(mark),
    }
