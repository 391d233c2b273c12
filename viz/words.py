"""Words of the catalogue: for the names of hotspots and for the search that works without a server."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from indexer.collection.catalogue import Field, split_values
from indexer.core.types import Array

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_ADDRESS = re.compile(r"^(?:[a-z]+://|www\.)|\.(?:jpe?g|png|tiff?|webp|pdf|jp2)$", re.IGNORECASE)
_HOUSEKEEPING = re.compile(
    r"licen[cs]|rights|droits|lizenz|source|provenance|(?:^|_)(?:pd_)?note|path|url|uri|link|repo|file|digest|dataset|"
    r"(?:^|_)id(?:$|_)|shelfmark|signatur|cote|iconclass|language|langue"
)
_SUBJECT = re.compile(r"subject|sujet|keyword|genre|type|title|titre|titel|caption|theme|motif|depict|topic|schlagw")
_MAKER = re.compile(r"creator|author|auteur|artist|printer|publisher|editor|engraver|verleger|drucker|imprimeur|book")
_ASIDE = re.compile(r"\s*[(\[][^)\]]*[)\]]")
PHRASE_WEIGHT = 1.5
"""Pairs of words and whole values say more than single words."""
LONGEST_PHRASE = 40
"""Characters up to which a whole field value may name a hotspot."""
_STOP_WORDS = (
    "a an and are as at by for from in into is it its of on or that the their this to upon was were which with "
    "au aux avec ce ces dans de des du elle en est et il la le les leur l' d' ou par pour qu' que qui sa se ses son "
    "sur un une auf aus bei das dem den der des die ein eine einer für im ist mit nach oder sich und vom von zu zum "
    "ad cum ex et in per pro sive sub del della di e el los las y no not see fig plate page pl vol illustration "
    "image public domain"
)
STOP_WORDS = frozenset(_STOP_WORDS.split())
"""Folded words that never name a hotspot: English, French, German, Latin, and what every catalogue says."""


def fold(text: str) -> str:
    """Lower case without accents: what search and counting compare."""
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in plain if not unicodedata.combining(c))


def tokens(text: str) -> list[str]:
    """The folded words of `text`, in order; the viewer splits queries by the same rule (search.js)."""
    return [fold(w).replace("’", "'") for w in _WORD.findall(text)]


@dataclass(frozen=True, slots=True)
class Terms:
    """Which picture has which term.

    Attributes:
        matrix: Sparse bool (n, t).
        names: The t terms as people read them.
        keys: The same, folded.
        weights: float64 (t,): how well the field and form of a term suit a name.
    """

    matrix: csr_matrix
    names: Sequence[str]
    keys: Sequence[str]
    weights: Array


def label_fields(fields: Sequence[Field], wanted: Sequence[str] = ()) -> list[Field]:
    """The fields that say what a picture shows: text, more than one value, no addresses and no file names."""
    if wanted:
        return [f for f in fields if f.name in wanted or f.key in wanted]
    return [f for f in fields if f.kind == "text" and not housekeeping(f) and _says_something(f)]


def housekeeping(field: Field) -> bool:
    """Whether a field's name says that it is about the record, not the picture: licences, sources, paths, notes."""
    return bool(_HOUSEKEEPING.search(field.key.casefold()))


def _says_something(field: Field) -> bool:
    values = [v for v in field.column.unique().to_pylist() if v]
    return len(values) > 1 and sum(bool(_ADDRESS.search(v)) for v in values[:200]) < len(values[:200]) / 2


def collect(fields: Sequence[Field], n: int, phrases: bool = True) -> Terms:
    """The terms of `n` pictures in `fields`, each value looked at once.

    Args:
        fields: Catalogue columns.
        n: Their length.
        phrases: Also pairs of words, and whole values short enough to be a name.
    """
    from scipy.sparse import csr_matrix

    book = _Book()
    parts = []
    for field in sorted(fields, key=_suits, reverse=True):
        codes, values = encoded(field)
        weight = _suits(field)
        columns = [[book.number(term, weight) for term in _terms_of(v, phrases)] for v in values]
        filled = np.flatnonzero(codes >= 0)
        one_hot = csr_matrix((np.ones(len(filled)), (filled, codes[filled])), shape=(n, len(values)))
        parts.append((one_hot, columns))
    width = len(book.names)
    matrix = csr_matrix((n, width))
    for one_hot, columns in parts:
        flat = np.array([c for row in columns for c in row], np.int64)
        ends = np.cumsum([0, *map(len, columns)])
        matrix = matrix + one_hot @ csr_matrix((np.ones(len(flat)), flat, ends), shape=(len(columns), width))
    return Terms((matrix > 0).tocsr(), book.names, book.keys, np.array(book.weights))


