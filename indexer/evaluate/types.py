"""What the evaluation and a search tell each other. `indexer` does not import `search`: the front door joins them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from indexer.core.geometry import Box
from indexer.core.types import Array


@dataclass(frozen=True, slots=True)
class InstanceQuery:
    """One picture to search for.

    Attributes:
        name: Says where the query comes from, such as `mirrored:plates/12.jpg`.
        rgb: uint8 (h, w, 3), upright sRGB.
        box: The part that is meant, `[x, y, width, height]` in pixels of `rgb`; None for all of it.
        exclude: Names of images that must not come back (the stored image the query itself is).
    """

    name: str
    rgb: Array
    box: Box | None = None
    exclude: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class RankedHit:
    """One answer.

    Attributes:
        image: Name of the image in the collection.
        score: Larger is better; comparable between queries.
        same_print: Whether the search vouches for it.
        inliers: Matched points behind it.
        transform: float64 (3, 3), query pixels to pixels of the hit's image; None if unknown.
        mirrored: The hit is the mirror image of the query.
        parts: The numbers that its score was made of, by name; empty where a search does not tell.
    """

    image: str
    score: float
    same_print: bool = False
    inliers: int = 0
    transform: Array | None = None
    mirrored: bool = False
    parts: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ranking:
    """The answers to a query, best first, at most one an image, and how long each stage took (stage → ms)."""

    hits: Sequence[RankedHit]
    timings_ms: Mapping[str, float] = field(default_factory=dict)


SearchFn = Callable[[InstanceQuery], Ranking | Sequence[RankedHit]]
"""A search. Returning a plain list of hits is allowed; then only the whole time is measured, by the clock."""
Loader = Callable[[], Array]
"""Reads a picture when it is needed, uint8 (h, w, 3)."""
