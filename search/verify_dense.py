"""A second kind of evidence: do the pictures themselves agree, pixel by pixel, once one is laid on the other?

Keypoints say little where few survived: a coarse halftone, a worn block, a low resolution. There the transform that the
few agree with is still right, and the tones of the two pictures correlate all over. Where the transform is wrong, or
rests on letters, dots or hatching that stand everywhere, the correlation at the predicted place is no better than at
places beside it: what counts is how far it stands out among those, its peak-to-sidelobe ratio (Bolme et al. 2010).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from indexer.core.types import Array

WORK = 160
"""Longer side in pixels at which pictures are compared, at most; less where the stored thumbnail is coarser."""
LEAST = 24
"""Pictures that overlap by fewer pixels on a side are not compared."""
FINE, WIDE = 1.0, 4.0
"""Standard deviations, in pixels, of the two blurs whose difference is compared: halftone dots and paper tone go."""
NEAR = 2
"""Pixels by which the best place may miss the predicted one: blocks are warped, paper shrinks."""
FAR = 6
"""Shifts from here on show what chance and repeated patterns give."""
REACH = 20
"""Largest shift looked at."""
LOCAL = 6.0
"""Standard deviation, in pixels, of the neighbourhood in which parts agree or not."""
PARTS = 20.0
"""Neighbourhoods are at most this part of the shorter side, so that small pictures have a middle as well."""
BARE = 0.1
"""Parts with less drawn on them say nothing."""
ALIKE = 0.3
"""Correlation in it from which on they agree."""


Reduced = dict[tuple[int, int], Array]
"""Reductions of one picture by their width and height."""


@dataclass(frozen=True, slots=True)
class Registration:
    """How well two pictures lie on each other.

    Attributes:
        peak: Correlation at about the predicted place, −1 to 1.
        ratio: Standard deviations by which it stands above the correlations at other shifts.
        pixels: Compared.
        coverage: Part of what is drawn there on both that agrees locally, 0–1, or of what is drawn in the middle, where
            that is less: pictures in one frame agree all around.
    """

    peak: float
    ratio: float
    pixels: int
    coverage: float


def register(
    query: Array, box: tuple[float, float, float, float], other: Array, matrix: Array, reduced: Reduced | None = None
) -> Registration | None:
    """Lay a stored picture on a part of the query and correlate.

    Args:
        query: uint8 (h, w), grey.
        box: The part compared, x, y, width, height in pixels of `query`.
        other: uint8 (h, w), grey, the stored picture at any size.
        matrix: float64 (3, 3), affine or projective, pixels of `query` to pixels of `other`.
        reduced: Reductions of `query` that were made before, by size; new ones are added.

    Returns:
        None where too little of them overlaps.
    """
    x, y, w, h = box
    zoom = zoom_at(matrix, x + w / 2, y + h / 2)
    scale = min(zoom, WORK / max(w, h))
    width, height = round(w * scale), round(h * scale)
    if min(width, height) < LEAST or abs(np.linalg.det(matrix)) < 1e-12:
        return None
    place = np.array([[width / w, 0, -x * width / w], [0, height / h, -y * height / h], [0, 0, 1]])
    ours = _warped(query, place, (width, height), scale, reduced)[0]
    theirs, inside = _warped(other, place @ np.linalg.inv(matrix), (width, height), scale / zoom)
    rows, columns = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
    if len(rows) < LEAST or len(columns) < LEAST:
        return None
    window = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
    return _correlated(ours[window], theirs[window], inside[window])


def zoom_at(matrix: Array, x: float, y: float) -> float:
    """How many times larger a projective transform makes things at a point."""
    depth = float(matrix[2] @ [x, y, 1.0])
    return math.sqrt(abs(float(np.linalg.det(matrix)) / depth**3)) if abs(depth) > 1e-9 else 0.0


def _warped(
    picture: Array, matrix: Array, size: tuple[int, int], zoom: float, reduced: Reduced | None = None
) -> tuple[Array, Array]:
    """A picture under a transform, float32 (h, w) of `size` (width, height), and where it has pixels; reduced first."""
    import cv2

    if zoom < 1.0:
        small = max(1, round(picture.shape[1] * zoom)), max(1, round(picture.shape[0] * zoom))
        back = np.diag([picture.shape[1] / small[0], picture.shape[0] / small[1], 1.0])
        made = {} if reduced is None else reduced
        if small not in made:
            made[small] = np.asarray(cv2.resize(picture, small, interpolation=cv2.INTER_AREA))
        picture, matrix = made[small], matrix @ back
    half = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])
    centred = np.linalg.inv(half) @ matrix @ half
    warped = cv2.warpPerspective(picture, centred, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    inside = cv2.warpPerspective(np.ones(picture.shape[:2], np.uint8), centred, size, flags=cv2.INTER_NEAREST)
    return np.asarray(warped, np.float32), np.asarray(inside > 0)


def _correlated(ours: Array, theirs: Array, inside: Array) -> Registration | None:
    a, b = _structure(ours, inside), _structure(theirs, inside)
    energy = math.sqrt(float((a * a).sum()) * float((b * b).sum()))
    if energy < 1e-6 or inside.sum() < LEAST * LEAST:
        return None
    reach = min(REACH, min(a.shape) // 2 - 1)
    steps = np.arange(-reach, reach + 1)
    table = _products(a, b, steps) / energy
    far = np.maximum(np.abs(steps)[:, None], np.abs(steps)[None])
    near = np.where(far <= NEAR, table, -np.inf)
    down, right = (int(i) - reach for i in np.unravel_index(int(near.argmax()), near.shape))
    beside = table[far >= FAR]
    peak = float(near.max())
    ratio = (peak - float(beside.mean())) / max(float(beside.std()), 1e-6)
    return Registration(peak, ratio, int(inside.sum()), _coverage(a, np.roll(b, (down, right), (0, 1))))


def _products(a: Array, b: Array, steps: Array) -> Array:
    """float32 (k, k): sums of products of two pictures when the second is shifted by steps down and steps right.

    The transform is a little larger than needed: sizes with large prime factors take five times as long.
    """
    from scipy.fft import irfft2, next_fast_len, rfft2

    shape = [next_fast_len(n + int(steps[-1] - steps[0]), real=True) for n in a.shape]
    product = irfft2(rfft2(a, shape) * np.conj(rfft2(b, shape)), shape)
    return np.asarray(product[np.ix_(steps % shape[0], steps % shape[1])])


def _coverage(a: Array, b: Array) -> float:
    """Part of two structures that correlates in its own neighbourhood; of their middle, where that is less."""
    import cv2

    spread = min(LOCAL, min(a.shape) / PARTS)

    def around(x: Array) -> Array:
        return np.asarray(cv2.GaussianBlur(x, (0, 0), spread))

    one, other = around(a * a), around(b * b)
    drawn = (one > 0.3 * float(one.mean())) & (other > 0.3 * float(other.mean()))
    alike = around(a * b) / np.sqrt(np.maximum(one * other, 1e-12)) > ALIKE
    h, w = a.shape
    middle = slice(h // 4, h - h // 4), slice(w // 4, w - w // 4)
    parts = [(drawn, alike), (drawn[middle], alike[middle])]
    shares = [float(agrees[where].mean()) for where, agrees in parts if where.mean() > BARE]
    return min(shares, default=0.0)


def _structure(picture: Array, inside: Array) -> Array:
    """Local contrasts of about one strength everywhere, zero outside."""
    import cv2

    fine = cv2.GaussianBlur(picture, (0, 0), FINE) - cv2.GaussianBlur(picture, (0, 0), WIDE)
    strength = np.sqrt(cv2.GaussianBlur(fine * fine, (0, 0), WIDE))
    floor = 0.25 * float(strength.mean()) + 2.0
    even = np.where(inside, fine / (strength + floor), 0.0)
    return np.asarray(np.where(inside, even - even[inside].mean(), 0.0) if inside.any() else even)
