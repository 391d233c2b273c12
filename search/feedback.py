"""Relevance feedback: a small classifier of this session, learnt from yes and no, with the query as its prior.

A ridge-regularised logistic regression on the vectors. The scores of the original query enter as an offset, so that
without judgements the ranking is the query's own, and every judgement has to outweigh both the query and the ridge.
A sample of the collection stands in as weak negatives: what most pictures have in common is no reason to be liked
(the background of Hariharan, Malik & Ramanan 2012); when there is nothing but no, it stands for what is not disliked.
The query's own pictures count as liked while little else is.
docs/feedback.md has the measurements.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from indexer.core.errors import QueryError
from indexer.core.types import Array
from search.feedback_classifier import Learnt, Prior, logistic
from search.feedback_exemplars import Exemplars

JUDGED = -np.inf
"""Score of what was judged: it never comes back as news."""
_CHUNK = 16_384
Penalise = Callable[[Array, Array], Array]
"""`penalise(scores, vectors)`: scores of the query less what its negative terms take away."""
CONSIDERED = 50
"""How many of the best are considered for each suggestion."""
FEW_LIKED = 3
_PRIOR_SAMPLE = 4096
"""Rows from which mean and deviation of a query's scores are estimated."""


@dataclass(frozen=True, slots=True)
class FeedbackSettings:
    """How judgements are weighed.

    Attributes:
        ridge: Pull of the classifier towards "the query alone"; larger trusts judgements less.
        prior: Weight of the query's standardised scores.
        background: Weight of the whole background sample, as a multiple of the number of positives; without any, of
            the negatives, and at most once.
        background_count: Pictures drawn from the collection for it.
        exemplars: Weight of nearness to single judged pictures (`feedback_exemplars.py`).
        pool: How many of the best are looked at for that.
        suggestions: How many pictures to propose for judging next.
        seed: Of the background sample.
    """

    ridge: float = 0.1
    prior: float = 1.5
    background: float = 3.0
    background_count: int = 300
    exemplars: float = 1.0
    pool: int = 2000
    suggestions: int = 10
    seed: int = 1


DEFAULTS = FeedbackSettings()


def rerank(
    vectors: Array,
    prior: Array | None,
    positive: Array,
    negative: Array,
    settings: FeedbackSettings = DEFAULTS,
    seeds: Array | None = None,
) -> tuple[Array, Array]:
    """Scores of all pictures after the judgements, and which to judge next. A pure function of its arguments.

    Args:
        vectors: float16 or float32 (n, d), unit rows.
        prior: float (n,), scores of the original query, larger is better; −inf where it found nothing. None when
            there is no query.
        positive, negative: Rows of the judged pictures; both may be empty.
        seeds: float32 (s, d), the query's own pictures: once something is judged, and while at most `FEW_LIKED` are
            liked, they count as liked too.

    Returns:
        `(scores, suggestions)`: float32 (n,), JUDGED for judged rows, and int64 rows to judge next, best first.

    Raises:
        QueryError: A row is judged both ways.
        ValueError: Rows or shapes that do not fit.
    """
    positive, negative = _checked(vectors, prior, positive, negative)
    learnt = learn(vectors, prior, positive, negative, settings, seeds)
    scores = products(vectors, learnt.direction)
    scores += learnt.bias
    if prior is not None:
        scores += learnt.prior.standardised(prior)
    scores[positive] = scores[negative] = JUDGED
    best = _best(scores, settings.pool)
    scores[best] = refine(vectors, best, scores[best], positive, negative, settings, seeds)
    return scores, suggest(vectors, scores, settings.suggestions)


def learn(
    vectors: Array,
    prior: Array | None,
    positive: Array,
    negative: Array,
    settings: FeedbackSettings = DEFAULTS,
    seeds: Array | None = None,
) -> Learnt:
    """The classifier of these judgements; arguments as in `rerank`."""
    how = Prior.fit(None if prior is None else np.asarray(prior), settings.prior)
    return learn_with(
        vectors, how, lambda rows: None if prior is None else prior[rows], positive, negative, settings, seeds
    )


def learn_directed(
    vectors: Array,
    query: Array | None,
    positive: Array,
    negative: Array,
    settings: FeedbackSettings = DEFAULTS,
    seeds: Array | None = None,
    penalise: Penalise | None = None,
) -> Learnt:
    """As `learn` for the prior `vectors @ query`, without computing it: reads a few thousand rows only.

    Together with `Learnt.search_direction` this answers feedback over millions of vectors at the price of one search.

    Args:
        query: float32 (d,), None for no query.
        penalise: What negative terms take away from the prior.
    """
    positive, negative = _checked(vectors, None, positive, negative)

    def scores(rows: Array) -> Array | None:
        if query is None:
            return None
        read = np.asarray(vectors[rows], np.float32)
        plain: Array = read @ query
        return penalise(plain, read) if penalise else plain

    sample = _sample(len(vectors), _PRIOR_SAMPLE, settings.seed)
    how = Prior.fit(scores(sample), settings.prior)
    return learn_with(vectors, how, scores, positive, negative, settings, seeds)


