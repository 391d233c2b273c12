"""What a worker process does with one image: decode, propose regions, describe them. No torch here."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np

from indexer.collection.records import ImageRecord
from indexer.core.errors import IconoscopeError
from indexer.core.geometry import box_slices
from indexer.core.settings import IndexSettings
from indexer.core.types import NO_ID, Array, DecodedImage, Regions, SourceItem
from indexer.features.clip_preprocess import ClipPreprocess


@dataclass(frozen=True, slots=True)
class Task:
    """One image to describe.

    Attributes:
        replaces: Image id whose row this one takes the place of, NO_ID for none.
        only_regions: Only cut out these (for another embedding model); everything else is there already.
    """

    item: SourceItem
    source_id: int
    replaces: int = NO_ID
    only_regions: Regions | None = None


@dataclass(frozen=True, slots=True)
class Described:
    """Result of a worker.

    Attributes:
        pixels: uint8 (regions, 3, s, s), what the embedding model takes, or None without one.
        seconds: Time spent in each stage.
    """

    record: ImageRecord
    pixels: Array | None = None
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def nbytes(self) -> int:
        """About how much memory it takes."""
        record = self.record
        arrays = [self.pixels, *record.vectors.values(), record.features.descriptors, record.features.xy]
        return 2_000 + len(record.thumbnail) + sum(a.nbytes for a in arrays if a is not None)


class _Watch:
    """Seconds by stage."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        start = time.perf_counter()
        yield
        self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - start


def describe(task: Task, settings: IndexSettings, clip: ClipPreprocess | None) -> Described:
    """Everything that is stored about one image; a failure becomes a record with a reason."""
    try:
        if task.item.problem:
            return failed(task, task.item.problem)
        return _describe(task, settings, clip)
    except IconoscopeError as error:
        return failed(task, str(error))
    except MemoryError:
        return failed(task, "Not enough memory to read it. Lower decode.max_side or the number of workers.")
    except Exception as error:  # noqa: BLE001
        # A damaged file can make any library raise anything; one image must not end the run.
        return failed(task, f"Unexpected {type(error).__name__}: {error}")


def failed(task: Task, reason: str) -> Described:
    """The record of an image that could not be described."""
    return Described(ImageRecord(task.item, task.source_id, reason=reason, replaces=task.replaces))


def _describe(task: Task, settings: IndexSettings, clip: ClipPreprocess | None) -> Described:
    from indexer.decode import decode

    watch = _Watch()
    with watch.stage("decode"):
        image = decode(task.item, settings.decode)
    if task.only_regions is not None:
        record = ImageRecord(task.item, task.source_id, digest=image.digest, regions=task.only_regions)
    else:
        record = _record(task, image, settings, watch)
    with watch.stage("prepare"):
        pixels = _pixels(image, record.regions, clip) if clip else None
    return Described(record, pixels, watch.seconds)


def _record(task: Task, image: DecodedImage, settings: IndexSettings, watch: _Watch) -> ImageRecord:
    from indexer.features import phash, sift, signature
    from indexer.regions import propose
    from indexer.thumbnail import thumbnail

    with watch.stage("regions"):
        regions = propose(settings.regions, image, settings, task.item)
    with watch.stage("sift"):
        features = sift.extract_regions(image.rgb, image.scale, regions, settings.sift)
    with watch.stage("signature"):
        raw = np.stack([signature.describe(cut(image, box)) for box in regions.boxes])
    with watch.stage("thumbnail"):
        small = thumbnail(image.rgb, settings.thumbnail)
        code = phash.phash(image.rgb)
    return ImageRecord(
        item=task.item,
        source_id=task.source_id,
        digest=image.digest,
        width=image.width,
        height=image.height,
        phash=code,
        thumbnail=small,
        regions=regions,
        features=features,
        vectors={signature.NAME: raw.astype(np.float16)},
        replaces=task.replaces,
    )


def cut(image: DecodedImage, box: Array) -> Array:
    """The pixels of a box given in original pixels; uint8 (h, w, 3)."""
    x, y, w, h = (float(v) for v in box)
    result: Array = image.rgb[box_slices((x, y, w, h), image.scale, image.rgb.shape)]
    return result


def _pixels(image: DecodedImage, regions: Regions, clip: ClipPreprocess) -> Array:
    from indexer.features.clip_crop import crop_for_clip

    crops = []
    for kind, (x, y, w, h) in zip(regions.kinds, regions.boxes.tolist(), strict=True):
        crops.append(clip(crop_for_clip(image, None if kind == "whole" else (x, y, w, h))))
    return np.stack(crops)
