"""Builds and extends the same-print index at each publication; `InstanceIndex` opens it.

A folder holds a vocabulary (instance_words.py) and immutable segments (instance_segment.py); the next generation links
the segments of the last one and adds its own. Removed images stay in their segment, masked, until it is merged.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from indexer.collection.instance_places import pack_places
from indexer.collection.instance_search import FORMAT, InstanceIndex
from indexer.collection.instance_segment import Segment, link_file, link_segment, make_segment, merge_segments
from indexer.collection.instance_words import Vocabulary, make_vocabulary, train
from indexer.core.errors import CollectionError
from indexer.core.settings import config_folder
from indexer.core.types import Array, LocalFeatures

__all__ = ["InstanceIndex", "InstanceIndexBuilder", "general_vocabulary"]

logger = logging.getLogger(__name__)

GROWTH = ((1_000, 128, 128), (20_000, 256, 256), (200_000, 1024, 1024))
"""From how many images on a vocabulary of top × branch words is trained on the collection itself."""
SAMPLE = 40
"""Descriptors a word that the training looks at."""
LEAST_SAMPLE = 4.0
"""Descriptors a word without which nothing is trained (a collection of blank pages)."""
SEGMENT_IMAGES = 20_000
GENERAL = "instance_vocabulary.npz"


class InstanceIndexBuilder:
    """Fills the folder of the index named `instance`; see docs/architecture.md."""

    name = "instance"

    def build(self, snapshot: Any, previous: Path | None, target: Path) -> None:
        """Fill the empty folder `target`; `previous` is extended by hard links where its vocabulary still fits."""
        live = np.asarray(snapshot.images.ids, np.int64)
        old = _reusable(previous, len(live))
        if old is None or previous is None:
            vocabulary = _vocabulary(snapshot, live)
            vocabulary.save(target)
            _write(target, vocabulary, _segments(snapshot, vocabulary, live), [])
            return
        for path in previous.glob("words_*.npy"):
            link_file(path, target / path.name)
        new = np.setdiff1d(live, old.image_ids)
        fresh = list(_segments(snapshot, old.vocabulary, new))
        kept, fresh = _fold(old, fresh, live)
        for name in kept:
            link_segment(previous, target, name)
        _write(target, old.vocabulary, iter(fresh), kept)


def general_vocabulary() -> Vocabulary:
    """The vocabulary for collections too small to train one.

    Raises:
        CollectionError: The file that ships with the program is missing.
    """
    path = config_folder() / GENERAL
    try:
        with np.load(path) as content:
            return make_vocabulary(content["top"], content["leaves"])
    except (OSError, ValueError, KeyError) as error:
        raise CollectionError(f"The general vocabulary {path.name} is missing.", "Install Iconoscope again.") from error


def _wanted(images: int) -> tuple[int, int] | None:
    shape = None
    for least, top, branch in GROWTH:
        if images >= least:
            shape = top, branch
    return shape


def _reusable(previous: Path | None, images: int) -> InstanceIndex | None:
    """The previous index, unless it is damaged or the collection has outgrown its vocabulary."""
    if previous is None:
        return None
    try:
        old = InstanceIndex.open(previous)
    except CollectionError as error:
        logger.warning("The last same-print index cannot be extended and is built anew: %s", error)
        return None
    wanted = _wanted(images)
    if wanted is not None and len(old.vocabulary) < wanted[0] * wanted[1]:
        return None
    return old


def _vocabulary(snapshot: Any, live: Array) -> Vocabulary:
    wanted = _wanted(len(live))
    if wanted is None:
        return general_vocabulary()
    needed = SAMPLE * wanted[0] * wanted[1]
    rng = np.random.default_rng(0)
    parts: list[Array] = []
    have = 0
    order = rng.permutation(live)
    for start in range(0, len(order), 512):
        for _, features in snapshot.iter_keypoints(512, np.sort(order[start : start + 512])):
            parts.append(features.descriptors)
            have += len(features)
        if have >= needed:
            break
    if have < LEAST_SAMPLE * wanted[0] * wanted[1]:
        return general_vocabulary()
    return train(np.concatenate(parts)[:needed], *wanted)


def _segments(snapshot: Any, vocabulary: Vocabulary, ids: Array) -> Iterator[Segment]:
    for start in range(0, len(ids), SEGMENT_IMAGES):
        rows = list(_rows(snapshot, vocabulary, ids[start : start + SEGMENT_IMAGES]))
        yield make_segment(len(vocabulary), rows)


def _rows(snapshot: Any, vocabulary: Vocabulary, ids: Array) -> Iterator[tuple[int, float, Array, Array, Array]]:
    waiting: list[tuple[int, LocalFeatures]] = []
    sides = snapshot.images.sizes.max(axis=1)

    def flush() -> Iterator[tuple[int, float, Array, Array, Array]]:
        descriptors = np.concatenate([np.zeros((0, 128), np.uint8), *(f.descriptors for _, f in waiting)])
        word, _ = vocabulary.assign(descriptors, 2, 1)
        code = vocabulary.codes(descriptors, word)
        at = 0
        for image_id, features in waiting:
            side = float(sides[snapshot.images.position(image_id)])
            end = at + len(features)
            yield image_id, side, word[at:end, 0], code[at:end, 0], pack_places(features, side)
            at = end
        waiting.clear()

    for image_id, features in snapshot.iter_keypoints(512, ids):
        waiting.append((int(image_id), features))
        if len(waiting) == 256:
            yield from flush()
    yield from flush()


def _fold(old: InstanceIndex, fresh: list[Segment], live: Array) -> tuple[list[str], list[Segment]]:
    """Which old segments stay as they are, and the new ones.

    A segment is merged into the new one when it is less than twice as large (so that each image is rewritten a
    logarithmic number of times), and rewritten when a third of its images are gone.
    """
    kept: list[tuple[str, Segment]] = []
    loose: list[Segment] = []
    for name, segment in zip(old.names, old.segments, strict=True):
        alive = int(np.isin(segment.ids, live).sum())
        if 3 * alive >= 2 * len(segment.ids) and len(segment.ids):
            kept.append((name, segment))
        elif alive:
            loose.append(segment)
    while kept and fresh and len(kept[-1][1].ids) < 2 * sum(len(s.ids) for s in fresh + loose):
        if len(kept[-1][1].ids) >= SEGMENT_IMAGES:
            break
        loose.append(kept.pop()[1])
    if loose:
        fresh = [merge_segments([*loose, *fresh], live)]
    return [name for name, _ in kept], fresh


def _write(target: Path, vocabulary: Vocabulary, segments: Iterator[Segment], kept: list[str]) -> None:
    names = list(kept)
    number = 1 + max((int(n.removeprefix("segment")) for n in kept), default=0)
    for segment in segments:
        if len(segment.ids):
            names.append(f"segment{number}")
            segment.save(target, names[-1])
            number += 1
    content = {"format": FORMAT, "words": len(vocabulary), "segments": names}
    (target / "instance.json").write_text(json.dumps(content), encoding="utf-8")
