"""A table (CSV, TSV, Parquet) that lists the pictures and what is known of them."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from indexer.core.types import SourceItem
from indexer.sources.pages import file_items
from indexer.sources.rows import read_rows


class TableSource:
    """Pictures in the order of a table; paths are relative to the table's folder, or absolute.

    A row whose file is missing becomes an item with a problem, so that it is reported and not lost. A relative
    path may not lead out of the table's folder, because tables get passed around; an absolute one says what it means.
    """

    kind = "table"

    def __init__(self, location: Path) -> None:
        self.path = Path(os.path.abspath(location))
        self.location = str(self.path)
        self._rows = read_rows(self.path)
        self.expected: int | None = len(self._rows.by_name)
        self._problems: list[str] = list(self._rows.problems)

    @property
    def problems(self) -> Sequence[str]:
        return tuple(self._problems)

    def items(self) -> Iterator[SourceItem]:
        """The pictures in the order of the rows."""
        self._problems = list(self._rows.problems)
        missing = 0
        for name, (path, fields, problem) in self._resolved().items():
            if problem:
                missing += 1
                document = fields.get("document", "").strip()
                yield SourceItem(name, path, document=document, fields=fields, problem=problem)
            else:
                yield from file_items(path, name, fields)
        if missing:
            self._problems.append(f"{missing} rows of {self.path.name} have no file that can be used.")

    def _resolved(self) -> dict[str, tuple[Path, Mapping[str, str], str]]:
        """Path, fields and problem by item name; of rows that write one path differently, the last."""
        found: dict[str, tuple[Path, Mapping[str, str], str]] = {}
        for written, fields in self._rows.by_name.items():
            path, name, problem = self._resolve(written)
            if found.pop(name, None):
                self._problems.append(f"{self.path.name}: more than one row is about '{name}'; the last one counts.")
            found[name] = (path, fields, problem)
        return found

    def _resolve(self, written: str) -> tuple[Path, str, str]:
        """Where the file of a row is, the item's name, and what is wrong with it."""
        folder = self.path.parent
        given = written if os.path.isabs(written) else written.replace("\\", "/")
        path = Path(os.path.normpath(folder / given))
        inside = path.is_relative_to(folder)
        name = path.relative_to(folder).as_posix() if inside else path.as_posix()
        if not inside and not os.path.isabs(written):
            return path, given, f"'{written}' leads out of the folder of {self.path.name}; write an absolute path."
        found = _existing(path)
        return (found, name, "") if found else (path, name, f"The file '{written}' of the table does not exist.")


def _existing(path: Path) -> Path | None:
    """`path`, or the same in the other Unicode form (macOS decomposes accents), whichever is there."""
    forms = (path, *(Path(unicodedata.normalize(form, str(path))) for form in ("NFC", "NFD")))
    return next((p for p in forms if p.exists() and not p.is_dir()), None)
