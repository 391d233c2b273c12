"""Intervals for measured shares."""

from __future__ import annotations

import math

Z95 = 1.959964
"""97.5th percentile of the normal distribution."""


def wilson(hits: int, of: int) -> tuple[float, float]:
    """95 % interval of a share (Wilson 1927); (0, 1) for nothing observed."""
    if not of:
        return 0.0, 1.0
    share = hits / of
    centre = (share + Z95 * Z95 / (2 * of)) / (1 + Z95 * Z95 / of)
    half = Z95 / (1 + Z95 * Z95 / of) * math.sqrt(share * (1 - share) / of + Z95 * Z95 / (4 * of * of))
    return max(centre - half, 0.0), min(centre + half, 1.0)
