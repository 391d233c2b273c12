"""What an export tells: while it runs, and at its end."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

Progress = Callable[[str, int, int], None]
"""Called with the stage's name, how much is done, and how much there is."""


@dataclass(frozen=True, slots=True)
class MapReport:
    """What came out.

    Attributes:
        out: The folder.
        pictures: On the map.
        missing_thumbnails: Of these, without a picture.
        trustworthiness, preservation: 0–1 at `k`; None for maps too small to say.
        hotspots: By zoom level.
        seconds: By stage.
        bytes: Of all files.
        notices: What people should know.
    """

    out: Path
    pictures: int
    missing_thumbnails: int
    trustworthiness: float | None
    preservation: float | None
    hotspots: list[int]
    seconds: dict[str, float]
    bytes: int
    notices: list[str] = field(default_factory=list)


class Clock:
    """Tells progress and keeps the seconds of each stage."""

    def __init__(self, progress: Progress) -> None:
        self.progress = progress
        self.seconds: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str, total: int) -> Iterator[Callable[[int], None]]:
        """Times the block; gives a function to report steps with."""
        start, done = time.perf_counter(), 0

        def step(more: int) -> None:
            nonlocal done
            done += more
            self.progress(name, done, total)

        self.progress(name, 0, total)
        yield step
        self.seconds[name] = round(time.perf_counter() - start, 3)
        self.progress(name, total, total)
