"""From the evidence of a match to a score that can be believed.

The score depends on the number of false alarms alone, less where the witnesses lie on a thin strip, as those of a line
of type do. The threshold comes from queries without any copy in the collection (docs/same-print.md); as the number of
false alarms already accounts for how many keypoints were tested and how common each of them is, it does not depend on
the collection.
"""

from __future__ import annotations

import math

from indexer.core.types import Array
from search.verify_evidence import Proof, shape_of

SURE = 0.5
"""The score from which a match is called the same print."""
THRESHOLD = 30.0
"""−log10 of the number of false alarms that scores 0.5."""
SOFTNESS = 10.0
"""Change of −log10 NFA that changes the odds by e."""
THICK = 0.08
"""Thickness of the cloud of witnesses, as a part of the query's longer side, below which it counts as a strip."""


def print_score(proof: Proof, points: Array, side: float) -> float:
    """In [0, 1]; 0.5 is the threshold of `same_print`.

    Args:
        proof: Of the match.
        points: float32 (k, 2), its witnesses in the query.
        side: Longer side of the query in pixels.
    """
    thickness, _ = shape_of(points, side)
    return score_of(proof.log_nfa * min(1.0, thickness / THICK))


def score_of(log_nfa: float) -> float:
    """The score of a −log10 NFA."""
    return 1.0 / (1.0 + math.exp(-max(min((log_nfa - THRESHOLD) / SOFTNESS, 50.0), -50.0)))
