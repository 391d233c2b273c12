"""Several ranked lists into one: weighted reciprocal rank fusion.

Score of an image = Σ weight / (K + rank) over the channels that found it, divided by its largest possible value, so
that 1 means "first everywhere". Source: Cormack, Clarke & Büttcher, "Reciprocal Rank Fusion outperforms Condorcet
and individual Rank Learning Methods", SIGIR 2009; K = 60 is theirs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

K = 60


def fuse(rankings: Mapping[str, Sequence[int]], weights: Mapping[str, float]) -> dict[int, float]:
    """Fused scores in (0, 1] by key.

    Args:
        rankings: By channel: keys (image ids), best first, each at most once.
        weights: By channel, above zero.
    """
    best = sum(weights[channel] / (K + 1) for channel in rankings)
    scores: dict[int, float] = {}
    for channel, keys in rankings.items():
        for rank, key in enumerate(keys, 1):
            scores[key] = scores.get(key, 0.0) + weights[channel] / (K + rank) / best
    return scores
