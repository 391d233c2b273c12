"""What `--profile` prints: where the time of a run went, and which stage the others waited for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from indexer.embed import STAGE

if TYPE_CHECKING:
    from indexer.pipeline import IndexReport

MAIN = ("commit", "publish")
"""Stages of the main process; the others but the device's run in the workers."""
SLOW_SECONDS = 0.5
"""Reading an image in more than this is worth a word; a page of 20 megapixels from a local disk takes 0.1 s."""


@dataclass(frozen=True, slots=True)
class StageShare:
    """One stage of a run.

    Attributes:
        seconds: Summed over all that worked on it.
        share: Of the seconds of all stages, 0–1.
        rate: Images a second that one worker (lane, process) does of this stage alone.
    """

    name: str
    seconds: float
    share: float
    rate: float


@dataclass(frozen=True, slots=True)
class Profile:
    """Where the time went.

    Attributes:
        stages: Longest first.
        busy: Share of the run that each resource worked, 0–1: `workers`, `device`, `writer`.
        bottleneck: The busiest resource, "" for a run that did nothing.
    """

    stages: list[StageShare]
    busy: dict[str, float]
    bottleneck: str

    def lines(self) -> list[str]:
        """For people."""
        rows = [
            f"  {s.name:10} {s.seconds:8.1f} s  {100 * s.share:4.0f} %  {s.rate:8.1f} images/s each"
            for s in self.stages
        ]
        parts = ", ".join(f"{name} {100 * share:.0f} %" for name, share in self.busy.items())
        return [*rows, f"  busy: {parts}" + (f"; limited by the {self.bottleneck}" if self.bottleneck else "")]


def slow_source(report: IndexReport) -> str:
    """A sentence when the workers spent most of their time reading, else ""."""
    reading = report.seconds.get("decode", 0.0)
    others = sum(s for name, s in report.seconds.items() if name not in (*MAIN, STAGE, "decode"))
    images = report.added + len(report.failures)
    if not images or reading < SLOW_SECONDS * images or reading < others:
        return ""
    return (
        f"Reading took {reading / images:.1f} s an image, more than everything else. On a network disk, copy the "
        "images to a local one or give more --workers, which wait side by side."
    )


def profile(report: IndexReport) -> Profile:
    """The profile of a finished run."""
    images = report.added + report.embedded
    total = sum(report.seconds.values()) or 1.0
    stages = [
        StageShare(name, seconds, seconds / total, images / seconds if seconds else 0.0)
        for name, seconds in sorted(report.seconds.items(), key=lambda item: -item[1])
    ]
    wall = report.wall_seconds or 1.0
    in_workers = sum(s for name, s in report.seconds.items() if name != STAGE and name not in MAIN)
    busy = {
        "workers": in_workers / (max(report.slots.get("worker", 1), 1) * wall),
        "device": report.seconds.get(STAGE, 0.0) / (max(report.slots.get(STAGE, 1), 1) * wall),
        "writer": sum(report.seconds.get(name, 0.0) for name in MAIN) / wall,
    }
    busy = {name: min(share, 1.0) for name, share in busy.items() if share > 0}
    return Profile(stages, busy, max(busy, key=lambda name: busy[name]) if busy else "")
