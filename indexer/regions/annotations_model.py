"""What annotation files say, in one form: marks on images, in the file's own units, and what is wrong with them."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from indexer.core.types import NO_ID, Array

Box = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in an annotation file that cannot be used as it is; the rest of the file is.

    Attributes:
        where: Image and mark that it is about, as the file names them.
        message: What is wrong and what was done about it.
    """

    where: str
    message: str

    def __str__(self) -> str:
        return f"{self.where}: {self.message}" if self.where else self.message


@dataclass(frozen=True, slots=True)
class Mark:
    """One region as a file gives it.

    Attributes:
        box: `[x, y, width, height]` in the units of the file.
        kind: Kind of region (see labels.py).
        label: The file's own word or text, "" for none.
        score: 0–1.
        rings: Outlines, float64 (k, 2) each, in the units of the file; empty for a plain box.
        mask: COCO run-length counts on the size of `MarkedImage`, None for none.
        parent: Position of the parent among the marks of the image, or NO_ID.
        origin: Who proposed the region.
        key: Identifier in the file, for messages.
        region_id: Id in the collection that exported it, or NO_ID.
    """

    box: Box
    kind: str
    label: str = ""
    score: float = 1.0
    rings: tuple[Array, ...] = ()
    mask: str | None = None
    parent: int = NO_ID
    origin: str = "annotations"
    key: str = ""
    region_id: int = NO_ID


@dataclass(frozen=True, slots=True)
class MarkedImage:
    """The marks on one image.

    Attributes:
        name: File name, path or address of the image, as the file gives it.
        width, height: Size of the image in the units of the marks; 0 when the file does not say.
        marks: The marks.
        pixels: Whether units are pixels; otherwise the size is needed to convert them.
    """

    name: str
    width: float
    height: float
    marks: Sequence[Mark]
    pixels: bool = True


@dataclass(frozen=True, slots=True)
class AnnotationFile:
    """Everything one file says.

    Attributes:
        format: `alto`, `page`, `coco`, `via` or `w3c`.
        images: In the order of the file.
        problems: Marks and images that could not be read.
    """

    format: str
    images: Sequence[MarkedImage]
    problems: Sequence[Problem] = field(default_factory=tuple)


def number(value: Any) -> float:
    """A finite number from JSON or an XML attribute.

    Raises:
        ValueError: It is none.
    """
    if isinstance(value, bool) or value is None:
        raise ValueError(f"{value!r} is not a number")
    result = float(value)
    if not math.isfinite(result):
        raise ValueError(f"{value!r} is not a finite number")
    return result


def exact(value: float) -> str:
    """A coordinate as text that reads back as the same float32."""
    return f"{float(value):.9g}"


def pack_extras(mark: Mark, drawn: Box | None = None) -> dict[str, Any]:
    """What a format has no place for, so that a region reads back as it was written.

    Args:
        mark: The region.
        drawn: Box around the outline that is written, where it differs from the mark's box. A reader that finds
            another one knows that somebody moved the region in an editor.
    """
    extras: dict[str, Any] = {"kind": mark.kind, "origin": mark.origin, "score": mark.score, "box": list(mark.box)}
    if drawn is not None and drawn != mark.box:
        extras["drawn"] = list(drawn)
    for key, value, absent in (
        ("label", mark.label, ""),
        ("mask", mark.mask, None),
        ("parent", mark.parent, NO_ID),
        ("id", mark.region_id, NO_ID),
    ):
        if value != absent:
            extras[key] = value
    return extras


def unpack_extras(extras: Any, box: Box, key: str) -> Mark | None:
    """The mark that `pack_extras` packed; None when `extras` is not of that form.

    Args:
        extras: The mapping, or its JSON text.
        box: The mark's box as the format itself gives it, used when extras lack a sound one.
        key: Identifier in the file.
    """
    if isinstance(extras, str):
        try:
            extras = json.loads(extras)
        except ValueError:
            return None
    if not isinstance(extras, Mapping) or not isinstance(extras.get("kind"), str):
        return None
    try:
        exact_box = tuple(number(v) for v in extras["box"])
        drawn = [number(v) for v in extras.get("drawn", exact_box)]
        # The format's own box wins when somebody moved it in an editor; PAGE rounds to whole pixels.
        moved = len(exact_box) != 4 or len(drawn) != 4 or max(abs(a - b) for a, b in zip(drawn, box, strict=True)) > 1
        parent, region_id = int(extras.get("parent", NO_ID)), int(extras.get("id", NO_ID))
        score = number(extras.get("score", 1.0))
    except (ValueError, TypeError, KeyError):
        return None
    mask = extras.get("mask")
    return Mark(
        box=box if moved else exact_box,  # type: ignore[arg-type]
        kind=extras["kind"],
        label=str(extras.get("label", "")),
        score=score,
        mask=mask if isinstance(mask, str) and not moved else None,
        parent=parent,
        origin=str(extras.get("origin", "annotations")),
        key=key,
        region_id=region_id,
    )


def mask_outline(mark: Mark, image: MarkedImage) -> Array | None:
    """Outline of the largest part of a mark's mask, float64 (k, 2); None without a mask or with one too small."""
    if mark.mask is None:
        return None
    from indexer.regions.shapes import outline_of_mask

    outline = outline_of_mask(mark.mask, round(image.width), round(image.height))
    return outline if len(outline) >= 3 else None
