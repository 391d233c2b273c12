"""Near-duplicates under the best hit: scans of the same print and re-encoded files need one place in a list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from indexer.core.types import Array

BITS = 8
"""Bits of the 64-bit perceptual hash in which copies may differ (an eighth, as in Zauner 2010)."""
COSINE = 0.5
"""Signature cosine that must hold besides the hash: blank pictures share hashes without being alike."""
SURE = 0.95
"""Cosine that is enough without a hash. Pages of one layout reach 0.90 with different text, so it must lie far
above; only new encodings of one scan reach it (docs/signature.md)."""


@dataclass(frozen=True, slots=True)
class Fold:
    """A hit that stays, and the positions of those folded under it, best first."""

    kept: int
    folded: tuple[int, ...]


def fold(vectors: Array, phashes: Array | None = None, cosine: float = COSINE, bits: int = BITS) -> list[Fold]:
    """Group a ranked list: each hit goes under the first kept one that it is a near-duplicate of.

    Compared with kept hits only, so that a chain of small differences does not draw strangers together.

    Args:
        vectors: float (n, d), unit signature rows of the hits, best first; a row of zeros is like nothing.
        phashes: uint64 (n,), perceptual hashes of their pictures; None when the hits are no whole pictures.
        cosine: Least cosine of near-duplicates whose hashes agree.
        bits: Most differing bits of hashes that agree.

    Returns:
        Kept hits in order of the list, each with what is folded under it.
    """
    rows = np.asarray(vectors, np.float32)
    kept: list[int] = []
    folded: dict[int, list[int]] = {}
    for at in range(len(rows)):
        home = _home(rows, phashes, kept, at, cosine, bits)
        if home is None:
            kept.append(at)
            folded[at] = []
        else:
            folded[home].append(at)
    return [Fold(at, tuple(folded[at])) for at in kept]


def _home(rows: Array, phashes: Array | None, kept: Sequence[int], at: int, cosine: float, bits: int) -> int | None:
    """The first kept hit that `at` duplicates."""
    if not kept:
        return None
    likeness = rows[kept] @ rows[at]
    same = likeness >= SURE
    if phashes is not None:
        agree = np.bitwise_count(phashes[kept] ^ phashes[at]) <= bits
        same |= agree & (likeness >= cosine)
    return int(kept[int(same.argmax())]) if same.any() else None
