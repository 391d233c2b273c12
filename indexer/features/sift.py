"""SIFT with the RootSIFT change, as 8-bit numbers: which very surface a picture was printed from.

Lowe 2004 (SIFT, sift_detector.py), Arandjelović & Zisserman 2012 (RootSIFT: L1-normalise, square root). The detector
puts the centre of the first pixel at 0, as OpenCV does; here it lies at 0.5, as everywhere in this project.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from indexer.core.geometry import box_slices
from indexer.core.settings import SiftSettings
from indexer.core.types import NO_ID, Array, LocalFeatures, Regions
from indexer.features.side_by_side import SideBySide, in_turn
from indexer.features.sift_detector import Window, detect_and_compute

ROOT_SCALE = 512.0
"""RootSIFT values lie in 0–1 and rarely above 0.5; times this they fill 8 bits."""
GAIN = 1.15
"""A region is extracted anew when that makes it at least this much larger than in the whole image."""
NOT_PICTURES = ("text", "title page", "margin text", "running title", "numbering")
"""Kinds of regions whose keypoints are not worth a budget of their own."""
PAGE_TEXT = 0.08
"""Part of an image covered by lines of letters from which it is treated as a page."""
MIN_SIDE = 12
"""Arrays smaller than this are padded: a keypoint needs some surroundings."""


def extract(
    image: Array,
    scale: float,
    settings: SiftSettings,
    mask: Array | None = None,
    windows: Sequence[Window] | None = None,
    side_by_side: SideBySide = in_turn,
) -> LocalFeatures:
    """The strongest keypoints of a picture.

    Args:
        image: uint8 (h, w) or (h, w, 3), the decoded, maybe reduced picture.
        scale: Pixels of `image` per original pixel; coordinates come back in original pixels.
        settings: How many keypoints.
        mask: uint8 (h, w), 0 where no keypoint is wanted.
        windows: Parts of `image` of which so many are taken each, in place of the whole.
        side_by_side: Does parts of the work.

    Returns:
        At most `settings.count` keypoints (of each window), strongest first; empty for a blank picture.
    """
    found = detect_and_compute(*_pad(to_gray(image), mask), settings.count, windows, side_by_side)
    return LocalFeatures(
        xy=(found.xy + np.float32(0.5)) / np.float32(scale),
        scales=found.sizes / np.float32(scale),
        angles=found.angles,
        responses=found.responses,
        descriptors=root_sift(found.descriptors),
        regions=np.full(len(found.xy), NO_ID, np.int32),
    )


def to_gray(image: Array) -> Array:
    """uint8 (h, w) luminance of a grey or RGB picture."""
    import cv2

    if image.ndim == 2:
        return np.asarray(np.ascontiguousarray(image))
    return np.asarray(cv2.cvtColor(np.ascontiguousarray(image), cv2.COLOR_RGB2GRAY))


def mirror(features: LocalFeatures, width: float) -> LocalFeatures:
    """The features of the mirrored picture (left and right swapped), without another extraction.

    A mirrored gradient histogram is the same one with the 4 × 4 cells swapped across the keypoint's axis and the 8
    orientations reversed.
    """
    xy = features.xy.copy()
    xy[:, 0] = width - xy[:, 0]
    cells = features.descriptors.reshape(-1, 4, 4, 8)[:, ::-1]
    descriptors = np.ascontiguousarray(cells[..., (-np.arange(8)) % 8]).reshape(-1, 128)
    angles = ((180.0 - features.angles) % 360.0).astype(np.float32)
    return LocalFeatures(xy, features.scales, angles, features.responses, descriptors, features.regions)


def root_sift(descriptors: Array) -> Array:
    """OpenCV's float32 (n, 128) SIFT to uint8 (n, 128) RootSIFT, `round(512 · sqrt(d / Σd))`, at most 255."""
    total = np.maximum(descriptors.sum(axis=1, keepdims=True), 1e-9)
    return np.asarray(np.minimum(np.rint(np.sqrt(descriptors / total) * ROOT_SCALE), 255).astype(np.uint8))


def _pad(gray: Array, mask: Array | None) -> tuple[Array, Array | None]:
    """Grow tiny pictures to the right and below by repeating their edge; coordinates stay."""
    h, w = gray.shape
    below, right = max(0, MIN_SIDE - h), max(0, MIN_SIDE - w)
    if below or right:
        gray = np.pad(gray, ((0, below), (0, right)), mode="edge")
        mask = None if mask is None else np.pad(mask, ((0, below), (0, right)))
    return gray, mask


