"""How many pictures at once: found by measuring the work itself, halved when memory runs out."""

from __future__ import annotations

import threading
from collections.abc import Sequence

CPU_SIZES = (4, 8, 16, 32, 64)
CUDA_SIZES = (32, 64, 128, 256, 512, 1024)
GAIN = 1.03
"""A larger batch must be this much faster to be worth its memory."""
TRIALS = 2
"""Runs at each size; the better one counts, because the first one pays for buffers and kernel choice."""


class BatchTuner:
    """Climbs through `sizes` while the rate grows, then stays. Safe to call from several threads.

    Args:
        sizes: Batch sizes to try, ascending.
    """

    def __init__(self, sizes: Sequence[int]) -> None:
        self._sizes = list(sizes)
        self._step = 0
        self._rates: list[float] = []
        self._best = (0.0, self._sizes[0])
        self._settled = len(self._sizes) == 1
        self._limit: int | None = None
        self._lock = threading.Lock()

    @property
    def size(self) -> int:
        """The batch size to use next."""
        with self._lock:
            size = self._best[1] if self._settled else self._sizes[self._step]
            return size if self._limit is None else min(size, self._limit)

    @property
    def settled(self) -> bool:
        """Whether measuring is over."""
        return self._settled

    def record(self, size: int, seconds: float) -> None:
        """A batch of `size` pictures took `seconds`."""
        with self._lock:
            if self._settled or size != self._sizes[self._step]:
                return
            self._rates.append(size / max(seconds, 1e-9))
            if len(self._rates) >= TRIALS:
                self._climb(max(self._rates))

    def _climb(self, rate: float) -> None:
        self._rates = []
        better = rate > self._best[0] * GAIN
        if better:
            self._best = (rate, self._sizes[self._step])
        last = self._step + 1 == len(self._sizes)
        if last or not better:
            self._settled = True
        else:
            self._step += 1

    def halve(self, size: int) -> int:
        """Memory ran out at `size`: stay below it from now on; returns the next size to try (0: one was too many)."""
        with self._lock:
            self._settled = True
            self._limit = size // 2
            self._best = (self._best[0], min(self._best[1], max(self._limit, 1)))
            return self._limit
