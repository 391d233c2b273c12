"""The interface of a channel: one way to answer a query."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from indexer.core.geometry import Box
from indexer.core.types import Array, DecodedImage, Evidence


@dataclass(frozen=True, slots=True)
class QueryPicture:
    """A picture, or a part of one, in a query.

    Attributes:
        decode: Gives the whole picture upright in sRGB, reduced so that its longer side is at most
            the given number of pixels (None: as large as settings allow). Result is cached per query.
        box: The part that is meant, in original pixels; None for all of it.
        image_id: The stored image this is, or None for one that came from outside.
        weight: Larger counts more; negative pushes away.
    """

    decode: Callable[[int | None], DecodedImage]
    box: Box | None = None
    image_id: int | None = None
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class QueryText:
    """Words in a query; a negative weight pushes away."""

    text: str
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class ChannelRequest:
    """What the engine asks of a channel.

    Attributes:
        allowed: bool (number of images in the snapshot,): images that pass the filter, by position in
            `snapshot.images`; None when all do. Applies inside the search, not after it.
        limit: How many hits are wanted at least, when there are as many.
        exclude: Image ids that must not come back.
        options: Switches of single channels (`mirror`, `inverted` …).
    """

    texts: Sequence[QueryText] = ()
    pictures: Sequence[QueryPicture] = ()
    allowed: Array | None = None
    limit: int = 50
    exclude: frozenset[int] = frozenset()
    options: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ChannelHits:
    """Answer of one channel, best first; at most one entry a region.

    Attributes:
        region_ids: int64 (n,).
        scores: float32 (n,), larger is better; each channel says what its scale means.
        evidence: By region id, for same-print matches.
        boxes: By region id, where the match lies when it is not the region's own box.
        reasons: By region id, words for people (matched terms …).
        notes: What the user should know (no model, picture without keypoints …).
    """

    region_ids: Array
    scores: Array
    evidence: Mapping[int, Evidence] = field(default_factory=dict)
    boxes: Mapping[int, Box] = field(default_factory=dict)
    reasons: Mapping[int, str] = field(default_factory=dict)
    notes: Sequence[str] = ()

    @classmethod
    def empty(cls, *notes: str) -> ChannelHits:
        """Nothing found, with what there is to say about it."""
        return cls(np.zeros(0, np.int64), np.zeros(0, np.float32), notes=notes)


class Channel(Protocol):
    """One way to answer a query; a file of this folder each. Safe to call from several threads."""

    name: str

    def answers(self, request: ChannelRequest) -> bool:
        """Whether this channel can say anything about the request (a text needs a text model …)."""

    def search(self, request: ChannelRequest) -> ChannelHits:
        """The best regions for the request."""
