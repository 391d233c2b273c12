"""From ids that somebody judged to rows of the vectors that are ranked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from indexer.collection.rows import positions
from indexer.core.errors import QueryError
from indexer.core.types import Array


@dataclass(frozen=True, slots=True)
class Judgements:
    """Judged rows of a vector table.

    Attributes:
        positive, negative: int64, rows.
        images: Ids of the judged images: none of their regions should come back.
        notes: What the user should know (ids that are gone).
    """

    positive: Array
    negative: Array
    images: frozenset[int]
    notes: tuple[str, ...]


def resolve(snapshot: Any, vector_ids: Array, positive: Sequence[int], negative: Sequence[int]) -> Judgements:
    """Rows of the judged regions or images.

    An id that is a region's means that region; any other that is an image's means its whole picture.

    Args:
        snapshot: An `indexer.collection.snapshot.Snapshot`.
        vector_ids: int64 (n,), ascending: region of each vector.
        positive, negative: Ids as the user gave them.

    Raises:
        QueryError: The same picture judged both ways.
    """
    likes, no_likes = _rows(snapshot, vector_ids, positive)
    dislikes, no_dislikes = _rows(snapshot, vector_ids, negative)
    both = np.intersect1d(likes, dislikes)
    if len(both):
        named = ", ".join(str(int(i)) for i in vector_ids[both[:5]])
        raise QueryError(
            f"Judged both yes and no: region{'s' if len(both) > 1 else ''} {named}.", "Take one of the judgements back."
        )
    gone = [*no_likes, *no_dislikes]
    notes = (f"{len(gone)} judged pictures are no longer in the collection and were left out.",) if gone else ()
    regions = snapshot.regions
    judged = regions.positions(vector_ids[np.concatenate([likes, dislikes])])
    return Judgements(likes, dislikes, frozenset(regions.image_ids[judged].tolist()), notes)


def _rows(snapshot: Any, vector_ids: Array, ids: Sequence[int]) -> tuple[Array, list[int]]:
    """Rows in `vector_ids`, unique and ascending, and the ids that mean nothing any more."""
    given = np.unique(np.asarray(list(ids), np.int64))
    regions = np.where(snapshot.regions.positions(given) >= 0, given, -1)
    missing = np.flatnonzero(regions < 0)
    wholes = _whole_regions(snapshot, given[missing])
    regions[missing] = [wholes.get(int(image), -1) for image in given[missing]]
    rows = np.where(regions >= 0, positions(vector_ids, regions), -1)
    return np.unique(rows[rows >= 0]), given[rows < 0].tolist()


def _whole_regions(snapshot: Any, image_ids: Array) -> dict[int, int]:
    """By image id: the region that is its whole picture, else its first. Reads the table of regions once."""
    if not len(image_ids):
        return {}
    found: dict[int, int] = {}
    whole: set[int] = set()
    for row in np.flatnonzero(np.isin(snapshot.regions.image_ids, image_ids)).tolist():
        image = int(snapshot.regions.image_ids[row])
        is_whole = snapshot.regions.kinds[row] == "whole"
        if image not in found or (is_whole and image not in whole):
            found[image] = int(snapshot.regions.ids[row])
        if is_whole:
            whole.add(image)
    return found
