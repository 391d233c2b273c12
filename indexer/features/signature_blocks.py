"""The blocks of the visual signature: known descriptors of colour, tone, texture and layout, none learnt.

Every block is a fixed-length float32 vector of order one, finite for any picture (blank ones too).
"""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np

from indexer.core.types import Array
from indexer.features.signature_prepare import Views

HUES, CHROMAS, LIGHTS = 12, 2, 3
_CHROMA_STEPS = (6.0, 16.0, 42.0)
"""CIELAB chroma at which a tone is neutral, muted, saturated."""
LBP_SCALES = 3
HOG_CELLS, HOG_BINS = 8, 9
THUMB_SIDE, THUMB_COLOR_SIDE = 12, 4
SPECTRUM_SIDE, SPECTRUM_RINGS = 256, 20


def palette(views: Views) -> Array:
    """Soft histogram of tint-corrected CIELAB in lightness × (neutral + hue × chroma); square roots, (75,).

    Histogram intersection in an opponent space follows Swain & Ballard 1991; the Hellinger root, Arandjelović &
    Zisserman 2012.
    """
    lab = views.neutral.reshape(-1, 3)
    chroma, hue = np.hypot(lab[:, 1], lab[:, 2]), np.arctan2(lab[:, 2], lab[:, 1])
    light = _soft(lab[:, 0], np.array([20.0, 55.0, 90.0]))
    level = _soft(chroma, np.array(_CHROMA_STEPS))
    turn = (hue / (2 * np.pi) % 1.0) * HUES
    low = np.floor(turn).astype(np.int64) % HUES
    share = (turn - np.floor(turn)).astype(np.float32)
    hues = np.zeros((len(lab), HUES), np.float32)
    rows = np.arange(len(lab))
    hues[rows, low] = 1 - share
    hues[rows, (low + 1) % HUES] += share
    cells = np.concatenate([level[:, :1], *(level[:, c : c + 1] * hues for c in range(1, CHROMAS + 1))], axis=1)
    histogram: Array = np.sqrt(light.T @ cells / len(lab)).ravel()
    return histogram


def _soft(values: Array, centres: Array) -> Array:
    """Linear interpolation between bin centres, float32 (n, bins); rows sum to one."""
    place = np.interp(values, centres, np.arange(len(centres)))
    weights: Array = np.clip(1 - np.abs(place[:, None] - np.arange(len(centres))), 0, 1).astype(np.float32)
    return weights


def moments(views: Views) -> Array:
    """Mean, deviation and cube root of skewness of L, a, b, and the paper's colour; (12,).

    Colour moments: Stricker & Orengo 1995. Not corrected for the tint: the paper itself is part of the look.
    """
    flat = views.lab.reshape(-1, 3)
    mean = flat.mean(axis=0)
    away = flat - mean
    square = away * away
    deviation, skew = np.sqrt(square.mean(axis=0)), np.cbrt((square * away).mean(axis=0))
    return (np.concatenate([mean, deviation, skew, views.paper]) / 50.0).astype(np.float32)


def tone(views: Views) -> Array:
    """Histogram of stretched lightness, dark cover on a 4 × 4 grid, midtone share, local contrast; (36,).

    Line work is bimodal, a halftone or photograph fills the middle.
    """
    import cv2

    gray = views.gray
    histogram = np.sqrt(np.bincount(gray.ravel() >> 4, minlength=16) / gray.size)
    dark = cv2.compare(gray, 128, cv2.CMP_LT)
    cover = cv2.resize(dark, (4, 4), interpolation=cv2.INTER_AREA).ravel() / 255.0
    middle = float((histogram[4:12] ** 2).sum())
    blurs = [gray.astype(np.int16), *(cv2.GaussianBlur(gray, (0, 0), s).astype(np.int16) for s in (1.0, 4.0))]
    differences = [*(a - b for a, b in pairwise(blurs)), blurs[2]]
    local = [float(cv2.meanStdDev(d)[1][0, 0]) for d in differences]
    return np.concatenate([histogram, cover, [middle], np.array(local) / 64.0]).astype(np.float32)


@lru_cache(maxsize=1)
def _lbp_table() -> Array:
    """Uniform patterns of 8 neighbours to 59 labels (Ojala, Pietikäinen & Mäenpää 2002)."""
    codes = np.arange(256)
    bits = (codes[:, None] >> np.arange(8)) & 1
    changes = (bits != np.roll(bits, 1, axis=1)).sum(axis=1)
    table = np.full(256, 58, np.int64)
    table[changes <= 2] = np.arange(58)
    return table


