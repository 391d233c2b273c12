"""GET /api/regions/{id}: one region by its id, wherever it is."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from indexer.core.errors import NotFoundError
from search.routes.context import ChosenDep
from search.routes.images import region_row
from search.routes.listing import entry
from search.routes.media import position_of
from search.schemas import ERRORS

router = APIRouter(prefix="/api/regions", tags=["images"], responses=ERRORS)


@router.get("/{region_id}", summary="A region and the image it is in")
def region(chosen: ChosenDep, region_id: int) -> dict[str, Any]:
    """The image in the form of a hit, with the region's own box and kind; the id of an image stands for all of it."""
    snapshot = chosen.engine.snapshot
    at = int(snapshot.regions.positions([region_id])[0])
    if at < 0:
        if region_id in snapshot.images.ids:
            whole = entry(snapshot, position_of(snapshot, region_id))
            return {"collection": chosen.name, **whole, "region_id": None, "kind": "whole"}
        raise NotFoundError(f"The collection has no region {region_id}.", "It may have been removed or changed since.")
    image = entry(snapshot, int(snapshot.regions.image_positions[at]))
    return {"collection": chosen.name, **image, **region_row(snapshot.regions, at)}
