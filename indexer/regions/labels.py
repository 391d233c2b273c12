"""What the words of annotation files mean: kinds of regions and their SegmOnto zones (config/segmonto.yaml)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from indexer.core.settings import config_folder

OTHER = "object"
"""Kind of a region whose label is not known: somebody marked it, so it is worth finding."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Kinds of regions.

    Attributes:
        kinds: Kind for each known word, in the plain spelling of `plain`.
        zones: SegmOnto name for each kind (`GraphicZone`, `GraphicZone:ornamentation` …).
        described: Kinds that get features.
    """

    kinds: dict[str, str]
    zones: dict[str, str]
    described: frozenset[str]


@cache
def vocabulary() -> Vocabulary:
    """The vocabulary of `config/segmonto.yaml`."""
    import yaml

    content = yaml.safe_load((config_folder() / "segmonto.yaml").read_text(encoding="utf-8"))
    kinds: dict[str, str] = {}
    zones: dict[str, str] = {}
    for kind, entry in content.items():
        zones[kind] = entry["zone"] + (f":{entry['subtype']}" if "subtype" in entry else "")
        for word in [kind, *entry["synonyms"]]:
            kinds.setdefault(plain(word), kind)
    described = frozenset(kind for kind, entry in content.items() if entry["describe"])
    return Vocabulary(kinds, zones, described)


def plain(word: str) -> str:
    """A word without case, spaces, hyphens and underscores."""
    return re.sub(r"[\s_\-]+", "", word).casefold()


@cache
def kind_of(*words: str) -> str:
    """Kind of a region from its words, the most telling first; `object` when none is known."""
    known = vocabulary().kinds
    for word in words:
        for form in (word, word.split("#")[0], word.split("#")[0].split(":")[0]):
            kind = known.get(plain(form))
            if kind:
                return kind
    return OTHER


def zone_of(kind: str) -> str:
    """SegmOnto name of a kind; `CustomZone:KIND` for kinds that SegmOnto lacks."""
    return vocabulary().zones.get(kind, f"CustomZone:{kind}")


def is_described(kind: str) -> bool:
    """Whether regions of this kind get features: pictures do, type does not; unknown kinds do."""
    words = vocabulary()
    return kind in words.described or kind not in words.zones
