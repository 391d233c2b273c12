"""The SIFT stage against OpenCV alone on the very same reduced pictures, all cores busy. Target: at least 0.9.

python benchmarks/sift_stage.py [FOLDER]      (default: pages of the sample print shop)
"""

from __future__ import annotations

import json
import multiprocessing
import os
import statistics
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from benchmarks.common import in_turn, ratio
from indexer.device import cpu_count

COUNT, ROUNDS = 48, 5
_pictures: list = []
_views: list = []


def prepare(paths: list[str]) -> None:
    """In each worker: decode, and note every extraction that our stage makes."""
    _pictures.extend(decoded(paths))
    _views.extend(views_of(_pictures))


def decoded(paths: list[str]) -> list:
    """Pictures with their whole-image region and the settings."""
    import cv2

    from indexer.core.settings import DecodeSettings, IndexSettings
    from indexer.decode import decode_file, limit_threads
    from indexer.regions import propose

    cv2.setNumThreads(1)
    limit_threads()
    settings = IndexSettings()
    images = [decode_file(Path(path), DecodeSettings()) for path in paths]
    return [(image, propose(("whole",), image, settings), settings.sift) for image in images]


def recorded_views(paths: list[str]) -> list:
    """The calls of our stage over some files, picture by picture, so that few are decoded at a time."""
    return [view for path in paths for view in views_of(decoded([path]))]


def views_of(pictures: list) -> list:
    """Every picture in which our stage looks for keypoints, its mask, and how many it keeps."""
    from indexer.features import sift

    detect, views = sift.detect_and_compute, []

    def recorded(picture, mask, *rest):
        found = detect(picture, mask, *rest)
        views.append((picture, mask, len(found.xy)))
        return found

    sift.detect_and_compute = recorded
    try:
        for image, regions, options in pictures:
            sift.extract_regions(image.rgb, image.scale, regions, options)
    finally:
        sift.detect_and_compute = detect
    return views


def replay(views: list) -> None:
    """OpenCV's SIFT on the same, nothing else."""
    import cv2

    for picture, mask, count in views:
        cv2.SIFT_create(nfeatures=count, enable_precise_upscale=True).detectAndCompute(picture, mask)


def ours(_: int) -> int:
    """Our stage over all pictures of this worker."""
    from indexer.features import sift

    return sum(len(sift.extract_regions(i.rgb, i.scale, r, o)) for i, r, o in _pictures)


def bare(_: int) -> int:
    """OpenCV's SIFT on the same."""
    replay(_views)
    return len(_views)


def main() -> None:
    """Print one JSON document."""
    from indexer.workers import MALLOC_TUNABLES

    os.environ.setdefault("GLIBC_TUNABLES", MALLOC_TUNABLES)
    with tempfile.TemporaryDirectory() as temporary:
        paths = pictures(Path(temporary))
        pools = [
            ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), prepare, (paths[k :: cpu_count()],))
            for k in range(cpu_count())
        ]
        for pool in pools:
            pool.submit(ours, 0).result()

        def everywhere(function) -> None:
            for future in [pool.submit(function, 0) for pool in pools]:
                future.result()

        seconds = in_turn({"ours": lambda: everywhere(ours), "bare": lambda: everywhere(bare)}, ROUNDS)
        for pool in pools:
            pool.shutdown()
    value = ratio(seconds, "ours", "bare")
    rate = len(paths) / statistics.median(seconds["ours"])
    print(
        json.dumps(
            {
                "what": "SIFT stage against OpenCV alone on the same pictures, all cores busy",
                "value": round(value, 3),
                "unit": "of the limit's rate",
                "target": ">= 0.9",
                "met": value >= 0.9,
                "images": len(paths),
                "images_per_second": round(rate, 1),
            }
        )
    )


def pictures(folder: Path) -> list[str]:
    """Files of the folder named on the command line, else printed pages."""
    if len(sys.argv) > 1:
        found = sorted(p for p in Path(sys.argv[1]).rglob("*") if p.suffix.lower() in {".jpg", ".jpeg", ".png"})
        return [str(p) for p in found[:: max(1, len(found) // COUNT)][:COUNT]]
    from indexer.printshop import build_print_shop

    shop = build_print_shop(folder / "shop", pages=24)
    return [str(shop.folder / name) for name in shop.images][:COUNT]


if __name__ == "__main__":
    main()
