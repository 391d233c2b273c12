"""From marks in the units of a file to regions in the pixels of an image."""

from __future__ import annotations

from typing import Any

import numpy as np

from indexer.core.types import NO_ID, Array, Regions
from indexer.regions.annotations_model import Mark, MarkedImage, Problem
from indexer.regions.shapes import crosses_itself, mask_of_rings, mask_pixels

SAME_ASPECT = 0.02
"""Largest difference of aspect at which a file still speaks of the same image at another resolution."""


def place(image: MarkedImage, width: int, height: int) -> tuple[Regions, list[Problem]]:
    """Regions of an image of `width` × `height` pixels, and the problems met. Parents are positions in the answer."""
    problems: list[Problem] = []
    scale = _scale(image, width, height, problems)
    if scale is None:
        return Regions.empty(), problems
    rows: list[dict[str, Any]] = []
    positions: dict[int, int] = {}
    for i, mark in enumerate(image.marks):
        where = f"{image.name} {mark.key or i}"
        row = _row(mark, image, scale, (width, height), where, problems)
        if row is not None:
            positions[i] = len(rows)
            rows.append(row)
    for row in rows:
        row["parent"] = positions.get(row["parent"], NO_ID)
    return Regions.of(rows), problems


def _scale(image: MarkedImage, width: int, height: int, problems: list[Problem]) -> tuple[float, float] | None:
    """Pixels of the image per unit of the file, across and down."""
    if not image.width or not image.height:
        if image.pixels:
            return 1.0, 1.0
        problems.append(Problem(image.name, "the page has no size, so its units cannot be converted; left out"))
        return None
    across, down = width / image.width, height / image.height
    if image.pixels and abs(across / down - 1) > SAME_ASPECT and max(abs(across - 1), abs(down - 1)) > 0.01:
        problems.append(
            Problem(
                image.name,
                f"the file speaks of an image of {image.width:g} × {image.height:g} pixels, this one has "
                f"{width} × {height} and another aspect; left out",
            )
        )
        return None
    return across, down


def _row(
    mark: Mark,
    image: MarkedImage,
    scale: tuple[float, float],
    size: tuple[int, int],
    where: str,
    problems: list[Problem],
) -> dict[str, Any] | None:
    """One region, or None when nothing of it can be used."""
    x, y, w, h = mark.box
    box = np.array([x * scale[0], y * scale[1], w * scale[0], h * scale[1]])
    if not np.isfinite(box).all() or w <= 0 or h <= 0:
        problems.append(Problem(where, f"an empty box {[round(v, 1) for v in mark.box]}; left out"))
        return None
    low = np.clip(box[:2], 0, size)
    high = np.clip(box[:2] + box[2:], 0, size)
    if (high - low < 0.5).any():
        problems.append(Problem(where, f"its box lies outside the image of {size[0]} × {size[1]} pixels; left out"))
        return None
    # A hair over the edge is rounding, not news.
    if (np.abs(low - box[:2]) > 1).any() or (np.abs(high - box[:2] - box[2:]) > 1).any():
        problems.append(Problem(where, "its box reaches beyond the image; clipped"))
    untouched = ((low == box[:2]) & (high >= box[:2] + box[2:] - 1e-3)).all()
    kept = box if untouched else np.concatenate([low, high - low])
    return {
        "box": kept, "kind": mark.kind, "label": mark.label, "origin": mark.origin, "score": mark.score,
        "parent": mark.parent, "mask": _mask(mark, image, scale, size, where, problems), "id": mark.region_id,
    }  # fmt: skip


def _mask(
    mark: Mark,
    image: MarkedImage,
    scale: tuple[float, float],
    size: tuple[int, int],
    where: str,
    problems: list[Problem],
) -> str | None:
    """The mask of a region on the image; None for the whole box."""
    if mark.mask is not None:
        try:
            return _fitted_mask(mark.mask, image, size)
        except ValueError as error:
            problems.append(Problem(where, f"{error}; its box is kept without the mask"))
            return None
    if not mark.rings:
        return None
    if any(crosses_itself(ring) for ring in mark.rings):
        problems.append(Problem(where, "its outline crosses itself; its box is kept without the outline"))
        return None
    limit = np.array(size, np.float64)
    rings: list[Array] = [np.clip(ring * np.array(scale), 0, limit) for ring in mark.rings]
    return mask_of_rings(rings, *size)


def _fitted_mask(counts: str, image: MarkedImage, size: tuple[int, int]) -> str:
    """A mask made at the size of the file, at the size of the image.

    Raises:
        ValueError: It is not of the size that the file says.
    """
    made = (round(image.width) or size[0], round(image.height) or size[1])
    if made == size:
        from indexer.regions.shapes import run_lengths

        if sum(run_lengths(counts)) != size[0] * size[1]:
            raise ValueError(f"a mask that is not of {size[0]} × {size[1]} pixels")
        return counts
    import cv2
    from pycocotools import mask as coco

    pixels = cv2.resize(mask_pixels(counts, *made), size, interpolation=cv2.INTER_NEAREST)
    return str(coco.encode(np.asfortranarray(pixels))["counts"].decode("ascii"))
