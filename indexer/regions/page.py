"""Illustrations, ornaments and initials on a scanned page, found without weights."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from indexer.core.settings import PageSettings
from indexer.core.types import Array, DecodedImage, Regions
from indexer.regions.components import Components, find_components
from indexer.regions.ink import Ink, read_ink, reduce_to

TEXT_LIKE = 12.0
"""Line height in pixels assumed on a page without letters."""


@dataclass(frozen=True, slots=True)
class PageLayout:
    """What stands where on a page.

    Attributes:
        text: uint8 mask (h, w), 255 on lines of letterpress, at the analysed size.
        boxes: float32 (n, 4), pictures, `[x, y, width, height]` in pixels of the given image.
        kinds: `illustration`, `ornament` or `initial` for each box.
        scores: float32 (n,), 0–1.
        single: The whole image is one picture: nothing to cut out.
        line_height: Height of the prevailing letters in pixels of the given image; 0 when there are none.
    """

    text: Array
    boxes: Array
    kinds: list[str]
    scores: Array
    single: bool
    line_height: float


def propose(decoded: DecodedImage, settings: PageSettings | None = None) -> Regions:
    """Pictures on a page as regions in original pixels; empty when the image as a whole is one picture."""
    settings = settings or PageSettings()
    layout = page_layout(decoded.rgb, settings)
    if layout.single:
        return Regions.empty()
    order = np.argsort(-layout.scores, kind="stable")[: settings.limit]
    boxes = layout.boxes / decoded.scale
    return Regions.of(
        [
            {"box": boxes[i], "kind": layout.kinds[i], "origin": "page", "score": float(layout.scores[i])}
            for i in sorted(order.tolist())
        ]
    )


def page_layout(rgb: Array, settings: PageSettings | None = None) -> PageLayout:
    """Take a page apart, uint8 (h, w, 3) of any size."""
    small = reduce_to(rgb, (settings or PageSettings()).side)
    factor = rgb.shape[1] / small.shape[1]
    page = read_ink(small)
    pieces = find_components(page.ink)
    boxes = _merge(_grow(page, pieces, _seeds(page, pieces)), pieces)
    letters = np.flatnonzero(pieces.letters & ~_covered(pieces.boxes, boxes))
    kinds = [_kind(box, pieces, letters, small.shape) for box in boxes]
    text = np.zeros(len(pieces), np.uint8)
    text[letters] = 255
    return PageLayout(
        text=text[pieces.labels],
        boxes=(boxes * factor).astype(np.float32).reshape(-1, 4),
        kinds=kinds,
        scores=np.full(len(boxes), 0.5, np.float32),
        single=_is_single(boxes, letters, pieces, small.shape),
        line_height=pieces.line_height * factor,
    )


def _unit(pieces: Components) -> float:
    return pieces.line_height or TEXT_LIKE


def _seeds(page: Ink, pieces: Components) -> Array:
    """Pieces that no letterpress explains, positions int64."""
    h, w = page.ink.shape
    unit = _unit(pieces)
    x, y, bw, bh = pieces.boxes.T
    fill = pieces.areas / np.maximum(bw * bh, 1)
    big = (bh > 2.2 * unit) & (bw > 1.8 * unit)
    frame = (bw > 0.5 * w) & (bh > 0.5 * h) & (fill < 0.05)
    thin = (np.minimum(bw, bh) < 0.12 * np.maximum(bw, bh)) & (np.minimum(bw, bh) < 1.5 * unit)
    edge = ((x <= 3) | (y <= 3) | (x + bw >= w - 3) | (y + bh >= h - 3)) & (np.minimum(bw, bh) < 0.12 * min(h, w))
    carved = (pieces.holes >= 5) | ((fill > 0.55) & (pieces.areas > 12 * unit * unit))
    seeds = big & carved & ~frame & ~thin & ~edge
    seeds[0] = False
    return np.flatnonzero(seeds)


def _grow(page: Ink, pieces: Components, seeds: Array) -> Array:
    """Boxes around seeds and the loose strokes next to them, float64 (n, 4)."""
    unit = _unit(pieces)
    if not len(seeds):
        return np.zeros((0, 4))
    keep = np.zeros(len(pieces), np.uint8)
    keep[seeds] = 1
    reach = max(round(0.8 * unit), 2)
    near = cv2.dilate(keep[pieces.labels], np.ones((2 * reach + 1, 2 * reach + 1), np.uint8))
    n, _, stats, _ = cv2.connectedComponentsWithStats(near, connectivity=8)
    boxes = stats[1:n, :4].astype(np.float64)
    boxes[:, :2] += reach
    boxes[:, 2:] -= 2 * reach
    return boxes


def _merge(boxes: Array, pieces: Components) -> Array:
    """Unite boxes that overlap, or stand side by side with no letters between."""
    unit = _unit(pieces)
    rows = [tuple(b) for b in boxes]
    letters = pieces.boxes[pieces.letters].astype(np.float64)
    centres = letters[:, :2] + letters[:, 2:] / 2
    changed = True
    while changed:
        changed = False
        for i in range(len(rows)):
            for j in range(i + 1, len(rows)):
                if _belong(rows[i], rows[j], centres, unit):
                    rows[i] = _union(rows[i], rows[j])
                    del rows[j]
                    changed = True
                    break
            if changed:
                break
    return np.array(rows, np.float64).reshape(-1, 4)


def _belong(a: tuple[float, ...], b: tuple[float, ...], centres: Array, unit: float) -> bool:
    gap_x = max(a[0], b[0]) - min(a[0] + a[2], b[0] + b[2])
    gap_y = max(a[1], b[1]) - min(a[1] + a[3], b[1] + b[3])
    if gap_x < 0 and gap_y < 0:
        return True
    if gap_x < 0 and gap_y < 0.5 * unit and -gap_x > 0.6 * min(a[2], b[2]):
        return True
    if -gap_y > 0.5 * min(a[3], b[3]) and gap_x < 0.8 * min(a[2], b[2]):
        left, right = min(a[0] + a[2], b[0] + b[2]), max(a[0], b[0])
        top, bottom = max(a[1], b[1]), min(a[1] + a[3], b[1] + b[3])
        between = (centres[:, 0] > left) & (centres[:, 0] < right) & (centres[:, 1] > top) & (centres[:, 1] < bottom)
        return int(between.sum()) < 3
    return False


def _union(a: tuple[float, ...], b: tuple[float, ...]) -> tuple[float, ...]:
    x, y = min(a[0], b[0]), min(a[1], b[1])
    return x, y, max(a[0] + a[2], b[0] + b[2]) - x, max(a[1] + a[3], b[1] + b[3]) - y


def _covered(pieces: Array, boxes: Array) -> Array:
    """Pieces whose centre lies in one of the boxes, bool (n,)."""
    cx, cy = pieces[:, 0] + pieces[:, 2] / 2, pieces[:, 1] + pieces[:, 3] / 2
    inside = np.zeros(len(pieces), bool)
    for x, y, w, h in boxes:
        inside |= (cx >= x) & (cx <= x + w) & (cy >= y) & (cy <= y + h)
    return inside


def _kind(box: Array, pieces: Components, letters: Array, shape: tuple[int, ...]) -> str:
    x, y, w, h = box
    unit = _unit(pieces)
    if 0.5 < w / h < 2 and max(w, h) < 0.25 * shape[1]:
        lx, ly, lw, lh = pieces.boxes[letters].T.astype(np.float64)
        beside = (ly + lh / 2 > y) & (ly + lh / 2 < y + h) & (lx > x + 0.7 * w) & (lx < x + w + 3 * unit)
        before = (ly + lh / 2 > y) & (ly + lh / 2 < y + h) & (lx + lw < x + 0.3 * w) & (lx + lw > x - 2.5 * unit)
        if beside.sum() >= 2 and before.sum() < 2:
            return "initial"
    if w > 3 * h or max(w, h) < 6 * unit:
        return "ornament"
    return "illustration"


def _is_single(boxes: Array, letters: Array, pieces: Components, shape: tuple[int, ...]) -> bool:
    if not len(boxes):
        return False
    largest = boxes[np.argmax(boxes[:, 2] * boxes[:, 3])]
    return bool(largest[2] * largest[3] > 0.7 * shape[0] * shape[1] and len(letters) < 40)
