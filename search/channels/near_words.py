"""Words that no catalogue entry has, and those of the catalogue that are spelt like them: "tempset", "tempest"."""

from __future__ import annotations

from collections import Counter
from difflib import SequenceMatcher

import lance
from lance.query import MatchQuery

from indexer.core.words import SHORTEST, fold, stem, words

LONG = 6
"""From so many letters on two letters may differ, below one: in short words two make another word."""
LIKE = 0.7
"""Least share of letters in common (Ratcliff & Obershelp)."""
NAMED = 3
_LOOKED_AT = 50


def near_words(table: lance.LanceDataset, word: str) -> list[str]:
    """Words of the catalogue within one or two letters of `word`, the nearest first, folded; at most `NAMED`.

    The first letter must be right: that keeps what is compared small, and slips in it are rare (Pollock & Zamora 1984).
    """
    asked = stem(word)
    if len(asked) < SHORTEST:
        return []
    found = table.to_table(
        columns=["text"],
        full_text_query=MatchQuery(asked, "text", fuzziness=2 if len(asked) >= LONG else 1, prefix_length=1),
        filter="status = 'ok'",
        prefilter=True,
        limit=_LOOKED_AT,
    )
    return alike(word, found["text"].to_pylist())


def alike(word: str, texts: list[str]) -> list[str]:
    """The words of `texts` that are most like `word`, at most `NAMED`, the commoner first among equals; folded."""
    counts = Counter(fold(w) for text in texts for w in words(text))
    likeness = {w: SequenceMatcher(None, fold(word), w).ratio() for w in counts if w[0] == fold(word)[0]}
    near = sorted((w for w in likeness if likeness[w] >= LIKE), key=lambda w: (-likeness[w], -counts[w], w))
    return near[:NAMED]
