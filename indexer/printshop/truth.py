"""What is known about every picture of the shop: regions, blocks, transforms, groups."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from indexer.printshop.sheet import Printed

KINDS = ("illustration", "ornament", "initial", "emblem", "map", "photo")


def region_truth(item: Printed) -> dict[str, Any]:
    """One impression as JSON; see `Printed` for the meaning of the keys."""
    return {
        "block": item.block,
        "kind": item.kind,
        "box": [round(v, 2) for v in item.box],
        "transform": [[round(float(v), 8) for v in row] for row in item.transform],
        "block_size": list(item.block_size),
        "crop": [round(v, 2) for v in item.crop],
        "mirrored": item.mirrored,
        "halftoned": item.halftoned,
        "wear": round(item.wear, 3),
        "inking": round(item.inking, 3),
    }


def truth_of(pages: Mapping[str, Sequence[Printed]], sizes: Mapping[str, tuple[int, int]], seed: int) -> dict[str, Any]:
    """The truth file: `images` (size and regions of each) and `groups` (images by block)."""
    groups: dict[str, list[str]] = {}
    images: dict[str, Any] = {}
    for name, items in pages.items():
        images[name] = {"size": list(sizes[name]), "regions": [region_truth(item) for item in items]}
        for block in sorted({item.block for item in items}):
            groups.setdefault(block, []).append(name)
    return {"format": "iconoscope print shop 1", "seed": seed, "images": images, "groups": groups}


def coco_of(pages: Mapping[str, Sequence[Printed]], sizes: Mapping[str, tuple[int, int]]) -> dict[str, Any]:
    """The regions as COCO object detection truth; pages without pictures are images without annotations."""
    images: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    for image_id, (name, items) in enumerate(pages.items(), start=1):
        width, height = sizes[name]
        images.append({"id": image_id, "file_name": name, "width": width, "height": height})
        for item in items:
            box = [round(v, 2) for v in item.box]
            annotations.append(
                {
                    "id": len(annotations) + 1,
                    "image_id": image_id,
                    "category_id": KINDS.index(item.kind) + 1,
                    "bbox": box,
                    "area": round(box[2] * box[3], 2),
                    "iscrowd": 0,
                    "block": item.block,
                }
            )
    categories = [{"id": i, "name": kind} for i, kind in enumerate(KINDS, start=1)]
    return {"images": images, "annotations": annotations, "categories": categories}
