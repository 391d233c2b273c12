"""Which cuts are one picture, which are none, and what kind each one is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from indexer.core.types import Array
from indexer.regions.cutting import Box, Cut

SURE = 0.56
"""Least mean share of the classes picture and initial in a region that is kept."""
SMALL_SURE = 0.6
FEW = 5.0
SMALL = 0.02
"""The same in what is smaller than a square of so many lines, or than this share of the page: marginal notes that run
together, handwriting, words of a heading."""
ALONE, ALONE_SURE = 0.7, 0.64
"""Where no picture on the page reaches the first, each must pass the second: pages without pictures have doubtful
ones at most, pages with pictures mostly a sure one."""
EDGE = 0.08
"""Strips at the edge of the image that are thinner than this share of it are the surround of the page."""


def keep_sound(cuts: Sequence[Cut], unit: float, shape: tuple[int, ...]) -> list[Cut]:
    """Cuts that are large and sure enough and no scrap of the page's edge.

    Args:
        cuts: As cut.
        unit: Height of the prevailing letters in pixels.
        shape: Height and width of the page.
    """
    sound = [_as_picture(cut, unit, shape) for cut in cuts if _is_sound(cut, unit, shape)]
    sure = any(cut.score >= ALONE for cut in sound if not cut.initial)
    return [cut for cut in sound if sure or cut.initial or cut.score > ALONE_SURE]


def _is_sound(cut: Cut, unit: float, shape: tuple[int, ...]) -> bool:
    _, _, w, h = cut.box
    small, large = min(w, h), max(w, h)
    rows, columns = shape[:2]
    line = (small < 0.06 * large and small < 1.5 * unit) or (w < 2.5 * unit and h > 5 * w)
    sure = SURE if w * h > max((FEW * unit) ** 2, SMALL * rows * columns) else SMALL_SURE
    return (
        cut.score > sure
        and small >= 0.8 * unit
        and w * h >= (1.7 * unit) ** 2
        and not line
        and not is_scrap(cut, shape)
    )


def is_scrap(cut: Cut, shape: tuple[int, ...]) -> bool:
    """Whether a cut is a thin strip at the edge of the page, which has `shape`."""
    x, y, w, h = cut.box
    rows, columns = shape[:2]
    edge = x <= 4 or y <= 4 or x + w >= columns - 4 or y + h >= rows - 4
    return edge and min(w, h) < EDGE * min(rows, columns)


def _as_picture(cut: Cut, unit: float, shape: tuple[int, ...]) -> Cut:
    """No initial is as wide as a third of the page or much longer than wide."""
    _, _, w, h = cut.box
    unlike = max(w, h) > 0.3 * min(shape[:2]) or not 0.4 < w / h < 2.5
    return replace(cut, initial=False) if cut.initial and unlike else cut


def add_missing(cuts: Sequence[Cut], others: Sequence[Cut]) -> list[Cut]:
    """`cuts` and those of `others` that they do not hold already; of two that are nearly the same, or of an
    unsure one around a surer one, the other one stays.
    """
    kept = [
        cut
        for cut in cuts
        if not any(
            _share(cut.box, o.box) > 0.55 or (cut.score < o.score and _share(o.box, cut.box) > 0.9) for o in others
        )
    ]
    fresh = [o for o in others if sum(_share(o.box, cut.box) for cut in kept) < 0.34]
    return [*kept, *fresh]


def join_cuts(cuts: Sequence[Cut], letters: Array, unit: float) -> list[Cut]:
    """Unite pictures that overlap, and figures that stand side by side in one column of type.

    Args:
        cuts: Sound cuts.
        letters: float64 (n, 4), boxes of letters that belong to no picture.
        unit: Height of the prevailing letters in pixels.
    """
    centres = letters[:, :2] + letters[:, 2:] / 2
    cuts = [_part_of_picture(cut, cuts, centres, unit) for cut in cuts]
    frames = [cut.box for cut in cuts if cut.initial]
    pictures = [
        cut
        for cut in cuts
        if not cut.initial
        and not _stands_in_line(cut.box, letters)
        and not any(_share(cut.box, f) > 0.7 for f in frames)
    ]
    merged = True
    while merged:
        merged = False
        for i, a in enumerate(pictures):
            partner = next((b for b in pictures[i + 1 :] if _belong(a.box, b.box, centres, unit)), None)
            if partner is not None:
                pictures = [cut for cut in pictures if cut is not a and cut is not partner]
                pictures.append(Cut(_union(a.box, partner.box), False, _mean_score(a, partner)))
                merged = True
                break
    initials = [cut for cut in cuts if cut.initial and not any(_share(cut.box, p.box) > 0.6 for p in pictures)]
    return sorted(pictures + initials, key=lambda cut: (cut.box[1], cut.box[0]))


def _stands_in_line(box: Box, letters: Array) -> bool:
    """Whether letters of like height stand close beside a small cut: then it is a letter, too, only a fine one."""
    x, y, w, h = box
    if w > 2.5 * h or not len(letters):
        return False
    lx, ly, lw, lh = letters.T
    shared = np.minimum(y + h, ly + lh) - np.maximum(y, ly)
    gap = np.maximum(lx - (x + w), x - (lx + lw))
    beside = (lh > 0.55 * h) & (lh < 1.6 * h) & (shared > 0.6 * np.minimum(lh, h)) & (gap < 2 * h)
    return int(beside.sum()) >= 2


def _part_of_picture(cut: Cut, cuts: Sequence[Cut], centres: Array, unit: float) -> Cut:
    """An initial that touches a picture and starts no text is a piece of that picture."""
    x, y, w, h = cut.box
    text = int(_within(centres, x + w - 1, x + w + 6 * unit, y - 0.2 * h, y + 1.1 * h).sum())
    if not cut.initial or text >= 2:
        return cut
    grown = (x - 0.5 * unit, y - 0.5 * unit, w + unit, h + unit)
    touches = any(_share(grown, other.box) > 0.05 for other in cuts if not other.initial)
    return replace(cut, initial=False) if touches else cut


def _mean_score(a: Cut, b: Cut) -> float:
    areas = np.array([a.box[2] * a.box[3], b.box[2] * b.box[3]])
    return float((areas * (a.score, b.score)).sum() / areas.sum())


def _union(a: Box, b: Box) -> Box:
    x, y = min(a[0], b[0]), min(a[1], b[1])
    return x, y, max(a[0] + a[2], b[0] + b[2]) - x, max(a[1] + a[3], b[1] + b[3]) - y


def _share(a: Box, b: Box) -> float:
    """Share of `a` that lies in `b`."""
    w = min(a[0] + a[2], b[0] + b[2]) - max(a[0], b[0])
    h = min(a[1] + a[3], b[1] + b[3]) - max(a[1], b[1])
    return max(w, 0) * max(h, 0) / (a[2] * a[3])


def _belong(a: Box, b: Box, centres: Array, unit: float) -> bool:
    gap_x = max(a[0], b[0]) - min(a[0] + a[2], b[0] + b[2])
    gap_y = max(a[1], b[1]) - min(a[1] + a[3], b[1] + b[3])
    overlap = max(_share(a, b), _share(b, a))
    if overlap > 0:
        return overlap > 0.15
    if -gap_y < 0.5 * min(a[3], b[3]):
        # One above the other: one picture only when hardly apart and of like width.
        return gap_y < 0.4 * unit and -gap_x > 0.6 * max(a[2], b[2])
    return _side_by_side(a, b, gap_x, centres, unit)


def _side_by_side(a: Box, b: Box, gap: float, centres: Array, unit: float) -> bool:
    """Whether lines of type above or below run across the gap, so that both are figures of one column."""
    left, right = min(a[0] + a[2], b[0] + b[2]), max(a[0], b[0])
    top, bottom = max(a[1], b[1]), min(a[1] + a[3], b[1] + b[3])
    if int(_within(centres, left, right, top, bottom).sum()) > 2:
        return False
    if bottom - top < 0.5 * max(a[3], b[3]):
        return False
    if gap < 0.8 * unit:
        return True
    above, below = min(a[1], b[1]), max(a[1] + a[3], b[1] + b[3])
    reach = 8 * unit
    around = _within(centres, min(a[0], b[0]), max(a[0] + a[2], b[0] + b[2]), above - reach, below + reach)
    outside = (centres[:, 1] < above) | (centres[:, 1] > below)
    across = around & outside & (centres[:, 0] > left) & (centres[:, 0] < right)
    if across.sum() >= 2:
        return gap < 1.8 * min(a[2], b[2])
    return not (around & outside).any() and gap < 0.6 * min(a[2], b[2])


def _within(centres: Array, left: float, right: float, top: float, bottom: float) -> Array:
    x, y = centres[:, 0], centres[:, 1]
    inside: Array = (x > left) & (x < right) & (y > top) & (y < bottom)
    return inside


def kind_of_cut(cut: Cut, unit: float, shape: tuple[int, ...]) -> str:
    """`initial`, `ornament` (long strips and small pieces) or `illustration`."""
    if cut.initial:
        return "initial"
    _, _, w, h = cut.box
    strip = w > 3.5 * h and h < 0.2 * shape[0]
    small = max(w, h) < max(5 * unit, 0.1 * shape[0])
    return "ornament" if strip or small else "illustration"
