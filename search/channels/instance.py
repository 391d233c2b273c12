"""The same-print channel: where else was this surface printed or reproduced?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from indexer.collection.instance_search import InstanceIndex
from indexer.core.geometry import Box, bounding_box, box_corners, transform_points
from indexer.core.types import Array, Evidence
from search.channels.base import ChannelHits, ChannelRequest, QueryPicture
from search.channels.instance_query import QueryFeatures, query_features
from search.channels.instance_rank import SHORTLIST, Match, Verifier
from search.verify_score import SURE


class InstanceChannel:
    """Answers pictures by the local features they share with stored images.

    Scores lie in [0, 1]: 0.5 is the calibrated threshold above which `same_print` is promised.
    """

    name = "instance"

    def __init__(self, snapshot: Any) -> None:
        self.snapshot = snapshot
        folder = snapshot.index_folder("instance")
        self.index = InstanceIndex.open(folder) if folder is not None else None
        live = np.asarray(snapshot.images.ids, np.int64)
        self._positions = self._index_positions(live)

    def _index_positions(self, live: Array) -> Array:
        """int64 (images of the index,): position in `snapshot.images`, −1 for removed ones."""
        ids = self.index.image_ids if self.index is not None else np.zeros(0, np.int64)
        if not len(live):
            return np.full(len(ids), -1)
        at = np.minimum(np.searchsorted(live, ids), len(live) - 1)
        return np.where(live[at] == ids, at, -1)

    def answers(self, request: ChannelRequest) -> bool:
        """Whether there is an index and a picture to look for."""
        return self.index is not None and any(p.weight > 0 for p in request.pictures)

    def search(self, request: ChannelRequest) -> ChannelHits:
        """Regions of images that share a surface with a picture of the request, surest first."""
        index = self.index
        if index is None:
            return ChannelHits.empty("This collection has no same-print index; run `iconoscope index` to build it.")
        best: dict[int, tuple[float, Match, QueryFeatures]] = {}
        notes: list[str] = []
        for picture in request.pictures:
            if picture.weight <= 0:
                continue
            for match, query in self._matches(index, picture, request, notes):
                value = match.score * min(1.0, picture.weight)
                if match.image_id not in best or value > best[match.image_id][0]:
                    best[match.image_id] = (value, match, query)
        return self._hits(sorted(best.values(), key=lambda b: (-b[0], b[1].image_id)), notes)

    def _matches(
        self, index: InstanceIndex, picture: QueryPicture, request: ChannelRequest, notes: list[str]
    ) -> list[tuple[Match, QueryFeatures]]:
        settings = self.snapshot.settings.sift
        query = query_features(picture, self.snapshot, settings, bool(request.options.get("inverted", False)))
        if not len(query.features):
            notes.append("The picture has no distinct points to compare; draw a larger box.")
            return []
        allowed = self._allowed(request, picture)
        mirrors = bool(request.options.get("mirror", True))
        verifier = Verifier(query, index, self.snapshot, None)
        return [(m, query) for m in verifier.matches(allowed, mirrors, max(SHORTLIST, request.limit))]

    def _allowed(self, request: ChannelRequest, picture: QueryPicture) -> Array:
        """bool, by position in the index: what passes the filter and is neither excluded nor the query itself."""
        allowed = self._positions >= 0
        if request.allowed is not None:
            allowed &= np.asarray(request.allowed)[self._positions]
        excluded = set(request.exclude)
        if picture.image_id is not None and not request.options.get("include_self", False):
            excluded.add(picture.image_id)
        if excluded and self.index is not None:
            allowed &= ~np.isin(self.index.image_ids, np.array(sorted(excluded), np.int64))
        return np.asarray(allowed)

    def _hits(self, found: Sequence[tuple[float, Match, QueryFeatures]], notes: Sequence[str]) -> ChannelHits:
        regions, scores, evidence, boxes = [], [], {}, {}
        for value, match, query in found:
            proof = make_evidence(match, query)
            size = self.snapshot.images.sizes[self.snapshot.images.position(match.image_id)]
            box = match_box(proof, size)
            region = self._region(match.image_id, box)
            if region is None:
                continue
            regions.append(region)
            scores.append(value)
            evidence[region], boxes[region] = proof, box
        return ChannelHits(np.array(regions, np.int64), np.array(scores, np.float32), evidence, boxes, notes=notes)

    def _region(self, image_id: int, box: Box) -> int | None:
        """The smallest stored region that holds most of a box."""
        regions = self.snapshot.regions
        position = self.snapshot.images.position(image_id)
        rows = np.flatnonzero(regions.image_positions == position)
        if not len(rows):
            return None
        b = regions.boxes[rows].astype(np.float64)
        w = np.minimum(b[:, 0] + b[:, 2], box[0] + box[2]) - np.maximum(b[:, 0], box[0])
        h = np.minimum(b[:, 1] + b[:, 3], box[1] + box[3]) - np.maximum(b[:, 1], box[1])
        inside = np.clip(w, 0, None) * np.clip(h, 0, None) / max(box[2] * box[3], 1e-9)
        area = b[:, 2] * b[:, 3]
        best = min(range(len(rows)), key=lambda i: (inside[i] < 0.7, area[i] if inside[i] >= 0.7 else -inside[i]))
        return int(regions.ids[rows[best]])


def make_evidence(match: Match, query: QueryFeatures) -> Evidence:
    """The evidence of a match, in pixels of the query as it was given."""
    flip = np.array([[-1.0, 0.0, query.width], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
    matrix = match.proof.transform @ flip if match.mirrored else match.proof.transform
    return Evidence(
        inliers=len(match.query_points),
        transform=matrix,
        mirrored=match.mirrored,
        same_print=match.score >= SURE,
        log_nfa=match.proof.log_nfa,
        query_points=match.query_points.astype(np.float32),
        hit_points=match.image_points.astype(np.float32),
        outline=transform_points(matrix, box_corners(query.box)).astype(np.float32),
    )


def match_box(evidence: Evidence, size: Array) -> Box:
    """Where the match lies in an image of `size` (width, height): the outline, cut at the edges of the image."""
    width, height = float(size[0]), float(size[1])
    corners = np.clip(evidence.outline, 0, [width, height])
    box = bounding_box(corners)
    if box[2] < 1 or box[3] < 1:
        box = bounding_box(evidence.hit_points)
    x, y = min(box[0], width - 1), min(box[1], height - 1)
    return x, y, max(1.0, min(box[2], width - x)), max(1.0, min(box[3], height - y))
