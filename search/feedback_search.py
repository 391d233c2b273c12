"""Feedback over an index: one exact scan in the learnt direction, then a closer look at what it found."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from indexer.collection.rows import positions
from indexer.core.types import Array
from search.feedback import (
    CONSIDERED,
    DEFAULTS,
    FeedbackSettings,
    Penalise,
    learn_directed,
    learn_with,
    refine,
    suggest,
)
from search.feedback_classifier import Learnt, Prior

Scan = Callable[[Array, int], tuple[Array, Array]]
"""`scan(direction, k)`: rows and inner products of the k best for a unit vector, best first, filters applied."""
MOST_FOUND = 10_000
"""Of more hits of words than this the best are looked at."""


@dataclass(frozen=True, slots=True)
class Asked:
    """The original query, as the vectors see it; everything may be missing.

    Attributes:
        direction: float32 (d,), unit length: the query ranks by inner products with it.
        penalise: What negative terms take away from these.
        found: Rows, int64 ascending, and scores of what a query that has no direction has found (words).
        seeds: float32 (s, d), its own pictures.
    """

    direction: Array | None = None
    penalise: Penalise | None = None
    found: tuple[Array, Array] | None = None
    seeds: Array | None = None


def feedback_rows(
    vectors: Array,
    scan: Scan,
    asked: Asked,
    positive: Array,
    negative: Array,
    limit: int,
    settings: FeedbackSettings = DEFAULTS,
) -> tuple[Array, Array, Array]:
    """The best rows after the judgements, without scoring the whole collection.

    Args:
        vectors: float16 or float32 (n, d), unit rows; only a few thousand are read.
        scan: The index.
        positive, negative: Judged rows, unique and ascending.
        limit: How many rows are wanted.

    Returns:
        `(rows, scores, suggestions)`: int64 (j,), float32 (j,), best first, without judged rows; rows to judge next.

    Raises:
        QueryError: A row is judged both ways.
    """
    learnt = _learnt(vectors, asked, positive, negative, settings)
    judged = np.concatenate([np.asarray(positive, np.int64), np.asarray(negative, np.int64)])
    rows, linear = _candidates(vectors, scan, asked, learnt, max(limit, settings.pool) + len(judged))
    fresh = ~np.isin(rows, judged)
    rows, linear = rows[fresh], linear[fresh]
    if asked.penalise is not None and asked.direction is not None:
        read = np.asarray(vectors[rows], np.float32)
        plain = read @ asked.direction
        linear += np.float32(learnt.prior.slope) * (asked.penalise(plain, read) - plain)
    scores = refine(vectors, rows, linear, positive, negative, settings, asked.seeds)
    order = np.argsort(-scores, kind="stable")
    rows, scores = rows[order], scores[order]
    top = slice(0, CONSIDERED * settings.suggestions)
    suggestions = rows[top][suggest(vectors[rows[top]], scores[top], settings.suggestions)]
    return rows[:limit], scores[:limit], suggestions


def _learnt(vectors: Array, asked: Asked, positive: Array, negative: Array, settings: FeedbackSettings) -> Learnt:
    if asked.found is None:
        return learn_directed(vectors, asked.direction, positive, negative, settings, asked.seeds, asked.penalise)
    found = asked.found
    how = Prior.fit(found[1], settings.prior)
    return learn_with(vectors, how, lambda rows: looked_up(found, rows), positive, negative, settings, asked.seeds)


def looked_up(found: tuple[Array, Array], rows: Array) -> Array:
    """Scores of rows that were found, −inf for the others; float32 (len(rows),)."""
    at = positions(found[0], rows)
    scores = np.asarray(found[1], np.float32)[at] if len(found[0]) else np.zeros(len(rows), np.float32)
    return np.where(at >= 0, scores, np.float32(-np.inf))


def _candidates(vectors: Array, scan: Scan, asked: Asked, learnt: Learnt, count: int) -> tuple[Array, Array]:
    """Rows and scores of the linear part: the best in the learnt direction.

    What the words of a query have found is looked at in full, what they have not is ranked by the direction alone:
    its prior is the same for all, so that the best of it are among the first of the scan.
    """
    direction = learnt.direction if asked.direction is None else learnt.search_direction(asked.direction)
    length = float(np.linalg.norm(direction))
    rows, cosines = np.zeros(0, np.int64), np.zeros(0, np.float32)
    if length >= 1e-9:
        rows, cosines = scan(direction / np.float32(length), count)
    linear = cosines * np.float32(length) + np.float32(learnt.bias)
    if asked.direction is not None:
        return rows, linear - np.float32(learnt.prior.centre * learnt.prior.slope)
    if asked.found is None:
        return rows, linear
    best = np.sort(np.argsort(-asked.found[1], kind="stable")[:MOST_FOUND])
    words = np.setdiff1d(asked.found[0][best], rows)
    read = np.asarray(vectors[words], np.float32)
    rows = np.concatenate([rows, words])
    linear = np.concatenate([linear, read @ learnt.direction + np.float32(learnt.bias)])
    return rows, linear + learnt.prior.standardised(looked_up(asked.found, rows))
