"""Catalogue fields with types derived from their values: numbers, dates (ranges of years), text with several values.

Values are stored as text, as given; a column is a number column when all its values are numbers, a date column
when at least 60 % of its distinct values hold a year (see `dates.py`), else text. Catalogues change from run to run,
so the type belongs to the reading, not to the table.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from indexer.collection.dates import parse_years
from indexer.core.types import Array

DATE_SHARE = 0.6
MAX_DATE_LENGTH = 30
"""Longer values are sentences that happen to hold a year."""
_SEPARATOR = re.compile(r"\s*[;|]\s*")
_INTEGER = re.compile(r"[+-]?\d{1,15}\Z")


def split_values(text: str) -> list[str]:
    """The values of a field that holds several, separated by `;` or `|`."""
    return [v for v in _SEPARATOR.split(text.strip()) if v]


@dataclass(frozen=True)
class Field:
    """One catalogue column over the live images.

    Attributes:
        name: As in the user's table.
        key: Safe name (letters, digits, `_`), also accepted in filters.
        column: string (n,), null where empty.
    """

    name: str
    key: str
    column: pa.Array

    @cached_property
    def kind(self) -> str:
        """`number`, `date` or `text`."""
        sample = [v for v in pc.unique(self.column).to_pylist() if v]
        if not sample:
            return "text"
        if self.numbers is not None:
            return "number"
        dated = sum(parse_years(v) is not None and len(v) <= MAX_DATE_LENGTH for v in sample)
        return "date" if dated >= DATE_SHARE * len(sample) else "text"

    @cached_property
    def numbers(self) -> Array | None:
        """float64 (n,) with NaN for empty, or None when some value is no number."""
        try:
            column = pc.cast(pc.utf8_trim_whitespace(self.column), pa.float64())
        except pa.ArrowInvalid:
            return None
        return np.asarray(column.to_numpy(zero_copy_only=False), np.float64)

    @cached_property
    def years(self) -> Array:
        """float64 (n, 2): first and last year, NaN for none. Numbers count as years."""
        if self.numbers is not None:
            return np.stack([self.numbers, self.numbers], axis=1)
        return self._per_value(_years_or_nan)

    def _per_value(self, function: Callable[[str], Any]) -> Array:
        """`function` of each value, worked out once a distinct value."""
        codes, texts = self.encoded
        table = [function(v or "") for v in texts.to_pylist()]
        table.append(function(""))
        result: Array = np.asarray(table)[codes]  # −1, for none, is the last
        return result

    def value_mask(self, test: Callable[[str], bool]) -> Array:
        """bool (n,): rows of which some value passes `test`; empty rows never do."""
        return self._per_value(lambda v: bool(v) and any(test(x) for x in (v, *split_values(v)))).astype(bool)

    @property
    def present(self) -> Array:
        """bool (n,): rows that have a value."""
        return np.asarray(pc.is_valid(self.column).to_numpy(zero_copy_only=False), bool)

    def typed(self, position: int) -> Any:
        """The value for people and JSON: int or float in number columns, else the text as given; None if empty."""
        text = self.column[position].as_py()
        if text is None or self.kind != "number":
            return text
        return int(text) if _INTEGER.match(text.strip()) else float(text)

    def counts(self, mask: Array | None, limit: int) -> list[tuple[str, int]]:
        """The commonest values with their counts, several values of a row counted each; equal counts by alphabet."""
        codes, values = self.encoded[0], self._values
        rows = codes if mask is None else codes[mask]
        # Empty rows are numbered 0 here and left out.
        texts = np.bincount(rows + 1, minlength=values.texts + 1)[1:]
        counts = np.bincount(values.value, weights=texts[values.text], minlength=len(values.names)).astype(np.int64)
        return [(values.names[int(i)].as_py(), int(counts[i])) for i in _most(counts, limit)]

    @cached_property
    def encoded(self) -> tuple[Array, pa.Array]:
        """int32 (n,), which distinct text each row has, −1 for none; and those texts."""
        encoded = pc.dictionary_encode(self.column)
        codes = encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
        return np.asarray(codes, np.int32), encoded.dictionary

    @cached_property
    def _values(self) -> _Values:
        return _Values.of(self.encoded[1])


@dataclass(frozen=True, slots=True)
class _Values:
    """The values in the distinct texts of a field, as pairs.

    Attributes:
        names: string (v,), the distinct values in alphabetical order.
        text, value: int64 (p,), that a text holds a value (twice, when it says it twice).
        texts: How many texts there are.
    """

    names: pa.Array
    text: Array
    value: Array
    texts: int

    @classmethod
    def of(cls, texts: pa.Array) -> _Values:
        parts = pc.split_pattern_regex(texts.cast(pa.string()), pattern=r"[;|]")
        owner = np.asarray(pc.list_parent_indices(parts), np.int64)
        flat = pc.utf8_trim_whitespace(pc.list_flatten(parts))
        filled = np.asarray(pc.not_equal(flat, ""), bool)
        encoded = pc.dictionary_encode(flat.filter(pa.array(filled)))
        order = pc.sort_indices(encoded.dictionary).to_numpy()
        rank = np.empty(len(order), np.int64)
        rank[order] = np.arange(len(order))
        value = rank[encoded.indices.to_numpy()]
        return cls(encoded.dictionary.take(pa.array(order)), owner[filled], value, len(texts))


def _most(counts: Array, limit: int) -> Array:
    """Positions of the `limit` largest counts above 0, largest first, earlier ones first among equals."""
    known = np.flatnonzero(counts)
    if len(known) > limit > 0:
        least = np.partition(counts[known], -limit)[-limit]
        above, equal = known[counts[known] > least], known[counts[known] == least]
        known = np.sort(np.concatenate([above, equal[: limit - len(above)]]))
    order: Array = known[np.argsort(-counts[known], kind="stable")][:limit]
    return order


def _years_or_nan(text: str) -> tuple[float, float]:
    years = parse_years(text)
    return (float(years[0]), float(years[1])) if years else (np.nan, np.nan)


class Catalogue:
    """The catalogue fields of the live images of a snapshot, loaded when first asked for."""

    def __init__(self, headers: Mapping[str, str], load: Callable[[str], pa.Array]) -> None:
        self._headers = dict(headers)
        self._load = load
        self._fields: dict[str, Field] = {}
        self._lock = threading.Lock()

    @property
    def names(self) -> Sequence[str]:
        """Field names as in the user's table."""
        return list(self._headers.values())

    def field(self, name: str) -> Field | None:
        """A field by its name or key, whatever the case; None when there is none."""
        wanted = name.casefold()
        for key, header in self._headers.items():
            if wanted in (key, header.casefold()):
                with self._lock:
                    if key not in self._fields:
                        self._fields[key] = Field(header, key, self._load(key))
                return self._fields[key]
        return None

    def fields(self) -> list[Field]:
        """All fields in the order of the table."""
        return [f for f in (self.field(key) for key in self._headers) if f is not None]

    def fields_of(self, position: int) -> dict[str, Any]:
        """The filled fields of one image."""
        values = ((f.name, f.typed(position)) for f in self.fields())
        return {name: value for name, value in values if value is not None}
