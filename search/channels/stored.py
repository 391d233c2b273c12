"""What channels over stored vectors share: which region a picture of the query is, and which may come back."""

from __future__ import annotations

from typing import Any

import numpy as np

from indexer.core.geometry import iou
from indexer.core.types import Array
from search.channels.base import ChannelRequest, QueryPicture

SAME_BOX = 0.95
"""A box drawn over a stored region this exactly (IoU) means the region."""


def stored_region(snapshot: Any, picture: QueryPicture) -> int | None:
    """Id of the stored region that is the whole image, or that the box covers almost exactly; None without one."""
    if picture.image_id is None:
        return None
    images, regions = snapshot.images, snapshot.regions
    try:
        position = images.position(picture.image_id)
    except KeyError:
        return None
    rows = np.flatnonzero(np.asarray(regions.image_positions) == position)
    if not len(rows):
        return None
    width, height = (float(v) for v in images.sizes[position])
    wanted = np.array([picture.box if picture.box is not None else (0.0, 0.0, width, height)], np.float32)
    overlap = iou(wanted, np.asarray(regions.boxes)[rows])[0]
    best = int(np.argmax(overlap))
    return int(regions.ids[rows[best]]) if overlap[best] >= SAME_BOX else None


def allowed_rows(snapshot: Any, image_positions: Array, request: ChannelRequest) -> Array | None:
    """The filter and the exclusions of a request over the rows of an index, bool (n,); None when all may come back.

    Args:
        image_positions: int64 (n,), position in `snapshot.images` of each row.
    """
    if request.allowed is None and not request.exclude:
        return None
    ids = np.asarray(snapshot.images.ids)
    images = np.ones(len(ids), bool) if request.allowed is None else np.asarray(request.allowed, bool)
    if request.exclude:
        images = images & ~np.isin(ids, np.fromiter(request.exclude, np.int64, len(request.exclude)))
    allowed: Array = images[image_positions]
    return allowed
