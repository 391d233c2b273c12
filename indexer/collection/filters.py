"""`--where` filters: a small language over catalogue fields, evaluated to a mask over images.

```
year < 1700 and (genre = 'emblem' or title like '%ship%') and not printer in ('Elzevier', 'Plantin')
date between 1640 and 1650        place is null        "Date of publication" >= 1800        title contains 'storm'
```

Words compare without regard to case. A date is a range of years and matches when it *may* fulfil the comparison
(`ca. 1640–45` matches `date < 1643` and `date = 1641`). A field that is empty matches no comparison, not even `!=`;
`not (…)` is the plain complement.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Protocol

import numpy as np

from indexer.collection.catalogue import Field
from indexer.core.errors import FilterError
from indexer.core.types import Array

_TOKEN = re.compile(
    r"\s*(?:(?P<string>'(?:[^']|'')*')|(?P<quoted>\"[^\"]+\"|`[^`]+`)|(?P<number>[+-]?\d+(?:\.\d+)?(?![\w]))"
    r"|(?P<op><=|>=|<>|!=|==|=|<|>|\(|\)|,)|(?P<word>[^\W\d][\w.:-]*))"
)
_COMPARE: dict[str, Callable[[Array, float], Array]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_KEYWORDS = {"and", "or", "not", "in", "like", "between", "is", "null", "contains"}
MAX_LENGTH = 10_000
MAX_DEPTH = 50


class FieldSource(Protocol):
    """What filters need to know of a collection."""

    def filter_field(self, name: str) -> Field | None:
        """A field by name."""

    def filter_names(self) -> list[str]:
        """All names, for the message when one is unknown."""

    def __len__(self) -> int: ...


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    value: str


def evaluate(where: str, source: FieldSource) -> Array:
    """bool (number of images,): those that pass.

    Raises:
        FilterError: Cannot be parsed (says where), or an unknown field (says which exist).
    """
    return _Parser(where, source).run()


def _tokens(where: str) -> list[_Token]:
    if len(where) > MAX_LENGTH:
        raise FilterError(f"The filter has {len(where)} characters.", f"At most {MAX_LENGTH} are read; shorten it.")
    tokens, at = [], 0
    while where[at:].strip():
        match = _TOKEN.match(where, at)
        if not match:
            raise FilterError(
                f"The filter cannot be read at '{where[at:].strip()[:20]}'.",
                "Example: year < 1700 and genre = 'emblem'",
            )
        kind = str(match.lastgroup)
        tokens.append(_Token(kind, match[kind]))
        at = match.end()
    return tokens


class _Parser:
    """Recursive descent; each method takes its part of the tokens and returns a mask."""

    def __init__(self, where: str, source: FieldSource) -> None:
        self._tokens = _tokens(where)
        self._at = 0
        self._depth = 0
        self._source = source

    def run(self) -> Array:
        if not self._tokens:
            return np.ones(len(self._source), bool)
        mask = self._or()
        if self._at < len(self._tokens):
            raise self._unexpected("the end, `and` or `or`")
        return mask

    def _word(self, *words: str) -> bool:
        token = self._peek()
        if token and token.kind in ("word", "op") and token.value.casefold() in words:
            self._at += 1
            return True
        return False

    def _peek(self) -> _Token | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def _unexpected(self, expected: str) -> FilterError:
        token = self._peek()
        found = f"'{token.value}'" if token else "its end"
        return FilterError(
            f"In the filter, {expected} was expected at {found}.", "Example: year < 1700 and genre = 'emblem'"
        )

    def _or(self) -> Array:
        mask = self._and()
        while self._word("or"):
            mask = mask | self._and()
        return mask

    def _and(self) -> Array:
        mask = self._not()
        while self._word("and"):
            mask = mask & self._not()
        return mask

    def _not(self) -> Array:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise FilterError("The filter is nested too deeply.", "Write it with fewer brackets.")
        try:
            if self._word("not"):
                return ~self._not()
            if self._word("("):
                mask = self._or()
                if not self._word(")"):
                    raise self._unexpected("')'")
                return mask
            return self._predicate()
        finally:
            self._depth -= 1

    def _predicate(self) -> Array:
        field = self._field()
        if self._word("is"):
            negated = self._word("not")
            if not self._word("null"):
                raise self._unexpected("`null`")
            return field.present if negated else ~field.present
        negated = self._word("not")
        mask = self._list_like_between(field)
        if mask is not None:
            return field.present & ~mask if negated else mask
        if negated:
            raise self._unexpected("`in`, `like`, `between` or `contains`")
        token = self._peek()
        if token is None or token.kind != "op" or token.value in "(),":
            raise self._unexpected("a comparison (=, !=, <, <=, >, >=, in, like, between, contains, is null)")
        self._at += 1
        return _compare(field, token.value, self._literal())

    def _list_like_between(self, field: Field) -> Array | None:
        if self._word("in"):
            return self._in_list(field)
        if self._word("like"):
            pattern = _like_pattern(self._literal())
            return field.value_mask(lambda v: pattern.fullmatch(v) is not None)
        if self._word("contains"):
            part = self._literal().casefold()
            return field.value_mask(lambda v: part in v.casefold())
        if self._word("between"):
            low = self._literal()
            if not self._word("and"):
                raise self._unexpected("`and`")
            return _compare(field, ">=", low) & _compare(field, "<=", self._literal())
        return None

    def _in_list(self, field: Field) -> Array:
        if not self._word("("):
            raise self._unexpected("'('")
        mask = _compare(field, "=", self._literal())
        while self._word(","):
            mask = mask | _compare(field, "=", self._literal())
        if not self._word(")"):
            raise self._unexpected("')'")
        return mask

    def _field(self) -> Field:
        token = self._peek()
        if token is None or token.kind not in ("word", "quoted") or token.value.casefold() in _KEYWORDS:
            raise self._unexpected("a field")
        self._at += 1
        name = token.value.strip('"`')
        field = self._source.filter_field(name)
        if field is None:
            names = self._source.filter_names()
            close = get_close_matches(name, names, 1)
            raise FilterError(
                f"There is no field '{name}'.",
                (f"Did you mean '{close[0]}'? " if close else "") + f"Fields: {', '.join(names) or 'none'}.",
            )
        return field

    def _literal(self) -> str:
        token = self._peek()
        if token is None or token.kind not in ("string", "number", "word", "quoted"):
            raise self._unexpected("a value")
        self._at += 1
        return token.value[1:-1].replace("''", "'") if token.kind in ("string", "quoted") else token.value


def _compare(field: Field, op: str, literal: str) -> Array:
    if op in ("!=", "<>"):
        return field.present & ~_compare(field, "=", literal)
    number = _number(literal)
    if op in ("=", "=="):
        if number is not None and field.kind in ("number", "date"):
            years = field.years
            return (years[:, 0] <= number) & (number <= years[:, 1])
        wanted = literal.casefold().strip()
        return field.value_mask(lambda v: v.casefold().strip() == wanted)
    if field.kind in ("number", "date"):
        if number is None:
            raise FilterError(
                f"'{literal}' is not a number or year.",
                f"Compare {field.name} with a number, as in {field.name} {op} 1700.",
            )
        # The end of a range that may fulfil the comparison: its start for "<", its end for ">".
        return _COMPARE[op](field.years[:, 0 if op in ("<", "<=") else 1], number)
    wanted = literal.casefold()
    compare: Callable[[str, str], bool] = getattr(operator, {"<": "lt", "<=": "le", ">": "gt", ">=": "ge"}[op])
    return field.value_mask(lambda v: compare(v.casefold(), wanted))


def _number(literal: str) -> float | None:
    try:
        return float(literal)
    except ValueError:
        return None


def _like_pattern(pattern: str) -> re.Pattern[str]:
    """SQL LIKE: `%` any text, `_` one character."""
    parts = (".*" if c == "%" else "." if c == "_" else re.escape(c) for c in pattern)
    return re.compile("".join(parts), re.IGNORECASE | re.DOTALL)
