"""Progress on a terminal (rich) or as plain lines in a log; nothing when the output is for programs."""

from __future__ import annotations

import sys
import time
from typing import Any

from indexer.progress import Silent


def safe(text: str) -> str:
    """Text that any terminal can print: control characters and lone surrogates made visible."""
    shown = "".join(c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode() for c in text)
    encoding = sys.stdout.encoding or "utf-8"
    return shown.encode(encoding, "backslashreplace").decode(encoding)


class Console(Silent):
    """Writes to standard error, so that standard output stays for results."""

    def __init__(self) -> None:
        from rich.console import Console as RichConsole

        self._console = RichConsole(stderr=True, highlight=False)
        self._bar: Any = None
        self._task: Any = None
        self._failed = 0
        self._done = 0
        self._started = 0.0
        self._told = 0.0

    def say(self, message: str) -> None:
        """One line."""
        self._console.print(safe(message), markup=False)

    def warn(self, message: str) -> None:
        """One line, set apart."""
        self._console.print(f"! {safe(message)}", style="yellow", markup=False)

    def start(self, stage: str, total: int | None) -> None:
        """Draw a bar with images a second and the time left."""
        from rich import progress

        self.finish()
        self._failed = self._done = 0
        self._started = self._told = time.monotonic()
        self._stage, self._total = stage, total
        if not self._console.is_terminal:
            return
        self._bar = progress.Progress(
            progress.TextColumn("{task.description}"),
            progress.BarColumn(),
            progress.MofNCompleteColumn(),
            progress.TextColumn("{task.fields[rate]}"),
            progress.TimeRemainingColumn(),
            progress.TextColumn("{task.fields[failed]}"),
            console=self._console,
            transient=True,
        )
        self._bar.start()
        self._task = self._bar.add_task(stage, total=total, rate="", failed="")

    def expect(self, total: int) -> None:
        """Show how far it is to the end."""
        self._total = total
        if self._bar is not None:
            self._bar.update(self._task, total=total)

    def advance(self, done: int, failed: int = 0) -> None:
        """Move the bar; on a log, a line every ten seconds."""
        self._done += done
        self._failed += failed
        now = time.monotonic()
        rate = f"{self._done / max(now - self._started, 1e-3):.1f} images/s"
        lost = f"{self._failed} failed" if self._failed else ""
        if self._bar is not None:
            self._bar.update(self._task, advance=done, rate=rate, failed=lost)
        elif now - self._told > 10:
            self._told = now
            self.say(f"{self._stage}: {self._done}/{self._total or '?'} · {rate}{self._left(now)} {lost}".rstrip())

    def _left(self, now: float) -> str:
        """Time left at the rate so far, for logs; a bar shows its own."""
        if not self._total or not self._done:
            return ""
        seconds = (self._total - self._done) * (now - self._started) / self._done
        return (
            f" · about {max(seconds, 0) / 60:.0f} min left"
            if seconds >= 90
            else f" · about {max(seconds, 0):.0f} s left"
        )

    def finish(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def close(self) -> None:
        """Take the bar away, whatever happened."""
        self.finish()


class Quiet(Silent):
    """For `--json`: only warnings, on standard error."""

    def warn(self, message: str) -> None:
        """One line on standard error."""
        print(f"! {safe(message)}", file=sys.stderr)  # noqa: T201

    def close(self) -> None:
        """Nothing to close."""


def console_progress(quiet: bool) -> Console | Quiet:
    """What a command should report to."""
    return Quiet() if quiet else Console()
