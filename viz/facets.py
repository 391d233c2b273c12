"""Catalogue columns in the form that the viewer filters, colours and groups by."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from indexer.collection.catalogue import Field, split_values
from indexer.core.types import Array
from viz.words import encoded

MOST_VALUES = 400
SHORTEST_COVERAGE = 0.02
LONGEST_VALUE = 80
MOST_FACETS = 12
SURVEYABLE = 30
_PATH = re.compile(r"\S+/\S+\Z")


@dataclass(frozen=True, slots=True)
class Facet:
    """One field with few enough values to choose from.

    Attributes:
        name: As in the catalogue.
        values: The distinct values, commonest first.
        counts: int64, pictures of each.
        offsets: uint32 (n + 1,): where the values of each picture begin in `codes`.
        codes: uint16, numbers of values, picture after picture.
    """

    name: str
    values: Sequence[str]
    counts: Array
    offsets: Array
    codes: Array

    @property
    def first(self) -> Array:
        """int64 (n,): the first value of each picture, −1 for none."""
        filled = self.offsets[1:] > self.offsets[:-1]
        result = np.full(len(self.offsets) - 1, -1, np.int64)
        result[filled] = self.codes[self.offsets[:-1][filled]]
        return result


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What the catalogue offers to arrange and filter by.

    Attributes:
        facets: Those that divide the pictures best first.
        years: float32 (n,), the middle of each picture's date, NaN for none.
        date_name: Name of the field with the dates, "" for none.
    """

    facets: Sequence[Facet]
    years: Array
    date_name: str


def look_up(fields: Sequence[Field], wanted_date: str, n: int) -> Catalogue:
    """The facets and dates of `n` pictures; `wanted_date` as in `date_field`, "" for no dates."""
    dates = date_field(fields, wanted_date) if wanted_date else None
    years = middle_years(dates) if dates else np.full(n, np.nan, np.float32)
    return Catalogue(facets(fields), years, dates.name if dates else "")


def facet(field: Field) -> Facet | None:
    """The facet of a field, or None when it has too few or too many values, or mostly empty or long ones."""
    codes, values = encoded(field)
    n = len(codes)
    if n == 0 or (codes >= 0).mean() < SHORTEST_COVERAGE or len(values) > max(4 * MOST_VALUES, 8):
        return None
    if np.mean([bool(_PATH.match(v)) for v in values]) > 0.5:
        return None
    parts = [split_values(v) for v in values]
    distinct = sorted({p for row in parts for p in row})
    if (
        not 2 <= len(distinct) <= min(MOST_VALUES, max(2, n // 2))
        or np.mean([len(d) for d in distinct]) > LONGEST_VALUE
    ):
        return None
    number = {value: i for i, value in enumerate(distinct)}
    table = [sorted({number[p] for p in row}) for row in parts] + [[]]
    lengths = np.array([len(row) for row in table])[codes]
    flat = np.array([c for code in codes.tolist() for c in table[code]], np.int64)
    counts = np.bincount(flat, minlength=len(distinct))
    order = np.argsort(-counts, kind="stable")
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.uint32)
    return Facet(field.name, [distinct[i] for i in order], counts[order], offsets, rank[flat].astype(np.uint16))


def facets(fields: Sequence[Field]) -> list[Facet]:
    """The facets of a catalogue, those that divide it best first (entropy of their values), at most a dozen."""
    found = [f for f in map(facet, fields) if f is not None]
    return sorted(found, key=lambda f: -_worth(f))[:MOST_FACETS]


def _worth(value: Facet) -> float:
    """Entropy in bits, less for fields that are often empty and for those with more values than one can survey."""
    share = value.counts / max(int(value.counts.sum()), 1)
    entropy = float(-(share * np.log2(np.maximum(share, 1e-12))).sum())
    surveyable = float(np.sqrt(min(1.0, SURVEYABLE / len(value.values))))
    return min(entropy, 4.0) * float((value.first >= 0).mean()) * surveyable


def date_field(fields: Sequence[Field], wanted: str = "auto") -> Field | None:
    """The field with dates: the named one, else the date or year column that is filled most often."""
    if wanted != "auto":
        return next((f for f in fields if wanted in (f.name, f.key)), None)
    dated = [f for f in fields if f.kind == "date" or (f.kind == "number" and _like_years(f))]
    return max(dated, key=lambda f: float(np.isfinite(f.years[:, 0]).mean()), default=None)


def _like_years(field: Field) -> bool:
    years = field.years[:, 0]
    years = years[np.isfinite(years)]
    named = any(word in field.key.casefold() for word in ("year", "date", "jahr", "annee", "année"))
    return named and len(years) > 0 and bool(((years >= 500) & (years <= 2100)).mean() > 0.9)


def middle_years(field: Field) -> Array:
    """float32 (n,): the middle of each picture's date, NaN for none."""
    return np.asarray(field.years.mean(axis=1), np.float32)
