"""Paper and ink of a scanned page: what is printed, what is paper, what is the edge of the scan."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from indexer.core.types import Array
from indexer.features.resample import area_resize
from indexer.regions.pieces import label_pieces

DARK = 178
"""Ink lies below 70 % of the paper: show-through and stains of most scans lie above, faint type below."""


@dataclass(frozen=True, slots=True)
class Ink:
    """A page taken apart, all arrays of the analysed size (h, w).

    Attributes:
        grey: uint8 lightness with uneven lighting divided out; paper is near 255.
        ink: uint8 mask (0 or 1) of everything darker or more colourful than the paper, scan border left out.
        colour: uint8 chroma distance from the paper (Lab units, clipped at 255).
        border: uint8 mask (0 or 1) of the dark surround of the scan.
    """

    grey: Array
    ink: Array
    colour: Array
    border: Array


def reduce_to(rgb: Array, side: int) -> Array:
    """`rgb` with its longer side at most `side` pixels (never enlarged), uint8 (h, w, 3), each side at least 1."""
    h, w = rgb.shape[:2]
    factor = side / max(h, w)
    if factor >= 1:
        return np.ascontiguousarray(rgb)
    size = max(round(w * factor), 1), max(round(h * factor), 1)
    return area_resize(rgb, size)


def read_ink(rgb: Array) -> Ink:
    """Separate ink from paper on an RGB page, uint8 (h, w, 3)."""
    lab = cv2.cvtColor(rgb, cv2.COLOR_RGB2LAB)
    light = np.ascontiguousarray(lab[..., 0])
    paper = _paper_level(light)
    grey = cv2.divide(light, paper, scale=255)
    colour = _colour(lab, light, paper)
    border = _scan_border(grey)
    ink = ((grey < DARK) | ((colour > 24) & (grey < 236))).astype(np.uint8)
    return Ink(grey, _without_border(ink, border), colour, border)


def read_dark_ink(light: Array) -> Array:
    """The ink of a page in grey, uint8 (h, w) lightness to a mask (0 or 1); quicker than `read_ink`, blind to hue."""
    grey = cv2.divide(light, _paper_level(light), scale=255)
    ink = np.asarray(cv2.threshold(grey, DARK - 1, 1, cv2.THRESH_BINARY_INV)[1])
    return _without_border(ink, _scan_border(grey))


def _without_border(ink: Array, border: Array) -> Array:
    if border.any():
        ink[cv2.dilate(border, np.ones((5, 5), np.uint8)) > 0] = 0
    return ink


def _paper_level(light: Array) -> Array:
    """Local lightness of the paper, uint8 (h, w), at least 1: bright neighbours, never far below the page's level.

    The lower limit keeps a dark photograph that fills the page from being taken for dark paper.
    """
    h, w = light.shape
    small = cv2.resize(light, (max(w // 8, 1), max(h // 8, 1)), interpolation=cv2.INTER_AREA)
    window = max(min(small.shape) // 6, 3) | 1
    bright = cv2.dilate(small, np.ones((window, window), np.uint8))
    bright = cv2.blur(bright, (window, window))
    level = _page_level(small)
    bright = np.clip(bright, max(round(0.78 * level), 1), 255).astype(np.uint8)
    level_map: Array = cv2.resize(bright, (w, h), interpolation=cv2.INTER_LINEAR)
    return level_map


def _page_level(small: Array) -> float:
    """Lightness of the paper as a whole: the highest peak of the bright half of the histogram."""
    counts = np.bincount(small.ravel(), minlength=256).astype(np.float64)
    smooth = np.convolve(counts, np.ones(9) / 9, mode="same")
    smooth[:110] = 0
    return float(smooth.argmax()) if smooth.any() else float(max(small.max(), 1))


def _colour(lab: Array, light: Array, paper: Array) -> Array:
    """Distance of a and b from those of the paper, uint8 (h, w)."""
    bare = light > 0.9 * paper
    chroma = cv2.blur(lab[..., 1:], (3, 3))
    if bare.sum() < 64:
        centre = np.array([128.0, 128.0])
    else:
        step = max(int(bare.sum()) // 20000, 1)
        centre = np.median(chroma[bare][::step], axis=0)
    # Tables instead of arithmetic on float pictures: the same numbers in a third of the time.
    tables = [np.arange(256, dtype=np.float32) - np.float32(c) for c in centre]
    planes = [np.ascontiguousarray(chroma[..., k]) for k in (0, 1)]
    away = [cv2.LUT(plane, table) for plane, table in zip(planes, tables, strict=True)]
    distance = cv2.magnitude(*away).reshape(light.shape)
    clipped: Array = np.minimum(distance, np.float32(255.0)).astype(np.uint8)
    return clipped


def _scan_border(grey: Array) -> Array:
    """Mask of dark areas that touch the edge of the scan and run along it, uint8 (h, w)."""
    h, w = grey.shape
    # Only solid darkness counts: opening removes type and hatching that happen to reach the edge.
    size = max(min(h, w) // 90, 3)
    dark = cv2.morphologyEx(
        cv2.threshold(grey, 109, 1, cv2.THRESH_BINARY_INV)[1], cv2.MORPH_OPEN, np.ones((size, size), np.uint8)
    )
    border = np.zeros((h, w), np.uint8)
    reach = 4
    frame = dark[: reach + 1], dark[h - reach - 1 :], dark[:, : reach + 1], dark[:, w - reach - 1 :]
    if min(h, w) > reach and not any(cv2.countNonZero(strip) for strip in frame):
        return border  # nothing dark near an edge, as on most pages: no need to number the pieces
    labels, stats = label_pieces(dark)
    for i in range(1, len(stats)):
        x, y, bw, bh, _area = stats[i]
        sides = [bw * (y <= reach), bw * (y + bh >= h - reach), bh * (x <= reach), bh * (x + bw >= w - reach)]
        along = max(sides[0] / w, sides[1] / w, sides[2] / h, sides[3] / h)
        if along > 0.12:
            border[labels == i] = 1
    return cv2.dilate(border, np.ones((size, size), np.uint8)) if border.any() else border
