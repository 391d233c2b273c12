"""From ranked regions to hits with all that is shown of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from indexer.collection.snapshot import Snapshot
from indexer.core.types import Hit
from search.machine_fields import Machine
from search.ranking import Candidate
from search.results import HitExtras


def assemble(
    snapshot: Snapshot,
    machine: Machine,
    candidates: Sequence[Candidate],
    under: Mapping[int, Sequence[int]],
    named: frozenset[str],
    further: Mapping[int, int],
) -> tuple[list[Hit], list[HitExtras]]:
    """Hits and what goes with them, in the order of the candidates.

    Args:
        under: By region id, image ids of near-duplicates folded under it.
        further: By region id, other images of its document that were found.
        named: Keys of the machine-made fields that the filter names: shown even where they say no.
    """
    at = snapshot.regions.positions([c.region_id for c in candidates])
    images = snapshot.regions.image_positions[at]
    hits = [_hit(snapshot, c, int(r), int(i)) for c, r, i in zip(candidates, at, images, strict=True)]
    extras = []
    for candidate, image, scores in zip(candidates, images, machine.of_images(images, named), strict=True):
        width, height = (int(v) for v in snapshot.images.sizes[image])
        folded = under.get(candidate.region_id, ())
        document, more = snapshot.images.documents[int(image)], further.get(candidate.region_id, 0)
        extras.append(HitExtras(width, height, document, folded, scores, more))
    return hits, extras


def _hit(snapshot: Snapshot, candidate: Candidate, region: int, image: int) -> Hit:
    x, y, w, h = candidate.box or tuple(float(v) for v in snapshot.regions.boxes[region])
    return Hit(
        image_id=int(snapshot.images.ids[image]),
        image=snapshot.images.names[image],
        region_id=candidate.region_id,
        box=(x, y, w, h),
        score=candidate.score,
        channels=candidate.channels,
        fields=snapshot.catalogue.fields_of(image),
        evidence=candidate.evidence,
        reasons=candidate.reasons,
    )
