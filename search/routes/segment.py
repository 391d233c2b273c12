"""POST /api/images/{id}/segment and /api/uploads/{id}/segment: a click on a thing gives its outline."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from indexer.core.types import DecodedImage
from search.images import Picture, fit_rendering
from search.routes.context import ChosenDep, Service, ServiceDep
from search.routes.media import stored_picture, upload_picture
from search.routes.searching import json_only
from search.schemas import ERRORS, Four

router = APIRouter(prefix="/api", tags=["images"], responses=ERRORS)
SIDE = 1024
"""Longer side in pixels at which pictures are segmented; SAM's own."""


class ClickModel(BaseModel):
    """A point in original pixels, inside of what is meant or (`positive` false) outside."""

    model_config = ConfigDict(extra="forbid")
    x: float
    y: float
    positive: bool = True


class SegmentRequest(BaseModel):
    """Clicks, or a box around what is meant."""

    model_config = ConfigDict(extra="forbid")
    clicks: Annotated[list[ClickModel], Field(max_length=64)] = []
    box: Four | None = None
    limit: int = Field(4, ge=1, le=8)


@router.post("/images/{image_id}/segment", dependencies=[Depends(json_only)], summary="Outline a thing in an image")
async def segment_image(body: SegmentRequest, service: ServiceDep, chosen: ChosenDep, image_id: int) -> dict[str, Any]:
    """Candidate outlines with their boxes and masks, best first; says whether a model or contours alone spoke."""
    picture = await service.cuts.run(stored_picture, chosen.engine.snapshot, image_id)
    return await service.searches.run(outline, service, picture, body)


@router.post("/uploads/{upload}/segment", dependencies=[Depends(json_only)], summary="Outline a thing in an upload")
async def segment_upload(body: SegmentRequest, service: ServiceDep, upload: str) -> dict[str, Any]:
    """As for images of the collection."""
    return await service.searches.run(outline, service, upload_picture(service, upload), body)


def pixels_of(service: Service, picture: Picture) -> Callable[[], DecodedImage]:
    """Gives the picture at SIDE pixels, from the original or the thumbnail."""

    def decode() -> DecodedImage:
        import io

        import numpy as np
        from PIL import Image

        wanted = fit_rendering(None, picture.width, picture.height, SIDE, "png")
        made = service.pictures.make(picture, wanted)
        rgb = np.asarray(Image.open(io.BytesIO(made.data)).convert("RGB"))
        return DecodedImage(rgb, picture.width, picture.height)

    return decode


def outline(service: Service, picture: Picture, body: SegmentRequest) -> dict[str, Any]:
    """Ask the segmenter; blocking."""
    from search.segment import Click

    clicks = [Click(c.x, c.y, c.positive) for c in body.clicks]
    box = (body.box[0], body.box[1], body.box[2], body.box[3]) if body.box else None
    found = service.segmenter.segment(picture.key, pixels_of(service, picture), clicks, box, body.limit)
    rows = [
        {
            "box": [round(v, 1) for v in c.box],
            "score": round(c.score, 3),
            "outlines": [[[round(x, 1), round(y, 1)] for x, y in ring] for ring in c.outlines],
            "mask": c.mask,
            "method": c.method,
        }
        for c in found.candidates
    ]
    return {"candidates": rows, "method": found.method, "note": found.note}
