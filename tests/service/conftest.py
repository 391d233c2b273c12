"""A fake engine over a fake snapshot, for the tests of the routes: everything in memory, deterministic, no model."""

from __future__ import annotations

import io
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from fastapi.testclient import TestClient
from PIL import Image

from search.app import create_app
from search.routes.settings import ServiceSettings

NASTY = "b/\"><img src=x onerror=alert(1)> & Ünï 'q'.jpg"


def picture_bytes(width: int = 60, height: int = 40, suffix: str = "PNG", exif: int | None = None) -> bytes:
    """A picture whose left half is red and whose right half is blue."""
    pixels = np.zeros((height, width, 3), np.uint8)
    pixels[:, : width // 2] = (200, 0, 0)
    pixels[:, width // 2 :] = (0, 0, 200)
    out = io.BytesIO()
    image = Image.fromarray(pixels)
    if exif:
        tags = Image.Exif()
        tags[0x0112] = exif
        image.save(out, suffix, exif=tags)
    else:
        image.save(out, suffix)
    return out.getvalue()


class FakeField:
    """A catalogue field with years."""

    def __init__(self, name: str, kind: str, years: list[tuple[float, float]]) -> None:
        self.name, self.kind, self.years = name, kind, np.array(years, float).reshape(-1, 2)
        self.key, self.numbers = name, self.years[:, 0]
        self.present = np.isfinite(self.numbers)


class FakeSnapshot:
    """Four images; the files of the first three are on disk, the fourth is gone."""

    def __init__(self, folder: Path, generation: int = 7) -> None:
        self.folder = folder
        self.generation = generation
        self.models = {"signature": {}}
        self.images = SimpleNamespace(
            ids=np.array([12, 15, 20, 31]),
            names=["a.png", NASTY, "scans/c.tif", "gone.jpg"],
            documents=["", "Book", "Book", "Book"],
            sizes=np.array([(60, 40), (60, 40), (600, 400), (60, 40)], np.int32),
            position=self._position,
        )
        self.regions = SimpleNamespace(
            ids=np.array([100, 101, 102, 103, 104]),
            image_positions=np.array([0, 0, 1, 2, 3]),
            boxes=np.array([(0, 0, 60, 40), (5, 6, 20, 10), (0, 0, 60, 40), (0, 0, 600, 400), (0, 0, 60, 40)], float),
            kinds=["whole", "ornament", "whole", "whole", "whole"],
            parents=np.array([-1, 100, -1, -1, -1]),
            positions=lambda ids: np.array([{100: 0, 101: 1, 102: 2, 103: 3, 104: 4}.get(int(i), -1) for i in ids]),
        )
        fields = [{"title": "Älter", "year": 1643}, {"title": "<b>x</b>", "year": 1650}, {"year": 1660}, {}]
        years = FakeField("year", "number", [(1643, 1643), (1650, 1650), (1660, 1660), (np.nan, np.nan)])
        self.catalogue = SimpleNamespace(
            fields_of=lambda at: fields[at],
            field={"year": years, "title": FakeField("title", "text", [])}.get,
            names=["title", "year"],
        )
        self.paths = {12: folder / "a.png", 15: folder / "b.png", 20: folder / "c.tif"}

    def _position(self, image_id: int) -> int:
        return {12: 0, 15: 1, 20: 2, 31: 3}[image_id]

    def thumbnails(self, ids: list[int]) -> dict[int, bytes]:
        return {i: picture_bytes(30, 20, "WEBP") for i in ids if i in (12, 15, 20, 31)}

    def path_of(self, image_id: int) -> Path | None:
        path = self.paths.get(image_id)
        return path if path and path.is_file() else None

    def page_of(self, image_id: int) -> int | None:
        return None


class FakeFields:
    """All fields of the fake snapshot, the shape of `search.machine_fields.Machine`."""

    def __init__(self, snapshot: FakeSnapshot) -> None:
        self.snapshot = snapshot

    def __len__(self) -> int:
        return 4

    def filter_field(self, name: str) -> FakeField | None:
        return self.snapshot.catalogue.field(name)

    def filter_names(self) -> list[str]:
        return ["title", "year"]

    def of_images(self, positions: np.ndarray, wanted: frozenset[str]) -> list[dict[str, float]]:
        return [{"ships": 0.75} if at == 0 else {} for at in positions]


class FakeResults:
    """One hit, and what was asked."""

    def __init__(self, query: object, uploads: dict[str, bytes]) -> None:
        self.query, self.uploads = query, uploads

    def to_json(self) -> dict:
        hit = {"image": "a.png", "image_id": 12, "region_id": 100, "box": [0, 0, 60, 40], "score": 0.9}
        note = "uploads: " + ", ".join(f"{k}={len(v)}" for k, v in sorted(self.uploads.items()))
        hits = [{**hit, "channels": {"signature": 0.9}, "same_print": False, "fields": {}}]
        return {"id": "q", "mode": "auto", "took_ms": 1.0, "hits": hits, "notes": [note]}


class FakeEngine:
    """Remembers what it was asked; `hold` makes searches wait, `fail` makes them raise."""

    def __init__(self, folder: Path) -> None:
        self.snapshot = FakeSnapshot(folder)
        self.asked: list[object] = []
        self.threads: list[int] = []
        self.hold: threading.Event | None = None
        self.fail: Exception | None = None

    def search(self, query: object, uploads: dict[str, bytes] | None = None) -> FakeResults:
        self.asked.append(query)
        self.threads.append(threading.get_ident())
        if self.hold:
            self.hold.wait(10)
        if self.fail:
            raise self.fail
        return FakeResults(query, dict(uploads or {}))

    def feedback(self, positive, negative, query, limit, uploads=None) -> FakeResults:
        self.asked.append((list(positive), list(negative), query, limit))
        return FakeResults(query, dict(uploads or {}))

    def machine(self) -> FakeFields:
        return FakeFields(self.snapshot)

    def facets(self, where: str | None) -> dict:
        return {"fields": [{"name": "year", "type": "number", "count": 3, "min": 1643, "max": 1660}], "where": where}

    def facets_of(self, query: object, uploads: dict[str, bytes] | None = None) -> dict:
        self.asked.append(query)
        return {"fields": [], "total": 2, "uploads": sorted(uploads or {})}

    def found(self, query: object, uploads: dict[str, bytes] | None = None) -> tuple:
        self.asked.append(query)
        fields = self.machine()
        return fields, np.arange(len(fields.filter_field("year").years)) == 0

    def info(self) -> dict:
        location = str(self.snapshot.folder / "scans")
        return {
            "collection": str(self.snapshot.folder),
            "images": 4,
            "sources": [{"kind": "folder", "location": location}],
        }


@pytest.fixture
def make_picture():
    """The maker of small test pictures."""
    return picture_bytes


@pytest.fixture
def nasty() -> str:
    """A file name with markup, quotes and accents."""
    return NASTY


@pytest.fixture
def engine(tmp_path: Path) -> FakeEngine:
    """A fake collection with three files on disk."""
    folder = tmp_path / "shelf"
    folder.mkdir()
    (folder / "a.png").write_bytes(picture_bytes())
    (folder / "b.png").write_bytes(picture_bytes(suffix="JPEG"))
    (folder / "c.tif").write_bytes(picture_bytes(600, 400, "TIFF"))
    return FakeEngine(folder)


@pytest.fixture
def settings() -> ServiceSettings:
    """Limits small enough to be reached."""
    return ServiceSettings(
        max_upload_bytes=200_000,
        max_json_bytes=20_000,
        max_upload_pixels=1_000_000,
        searches_at_once=1,
        searches_waiting=1,
        segmenter="none",
    )


@pytest.fixture
def client(engine: FakeEngine, settings: ServiceSettings) -> Iterator[TestClient]:
    """A client of the application over the fake engine."""
    with TestClient(create_app(settings, {"shop": engine}), raise_server_exceptions=False) as found:
        yield found
