"""A folder tree, or a single file, with or without a catalogue beside it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from indexer.core.errors import SourceError
from indexer.core.types import SourceItem
from indexer.decode.sniff import EXTENSIONS, HEAD, sniff
from indexer.sources.join import Join
from indexer.sources.pages import file_items
from indexer.sources.rows import Rows, read_rows

_SHOWN = 5


class FolderSource:
    """Every picture in a folder and below; hidden files and folders are left out.

    A file is a picture when its extension or its content says so, so that a damaged picture is reported
    and not lost, and a picture without an extension is found. Other files are ignored and counted.
    """

    kind = "folder"

    def __init__(self, location: Path, metadata: Path | None = None) -> None:
        self.path = Path(os.path.abspath(location))
        if not self.path.exists():
            raise SourceError(f"{location} does not exist.", "Give a folder, a picture, or a CSV table of paths.")
        self.location = str(self.path)
        self.expected: int | None = None
        self._rows = read_rows(metadata) if metadata else Rows({})
        self._metadata = metadata
        self._problems: list[str] = list(self._rows.problems)

    @property
    def problems(self) -> Sequence[str]:
        return tuple(self._problems)

    def items(self) -> Iterator[SourceItem]:
        """The pictures by path, in the order of their names within each folder."""
        self._problems = list(self._rows.problems)
        join = Join(self._rows)
        count = ignored = without = 0
        for name, path in self._files():
            if not _is_picture(path):
                ignored += 1
                continue
            fields = join.fields(name)
            without += not fields
            count += 1
            yield from file_items(path, name, fields)
        self.expected = count
        self._report(join, count, ignored, without)

    def _files(self) -> Iterator[tuple[str, Path]]:
        if self.path.is_file():
            yield self.path.name, self.path
        else:
            yield from self._walk(self.path, "", ())

    def _walk(self, folder: Path, prefix: str, above: tuple[tuple[int, int], ...]) -> Iterator[tuple[str, Path]]:
        """Regular files below `folder`; a link to a folder that is already being walked is not followed."""
        try:
            state = folder.stat()
            entries = sorted(os.scandir(folder), key=lambda e: e.name)
        except OSError as error:
            self._problems.append(f"The folder {folder} cannot be read: {error.strerror or error}.")
            return
        here = (state.st_dev, state.st_ino)
        if here in above:
            self._problems.append(f"{folder} is a link back to a folder above it; not followed.")
            return
        for entry in entries:
            if entry.name.startswith("."):
                continue
            path, name = folder / entry.name, f"{prefix}{entry.name}"
            if entry.is_dir():
                yield from self._walk(path, f"{name}/", (*above, here))
            elif entry.is_file() or (entry.is_symlink() and not path.exists()):
                yield name, path

    def _report(self, join: Join, count: int, ignored: int, without: int) -> None:
        if ignored:
            self._problems.append(f"{ignored} files in {self.path} are not pictures and were ignored.")
        if self._metadata is None:
            return
        unused = join.unused()
        if unused:
            shown = ", ".join(f"'{n}'" for n in unused[:_SHOWN]) + (" …" if len(unused) > _SHOWN else "")
            self._problems.append(f"{len(unused)} rows of {self._metadata.name} have no file: {shown}.")
        if without:
            self._problems.append(f"{without} of {count} pictures have no row in {self._metadata.name}.")


def _is_picture(path: Path) -> bool:
    if path.suffix[1:].lower() in EXTENSIONS:
        return True
    try:
        with open(path, "rb") as file:
            return bool(sniff(file.read(HEAD)))
    except OSError:
        return False
