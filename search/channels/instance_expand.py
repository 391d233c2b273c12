"""Several copies of one block help each other: the best sure copy is asked with in turn (query expansion, Chum et al.
2007, here with one stored picture in place of an average of words).

A worn, cropped or badly printed query finds the clean copy first; the clean copy's stored features then find those that
the query itself could not. What they find must also lie on the query itself, tone by tone, so that nothing that stands
beside the copy is taken for it. Places are given in pixels of the query: the two transforms, one after the other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from indexer.core.geometry import Box, clip_box, transform_points
from indexer.core.types import Array, DecodedImage
from search.channels.instance_dense import Registrar
from search.channels.instance_query import QueryFeatures
from search.channels.instance_thumbnails import Thumbnails
from search.channels.instance_verify import Match, Verifier
from search.verify import flip
from search.verify_dense import Registration
from search.verify_score import COVERED, SURE, parts_of, tones

if TYPE_CHECKING:
    from search.channels.instance_look import Look

LIMIT = 12
"""Candidates compared for the copy."""
FEWEST = 30
"""Keypoints below which a copy is not asked with."""
STRONGEST = 250
"""Keypoints of a copy that it is asked with, at most: what it finds is as clean as itself, and needs no more."""
MARGIN = 0.05
"""Of its picture the box around the witnesses is taken, and this part of its size more on each side."""
TONES = 4.0
"""What is found by way of a copy must agree with the query itself: −log10 of how often chance does as well."""

Found = tuple[QueryFeatures, Match]


def expanded(look: Look, found: Sequence[Found]) -> list[Found]:
    """Further sure copies, found by way of the best of those that are known.

    Args:
        look: Where is looked.
        found: Verified places of a query, best first.

    Returns:
        Places in images that were not surely found before; their score is at most that of the copy between.
    """
    known = {match.image_id for _, match in found if match.score >= SURE}
    if not known:
        return []
    part, match = found[0]
    best: dict[int, Match] = {}
    for step in _asked(look, part, match, known):
        if step.image_id not in best or step.score > best[step.image_id].score:
            best[step.image_id] = step
    return [(part, step) for step in best.values()]


def _asked(look: Look, part: QueryFeatures, match: Match, known: set[int]) -> Iterator[Match]:
    """What a sure copy finds, as matches of the query's part."""
    thumbnails = look.thumbnails or Thumbnails(look.snapshot)
    seed = _stored(look.snapshot, match, thumbnails)
    if len(seed.features) < FEWEST:
        return
    inside = look.inside & ~np.isin(look.index.image_ids, np.array(sorted(known), np.int64))
    verifier = Verifier(seed, look.index, look.snapshot, thorough=False, thumbnails=thumbnails)
    registrar = Registrar(part, look.snapshot, look.inverted, thumbnails)
    for second in verifier.matches(inside, False, LIMIT):
        if second.score >= SURE:
            step = chained(part, match, second)
            laid = registrar.register(step.image_id, placed(step, part), step.query_points, step.image_points)
            if agrees(laid):
                parts = parts_of(step.proof, step.query_points, step.image_points, part.side, laid)
                yield replace(step, parts=parts, registration=laid)


def agrees(laid: Registration | None) -> bool:
    """Whether a picture that was found by way of another lies on the query as well."""
    return laid is not None and laid.coverage >= COVERED and tones(laid.ratio) >= TONES


def placed(match: Match, part: QueryFeatures) -> Array:
    """float64 (3, 3): pixels of the query as given to pixels of the image."""
    return match.proof.transform @ flip(part.width) if match.mirrored else match.proof.transform


def chained(part: QueryFeatures, one: Match, two: Match) -> Match:
    """A match of the query, from that with its copy and that of the copy (never mirrored) with another image."""
    first = placed(one, part)
    points = transform_points(np.linalg.inv(first), two.query_points).astype(np.float32)
    proof = replace(two.proof, transform=two.proof.transform @ one.proof.transform)
    return replace(two, proof=proof, score=min(one.score, two.score), mirrored=one.mirrored, query_points=points)


def _stored(snapshot: Any, match: Match, thumbnails: Thumbnails) -> QueryFeatures:
    """The part of a stored image that the query was found on, with its stored features and its thumbnail."""
    width, height = (float(v) for v in snapshot.images.sizes[snapshot.images.position(match.image_id)])
    box = _around(match.image_points, width, height)
    features = snapshot.keypoints([match.image_id])[match.image_id]
    low = np.array(box[:2])
    inside = np.flatnonzero(((features.xy >= low) & (features.xy < low + box[2:])).all(axis=1))
    strongest = inside[np.argsort(-features.responses[inside], kind="stable")[:STRONGEST]]
    rgb = thumbnails.rgb(match.image_id)
    decoded = None if rgb is None else DecodedImage(rgb, int(width), int(height))
    return QueryFeatures(features.take(np.sort(strongest)), box, width, height, decoded)


def _around(points: Array, width: float, height: float) -> Box:
    """The box around points (k, 2) of an image, a little larger."""
    low, high = points.min(axis=0).astype(np.float64), points.max(axis=0).astype(np.float64)
    more = MARGIN * (high - low)
    corner, size = low - more, high - low + 2 * more
    return clip_box((float(corner[0]), float(corner[1]), float(size[0]), float(size[1])), width, height)
