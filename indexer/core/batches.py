"""Neighbours taken together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

T = TypeVar("T")


def batches(
    items: Iterable[T], limit: int | Callable[[], int], size: Callable[[T], int] = lambda item: 1
) -> Iterator[list[T]]:
    """Neighbours of `limit` in size together, or a little more; the last may be smaller.

    Args:
        limit: A function is asked anew before each batch, for limits that are found while the work goes on.
        size: Of one item; by default each counts 1.
    """

    def asked() -> int:
        return limit() if callable(limit) else limit

    batch: list[T] = []
    total, wanted = 0, asked()
    for item in items:
        batch.append(item)
        total += size(item)
        if total >= wanted:
            yield batch
            batch, total, wanted = [], 0, asked()
    if batch:
        yield batch
