"""Attacks: what time, printers and readers do to a picture, made from the user's own images.

Each attack is a function `(rgb, rng) -> Attacked`: uint8 (h, w, 3) in, the changed picture with the true
transform out, everything random from the given generator. They are named after, and at least as hard
as, the classes of the project's first experiments; see `docs/quality.md`.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from indexer.core.errors import UsageError
from indexer.core.types import Array
from indexer.evaluate.attacks_pages import (
    reprint_hard,
    reprint_mild,
    whole_page_reprint,
    whole_page_woodcut,
    woodcut_hard,
    woodcut_mild,
    woodcut_ruined,
)
from indexer.evaluate.attacks_tools import Attacked, cut, random_crop, recompress, shift, turn_about, warp
from indexer.printshop.chance import between, noise

Attack = Callable[[Array, np.random.Generator], Attacked]


def crop(rgb: Array, rng: np.random.Generator) -> Attacked:
    """As in Copydays: 10–80 % of the area is left; scaled by 0.5–1.2, JPEG quality 75."""
    h, w = rgb.shape[:2]
    part = random_crop(w, h, 0.1, 0.8, rng)
    small, matrix = cut(rgb, part, max(part[2:]) * between(rng, 0.5, 1.2))
    return Attacked(recompress(small, 75), matrix)


def jpeg(rgb: Array, rng: np.random.Generator) -> Attacked:
    """As in Copydays: 1/16 of the pixels, JPEG quality 3–75."""
    h, w = rgb.shape[:2]
    small, matrix = cut(rgb, (0, 0, w, h), max(w, h) / 4)
    return Attacked(recompress(small, int(rng.choice([3, 5, 8, 10, 15, 20, 30, 50, 75]))), matrix)


def rotated(rgb: Array, rng: np.random.Generator) -> Attacked:
    """Half of them by 90, 180 or 270°, half by any angle on a paper-coloured ground."""
    h, w = rgb.shape[:2]
    degrees = float(rng.choice([90, 180, 270])) if rng.random() < 0.5 else between(rng, 0, 360)
    turn = turn_about(degrees, w / 2, h / 2)
    corners = np.array([(0, 0, 1), (w, 0, 1), (w, h, 1), (0, h, 1)]) @ turn.T
    low, high = corners[:, :2].min(axis=0), corners[:, :2].max(axis=0)
    size = round(float(high[0] - low[0])), round(float(high[1] - low[1]))
    matrix = shift(-low[0], -low[1]) @ turn
    return Attacked(warp(rgb, matrix, size, border=236), matrix)


def mirrored(rgb: Array, rng: np.random.Generator) -> Attacked:
    """Left and right exchanged; 70–100 % of the area left, scaled by 0.6–1, JPEG quality 80."""
    h, w = rgb.shape[:2]
    part = random_crop(w, h, 0.7, 1.0, rng)
    small, matrix = cut(rgb, part, max(part[2:]) * between(rng, 0.6, 1.0))
    flip = np.array([[-1, 0, small.shape[1]], [0, 1, 0], [0, 0, 1]], np.float64)
    return Attacked(recompress(np.ascontiguousarray(small[:, ::-1]), 80), flip @ matrix, True)


def negative(rgb: Array, rng: np.random.Generator) -> Attacked:
    """A photographic negative; 70–100 % of the area left, JPEG quality 80."""
    h, w = rgb.shape[:2]
    small, matrix = cut(rgb, random_crop(w, h, 0.7, 1.0, rng), max(w, h) * between(rng, 0.6, 1.0))
    return Attacked(recompress(255 - small, 80), matrix)


def recoloured(rgb: Array, rng: np.random.Generator) -> Attacked:
    """Duotone or channels mixed at random, gamma 0.5–2, a little cropped."""
    h, w = rgb.shape[:2]
    small, matrix = cut(rgb, random_crop(w, h, 0.75, 1.0, rng), max(w, h) * between(rng, 0.5, 1.0))
    value = (small.astype(np.float32) / 255) ** between(rng, 0.5, 2.0)
    if rng.random() < 0.5:
        luma = value.mean(axis=2, keepdims=True)
        dark, light = rng.uniform(0, 0.35, 3), rng.uniform(0.6, 1.0, 3)
        value = dark + (light - dark) * luma
    else:
        mix = rng.dirichlet([0.8, 0.8, 0.8], 3)
        value = value @ mix.T
    return Attacked(recompress(np.asarray(np.clip(value * 255, 0, 255), np.uint8), 75), matrix)


def photo(rgb: Array, rng: np.random.Generator) -> Attacked:
    """Photographed from a book: perspective, curved light, blur, sensor noise, JPEG quality 55–85."""
    h, w = rgb.shape[:2]
    scale = between(rng, 420, 800) / max(h, w)
    small, first = cut(rgb, (0, 0, w, h), max(h, w) * scale)
    sh, sw = small.shape[:2]
    margin = round(0.12 * max(sh, sw))
    flat = np.array([(0, 0), (sw, 0), (sw, sh), (0, sh)], np.float32)
    moved = flat + margin + rng.uniform(-0.09, 0.09, (4, 2)).astype(np.float32) * max(sh, sw)
    matrix = cv2.getPerspectiveTransform(flat, moved.astype(np.float32))
    size = sw + 2 * margin, sh + 2 * margin
    picture = warp(small, matrix, size, border=between(rng, 40, 230)).astype(np.float32)
    light = 1 + 0.22 * noise((size[1], size[0]), max(size) / 2.2, rng)
    picture = cv2.GaussianBlur(picture, (0, 0), between(rng, 0.7, 1.9)) * np.clip(light, 0.35, 1.5)[..., None]
    picture += rng.normal(0, between(rng, 2, 9), picture.shape)
    rgb_out = recompress(np.asarray(np.clip(picture, 0, 255), np.uint8), int(rng.integers(55, 86)))
    return Attacked(rgb_out, np.asarray(matrix, np.float64) @ first)


ATTACKS: dict[str, Attack] = {
    "reprint_mild": reprint_mild,
    "reprint_hard": reprint_hard,
    "rotated": rotated,
    "mirrored": mirrored,
    "woodcut_mild": woodcut_mild,
    "woodcut_hard": woodcut_hard,
    "woodcut_ruined": woodcut_ruined,
    "crop": crop,
    "jpeg": jpeg,
    "photo": photo,
    "negative": negative,
    "recoloured": recoloured,
    "whole_page_reprint": whole_page_reprint,
    "whole_page_woodcut": whole_page_woodcut,
}
"""Every class by name, in the order of reports."""
PIXELWISE = ("rotated", "mirrored", "crop", "jpeg", "photo", "negative", "recoloured")
"""Attacks that keep the picture alone; the others print it on a page."""


def attacks_named(names: str | None) -> dict[str, Attack]:
    """The attacks in a comma-separated list, in its order; all of them for None or "all", none of them for "none".

    Raises:
        UsageError: A name that does not exist.
    """
    if names is None or names.strip() in ("", "all"):
        return dict(ATTACKS)
    if names.strip() == "none":
        return {}
    chosen = [name.strip() for name in names.split(",") if name.strip()]
    unknown = [name for name in chosen if name not in ATTACKS]
    if unknown:
        raise UsageError(f"Unknown attack '{unknown[0]}'.", f"Choose from: {', '.join(ATTACKS)}.")
    return {name: ATTACKS[name] for name in chosen}
