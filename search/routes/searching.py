"""POST /api/search, /api/search/upload, /api/facets, /api/histogram, /api/uploads and /api/feedback."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends, File, Form, Request, UploadFile
from fastapi.responses import JSONResponse
from pydantic import ValidationError

from indexer.core.errors import QueryError
from search.images import fit_rendering
from search.routes.context import Chosen, ChosenDep, Service, ServiceDep
from search.routes.engines import ResultsLike
from search.routes.errors import describe_validation
from search.routes.listing import histogram as count_steps
from search.routes.media import box_of, conditional, side_of, upload_picture
from search.routes.queries import check_size, gather, parse, references
from search.schemas import ERRORS, FeedbackRequest, SearchRequest, SearchResponse, UploadResponse

router = APIRouter(prefix="/api", tags=["search"], responses=ERRORS)
Uploads = Callable[[], dict[str, bytes]]
ANSWER: dict[int | str, dict[str, Any]] = {200: {"model": SearchResponse}}


def json_only(request: Request) -> None:
    """Refuse bodies of another type: a form on a foreign page can send those without asking."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip()
    if kind != "application/json":
        raise QueryError("The body is not declared as JSON.", "Send the header Content-Type: application/json.")


def answer(results: ResultsLike, chosen: Chosen, generation: int) -> JSONResponse:
    """The contract's JSON, with what it was computed from."""
    told = results.to_json()
    folder = str(chosen.engine.snapshot.folder)
    notes = [
        note.replace(folder, chosen.name) for note in told.get("notes", [])
    ]  # where it is on disk is nobody's business
    body = {"generation": generation, **told, "notes": notes, "collection": chosen.name}
    return JSONResponse(body, headers={"Cache-Control": "no-store"})


def pictures_of(request: SearchRequest | None, service: Service, files: Mapping[str, bytes]) -> Uploads:
    """What reads the pictures that a request names; to be called in a worker thread, since it opens them.

    Raises:
        As `search.routes.queries.gather`, when called.
    """
    wanted = references(request) if request else []
    return lambda: gather(wanted, files, service.uploads, service.settings)


async def run(service: Service, chosen: Chosen, request: SearchRequest, files: Mapping[str, bytes]) -> JSONResponse:
    """Parse, wait for a free place, search in a worker thread."""
    query = parse(request, service.settings)
    uploads = pictures_of(request, service, files)

    def work() -> tuple[ResultsLike, int]:
        generation = chosen.engine.snapshot.generation
        return chosen.engine.search(query, uploads()), generation

    results, generation = await service.searches.run(work)
    return answer(results, chosen, generation)


@router.post("/search", responses=ANSWER, dependencies=[Depends(json_only)], summary="Search")
async def search(body: SearchRequest, service: ServiceDep, chosen: ChosenDep) -> JSONResponse:
    """Words, stored pictures and parts of them, kept uploads; in any mixture."""
    return await run(service, chosen, body, {})


@router.post("/facets", dependencies=[Depends(json_only)], summary="Catalogue fields, counted over what a query finds")
async def facets(body: SearchRequest, service: ServiceDep, chosen: ChosenDep) -> dict[str, Any]:
    """Over the hits before "likely ends here", or over all; without terms, over what the filter lets by."""
    query = parse(body, service.settings)
    uploads = pictures_of(body, service, {})
    return {"collection": chosen.name, **await service.searches.run(lambda: chosen.engine.facets_of(query, uploads()))}


@router.post("/histogram", dependencies=[Depends(json_only)], summary="How a field is spread over what a query finds")
async def histogram(
    body: SearchRequest, service: ServiceDep, chosen: ChosenDep, field: str, bins: int = 40
) -> dict[str, Any]:
    """As `GET /api/histogram`: `counts` over what `POST /api/facets` counts, `all` over the collection."""
    query = parse(body, service.settings)
    uploads = pictures_of(body, service, {})

    def work() -> dict[str, Any]:
        fields, found = chosen.engine.found(query, uploads())
        return count_steps(fields, field, found, bins)

    return {"collection": chosen.name, **await service.searches.run(work)}


