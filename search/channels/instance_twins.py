"""The hash tier: whole pictures that differ only in size and compression, where too few keypoints survive.

Candidates have a perceptual hash a few bits away; a candidate is a twin when its thumbnail also correlates with the
query, tone by tone, after both are brought to one small size.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from indexer.core.types import Array
from indexer.features.phash import hamming, phash
from search.channels.instance_thumbnails import Thumbnails

NEAR = 10
"""Bits in which hashes of twins may differ."""
MOST = 24
"""Candidates whose thumbnails are compared."""
SIDE = 96
"""Side of the square that pictures are brought to for the correlation."""
SAME_SHAPE = 1.12
"""Largest factor between the proportions of twins."""
ALIKE = 0.86
"""Correlation from which a candidate is a twin for sure; docs/same-print.md has the measurement."""


@dataclass(frozen=True, slots=True)
class Twin:
    """A stored image that looks the same as the query.

    Attributes:
        position: In `snapshot.images`.
        correlation: Of the two small pictures, in [−1, 1].
        mirrored: With the query mirrored.
    """

    position: int
    correlation: float
    mirrored: bool


def twins(rgb: Array, snapshot: Any, allowed: Array, mirrors: bool, thumbnails: Thumbnails | None = None) -> list[Twin]:
    """Images whose hash and thumbnail agree with a picture, best first.

    Args:
        rgb: uint8 (h, w, 3), the part of the query that is meant.
        snapshot: The collection.
        allowed: bool (images,), by position in `snapshot.images`.
        mirrors: Try the mirrored picture as well.
        thumbnails: Those that the search has read already.
    """
    best: dict[int, Twin] = {}
    thumbnails = thumbnails or Thumbnails(snapshot)
    for mirrored in (False, True) if mirrors else (False,):
        picture = np.ascontiguousarray(rgb[:, ::-1]) if mirrored else rgb
        for twin in _found(picture, snapshot, allowed, mirrored, thumbnails):
            if twin.position not in best or twin.correlation > best[twin.position].correlation:
                best[twin.position] = twin
    return sorted(best.values(), key=lambda t: (-t.correlation, t.position))


def _found(rgb: Array, snapshot: Any, allowed: Array, mirrored: bool, thumbnails: Thumbnails) -> list[Twin]:
    bits = phash(rgb)
    hashes = np.asarray(snapshot.images.phashes, np.uint64)
    if bits == 0:  # one colour: like every other blank
        return []
    distance = np.where(allowed & (hashes != 0), hamming(hashes, bits), 64)
    near = np.flatnonzero(distance <= NEAR)
    near = near[np.argsort(distance[near], kind="stable")][:MOST]
    ratio = rgb.shape[1] / rgb.shape[0]
    stored = snapshot.images.sizes[near].astype(np.float64)
    shape = stored[:, 0] / np.maximum(stored[:, 1], 1) / ratio
    near = near[(shape < SAME_SHAPE) & (shape > 1 / SAME_SHAPE)]
    return _compared(rgb, near, snapshot.images.ids[near].tolist(), mirrored, thumbnails)


def _compared(rgb: Array, near: Array, image_ids: list[int], mirrored: bool, thumbnails: Thumbnails) -> list[Twin]:
    thumbnails.read(image_ids)
    ours = small_tones(rgb)
    found = []
    for position, image_id in zip(near.tolist(), image_ids, strict=True):
        picture = thumbnails.rgb(image_id)
        if picture is not None:
            found.append(Twin(position, correlation(ours, small_tones(picture)), mirrored))
    return found


def small_tones(rgb: Array) -> Array:
    """float32 (96, 96): local contrasts of a picture squeezed into a small square.

    Without the wide average, two pages with a picture in the same place would correlate at 0.98.
    """
    import cv2

    gray = cv2.cvtColor(np.ascontiguousarray(rgb), cv2.COLOR_RGB2GRAY)
    small = cv2.resize(gray, (SIDE, SIDE), interpolation=cv2.INTER_AREA).astype(np.float32)
    fine = cv2.GaussianBlur(small, (0, 0), 1.2)
    return np.asarray(fine - cv2.GaussianBlur(fine, (0, 0), 4.0))


def correlation(a: Array, b: Array) -> float:
    """Pearson's correlation of two pictures of one size; 0 when one is blank."""
    x, y = a - a.mean(), b - b.mean()
    norm = float(np.sqrt((x * x).sum() * (y * y).sum()))
    return float((x * y).sum()) / norm if norm > 1e-6 else 0.0
