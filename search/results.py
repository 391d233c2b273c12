"""What a query is answered with, and how it is written as JSON (the contract's shape)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from indexer.core.types import Evidence, Hit


@dataclass(frozen=True, slots=True)
class HitExtras:
    """What the pages show beside the contract's fields.

    Attributes:
        folded: Image ids of near-duplicates folded under this hit.
        further: Other images of its document that were found, when grouped by document.
        machine: Machine-made scores of the image by name (sets, detectors, labels); never part of `fields`.
    """

    width: int = 0
    height: int = 0
    document: str = ""
    folded: Sequence[int] = ()
    machine: Mapping[str, float] = field(default_factory=dict)
    further: int = 0


@dataclass(frozen=True, slots=True)
class Results:
    """An answer.

    Attributes:
        total: Images that were found before `limit` cut the list.
        channels: Channels that took part.
        cutoff: Hits before the honest end of the list ("likely ends here"), None when it cannot be told.
        judge_next: Image ids worth judging next (after feedback).
    """

    id: str
    mode: str
    took_ms: float
    hits: Sequence[Hit]
    extras: Sequence[HitExtras]
    total: int
    generation: int
    channels: Sequence[str] = ()
    notes: Sequence[str] = ()
    cutoff: int | None = None
    judge_next: Sequence[int] = ()
    models: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """The contract's answer; numbers are rounded to what they mean."""
        return {
            "id": self.id,
            "mode": self.mode,
            "took_ms": round(self.took_ms, 1),
            "hits": [_hit(h, e) for h, e in zip(self.hits, self.extras, strict=True)],
            "total": self.total,
            "generation": self.generation,
            "channels": list(self.channels),
            "notes": list(self.notes),
            "cutoff": self.cutoff,
            "judge_next": list(self.judge_next),
        }


def _hit(hit: Hit, extras: HitExtras) -> dict[str, Any]:
    body: dict[str, Any] = {
        "image": hit.image,
        "image_id": hit.image_id,
        "region_id": hit.region_id,
        "box": [round(float(v), 1) for v in hit.box],
        "score": round(float(hit.score), 6),
        "channels": {name: round(float(score), 6) for name, score in hit.channels.items()},
        "same_print": False,
        "fields": dict(hit.fields),
        "reasons": list(hit.reasons),
        "width": extras.width,
        "height": extras.height,
        "document": extras.document,
        "folded": list(extras.folded),
        "machine": dict(extras.machine),
        "further": extras.further,
    }
    if hit.evidence is not None:
        body.update(_evidence(hit.evidence))
    return body


def _evidence(evidence: Evidence) -> dict[str, Any]:
    return {
        "same_print": bool(evidence.same_print),
        "inliers": int(evidence.inliers),
        "mirrored": bool(evidence.mirrored),
        "log_nfa": round(float(evidence.log_nfa), 2),
        "transform": [[float(v) for v in row] for row in evidence.transform],
        "outline": [[round(float(x), 1), round(float(y), 1)] for x, y in evidence.outline],
        "points": {
            "query": [[round(float(x), 1), round(float(y), 1)] for x, y in evidence.query_points],
            "hit": [[round(float(x), 1), round(float(y), 1)] for x, y in evidence.hit_points],
        },
    }
