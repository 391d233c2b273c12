"""Make training samples and keep them in files, in pieces that can be resumed: train.py reads the folder.

    python benchmarks/page_training/prepare.py --pictures FOLDER --fonts FOLDER --out SAMPLES [--pages 1500]
        [--truth layout.coco.json ...]

A hundred made-up pages take half a minute on one core. Files that are there already are not made again.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pictures
import samples
from numpy.random import default_rng
from sheet import PICTURE

SHARD = 100
"""Made-up pages in a file."""


def save(path: Path, content: list[tuple[str, samples.Sample]]) -> None:
    """Write samples with their names; the file appears when it is complete."""
    arrays = {f"{kind}{i}": a for i, (_, sample) in enumerate(content) for kind, a in zip("xyp", sample, strict=True)}
    partial = path.with_suffix(".partial")
    with partial.open("wb") as file:
        np.savez(file, names=np.array([name for name, _ in content]), **arrays)
    partial.rename(path)


def read(path: Path) -> Iterator[tuple[str, samples.Sample]]:
    """Samples of a file with their names."""
    with np.load(path) as content:
        for i, name in enumerate(content["names"].tolist()):
            yield name, (content[f"x{i}"], content[f"y{i}"], content[f"p{i}"])


def as_made(name: str, sample: samples.Sample) -> tuple[str, samples.Sample]:
    """A page of a print shop; its photographs, on which its truth is silent, are pictures from edge to edge."""
    cells, labels, pixels = sample
    return "", (cells, np.full_like(labels, PICTURE) if Path(name).name.startswith("photo") else labels, pixels)


def main() -> None:
    """Make what is missing, until the time is over."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pictures", type=Path, required=True, help="folder of free pictures to print on the pages")
    parser.add_argument("--leave-out", nargs="*", default=[], help="beginnings of picture names not to use")
    parser.add_argument("--fonts", type=Path, nargs="*", default=[], help="folders of old faces and of initials")
    parser.add_argument("--truth", type=Path, nargs="*", default=[], help="COCO files of pages to train on as well")
    parser.add_argument("--shops", type=Path, nargs="*", default=[], help="sample print shops (not the ones measured)")
    parser.add_argument("--copies", type=int, default=4, help="worn copies of each of those pages")
    parser.add_argument("--pages", type=int, default=1500)
    parser.add_argument("--part", type=int, default=0, help="make every `--of`th file from this one on")
    parser.add_argument("--of", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=1e9, help="begin no file after so long")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    cv2.setNumThreads(1)
    start = time.monotonic()
    options.out.mkdir(parents=True, exist_ok=True)
    faces = samples.fonts(options.fonts)
    for truth in options.truth:
        path = options.out / f"real_{truth.parent.name}_{truth.stem}.npz"
        if not path.exists():
            save(path, list(samples.real(truth, options.copies, 3, faces)))
            print(path.name, flush=True)
    for number, folder in enumerate(options.shops):
        path = options.out / f"shop_{number}.npz"
        if not path.exists():
            save(path, [as_made(*named) for named in samples.real(folder / "truth.coco.json", 1, 4, faces)])
            print(path.name, flush=True)
    pool: list[pictures.Image] = []
    for number in range(-(-options.pages // SHARD)):
        path = options.out / f"made_{number:03d}.npz"
        if number % options.of != options.part or path.exists() or time.monotonic() - start > 60 * options.minutes:
            continue
        pool = pool or pictures.load_pictures(options.pictures, 2000, default_rng(5), tuple(options.leave_out))
        save(path, [("", sample) for sample in samples.synthetic(pool, SHARD, 100 + number, faces)])
        print(path.name, f"{time.monotonic() - start:.0f} s", flush=True)


if __name__ == "__main__":
    main()
