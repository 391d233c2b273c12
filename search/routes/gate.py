"""Bounded concurrency: so many at once, so many waiting, the rest are told to come back."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

import anyio
import anyio.to_thread

from indexer.core.errors import IconoscopeError

T = TypeVar("T")


class BusyError(IconoscopeError):
    """More requests than the service takes at a time."""

    code = "busy"
    http_status = 503
    retry_after = 2
    """Seconds, sent as Retry-After."""


class Gate:
    """Runs blocking calls in worker threads, `at_once` side by side with a queue of `waiting`."""

    def __init__(self, at_once: int, waiting: int) -> None:
        self._slots = anyio.Semaphore(at_once)
        self._limiter = anyio.CapacityLimiter(at_once)
        self._room = at_once + waiting
        self._inside = 0

    @property
    def inside(self) -> int:
        """Calls running or waiting."""
        return self._inside

    async def run(self, call: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        """The value of `call(*args, **kwargs)`, computed in a worker thread.

        Raises:
            BusyError: The queue is full.
        """
        if self._inside >= self._room:
            raise BusyError("The server is busy with other requests.", "Try again in a few seconds.")
        self._inside += 1
        try:
            async with self._slots:
                return await anyio.to_thread.run_sync(functools.partial(call, *args, **kwargs), limiter=self._limiter)
        finally:
            self._inside -= 1
