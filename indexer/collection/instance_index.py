"""Builds and extends the same-print index at each publication; `InstanceIndex` opens it.

A folder holds a vocabulary (instance_words.py) and immutable segments (instance_segment.py); the next generation links
the segments of the last one and adds its own. Removed images stay in their segment, masked, until it is merged.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from indexer.collection.instance_merge import GrowingArrays, Part, merge_parts
from indexer.collection.instance_places import pack_places
from indexer.collection.instance_search import FORMAT, InstanceIndex
from indexer.collection.instance_segment import link_file, link_segment, make_segment
from indexer.collection.instance_words import Vocabulary, load_array, make_vocabulary, train
from indexer.core.batches import batches
from indexer.core.errors import CollectionError
from indexer.core.settings import config_folder
from indexer.core.types import Array

__all__ = ["InstanceIndex", "InstanceIndexBuilder", "general_vocabulary"]

logger = logging.getLogger(__name__)

GROWTH = ((1_000, 128, 128), (20_000, 256, 256), (60_000, 512, 256), (200_000, 1024, 1024))
"""From how many images on a vocabulary of top × branch words is trained on the collection itself."""
SAMPLE = 40
"""Descriptors a word that the training looks at."""
LEAST_SAMPLE = 4.0
"""Descriptors a word without which nothing is trained (a collection of blank pages)."""
SEGMENT_IMAGES = 60_000
"""Most images of a segment; up to 65,535 they are numbered in 16 bits."""
RUN_ENTRIES = 500_000
"""Keypoints that are sorted in memory at a time when the index is built (about 60 bytes each)."""
READ = 32
"""Images whose keypoints are read at a time; a page has ten thousand."""
CODED = 32_768
"""Keypoints that are turned into words and codes at a time (as floats, 1.5 kB each)."""
GENERAL = "instance_vocabulary.npz"


class InstanceIndexBuilder:
    """Fills the folder of the index named `instance`; see docs/architecture.md."""

    name = "instance"

    def build(self, snapshot: Any, previous: Path | None, target: Path) -> None:
        """Fill the empty folder `target`; `previous` is extended by hard links where its vocabulary still fits."""
        live = np.asarray(snapshot.images.ids, np.int64)
        old = _reusable(previous, len(live))
        with TemporaryDirectory(dir=target, prefix=".runs") as temporary:
            runs = Path(temporary)
            if old is None or previous is None:
                vocabulary = _vocabulary(snapshot, live, runs)
                vocabulary.save(target)
                kept, loose, new = list[Part](), list[Part](), live
            else:
                vocabulary = old.vocabulary
                for path in previous.glob("words_*.npy"):
                    link_file(path, target / path.name)
                new = np.setdiff1d(live, old.image_ids)
                kept, loose = _fold(old, previous, len(new), live)
                for part in kept:
                    link_segment(previous, target, part.name)
            parts = [*loose, *_runs(snapshot, vocabulary, new, runs)]
            _write(target, len(vocabulary), [part.name for part in kept], parts, live)


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


def _vocabulary(snapshot: Any, live: Array, temporary: Path) -> Vocabulary:
    wanted = _wanted(len(live))
    if wanted is None:
        return general_vocabulary()
    sample = _sample(snapshot, live, SAMPLE * wanted[0] * wanted[1], temporary)
    if len(sample) < LEAST_SAMPLE * wanted[0] * wanted[1]:
        return general_vocabulary()
    return train(sample, *wanted)


def _sample(snapshot: Any, live: Array, needed: int, temporary: Path) -> Array:
    """uint8 (n, 128), memory-mapped: the descriptors of images drawn at random, at most `needed`."""
    order = np.random.default_rng(0).permutation(live)
    have = 0
    with GrowingArrays(temporary, "sample", {"descriptors": np.uint8}) as out:
        for start in range(0, len(order), READ):
            for _, features in snapshot.iter_keypoints(READ, np.sort(order[start : start + READ])):
                rows = features.descriptors[: needed - have]
                out.append({"descriptors": rows.ravel()})
                have += len(rows)
            if have >= needed:
                break
    return load_array(temporary / "sample-descriptors.npy").reshape(-1, 128)


def _runs(snapshot: Any, vocabulary: Vocabulary, ids: Array, folder: Path) -> Iterator[Part]:
    """Sorted segments of about `RUN_ENTRIES` keypoints in `folder`, to be merged."""
    for number, rows in enumerate(batches(_rows(snapshot, vocabulary, ids), RUN_ENTRIES, lambda row: len(row[2]))):
        run = make_segment(len(vocabulary), rows)
        run.save(folder, f"run{number}")
        yield Part(folder, f"run{number}", run.ids)


def _rows(snapshot: Any, vocabulary: Vocabulary, ids: Array) -> Iterator[tuple[int, float, Array, Array, Array]]:
    """What `make_segment` wants of each image."""
    sides = snapshot.images.sizes.max(axis=1)
    for batch in batches(snapshot.iter_keypoints(READ, ids), CODED, lambda pair: len(pair[1])):
        descriptors = np.concatenate([features.descriptors for _, features in batch])
        word, _ = vocabulary.assign(descriptors, 2, 1)
        code = vocabulary.codes(descriptors, word)
        at = 0
        for image_id, features in batch:
            side = float(sides[snapshot.images.position(image_id)])
            end = at + len(features)
            yield int(image_id), side, word[at:end, 0], code[at:end, 0], pack_places(features, side)
            at = end


def _fold(old: InstanceIndex, folder: Path, new: int, live: Array) -> tuple[list[Part], list[Part]]:
    """Which old segments stay as they are, and which are merged with `new` new images.

    A segment is merged into the new one when it is less than twice as large (so that each image is rewritten a
    logarithmic number of times), and rewritten when a third of its images are gone.
    """
    kept: list[Part] = []
    loose: list[Part] = []
    for name, segment in zip(old.names, old.segments, strict=True):
        part = Part(folder, name, np.asarray(segment.ids))
        alive = int(np.isin(part.ids, live).sum())
        if 3 * alive >= 2 * len(part.ids) and len(part.ids):
            kept.append(part)
        elif alive:
            loose.append(part)
    while kept and new and len(kept[-1].ids) < 2 * (new + sum(len(p.ids) for p in loose)):
        if len(kept[-1].ids) >= SEGMENT_IMAGES:
            break
        loose.append(kept.pop())
    return kept, loose


def _write(target: Path, words: int, kept: Sequence[str], parts: Sequence[Part], live: Array) -> None:
    names = list(kept)
    number = 1 + max((int(n.removeprefix("segment")) for n in kept), default=0)
    for group in _groups([part for part in parts if len(part.ids)]):
        names.append(f"segment{number}")
        merge_parts(group, live, words, target, names[-1])
        number += 1
    content = {"format": FORMAT, "words": words, "segments": names}
    (target / "instance.json").write_text(json.dumps(content), encoding="utf-8")


def _groups(parts: Sequence[Part]) -> list[list[Part]]:
    """Neighbours that make one segment of at most `SEGMENT_IMAGES` images together (or are larger alone)."""
    groups: list[list[Part]] = []
    size = SEGMENT_IMAGES
    for part in parts:
        size += len(part.ids)
        if size > SEGMENT_IMAGES:
            groups.append([])
            size = len(part.ids)
        groups[-1].append(part)
    return groups
