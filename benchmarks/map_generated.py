"""Generated collections for the map's benchmarks: hatched pictures, clustered vectors, a small catalogue."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import pyarrow as pa

from indexer.collection.catalogue import Field
from indexer.core.types import Array
from viz.neighbours import unit_rows
from viz.source import MapInput

KINDS = 200
PICTURES = 600


def vectors(n: int, d: int = 512, seed: int = 3) -> tuple[Array, Array]:
    """Unit rows (n, d) around a few hundred centres in a space of 40 dimensions, with noise, and their kinds."""
    rng = np.random.default_rng(seed)
    kinds = rng.integers(0, KINDS, n)
    low = rng.normal(size=(KINDS, 40)).astype(np.float32)[kinds] + 0.7 * rng.normal(size=(n, 40)).astype(np.float32)
    basis = rng.normal(size=(40, d)).astype(np.float32) / np.sqrt(40)
    return unit_rows(low @ basis + 0.35 * rng.normal(size=(n, d)).astype(np.float32)), kinds


def pictures(count: int = PICTURES, seed: int = 5) -> list[bytes]:
    """WebP thumbnails, longer side 256: paper, a frame, hatching and shapes."""
    rng = np.random.default_rng(seed)
    return [_picture(rng) for _ in range(count)]


def _picture(rng: np.random.Generator) -> bytes:
    height, width = (256, int(rng.integers(140, 257))) if rng.random() < 0.5 else (int(rng.integers(140, 257)), 256)
    paper = np.array([205, 225, 235]) + rng.integers(-25, 20, 3)
    picture = np.clip(paper + rng.normal(scale=5, size=(height, width, 1)), 0, 255).astype(np.uint8)
    ink = tuple(int(v) for v in rng.integers(10, 90, 3))
    for _ in range(int(rng.integers(4, 9))):
        centre = (int(rng.integers(0, width)), int(rng.integers(0, height)))
        axes = (int(rng.integers(12, 70)), int(rng.integers(12, 70)))
        mask = np.zeros((height, width), np.uint8)
        cv2.ellipse(mask, centre, axes, int(rng.integers(0, 180)), 0, 360, 255, -1)
        slope, step = float(rng.uniform(-1, 1)), int(rng.integers(4, 9))
        y, x = np.mgrid[:height, :width]
        picture[(mask > 0) & ((x + slope * y).astype(int) % step < step // 2)] = ink
        cv2.ellipse(picture, centre, axes, 0, 0, 360, ink, 2, cv2.LINE_AA)
    cv2.rectangle(picture, (3, 3), (width - 4, height - 4), ink, 2)
    return bytes(cv2.imencode(".webp", picture, [cv2.IMWRITE_WEBP_QUALITY, 80])[1].tobytes())


class Thumbnails:
    """The thumbnails of a generated collection: a few hundred, again and again.."""

    def __init__(self, count: int = PICTURES) -> None:
        self._files = pictures(count)

    def __call__(self, wanted: Sequence[int]) -> dict[int, bytes]:
        return {i: self._files[i % len(self._files)] for i in wanted}


def collection(n: int, d: int = 512) -> MapInput:
    """A map's input of `n` pictures (repeated bytes, each decoded anew), with title, genre and year."""
    unit, kinds = vectors(n, d)
    rng = np.random.default_rng(11)
    words = ["ornament", "initial", "emblem", "map", "portrait", "device", "ship", "border", "shield", "flower"]
    genre = [words[k % len(words)] for k in kinds]
    titles = [f"{genre[i].capitalize()} {words[(kinds[i] // 10) % 10]} no. {i}" for i in range(n)]
    years = (1500 + (kinds * 1.5) + rng.normal(scale=12, size=n)).astype(int)
    ids = np.arange(1, n + 1)
    sizes = np.full((n, 2), 1000, np.int32)
    columns = {
        "title": titles,
        "genre": genre,
        "year": [str(y) for y in years],
        "document": [f"book {k}" for k in kinds],
    }
    return MapInput(
        ids=ids,
        image_ids=ids,
        names=[f"plates/{i:07d}.jpg" for i in range(n)],
        sizes=sizes,
        boxes=np.hstack([np.zeros((n, 2)), sizes]).astype(np.float32),
        image_sizes=sizes,
        vectors={"generated": unit},
        fields=[Field(name, name, pa.array(values, pa.string())) for name, values in columns.items()],
        thumbnails=Thumbnails(),
        provenance={
            "collection": f"generated-{n}",
            "generation": 1,
            "vectors": ["generated"],
            "models": {},
            "where": "",
        },
    )
