"""From a verified match or a twin to the evidence and the box that a hit carries."""

from __future__ import annotations

import numpy as np

from indexer.core.geometry import Box, bounding_box, box_corners, transform_points
from indexer.core.types import Array, Evidence
from search.channels.instance_query import QueryFeatures
from search.channels.instance_twins import ALIKE, Twin
from search.channels.instance_verify import Match
from search.verify import flip
from search.verify_score import SURE


def match_evidence(match: Match, query: QueryFeatures) -> Evidence:
    """The evidence of a match, in pixels of the query as it was given."""
    matrix = match.proof.transform @ flip(query.width) if match.mirrored else match.proof.transform
    return Evidence(
        inliers=len(match.query_points),
        transform=matrix,
        mirrored=match.mirrored,
        same_print=match.score >= SURE,
        log_nfa=match.proof.log_nfa,
        query_points=match.query_points.astype(np.float32),
        hit_points=match.image_points.astype(np.float32),
        outline=transform_points(matrix, box_corners(query.box)).astype(np.float32),
        parts=match.parts,
    )


def twin_evidence(twin: Twin, query: QueryFeatures, size: Array) -> Evidence:
    """The evidence of a twin: the whole box lies on the whole image of `size` (width, height); no matched points."""
    x, y, w, h = query.box
    sx, sy = float(size[0]) / w, float(size[1]) / h
    matrix = np.array([[sx, 0.0, -x * sx], [0.0, sy, -y * sy], [0.0, 0.0, 1.0]])
    if twin.mirrored:
        matrix = flip(float(size[0])) @ matrix
    none = np.zeros((0, 2), np.float32)
    outline = transform_points(matrix, box_corners(query.box)).astype(np.float32)
    sure = twin.correlation >= ALIKE
    return Evidence(0, matrix, twin.mirrored, sure, 0.0, none, none, outline, {"twin": twin.correlation})


def twin_score(twin: Twin) -> float:
    """In [0, 1]: 0.5 at the correlation from which twins are sure, linear on both sides of it."""
    if twin.correlation >= ALIKE:
        return SURE + (1.0 - SURE) * (twin.correlation - ALIKE) / (1.0 - ALIKE) * 0.9
    return max(0.0, SURE * (twin.correlation - 0.5) / (ALIKE - 0.5) * 0.9)


def match_box(evidence: Evidence, size: Array) -> Box:
    """Where the match lies in an image of `size` (width, height): the outline, cut at the edges of the image."""
    width, height = float(size[0]), float(size[1])
    box = bounding_box(np.clip(evidence.outline, 0, [width, height]))
    if (box[2] < 1 or box[3] < 1) and len(evidence.hit_points):
        box = bounding_box(evidence.hit_points)
    x, y = min(max(box[0], 0.0), width - 1), min(max(box[1], 0.0), height - 1)
    return x, y, max(1.0, min(box[2], width - x)), max(1.0, min(box[3], height - y))


def smallest_region(ids: Array, boxes: Array, box: Box) -> int | None:
    """The id of the smallest region that holds most of a box; the one that holds most when none does.

    Args:
        ids, boxes: int64 (n,) and float32 (n, 4), the regions of one image.
        box: In the same pixels.

    Returns:
        None when the image has no region.
    """
    if not len(ids):
        return None
    b = boxes.astype(np.float64)
    w = np.minimum(b[:, 0] + b[:, 2], box[0] + box[2]) - np.maximum(b[:, 0], box[0])
    h = np.minimum(b[:, 1] + b[:, 3], box[1] + box[3]) - np.maximum(b[:, 1], box[1])
    inside = np.clip(w, 0, None) * np.clip(h, 0, None) / max(box[2] * box[3], 1e-9)
    most = inside >= min(0.7, float(inside.max()))
    return int(ids[most][np.argmin((b[:, 2] * b[:, 3])[most])])
