"""A set of judgements as a detector: one linear model over the vectors, whose score is a probability."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from indexer.core.errors import QueryError
from indexer.core.types import Array
from search.calibration import Calibration, calibrate
from search.feedback import learn, products

FOLDS = 5
FEWEST = 3
"""Positives from which held-out scores can be measured."""
SAMPLE = 1000
_SEED = 7
"""Of the calibration's sample: another one than the classifier's own background."""


@dataclass(frozen=True, slots=True)
class Detector:
    """`probability(x) = calibration(direction · x + bias)` for unit vectors x.

    Attributes:
        direction: float32 (d,).
        bias: Offset of the score.
        calibration: From score to probability.
        positives, negatives: Examples it was learnt from.
    """

    direction: Array
    bias: float
    calibration: Calibration
    positives: int
    negatives: int

    def probabilities(self, vectors: Array) -> Array:
        """float32 (n,), for float16 or float32 (n, d)."""
        return self.calibration.probabilities(products(vectors, self.direction) + np.float32(self.bias))


def learn_detector(vectors: Array, positive: Array, negative: Array) -> Detector:
    """The detector of judged rows.

    Args:
        vectors: float16 or float32 (n, d), unit rows: the whole collection.
        positive, negative: int64 rows; at least one positive.

    Raises:
        QueryError: No positive example, or a row judged both ways.
    """
    if not len(positive):
        raise QueryError(
            "A detector needs at least one picture that was judged yes and is still in the collection.",
            "Judge some pictures yes and save the set again.",
        )
    learnt = learn(vectors, None, positive, negative)
    return Detector(
        learnt.direction, learnt.bias, _calibration(vectors, positive, negative), len(positive), len(negative)
    )


def _calibration(vectors: Array, positive: Array, negative: Array) -> Calibration:
    """From held-out examples and a sample; the classifier's own sigmoid where there is too little of either."""
    judged = np.concatenate([positive, negative])
    drawn = np.random.default_rng(_SEED).permutation(len(vectors))[: SAMPLE + len(judged)]
    sample = np.sort(np.setdiff1d(drawn, judged)[:SAMPLE])
    if len(positive) < FEWEST or not len(sample):
        return Calibration()
    rows = vectors[sample].astype(np.float32)
    yes, no = np.zeros(len(positive)), np.zeros(len(negative))
    common = np.zeros(len(sample))
    for count, (out_yes, out_no) in enumerate(_folds(len(positive), len(negative)), 1):
        part = learn(vectors, None, positive[~out_yes], negative[~out_no])
        yes[out_yes] = products(vectors[positive[out_yes]], part.direction) + part.bias
        no[out_no] = products(vectors[negative[out_no]], part.direction) + part.bias
        common += (rows @ part.direction + part.bias - common) / count
    return calibrate(yes, no, common, len(positive) / len(vectors))


def _folds(positives: int, negatives: int) -> Iterator[tuple[Array, Array]]:
    """Which examples are held out, each once: bool (positives,) and (negatives,)."""
    count = min(FOLDS, positives)
    rng = np.random.default_rng(_SEED)
    yes, no = rng.permutation(positives) % count, rng.permutation(negatives) % count
    for fold in range(count):
        yield yes == fold, no == fold
