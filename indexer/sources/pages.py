"""From one file to its items: one, or one for each page of a TIFF or PDF."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from indexer.core.errors import DecodeError
from indexer.core.types import SourceItem
from indexer.decode.levels import list_pages
from indexer.decode.limits import MAX_PAGES


def file_items(path: Path, name: str, fields: Mapping[str, str]) -> Iterator[SourceItem]:
    """The items of a file whose path relative to the source is `name`.

    A page's document is the file; otherwise it is the folder. A catalogue field `document` goes before both. A file
    that cannot be read is one item, whose decoding says why.
    """
    pages, size, mtime, problem = _look(path)
    if len(pages) > MAX_PAGES:
        pages, problem = [None], f"{path.name} has more than {MAX_PAGES:,} pages; split it."
    folder = name.rpartition("/")[0]
    for page in pages:
        yield SourceItem(
            name=name if page is None else f"{name}#page={page + 1}",
            path=path,
            page=page,
            document=fields.get("document", "").strip() or (folder if page is None else name),
            fields=fields,
            size_bytes=size,
            mtime_ns=mtime,
            problem=problem,
        )


def _look(path: Path) -> tuple[list[int | None], int, int, str]:
    """Pages, size in bytes, time of change, and what is wrong with the file at `path`."""
    try:
        state = path.stat()
        return list_pages(path), state.st_size, state.st_mtime_ns, ""
    except DecodeError as error:
        return [None], 0, 0, str(error)
    except OSError as error:
        return [None], 0, 0, f"{path.name} cannot be read: {error.strerror or type(error).__name__}."
