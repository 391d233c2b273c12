"""GET /api/images…: one picture of the collection, its fields, its regions, its pixels."""

from __future__ import annotations

import urllib.parse
from typing import Any

import numpy as np
from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, Response

from indexer.core.errors import NotFoundError
from indexer.core.types import NO_ID
from search.images import LARGEST, etag_of, fit_rendering, web_format
from search.routes.context import ChosenDep, ServiceDep
from search.routes.listing import list_images, pages_of
from search.routes.media import box_of, conditional, position_of, side_of, stored_picture
from search.schemas import ERRORS

router = APIRouter(prefix="/api/images", tags=["images"], responses=ERRORS)
PAGES_SHOWN = 400


@router.get("", summary="Leaf through the collection")
def browse(
    chosen: ChosenDep, where: str | None = None, offset: int = 0, limit: int = 100, shuffle: int | None = None
) -> Any:
    """Images in catalogue order, or in an order drawn with the seed `shuffle`; filtered by `where` over all fields."""
    return {"collection": chosen.name, **list_images(chosen.engine.machine(), where, offset, limit, shuffle)}


@router.get("/{image_id}", summary="An image and its catalogue fields")
def image(chosen: ChosenDep, image_id: int) -> dict[str, Any]:
    """Fields with their origin, size, regions, the other pages of its document, and where its pixels are."""
    snapshot = chosen.engine.snapshot
    at = position_of(snapshot, image_id)
    fields = snapshot.catalogue.fields_of(at)
    picture = stored_picture(snapshot, image_id)
    mine = np.flatnonzero(snapshot.regions.image_positions == at)
    return {
        "collection": chosen.name,
        "generation": snapshot.generation,
        "image_id": image_id,
        "image": snapshot.images.names[at],
        "document": snapshot.images.documents[at],
        "width": picture.width,
        "height": picture.height,
        "fields": fields,
        "origins": dict.fromkeys(fields, "catalogue"),
        "machine": chosen.engine.machine().of_images(np.array([at]), frozenset())[0],
        "regions": len(mine),
        "whole": whole_region(snapshot, mine),
        "original": picture.path is not None,
        "siblings": siblings(snapshot, at),
    }


def whole_region(snapshot: Any, mine: Any) -> int | None:
    """Id of the region that is the whole image, or None."""
    return next((int(snapshot.regions.ids[p]) for p in mine if snapshot.regions.kinds[p] == "whole"), None)


def siblings(snapshot: Any, at: int) -> dict[str, Any]:
    """The images of the same document around this one, in catalogue order, with this one's place among them."""
    document = snapshot.images.documents[at]
    members = pages_of(snapshot, document)
    place = members.index(at) if at in members else 0
    start = max(0, min(place - PAGES_SHOWN // 2, len(members) - PAGES_SHOWN))
    shown = members[start : start + PAGES_SHOWN]
    return {
        "total": len(members),
        "place": place,
        "images": [{"image_id": int(snapshot.images.ids[p]), "image": snapshot.images.names[p]} for p in shown],
    }


@router.get("/{image_id}/regions", summary="The regions found in an image")
def regions(chosen: ChosenDep, image_id: int) -> dict[str, Any]:
    """Boxes in original pixels, what proposed them, and masks as COCO run lengths where there are any."""
    snapshot = chosen.engine.snapshot
    at = position_of(snapshot, image_id)
    table = snapshot.regions
    rows = [region_row(table, int(p)) for p in np.flatnonzero(table.image_positions == at)]
    return {"collection": chosen.name, "image_id": image_id, "regions": rows}


def region_row(table: Any, p: int) -> dict[str, Any]:
    """One region as JSON; columns that a snapshot does not load are left out."""
    row: dict[str, Any] = {"region_id": int(table.ids[p]), "box": [float(v) for v in table.boxes[p]]}
    for key, column in (("kind", "kinds"), ("origin", "origins"), ("label", "labels"), ("mask", "masks")):
        values = getattr(table, column, None)
        if values is not None:
            row[key] = values[p]
    parents, scores = getattr(table, "parents", None), getattr(table, "scores", None)
    if parents is not None:
        row["parent"] = None if int(parents[p]) == NO_ID else int(parents[p])
    if scores is not None:
        row["score"] = round(float(scores[p]), 4)
    return row


@router.get("/{image_id}/thumbnail", summary="A small picture")
async def thumbnail(
    request: Request,
    service: ServiceDep,
    chosen: ChosenDep,
    image_id: int,
    box: str | None = None,
    size: int | None = None,
    v: str | None = None,
) -> Response:
    """The stored thumbnail, or with `size` or `box=x,y,width,height` one cut from the original.

    Addresses with a version `v` may be cached for good.
    """
    snapshot = chosen.engine.snapshot
    position_of(snapshot, image_id)
    if box is None and size is None:
        data = (await service.cuts.run(snapshot.thumbnails, [image_id])).get(image_id)
        if data:
            return conditional(request, data, "image/webp", etag_of(data), immutable=v is not None)
    picture = await service.cuts.run(stored_picture, snapshot, image_id)
    wanted = fit_rendering(box_of(box, picture), picture.width, picture.height, side_of(size or 400))
    made = await service.cuts.run(service.pictures.make, picture, wanted)
    return conditional(
        request, made.data, "image/webp", made.etag, immutable=v is not None, **source_header(made.original)
    )


def source_header(original: bool) -> dict[str, str]:
    """Says when a picture had to be made from the thumbnail."""
    return {"X-Iconoscope-Source": "original" if original else "thumbnail"}


@router.get("/{image_id}/file", summary="The image itself")
async def file(request: Request, service: ServiceDep, chosen: ChosenDep, image_id: int) -> Response:
    """The original where browsers show its format, else a JPEG of it; the thumbnail when the original is gone."""
    snapshot = chosen.engine.snapshot
    picture = await service.cuts.run(stored_picture, snapshot, image_id)
    kind = web_format(picture.path) if picture.path and picture.page is None else None
    if kind and picture.path:
        name = urllib.parse.quote(picture.path.name, safe="")
        headers = {
            "Cache-Control": "private, max-age=60",
            "Content-Disposition": f"inline; filename*=utf-8''{name}",
            **source_header(True),
        }
        return FileResponse(picture.path, media_type=kind, headers=headers)
    wanted = fit_rendering(None, picture.width, picture.height, LARGEST, "jpg")
    made = await service.cuts.run(service.pictures.make, picture, wanted)
    return conditional(request, made.data, "image/jpeg", made.etag, immutable=False, **source_header(made.original))


@router.get("/{image_id}/neighbours", summary="What looks like this image", include_in_schema=True)
async def neighbours(service: ServiceDep, chosen: ChosenDep, image_id: int, limit: int = 12) -> dict[str, Any]:
    """A search by the stored image, in mode auto."""
    from search.query import Query

    snapshot = chosen.engine.snapshot
    position_of(snapshot, image_id)
    if not 1 <= limit <= 100:
        raise NotFoundError(f"Between 1 and 100 neighbours can be shown, not {limit}.", "Search for more.")
    query = Query.from_json({"like": [{"image_id": image_id}], "limit": limit + 1})
    results = await service.searches.run(chosen.engine.search, query)
    body = results.to_json()
    hits = [hit for hit in body["hits"] if hit["image_id"] != image_id][:limit]
    return {**body, "hits": hits, "collection": chosen.name}
