"""Attacks that print the picture again: reprints, worn and re-inked blocks, whole pages."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from indexer.core.geometry import Box
from indexer.core.types import Array
from indexer.evaluate.attacks_tools import (
    Attacked,
    bent,
    cut,
    decoy,
    grey,
    lay,
    printed,
    random_crop,
    recompress,
    sloppy,
    type_around,
)
from indexer.printshop.chance import between, noise
from indexer.printshop.press import halftone, inked, lost_edge, worn


def reprint_mild(rgb: Array, rng: np.random.Generator) -> Attacked:
    """40–80 % of the picture at 320–640 px, halftoned, turned by up to 5°, on a page of text; a box is drawn."""
    ink, matrix = _halftoned(rgb, (0.4, 0.8), between(rng, 320, 640), between(rng, 2.4, 3.4), rng)
    return _on_page(ink, matrix, between(rng, -5, 5), rng, int(rng.integers(60, 91)))


def reprint_hard(rgb: Array, rng: np.random.Generator) -> Attacked:
    """12–40 % of the picture at about 273 px (190–390), in a coarse halftone or pure black and white, turned by up
    to 5°, on a page of text, JPEG quality 40–80; a box is drawn."""
    longer = 273 * float(np.exp(np.clip(rng.normal(0, 0.22), -0.36, 0.36)))
    if rng.random() < 0.6:
        ink, matrix = _halftoned(rgb, (0.12, 0.4), longer, between(rng, 3.2, 4.6), rng)
    else:
        small, matrix = _part(rgb, (0.12, 0.4), longer, rng)
        soft = cv2.GaussianBlur(grey(small), (0, 0), 0.7).astype(np.float32)
        level = float(np.clip(np.median(soft) * between(rng, 0.7, 1.0), 70, 190))
        ink = np.asarray(np.clip((level - soft) * 6 + 128, 0, 255), np.uint8)
    return _on_page(ink, matrix, between(rng, -5, 5), rng, int(rng.integers(40, 81)))


def woodcut_mild(rgb: Array, rng: np.random.Generator) -> Attacked:
    """Another impression of the block: some wear, over- or under-inked, other paper, turned by up to 2°."""
    small, matrix = _part(rgb, (0.92, 1.0), between(rng, 420, 760), rng)
    ink = inked(worn(255 - grey(small), between(rng, 0.15, 0.45), rng), between(rng, -0.55, 0.55), rng)
    return _alone(ink, matrix, between(rng, -2, 2), rng, 0.08)


def woodcut_hard(rgb: Array, rng: np.random.Generator) -> Attacked:
    """A late impression: warped block, cracks and worms, an edge lost, badly inked, print showing through, often
    coloured by hand, turned by up to 4°; a reader would still know it again."""
    degrees = between(rng, -4, 4)
    late = _Late(wear=(0.35, 0.65), edge=(0.05, 0.16), ink=(0.2, 0.5), colour=(0.2, 0.5), coloured=0.5)
    return _late_impression(rgb, late, degrees, rng)


def woodcut_ruined(rgb: Array, rng: np.random.Generator) -> Attacked:
    """The same at its worst: drowned in ink or nearly bare, daubed with colour; some no reader would know again."""
    degrees = between(rng, -4, 4)
    late = _Late(wear=(0.5, 0.85), edge=(0.06, 0.22), ink=(0.3, 0.85), colour=(0.35, 0.8), coloured=0.7)
    return _late_impression(rgb, late, degrees, rng)


@dataclass(frozen=True, slots=True)
class _Late:
    """How bad an impression is: ranges of wear, part of the block lost at an edge, error of inking and strength of
    colour, each 0–1, and how often it is coloured."""

    wear: tuple[float, float]
    edge: tuple[float, float]
    ink: tuple[float, float]
    colour: tuple[float, float]
    coloured: float


def _late_impression(rgb: Array, late: _Late, degrees: float, rng: np.random.Generator) -> Attacked:
    small, matrix = _part(rgb, (0.8, 1.0), between(rng, 320, 600), rng)
    side = max(small.shape[:2])
    ink = worn(255 - grey(small), between(rng, *late.wear), rng)
    ink = lost_edge(ink, between(rng, *late.edge), rng)
    ink = inked(ink, float(rng.choice([-1, 1])) * between(rng, *late.ink), rng)
    ink = bent(ink, side * between(rng, 0.004, 0.009), side / 5, rng)
    colour = late.colour if rng.random() < late.coloured else None
    return _alone(ink, matrix, degrees, rng, between(rng, 0.15, 0.3), colour)


def whole_page_reprint(rgb: Array, rng: np.random.Generator) -> Attacked:
    """A page of text with this picture (60–100 % of it, halftoned) and another; the query is the whole page."""
    ink, matrix = _halftoned(rgb, (0.6, 1.0), between(rng, 380, 620), between(rng, 2.4, 3.4), rng)
    return _whole_page(ink, matrix, between(rng, -3, 3), rng)


def whole_page_woodcut(rgb: Array, rng: np.random.Generator) -> Attacked:
    """A page of text with a worn impression of this picture and another picture; the query is the whole page."""
    small, matrix = _part(rgb, (0.85, 1.0), between(rng, 320, 560), rng)
    ink = inked(worn(255 - grey(small), between(rng, 0.2, 0.5), rng), between(rng, -0.45, 0.45), rng)
    side = max(small.shape[:2])
    return _whole_page(bent(ink, side * 0.003, side / 4, rng), matrix, between(rng, -3, 3), rng)


def _part(rgb: Array, area: tuple[float, float], longer: float, rng: np.random.Generator) -> tuple[Array, Array]:
    h, w = rgb.shape[:2]
    return cut(rgb, random_crop(w, h, *area, rng), longer)


def _halftoned(
    rgb: Array, area: tuple[float, float], longer: float, pitch: float, rng: np.random.Generator
) -> tuple[Array, Array]:
    small, matrix = _part(rgb, area, longer, rng)
    tone = 20 + grey(small).astype(np.float32) * between(rng, 0.7, 0.9)
    angle = float(rng.choice([45, 45, 30, 60]))
    return 255 - halftone(np.asarray(tone, np.uint8), pitch, angle), matrix


def _on_page(ink: Array, matrix: Array, degrees: float, rng: np.random.Generator, quality: int) -> Attacked:
    """A piece of a page around the picture, with text on the sides and a caption; a box is drawn."""
    h, w = ink.shape
    left, top = round(between(rng, 0.2, 0.5) * w), round(between(rng, 0.2, 0.5) * h)
    page = np.zeros((h + 2 * top + 60, w + 2 * left), np.uint8)
    type_around(page, (left, top, w, h), 10, rng)
    placed = lay(page, ink, left, top, degrees)
    box = sloppy(left, top, w, h, (page.shape[1], page.shape[0]), rng)
    return Attacked(recompress(printed(page, rng), quality), placed @ matrix, False, box)


def _alone(
    ink: Array,
    matrix: Array,
    degrees: float,
    rng: np.random.Generator,
    show: float,
    colour: tuple[float, float] | None = None,
) -> Attacked:
    """The picture with a narrow margin of paper."""
    h, w = ink.shape
    margin = round(0.06 * max(h, w))
    page = np.zeros((h + 2 * margin, w + 2 * margin), np.uint8)
    placed = lay(page, ink, margin, margin, degrees)
    rgb = printed(page, rng, show)
    if colour is not None:
        rgb = coloured_by_hand(rgb, colour, rng)
    return Attacked(recompress(rgb, int(rng.integers(60, 91))), placed @ matrix)


def _whole_page(ink: Array, matrix: Array, degrees: float, rng: np.random.Generator) -> Attacked:
    """A page of 1000 × 1400 with two pictures, one of them a decoy, in either order."""
    width, height = 1000, 1400
    page = np.zeros((height, width), np.uint8)
    h, w = ink.shape
    other = decoy(560, 400, rng)
    other = cv2.resize(other, None, fx=0.75, fy=0.75, interpolation=cv2.INTER_AREA)
    first = bool(rng.random() < 0.5)
    places = _two_places((w, h), (other.shape[1], other.shape[0]), width, height, rng, first)
    for place, upper in ((places[0], first), (places[1], not first)):
        middle = (0, height // 2) if upper else (height // 2, height)
        part = page[middle[0] : middle[1]]
        type_around(part, (place[0], place[1] - middle[0], place[2], place[3]), 70, rng)
    lay(page, other, places[1][0], places[1][1], between(rng, -1, 1))
    placed = lay(page, ink, places[0][0], places[0][1], degrees)
    rgb = recompress(printed(page, rng), int(rng.integers(65, 91)))
    return Attacked(rgb, placed @ matrix)


def _two_places(
    size: tuple[int, int], other: tuple[int, int], width: int, height: int, rng: np.random.Generator, first: bool
) -> list[Box]:
    places: list[Box] = []
    for (w, h), upper in ((size, first), (other, not first)):
        room = height / 2 - 90
        x = between(rng, 70, max(71, width - 70 - w))
        y = between(rng, 0, max(1.0, room - h)) + (70 if upper else height / 2 + 20)
        places.append((x, y, float(w), float(min(h, room))))
    return places


def coloured_by_hand(rgb: Array, strength: tuple[float, float], rng: np.random.Generator) -> Array:
    """Watercolour washes in a few old pigments, uneven and outside the lines, each of a strength in a range in 0–1."""
    h, w = rgb.shape[:2]
    pigments = np.array([(196, 92, 70), (120, 146, 84), (92, 124, 170), (214, 176, 84), (150, 104, 70)], np.float32)
    out = rgb.astype(np.float32)
    for _ in range(int(rng.integers(3, 7))):
        field = noise((h, w), max(h, w) / between(rng, 2.5, 6), rng)
        wash = np.clip((field - between(rng, 0.2, 0.9)) * 2, 0, 1) * between(rng, *strength)
        tint = pigments[int(rng.integers(len(pigments)))] / 255
        out *= 1 - wash[..., None] * (1 - tint)
    return np.asarray(np.clip(out, 0, 255), np.uint8)
