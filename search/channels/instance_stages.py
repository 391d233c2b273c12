"""How long the stages of a same-print search take, for those who ask; costs nothing otherwise."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_active: ContextVar[dict[str, float] | None] = ContextVar("same-print stages", default=None)


@contextmanager
def measured() -> Iterator[dict[str, float]]:
    """Stage → milliseconds of the searches made inside, in this thread; a stage entered several times is added up."""
    stages: dict[str, float] = {}
    token = _active.set(stages)
    try:
        yield stages
    finally:
        _active.reset(token)


@contextmanager
def stage(name: str) -> Iterator[None]:
    """Count the time spent inside to a stage."""
    stages = _active.get()
    if stages is None:
        yield
        return
    start = time.perf_counter()
    try:
        yield
    finally:
        stages[name] = stages.get(name, 0.0) + (time.perf_counter() - start) * 1000
