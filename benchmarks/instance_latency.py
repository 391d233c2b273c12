"""The time of a whole same-print query, beside bare SIFT of the same box, and how it grows with the collection.

    python benchmarks/instance_latency.py ../shared/data/images --images 10000 100000 --out /tmp/latency

Boxes of 640 pixels around real pictures are asked with their mirrored copies. The index is a generated one of 1,000
keypoints an image with random words and codes (instance_scale.py): every list is as long as it would be on average.
What stands behind a candidate, stored keypoints and thumbnails, is that of real pictures in turn, held in memory, so
that verification works as hard as on unrelated pictures. Reading them from disk is not in the figures, nor that real
lists are uneven and real codes alike (`iconoscope evaluate instance` has both, at the size of a real collection).
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from types import SimpleNamespace

import cv2
import numpy as np
from instance_scale import make_index

from indexer.collection.rows import positions
from indexer.core.settings import IndexSettings
from indexer.core.types import DecodedImage, LocalFeatures
from indexer.features.sift import extract, to_gray
from search.channels.base import ChannelRequest, QueryPicture
from search.channels.instance import InstanceChannel
from search.channels.instance_stages import measured

SIDE, MARGIN, STORED = 640, 80, 200
"""Pixels of a query and of the paper around it; pictures that stand behind the candidates."""


@dataclass(frozen=True, slots=True)
class Stored:
    """What a collection keeps of a picture."""

    features: LocalFeatures
    thumbnail: bytes
    size: tuple[int, int]


class MadeSnapshot:
    """As much of a collection as the channel reads."""

    def __init__(self, folder: Path, images: int, pictures: Sequence[Stored]) -> None:
        self.settings, self._folder, self._pictures = IndexSettings(), folder, pictures
        ids = np.arange(images, dtype=np.int64)
        sizes = np.array([pictures[i % len(pictures)].size for i in range(images)], np.int32)
        self.images = SimpleNamespace(
            ids=ids, sizes=sizes, position=int,
            phashes=np.random.default_rng(1).integers(1, 2**63, images).astype(np.uint64),
            positions=lambda wanted: positions(ids, np.asarray(wanted, np.int64)),
        )  # fmt: skip
        boxes = np.column_stack([np.zeros((images, 2)), sizes]).astype(np.float32)
        self.regions = SimpleNamespace(ids=ids, boxes=boxes, image_positions=ids)

    def index_folder(self, name: str) -> Path | None:
        """The generated index."""
        return self._folder if name == "instance" else None

    def keypoints(self, ids: Sequence[int]) -> dict[int, LocalFeatures]:
        """Those of a real picture."""
        return {i: self._pictures[i % len(self._pictures)].features for i in ids}

    def thumbnails(self, ids: Sequence[int]) -> dict[int, bytes]:
        """Those of a real picture."""
        return {i: self._pictures[i % len(self._pictures)].thumbnail for i in ids}

    def path_of(self, _image_id: int) -> Path | None:
        """No files."""
        return None

    def page_of(self, _image_id: int) -> int | None:
        """No pages."""
        return None


def stored(path: Path) -> Stored | None:
    """A picture as it would be indexed; None where it cannot be read."""
    bgr = cv2.imread(str(path))
    if bgr is None:
        return None
    k = min(1.0, SIDE / max(bgr.shape[:2]))
    small = cv2.resize(bgr, None, fx=k, fy=k, interpolation=cv2.INTER_AREA)
    thumbnail = cv2.resize(small, None, fx=0.4, fy=0.4, interpolation=cv2.INTER_AREA)
    data = cv2.imencode(".webp", thumbnail, [cv2.IMWRITE_WEBP_QUALITY, 80])[1].tobytes()
    rgb = np.ascontiguousarray(small[..., ::-1])
    return Stored(extract(rgb, k, IndexSettings().sift), data, (bgr.shape[1], bgr.shape[0]))


def boxed(path: Path) -> QueryPicture | None:
    """A picture of 640 pixels on paper, with a box around it."""
    bgr = cv2.imread(str(path))
    if bgr is None or max(bgr.shape[:2]) < SIDE:
        return None
    k = SIDE / max(bgr.shape[:2])
    rgb = np.asarray(cv2.resize(bgr, None, fx=k, fy=k, interpolation=cv2.INTER_AREA))[..., ::-1]
    h, w = rgb.shape[:2]
    page = np.full((h + 2 * MARGIN, w + 2 * MARGIN, 3), 235, np.uint8)
    page[MARGIN : MARGIN + h, MARGIN : MARGIN + w] = rgb
    decoded = DecodedImage(page, page.shape[1], page.shape[0])
    return QueryPicture(lambda _side: decoded, (float(MARGIN), float(MARGIN), float(w), float(h)))


def bare_sift(query: QueryPicture) -> float:
    """Milliseconds of OpenCV's SIFT on the box."""
    x, y, w, h = (int(v) for v in query.box or ())
    grey = np.ascontiguousarray(to_gray(query.decode(None).rgb[y : y + h, x : x + w]))
    start = time.perf_counter()
    cv2.SIFT_create(nfeatures=1000).detectAndCompute(grey, None)  # type: ignore[attr-defined]
    return (time.perf_counter() - start) * 1000


def measure(channels: dict[int, InstanceChannel], queries: Sequence[QueryPicture]) -> dict[int, dict[str, float]]:
    """Medians in milliseconds for each size: bare SIFT, the whole by the clock and in processor time, and the stages.

    Each query is asked at all sizes in turn, so that a drifting machine hits all alike.
    """
    rows: dict[int, list[dict[str, float]]] = {images: [] for images in channels}
    for query, (images, channel) in product(queries, channels.items()):
        sift = bare_sift(query)
        start, spent = time.perf_counter(), time.process_time()
        with measured() as stages:
            channel.search(ChannelRequest(pictures=[query], limit=50))
        clock, processor = time.perf_counter() - start, time.process_time() - spent
        rows[images].append({"SIFT": sift, "whole": clock * 1000, "processor": processor * 1000, **stages})
    return {
        images: {key: float(np.median([row.get(key, 0.0) for row in found])) for key in found[0]}
        for images, found in rows.items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pictures", type=Path)
    parser.add_argument("--images", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--queries", type=int, default=30)
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    paths = sorted(options.pictures.iterdir())
    kept = [s for s in (stored(p) for p in paths[:: max(1, len(paths) // STORED)]) if s is not None]
    asked = [q for q in (boxed(p) for p in paths[1 :: max(1, len(paths) // (4 * options.queries))]) if q is not None]
    channels = {}
    for images in options.images:
        folder = options.out / str(images)
        if not (folder / "instance.json").exists():
            make_index(folder, images, np.random.default_rng(0))
        channels[images] = InstanceChannel(MadeSnapshot(folder, images, kept))
    measure(channels, asked[:3])
    for images, times in measure(channels, asked[: options.queries]).items():
        print(json.dumps({"images": images, **{key: round(ms, 1) for key, ms in times.items()}}))


if __name__ == "__main__":
    main()
