"""From a classifier's scores to a probability that holds for the collection, not for what somebody chose to judge.

Platt's sigmoid (Platt 1999, with his smoothed targets) on scores of examples that the classifier had not seen. Who
saves a set judges what looked interesting, so that the share of positives among the judged says nothing about the
collection. A random sample of the collection stands for it. How much of the sample belongs is bounded by the least
ratio of the sample's to the examples' share above a score (mixture proportion estimation: Blanchard, Lee & Scott
2010); each picture of the sample then counts as a negative as far as it is one.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from indexer.core.types import Array

ROUNDS = 5
LEAST_PART = 0.6
"""Smallest share of the examples above a score that is looked at: fewer say little about their distribution, and the
least of many noisy ratios is too small (of 0.3 to 0.6 this found the true share best in 16 made-up worlds)."""
LARGEST_SHARE = 0.5
"""Larger shares could not be told from a classifier that likes everything."""
_STEPS = 50


@dataclass(frozen=True, slots=True)
class Calibration:
    """`probability = sigmoid(slope · score + offset)`.

    Attributes:
        share: Part of the collection that seems to belong; 0 when it was not estimated.
        measured: Made from held-out examples; False for the classifier's own sigmoid.
    """

    slope: float = 1.0
    offset: float = 0.0
    share: float = 0.0
    measured: bool = False

    def probabilities(self, scores: Array) -> Array:
        """float32 (n,), from 0 to 1."""
        return _sigmoid(self.slope * scores.astype(np.float64) + self.offset).astype(np.float32)


def calibrate(positive: Array, negative: Array, sample: Array, known: float = 0.0) -> Calibration:
    """The calibration of a classifier.

    Args:
        positive, negative: Held-out scores of the examples; at least one positive.
        sample: Scores of pictures drawn from the collection, none of them an example; at least one.
        known: Part of the collection that the positive examples themselves are.
    """
    scale = float(np.std(np.concatenate([positive, negative, sample]))) or 1.0
    scores = np.concatenate([positive, negative, sample]) / scale
    targets = _targets(len(positive), len(negative) + len(sample))
    share = min(_share(positive, sample) + known, LARGEST_SHARE)
    belongs = np.full(len(sample), share)
    slope = offset = 0.0
    for _ in range(ROUNDS):
        mass = share * len(sample) / len(positive)
        weights = np.concatenate([np.full(len(positive), mass), np.ones(len(negative)), 1.0 - belongs])
        slope, offset = _fit(scores, targets, weights)
        belongs = _sigmoid(slope * scores[len(positive) + len(negative) :] + offset)
        belongs = np.minimum(belongs * share / max(float(belongs.mean()), 1e-12), 1.0)
    return Calibration(slope / scale, offset, share, True)


def _share(positive: Array, sample: Array) -> float:
    """Part of the sample that belongs to the positives, estimated from above."""
    best = np.sort(positive)[::-1]
    ranks = np.arange(max(1, int(np.ceil(LEAST_PART * len(best)))), len(best) + 1)
    above = len(sample) - np.searchsorted(np.sort(sample), best[ranks - 1], "left")
    ratios = ((above + 1) / (len(sample) + 1)) / (ranks / (len(best) + 1))
    return min(float(ratios.min()), LARGEST_SHARE)


def _targets(positives: int, negatives: int) -> Array:
    """Platt's: not quite 1 and 0, by how many examples there were."""
    return np.repeat([(positives + 1) / (positives + 2), 1 / (negatives + 2)], [positives, negatives])


def _fit(scores: Array, targets: Array, weights: Array) -> tuple[float, float]:
    """Slope and offset of the sigmoid of least weighted cross-entropy, by Newton's method."""
    columns = np.stack([scores, np.ones_like(scores)], axis=1)
    v = np.array([1.0, float(np.log(np.average(targets, weights=weights)))])
    best = np.inf
    for _ in range(_STEPS):
        p = _sigmoid(columns @ v)
        gradient = columns.T @ (weights * (p - targets))
        curvature = (columns * (weights * p * (1 - p))[:, None]).T @ columns + 1e-6 * np.eye(2)
        step = np.linalg.solve(curvature, gradient)
        size, here = 1.0, _loss(columns @ v, targets, weights)
        while size > 1e-4 and _loss(columns @ (v - size * step), targets, weights) > here:
            size /= 2
        v = v - size * step
        if best - here < 1e-9:
            break
        best = here
    return max(float(v[0]), 1e-6), float(v[1])


def _loss(margin: Array, targets: Array, weights: Array) -> float:
    return float((weights * (np.logaddexp(0.0, margin) - targets * margin)).sum())


def _sigmoid(x: Array) -> Array:
    result: Array = 1.0 / (1.0 + np.exp(-np.clip(x, -60, 60)))
    return result