def patterns(views: Views) -> Array:
    """Local binary patterns at three scales, square roots of shares; (177,)."""
    import cv2

    image = views.gray
    parts = []
    for _ in range(LBP_SCALES):
        parts.append(_lbp(image))
        image = cv2.resize(image, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    return np.concatenate(parts).astype(np.float32)


def _lbp(image: Array) -> Array:
    import cv2

    centre = cv2.add(np.ascontiguousarray(image[1:-1, 1:-1]), 3)  # a margin of 1 % so that paper grain is no pattern
    code = np.zeros(centre.shape, np.uint8)
    h, w = image.shape
    around = [(0, 0), (0, 1), (0, 2), (1, 2), (2, 2), (2, 1), (2, 0), (1, 0)]
    for bit, (dy, dx) in enumerate(around):
        code |= cv2.compare(image[dy : h - 2 + dy, dx : w - 2 + dx], centre, cv2.CMP_GT) & np.uint8(1 << bit)
    counts = np.bincount(_lbp_table(), np.bincount(code.ravel(), minlength=256), 59)
    shares: Array = np.sqrt(counts / max(code.size, 1))
    return shares


def strokes(views: Views) -> Array:
    """Widths of dark lines and of the gaps between them, edge density, orientation at two scales; (52,).

    Widths are twice the distance transform on its ridge (stroke width as in Epshtein et al. 2010, by distance).
    """
    import cv2

    _, ink = cv2.threshold(views.gray, 0, 255, cv2.THRESH_BINARY_INV | cv2.THRESH_OTSU)
    parts: list[Any] = [_widths(ink), _widths(255 - ink), [float(ink.mean()) / 255.0]]
    half = cv2.resize(views.gray, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    for image in (views.gray, half):
        smooth = cv2.GaussianBlur(image, (0, 0), 1.0)
        gx, gy = cv2.Sobel(smooth, cv2.CV_32F, 1, 0), cv2.Sobel(smooth, cv2.CV_32F, 0, 1)
        size, angle = cv2.cartToPolar(gx, gy)
        bins = (angle * (16 / np.pi)).astype(np.uint8) & 15
        turn = np.bincount(bins.ravel(), size.ravel(), 16)
        parts += [np.sqrt(turn / max(float(turn.sum()), 1.0)), [float(size.mean()) / 255.0]]
    parts.append([float(cv2.Laplacian(views.gray, cv2.CV_16S).std()) / 255.0])
    return np.concatenate(parts).astype(np.float32)


def _widths(mask: Array) -> Array:
    """Histogram over 8 steps from 1 to 64 pixels (logarithmic) of the thickness of `mask`, square roots of shares."""
    import cv2

    if mask.all():  # nothing outside it: no thickness
        return np.zeros(8)
    distance = cv2.distanceTransform(mask, cv2.DIST_L2, 3)
    top = cv2.dilate(distance, np.ones((3, 3), np.uint8))
    ridge = distance[(distance >= top) & (mask > 0)]
    step = np.minimum(np.log2(2 * ridge) * (8 / 6), 7).astype(np.int64)
    shares: Array = np.sqrt(np.bincount(step, minlength=8) / max(len(ridge), 1))
    return shares


def spectrum(views: Views) -> Array:
    """Log power in rings of the Fourier plane, and how peaked each ring is; (40,).

    The fall of the rings separates line work from photographs (van der Schaaf & van Hateren 1996); a sharp peak
    away from the centre is a halftone screen.
    """
    import scipy.fft

    side = SPECTRUM_SIDE
    patch = _middle(views.fine, side).astype(np.float32)
    patch = (patch - patch.mean()) / max(float(patch.std()), 8.0) * _window(side)
    power = np.abs(scipy.fft.rfft2(patch)).ravel() ** 2
    rings, counts = _rings(side)
    mean = (np.bincount(rings, power, SPECTRUM_RINGS + 1) / counts)[:SPECTRUM_RINGS]
    square = (np.bincount(rings, power**2, SPECTRUM_RINGS + 1) / counts)[:SPECTRUM_RINGS]
    level = np.log10(mean + 1.0) / 4.0
    peaked = np.log10(square / (mean**2 + 1.0) + 1.0) / 2.0
    return np.concatenate([level, peaked]).astype(np.float32)


def _middle(image: Array, side: int) -> Array:
    """The middle `side` × `side` pixels, mirrored outwards where the picture is smaller."""
    h, w = image.shape
    top, left = max((h - side) // 2, 0), max((w - side) // 2, 0)
    part = image[top : top + side, left : left + side]
    return part[_reflect(part.shape[0], side)][:, _reflect(part.shape[1], side)]


def _reflect(n: int, side: int) -> Array:
    turn = np.arange(side) % (2 * n)
    return np.minimum(turn, 2 * n - 1 - turn)


@lru_cache(maxsize=2)
def _window(side: int) -> Array:
    line = np.hanning(side).astype(np.float32)
    return np.outer(line, line)


@lru_cache(maxsize=2)
def _rings(side: int) -> tuple[Array, Array]:
    """Ring of each cell of an rfft2 plane, logarithmic from 2 cycles a picture to Nyquist, and cells in each ring.

    What lies outside goes to one ring more.
    """
    radius = np.hypot(np.fft.fftfreq(side)[:, None] * side, np.arange(side // 2 + 1)[None])
    step = np.log(np.maximum(radius, 1e-9) / 2.0) / np.log(side / 4.0) * SPECTRUM_RINGS
    inside = (radius >= 2.0) & (radius < side / 2)
    ring = np.where(inside, np.clip(step, 0, SPECTRUM_RINGS - 1), SPECTRUM_RINGS).astype(np.int64).ravel()
    return ring, np.maximum(np.bincount(ring, minlength=SPECTRUM_RINGS + 1), 1)


def hog(views: Views) -> Array:
    """Histograms of oriented gradients, 8 × 8 cells of 9 unsigned directions; (576,).

    Dalal & Triggs 2005, with the four block normalisations averaged and clipped as in Felzenszwalb et al. 2010.
    """
    import cv2

    image = cv2.GaussianBlur(views.square, (0, 0), 1.0)
    gx, gy = cv2.Sobel(image, cv2.CV_32F, 1, 0, ksize=1), cv2.Sobel(image, cv2.CV_32F, 0, 1, ksize=1)
    size, angle = cv2.cartToPolar(gx, gy)
    turn = angle.ravel() * (HOG_BINS / np.pi)
    low = np.floor(turn).astype(np.int64)
    share = turn - low
    cell = _cells(image.shape[0], HOG_CELLS) * HOG_BINS
    n = HOG_CELLS * HOG_CELLS * HOG_BINS
    strength = size.ravel()
    counts = np.bincount(cell + low % HOG_BINS, strength * (1 - share), n)
    counts += np.bincount(cell + (low + 1) % HOG_BINS, strength * share, n)
    return _block_normalised(counts.reshape(HOG_CELLS, HOG_CELLS, HOG_BINS))


@lru_cache(maxsize=4)
def _cells(side: int, cells: int) -> Array:
    line = np.arange(side) * cells // side
    return (line[:, None] * cells + line[None]).ravel()


def _block_normalised(cells: Array) -> Array:
    energy = np.pad((cells**2).sum(axis=2), 1, mode="edge")
    blocks = energy[:-1, :-1] + energy[1:, :-1] + energy[:-1, 1:] + energy[1:, 1:]
    total = np.zeros(cells.shape)
    for dy in (0, 1):
        for dx in (0, 1):
            norm = np.sqrt(blocks[dy : dy + cells.shape[0], dx : dx + cells.shape[1]])[:, :, None]
            total += np.minimum(cells / (norm + 0.5), 0.4)
    return (total / 4.0).astype(np.float32).ravel()


def thumbnail(views: Views) -> Array:
    """Stretched lightness on 12 × 12 and tint-corrected a, b on 4 × 4; (176,). The "tiny image" of Torralba 2008."""
    import cv2

    light = cv2.resize(views.square, (THUMB_SIDE, THUMB_SIDE), interpolation=cv2.INTER_AREA) - 0.5
    side = (THUMB_COLOR_SIDE, THUMB_COLOR_SIDE)
    color = cv2.resize(views.neutral[:, :, 1:], side, interpolation=cv2.INTER_AREA) / 40.0
    return np.concatenate([light.ravel(), color.ravel()]).astype(np.float32)


def shape(views: Views) -> Array:
    """Log of width by height (clipped at 8:1) and the trimmed margins; (5,)."""
    aspect = np.clip(np.log2(views.aspect), -3, 3)
    return np.concatenate([[aspect], views.margins * 2]).astype(np.float32)
