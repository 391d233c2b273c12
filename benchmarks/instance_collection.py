"""A collection of real pictures among thousands of hard distractors, and real pictures kept out of it.

    python benchmarks/instance_collection.py ../shared/data --out /tmp/prints --seen benchmarks/instance_seen.json
    iconoscope evaluate instance --collection /tmp/prints/collection --draw /tmp/prints/queried.txt \
        --truth ../shared/data/groundtruth_reprints.json --audited /tmp/prints/audited.json \
        --attacks all --queries 26 --negatives /tmp/prints/held --negative-rounds 5 --leave-one-out 0 --out /tmp/report

1. 420 pictures are kept out of the collection, each with everything that the truth files tie to it (`held`).
2. 300 of the others are drawn to be attacked (`queried.txt`); the rest of the real pictures are never queried.
3. The collection is filled with mosaics of 2–4 turned, rescaled crops of pictures that are never queried, put together
   from their stored keypoints and thumbnails. They do not make the task easier than other pictures would: each holds
   true parts of real pictures, by the same printers and engravers as the queries. Which mosaics hold a part of which
   picture, or of a copy of it, is written down (`audited.json`): to find those is neither right nor wrong.

With `--seen FILE …`, copies that somebody saw on a contact sheet (the same form) are added to that list:
`instance_seen.json` has those of the runs in docs/same-print.md, `instance_recut.json` the blocks that were cut
again after one model. A step that is done is not done again. Nothing but numbers and names of files may go into the
repository.
"""

from __future__ import annotations

import argparse
import csv
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np

from indexer.collection.publish import publish
from indexer.collection.records import ImageRecord
from indexer.collection.snapshot import Snapshot, open_snapshot
from indexer.collection.writer import CollectionWriter
from indexer.core.geometry import transform_points
from indexer.core.types import Array, LocalFeatures, Regions, SourceItem
from indexer.features.phash import phash
from indexer.features.sift import join
from indexer.printshop.chance import between, generator

HELD, QUERIED = 420, 300
FOLDERS = ("images", "pages")
SHAPES = ((640, 480), (480, 640), (560, 560))
THUMBNAIL = 0.4
"""Size of a mosaic's thumbnail as a part of the mosaic's own: 256 pixels of 640."""
FEWEST = 300
"""Mosaics with fewer keypoints (of nearly blank parts) are made again."""
BATCH = 200


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="the folder of real pictures, with its truth files")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--images", type=int, default=10_000)
    parser.add_argument("--preset", default="pictures", help="settings of `iconoscope index`")
    parser.add_argument(
        "--seen", type=Path, nargs="*", default=[], metavar="FILE", help="copies that no truth file knows"
    )
    parser.add_argument("--seed", type=int, default=5)
    options = parser.parse_args()
    cv2.setNumThreads(1)
    if not (options.out / "queried.txt").exists():
        split(options.data, options.out, options.seed)
    index(options.out / "pictures", options.out / "collection", options.preset)
    fill(options.out, options.images, options.seed)
    audit(options.data, options.out, options.seen)


