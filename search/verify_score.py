"""From the evidence of a match to a score that can be believed.

The score is a logistic function of a few measures of the evidence, fitted to attacked copies of real pictures and to
thousands of queries without any copy in the collection (docs/same-print.md); `SURE` is the score above which none of
those queries came.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from indexer.core.types import Array
from search.verify_evidence import Proof, shape_of

SURE = 0.5
"""The score from which a match is called the same print."""


@dataclass(frozen=True, slots=True)
class Measures:
    """What the score depends on.

    Attributes:
        log_nfa: −log10 of the number of false alarms.
        strength: Sum of the witnesses' strengths.
        share: Witnesses as a part of the cells that the transform puts inside the other image.
        thickness: Of the cloud of witnesses, as a part of the query's longer side.
    """

    log_nfa: float
    strength: float
    share: float
    thickness: float


def measure(proof: Proof, points: Array, side: float) -> Measures:
    """The measures of a proof; `points` float32 (k, 2) are its witnesses in the query, whose longer side is `side`."""
    thickness, _ = shape_of(points, side)
    share = len(proof.ours) / max(proof.tested, 1)
    return Measures(proof.log_nfa, float(proof.strength.sum()), share, thickness)


def print_score(measures: Measures) -> float:
    """In [0, 1]; 0.5 is the threshold of `same_print`."""
    thin = min(1.0, measures.thickness / 0.1)
    evidence = np.log1p(measures.log_nfa) * thin + np.log1p(measures.strength) * thin
    return float(1.0 / (1.0 + np.exp(-(evidence - 5.0) * 1.5)))
