"""The web app's page and files, the API documentation, and maps that were exported into a collection."""

from __future__ import annotations

import urllib.parse
from pathlib import Path
from typing import Any

from fastapi import APIRouter
from fastapi.responses import FileResponse, HTMLResponse, RedirectResponse, Response
from starlette.staticfiles import StaticFiles

from indexer.core.errors import NotFoundError
from search.routes.context import ServiceDep

STATIC = Path(__file__).resolve().parents[1] / "static"
MAP_VIEWER = Path(__file__).resolve().parents[2] / "viz" / "template"
"""The map's own scripts, which the app loads; files beside ours, no import."""
BINARY = "application/octet-stream"
MAP_DATA = {
    **dict.fromkeys((".f32", ".f64", ".u8", ".u16", ".u32", ".i16", ".bin"), BINARY),
    ".json": "application/json",
    ".webp": "image/webp",
    ".jpg": "image/jpeg",
    ".png": "image/png",
}
router = APIRouter(include_in_schema=False)

DOCS_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Iconoscope API</title>
<link rel="icon" href="/static/icon.svg">
<link rel="stylesheet" href="/static/vendor/swagger-ui/swagger-ui.css"></head>
<body><div id="swagger-ui"></div>
<script src="/static/vendor/swagger-ui/swagger-ui-bundle.js"></script>
<script src="/static/js/docs.js"></script></body></html>
"""


class Revalidated(StaticFiles):
    """Files that browsers ask about each time (cheap: 304), so that a page never runs with modules of two versions."""

    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        response = super().file_response(*args, **kwargs)
        response.headers["Cache-Control"] = "no-cache"
        return response


@router.get("/")
def home() -> FileResponse:
    """The web app; which of its views is shown is in the query string."""
    return FileResponse(STATIC / "index.html", headers={"Cache-Control": "no-cache"})


@router.get("/docs")
def docs() -> HTMLResponse:
    """The API documentation, with its scripts from this server."""
    return HTMLResponse(DOCS_PAGE)


def map_folder(snapshot: Any) -> Path | None:
    """The newest exported map of a collection, or None."""
    maps = Path(snapshot.folder) / "maps"
    found = [p.parents[1] for p in [*maps.glob("data/manifest.json"), *maps.glob("*/data/manifest.json")]]
    return max(found, key=lambda p: (p / "data" / "manifest.json").stat().st_mtime) if found else None


@router.get("/map/{collection}")
@router.get("/map/{collection}/")
def map_home(service: ServiceDep, collection: str) -> RedirectResponse:
    """The map is shown by the app, with the app's own scripts."""
    name = urllib.parse.quote(service.shelf.name(collection), safe="")
    return RedirectResponse(f"/?view=map&c={name}")


@router.get("/map/{collection}/{path:path}")
async def map_file(service: ServiceDep, collection: str, path: str) -> Response:
    """Data and pictures of the exported map. Its scripts are not served: a collection may come from anybody."""
    folder = map_folder(service.shelf.engine(collection).snapshot)
    if folder is None:
        hint = "Make one: iconoscope map --collection DIR --out DIR/maps/map"
        raise NotFoundError("The collection has no map yet.", hint)
    target = (folder / path).resolve()
    kind = MAP_DATA.get(target.suffix)
    if kind is None or not target.is_relative_to(folder.resolve()) or not target.is_file():
        raise NotFoundError("The map has no such file.", "Open it from the page.")
    return FileResponse(target, media_type=kind, headers={"Cache-Control": "no-cache"})
