"""The IIIF Image API 3.0, level 2, for stored images (`COLLECTION~12`) and kept uploads (`u~DIGEST`)."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response

from indexer.core.errors import NotFoundError
from search.iiif import FORMATS, describe, parse
from search.images import LARGEST, Picture
from search.routes.context import Service, ServiceDep
from search.routes.images import source_header
from search.routes.media import conditional, stored_picture, upload_picture

router = APIRouter(prefix="/iiif", tags=["iiif"])
OPEN = {"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"}
UPLOAD = "u"


def find(service: Service, identifier: str) -> Picture:
    """The picture behind an identifier: `12` (default collection), `COLLECTION~12` or `u~DIGEST`.

    Raises:
        NotFoundError: No such picture.
    """
    collection, _, name = identifier.rpartition("~")
    if collection == UPLOAD and UPLOAD not in service.shelf.engines:
        return upload_picture(service, name)
    if not name.isascii() or not name.isdigit() or len(name) > 18:
        raise NotFoundError(f"'{identifier[:80]}' names no picture.", "Write COLLECTION~NUMBER.")
    return stored_picture(service.shelf.engine(collection or None).snapshot, int(name))


@router.get("/{identifier}", include_in_schema=False)
async def base(request: Request, identifier: str) -> Response:
    """The address of an image leads to its description, as the standard wants."""
    return RedirectResponse(f"{request.url.path}/info.json", 303, headers=OPEN)


@router.get("/{identifier}/info.json", summary="What can be asked of an image")
async def info(request: Request, service: ServiceDep, identifier: str) -> Response:
    """IIIF Image API information; `maxWidth` is small when only the thumbnail is left."""
    picture = await service.cuts.run(find, service, identifier)
    address = str(request.url.replace(query="")).removesuffix("/info.json")
    return JSONResponse(
        describe(address, picture.width, picture.height, LARGEST),
        headers={**OPEN, **source_header(picture.path is not None), "Cache-Control": "private, max-age=60"},
        media_type='application/ld+json;profile="http://iiif.io/api/image/3/context.json"',
    )


@router.get("/{identifier}/{region}/{size}/{rotation}/{name}", summary="A part of an image")
async def part(
    request: Request, service: ServiceDep, identifier: str, region: str, size: str, rotation: str, name: str
) -> Response:
    """`{region}/{size}/{rotation}/{quality}.{format}` of the IIIF Image API 3.0."""
    picture = await service.cuts.run(find, service, identifier)
    quality, _, suffix = name.rpartition(".")
    wanted = parse(region, size, rotation, quality, suffix, picture.width, picture.height, LARGEST)
    made = await service.cuts.run(service.pictures.make, picture, wanted)
    versioned = "v" in request.query_params
    return conditional(
        request, made.data, FORMATS[suffix], made.etag, immutable=versioned, **OPEN, **source_header(made.original)
    )
