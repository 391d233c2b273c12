"""GET /api/collections, /api/info, /api/facets, /api/histogram and /api/health."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from indexer.collection.filters import evaluate
from indexer.core.errors import IconoscopeError
from search.routes.context import ChosenDep, ServiceDep
from search.routes.engines import SearchEngine
from search.routes.listing import histogram as count_steps
from search.routes.pages import map_folder
from search.schemas import ERRORS

router = APIRouter(prefix="/api", tags=["collections"], responses=ERRORS)


@router.get("/collections", summary="The collections that are served")
def collections(service: ServiceDep) -> dict[str, Any]:
    """Names, sizes and versions; the first is the default. One that cannot be opened says why."""
    rows = [summary(name, engine) for name, engine in service.shelf.engines.items()]
    return {"default": service.shelf.default, "collections": rows}


def summary(name: str, engine: SearchEngine) -> dict[str, Any]:
    """One line about a collection."""
    try:
        snapshot = engine.snapshot
    except IconoscopeError as error:
        return {"name": name, "error": {"code": error.code, "message": error.message, "hint": error.hint}}
    return {
        "name": name,
        "images": len(snapshot.images.ids),
        "regions": len(snapshot.regions.ids),
        "generation": snapshot.generation,
        "models": sorted(getattr(snapshot, "models", {}) or {}),
        "map": map_folder(snapshot) is not None,
    }


@router.get("/info", summary="Counts, models, failures with reasons, sizes")
def info(chosen: ChosenDep) -> dict[str, Any]:
    """As `iconoscope info --json`, without where things are on the server's disk."""
    told = chosen.engine.info()
    sources = [{**source, "location": last_part(source.get("location", ""))} for source in told.get("sources", [])]
    return {**told, "collection": chosen.name, "sources": sources}


def last_part(location: str) -> str:
    """The name of a folder or file without the way to it."""
    return location.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1]


@router.get("/facets", summary="Catalogue fields with their values and counts")
def facets(chosen: ChosenDep, where: str | None = None) -> dict[str, Any]:
    """Counts over the images that pass the filter `where`, or over all."""
    return {"collection": chosen.name, **chosen.engine.facets(where or None)}


@router.get("/histogram", summary="How a number or date field is spread")
def histogram(chosen: ChosenDep, field: str, where: str | None = None, bins: int = 40) -> dict[str, Any]:
    """Counts for round steps, under the filter and over all; also of machine-made fields (`machine.NAME`)."""
    fields = chosen.engine.machine()
    return {"collection": chosen.name, **count_steps(fields, field, evaluate(where, fields) if where else None, bins)}


@router.get("/health", summary="Whether the service can answer")
def health(service: ServiceDep) -> JSONResponse:
    """200 when every collection is open, 503 with the reason otherwise; never waits for searches."""
    rows = {name: summary(name, engine) for name, engine in service.shelf.engines.items()}
    ready = all("error" not in row for row in rows.values())
    body = {
        "status": "ok" if ready else "failing",
        "collections": {n: r.get("generation", r.get("error")) for n, r in rows.items()},
        "searches": service.searches.inside,
    }
    return JSONResponse(body, 200 if ready else 503, headers={"Cache-Control": "no-store"})
