"""POST /api/export/crops: the pictures of a result as a ZIP, with a list of what they are."""

from __future__ import annotations

import json
import re
import tempfile
import zipfile
from collections.abc import Sequence
from typing import IO, Annotated, Any, cast

from fastapi import APIRouter, Depends
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from indexer.core.geometry import as_box, clip_box
from search.images import LARGEST, PictureService, fit_rendering
from search.routes.context import ChosenDep, ServiceDep
from search.routes.media import position_of, stored_picture
from search.routes.searching import json_only
from search.schemas import ERRORS, Four

router = APIRouter(prefix="/api/export", tags=["export"], responses=ERRORS)
MEMORY = 32_000_000
"""Bytes of a ZIP that are held in memory before it goes to a temporary file."""


class Crop(BaseModel):
    """A part of a stored image."""

    model_config = ConfigDict(extra="forbid")
    image_id: int
    box: Four | None = None


class CropsRequest(BaseModel):
    """What goes into the ZIP."""

    model_config = ConfigDict(extra="forbid")
    crops: Annotated[list[Crop], Field(min_length=1, max_length=500)]


def safe_name(rank: int, image: str, image_id: int) -> str:
    """A file name that every system takes, in the order of the result."""
    stem = re.sub(r"[^\w.-]+", "_", image.rsplit("/", 1)[-1])[:80].strip("._") or "image"
    return f"{rank:04d}_{image_id}_{stem}.jpg"


def write_zip(snapshot: Any, pictures: PictureService, crops: Sequence[Crop]) -> IO[bytes]:
    """A ZIP of JPEG files and `crops.json`, at its beginning.

    Raises:
        NotFoundError: An image that the collection does not have.
        UsageError: A box outside its image.
    """
    out = cast(IO[bytes], tempfile.SpooledTemporaryFile(max_size=MEMORY))  # noqa: SIM115 (closed when it is sent)
    listing = []
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as archive:
        for rank, crop in enumerate(crops, 1):
            picture = stored_picture(snapshot, crop.image_id)
            box = clip_box(as_box(crop.box), picture.width, picture.height) if crop.box else None
            made = pictures.make(picture, fit_rendering(box, picture.width, picture.height, LARGEST, "jpg"))
            at = position_of(snapshot, crop.image_id)
            image = snapshot.images.names[at]
            name = safe_name(rank, image, crop.image_id)
            archive.writestr(name, made.data)
            fields = snapshot.catalogue.fields_of(at)
            listing.append({"file": name, "image": image, "image_id": crop.image_id, "box": crop.box, "fields": fields})
        archive.writestr("crops.json", json.dumps(listing, ensure_ascii=False, indent=1), zipfile.ZIP_DEFLATED)
    out.seek(0)
    return out


@router.post("/crops", dependencies=[Depends(json_only)], summary="Pictures of a result as a ZIP")
async def crops(body: CropsRequest, service: ServiceDep, chosen: ChosenDep) -> StreamingResponse:
    """Each whole image or part as a JPEG of at most 4,096 pixels, and `crops.json` with their catalogue fields."""
    file = await service.cuts.run(write_zip, chosen.engine.snapshot, service.pictures, body.crops)
    headers = {"Content-Disposition": 'attachment; filename="iconoscope-crops.zip"', "Cache-Control": "no-store"}
    return StreamingResponse(chunks(file), media_type="application/zip", headers=headers)


def chunks(file: IO[bytes]) -> Any:
    """The file in pieces; closes it."""
    with file:
        while piece := file.read(1 << 18):
            yield piece
