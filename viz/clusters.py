"""Hotspots: HDBSCAN on the map at several zoom levels, named with the words that set them apart (c-TF-IDF)."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from indexer.core.errors import SettingsError
from indexer.core.types import Array
from viz.words import STOP_WORDS, Terms

SMALLEST_MAP = 12
"""Maps with fewer pictures have no hotspots: one look shows them all."""
NOISE = -1
SAME_HOTSPOT = 0.5
"""Share of members (Jaccard) from which a hand-written name follows a hotspot into a new map."""
SECOND_BEST = 0.75
"""A second term joins the label when it scores at least this share of the best one."""
TREE_NEIGHBOURS = 5
LEAST_SHARE = 0.2
LEAST_COUNT = 2
"""A term names a hotspot if at least this share of its pictures, and this many, have it."""


@dataclass(frozen=True, slots=True)
class Hotspot:
    """One hotspot.

    Attributes:
        label: Its name; "" when the catalogue says nothing.
        words: The terms behind it, best first.
        count: Pictures in it.
        medoid: Position of the picture nearest its centre.
        x, y: Centre (median) on the map.
        edited: The name was written by hand.
    """

    label: str
    words: Sequence[str]
    count: int
    medoid: int
    x: float
    y: float
    edited: bool = False


@dataclass(frozen=True, slots=True)
class Level:
    """Hotspots of one zoom level.

    Attributes:
        smallest: Least number of pictures in a hotspot.
        members: int16 (n,), number of the hotspot or NOISE.
        hotspots: In the order of those numbers.
    """

    smallest: int
    members: Array
    hotspots: Sequence[Hotspot]


def default_sizes(n: int) -> tuple[int, ...]:
    """Smallest hotspots of three zoom levels, coarse to fine: about 1 in 25, 1 in 100 and 1 in 400 pictures."""
    sizes = [max(5, round(n * share)) for share in (0.04, 0.01, 0.0025)]
    return tuple(sorted(set(sizes), reverse=True))


def find_levels(xy: Array, sizes: Sequence[int] = ()) -> list[Level]:
    """Hotspots of the map `xy` (n, 2), coarse to fine, not named yet. One HDBSCAN tree serves all levels."""
    n = len(xy)
    if n < SMALLEST_MAP:
        return []
    import hdbscan
    from hdbscan.hdbscan_ import _tree_to_labels

    points = xy.astype(np.float64)
    sizes = [s for s in (sizes or default_sizes(n)) if 2 <= s <= n]
    if not sizes or float(np.ptp(points, axis=0).max()) == 0:
        return []
    tree = (
        hdbscan.HDBSCAN(min_cluster_size=max(sizes), min_samples=min(TREE_NEIGHBOURS, n - 1), core_dist_n_jobs=1)
        .fit(points)
        .single_linkage_tree_.to_numpy()
    )
    levels = []
    for size in sizes:
        members = _tree_to_labels(points, tree, min_cluster_size=size, cluster_selection_method="leaf")[0]
        levels.append(_level(points, np.asarray(members, np.int64), size))
    return levels


def _level(points: Array, members: Array, size: int) -> Level:
    """Numbers hotspots by size, largest first."""
    found, counts = np.unique(members[members >= 0], return_counts=True)
    order = np.argsort(-counts, kind="stable")
    number = np.full(int(found.max()) + 1 if len(found) else 0, NOISE)
    number[found[order]] = np.arange(len(found))
    members = np.where(members >= 0, number[members] if len(number) else NOISE, NOISE).astype(np.int16)
    hotspots = []
    for i in range(len(found)):
        rows = np.flatnonzero(members == i)
        centre = np.median(points[rows], axis=0)
        medoid = rows[((points[rows] - centre) ** 2).sum(axis=1).argmin()]
        hotspots.append(Hotspot("", (), len(rows), int(medoid), float(centre[0]), float(centre[1])))
    return Level(size, members, hotspots)


def named(level: Level, terms: Terms, words: int = 4) -> Level:
    """The level with names from catalogue terms.

    c-TF-IDF (Grootendorst 2022) on presence: share of the hotspot's pictures that have the term, times
    log(1 + A / f) with A the mean number of term entries of a hotspot and f the term's entries everywhere.
    A term counts only if it is found in `LEAST_SHARE` of the hotspot and oftener there than elsewhere.
    """
    from scipy.sparse import csr_matrix

    k, n = len(level.hotspots), len(level.members)
    if k == 0 or not terms.keys:
        return level
    rows = np.flatnonzero(level.members >= 0)
    classes = csr_matrix((np.ones(len(rows)), (level.members[rows], rows)), shape=(k, n))
    sizes = np.array([h.count for h in level.hotspots], np.float64)[:, None]
    total = np.bincount(terms.matrix.indices, minlength=len(terms.keys))
    # Most terms of a catalogue are found once or twice: they can name nothing, and would fill the memory.
    able = np.flatnonzero(total >= max(LEAST_COUNT, LEAST_SHARE * float(sizes.min())))
    able = able[[not _empty(terms.keys[t]) for t in able.tolist()]]
    entries = float((classes @ np.diff(terms.matrix.indptr)).mean())
    counts = (classes @ terms.matrix[:, able].astype(np.float64)).toarray()
    share, overall = counts / sizes, total[able] / n
    score = share * np.log1p(entries / total[able]) * terms.weights[able]
    score[(share < LEAST_SHARE) | (share <= overall * 1.2) | (counts < LEAST_COUNT)] = 0
    hotspots = [replace(h, **_name(score[i], terms, able, words)) for i, h in enumerate(level.hotspots)]
    return replace(level, hotspots=_told_apart(hotspots))


def _empty(key: str) -> bool:
    """Whether a term says nothing: a stop word, a number, a letter or two."""
    return key in STOP_WORDS or len(key) < 3 or key.replace(" ", "").isdigit()


def _told_apart(hotspots: Sequence[Hotspot]) -> list[Hotspot]:
    """Hotspots of one name get their next term too, as far as they have one."""
    counts = Counter(h.label for h in hotspots)
    return [
        replace(h, label=" · ".join(h.words[:2])) if counts[h.label] > 1 and len(h.words) > 1 else h for h in hotspots
    ]


def _name(score: Array, terms: Terms, able: Array, words: int) -> dict[str, Any]:
    """The best of the terms `able` that do not say the same again; two of them make the label."""
    chosen: list[int] = []
    for at in np.argsort(-score, kind="stable")[:40]:
        if score[at] <= 0 or len(chosen) == words:
            break
        if not any(_overlap(terms.keys[able[at]], terms.keys[able[c]]) for c in chosen):
            chosen.append(int(at))
    names = [_readable(terms.names[able[c]]) for c in chosen]
    alone = len(names) < 2 or len(names[0]) > 24 or score[chosen[1]] < SECOND_BEST * score[chosen[0]]
    return {"label": " · ".join(names[: 1 if alone else 2]), "words": tuple(names)}


def _readable(name: str) -> str:
    """First letter large, and no shouting."""
    name = name.lower() if name.isupper() and len(name) > 4 else name
    return name[:1].upper() + name[1:]


def _overlap(a: str, b: str) -> bool:
    """One is a word of the other, or a plural of it."""
    one, other = set(a.split()), set(b.split())
    return bool(one & other) or a.rstrip("s") == b.rstrip("s") or a in b or b in a


def zero_shot(level: Level, vectors: Array, labels: Sequence[str], label_vectors: Array) -> Level:
    """The level named by the nearest of `labels`, where the catalogue gave no name.

    Args:
        level: As `find_levels` or `named` leaves it.
        vectors: float32 (n, d), unit rows of a model that knows words too (CLIP).
        labels: What a hotspot may be called.
        label_vectors: float32 (len(labels), d), unit rows, the same model's vectors of the labels.
    """
    background = vectors.mean(axis=0)
    hotspots = []
    for i, spot in enumerate(level.hotspots):
        pull = (vectors[level.members == i].mean(axis=0) - background) @ label_vectors.T
        name = labels[int(pull.argmax())]
        hotspots.append(spot if spot.label else replace(spot, label=name, words=(name,)))
    return replace(level, hotspots=hotspots)


def read_labels(path: Path) -> list[Mapping[str, Any]]:
    """Names saved from the viewer: `[{"label": …, "images": [image names]}, …]`.

    Raises:
        SettingsError: The file is missing or of another form.
    """
    try:
        rows = json.loads(path.read_text(encoding="utf-8"))
        good: list[Mapping[str, Any]] = [
            {"label": str(r["label"]), "images": [str(name) for name in r["images"]]} for r in list(rows)
        ]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SettingsError(
            f"{path} holds no hotspot names: {error}.", "Save it from the map's hotspot list."
        ) from error
    return good


def with_hand_labels(level: Level, saved: Sequence[Mapping[str, Any]], names: Sequence[str]) -> Level:
    """The level with hand-written names, each given to the hotspot that shares most pictures with it."""
    hotspots = list(level.hotspots)
    members = [{names[j] for j in np.flatnonzero(level.members == i).tolist()} for i in range(len(hotspots))]
    for row in saved:
        wanted = set(row["images"])
        shares = [len(wanted & m) / max(len(wanted | m), 1) for m in members]
        if shares and max(shares) >= SAME_HOTSPOT:
            best = int(np.argmax(shares))
            hotspots[best] = replace(hotspots[best], label=row["label"], edited=True)
    return replace(level, hotspots=hotspots)
