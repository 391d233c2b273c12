"""Regions that a library already has: annotation files beside the images, read in any of the usual formats."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from indexer.core.errors import UsageError
from indexer.core.types import NO_ID, DecodedImage, Regions, SourceItem
from indexer.regions.annotations_model import AnnotationFile, Mark, MarkedImage, Problem
from indexer.regions.labels import is_described

log = logging.getLogger(__name__)
SIDECAR_ENDINGS = (".xml", ".alto.xml", ".page.xml", ".json", ".coco.json", ".via.json")
SIDECAR_FOLDERS = ("", "alto", "ALTO", "page", "PAGE", "annotations", "xml")
"""Where a file of one image is looked for, relative to the image."""
SHARED_PATTERNS = ("*.coco.json", "annotations.json", "coco.json", "via*.json")
"""Names of files that speak of many images; beside the images or one folder up."""
COLUMN = "annotations"
"""Catalogue column with the path of an image's annotation file, relative to the image."""


def propose(decoded: DecodedImage, item: SourceItem | None = None) -> Regions:
    """Regions from the annotation files that belong to `item`; empty when there are none.

    Looked for in this order, first found wins: the file in the catalogue column `annotations`; a file of the image's
    own name beside it or in a folder `alto`, `page`, `annotations` or `xml`; a COCO or VIA file of the folder or the
    folder above that speaks of the image. Type (text, numbering …) is left out. Problems are logged, once a file.
    """
    if item is None:
        return Regions.empty()
    for path in _candidates(item):
        content = _read_cached(path, path.stat().st_mtime_ns)
        image = None if content is None else find_image(content, item)
        if image is not None:
            regions, problems = to_regions(image, decoded.width, decoded.height)
            for problem in problems:
                log.warning("%s: %s", path.name, problem)
            return _described(regions)
    return Regions.empty()


def _candidates(item: SourceItem) -> list[Path]:
    folder, stem = item.path.parent, item.path.stem
    named = item.fields.get(COLUMN, "").strip()
    if named:
        path = folder / named
        if not path.is_file():
            log.warning("%s: annotation file %s is missing", item.name, named)
        return [path] if path.is_file() else []
    names = [stem + ending for ending in SIDECAR_ENDINGS] + [item.path.name + ending for ending in (".xml", ".json")]
    paths = [folder / sub / name for sub in SIDECAR_FOLDERS for name in names]
    found = [path for path in paths if path != item.path and path.is_file()]
    return found + _shared_files(folder) + _shared_files(folder.parent)


def _shared_files(folder: Path) -> list[Path]:
    return list(_shared_cached(folder, folder.stat().st_mtime_ns))


@lru_cache(maxsize=256)
def _shared_cached(folder: Path, _changed: int) -> tuple[Path, ...]:
    return tuple(sorted({path for pattern in SHARED_PATTERNS for path in folder.glob(pattern) if path.is_file()}))


@lru_cache(maxsize=4)
def _read_cached(path: Path, _changed: int) -> AnnotationFile | None:
    """A file's content, None when it is no annotation file; a file of a collection is read once a process."""
    try:
        content = read_annotations(path)
    except UsageError as error:
        log.warning("%s", error)
        return None
    for problem in content.problems:
        log.warning("%s: %s", path.name, problem)
    return content


def _described(regions: Regions) -> Regions:
    """Only the kinds that get features; a child of a dropped region hangs on nothing, so on the whole image."""
    keep = [i for i, kind in enumerate(regions.kinds) if is_described(kind)]
    place = {old: new for new, old in enumerate(keep)}
    rows = [row_of(regions, i) | {"parent": place.get(int(regions.parents[i]), NO_ID)} for i in keep]
    return Regions.of([row | {"origin": "annotations", "id": NO_ID} for row in rows])


def row_of(regions: Regions, i: int) -> dict[str, Any]:
    """One region as a row for `Regions.of`."""
    return {
        "id": int(regions.ids[i]), "image_id": int(regions.image_ids[i]), "box": regions.boxes[i],
        "kind": regions.kinds[i], "origin": regions.origins[i], "parent": int(regions.parents[i]),
        "label": regions.labels[i], "score": float(regions.scores[i]), "mask": regions.masks[i],
    }  # fmt: skip


