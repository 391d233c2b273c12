"""The inner loops of the same-print index, compiled by numba; the naive versions are in the tests.

FAISS has no range search over 64-bit codes that takes a mask of allowed images, several segments and a code for each
word of a query; docs/same-print.md has the times.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np
from numba.core import types
from numba.extending import intrinsic


@intrinsic  # type: ignore[untyped-decorator]
def _popcount(_typing: Any, value: Any) -> Any:
    """The machine's population count of a uint64."""

    def generate(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        return builder.ctpop(args[0])

    return types.uint64(value), generate


@numba.njit(cache=True, nogil=True, boundscheck=False)  # type: ignore[untyped-decorator]
def scan(
    words: Any,
    codes: Any,
    offsets: Any,
    entry_codes: Any,
    entry_images: Any,
    entry_places: Any,
    allowed: Any,
    radius: Any,
    out_probe: Any,
    out_image: Any,
    out_place: Any,
    out_distance: Any,
) -> Any:
    """All entries within `radius` bits of a probe, in the probe's word.

    Args:
        words, codes: int32, uint64 (m,): the probes.
        offsets: uint32 (words + 1,), where each word's entries start.
        entry_codes, entry_images, entry_places: uint64, int32, uint32 (entries,).
        allowed: bool (images,), by image number.
        out_*: Where the matches go; when full, matches are only counted.

    Returns:
        The number of matches, also of those that had no room.
    """
    found = 0
    room = len(out_probe)
    for p in range(len(words)):
        code = codes[p]
        for e in range(np.int64(offsets[words[p]]), np.int64(offsets[words[p] + 1])):
            distance = np.int64(_popcount(entry_codes[e] ^ code))
            if distance <= radius and allowed[entry_images[e]]:
                if found < room:
                    out_probe[found] = p
                    out_image[found] = entry_images[e]
                    out_place[found] = entry_places[e]
                    out_distance[found] = distance
                found += 1
    return found


@numba.njit(cache=True, nogil=True, boundscheck=False)  # type: ignore[untyped-decorator]
def put_by_query(
    probes: Any,
    found: Any,
    queries: Any,
    rarity: Any,
    first_image: Any,
    at: Any,
    out_query: Any,
    out_image: Any,
    out_place: Any,
    out_distance: Any,
    out_rarity: Any,
) -> None:
    """Put the matches of one segment where those of each query feature belong (a counting sort, which is stable).

    Args:
        probes: int32 (m,), the probe of each match.
        found: Image, place and distance of each match, as `scan` gives them.
        queries, rarity: int32, float32, of each probe.
        first_image: Number of the segment's first image.
        at: int64 (queries,), where the next match of each query feature goes; moved on.
        out_*: int32, int32, uint32, int32, float32, by match of all segments.
    """
    image, place, distance = found
    for m in range(len(probes)):
        query = queries[probes[m]]
        j = at[query]
        at[query] += 1
        out_query[j], out_image[j], out_place[j] = query, image[m] + first_image, place[m]
        out_distance[j], out_rarity[j] = distance[m], rarity[probes[m]]


@numba.njit(cache=True, nogil=True, boundscheck=False)  # type: ignore[untyped-decorator]
def matches_by_rank(images: Any, weights: Any, rank: Any, out_starts: Any, out_order: Any) -> Any:
    """The matches of the images with a rank, by rank (a counting sort, which is stable).

    Args:
        images, weights: int32, float32 (m,), of each match; those that weigh nothing are left out.
        rank: int32 (images,), −1 for images that are not wanted.
        out_starts: int64 (ranks + 2,), zeros; where each rank's matches start, from the second on.
        out_order: int64 (m,), the matches; filled as far as the last of `out_starts` says.
    """
    for m in range(len(images)):
        if rank[images[m]] >= 0 and weights[m] > 0:
            out_starts[rank[images[m]] + 2] += 1
    for r in range(2, len(out_starts)):
        out_starts[r] += out_starts[r - 1]
    for m in range(len(images)):
        if rank[images[m]] >= 0 and weights[m] > 0:
            out_order[out_starts[rank[images[m]] + 1]] = m
            out_starts[rank[images[m]] + 1] += 1


@numba.njit(cache=True, nogil=True, boundscheck=False)  # type: ignore[untyped-decorator]
def vote(
    queries: Any,
    images: Any,
    distances: Any,
    rarity: Any,
    closeness: Any,
    stamp: Any,
    slot: Any,
    score: Any,
    weights: Any,
) -> None:
    """The best match of each query feature in each image votes for that image.

    A vote weighs `closeness[distance] · rarity`, divided by the square root of the number of images that this query
    feature hit (burstiness, Jégou et al. 2009).

    Args:
        queries, images, distances: int32 (m,), sorted by query.
        rarity: float32 (m,), squared inverse document frequency of each match's word.
        closeness: float32 (65,), weight of a Hamming distance.
        stamp, slot: int32 (images,), scratch; `stamp` filled with −1.
        score: float32 (images,), zeros; the sums.
        weights: float32 (m,), zeros; each match's own weight, also of those that were not the best: a motif that
            stands in an image several times is found by geometry.
    """
    start = 0
    while start < len(queries):
        query = queries[start]
        end = start
        hit = 0
        while end < len(queries) and queries[end] == query:
            image = images[end]
            if stamp[image] != query:
                stamp[image] = query
                slot[image] = end
                hit += 1
            elif distances[end] < distances[slot[image]]:
                slot[image] = end
            end += 1
        damping = np.float32(1.0 / np.sqrt(hit))
        for m in range(start, end):
            weights[m] = closeness[distances[m]] * rarity[m] * damping
            if slot[images[m]] == m:
                score[images[m]] += weights[m]
        start = end


@numba.njit(cache=True, nogil=True, boundscheck=False)  # type: ignore[untyped-decorator]
def _insert(words: Any, distances: Any, word: Any, distance: Any) -> None:
    """Put a word into a list sorted by distance, dropping the last."""
    if distance >= distances[-1]:
        return
    at = len(words) - 1
    while at > 0 and distances[at - 1] > distance:
        words[at] = words[at - 1]
        distances[at] = distances[at - 1]
        at -= 1
    words[at] = word
    distances[at] = distance


@numba.njit(cache=True, nogil=True, boundscheck=False)  # type: ignore[untyped-decorator]
def squared_distance(a: Any, b: Any) -> Any:
    """Squared distance of two uint8 rows of 128.

    Every step is cast, because numba makes 64-bit numbers of sums of smaller ones: kept in 32 bits, the loop takes a
    fifth of the time (1.9 µs a descriptor instead of 8.9, 64 cells of 64 words).
    """
    total = np.int32(0)
    for d in range(128):
        step = np.int32(np.int32(a[d]) - np.int32(b[d]))
        total = np.int32(total + np.int32(step * step))
    return total


@numba.njit(cache=True, nogil=True, boundscheck=False)  # type: ignore[untyped-decorator]
def nearest_words(descriptors: Any, top: Any, leaves: Any, cells: Any, out_words: Any, out_distances: Any) -> None:
    """The nearest words of each descriptor, looking into its nearest cells only.

    Args:
        descriptors: uint8 (n, 128).
        top, leaves: uint8 (a, 128), (a · b, 128), as in `Vocabulary`.
        cells: How many cells of the first level are looked into.
        out_words, out_distances: int32 (n, k), filled nearest first; k at most `cells · b`.
    """
    far = np.int32(2147483647)
    branch = len(leaves) // len(top)
    cell_words, cell_distances = np.empty(cells, np.int32), np.empty(cells, np.int32)
    for i in range(len(descriptors)):
        cell_distances[:] = far
        for c in range(len(top)):
            _insert(cell_words, cell_distances, np.int32(c), squared_distance(descriptors[i], top[c]))
        out_distances[i] = far
        for c in range(cells):
            first = cell_words[c] * branch
            for w in range(first, first + branch):
                _insert(out_words[i], out_distances[i], np.int32(w), squared_distance(descriptors[i], leaves[w]))
