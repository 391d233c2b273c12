"""Lance datasets: open, append, and turn their errors into ours."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from indexer.core.errors import CollectionError
from indexer.core.types import Array

FULL_BYTES = 1_000_000
"""A write that failed on a disk with less room than this failed because it is full."""


def open_table(path: Path, version: int | None = None) -> Any:
    """A Lance dataset at a pinned version (None: newest).

    Raises:
        CollectionError: Missing or damaged.
    """
    import lance

    try:
        return lance.dataset(str(path), version=version)
    except (ValueError, OSError) as error:
        raise CollectionError(
            f"The table {path} (version {version or 'newest'}) cannot be opened: {_first_line(error)}.",
            "Restore it from a copy, or delete published.json and run `iconoscope index` again.",
        ) from error


def create_table(path: Path, schema: pa.Schema) -> Any:
    """An empty dataset, or the one that is there."""
    import lance

    if path.exists():
        return open_table(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with disk_errors(path):
        return lance.write_dataset(schema.empty_table(), str(path), mode="create")


def append(path: Path, table: pa.Table) -> None:
    """Append rows in one atomic commit."""
    import lance

    if len(table):
        with disk_errors(path):
            lance.write_dataset(table, str(path), mode="append")


@contextmanager
def disk_errors(path: Path) -> Iterator[None]:
    """Turn a full disk or a read-only folder into an error that says what to do."""
    try:
        yield
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT) or "No space left" in str(error) or _no_room(path)
        message = "The disk is full" if full else f"Writing failed ({_first_line(error)})"
        hint = "Free some space" if full else "Check the disk and the permissions"
        raise CollectionError(
            f"{message}: {path}.", f"{hint} and run the command again; what was committed is kept."
        ) from error


def _no_room(path: Path) -> bool:
    """Libraries that write in C report a full disk in words of their own; then the disk itself is asked."""
    existing = next((p for p in (path, *path.parents) if p.exists()), None)
    return existing is not None and shutil.disk_usage(existing).free < FULL_BYTES


def fp16_matrix(column: pa.ChunkedArray, dimension: int) -> Array:
    """A fixed-size-list column as float16 (n, dimension), without copying more than once."""
    parts = [np.asarray(c.flatten()).view(np.float16).reshape(-1, dimension) for c in column.chunks]
    return np.concatenate(parts) if parts else np.zeros((0, dimension), np.float16)


def fp16_column(matrix: Array) -> pa.FixedSizeListArray:
    """float (n, d) as an Arrow column of fp16 lists."""
    flat = pa.array(np.ascontiguousarray(matrix, np.float16).reshape(-1))
    return pa.FixedSizeListArray.from_arrays(flat, matrix.shape[1])


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:300]
