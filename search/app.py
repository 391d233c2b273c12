"""The HTTP service: `create_app(settings, engines)`, no globals, thin routes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.middleware.gzip import GZipMiddleware

from search.images import PictureService
from search.routes import (
    collections,
    errors,
    export,
    iiif,
    images,
    judgements,
    pages,
    regions,
    searching,
    segment,
    sets,
)
from search.routes.context import Service
from search.routes.engines import SearchEngine, Shelf
from search.routes.gate import Gate
from search.routes.guard import BodyLimit, SecurityHeaders
from search.routes.settings import ServiceSettings
from search.routes.uploads import UploadStore
from search.segment import Segmenter


def create_app(settings: ServiceSettings, engines: SearchEngine | Mapping[str, SearchEngine]) -> FastAPI:
    """The application over one engine, or over several by the names people see; the first is the default.

    Raises:
        ValueError: No engine.
    """
    named = engines if isinstance(engines, Mapping) else {"collection": engines}
    service = Service(
        settings=settings,
        shelf=Shelf(named),
        searches=Gate(settings.searches_at_once, settings.searches_waiting),
        cuts=Gate(settings.pictures_at_once, settings.pictures_waiting),
        uploads=UploadStore(settings.upload_store_bytes, settings.max_upload_pixels),
        pictures=PictureService(settings.decode, settings.tile_cache_bytes, settings.pyramid_bytes),
        segmenter=Segmenter(settings.segmenter),
    )

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        yield
        service.uploads.close()
        service.pictures.close()

    app = FastAPI(
        title="Iconoscope",
        description="Visual search for heritage image collections.",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
    )
    app.state.service = service
    errors.install(app)
    for module in (searching, images, regions, segment, judgements, collections, export, iiif, pages, sets):
        app.include_router(module.router)
    app.mount("/static", pages.Revalidated(directory=pages.STATIC), name="static")
    app.mount("/viz", pages.Revalidated(directory=pages.MAP_VIEWER, check_dir=False), name="viz")
    app.add_middleware(BodyLimit, settings=settings)
    app.add_middleware(GZipMiddleware, minimum_size=1000, compresslevel=6)
    app.add_middleware(SecurityHeaders)
    return app
