"""POST and GET /api/judgements: what people say about query and hit, kept in the collection."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from indexer.collection.judgements import Judgement, read, record
from indexer.core.errors import NotFoundError
from search.routes.context import ChosenDep, ServiceDep
from search.routes.searching import json_only
from search.schemas import ERRORS, Four

router = APIRouter(prefix="/api/judgements", tags=["judgements"], responses=ERRORS)


class JudgementRequest(BaseModel):
    """A verdict about a hit and what it was compared with."""

    model_config = ConfigDict(extra="forbid")
    verdict: str = Field(description="same_block, same_motif, same_subject, no; withdrawn takes it back")
    region_id: int = Field(description="The hit")
    query: str = Field(pattern=r"^(image:\d{1,18}|upload:[0-9a-f]{8,64})$", description="`image:12` or `upload:DIGEST`")
    query_box: Four | None = None
    transform: Annotated[list[float], Field(min_length=9, max_length=9)] | None = None
    author: str = Field("", max_length=200)
    note: str = Field("", max_length=4000)


@router.post("", dependencies=[Depends(json_only)], summary="Judge a pair of pictures")
async def judge(body: JudgementRequest, service: ServiceDep, chosen: ChosenDep) -> dict[str, Any]:
    """Kept at once, with the time; a later one by the same author about the same pair replaces it."""
    snapshot = chosen.engine.snapshot
    at = int(snapshot.regions.positions([body.region_id])[0])
    if at < 0:
        raise NotFoundError(f"The collection has no region {body.region_id}.", "It may have been removed since.")
    image_id = int(snapshot.images.ids[int(snapshot.regions.image_positions[at])])
    box = [float(v) for v in snapshot.regions.boxes[at]]
    judgement = Judgement(image_id=image_id, box=box, **body.model_dump())
    await service.cuts.run(record, Path(snapshot.folder), [judgement])
    return {"collection": chosen.name, "kept": True}


@router.get("", summary="Judgements that hold")
async def judgements(service: ServiceDep, chosen: ChosenDep, query: str | None = None) -> dict[str, Any]:
    """The newest of each author about each pair; those about `query` (`image:12`) only, when given."""
    rows = await service.cuts.run(read, Path(chosen.engine.snapshot.folder))
    kept = [{**row, "time": row["time"].isoformat()} for row in rows if query is None or row["query"] == query]
    return {"collection": chosen.name, "judgements": kept}