def extract_regions(rgb: Array, scale: float, regions: Regions, settings: SiftSettings) -> LocalFeatures:
    """The keypoints of an image and of its regions, each with a budget of its own.

    The whole image is reduced to `settings.side`; a region that this leaves coarser than need be is extracted again
    from its own part of `rgb`, so that a small woodcut on a large page keeps enough points. Pages of letterpress
    without a known illustration are extracted once more, finer, with a budget for each of nine overlapping tiles.

    Args:
        rgb: uint8 (h, w, 3), the decoded, maybe reduced picture.
        scale: Pixels of `rgb` per original pixel.
        regions: Of this image, boxes in original pixels.
        settings: Side and count.

    Returns:
        Keypoints in original pixels; `regions` is the position in `regions` of the smallest that holds each.
    """
    gray = to_gray(rgb)
    whole = min(1.0, settings.side / max(gray.shape))
    inner = [i for i, kind in enumerate(regions.kinds) if kind not in (*NOT_PICTURES, "whole")]
    fine = [i for i in inner if _reduction(regions.boxes[i], scale, settings.side) > GAIN * whole]
    coarse = [i for i in inner if i not in fine]
    shared = _crop_features(
        gray, scale, (slice(0, None), slice(0, None)), settings.count * (4 if coarse else 1), settings
    )
    keep = np.arange(len(shared)) < settings.count
    for i in coarse:
        inside = np.flatnonzero(_inside(shared.xy, regions.boxes[i]))
        keep[inside[: settings.count]] = True
    windows = [box_slices(tuple(regions.boxes[i].tolist()), scale, gray.shape) for i in fine]
    parts = [shared.take(keep), *(_crop_features(gray, scale, w, settings.count, settings) for w in windows)]
    if not inner and whole < 1.0 / GAIN and _is_page(gray):
        parts.append(_page_features(gray, scale, settings))
    return _assign(join(parts), regions)


def _page_features(gray: Array, scale: float, settings: SiftSettings) -> LocalFeatures:
    """The strongest keypoints of nine overlapping tiles, each keypoint once, from one extraction of the whole."""
    reduction = min(1.0, settings.side / ((max(gray.shape) + 1) // 2))
    reduced = _reduced(gray, reduction)
    return extract(reduced, scale * reduction, settings, windows=tiles(reduced.shape))


def tiles(shape: tuple[int, ...]) -> list[tuple[slice, slice]]:
    """Nine overlapping tiles of half the height and width."""
    h, w = shape[:2]
    tops, lefts = (0, h // 4, h // 2), (0, w // 4, w // 2)
    return [(slice(y, y + (h + 1) // 2), slice(x, x + (w + 1) // 2)) for y in tops for x in lefts]


def join(parts: Sequence[LocalFeatures]) -> LocalFeatures:
    """One set of features from several."""
    names = ("xy", "scales", "angles", "responses", "descriptors", "regions")
    return LocalFeatures(*(np.concatenate([getattr(p, n) for p in parts]) for n in names))


def _reduction(box: Array, scale: float, side: int) -> float:
    return min(1.0, side / max(float(box[2:].max()) * scale, 1.0))


def _crop_features(
    gray: Array, scale: float, window: tuple[slice, slice], count: int, settings: SiftSettings
) -> LocalFeatures:
    """Features of a part of a picture, reduced to `settings.side`, in original pixels of the whole."""
    part = gray[window]
    reduction = min(1.0, settings.side / max(part.shape))
    found = extract(_reduced(part, reduction), scale * reduction, replace(settings, count=count))
    found.xy[:] += np.array([window[1].start, window[0].start], np.float32) / np.float32(scale)
    return found


def _reduced(gray: Array, reduction: float) -> Array:
    import cv2

    if reduction == 1.0:
        return gray
    return np.asarray(cv2.resize(gray, None, fx=reduction, fy=reduction, interpolation=cv2.INTER_AREA))


def _is_page(gray: Array) -> bool:
    from indexer.regions.text import text_share

    return text_share(gray) > PAGE_TEXT


def _inside(xy: Array, box: Array) -> Array:
    low, high = box[:2], box[:2] + box[2:]
    return np.asarray(((xy >= low) & (xy < high)).all(axis=1))


def _assign(features: LocalFeatures, regions: Regions) -> LocalFeatures:
    """Put the smallest region around each keypoint into `regions`."""
    area = regions.boxes[:, 2].astype(np.float64) * regions.boxes[:, 3]
    number = np.full(len(features), NO_ID, np.int32)
    for i in np.argsort(-area, kind="stable"):
        number[_inside(features.xy, regions.boxes[i])] = i
    return replace(features, regions=number)