def _suits(field: Field) -> float:
    """How well a field's words name a group of pictures: what is shown before who made it."""
    if _SUBJECT.search(field.key.casefold()):
        return 1.5
    return 0.7 if _MAKER.search(field.key.casefold()) else 1.0


class _Book:
    """Numbers terms in the order in which they are first seen."""

    def __init__(self) -> None:
        self.numbers: dict[tuple[str, int], int] = {}
        self.names: list[str] = []
        self.keys: list[str] = []
        self.weights: list[float] = []

    def number(self, term: tuple[str, str, int], weight: float) -> int:
        key, name, words = term
        found = self.numbers.get((key, words))
        if found is None:
            found = self.numbers[key, words] = len(self.names)
            self.names.append(name)
            self.keys.append(key)
            self.weights.append(weight * PHRASE_WEIGHT if words > 1 else weight)
        elif self.names[found].isupper():
            self.names[found] = name
        return found


def encoded(field: Field) -> tuple[Array, list[str]]:
    """Codes int64 (n,), −1 for empty, and the distinct values they stand for."""
    codes, texts = field.encoded
    return codes.astype(np.int64), [str(v or "") for v in texts.to_pylist()]


def _terms_of(value: str, phrases: bool) -> Iterable[tuple[str, str, int]]:
    """`(key, name, number of words)` of each word; with `phrases`, of pairs and of short whole values too."""
    seen: set[tuple[str, int]] = set()
    for part in split_values(value) if phrases else [value]:
        text = _ASIDE.sub("", part).strip(" ,.:") if phrases else part
        words = _WORD.findall(text)
        spans = [(w, 1) for w in words]
        if phrases:
            dull = [_dull(w) for w in words]
            pairs = ((f"{words[i]} {words[i + 1]}", 2) for i, (a, b) in enumerate(pairwise(dull)) if not (a or b))
            spans += [(pair, count) for pair, count in pairs if pair in text]
            spans += [(text, len(words))] if len(words) > 2 and len(text) <= LONGEST_PHRASE else []
        for name, count in spans:
            key = fold(name).replace("’", "'")
            if (key, count) not in seen:
                seen.add((key, count))
                yield key, name, count


def _dull(word: str) -> bool:
    return fold(word) in STOP_WORDS or word.isdigit()


def search_shards(fields: Sequence[Field], names: Sequence[str]) -> dict[str, dict[str, list[int]]]:
    """The inverted index in pieces: first two letters → word → ascending numbers, each as the step from the last."""
    import pyarrow as pa

    everything = [*fields, Field("name", "name", pa.array(list(names), pa.string()))]
    terms = collect(everything, len(names), phrases=False)
    by_term = terms.matrix.tocsc()
    by_term.sort_indices()
    starts, rows = by_term.indptr.astype(np.int64), by_term.indices.astype(np.int64)
    steps = np.diff(rows, prepend=0)
    filled = starts[:-1][starts[:-1] < starts[1:]]
    steps[filled] = rows[filled]  # each term counts from 0 again
    flat, ends = steps.tolist(), starts.tolist()
    shards: dict[str, dict[str, list[int]]] = {}
    for column, key in enumerate(terms.keys):
        shards.setdefault(shard_of(key), {})[key] = flat[ends[column] : ends[column + 1]]
    return shards


def shard_of(word: str) -> str:
    """File name of the shard of a folded word: its first two letters, letters beyond a–z and digits as hex."""
    return "".join(c if c.isascii() and c.isalnum() else f"x{ord(c):x}" for c in word[:2])


def as_json(shards: dict[str, dict[str, list[int]]]) -> Iterable[tuple[str, Any]]:
    """`(file name, content)` of each shard."""
    for shard, words in sorted(shards.items()):
        yield f"words/{shard}.json", words
