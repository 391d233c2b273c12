"""Words of the catalogue: for the names of hotspots and for the search that works without a server."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from indexer.collection.catalogue import Field, split_values
from indexer.core.types import Array

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_ADDRESS = re.compile(r"^(?:[a-z]+://|www\.)|\.(?:jpe?g|png|tiff?|webp|pdf|jp2)$", re.IGNORECASE)
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
        phrases: bool (t,): the term is a whole field value rather than a word.
    """

    matrix: csr_matrix
    names: Sequence[str]
    keys: Sequence[str]
    phrases: Array


def label_fields(fields: Sequence[Field], wanted: Sequence[str] = ()) -> list[Field]:
    """The fields that say what a picture shows: text, more than one value, no addresses and no file names."""
    if wanted:
        return [f for f in fields if f.name in wanted or f.key in wanted]
    return [f for f in fields if f.kind == "text" and _says_something(f)]


def _says_something(field: Field) -> bool:
    values = [v for v in field.column.unique().to_pylist() if v]
    return len(values) > 1 and sum(bool(_ADDRESS.search(v)) for v in values[:200]) < len(values[:200]) / 2


def collect(fields: Sequence[Field], n: int, phrases: bool = True) -> Terms:
    """The terms of `n` pictures in `fields`, each value looked at once."""
    from scipy.sparse import csr_matrix, hstack

    book: dict[tuple[str, bool], int] = {}
    shown: list[str] = []
    parts = []
    for field in fields:
        codes, values = encoded(field)
        columns: list[int] = []
        starts = [0]
        for value in values:
            columns += [_number(book, shown, key, name) for key, name in _terms_of(value, phrases)]
            starts.append(len(columns))
        one_hot = csr_matrix(
            (np.ones(int((codes >= 0).sum())), (np.flatnonzero(codes >= 0), codes[codes >= 0])), shape=(n, len(values))
        )
        parts.append((one_hot, np.array(columns), np.array(starts)))
    width = max(len(book), 1)
    matrix = csr_matrix((n, width))
    for one_hot, numbers, ends in parts:
        by_value = csr_matrix((np.ones(len(numbers)), numbers, ends), shape=(one_hot.shape[1], width))
        matrix = matrix + one_hot @ by_value
    matrix = (matrix > 0).tocsr() if book else hstack([csr_matrix((n, 0))]).tocsr()
    keys = [key for key, _ in book]
    return Terms(matrix, shown, keys, np.array([phrase for _, phrase in book], bool))


def encoded(field: Field) -> tuple[Array, list[str]]:
    """Codes int64 (n,), −1 for empty, and the distinct values they stand for."""
    column = field.column.dictionary_encode()
    codes = np.asarray(column.indices.fill_null(-1).to_numpy(zero_copy_only=False), np.int64)
    return codes, [str(v or "") for v in column.dictionary.to_pylist()]


def _number(book: dict[tuple[str, bool], int], shown: list[str], key: tuple[str, bool], name: str) -> int:
    if key not in book:
        book[key] = len(book)
        shown.append(name)
    return book[key]


def _terms_of(value: str, phrases: bool) -> Iterable[tuple[tuple[str, bool], str]]:
    """Each word, and each whole value of two words or more that is short enough to be a name."""
    seen = set()
    for word in _WORD.findall(value):
        key = fold(word).replace("’", "'")
        if key not in seen:
            seen.add(key)
            yield (key, False), word
    if phrases:
        for part in split_values(value):
            words = _WORD.findall(part)
            if len(words) > 1 and len(part) <= LONGEST_PHRASE:
                yield (fold(part), True), part


def search_shards(fields: Sequence[Field], names: Sequence[str]) -> dict[str, dict[str, list[int]]]:
    """The inverted index in pieces: first two letters → word → ascending numbers, each as the step from the last."""
    import pyarrow as pa

    everything = [*fields, Field("name", "name", pa.array(list(names), pa.string()))]
    terms = collect(everything, len(names), phrases=False)
    by_term = terms.matrix.tocsc()
    shards: dict[str, dict[str, list[int]]] = {}
    for column, key in enumerate(terms.keys):
        rows = np.sort(by_term.indices[by_term.indptr[column] : by_term.indptr[column + 1]])
        shards.setdefault(shard_of(key), {})[key] = np.diff(rows, prepend=0).tolist()
    return shards


def shard_of(word: str) -> str:
    """File name of the shard of a folded word: its first two letters, letters beyond a–z and digits as hex."""
    return "".join(c if c.isascii() and c.isalnum() else f"x{ord(c):x}" for c in word[:2])


def as_json(shards: dict[str, dict[str, list[int]]]) -> Iterable[tuple[str, Any]]:
    """`(file name, content)` of each shard."""
    for shard, words in sorted(shards.items()):
        yield f"words/{shard}.json", words
