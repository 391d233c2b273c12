"""Work on parts of a picture, one after another, or side by side where somebody lends threads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar

S = TypeVar("S")
T = TypeVar("T")


class SideBySide(Protocol):
    """`map` as a list, in any number of threads; calls that work at the same time write to different places."""

    def __call__(self, call: Callable[[S], T], items: Sequence[S], /) -> list[T]: ...


def in_turn(call: Callable[[Any], T], items: Sequence[Any], /) -> list[T]:
    """One after another, in this thread: what processes that have one core each want."""
    return [call(item) for item in items]
