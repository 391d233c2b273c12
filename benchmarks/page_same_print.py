"""Are pictures on pages found as surely when only they are indexed? Same print with `--regions page` and without.

    python benchmarks/page_same_print.py ../shared/data --out FOLDER [--others 300]

Two collections are made of the same pages (and `--others` single pictures that are no answer): `--regions whole` and
`--regions page`. Then every illustration of `groundtruth_crop_to_page.csv` is searched for as it is, at a third of its
size, and turned, darkened, blurred and compressed (seeded). Right is the page from which it was cut. Printed: recall@1
and @5, share of queries for which the search vouches for the right page, wrong pages vouched for, size of the keypoints
and of the index, processor time of indexing. A collection that is there already is not made again.
"""

from __future__ import annotations

import argparse
import csv
import resource
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from indexer.core.types import Array
from indexer.evaluate.statistics import wilson
from indexer.evaluate.types import InstanceQuery, RankedHit
from search.engine import Engine
from search.evaluate_instance import search_instance

METHODS = ("whole", "page")
Change = Callable[[Array, np.random.Generator], Array]


def as_it_is(rgb: Array, rng: np.random.Generator) -> Array:
    """The crop itself."""
    return rgb


def third(rgb: Array, rng: np.random.Generator) -> Array:
    """A third of its size, at least 120 pixels long."""
    factor = max(1 / 3, 120 / max(rgb.shape[:2]))
    small: Array = cv2.resize(rgb, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    return small


def worn(rgb: Array, rng: np.random.Generator) -> Array:
    """Half its size, turned by up to 12 degrees on white, darker, blurred, JPEG of quality 35."""
    small = cv2.resize(rgb, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    h, w = small.shape[:2]
    turn = cv2.getRotationMatrix2D((w / 2, h / 2), float(rng.uniform(-12, 12)), 0.9)
    small = cv2.warpAffine(small, turn, (w, h), borderValue=(255, 255, 255))
    small = (255 * (small / 255) ** rng.uniform(0.8, 1.6)).astype(np.uint8)
    small = cv2.GaussianBlur(small, (0, 0), 0.8)
    out: Array = cv2.imdecode(cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, 35])[1], cv2.IMREAD_COLOR)
    return out


CHANGES: dict[str, Change] = {"as it is": as_it_is, "a third of the size": third, "worn": worn}


@dataclass
class Tally:
    """What came of the queries of one kind; ranks are 1-based, None for not found."""

    ranks: list[int | None] = field(default_factory=list)
    vouched: int = 0
    wrongly: int = 0

    def add(self, hits: list[RankedHit], right: str) -> None:
        """Count the answer to one query."""
        names = [hit.image for hit in hits]
        self.ranks.append(names.index(right) + 1 if right in names else None)
        self.vouched += any(hit.same_print and hit.image == right for hit in hits)
        self.wrongly += sum(hit.same_print and hit.image != right for hit in hits)

    def recall(self, k: int) -> int:
        """Queries whose page is among the first k."""
        return sum(rank is not None and rank <= k for rank in self.ranks)


def build(folder: Path, sources: list[Path], method: str) -> float:
    """Index into `folder`, one worker, no CLIP; processor seconds (of the first time, when the collection is there)."""
    note = folder.with_suffix(".seconds")
    if note.exists():
        return float(note.read_text())
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [sys.executable, "-m", "iconoscope", "index", *map(str, sources), "--collection", str(folder)]
    subprocess.run([*command, "--regions", method, "--clip", "none", "--workers", "1"], check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    note.write_text(f"{seconds:.2f}")
    return seconds


def size_of(folder: Path) -> int:
    """Bytes of the files below a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def ask_all(engine: Engine, data: Path, seed: int) -> dict[str, Tally]:
    """Every crop in every change."""
    tallies = {name: Tally() for name in CHANGES}
    known = {Path(name).name for name in engine.snapshot.images.names}
    with (data / "groundtruth_crop_to_page.csv").open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if Path(row["page"]).name in known]
    for i, row in enumerate(rows):
        rgb = cv2.cvtColor(cv2.imread(str(data / row["crop"])), cv2.COLOR_BGR2RGB)
        for name, change in CHANGES.items():
            query = InstanceQuery(row["crop"], np.ascontiguousarray(change(rgb, np.random.default_rng([seed, i]))))
            hits = [RankedHit(Path(h.image).name, h.score, h.same_print) for h in search_instance(engine, query).hits]
            tallies[name].add(hits, Path(row["page"]).name)
    return tallies


def drawn(folder: Path, count: int, seed: int, without: tuple[str, ...]) -> list[Path]:
    """`count` pictures of a folder, by the seed, none of whose name begins as in `without`."""
    paths = sorted(p for p in folder.iterdir() if p.suffix in (".jpg", ".png") and not p.name.startswith(without))
    order = np.random.default_rng(seed).permutation(len(paths))[:count]
    return [paths[i] for i in sorted(order.tolist())]


def main() -> None:
    """Build, ask, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="folder with pages, images and groundtruth_crop_to_page.csv")
    parser.add_argument("--out", type=Path, required=True, help="folder for the collections")
    parser.add_argument("--others", type=int, default=300, help="single pictures beside the pages")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    cv2.setNumThreads(1)
    options.out.mkdir(parents=True, exist_ok=True)
    listed = options.out / "sources"
    listed.mkdir(exist_ok=True)
    pages = sorted((options.data / "pages").iterdir())
    books = tuple({path.stem.rsplit("_", 1)[0] for path in pages})  # their pictures stand alone in `images`, too
    for path in [*pages, *drawn(options.data / "images", options.others, options.seed, books)]:
        link = listed / path.name
        if not link.exists():
            link.symlink_to(path.resolve())
    seconds = {method: build(options.out / method, [listed], method) for method in METHODS}
    for method in METHODS:
        folder = options.out / method
        sizes = [size_of(folder / name) / 1e6 for name in ("keypoints.lance", "indexes")]
        print(
            f"\n{method}: keypoints {sizes[0]:.1f} MB, indexes {sizes[1]:.1f} MB, all {size_of(folder) / 1e6:.1f} MB,"
            f" indexing {seconds[method]:.1f} s of processor time",
            flush=True,
        )
        _tell(ask_all(Engine.open(folder), options.data, options.seed))


def _tell(tallies: dict[str, Tally]) -> None:
    for name, tally in tallies.items():
        n = len(tally.ranks)
        low, high = wilson(tally.recall(1), n)
        print(
            f"  {name:20} recall@1 {tally.recall(1)}/{n} [{low:.2f}, {high:.2f}]  @5 {tally.recall(5)}/{n}"
            f"  vouched for: right {tally.vouched}/{n}, wrong {tally.wrongly}"
        )


if __name__ == "__main__":
    main()