def learn_with(
    vectors: Array,
    how: Prior,
    prior_of: Callable[[Array], Array | None],
    positive: Array,
    negative: Array,
    settings: FeedbackSettings = DEFAULTS,
    seeds: Array | None = None,
) -> Learnt:
    """The classifier of these judgements, unique and ascending, for a prior that is known by `prior_of(rows)`."""

    def offset(rows: Array) -> Array:
        scores = prior_of(rows)
        return np.zeros(len(rows), np.float32) if scores is None else how.standardised(scores)

    if not len(positive) and not len(negative):
        return Learnt(np.zeros(vectors.shape[1], np.float32), 0.0, how)
    background = _background(len(vectors), offset, np.concatenate([positive, negative]), settings)
    rows = np.concatenate([positive, negative, background])
    own = _seeds(vectors, seeds, positive)
    likes = len(own) + len(positive)
    usual = -1.0 if likes else 1.0
    signs = np.repeat([1.0, -1.0, usual], [likes, len(negative), len(background)])
    weights = _weights(likes, len(negative), len(background), settings)
    offsets = offset(rows)
    # The query is the most like itself: at least as much as the best of what is looked at.
    offsets = np.concatenate([np.full(len(own), offsets.max(initial=0.0), np.float32), offsets])
    features = np.concatenate([own, np.asarray(vectors[rows], np.float32)])
    return Learnt(*logistic(features, signs, weights, offsets, settings.ridge), how)


def _seeds(vectors: Array, seeds: Array | None, positive: Array) -> Array:
    """The query's pictures that count as liked: while little else is."""
    if seeds is None or len(positive) > FEW_LIKED:
        return np.zeros((0, vectors.shape[1]), np.float32)
    return np.asarray(seeds, np.float32)


def refine(
    vectors: Array,
    rows: Array,
    scores: Array,
    positive: Array,
    negative: Array,
    settings: FeedbackSettings = DEFAULTS,
    seeds: Array | None = None,
) -> Array:
    """Scores of candidate rows with nearness to single judged pictures added; float32 (len(rows),)."""
    if not len(rows) or not settings.exemplars or not (len(positive) or len(negative)):
        return np.asarray(scores, np.float32)
    background = _sample(len(vectors), settings.background_count, settings.seed)
    own = _seeds(vectors, seeds, positive)
    exemplars = Exemplars.of(vectors, np.unique(positive), np.unique(negative), background, own)
    refined: Array = scores + np.float32(settings.exemplars) * exemplars.scores(vectors[rows])
    return refined


def _best(scores: Array, count: int) -> Array:
    """Rows of the best unjudged scores, in no order."""
    rows = np.flatnonzero(np.isfinite(scores))
    return rows if len(rows) <= count else rows[np.argpartition(-scores[rows], count)[:count]]


def products(vectors: Array, direction: Array) -> Array:
    """float32 (n,): inner products, in pieces that stay in the processor's cache while fp16 is widened."""
    out = np.empty(len(vectors), np.float32)
    for start in range(0, len(vectors), _CHUNK):
        piece = vectors[start : start + _CHUNK]
        np.dot(piece if piece.dtype == np.float32 else piece.astype(np.float32), direction, out[start : start + _CHUNK])
    return out


def suggest(vectors: Array, scores: Array, count: int) -> Array:
    """Rows worth judging next: close to the boundary, and unlike each other; int64, at most `count`.

    From the pictures of least certainty among the better ones, the farthest from those already chosen (Brinker 2003).
    """
    top = _best(scores, CONSIDERED * count)
    if count <= 0 or not len(top):
        return np.zeros(0, np.int64)
    pool = top[np.argsort(np.abs(scores[top]), kind="stable")[: 5 * count]]
    matrix = vectors[pool].astype(np.float32)
    chosen = [0]
    nearest = matrix @ matrix[0]
    while len(chosen) < min(count, len(pool)):
        nearest[chosen] = np.inf
        chosen.append(int(nearest.argmin()))
        nearest = np.maximum(nearest, matrix @ matrix[chosen[-1]])
    return pool[chosen].astype(np.int64)


def _checked(vectors: Array, prior: Array | None, positive: Array, negative: Array) -> tuple[Array, Array]:
    positive, negative = (np.unique(np.asarray(rows, np.int64)) for rows in (positive, negative))
    for rows in (positive, negative):
        if len(rows) and not 0 <= rows[0] <= rows[-1] < len(vectors):
            raise ValueError(f"judged rows: expected 0 to {len(vectors) - 1}, got {rows[0]} to {rows[-1]}")
    if prior is not None and len(prior) != len(vectors):
        raise ValueError(f"prior: expected {len(vectors)} scores, got {len(prior)}")
    both = np.intersect1d(positive, negative)
    if len(both):
        raise QueryError(
            f"{len(both)} picture{'s are' if len(both) > 1 else ' is'} judged both yes and no.",
            "Take one of them back.",
        )
    return positive, negative


def _sample(n: int, count: int, seed: int) -> Array:
    """Rows drawn from `n`, ascending, each once; all of them when there are few."""
    if n <= count:
        return np.arange(n)
    return np.unique(np.random.default_rng(seed).integers(0, n, count))


def _background(n: int, offset: Callable[[Array], Array], judged: Array, settings: FeedbackSettings) -> Array:
    """A fixed sample without the judged and without what the query itself puts near the top."""
    rows = _sample(n, settings.background_count, settings.seed)
    z = offset(rows)
    if len(rows) > 20 and z.any():
        rows = rows[z <= np.quantile(z, 0.95)]
    return np.setdiff1d(rows, judged)


def _weights(positives: int, negatives: int, background: int, settings: FeedbackSettings) -> Array:
    """Of each judgement: few positives among many negatives count more, by the root of the ratio."""
    lift = np.sqrt(max(1.0, negatives / positives)) if positives else 1.0
    total = settings.background * positives if positives else min(settings.background, 1.0) * negatives
    weak = total / max(background, 1)
    return np.repeat([lift, 1.0, weak], [positives, negatives, background])
