"""The local features of a picture in a query."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from indexer.core.errors import IconoscopeError
from indexer.core.geometry import Box, box_slices, clip_box
from indexer.core.settings import SiftSettings
from indexer.core.types import Array, DecodedImage, LocalFeatures
from indexer.features.sift import extract, join, tiles, to_gray
from search.channels.base import QueryPicture
from search.channels.instance_helpers import HELPERS

QUERY_COUNT = 1000
"""Keypoints of a query, also where a collection keeps fewer of an image: they cost no space."""
PAGE_SIDE = 900
"""Pictures and boxes with a longer side than this may be pages: their illustrations are searched one by one."""
COARSE_SHARE = 0.3
"""Part of the keypoints taken from the picture at half its size: halftone dots and specks of worn ink are gone there,
and would otherwise use up the budget."""
PAGE_TEXT = 0.02
"""Part of a page covered by lines of letters from which overlapping parts are searched, should nothing be found."""
MOST_PARTS = 8
"""Illustrations of one page that are searched."""
LEAST_SHARE = 0.004
"""Illustrations that cover less of the page are not searched on their own (initials, ornaments: draw a box)."""


@dataclass(frozen=True, slots=True)
class QueryFeatures:
    """What is searched for: a picture, or a part of one.

    Attributes:
        features: In pixels of the whole query picture.
        box: The part that is meant.
        width, height: Of the whole query picture.
        decoded: Its pixels; None when only the stored features are left.
        mixed: It may hold several pictures and letters, of which a copy has only some.
    """

    features: LocalFeatures
    box: Box
    width: float
    height: float
    decoded: DecodedImage | None = None
    mixed: bool = False

    @property
    def side(self) -> float:
        """Longer side of the box in pixels; tolerances are parts of it."""
        return max(self.box[2], self.box[3])


@dataclass(frozen=True, slots=True)
class QueryParts:
    """A query picture and, if it is a page, what stands on it.

    Attributes:
        whole: All that is meant, at once.
        pictures: The illustrations found on a page, largest first.
        tiles: Makes nine overlapping parts of a page, for illustrations that were not found; none for other pictures.
    """

    whole: QueryFeatures
    pictures: list[QueryFeatures]
    tiles: Callable[[], list[QueryFeatures]]


def query_parts(picture: QueryPicture, snapshot: Any, settings: SiftSettings, inverted: bool) -> QueryParts:
    """Extract the features of a query picture, or take the stored ones where its file is gone.

    Args:
        picture: Of the query.
        snapshot: The collection.
        settings: How many keypoints a stored region gets; a part of a query gets no fewer than `QUERY_COUNT`.
        inverted: Take the negative of the picture.

    Raises:
        IconoscopeError: It cannot be read, and is not stored either.
    """
    try:
        decoded = picture.decode(None)
    except (IconoscopeError, OSError):
        if picture.image_id is None:
            raise
        return QueryParts(_stored(picture, snapshot), [], list)
    box = (0.0, 0.0, float(decoded.width), float(decoded.height))
    if picture.box is not None:
        box = clip_box(picture.box, decoded.width, decoded.height)
    rows, columns = box_slices(box, decoded.scale, decoded.rgb.shape)
    settings = replace(settings, count=max(settings.count, QUERY_COUNT))
    sheet = _Sheet(decoded, decoded.rgb[rows, columns], columns.start, rows.start, inverted)
    whole = sheet.features((slice(0, None), slice(0, None)), settings, box)
    if max(sheet.grey.shape) < PAGE_SIDE:
        return QueryParts(whole, [], list)
    boxes, page = illustrations(sheet.rgb)
    parts = [sheet.features(_window(b), settings) for b in boxes]
    whole = replace(whole, mixed=page or bool(parts))
    if not page:
        return QueryParts(whole, parts, list)
    windows = tiles(sheet.grey.shape)
    return QueryParts(whole, parts, lambda: [replace(sheet.features(w, settings), mixed=True) for w in windows])


class _Sheet:
    """The part of a decoded picture that is meant; `left`, `top` is its corner in decoded pixels."""

    def __init__(self, decoded: DecodedImage, rgb: Array, left: int, top: int, inverted: bool) -> None:
        self.decoded, self.rgb, self.left, self.top = decoded, rgb, left, top
        grey = to_gray(rgb)
        self.grey = np.asarray(255 - grey) if inverted else grey

    def features(self, window: tuple[slice, slice], settings: SiftSettings, box: Box | None = None) -> QueryFeatures:
        """The features of a part of the sheet; its box is worked out where it is not given."""
        part, scale = self.grey[window], self.decoded.scale
        x, y = (window[1].start + self.left) / scale, (window[0].start + self.top) / scale
        features = describe(part, scale, settings)
        features.xy[:] += np.array([x, y], np.float32)
        size = float(self.decoded.width), float(self.decoded.height)
        return QueryFeatures(features, box or (x, y, part.shape[1] / scale, part.shape[0] / scale), *size, self.decoded)


def illustrations(rgb: Array) -> tuple[list[Box], bool]:
    """Boxes of the pictures on a page, largest first, and whether letters stand beside them that may hide others."""
    from indexer.regions.page import page_layout

    layout = page_layout(np.ascontiguousarray(rgb))
    if layout.single:
        return [], False
    letters = float((layout.text > 0).mean()) > PAGE_TEXT
    area = layout.boxes[:, 2] * layout.boxes[:, 3] / float(rgb.shape[0] * rgb.shape[1])
    order = [i for i in np.argsort(-area, kind="stable") if LEAST_SHARE <= area[i] < 0.9][:MOST_PARTS]
    return [(float(x), float(y), float(w), float(h)) for x, y, w, h in layout.boxes[order]], letters


def _window(box: Box) -> tuple[slice, slice]:
    x, y, w, h = (round(v) for v in box)
    return slice(max(0, y), y + h), slice(max(0, x), x + w)


def describe(gray: Array, scale: float, settings: SiftSettings) -> LocalFeatures:
    """Keypoints of a picture, most of them at `settings.side`, a part at half of that.

    Args:
        gray: uint8 (h, w).
        scale: Pixels of `gray` per original pixel; coordinates come back in original pixels.
        settings: Side, and how many keypoints in all.
    """
    coarse = round(COARSE_SHARE * settings.count)
    side = min(settings.side, max(gray.shape))
    fine = _at_side(gray, scale, side, replace(settings, count=settings.count - coarse))
    return join([fine, _at_side(gray, scale, side // 2, replace(settings, count=coarse))])


def _at_side(gray: Array, scale: float, side: int, settings: SiftSettings) -> LocalFeatures:
    import cv2

    reduction = min(1.0, max(side, 1) / max(gray.shape))
    if reduction < 1.0:
        size = max(1, round(gray.shape[1] * reduction)), max(1, round(gray.shape[0] * reduction))
        gray = np.asarray(cv2.resize(gray, size, interpolation=cv2.INTER_AREA))
    return extract(np.ascontiguousarray(gray), scale * reduction, settings, side_by_side=HELPERS.map)


def _stored(picture: QueryPicture, snapshot: Any) -> QueryFeatures:
    image_id = int(picture.image_id or 0)
    features = snapshot.keypoints([image_id]).get(image_id, LocalFeatures.empty())
    width, height = (float(v) for v in snapshot.images.sizes[snapshot.images.position(image_id)])
    box = (0.0, 0.0, width, height) if picture.box is None else clip_box(picture.box, width, height)
    x, y = features.xy[:, 0], features.xy[:, 1]
    inside = (x >= box[0]) & (x < box[0] + box[2]) & (y >= box[1]) & (y < box[1] + box[3])
    return QueryFeatures(features.take(inside), box, width, height)
