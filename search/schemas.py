"""What requests and answers look like; the source of the OpenAPI description at /docs."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

Four = Annotated[list[float], Field(min_length=4, max_length=4, description="x, y, width, height in pixels")]
Id = Annotated[int, Field(ge=0, lt=2**63)]
Ids = Annotated[list[Id], Field(max_length=10_000)]


class UploadRef(BaseModel):
    """A picture that came with the request, or one kept by POST /api/uploads; never a path or an address."""

    model_config = ConfigDict(extra="forbid")
    upload: int | str = Field(description="Position or name among `files`, or the id of a kept upload")
    box: Four | None = None
    polygon: list[list[float]] | None = Field(None, description="Corners [x, y] in pixels, instead of a box")
    weight: float | None = None


class StoredRef(BaseModel):
    """A picture of the collection, or a part of it."""

    model_config = ConfigDict(extra="forbid")
    image: str | None = None
    image_id: int | None = None
    region_id: int | None = None
    box: Four | None = None
    polygon: list[list[float]] | None = Field(None, description="Corners [x, y] in pixels, instead of a box")
    weight: float | None = None


class SearchRequest(BaseModel):
    """A line of a queries file. Further keys are passed on and refused by the engine when it does not know them."""

    model_config = ConfigDict(
        extra="allow",
        json_schema_extra={"examples": [{"text": ["a ship"], "mode": "auto", "where": "year < 1700", "limit": 20}]},
    )
    id: str | None = None
    text: list[Any] | None = Field(None, description="What is looked for, in words")
    not_text: list[Any] | None = Field(None, description="What it should not be")
    images: list[UploadRef] | None = None
    not_images: list[UploadRef] | None = None
    like: list[str | StoredRef] | None = Field(None, description="Stored pictures: IMAGE, IMAGE:X,Y,W,H or an object")
    not_like: list[str | StoredRef] | None = None
    mode: str | None = Field(None, description="auto, semantic, instance, signature or keyword")
    where: str | None = Field(None, description="Catalogue filter, such as `year < 1700`")
    group: str | None = Field(None, description="At most one hit an `image` (the default) or `document`, or `none`")
    limit: int | None = Field(None, ge=1)


class FeedbackRequest(BaseModel):
    """Judged pictures, and the query they were judged for."""

    model_config = ConfigDict(extra="forbid")
    positive: Ids = []
    negative: Ids = []
    query: SearchRequest | None = None
    limit: int = Field(100, ge=1)


class HitModel(BaseModel):
    """One answer."""

    model_config = ConfigDict(extra="allow")
    image: str
    image_id: int
    region_id: int
    box: Four
    score: float
    channels: dict[str, float]
    same_print: bool = False
    inliers: int = 0
    mirrored: bool = False
    transform: list[list[float]] | None = None
    fields: dict[str, Any] = {}


class SearchResponse(BaseModel):
    """An answer; hits are ordered by score, larger first."""

    model_config = ConfigDict(extra="allow")
    id: str | None = None
    mode: str
    took_ms: float
    hits: list[HitModel]
    notes: list[str] = []
    total: int | None = None
    cutoff: int | None = Field(None, description="How many hits come before the marker 'likely ends here'")
    collection: str
    generation: int


class ErrorBody(BaseModel):
    """What happened and what to do next."""

    code: str
    message: str
    hint: str


class ErrorResponse(BaseModel):
    """The one shape of errors."""

    error: ErrorBody


class UploadResponse(BaseModel):
    """A picture that the server keeps for a while, to be searched by its id."""

    upload: str
    width: int
    height: int
    name: str


ERRORS: dict[int | str, dict[str, Any]] = {
    status: {"model": ErrorResponse, "description": text}
    for status, text in {
        400: "A query that cannot be answered as asked",
        404: "No such collection or image",
        413: "Too large",
        422: "Not as described here",
        503: "Busy, or a model or collection is not usable",
    }.items()
}
