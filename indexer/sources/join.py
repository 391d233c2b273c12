"""Which row of a catalogue belongs to which file, forgiving about the ways in which paths get written."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping

from indexer.sources.rows import Rows

_NOTHING: Mapping[str, str] = {}


class Join:
    """Looks up catalogue rows by a file's path relative to the source.

    Tried in turn: the path as written; with `/` for backslashes, without `./`, in one Unicode form; the
    file's name alone; and both without regard to upper and lower case. All but the first two count only
    where they are unique among the rows.
    """

    def __init__(self, rows: Rows) -> None:
        self.rows = rows
        self.used: set[str] = set()
        self._keys = [_index(rows, make) for make in (_clean, _folded, _base, _folded_base)]

    def fields(self, name: str) -> Mapping[str, str]:
        """The fields of the file `name`, empty when no row is about it."""
        row = self._row(name)
        if row is None:
            return _NOTHING
        self.used.add(row)
        return self.rows.by_name[row]

    def unused(self) -> list[str]:
        """Rows that no file asked for, in order."""
        return [name for name in self.rows.by_name if name not in self.used]

    def _row(self, name: str) -> str | None:
        if name in self.rows.by_name:
            return name
        for index, make in zip(self._keys, (_clean, _folded, _base, _folded_base), strict=True):
            found = index.get(make(name))
            if found:
                return found
        return None


def _index(rows: Rows, make: Callable[[str], str]) -> dict[str, str]:
    """Row by key; "" where two rows share one, so that an ambiguous key finds nothing."""
    index: dict[str, str] = {}
    for name in rows.by_name:
        key = make(name)
        index[key] = "" if key in index else name
    return index


def _clean(name: str) -> str:
    return unicodedata.normalize("NFC", name.replace("\\", "/").removeprefix("./"))


def _folded(name: str) -> str:
    return _clean(name).casefold()


def _base(name: str) -> str:
    return _clean(name).rpartition("/")[2]


def _folded_base(name: str) -> str:
    return _base(name).casefold()
