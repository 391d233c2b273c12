"""The same-print index, opened: which images share local features with a query, and where."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from indexer.collection.instance_places import unpack_places
from indexer.collection.instance_segment import Segment
from indexer.collection.instance_words import REBUILD, Vocabulary
from indexer.core.errors import CollectionError
from indexer.core.types import Array

FORMAT = 1
RADIUS = 22
"""Bits in which two codes of the same word may differ (of 64)."""
SOFTNESS = 10.4
"""Spread of the weight exp(−(h / 10.4)²) of a Hamming distance h, measured in shared experiments."""
FEWEST_WORDS = 3
MOST_WORDS = 8


@dataclass(frozen=True, slots=True)
class Votes:
    """The images with most votes and what voted for them.

    Attributes:
        image_ids: int64 (k,), most votes first.
        scores: float32 (k,), sums of votes.
        images: int32 (m,), position in `image_ids` of each match, ascending.
        queries: int32 (m,), query feature of each match.
        xy: float32 (m, 2), centre of the matched keypoint in original pixels of the image, to about 1/1000 of its side.
        sizes, angles: float32 (m,), diameter in pixels and degrees, to about 7 % and 3°.
        weights: float32 (m,), the vote.
    """

    image_ids: Array
    scores: Array
    images: Array
    queries: Array
    xy: Array
    sizes: Array
    angles: Array
    weights: Array

    @classmethod
    def empty(cls) -> Votes:
        """No image has a vote."""
        f, i = np.zeros(0, np.float32), np.zeros(0, np.int32)
        return cls(np.zeros(0, np.int64), f, i, i, np.zeros((0, 2), np.float32), f, f, f)


@dataclass(frozen=True, slots=True)
class InstanceIndex:
    """An opened index; safe to search from several threads.

    Attributes:
        vocabulary: Words and codes.
        segments: The inverted lists.
        starts: int64 (segments + 1,), number of the first image of each segment.
        image_ids: int64 (n,), all images of all segments, also removed ones.
        sides: float32 (n,), their longer sides in pixels.
        rarity: float32 (words,), squared inverse document frequency, by the number of entries of each word.
    """

    vocabulary: Vocabulary
    segments: Sequence[Segment]
    names: Sequence[str]
    starts: Array
    image_ids: Array
    sides: Array
    rarity: Array

    @classmethod
    def open(cls, folder: Path) -> InstanceIndex:
        """Memory-map a folder that `InstanceIndexBuilder` filled.

        Raises:
            CollectionError: A file is missing, cut short, or of another format.
        """
        names = read_manifest(folder)
        vocabulary = Vocabulary.open(folder)
        segments = [Segment.open(folder, name, len(vocabulary)) for name in names]
        counts = [len(s.ids) for s in segments]
        ids = np.concatenate([np.zeros(0, np.int64), *(s.ids for s in segments)])
        sides = np.concatenate([np.zeros(0, np.float32), *(s.sides for s in segments)])
        starts = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        return cls(vocabulary, segments, names, starts, ids, sides, rarity(segments, len(vocabulary)))

    def mask(self, ids: Array) -> Array:
        """bool (n,): which images of the index are among `ids` (int64, ascending)."""
        if not len(ids):
            return np.zeros(len(self.image_ids), np.bool_)
        at = np.minimum(np.searchsorted(ids, self.image_ids), len(ids) - 1)
        return np.asarray(ids[at] == self.image_ids)

    def search(self, descriptors: Array, allowed: Array, limit: int) -> Votes:
        """The images that share most with a query.

        Args:
            descriptors: uint8 (q, 128), the query's RootSIFT.
            allowed: bool (n,), by position in `image_ids`; others are not looked at.
            limit: How many images are wanted at most.
        """
        if not len(descriptors) or not allowed.any():
            return Votes.empty()
        from indexer.collection.instance_kernels import vote

        probes = self._probes(descriptors)
        matches = self._scan(*probes, allowed)
        n = len(self.image_ids)
        score, weights = np.zeros(n, np.float32), np.zeros(len(matches[0]), np.float32)
        scratch = np.full(n, -1, np.int32), np.zeros(n, np.int32)
        vote(matches[0], matches[1], matches[3], matches[4], closeness(), *scratch, score, weights)
        return self._gather(matches, score, weights, limit)

    def _probes(self, descriptors: Array) -> tuple[Array, Array, Array]:
        words = MOST_WORDS if len(self.vocabulary) > 8192 else FEWEST_WORDS
        word, _ = self.vocabulary.assign(descriptors, 4, words)
        code = self.vocabulary.codes(descriptors, word)
        query = np.repeat(np.arange(len(word), dtype=np.int32), word.shape[1])
        return word.ravel(), code.ravel(), query

    def _scan(self, words: Array, codes: Array, queries: Array, allowed: Array) -> tuple[Array, ...]:
        """Query, image, place, distance, rarity of all matches, sorted by query.

        Probes of one word follow each other, so that its list is still in the processor's cache.
        """
        from indexer.collection.instance_kernels import scan

        by_word = np.argsort(words, kind="stable")
        words, codes, queries = words[by_word], codes[by_word], queries[by_word]
        parts: list[tuple[Array, ...]] = []
        for start, segment in zip(self.starts, self.segments, strict=False):
            mask = np.ascontiguousarray(allowed[start : start + len(segment.ids)])
            room = max(4096, int(len(segment.codes) * len(words) / max(len(self.vocabulary), 1) / 8))
            while True:
                out: list[Array] = [np.empty(room, t) for t in (np.int32, np.int32, np.uint32, np.int32)]
                arrays = segment.offsets, segment.codes, segment.images, segment.places
                found = scan(words, codes, *arrays, mask, RADIUS, *out)
                if found <= room:
                    break
                room = found
            parts.append(tuple(a[:found] for a in out))
        return self._by_query(parts, queries, self.rarity[words])

    def _by_query(self, parts: Sequence[tuple[Array, ...]], queries: Array, rarity: Array) -> tuple[Array, ...]:
        """The matches of all segments, sorted by query; `queries` and `rarity` are those of the probes."""
        from indexer.collection.instance_kernels import put_by_query

        counts = np.zeros(int(queries.max()) + 1, np.int64)
        for part in parts:
            counts += np.bincount(queries[part[0]], minlength=len(counts))
        at, total = np.cumsum(counts) - counts, int(counts.sum())
        out = [np.empty(total, t) for t in (np.int32, np.int32, np.uint32, np.int32, np.float32)]
        for start, (probe, *found) in zip(self.starts, parts, strict=False):
            put_by_query(probe, tuple(found), queries, rarity, np.int32(start), at, *out)
        return tuple(out)

    def _gather(self, matches: tuple[Array, ...], score: Array, weights: Array, limit: int) -> Votes:
        from indexer.collection.instance_kernels import matches_by_rank

        query, image, place = matches[:3]
        k = min(limit, int(np.count_nonzero(score)))
        if not k:
            return Votes.empty()
        best = np.argpartition(-score, k - 1)[:k]
        best = best[np.lexsort((self.image_ids[best], -score[best]))]
        rank = np.full(len(score), -1, np.int32)
        rank[best] = np.arange(k, dtype=np.int32)
        starts, order = np.zeros(k + 2, np.int64), np.empty(len(image), np.int64)
        matches_by_rank(image, weights, rank, starts, order)
        kept = order[: starts[-1]]
        xy, sizes, angles = unpack_places(place[kept], self.sides[image[kept]])
        return Votes(
            self.image_ids[best], score[best], rank[image[kept]], query[kept], xy, sizes, angles, weights[kept]
        )


def rarity(segments: Sequence[Segment], words: int) -> Array:
    """float32 (words,): squared inverse document frequency of each word of some segments."""
    entries = sum((np.diff(s.offsets.astype(np.int64)) for s in segments), np.zeros(words))
    images = max(sum(len(s.ids) for s in segments), 2)
    return np.asarray(np.log(1.0 + images / np.maximum(entries, 1.0)) ** 2, np.float32)


def closeness() -> Array:
    """float32 (65,): the weight of each Hamming distance, zero beyond the radius."""
    h = np.arange(65, dtype=np.float32)
    return np.where(h <= RADIUS, np.exp(-((h / SOFTNESS) ** 2)), 0.0).astype(np.float32)


def read_manifest(folder: Path) -> list[str]:
    """The names of an index's segments.

    Raises:
        CollectionError: The file is missing, damaged, or of another format.
    """
    try:
        content = json.loads((folder / "instance.json").read_text(encoding="utf-8"))
        names, version = [str(n) for n in content["segments"]], content["format"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CollectionError("The same-print index is damaged: instance.json.", REBUILD, path=folder) from error
    if version != FORMAT:
        raise CollectionError(f"The same-print index has format {version}, this version reads {FORMAT}.", REBUILD)
    return names