def split(data: Path, out: Path, seed: int) -> None:
    """Copy the pictures into `pictures` and `held`, and name those that are queried."""
    names = pictures_of(data)
    groups = tied(names, data)
    held: list[str] = []
    for i in generator(seed, "held").permutation(len(groups)):
        if len(held) < HELD and len(groups[i]) <= 4:
            held += groups[i]
    kept = sorted(set(names) - set(held))
    for folder, part in (("held", held), ("pictures", kept)):
        for name in part:
            (out / folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(data / name, out / folder / name)
    usable = [n for n in kept if n.startswith("images/") and shortest(data / n) >= 200]
    queried = [usable[i] for i in generator(seed, "queried").permutation(len(usable))[:QUERIED]]
    (out / "queried.txt").write_text("\n".join(queried) + "\n", encoding="utf-8")


def pictures_of(data: Path) -> list[str]:
    """The names of all real pictures."""
    return [f"{folder}/{p.name}" for folder in FOLDERS for p in sorted((data / folder).iterdir())]


def shortest(path: Path) -> int:
    """The shorter side of a picture in pixels; 0 where it cannot be read."""
    picture = cv2.imread(str(path))
    return 0 if picture is None else min(picture.shape[:2])


def tied(names: list[str], data: Path) -> list[list[str]]:
    """Groups of pictures that the truth files tie to each other, however indirectly."""
    truth = json.loads((data / "groundtruth_reprints.json").read_text(encoding="utf-8"))
    pairs = [(a, b) for a, row in truth.items() for part in row.values() for b in part]
    with (data / "groundtruth_crop_to_page.csv").open(encoding="utf-8", newline="") as file:
        pairs += [(row["crop"], row["page"]) for row in csv.DictReader(file)]
    root = {name: name for name in names}

    def find(name: str) -> str:
        while root.setdefault(name, name) != name:
            name = root[name]
        return name

    for a, b in pairs:
        root[find(a)] = find(b)
    groups: dict[str, list[str]] = {}
    for name in names:
        groups.setdefault(find(name), []).append(name)
    return [groups[key] for key in sorted(groups)]


def index(pictures: Path, collection: Path, preset: str) -> None:
    """`iconoscope index`, without CLIP vectors: the same print does not use them."""
    if (collection / "published.json").exists():
        return
    run = [sys.executable, "-c", "import sys, iconoscope; sys.exit(iconoscope.main())", "index"]
    options = ["--collection", str(collection), "--preset", preset, "--clip", "none"]
    subprocess.run([*run, str(pictures), *options], check=True)


def fill(out: Path, images: int, seed: int) -> None:
    """Add mosaics until the collection has so many images, and publish it."""
    with CollectionWriter(out / "collection") as writer:
        snapshot = open_snapshot(out / "collection")
        missing = images - len(snapshot)
        if missing <= 0:
            return
        source = writer.source_id("folder", "mosaics")
        count = snapshot.settings.sift.count
        made = mosaics(sources(snapshot, set((out / "queried.txt").read_text().split("\n"))), seed, count)
        parts: dict[str, list[str]] = {}
        for start in range(0, missing, BATCH):
            batch = [(f"mosaic{start + k:05d}.png", next(made)) for k in range(min(BATCH, missing - start))]
            parts.update((name, list(mosaic.parts)) for name, mosaic in batch)
            writer.commit([_record(mosaic, name, source) for name, mosaic in batch])
        (out / "mosaics.json").write_text(json.dumps(parts), encoding="utf-8")
        publish(writer)


def audit(data: Path, out: Path, seen: list[Path]) -> None:
    """For each picture the mosaics that hold a part of it or of a copy, and what was seen by eye: `audited.json`."""
    parts = json.loads((out / "mosaics.json").read_text(encoding="utf-8"))
    holding: dict[str, set[str]] = {}
    for mosaic, names in parts.items():
        for name in names:
            holding.setdefault(name, set()).add(mosaic)
    found: dict[str, set[str]] = {}
    for group in tied(pictures_of(data), data):
        mosaics_of_group = set().union(*(holding.get(name, set()) for name in group))
        found.update((name, mosaics_of_group) for name in group)
    pairs = [pair for path in seen for pair in json.loads(path.read_text(encoding="utf-8")).items()]
    for name, images in pairs:
        more = set(images).union(*(holding.get(image, set()) for image in images))
        found[name] = found.get(name, set()) | more
    content = {name: sorted(images) for name, images in sorted(found.items()) if images}
    (out / "audited.json").write_text(json.dumps(content), encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Picture:
    """What is stored of a picture: keypoints in its own pixels, thumbnail uint8 (h, w, 3), width and height."""

    name: str
    features: LocalFeatures
    thumbnail: Array
    size: tuple[float, float]


def sources(snapshot: Snapshot, queried: set[str]) -> list[Picture]:
    """The pictures that are never queried."""
    named = zip(snapshot.images.ids.tolist(), snapshot.images.names, strict=True)
    wanted = {i: name for i, name in named if name not in queried and "/" in name}
    features, thumbnails = snapshot.keypoints(list(wanted)), snapshot.thumbnails(list(wanted))
    found = []
    for i, name in wanted.items():
        w, h = (float(v) for v in snapshot.images.sizes[snapshot.images.position(i)])
        picture = cv2.imdecode(np.frombuffer(thumbnails[i], np.uint8), cv2.IMREAD_COLOR)
        if picture is not None:
            found.append(Picture(name, features[i], np.asarray(picture)[..., ::-1], (w, h)))
    return found


@dataclass(frozen=True, slots=True)
class Mosaic:
    """A made-up image: keypoints and thumbnail of a picture of `size`, and the names of those it holds parts of."""

    parts: tuple[str, ...]
    features: LocalFeatures
    thumbnail: Array
    size: tuple[int, int]


def mosaics(pictures: list[Picture], seed: int, count: int = 1000) -> Iterator[Mosaic]:
    """One after the other, for ever, each with its `count` strongest keypoints."""
    rng = generator(seed, "mosaics")
    number = 0
    while True:
        size = SHAPES[number % len(SHAPES)]
        mosaic = _mosaic(pictures, size, rng, count)
        if len(mosaic.features) >= min(FEWEST, count // 2):
            number += 1
            yield mosaic


def _mosaic(pictures: list[Picture], size: tuple[int, int], rng: np.random.Generator, count: int) -> Mosaic:
    small = np.full((round(size[1] * THUMBNAIL), round(size[0] * THUMBNAIL), 3), int(between(rng, 205, 245)), np.uint8)
    parts, names = [], []
    for cell in _cells(size, rng):
        picture = pictures[int(rng.integers(len(pictures)))]
        matrix, scale, degrees = _placed(picture.size, cell, rng)
        names.append(picture.name)
        parts.append(_keypoints(picture.features, matrix, scale, degrees, cell))
        _paint(small, picture, matrix, cell)
    found = join(parts)
    strongest = np.argsort(-found.responses, kind="stable")[:count]
    return Mosaic(tuple(names), found.take(strongest), small, size)


Cell = tuple[int, int, int, int]


def _cells(size: tuple[int, int], rng: np.random.Generator) -> list[Cell]:
    """x, y, width, height of 2–4 parts: the largest is cut across its longer side, once to three times."""
    cells = [(0, 0, *size)]
    for _ in range(int(rng.integers(1, 4))):
        x, y, w, h = cells.pop(int(np.argmax([c[2] * c[3] for c in cells])))
        f = between(rng, 0.35, 0.65)
        if w > h:
            cells += [(x, y, int(w * f), h), (x + int(w * f), y, w - int(w * f), h)]
        else:
            cells += [(x, y, w, int(h * f)), (x, y + int(h * f), w, h - int(h * f))]
    return cells


def _placed(size: tuple[float, float], cell: Cell, rng: np.random.Generator) -> tuple[Array, float, float]:
    """A turned crop (30–90 % of the area) that covers a cell: transform 3 × 3, its scale, its turn in degrees."""
    x, y, w, h = cell
    part = between(rng, 0.3, 0.9) ** 0.5
    crop = size[0] * part, size[1] * part
    centre = [between(rng, 0, s - c) + c / 2 for s, c in zip(size, crop, strict=True)]
    scale, degrees = max(w / crop[0], h / crop[1]) * between(rng, 0.9, 1.25), between(rng, -10, 10)
    c, s = scale * np.cos(np.radians(degrees)), scale * np.sin(np.radians(degrees))
    matrix = np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])
    matrix[:2, 2] = np.array([x + w / 2, y + h / 2]) - matrix[:2, :2] @ centre
    return matrix, scale, degrees


def _keypoints(features: LocalFeatures, matrix: Array, scale: float, degrees: float, cell: Cell) -> LocalFeatures:
    """Those that fall into the cell and are large enough to be seen at this scale."""
    x, y, w, h = cell
    xy = transform_points(matrix, features.xy).astype(np.float32)
    inside = ((xy >= [x, y]) & (xy < [x + w, y + h])).all(axis=1) & (features.scales * scale > 1.8)
    kept = features.take(inside)
    angles = ((kept.angles + degrees) % 360).astype(np.float32)
    return replace(kept, xy=xy[inside], scales=(kept.scales * scale).astype(np.float32), angles=angles)


def _paint(small: Array, picture: Picture, matrix: Array, cell: Cell) -> None:
    k = picture.thumbnail.shape[1] / picture.size[0]
    whole = np.diag([THUMBNAIL, THUMBNAIL, 1.0]) @ matrix @ np.diag([1 / k, 1 / k, 1.0])
    size = small.shape[1], small.shape[0]
    laid = cv2.warpAffine(np.ascontiguousarray(picture.thumbnail), whole[:2], size, borderMode=cv2.BORDER_REPLICATE)
    x, y, w, h = (round(v * THUMBNAIL) for v in cell)
    small[y : y + h, x : x + w] = laid[y : y + h, x : x + w]


def _record(mosaic: Mosaic, name: str, source: int) -> ImageRecord:
    regions = Regions.of([{"image_id": 0, "box": (0, 0, *mosaic.size), "kind": "whole"}])
    coded = cv2.imencode(".webp", mosaic.thumbnail[..., ::-1], [cv2.IMWRITE_WEBP_QUALITY, 80])[1].tobytes()
    bits = phash(np.ascontiguousarray(mosaic.thumbnail))
    features = replace(mosaic.features, regions=np.zeros(len(mosaic.features), np.int32))
    return ImageRecord(SourceItem(name, Path(name)), source, name, *mosaic.size, bits, coded, regions, features)


if __name__ == "__main__":
    main()
