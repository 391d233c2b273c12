"""Where images come from; one file a kind of source, one interface (`indexer/sources/base.py`)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from indexer.sources.base import Source


def open_source(location: str, metadata: Path | None = None) -> Source:
    """A folder, a single picture, or a table of paths, with an optional catalogue for the first two.

    Raises:
        SourceError: It does not exist, or a table cannot be read.
        UsageError: A catalogue beside a source that is a table itself.
    """
    from indexer.core.errors import UsageError
    from indexer.sources.folder import FolderSource
    from indexer.sources.rows import TABLE_EXTENSIONS
    from indexer.sources.table import TableSource

    path = Path(location).expanduser()
    if path.suffix.lower() in TABLE_EXTENSIONS and not path.is_dir():
        if metadata is not None:
            raise UsageError(
                f"{location} is a table itself and takes no --metadata.", "Give the folder of the images as the source."
            )
        return TableSource(path)
    return FolderSource(path, metadata)
