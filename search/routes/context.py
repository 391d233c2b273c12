"""What a request can reach: hung on the application by `create_app`, never global."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import Depends, Query, Request

from search.images import PictureService
from search.routes.engines import SearchEngine, Shelf
from search.routes.gate import Gate
from search.routes.settings import ServiceSettings
from search.routes.uploads import UploadStore
from search.segment import Segmenter


@dataclass(frozen=True, slots=True)
class Service:
    """Everything that lives as long as the application."""

    settings: ServiceSettings
    shelf: Shelf
    searches: Gate
    cuts: Gate
    uploads: UploadStore
    pictures: PictureService
    segmenter: Segmenter


@dataclass(frozen=True, slots=True)
class Chosen:
    """The collection that a request is about."""

    name: str
    engine: SearchEngine


def service_of(request: Request) -> Service:
    """The service behind a request."""
    return cast(Service, request.app.state.service)


ServiceDep = Annotated[Service, Depends(service_of)]
CollectionName = Annotated[
    str | None, Query(alias="collection", description="Name of a collection; the first if not given")
]


def chosen_of(service: ServiceDep, collection: CollectionName = None) -> Chosen:
    """The collection named in the request's address."""
    name = service.shelf.name(collection)
    return Chosen(name, service.shelf.engine(name))


ChosenDep = Annotated[Chosen, Depends(chosen_of)]
