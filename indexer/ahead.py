"""Run an iterator in a thread, some items ahead: the bounded queue between two stages."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from typing import Generic, TypeVar

T = TypeVar("T")


class _Buffer(Generic[T]):
    """Items that wait, bounded by what they cost together; one producer, one consumer."""

    def __init__(self, budget: float) -> None:
        self._budget = budget
        self._items: deque[tuple[T, float]] = deque()
        self._cost = 0.0
        self._ended = False
        self._stopped = False
        self._error: BaseException | None = None
        self._changed = threading.Condition()

    def put(self, item: T, cost: float) -> bool:
        """Wait for room (an item that costs more than the budget goes alone); False when nobody reads any more."""
        with self._changed:
            self._changed.wait_for(lambda: self._stopped or not self._items or self._cost + cost <= self._budget)
            if not self._stopped:
                self._items.append((item, cost))
                self._cost += cost
                self._changed.notify_all()
            return not self._stopped

    def end(self, error: BaseException | None = None) -> None:
        """Nothing more comes."""
        with self._changed:
            self._ended, self._error = True, error
            self._changed.notify_all()

    def stop(self) -> None:
        """Nobody reads any more."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    def __iter__(self) -> Iterator[T]:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: bool(self._items) or self._ended)
                if not self._items:
                    break
                item, cost = self._items.popleft()
                self._cost -= cost
                self._changed.notify_all()
            yield item
        if self._error is not None:
            raise self._error


def ahead(source: Iterable[T], budget: float, cost: Callable[[T], float] = lambda item: 1.0) -> Iterator[T]:
    """The items of `source`, computed in a thread ahead of the reader.

    An error of the source is raised here. When the reader stops early, the thread stops after its current item.

    Args:
        budget: What the waiting items may cost together, for example bytes.
        cost: Of one item; by default each costs 1.
    """
    buffer: _Buffer[T] = _Buffer(budget)

    def fill() -> None:
        try:
            for item in source:
                if not buffer.put(item, cost(item)):
                    return
            buffer.end()
        except BaseException as error:  # noqa: BLE001 - raised again in the reader
            buffer.end(error)

    thread = threading.Thread(target=fill, name="ahead", daemon=True)
    thread.start()
    try:
        yield from buffer
    finally:
        buffer.stop()
        thread.join()
