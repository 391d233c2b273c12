"""One query picture, looked for at once and, when it is a page, by its illustrations or by overlapping parts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from indexer.collection.instance_search import InstanceIndex
from indexer.core.types import Array
from search.channels.instance_expand import expanded
from search.channels.instance_query import QueryFeatures, QueryParts
from search.channels.instance_stages import stage
from search.channels.instance_text import Letters
from search.channels.instance_thumbnails import Thumbnails
from search.channels.instance_verify import BATCH, Match, Verifier
from search.verify_score import SURE

PART_LIMIT = 12
"""Candidates of one part of a page that are verified."""


@dataclass(frozen=True, slots=True)
class Look:
    """Where is looked, and how.

    Attributes:
        index, snapshot: The collection.
        inside: bool, by position in the index: images that may come back.
        mirrors: Look for mirrored copies as well.
        limit: Most images compared by their descriptors for the whole of a query.
        inverted: The negative of the query is looked for.
        patience: Images compared for the whole of a query before giving up when none is surely a copy.
        thumbnails: Those that the search has read already.
    """

    index: InstanceIndex
    snapshot: Any
    inside: Array
    mirrors: bool
    limit: int
    inverted: bool = False
    patience: int = BATCH
    thumbnails: Thumbnails | None = None

    def everywhere(self, parts: QueryParts) -> list[tuple[QueryFeatures, Match]]:
        """Verified places with the part of the query that was found there, best first.

        Illustrations of a page are looked for one by one, because letters and other pictures would take most of its
        keypoints; overlapping parts when none were seen on it and nothing was surely found. A patient look then asks
        with the surest copy as well.
        """
        letters = None if parts.whole.decoded is None else Letters(parts.whole.decoded, parts.whole.box)
        found = list(self._each([parts.whole], letters, self.limit))
        found += self._each(parts.pictures, letters, PART_LIMIT)
        if not parts.pictures and not any(match.score >= SURE for _, match in found):
            with stage("extract"):
                tiles = parts.tiles()
            found += self._each(tiles, letters, PART_LIMIT)
        found.sort(key=_surest)
        if self.patience > BATCH:
            with stage("expand"):
                found += expanded(self, found)
        return sorted(found, key=_surest)

    def _each(
        self, parts: Sequence[QueryFeatures], letters: Letters | None, limit: int
    ) -> Iterator[tuple[QueryFeatures, Match]]:
        for part in parts:
            if len(part.features):
                whole = limit > PART_LIMIT
                patience = self.patience if whole else 0
                how = letters, self.inverted, whole, patience, self.thumbnails
                verifier = Verifier(part, self.index, self.snapshot, *how)
                yield from ((part, match) for match in verifier.matches(self.inside, self.mirrors, limit))


def _surest(found: tuple[QueryFeatures, Match]) -> tuple[float, int]:
    return -found[1].score, found[1].image_id
