"""Which language a query is written in, as far as it takes to say that a model does not read it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

_FRENCH = "le la les un une des du de dans avec sans sur sous et ou qui au aux en pour par près homme femme navire"
_GERMAN = "der die das den dem ein eine einen mit ohne und oder auf in im am bei von vom zum zur unter über ist"
_ENGLISH = "the a an of with without and or in on at by for from to is under over man woman ship"
_WORDS: Mapping[str, frozenset[str]] = {
    name: frozenset(words.split()) for name, words in (("French", _FRENCH), ("German", _GERMAN), ("English", _ENGLISH))
}
_LETTERS = {"French": re.compile("[àâçèéêëîïôùûœ]"), "German": re.compile("[äöüß]")}


def language_of(texts: Sequence[str]) -> str:
    """`French`, `German`, `English`, or "" where too few words tell.

    By small words and letters: enough for "un navire dans la tempête", silent about "Madonna".
    """
    told = " ".join(texts).casefold()
    words = re.findall(r"[^\W\d_]+", told)
    counts = {name: sum(word in known for word in words) for name, known in _WORDS.items()}
    for name, letters in _LETTERS.items():
        counts[name] += len(letters.findall(told))
    best, second = sorted(counts, key=lambda name: -counts[name])[:2]
    return best if counts[best] > counts[second] else ""
