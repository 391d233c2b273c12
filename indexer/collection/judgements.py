"""The judgements table: what people said about pairs of pictures, when, and who. Only ever appended to.

It is not part of a generation: a judgement is there at once, and stays when images are added or replaced (image ids
are never given twice). The newest row about a pair is what holds.
"""

from __future__ import annotations

import datetime
import fcntl
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa

from indexer.collection import tables
from indexer.collection.layout import Layout
from indexer.core.errors import CollectionError, UsageError

VERDICTS = ("same_block", "same_motif", "same_subject", "no", "withdrawn")
AUTHOR_LENGTH = 200
NOTE_LENGTH = 4000
_FOUR = pa.list_(pa.float32(), 4)
SCHEMA = pa.schema(
    [
        ("time", pa.timestamp("us", tz="UTC")),
        ("author", pa.string()),
        ("verdict", pa.string()),
        ("image_id", pa.int64()),
        ("region_id", pa.int64()),
        ("box", _FOUR),
        ("query", pa.string()),
        ("query_box", _FOUR),
        ("transform", pa.list_(pa.float64(), 9)),
        ("note", pa.string()),
    ]
)


@dataclass(frozen=True, slots=True)
class Judgement:
    """What somebody says about a hit.

    Attributes:
        verdict: One of VERDICTS; `withdrawn` takes an earlier one about the same pair back.
        image_id, region_id, box: The hit; the box in its original pixels.
        query: What it was compared with: `image:12` or `upload:DIGEST`.
        query_box: The part of the query picture that was meant, None for all of it.
        transform: Nine numbers, row by row, query pixels to pixels of the hit's image; None when there was none.
        author: As people want to be named; "" for nobody in particular.
    """

    verdict: str
    image_id: int
    region_id: int
    box: Sequence[float]
    query: str
    query_box: Sequence[float] | None = None
    transform: Sequence[float] | None = None
    author: str = ""
    note: str = ""

    def __post_init__(self) -> None:
        if self.verdict not in VERDICTS:
            raise UsageError(f"'{self.verdict}' is not a verdict.", f"One of: {', '.join(VERDICTS)}.")
        for name, text, most in (("author", self.author, AUTHOR_LENGTH), ("note", self.note, NOTE_LENGTH)):
            if len(text) > most:
                raise UsageError(f"The {name} has {len(text)} characters.", f"At most {most} are kept.")

    @property
    def pair(self) -> str:
        """Judgements with the same value are about the same two pictures."""
        box = [round(float(v)) for v in self.query_box] if self.query_box else None
        return json.dumps([self.query, box, self.region_id])


def record(folder: Path, judgements: Sequence[Judgement]) -> None:
    """Append judgements, stamped with the time of now, in one atomic commit; safe beside an indexing run.

    Raises:
        CollectionError: The collection cannot be written to.
    """
    now = datetime.datetime.now(datetime.UTC)
    table = pa.Table.from_pylist([{**asdict(j), "time": now} for j in judgements], SCHEMA)
    path = Layout(Path(folder)).table("judgements")
    try:
        _append(path, table)
    except OSError as error:
        raise CollectionError(
            f"The judgement could not be kept: {error.strerror or type(error).__name__}.",
            "Check that the server may write to the collection's folder.",
        ) from error


def _append(path: Path, table: pa.Table) -> None:
    """Append, one writer at a time: two that create a Lance table at the same moment would overwrite each other."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_suffix(".lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        tables.create_table(path, SCHEMA)
        tables.append(path, table)


def read(folder: Path) -> list[dict[str, Any]]:
    """All judgements that hold, oldest first: the newest of each author about each pair, without withdrawn ones."""
    path = Layout(Path(folder)).table("judgements")
    if not path.exists():
        return []
    holding: dict[tuple[str, str], dict[str, Any]] = {}
    for row in tables.open_table(path).to_table().sort_by("time").to_pylist():
        key = (row["author"], _pair_of(row))
        holding.pop(key, None)
        holding[key] = row
    return [row for row in holding.values() if row["verdict"] != "withdrawn"]


def _pair_of(row: Mapping[str, Any]) -> str:
    return Judgement(**{k: v for k, v in row.items() if k != "time"}).pair
