"""Feedback over an index: one exact scan in the learnt direction, then a closer look at what it found."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from indexer.core.types import Array
from search.feedback import CONSIDERED, DEFAULTS, FeedbackSettings, learn_directed, refine, suggest

Scan = Callable[[Array, int], tuple[Array, Array]]
"""`scan(direction, k)`: rows and inner products of the k best for a unit vector, best first, filters applied."""


def feedback_rows(
    vectors: Array,
    scan: Scan,
    query: Array | None,
    positive: Array,
    negative: Array,
    limit: int,
    settings: FeedbackSettings = DEFAULTS,
) -> tuple[Array, Array, Array]:
    """The best rows after the judgements, without scoring the whole collection.

    Args:
        vectors: float16 or float32 (n, d), unit rows; only a few thousand are read.
        scan: The index.
        query: float32 (d,), direction of the original query in the same space; None when it has none.
        positive, negative: Judged rows.
        limit: How many rows are wanted.

    Returns:
        `(rows, scores, suggestions)`: int64 (j,), float32 (j,), best first, without judged rows; rows to judge next.

    Raises:
        QueryError: A row is judged both ways.
    """
    learnt = learn_directed(vectors, query, positive, negative, settings)
    direction = learnt.direction if query is None else learnt.search_direction(query)
    length = float(np.linalg.norm(direction))
    if length < 1e-9:
        nothing = np.zeros(0, np.int64)
        return nothing, np.zeros(0, np.float32), nothing
    judged = np.concatenate([np.asarray(positive, np.int64), np.asarray(negative, np.int64)])
    rows, cosines = scan(direction / np.float32(length), max(limit, settings.pool) + len(judged))
    fresh = ~np.isin(rows, judged)
    rows = rows[fresh]
    linear = cosines[fresh] * np.float32(length) + np.float32(learnt.bias - learnt.prior.centre * learnt.prior.slope)
    scores = refine(vectors, rows, linear, positive, negative, settings)
    order = np.argsort(-scores, kind="stable")
    rows, scores = rows[order], scores[order]
    top = slice(0, CONSIDERED * settings.suggestions)
    suggestions = rows[top][suggest(vectors[rows[top]], scores[top], settings.suggestions)]
    return rows[:limit], scores[:limit], suggestions