@router.post("/search/upload", responses=ANSWER, summary="Search with pictures sent along")
async def search_upload(
    service: ServiceDep,
    chosen: ChosenDep,
    query: Annotated[str, Form(description="The query as JSON, as for /api/search")] = "{}",
    files: Annotated[Sequence[UploadFile], File(description="The pictures")] = (),
) -> JSONResponse:
    """`query` refers to the files by position or name: `{"images": [{"upload": 0, "box": [10, 20, 300, 200]}]}`.

    A query that refers to none of the files means all of them.
    """
    request = read_query(query)
    if not references(request) and files:
        refs = [{"upload": n} for n in range(len(files))]
        request = SearchRequest.model_validate({**request.model_dump(exclude_none=True), "images": refs})
    check_size(request.model_dump(exclude_none=True), service.settings)
    sent: dict[str, bytes] = {}
    for n, file in enumerate(files):
        data = await file.read()
        sent.setdefault(file.filename or "", data)
        sent[str(n)] = data
    return await run(service, chosen, request, sent)


def read_query(text: str) -> SearchRequest:
    """The `query` part of a form.

    Raises:
        QueryError: Not JSON, or not a query.
    """
    try:
        return SearchRequest.model_validate(json.loads(text))
    except ValidationError as error:
        message = f"The query is not as it should be: {describe_validation(error.errors())}."
        raise QueryError(message, "The fields are described at /docs.") from None
    except (ValueError, RecursionError):
        raise QueryError("The part 'query' is not JSON.", 'Send for example {"images": [{"upload": 0}]}.') from None


@router.post("/uploads", response_model=UploadResponse, summary="Keep a picture for the next searches")
async def keep_upload(service: ServiceDep, file: Annotated[UploadFile, File()]) -> UploadResponse:
    """The id is a digest of the bytes; the picture stays until room is needed or the server stops."""
    kept = await service.cuts.run(service.uploads.add, await file.read())
    name = (file.filename or "")[:200]
    return UploadResponse(upload=kept.id, width=kept.width, height=kept.height, name=name)


@router.get("/uploads/{upload}", response_model=UploadResponse, summary="A kept picture")
async def get_upload(service: ServiceDep, upload: str) -> UploadResponse:
    """Its size, as long as it is kept."""
    kept = service.uploads.get(upload)
    return UploadResponse(upload=kept.id, width=kept.width, height=kept.height, name="")


@router.get("/uploads/{upload}/thumbnail", summary="A kept picture, small")
async def get_upload_thumbnail(
    request: Request, service: ServiceDep, upload: str, box: str | None = None, size: int = 400
) -> Any:
    """WebP, of the whole picture or of `box=x,y,width,height`."""
    picture = upload_picture(service, upload)
    wanted = fit_rendering(box_of(box, picture), picture.width, picture.height, side_of(size))
    made = await service.cuts.run(service.pictures.make, picture, wanted)
    return conditional(request, made.data, "image/webp", made.etag, immutable=True)


@router.post("/feedback", responses=ANSWER, dependencies=[Depends(json_only)], summary="Search by yes and no")
async def feedback(body: FeedbackRequest, service: ServiceDep, chosen: ChosenDep) -> JSONResponse:
    """Judged pictures re-order the collection; judged ones do not come back."""
    if not body.positive and not body.negative:
        raise QueryError("No picture is judged.", "Send ids of regions or images as 'positive' or 'negative'.")
    if body.limit > service.settings.max_limit:
        raise QueryError(f"At most {service.settings.max_limit:,} hits can be asked for.", "Ask for fewer.")
    query = parse(body.query, service.settings) if body.query else None
    uploads = pictures_of(body.query, service, {})

    def work() -> tuple[ResultsLike, int]:
        generation = chosen.engine.snapshot.generation
        return chosen.engine.feedback(body.positive, body.negative, query, body.limit, uploads()), generation

    results, generation = await service.searches.run(work)
    return answer(results, chosen, generation)