def find_image(content: AnnotationFile, item: SourceItem) -> MarkedImage | None:
    """The entry of a file that speaks of `item`: by full name, then by the end of the path, then by the stem.

    A file with one image whose name says nothing (ALTO often holds a path of the scanning firm) speaks of the image
    that it lies beside; `_candidates` offers it for no other one.
    """
    for alike in (_same_name, _same_end, _same_stem):
        found = [image for image in content.images if alike(image.name, item)]
        if found:
            return found[0] if len(found) == 1 else _joined(found)
    alone = content.format in ("alto", "page") and len(content.images) == 1
    return content.images[0] if alone else None


def _same_name(name: str, item: SourceItem) -> bool:
    return name == item.name


def _same_end(name: str, item: SourceItem) -> bool:
    parts = [p for p in name.replace("\\", "/").split("/") if p not in ("", ".")]
    own = item.name.split("/")
    n = min(len(parts), len(own))
    return n > 0 and parts[-n:] == own[-n:]


def _same_stem(name: str, item: SourceItem) -> bool:
    return bool(name) and item.page is None and Path(name.replace("\\", "/")).stem == item.path.stem


def _joined(images: Sequence[MarkedImage]) -> MarkedImage:
    """Entries for the same image as one (W3C files hold pixels and percentages apart)."""
    from dataclasses import replace

    first = images[0]
    same = [
        image
        for image in images
        if (image.width, image.height, image.pixels) == (first.width, first.height, first.pixels)
    ]
    marks: list[Mark] = []
    for image in same:
        start = len(marks)
        marks += [replace(m, parent=m.parent + start if m.parent >= 0 else NO_ID) for m in image.marks]
    return MarkedImage(first.name, first.width, first.height, marks, first.pixels)


def read_annotations(path: Path) -> AnnotationFile:
    """Read an annotation file of any known format, told by its content.

    Raises:
        UsageError: Missing, unreadable, or of no known format.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UsageError(f"Cannot read {path}: {error.strerror}.", "Check the path and its permissions.") from None
    return parse_annotations(data, path.name)


def parse_annotations(data: bytes, name: str = "the file") -> AnnotationFile:
    """Read the bytes of an annotation file.

    Raises:
        UsageError: Of no known format.
    """
    start = data[:512].lstrip(b"\xef\xbb\xbf \t\r\n")
    return _parse_xml(data, name) if start.startswith(b"<") else _parse_json(data, name)


def _parse_xml(data: bytes, name: str) -> AnnotationFile:
    from indexer.regions.annotations_alto import read_alto
    from indexer.regions.annotations_page import read_page
    from indexer.regions.annotations_xml import local, parse_xml

    root = parse_xml(data, name)
    reader = {"alto": read_alto, "PcGts": read_page}.get(local(root))
    if reader is None:
        raise UsageError(f"{name} is XML, but neither ALTO nor PAGE (root {local(root)}).", KNOWN)
    return reader(root)


KNOWN = "Known are ALTO 2–4, PAGE 2013–2019, COCO, VIA 2 and 3, and W3C Web Annotations."


def _parse_json(data: bytes, name: str) -> AnnotationFile:
    from indexer.regions.annotations_coco import read_coco
    from indexer.regions.annotations_via import read_via
    from indexer.regions.annotations_w3c import read_w3c

    try:
        content = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{name} is no JSON: {error}.", KNOWN) from None
    if isinstance(content, dict):
        if isinstance(content.get("images"), list) and "annotations" in content:
            return read_coco(content)
        if "_via_img_metadata" in content or ("metadata" in content and "view" in content) or _is_via_2(content):
            return read_via(content)
    if _is_w3c(content):
        return read_w3c(content)
    raise UsageError(f"{name} is JSON, but of no known format.", KNOWN)


def _is_via_2(content: dict[str, Any]) -> bool:
    first = next(iter(content.values()), None)
    return isinstance(first, dict) and "filename" in first and "regions" in first


def _is_w3c(content: Any) -> bool:
    first = content[0] if isinstance(content, list) and content else content
    if content == []:
        return True
    if not isinstance(first, dict):
        return False
    kind = str(first.get("type", first.get("@type", "")))
    return "target" in first or "on" in first or kind in ("AnnotationPage", "AnnotationCollection", "sc:AnnotationList")


def to_regions(image: MarkedImage, width: int, height: int) -> tuple[Regions, list[Problem]]:
    """The marks on an image as regions in its pixels, and what could not be used.

    Marks made on a reduced or enlarged copy are scaled; marks partly outside are clipped; an outline that crosses
    itself is left out, its box kept.
    """
    from indexer.regions.placing import place

    return place(image, width, height)
