"""Words of catalogues in several languages at once: folded, and brought to a common stem.

Catalogues mix languages field by field, so no single language's stemmer fits. This one takes off what marks number in
English, French and German — after Harman's S-stemmer ("How effective is suffixing?", JASIS 42, 1991) and the light
stemmers of Savoy (2006) — and leaves everything else alone: ship/ships, château/châteaux, Schiff/Schiffe/Schiffen.
"""

from __future__ import annotations

import re
import unicodedata

_WORD = re.compile(r"\w+", re.UNICODE)
SHORTEST = 4
"""Words with fewer letters than this are left alone, and endings leave about as many."""


def words(text: str) -> list[str]:
    """The words of a text as they stand."""
    return _WORD.findall(text)


def fold(word: str) -> str:
    """Lower case without accents: `Châteaux` → `chateaux`."""
    apart = unicodedata.normalize("NFKD", word.casefold())
    return "".join(c for c in apart if not unicodedata.combining(c))


def stem(word: str) -> str:
    """The folded word without its mark of number."""
    stemmed = fold(word)
    if stemmed.endswith("ies") and len(stemmed) > SHORTEST + 1:
        return stemmed[:-3] + "y"
    for ending, least in (("eaux", 2), ("en", SHORTEST + 1), ("s", SHORTEST), ("x", SHORTEST)):
        if stemmed.endswith(ending) and len(stemmed) - len(ending) >= least and not stemmed.endswith("ss"):
            stemmed = stemmed[: -len(ending)] + ("eau" if ending == "eaux" else "")
            break
    return stemmed[:-1] if stemmed.endswith("e") and len(stemmed) >= SHORTEST else stemmed


_SILENT = """
a an and are as at be by for from has in is it its of on or that the their this to was were with
à au aux avec ce ces dans de des du elle en est et il la le les leur mais ou par pas pour qui sa se ses son sur un
une d l
als am an auf aus bei das dem den der des die ein eine einem einen einer eines für im in ist mit oder sich und
vom von vor zu zum zur ad cum e ex et in per pro sub
"""
STOP_WORDS = frozenset(_SILENT.split())
"""Words of English, French, German and Latin that say nothing about a picture."""


def content_words(text: str) -> list[str]:
    """The words of a query that say something; all of them when none does."""
    found = words(text)
    return [w for w in found if fold(w) not in STOP_WORDS and w.casefold() not in STOP_WORDS] or found


def with_stems(text: str) -> str:
    """The text, followed by the stems that differ from their words: searched by both, exact words count twice."""
    stems = {s for s, w in ((stem(w), fold(w)) for w in words(text)) if s != w}
    return f"{text}\n{' '.join(sorted(stems))}" if stems else text
