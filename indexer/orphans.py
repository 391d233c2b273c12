"""A worker process ends with the process that started it, even when that was killed and could not say so.

Workers read their tasks from a pipe whose other end they hold themselves, so that the pipe does not tell them: those of
a killed run would stay for ever, with all of their memory.
"""

from __future__ import annotations

import multiprocessing
import os
import threading


def end_with_parent() -> None:
    """Watch the parent from a thread; does nothing in a process that has none."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def watch() -> None:
        parent.join()
        os._exit(1)  # at once: there is nobody left to take a result

    threading.Thread(target=watch, name="parent", daemon=True).start()
