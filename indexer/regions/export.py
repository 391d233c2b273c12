"""Regions in the formats of other tools; they read back as they were."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from indexer.core.errors import UsageError
from indexer.core.types import NO_ID, Regions
from indexer.regions.annotations_model import Mark, MarkedImage

FORMATS = ("coco", "alto", "page", "json", "via")
"""`json` is a list of W3C Web Annotations."""


@dataclass(frozen=True, slots=True)
class ExportImage:
    """An image whose regions are exported.

    Attributes:
        image_id: As in `Regions.image_ids`.
        name: Path relative to the source.
        width, height: Original upright pixels.
        size_bytes: Of the file, -1 when unknown (only VIA wants it).
    """

    image_id: int
    name: str
    width: int
    height: int
    size_bytes: int = -1


def export_regions(images: Sequence[ExportImage], regions: Regions, format: str) -> str | bytes:
    """Regions as a file of another tool.

    The whole-image regions are left out: every format names the image itself. COCO, VIA and Web Annotations are one
    JSON text. ALTO and PAGE describe one page a file: for one image the XML is returned as text, for several a ZIP
    archive (bytes) with one `NAME.xml` for each image, in the folders of the images.

    Raises:
        UsageError: An unknown format.
    """
    if format not in FORMATS:
        raise UsageError(f"Unknown format '{format}'.", f"Choose one of {', '.join(FORMATS)}.")
    marked = _marked(images, regions)
    if format in ("alto", "page"):
        return _xml(marked, format)
    return json.dumps(_json(images, marked, format), ensure_ascii=False)


def _json(images: Sequence[ExportImage], marked: Sequence[MarkedImage], name: str) -> object:
    if name == "coco":
        from indexer.regions.annotations_coco import write_coco

        return write_coco(marked, [image.image_id for image in images])
    if name == "via":
        from indexer.regions.annotations_via import write_via

        return write_via(marked, [image.size_bytes for image in images])
    from indexer.regions.annotations_w3c import write_w3c

    return write_w3c(marked)


def _xml(marked: Sequence[MarkedImage], name: str) -> str | bytes:
    if len(marked) == 1:
        return _page_xml(marked[0], name).decode("utf-8")
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for image in marked:
            archive.writestr(f"{image.name}.xml", _page_xml(image, name))
    return buffer.getvalue()


def _page_xml(image: MarkedImage, name: str) -> bytes:
    if name == "alto":
        from indexer.regions.annotations_alto import write_alto

        return write_alto(image)
    from indexer.regions.annotations_page import write_page

    return write_page(image, datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S"))


def _marked(images: Sequence[ExportImage], regions: Regions) -> list[MarkedImage]:
    """The regions of each image as marks; parents become positions among them."""
    order: dict[int, list[int]] = {image.image_id: [] for image in images}
    for i in np.flatnonzero(np.array([kind != "whole" for kind in regions.kinds], bool)).tolist():
        image_id = int(regions.image_ids[i])
        if image_id in order:
            order[image_id].append(i)
    return [
        MarkedImage(image.name, image.width, image.height, _marks(regions, order[image.image_id])) for image in images
    ]


def _marks(regions: Regions, chosen: Sequence[int]) -> list[Mark]:
    by_id = {int(regions.ids[i]) if regions.ids[i] != NO_ID else i: place for place, i in enumerate(chosen)}
    return [
        Mark(
            box=tuple(float(v) for v in regions.boxes[i]),  # type: ignore[arg-type]
            kind=regions.kinds[i],
            label=regions.labels[i],
            score=float(regions.scores[i]),
            mask=regions.masks[i],
            parent=by_id.get(int(regions.parents[i]), NO_ID),
            origin=regions.origins[i],
            region_id=int(regions.ids[i]),
        )
        for i in chosen
    ]
