"""/api/sets: saved sets of judgements, detectors made of them, and detectors from elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, cast

from fastapi import APIRouter, Depends, Query
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from indexer.collection.sets import AUTHOR_LENGTH, NAME_LENGTH, NOTES_LENGTH, SavedSet, delete_set, read_set
from search.detector_file import MOST_NUMBERS
from search.machine_fields import Machine
from search.routes.context import Chosen, ChosenDep, ServiceDep
from search.routes.searching import json_only
from search.saved_sets import describe_sets, export_set, import_set, keep_set
from search.schemas import ERRORS, Ids, SearchRequest

router = APIRouter(prefix="/api/sets", tags=["sets"], responses=ERRORS)
Name = Annotated[str, Field(min_length=1, max_length=NAME_LENGTH)]


class SetRequest(BaseModel):
    """Judgements under a name."""

    model_config = ConfigDict(extra="forbid")
    name: Name = Field(description="Letters, digits, spaces and . - _; becomes the field `machine.NAME`")
    positive: Ids = []
    negative: Ids = []
    query: SearchRequest | None = Field(None, description="What was asked when judging began")
    author: str = Field("", max_length=AUTHOR_LENGTH)
    notes: str = Field("", max_length=NOTES_LENGTH)
    replace: bool = Field(False, description="In place of the set of that name")


class DetectorRequest(BaseModel):
    """A detector as it was exported; checked in full by `search/detector_file.py`."""

    model_config = ConfigDict(extra="allow")
    format: str
    version: int
    direction: Annotated[list[float], Field(min_length=1, max_length=MOST_NUMBERS)]


def machine_of(chosen: Chosen) -> Machine:
    """The machine-made fields of the chosen collection."""
    return cast(Machine, chosen.engine.machine())


def private(told: dict[str, Any]) -> JSONResponse:
    """An answer that is not kept by browsers: sets change at any time."""
    return JSONResponse(told, headers={"Cache-Control": "no-store"})


@router.get("", summary="The saved sets")
async def sets(service: ServiceDep, chosen: ChosenDep) -> JSONResponse:
    """The oldest first; one that cannot be applied here says why. `labels` are those the model gives by itself."""

    def work() -> dict[str, Any]:
        machine = machine_of(chosen)
        note = machine.labels.note().replace(str(machine.snapshot.folder), chosen.name)
        return {"sets": describe_sets(machine), "labels": machine.labels.names(), "notes": [note] if note else []}

    return private({"collection": chosen.name, **await service.searches.run(work)})


@router.post("", dependencies=[Depends(json_only)], summary="Save a set of judgements")
async def save(body: SetRequest, service: ServiceDep, chosen: ChosenDep) -> JSONResponse:
    """Kept at once; it is a field to filter by from now on. Pictures that are gone are told, not refused."""
    query = body.query.model_dump(exclude_none=True) if body.query else {}
    saved = SavedSet(body.name, tuple(body.positive), tuple(body.negative), query, body.author, body.notes)
    told = await service.searches.run(lambda: keep_set(machine_of(chosen), saved, body.replace))
    return private({"collection": chosen.name, **told})


@router.post("/import", dependencies=[Depends(json_only)], summary="Take a detector from elsewhere")
async def take(
    body: DetectorRequest,
    service: ServiceDep,
    chosen: ChosenDep,
    name: Annotated[str, Query(max_length=NAME_LENGTH, description="Instead of the one it came with")] = "",
    replace: bool = False,
) -> JSONResponse:
    """Refused when it was learnt on vectors that this collection does not have."""
    document = body.model_dump()
    told = await service.searches.run(lambda: import_set(machine_of(chosen), document, name, replace))
    return private({"collection": chosen.name, **told})


@router.get("/{name}/detector", summary="A set as a detector to pass on")
async def detector(name: str, service: ServiceDep, chosen: ChosenDep) -> JSONResponse:
    """Numbers only, no pictures: what `POST /api/sets/import` takes."""
    document = await service.searches.run(lambda: export_set(machine_of(chosen), name))
    headers = {"Cache-Control": "no-store", "Content-Disposition": 'attachment; filename="detector.json"'}
    return JSONResponse(document, headers=headers)


@router.delete("/{name}", summary="Take a set away")
async def delete(name: str, service: ServiceDep, chosen: ChosenDep) -> JSONResponse:
    """Its field is gone from now on."""

    def work() -> str:
        folder = Path(chosen.engine.snapshot.folder)
        found = read_set(folder, name).name
        delete_set(folder, found)
        return found

    return private({"collection": chosen.name, "deleted": await service.searches.run(work)})
