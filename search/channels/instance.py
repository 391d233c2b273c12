"""The same-print channel: where else was this surface printed or reproduced?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from indexer.collection.instance_search import InstanceIndex
from indexer.core.geometry import Box, box_slices
from indexer.core.types import Array, Evidence
from search.channels.base import ChannelHits, ChannelRequest, QueryPicture
from search.channels.instance_evidence import match_box, match_evidence, smallest_region, twin_evidence, twin_score
from search.channels.instance_helpers import HELPERS
from search.channels.instance_look import Look
from search.channels.instance_query import QueryFeatures, query_parts
from search.channels.instance_rank import SHORTLIST
from search.channels.instance_stages import stage
from search.channels.instance_thumbnails import Thumbnails
from search.channels.instance_twins import twins
from search.channels.instance_verify import BATCH, PATIENT

NO_INDEX = "This collection has no same-print index; run `iconoscope index` to build it."
NO_POINTS = "The picture has no distinct points to compare; draw a larger box."


@dataclass(frozen=True, slots=True)
class Found:
    """One place in one image: its position in `snapshot.images`, score and evidence."""

    position: int
    score: float
    evidence: Evidence


class InstanceChannel:
    """Answers pictures by the local features they share with stored images.

    Scores lie in [0, 1]: from 0.5 on `same_print` is promised, below it a hit is only possible. Options of a request:
    `mirror` (look for mirrored copies, on by default), `inverted` (the query is a negative), `include_self` (a stored
    picture may find itself), `patient` (more candidates are compared when nothing is sure; set for the mode instance).
    """

    name = "instance"

    def __init__(self, snapshot: Any) -> None:
        self.snapshot = snapshot
        folder = snapshot.index_folder("instance")
        self.index = InstanceIndex.open(folder) if folder is not None else None

    @cached_property
    def _positions(self) -> Array:
        """int64 (images of the index,): position in `snapshot.images`, −1 for removed ones."""
        ids = self.index.image_ids if self.index is not None else np.zeros(0, np.int64)
        return np.asarray(self.snapshot.images.positions(ids), np.int64)

    @cached_property
    def _regions_by_image(self) -> tuple[Array, Array]:
        """Rows of `snapshot.regions` sorted by image, and the image position of each."""
        order = np.argsort(self.snapshot.regions.image_positions, kind="stable")
        return order, np.asarray(self.snapshot.regions.image_positions)[order]

    def answers(self, request: ChannelRequest) -> bool:
        """Whether there is an index and a picture to look for."""
        return self.index is not None and any(p.weight > 0 for p in request.pictures)

    def search(self, request: ChannelRequest) -> ChannelHits:
        """Regions of images that share a surface with a picture of the request, surest first."""
        if self.index is None:
            return ChannelHits.empty(NO_INDEX)
        found: list[Found] = []
        notes: list[str] = []
        with HELPERS.search():
            for picture in request.pictures:
                if picture.weight > 0:
                    found += self._find(self.index, picture, request, notes)
        return self._hits(sorted(found, key=lambda f: (-f.score, f.position)), notes)

    def _find(
        self, index: InstanceIndex, picture: QueryPicture, request: ChannelRequest, notes: list[str]
    ) -> Iterator[Found]:
        """The places where one picture was found, with the picture's weight in the score."""
        mirrors = bool(request.options.get("mirror", True))
        inverted = bool(request.options.get("inverted", False))
        with stage("extract"):
            parts = query_parts(picture, self.snapshot, self.snapshot.settings.sift, inverted)
        allowed, thumbnails = self._allowed(request, picture), Thumbnails(self.snapshot)
        weight = min(1.0, picture.weight)
        if parts.whole.decoded is not None and not inverted:
            yield from self._twins(parts.whole, allowed, mirrors, weight, thumbnails)
        if not len(parts.whole.features):
            notes.append(NO_POINTS)
            return
        inside = (
            np.where(self._positions >= 0, allowed[self._positions], False) if len(allowed) else self._positions >= 0
        )
        patience = PATIENT if request.options.get("patient", False) else BATCH
        limit = max(SHORTLIST, request.limit)
        look = Look(index, self.snapshot, inside, mirrors, limit, inverted, patience, thumbnails)
        for part, match in look.everywhere(parts):
            position = self.snapshot.images.position(match.image_id)
            yield Found(position, match.score * weight, match_evidence(match, part))

    def _twins(
        self, query: QueryFeatures, allowed: Array, mirrors: bool, weight: float, thumbnails: Thumbnails
    ) -> Iterator[Found]:
        if query.decoded is None:
            return
        part = query.decoded.rgb[box_slices(query.box, query.decoded.scale, query.decoded.rgb.shape)]
        with stage("hash tier"):
            found = twins(part, self.snapshot, allowed, mirrors, thumbnails)
        for twin in found:
            evidence = twin_evidence(twin, query, self.snapshot.images.sizes[twin.position])
            yield Found(twin.position, twin_score(twin) * weight, evidence)

    def _allowed(self, request: ChannelRequest, picture: QueryPicture) -> Array:
        """bool, by position in `snapshot.images`: what passes the filter and is neither excluded nor the query."""
        ids = np.asarray(self.snapshot.images.ids)
        allowed = np.ones(len(ids), np.bool_) if request.allowed is None else np.array(request.allowed, np.bool_)
        excluded = set(request.exclude)
        if picture.image_id is not None and not request.options.get("include_self", False):
            excluded.add(picture.image_id)
        if excluded:
            allowed &= ~np.isin(ids, np.array(sorted(excluded), np.int64))
        return allowed

    def _hits(self, found: list[Found], notes: list[str]) -> ChannelHits:
        """The best place of each region; further ones in the same region are told in words."""
        scores: dict[int, float] = {}
        evidence: dict[int, Evidence] = {}
        boxes: dict[int, Box] = {}
        copies: dict[int, list[Box]] = {}
        for item in found:
            box = match_box(item.evidence, self.snapshot.images.sizes[item.position])
            region = self._region(item.position, box)
            if region is None:
                continue
            if region not in scores:
                scores[region], evidence[region], boxes[region] = item.score, item.evidence, box
            elif _shows_more(item.evidence, evidence[region]):
                evidence[region], boxes[region] = item.evidence, box
            if item.evidence.same_print and not any(overlap(box, other) > 0.5 for other in copies.get(region, [])):
                copies.setdefault(region, []).append(box)
        told = {region: f"found {len(b)} times on this picture" for region, b in copies.items() if len(b) > 1}
        ids, values = np.array(list(scores), np.int64), np.array(list(scores.values()), np.float32)
        return ChannelHits(ids, values, evidence, boxes, told, notes)

    def _region(self, position: int, box: Box) -> int | None:
        order, of_image = self._regions_by_image
        first, last = np.searchsorted(of_image, [position, position + 1])
        rows = order[first:last]
        return smallest_region(self.snapshot.regions.ids[rows], self.snapshot.regions.boxes[rows], box)


def _shows_more(other: Evidence, shown: Evidence) -> bool:
    """Whether matched points prove what a twin, which has none, only says."""
    return not shown.inliers and other.inliers > 0 and other.same_print and other.mirrored == shown.mirrored


def overlap(a: Box, b: Box) -> float:
    """The common area of two boxes as a part of the smaller one."""
    w = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    h = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    return max(w, 0.0) * max(h, 0.0) / max(min(a[2] * a[3], b[2] * b[3]), 1e-9)
