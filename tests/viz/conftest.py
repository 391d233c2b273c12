"""A small collection of drawn pictures, its exported map, a plain static server and a browser for the map's tests."""

from __future__ import annotations

import functools
import http.server
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pyarrow as pa
import pytest

from indexer.collection.catalogue import Field
from viz import site
from viz.export import MapReport, export_input
from viz.neighbours import unit_rows
from viz.settings import MapSettings
from viz.source import MapInput

BROWSER_ARGUMENTS = [
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--no-sandbox",
    "--disable-background-networking",
]
GENRES = ("emblem", "map", "portrait")
INKS = ((200, 40, 30), (30, 150, 60), (40, 70, 210))
"""RGB colour of the pictures of each genre."""


def flat_picture(colour: tuple[int, int, int], width: int = 96, height: int = 96) -> bytes:
    """A WebP thumbnail of one colour (RGB)."""
    picture = np.full((height, width, 3), colour[::-1], np.uint8)
    return bytes(cv2.imencode(".webp", picture, [cv2.IMWRITE_WEBP_QUALITY, 101])[1].tobytes())


def draw_input(n: int, vectors: np.ndarray | None = None, thumbnails: dict[int, bytes] | None = None) -> MapInput:
    """`n` pictures of three kinds that differ in vector, colour, genre and year; ids are 101, 102 …"""
    rng = np.random.default_rng(4)
    kind = np.arange(n) % 3
    if vectors is None:
        vectors = rng.normal(size=(3, 16))[kind] * 2 + 0.4 * rng.normal(size=(n, 16))
    ids = np.arange(101, 101 + n)
    files = {int(i): flat_picture(INKS[k], 96, 64 if i % 2 else 96) for i, k in zip(ids, kind, strict=True)}
    columns = {
        "title": [f"{GENRES[k].capitalize()} of {'Léon' if i % 5 == 0 else 'Anna'} {i}" for i, k in enumerate(kind)],
        "genre": [GENRES[k] for k in kind],
        "year": [str(1500 + 100 * k + i % 40) for i, k in enumerate(kind)],
        "note": [None] * n,
    }
    sizes = np.full((n, 2), 960, np.int32)
    return MapInput(
        ids=ids,
        image_ids=ids,
        names=[f"plates/{GENRES[k]} {i}.jpg" for i, k in enumerate(kind)],
        sizes=sizes,
        boxes=np.hstack([np.zeros((n, 2)), sizes]).astype(np.float32),
        image_sizes=sizes,
        vectors={"drawn": unit_rows(vectors) if np.isfinite(vectors).all() else np.asarray(vectors, np.float32)},
        fields=[Field(name, name, pa.array(values, pa.string())) for name, values in columns.items()],
        thumbnails=lambda wanted: {i: (thumbnails or files)[i] for i in wanted if i in (thumbnails or files)},
        provenance={"collection": "drawn", "generation": 5, "vectors": ["drawn"], "models": {}, "where": ""},
    )


def export_drawn(given: MapInput, out: Path, settings: MapSettings | None = None) -> MapReport:
    """Exports `given` to `out`."""
    settings = settings or MapSettings(epochs=60, title="Drawn & dated", licence="CC0")
    with site.staging(out) as folder:
        return export_input(given, folder, out, settings)


@pytest.fixture(scope="session")
def drawn_map(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The exported map of 240 drawn pictures, moved to a folder of another name afterwards."""
    folder = tmp_path_factory.mktemp("exports")
    export_drawn(draw_input(240), folder / "first name")
    return (folder / "first name").rename(folder / "carte élégante")


@pytest.fixture(scope="session")
def static_server(drawn_map: Path) -> Iterator[Callable[[Path], str]]:
    """Serves folders with Python's plain file server: folder → address."""
    servers = []

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *arguments: object) -> None:
            pass

    def start(folder: Path) -> str:
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder)))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_address[1]}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="session")
def browser(chromium: str, playwright_driver: Any) -> Iterator[object]:
    """Chromium without a graphics card (SwiftShader)."""
    found = playwright_driver.chromium.launch(executable_path=chromium, args=BROWSER_ARGUMENTS)
    yield found
    found.close()


@pytest.fixture(scope="session")
def make_input() -> Callable[..., MapInput]:
    """`draw_input`, for tests."""
    return draw_input


@pytest.fixture(scope="session")
def write_map() -> Callable[..., MapReport]:
    """`export_drawn`, for tests."""
    return export_drawn
