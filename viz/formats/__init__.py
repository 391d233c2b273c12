"""The map's data for other tools: one file a format, all reading a finished export.

`write(format, folder, out)` is the entry; `FORMATS` lists the names.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from indexer.core.errors import UsageError
from viz.formats import csv_table, parquet, pixplot, vikus
from viz.formats.exported import Exported

FORMATS: dict[str, Callable[[Exported, Path], None]] = {
    "csv": csv_table.write,
    "parquet": parquet.write,
    "pixplot": pixplot.write,
    "vikus": vikus.write,
}


def write(name: str, folder: Path, out: Path) -> None:
    """Writes the exported map in `folder` for another tool to `out`: a file for csv and parquet, else a folder.

    Raises:
        UsageError: No such format, or `folder` is no exported map.
    """
    if name not in FORMATS:
        raise UsageError(f"There is no map format '{name}'.", f"There are: html, {', '.join(FORMATS)}.")
    FORMATS[name](Exported.open(folder), out)
