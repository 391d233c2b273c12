"""A pool of processes that survives the death of any of them."""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool

from indexer.core.settings import IndexSettings
from indexer.describe import Described, Task, describe, failed
from indexer.features.clip_preprocess import ClipPreprocess
from indexer.orphans import end_with_parent

log = logging.getLogger(__name__)
MALLOC_TUNABLES = "glibc.malloc.mmap_threshold=1073741824:glibc.malloc.trim_threshold=1073741824:glibc.malloc.hugetlb=1"
"""Keeps SIFT's pyramids in the heap instead of mapping and unmapping them for each image (93 → 57 ms measured, see
docs/same-print.md), in large pages where the kernel lends them (another 11 %, docs/speed.md). Read by glibc when a
process starts, so it is set before workers are started; older ones pass over what they do not know."""
AHEAD = 3
"""Tasks in flight a worker: enough that none waits, few enough that results stay small."""

_state: dict[str, object] = {}


def _start(settings: IndexSettings, clip: ClipPreprocess | None) -> None:
    """Runs once in each worker: one thread a process, Ctrl-C left to the parent, no life after it."""
    import cv2

    from indexer.decode import limit_threads

    end_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    cv2.setNumThreads(1)
    limit_threads()
    _state.update(settings=settings, clip=clip)


def _run(task: Task) -> Described:
    return describe(task, _state["settings"], _state["clip"])  # type: ignore[arg-type]


class WorkerPool:
    """Describes images in `processes` processes.

    Attributes:
        processes: How many there are.
        deaths: How many worker processes were lost; their images are tried again alone.
    """

    def __init__(self, processes: int, settings: IndexSettings, clip: ClipPreprocess | None) -> None:
        self.processes = processes
        self._settings = settings
        self._clip = clip
        self.deaths = 0
        self._pool = self._new_pool(processes)

    def _new_pool(self, processes: int) -> ProcessPoolExecutor:
        # Spawned, not forked: the parent holds threads (torch, Lance) that a fork would break.
        os.environ.setdefault("GLIBC_TUNABLES", MALLOC_TUNABLES)
        # Read by NumPy's library when it is loaded. By default each worker has as many threads as there are cores, and
        # they wait for each other by spinning: on a busy machine the page networks took ten times as long.
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
        return ProcessPoolExecutor(
            processes, multiprocessing.get_context("spawn"), initializer=_start, initargs=(self._settings, self._clip)
        )

    def run(self, tasks: Iterable[Task]) -> Iterator[Described]:
        """Describe all tasks; results come as they are done, at most `AHEAD` tasks a process in flight."""
        source = iter(tasks)
        flying: dict[Future[Described], Task] = {}
        suspects: deque[Task] = deque()
        more = True
        while more or flying or suspects:
            while more and not suspects and len(flying) < AHEAD * self.processes:
                task = next(source, None)
                more = task is not None
                if task is not None:
                    self._submit(task, flying, suspects)
            done = wait(flying, return_when=FIRST_COMPLETED).done if flying else set()
            # In the order in which they were given out, so that one worker numbers its images in order.
            for future in [f for f in flying if f in done]:
                task = flying.pop(future)
                try:
                    yield future.result()
                except BrokenProcessPool:
                    suspects.append(task)
            if suspects and not flying:
                self._restart()
                while suspects:
                    yield self._alone(suspects.popleft())

    def _submit(self, task: Task, flying: dict[Future[Described], Task], suspects: deque[Task]) -> None:
        try:
            flying[self._pool.submit(_run, task)] = task
        except BrokenProcessPool:
            suspects.append(task)

    def _restart(self) -> None:
        self.deaths += 1
        log.warning("a worker process died; going on with a new pool")
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._pool = self._new_pool(self.processes)

    def _alone(self, task: Task) -> Described:
        """Describe a task that was in flight when a worker died; if it kills its worker again, it is the cause."""
        try:
            return self._pool.submit(_run, task).result()
        except BrokenProcessPool:
            self._restart()
            return failed(task, "The process that read it died (out of memory, or a file that crashes its decoder).")

    def close(self) -> None:
        """Stop the processes without waiting for work in flight."""
        self._pool.shutdown(wait=True, cancel_futures=True)
