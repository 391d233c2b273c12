"""What a long run tells while it goes on. The command line draws it; libraries and tests may listen or not."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Listener of a run."""

    def say(self, message: str) -> None:
        """One line for people (device, model, what is going on)."""

    def warn(self, message: str) -> None:
        """One line that people should not miss."""

    def start(self, stage: str, total: int | None) -> None:
        """A stage begins; `total` items when known."""

    def expect(self, total: int) -> None:
        """How many items there are, once that is known."""

    def advance(self, done: int, failed: int = 0) -> None:
        """Items finished since the last call, and how many of them failed."""

    def finish(self) -> None:
        """The stage is over."""


class Silent:
    """Listens to nothing."""

    def say(self, message: str) -> None:
        """Ignore."""

    def warn(self, message: str) -> None:
        """Ignore."""

    def start(self, stage: str, total: int | None) -> None:
        """Ignore."""

    def expect(self, total: int) -> None:
        """Ignore."""

    def advance(self, done: int, failed: int = 0) -> None:
        """Ignore."""

    def finish(self) -> None:
        """Ignore."""
