"""Where a list likely ends: a marker for each query from the scores of this query against this collection.

Most of a collection has nothing to do with a query, so the middle of its scores shows what chance looks like. The
marker stands behind the last rank up to which chance would explain only a small share of the hits: the control of
the false discovery rate (Benjamini & Hochberg 1995) with an empirical null (Efron 2004). No constant threshold on
the score is involved. docs/feedback.md has the precision and recall measured on labelled images.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from indexer.core.types import Array

LEAST_BACKGROUND = 30
"""With fewer scores to learn chance from, nothing is said."""
_LOW, _HIGH = 0.5, 0.9
"""Quantiles that the background is fitted to; above them up to a tenth of the collection may be true answers."""
_NORMAL_HIGH = 1.2815516
"""Standard normal quantile at `_HIGH`; that at `_LOW` is 0."""
SAMPLE = 4096


@dataclass(frozen=True, slots=True)
class Background:
    """Normal model of the scores that chance gives this query in this collection.

    Attributes:
        centre, spread: Of the normal distribution.
    """

    centre: float
    spread: float

    @classmethod
    def fit(cls, scores: Array) -> Background | None:
        """From the scores of the collection or of a random sample of it; None when they do not tell.

        Args:
            scores: float (m,), larger is better; what is not finite is left out.
        """
        values = np.asarray(scores, np.float64)
        values = values[np.isfinite(values)]
        if len(values) < LEAST_BACKGROUND:
            return None
        low, high = np.quantile(values, (_LOW, _HIGH))
        spread = float(high - low) / _NORMAL_HIGH
        return cls(float(low), spread) if spread > 1e-9 else None

    def chance(self, score: float) -> float:
        """Probability that a random picture reaches `score`, 0–1."""
        return 0.5 * math.erfc((score - self.centre) / (self.spread * math.sqrt(2.0)))


def likely_end(scores: Array, background: Background | None, searched: int, level: float = 0.1) -> int | None:
    """How many hits come before "likely ends here".

    Args:
        scores: float (n,), of the hits, best first.
        background: What chance looks like for this query.
        searched: Number of pictures the hits were chosen from.
        level: Expected share of chance among the hits before the marker.

    Returns:
        0 to n; 0 when nothing stands out, n when the list was cut off too early to see its end; None when it cannot
        be told.
    """
    if background is None or not len(scores):
        return None
    end = 0
    for rank, score in enumerate(np.asarray(scores, np.float64).tolist(), start=1):
        if searched * background.chance(score) <= level * rank:
            end = rank
    return end


def sampled_scores(vectors: Array, direction: Array, seed: int = 1) -> Array:
    """Scores of a random sample of the collection for a query vector, to fit a background to; float32 (m,).

    Args:
        vectors: float16 or float32 (n, d), unit rows.
        direction: float32 (d,), what the hits' scores are the inner products with.
    """
    if len(vectors) <= SAMPLE:
        sample = vectors
    else:
        rows = np.unique(np.random.default_rng(seed).integers(0, len(vectors), SAMPLE))
        sample = vectors[rows]
    scores: Array = sample.astype(np.float32) @ np.asarray(direction, np.float32)
    return scores
