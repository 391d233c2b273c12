"""The local features of a picture in a query."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from indexer.core.errors import IconoscopeError
from indexer.core.geometry import Box, box_slices, clip_box
from indexer.core.settings import SiftSettings
from indexer.core.types import Array, DecodedImage, LocalFeatures
from indexer.features.sift import extract, join, tiles, to_gray
from search.channels.base import QueryPicture

PAGE_SIDE = 1200
"""Pictures and boxes with a longer side than this are also searched by overlapping tiles."""
TILE_COUNT = 500
"""Strongest keypoints of a tile off the letters."""
TILE_ANY = 250
"""Strongest keypoints of a tile that are kept even on letters."""


@dataclass(frozen=True, slots=True)
class QueryFeatures:
    """What is searched for.

    Attributes:
        features: In pixels of the whole query picture.
        box: The part that is meant.
        width, height: Of the whole query picture.
        decoded: Its pixels; None when only the stored features are left.
        tiled: Extracted in tiles of half the side as well.
    """

    features: LocalFeatures
    box: Box
    width: float
    height: float
    decoded: DecodedImage | None = None
    tiled: bool = False

    @property
    def side(self) -> float:
        """Longer side, in pixels, of what was extracted at once: the box, or a tile. Tolerances are parts of it."""
        return max(self.box[2], self.box[3]) / (2.0 if self.tiled else 1.0)


def query_features(picture: QueryPicture, snapshot: Any, settings: SiftSettings, inverted: bool) -> QueryFeatures:
    """Extract the features of a query picture, or take the stored ones where its file is gone.

    Raises:
        IconoscopeError: It cannot be read, and is not stored either.
    """
    try:
        decoded = picture.decode(None)
    except (IconoscopeError, OSError):
        if picture.image_id is None:
            raise
        return _stored(picture, snapshot)
    box = (0.0, 0.0, float(decoded.width), float(decoded.height))
    if picture.box is not None:
        box = clip_box(picture.box, decoded.width, decoded.height)
    part = decoded.rgb[box_slices(box, decoded.scale, decoded.rgb.shape)]
    gray = 255 - to_gray(part) if inverted else to_gray(part)
    origin = _origin(box, decoded)
    tiled = max(gray.shape) >= PAGE_SIDE
    if tiled:
        parts = _page(gray, off_text(part), decoded.scale, origin, settings)
    else:
        parts = [_part(gray, decoded.scale, origin, settings)]
    return QueryFeatures(join(parts), box, float(decoded.width), float(decoded.height), decoded, tiled)


def _origin(box: Box, decoded: DecodedImage) -> tuple[float, float]:
    rows, columns = box_slices(box, decoded.scale, decoded.rgb.shape)
    return columns.start / decoded.scale, rows.start / decoded.scale


def _shift(origin: tuple[float, float], part: tuple[slice, slice], scale: float) -> tuple[float, float]:
    return origin[0] + part[1].start / scale, origin[1] + part[0].start / scale


def _page(
    gray: Array, mask: Array, scale: float, origin: tuple[float, float], settings: SiftSettings
) -> list[LocalFeatures]:
    """A page and its tiles: mostly what is no letter, and the strongest of all: hatching may be taken for letters."""
    many = replace(settings, count=4 * TILE_COUNT)
    windows = [(slice(0, gray.shape[0]), slice(0, gray.shape[1])), *tiles(gray.shape)]
    return [_mixed(_part(gray[w], scale, _shift(origin, w, scale), many), mask, scale, origin) for w in windows]


def _mixed(found: LocalFeatures, mask: Array, scale: float, origin: tuple[float, float]) -> LocalFeatures:
    """Of features sorted by strength, the first of those off the letters and the first of all."""
    at = np.floor((found.xy - np.array(origin, np.float32)) * scale).astype(np.int64)
    at = np.clip(at, 0, [mask.shape[1] - 1, mask.shape[0] - 1])
    off = np.flatnonzero(mask[at[:, 1], at[:, 0]] > 0)[:TILE_COUNT]
    return found.take(np.union1d(off, np.arange(min(len(found), TILE_ANY))))


def off_text(rgb: Array) -> Array:
    """uint8 (h, w): 255 where no line of letters stands."""
    from indexer.regions.text import text_mask

    return np.asarray(255 - text_mask(np.ascontiguousarray(rgb)))


def _part(gray: Array, scale: float, origin: tuple[float, float], settings: SiftSettings) -> LocalFeatures:
    import cv2

    reduction = min(1.0, settings.side / max(gray.shape))
    if reduction < 1.0:
        gray = np.asarray(cv2.resize(gray, None, fx=reduction, fy=reduction, interpolation=cv2.INTER_AREA))
    found = extract(gray, scale * reduction, settings)
    found.xy[:] += np.array(origin, np.float32)
    return found


def _stored(picture: QueryPicture, snapshot: Any) -> QueryFeatures:
    image_id = int(picture.image_id or 0)
    features = snapshot.keypoints([image_id]).get(image_id, LocalFeatures.empty())
    width, height = (float(v) for v in snapshot.images.sizes[snapshot.images.position(image_id)])
    box = (0.0, 0.0, width, height) if picture.box is None else clip_box(picture.box, width, height)
    x, y = features.xy[:, 0], features.xy[:, 1]
    inside = (x >= box[0]) & (x < box[0] + box[2]) & (y >= box[1]) & (y < box[1] + box[3])
    return QueryFeatures(features.take(inside), box, width, height)
