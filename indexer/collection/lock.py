"""One writer a collection: an advisory lock that the system drops when the process ends, however it ends."""

from __future__ import annotations

import fcntl
import os
import socket
from types import TracebackType
from typing import IO

from indexer.collection.layout import Layout
from indexer.core.errors import CollectionError


class WriterLock:
    """Held while a collection is written."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._file: IO[str] | None = None

    def __enter__(self) -> WriterLock:
        file = self._layout.lock.open("a+", encoding="utf-8")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            file.seek(0)
            holder = file.read().strip() or "another process"
            file.close()
            raise CollectionError(
                f"The collection {self._layout.folder} is being written by {holder}.",
                "Wait until that run ends, or stop it; then run the command again.",
            ) from error
        file.truncate(0)
        file.write(f"process {os.getpid()} on {socket.gethostname()}")
        file.flush()
        self._file = file
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file:
            self._file.close()
