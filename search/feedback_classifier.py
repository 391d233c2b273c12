"""The classifier that feedback learns: its prior, its form, and the regression that finds it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from indexer.core.types import Array


@dataclass(frozen=True, slots=True)
class Prior:
    """How scores of the original query become part of the classifier's score.

    Attributes:
        centre: Mean over the collection.
        slope: Weight of the prior by deviation of its scores; 0 when they do not differ.
        lowest: Value of what the query did not find.
    """

    centre: float
    slope: float
    lowest: float

    @classmethod
    def fit(cls, scores: Array | None, weight: float) -> Prior:
        """From the scores of the collection or of a sample of it; what is not finite is left out."""
        if scores is None or not len(scores):
            return cls(0.0, 0.0, 0.0)
        finite = np.isfinite(scores)
        known = scores if finite.all() else scores[finite]
        spread = float(known.std(dtype=np.float64)) if len(known) else 0.0
        if spread < 1e-9:
            return cls(0.0, 0.0, 0.0)
        centre, slope = float(known.mean(dtype=np.float64)), weight / spread
        return cls(centre, slope, (float(known.min()) - centre) * slope - weight)

    def standardised(self, scores: Array) -> Array:
        """Scores in weighted deviations from the mean, float32 (n,)."""
        z = (np.asarray(scores, np.float32) - np.float32(self.centre)) * np.float32(self.slope)
        if not self.slope:
            return np.zeros(len(z), np.float32)
        z[~np.isfinite(z)] = self.lowest
        return z


@dataclass(frozen=True, slots=True)
class Learnt:
    """What a session has learnt: `score(x) = standardised prior of x + direction · x + bias`.

    Positive scores mean "more likely liked than not".

    Attributes:
        direction: float32 (d,).
        bias: Offset.
        prior: How the prior scores are standardised.
    """

    direction: Array
    bias: float
    prior: Prior

    def search_direction(self, query: Array) -> Array:
        """The vector whose inner products rank as this classifier does, when the prior was `vectors @ query`.

        One exact scan of the index answers feedback then. float32 (d,), not of unit length.
        """
        direction: Array = (self.direction + self.prior.slope * np.asarray(query, np.float32)).astype(np.float32)
        return direction


def logistic(features: Array, signs: Array, weights: Array, offset: Array, ridge: float) -> tuple[Array, float]:
    """Weighted logistic regression with a known offset: direction float32 (d,) and bias.

    Minimises Σ w·log(1 + exp(−y(x·v + b + offset))) + ridge/2·|v|² by L-BFGS (a thousandth of the ridge on b).

    Args:
        features: float (m, d).
        signs: ±1 (m,).
        weights: (m,), at least 0.
        offset: (m,), part of the score that is not learnt.
    """
    from scipy.optimize import minimize

    d = features.shape[1]
    rows = np.ascontiguousarray(features, np.float32)

    def loss(v: Array) -> tuple[float, Array]:
        margin = signs * (rows @ v[:d].astype(np.float32) + v[d] + offset)
        slope = -signs * weights / (1.0 + np.exp(np.clip(margin, -60, 60)))
        gradient = np.append(slope.astype(np.float32) @ rows + ridge * v[:d], slope.sum() + 1e-3 * ridge * v[d])
        penalty = ridge / 2 * (v[:d] @ v[:d] + 1e-3 * v[d] ** 2)
        return float((weights * np.logaddexp(0.0, -margin)).sum() + penalty), gradient

    best = minimize(loss, np.zeros(d + 1), jac=True, method="L-BFGS-B", options={"maxiter": 50, "ftol": 1e-7}).x
    return best[:d].astype(np.float32), float(best[d])
