"""The interface of a source: where images come from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from indexer.core.types import SourceItem


class Source(Protocol):
    """Something that offers images in a fixed order.

    Attributes:
        location: Where it is, absolute; identifies the source in a collection.
        kind: `folder` or `table`.
        expected: How many items to expect, None if that is not known before walking.
    """

    location: str
    kind: str
    expected: int | None

    def items(self) -> Iterator[SourceItem]:
        """The images in a deterministic order. May be walked more than once."""

    @property
    def problems(self) -> Sequence[str]:
        """What the user should know: duplicate rows, rows without a file … Complete once `items` is exhausted."""
