"""Shared by the routes that send pictures: which picture, how small, and whether the client has it already."""

from __future__ import annotations

import math
from typing import Any

from fastapi import Request
from fastapi.responses import Response

from indexer.core.errors import NotFoundError, UsageError
from indexer.core.geometry import Box, clip_box, parse_box
from search.images import Picture
from search.routes.context import Service

MAX_SIDE = 2048
IMMUTABLE = "public, max-age=31536000, immutable"
REVALIDATE = "private, max-age=60"


def position_of(snapshot: Any, image_id: int) -> int:
    """Where the image is in the snapshot.

    Raises:
        NotFoundError: No live image has this id.
    """
    try:
        return int(snapshot.images.position(image_id))
    except (KeyError, NotFoundError):
        raise NotFoundError(
            f"The collection has no image {image_id}.", "It may have been removed or changed since; search again."
        ) from None


def stored_picture(snapshot: Any, image_id: int) -> Picture:
    """The picture of an image of the collection; see `position_of` for what it raises."""
    at = position_of(snapshot, image_id)
    width, height = (int(v) for v in snapshot.images.sizes[at])
    return Picture(
        key=f"{snapshot.folder}:{image_id}",
        width=width,
        height=height,
        path=snapshot.path_of(image_id),
        page=snapshot.page_of(image_id),
        thumbnail=lambda: snapshot.thumbnails([image_id]).get(image_id),
    )


def upload_picture(service: Service, upload: str) -> Picture:
    """The picture of a kept upload.

    Raises:
        NotFoundError: Not kept any more.
    """
    kept = service.uploads.get(upload)
    return Picture(key=f"upload:{kept.id}", width=kept.width, height=kept.height, path=kept.path)


def box_of(text: str | None, picture: Picture) -> Box | None:
    """A box from an address, cut at the edges of the picture.

    Raises:
        UsageError: Not a box, or outside the picture.
    """
    if not text:
        return None
    x, y, w, h = clip_box(parse_box(text), picture.width, picture.height)
    return math.floor(x), math.floor(y), math.ceil(w), math.ceil(h)


def side_of(size: int) -> int:
    """The longer side asked for.

    Raises:
        UsageError: Not between 16 and MAX_SIDE.
    """
    if not 16 <= size <= MAX_SIDE:
        raise UsageError(f"The size {size} is not between 16 and {MAX_SIDE}.", "Larger ones come from /iiif.")
    return size


def conditional(request: Request, data: bytes, kind: str, etag: str, immutable: bool, **headers: str) -> Response:
    """The bytes, or 304 when the client has them.

    Args:
        immutable: The address names the version, so that caches need not ask again.
    """
    common = {"ETag": etag, "Cache-Control": IMMUTABLE if immutable else REVALIDATE, **headers}
    sent = [tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")]
    if etag in sent or "*" in sent:
        return Response(status_code=304, headers=common)
    return Response(data, media_type=kind, headers=common)
