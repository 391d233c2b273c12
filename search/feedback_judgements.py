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
    for at in np.flatnonzero(regions < 0):
        regions[at] = _whole_region(snapshot, int(given[at]))
    rows = np.where(regions >= 0, positions(vector_ids, regions), -1)
    return np.unique(rows[rows >= 0]), given[rows < 0].tolist()


def _whole_region(snapshot: Any, image_id: int) -> int:
    """The region of an image that is its whole picture, else its first; -1 when the image is not there."""
    rows = np.flatnonzero(snapshot.regions.image_ids == image_id)
    if not len(rows):
        return -1
    whole = [int(row) for row in rows if snapshot.regions.kinds[int(row)] == "whole"]
    return int(snapshot.regions.ids[whole[0] if whole else rows[0]])
