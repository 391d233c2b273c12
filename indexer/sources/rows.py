"""Reading a catalogue table (CSV, TSV, Parquet) as rows of text, however it was exported."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from indexer.core.errors import SourceError

TABLE_EXTENSIONS = (".csv", ".tsv", ".parquet", ".pq")
PATH_COLUMNS = ("filename", "path", "file", "image")
"""Names of the column that says which file a row is about, in order of preference; upper and lower case alike."""

_DELIMITERS = (",", ";", "\t", "|")
_LONGEST_CELL = 16 * 1024 * 1024
_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


@dataclass(frozen=True, slots=True)
class Rows:
    """A catalogue.

    Attributes:
        by_name: The fields of each row, by what its path column says; of duplicates, the last.
        problems: What the user should know about the table.
    """

    by_name: Mapping[str, Mapping[str, str]]
    problems: Sequence[str] = field(default=())


def read_rows(path: Path) -> Rows:
    """Read a table.

    Raises:
        SourceError: It cannot be read, is empty, or has no path column; says which columns there are.
    """
    if not path.is_file():
        raise SourceError(f"The table {path} does not exist.", "Check the path; a CSV, TSV or Parquet file is needed.")
    problems: list[str] = []
    try:
        if path.suffix.lower() in (".parquet", ".pq"):
            columns, rows = _parquet(path)
        else:
            columns, rows = _csv(path, problems)
        return _collect(path, columns, rows, problems)
    except OSError as error:
        raise SourceError(
            f"The table {path} cannot be read: {error.strerror or error}.", "Check its permissions and the disk."
        ) from error


def _collect(path: Path, columns: list[str], rows: Iterator[list[str]], problems: list[str]) -> Rows:
    at = _path_column(path, columns)
    by_name: dict[str, Mapping[str, str]] = {}
    repeated: list[str] = []
    nameless = ragged = 0
    for row in rows:
        ragged += len(row) != len(columns)
        name = row[at].strip() if at < len(row) else ""
        if not name:
            nameless += any(cell.strip() for cell in row)
            continue
        if name in by_name:
            repeated.append(name)
            del by_name[name]  # so that the last row also decides the order
        cells = [*row, *[""] * (len(columns) - len(row))]
        by_name[name] = {c: v.strip() for i, (c, v) in enumerate(zip(columns, cells, strict=False)) if i != at and c}
    if repeated:
        problems.append(f"{path.name}: {_some(repeated)} more than once; the last row counts.")
    if nameless:
        problems.append(f"{path.name}: {nameless} rows without a name in '{columns[at]}' were left out.")
    if ragged:
        problems.append(f"{path.name}: {ragged} rows have more or fewer cells than the {len(columns)} columns.")
    return Rows(by_name, tuple(problems))


def _path_column(path: Path, columns: list[str]) -> int:
    folded = [c.strip().casefold() for c in columns]
    for wanted in PATH_COLUMNS:
        if wanted in folded:
            return folded.index(wanted)
    raise SourceError(
        f"The table {path} has no column 'filename'; its columns are: {', '.join(c or '(no name)' for c in columns)}.",
        f"Name the column that holds the paths one of: {', '.join(PATH_COLUMNS)}.",
    )


def _csv(path: Path, problems: list[str]) -> tuple[list[str], Iterator[list[str]]]:
    text = _text(path, problems)
    if not text.strip():
        raise SourceError(f"The table {path} is empty.", "It needs a first line with the names of the columns.")
    if text.count('"') % 2:
        problems.append(f"{path.name} has an odd number of quotation marks; a cell that is not closed swallows rows.")
    first = next((line for line in text.splitlines() if line.strip()), "")
    csv.field_size_limit(_LONGEST_CELL)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(path, first))
    rows = (row for row in _checked(path, reader) if row)
    return _unique([c.strip() for c in next(rows)], path, problems), rows


def _checked(path: Path, reader: Iterator[list[str]]) -> Iterator[list[str]]:
    try:
        yield from reader
    except csv.Error as error:
        raise SourceError(
            f"The table {path} cannot be understood: {error}.", "Export it again as CSV in UTF-8."
        ) from error


def _text(path: Path, problems: list[str]) -> str:
    """The text of a table in UTF-8, UTF-16, or (with a warning) Windows' Western European code page."""
    data = path.read_bytes()
    encoding = next((name for mark, name in _BOMS if data.startswith(mark)), "")
    encoding = encoding or _unmarked(data[:200])
    try:
        return data.decode(encoding or "utf-8")
    except UnicodeDecodeError:
        problems.append(f"{path.name} is not UTF-8; it was read as Windows-1252. Check accented letters.")
        return data.decode("cp1252", errors="replace")


def _unmarked(head: bytes) -> str:
    """UTF-16 without a mark: every other byte of Latin text is zero."""
    for start, name in ((1, "utf-16-le"), (0, "utf-16-be")):
        if head[start::2].count(0) > len(head) // 4:
            return name
    return ""


def _delimiter(path: Path, header: str) -> str:
    """The separator that occurs most often in the header outside quotes; tab wins in `.tsv` files."""
    bare = re.sub(r'"[^"]*"', "", header)
    if path.suffix.lower() == ".tsv" and "\t" in bare:
        return "\t"
    return max(_DELIMITERS, key=lambda d: (bare.count(d), -_DELIMITERS.index(d)))


def _unique(columns: list[str], path: Path, problems: list[str]) -> list[str]:
    """Columns with a number behind names that occur again, so that no field is lost."""
    seen: dict[str, int] = {}
    result = []
    for column in columns:
        seen[column] = seen.get(column, 0) + 1
        result.append(column if seen[column] == 1 or not column else f"{column}_{seen[column]}")
    if result != columns:
        problems.append(f"{path.name}: columns with the same name were numbered.")
    return result


def _parquet(path: Path) -> tuple[list[str], Iterator[list[str]]]:
    import pyarrow
    import pyarrow.parquet

    try:
        file = pyarrow.parquet.ParquetFile(path)
    except pyarrow.ArrowInvalid as error:
        raise SourceError(f"The table {path} is not a Parquet file.", "Export it again.") from error
    columns = [str(name) for name in file.schema_arrow.names]

    def rows() -> Iterator[list[str]]:
        for batch in file.iter_batches():
            yield from ([_plain(value) for value in row.values()] for row in batch.to_pylist())

    return columns, rows()


def _plain(value: object) -> str:
    """A cell as text: nothing for null, lists with semicolons."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, list | tuple):
        return "; ".join(_plain(v) for v in value)
    return str(value)


def _some(names: list[str]) -> str:
    """A few of `names`, and how many there are."""
    shown = ", ".join(f"'{n}'" for n in names[:3])
    return shown if len(names) <= 3 else f"{shown} and {len(names) - 3} others"
