"""Idle cores help a same-print search; when several searches run, each keeps to its own thread.

The compiled loops, OpenCV, BLAS and reading do not hold the lock of Python. What is computed does
depend on who helps: answers come back in the order of the questions.
"""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

from indexer.device import cpu_count

S = TypeVar("S")
T = TypeVar("T")

MOST = 3
"""Threads that help one search at most: what stays under Python's lock grows with each."""


class Helpers:
    """A bounded pool of threads that searches share."""

    def __init__(self, cores: int) -> None:
        self._cores = cores
        self._lock = threading.Lock()
        self._searches = self._helping = 0
        self._pool = ThreadPoolExecutor(max(1, cores - 1), thread_name_prefix="same-print")

    @contextmanager
    def search(self) -> Iterator[None]:
        """A search runs in this thread meanwhile."""
        with self._lock:
            self._searches += 1
        try:
            yield
        finally:
            with self._lock:
                self._searches -= 1

    def map(self, call: Callable[[S], T], items: Sequence[S]) -> list[T]:
        """`[call(item) for item in items]`, with the help of idle cores.

        Raises:
            Exception: What a call raised.
        """
        turns = itertools.count()  # `next` of it is one step under Python's lock
        answers: dict[int, T] = {}

        def work() -> None:
            while (turn := next(turns)) < len(items):
                answers[turn] = call(items[turn])

        def help_out() -> None:
            try:
                work()
            finally:
                with self._lock:
                    self._helping -= 1

        jobs = [self._pool.submit(help_out) for _ in range(self._taken(len(items) - 1))]
        try:
            work()
        finally:
            turns = itertools.repeat(len(items))  # type: ignore[assignment]  # after an error nobody goes on
            for job in jobs:
                job.exception()
        for job in jobs:
            job.result()
        return [answers[i] for i in range(len(items))]

    def _taken(self, wanted: int) -> int:
        """How many helpers there are for somebody now; they count as busy from here on."""
        with self._lock:
            idle = self._cores - max(self._searches, 1) - self._helping
            count = max(0, min(wanted, idle, MOST))
            self._helping += count
            return count


HELPERS = Helpers(cpu_count())
