"""The sets table: judgements under a name, and detectors that came from elsewhere. Only ever appended to.

Like `judgements`, it is no part of a generation: a set is there at once and stays when images come and go. The newest
row of a name holds; a deleted set is a row that says so. Writers of several processes wait for each other at a small
lock of their own, so that saving never waits for an indexing run; readers never wait.
"""

from __future__ import annotations

import datetime
import fcntl
import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from indexer.collection import tables
from indexer.collection.layout import Layout
from indexer.core.errors import CollectionError, NotFoundError, UsageError

NAME_LENGTH = 80
AUTHOR_LENGTH = 200
NOTES_LENGTH = 4000
QUERY_LENGTH = 20_000
MOST_IDS = 100_000
_NAME = re.compile(r"[^\W\d_][\w .-]*")
_SQUEEZE = re.compile(r"\s+")
SCHEMA = pa.schema(
    [
        ("time", pa.timestamp("us", tz="UTC")),
        ("name", pa.string()),
        ("author", pa.string()),
        ("notes", pa.string()),
        ("query", pa.string()),
        ("positive", pa.list_(pa.int64())),
        ("negative", pa.list_(pa.int64())),
        ("detector", pa.string()),
        ("deleted", pa.bool_()),
    ]
)


@dataclass(frozen=True, slots=True)
class SavedSet:
    """What stands under a name.

    Attributes:
        name: As people wrote it; sets whose names differ in case alone are the same.
        positive, negative: Region or image ids as they were judged; none for an imported detector.
        query: What was asked when judging began, as a line of a queries file; {} for nothing.
        detector: An imported detector as its file had it; {} for a set of examples.
        time: When it was saved, UTC; None until then.
    """

    name: str
    positive: tuple[int, ...] = ()
    negative: tuple[int, ...] = ()
    query: Mapping[str, Any] = field(default_factory=dict)
    author: str = ""
    notes: str = ""
    detector: Mapping[str, Any] = field(default_factory=dict)
    time: datetime.datetime | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", checked_name(self.name))
        for what, text, most in (("author", self.author, AUTHOR_LENGTH), ("notes", self.notes, NOTES_LENGTH)):
            if len(text) > most:
                raise UsageError(f"The {what} of a set has {len(text)} characters.", f"At most {most} are kept.")
        if len(self.positive) + len(self.negative) > MOST_IDS:
            raise UsageError(f"A set holds at most {MOST_IDS:,} judgements.", "Save fewer of them.")
        if len(json.dumps(dict(self.query))) > QUERY_LENGTH:
            raise UsageError("The query of the set is too long to be kept.", "Leave it out, or save a shorter one.")

    @property
    def key(self) -> str:
        """The same for all spellings of a name."""
        return self.name.casefold()


def checked_name(name: str) -> str:
    """A name with its spaces tidied.

    Raises:
        UsageError: Empty, too long, or with characters that filters and file names could not carry.
    """
    tidy = _SQUEEZE.sub(" ", unicodedata.normalize("NFC", name)).strip()
    if len(tidy) > NAME_LENGTH or not _NAME.fullmatch(tidy):
        raise UsageError(
            f"A set cannot be called '{tidy[:NAME_LENGTH]}'.",
            f"A name begins with a letter and goes on with letters, digits, spaces and . - _, "
            f"at most {NAME_LENGTH} in all.",
        )
    return tidy


def save_set(folder: Path, saved: SavedSet, replace: bool = False) -> SavedSet:
    """Keep a set, in one atomic commit; safe beside an indexing run and beside other writers.

    Returns:
        The set with its time.

    Raises:
        UsageError: The name is taken and `replace` is not set.
        CollectionError: The collection cannot be written to.
    """
    with _writing(folder) as path:
        there = _newest(path).get(saved.key)
        if there is not None and not replace:
            raise UsageError(
                f"There is already a set '{there.name}'.", "Choose another name, or ask to replace the one there is."
            )
        return _append(path, saved, deleted=False)


def delete_set(folder: Path, name: str) -> None:
    """Take a set away.

    Raises:
        NotFoundError: There is none of that name.
        CollectionError: The collection cannot be written to.
    """
    with _writing(folder) as path:
        _append(path, _wanted(_newest(path), name), deleted=True)


def read_sets(folder: Path) -> dict[str, SavedSet]:
    """All sets that hold, by key, oldest first."""
    return _newest(Layout(Path(folder)).table("sets"))


def read_set(folder: Path, name: str) -> SavedSet:
    """One set, whatever the case of its name.

    Raises:
        NotFoundError: There is none of that name; says which there are.
    """
    return _wanted(read_sets(folder), name)


def sets_token(folder: Path) -> tuple[int, int]:
    """Changes whenever a set is saved or deleted; costs a look at one folder."""
    versions = Layout(Path(folder)).table("sets") / "_versions"
    try:
        return versions.stat().st_mtime_ns, sum(1 for _ in versions.iterdir())
    except OSError:
        return 0, 0


def _wanted(sets: Mapping[str, SavedSet], name: str) -> SavedSet:
    found = sets.get(_SQUEEZE.sub(" ", unicodedata.normalize("NFC", name)).strip().casefold())
    if found is None:
        names = ", ".join(s.name for s in list(sets.values())[:50]) or "none"
        raise NotFoundError(f"There is no set '{name[:NAME_LENGTH]}'.", f"There are: {names}.")
    return found


@contextmanager
def _writing(folder: Path) -> Iterator[Path]:
    """The path of the table, while no other process or thread writes sets."""
    try:
        with (Path(folder) / "sets.lock").open("a", encoding="utf-8") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield Layout(Path(folder)).table("sets")
    except OSError as error:
        raise CollectionError(
            f"The set could not be kept: {error.strerror or type(error).__name__}.",
            "Check that this program may write to the collection's folder.",
        ) from error


def _append(path: Path, saved: SavedSet, deleted: bool) -> SavedSet:
    now = datetime.datetime.now(datetime.UTC)
    row = {
        "time": now,
        "name": saved.name,
        "author": saved.author,
        "notes": saved.notes,
        "query": json.dumps(dict(saved.query), ensure_ascii=False),
        "positive": list(saved.positive),
        "negative": list(saved.negative),
        "detector": json.dumps(dict(saved.detector)),
        "deleted": deleted,
    }
    tables.create_table(path, SCHEMA)
    tables.append(path, pa.Table.from_pylist([row], SCHEMA))
    return SavedSet(
        saved.name, saved.positive, saved.negative, saved.query, saved.author, saved.notes, saved.detector, now
    )


def _newest(path: Path) -> dict[str, SavedSet]:
    """What holds, by the order of commits (clocks of two machines may differ)."""
    if not path.exists():
        return {}
    holding: dict[str, SavedSet] = {}
    for row in tables.open_table(path).to_table().to_pylist():
        saved = _of_row(row)
        holding.pop(saved.key, None)
        if not row["deleted"]:
            holding[saved.key] = saved
    return holding


def _of_row(row: Mapping[str, Any]) -> SavedSet:
    return SavedSet(
        name=row["name"],
        positive=tuple(row["positive"]),
        negative=tuple(row["negative"]),
        query=json.loads(row["query"]),
        author=row["author"],
        notes=row["notes"],
        detector=json.loads(row["detector"]),
        time=row["time"],
    )
