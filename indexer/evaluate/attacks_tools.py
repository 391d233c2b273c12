"""What the attacks are made of: crops, warps, pages of type around a picture."""

from __future__ import annotations

import math
from typing import NamedTuple

import cv2
import numpy as np

from indexer.core.geometry import Box
from indexer.core.types import Array
from indexer.printshop.blocks.scenery import bush, cloud, hill, house, pine, sky, tree
from indexer.printshop.burin import Plate
from indexer.printshop.chance import between, generator
from indexer.printshop.letters import BLACK, ITALIC, ROMAN
from indexer.printshop.paper import Paper, impression, some_paper
from indexer.printshop.typeset import Style, set_centred, set_column
from indexer.printshop.words import LISTS, prose, sentence


class Attacked(NamedTuple):
    """A picture after an attack.

    Attributes:
        rgb: uint8 (h, w, 3).
        transform: float64 (3, 3), pixels of the original to pixels of `rgb` (the best affine or
            projective part where the attack also bends the picture).
        mirrored: Whether the attack turned left into right; the determinant is then negative.
        box: What a user would draw around the picture in `rgb`; None for all of it.
    """

    rgb: Array
    transform: Array
    mirrored: bool = False
    box: Box | None = None


def shift(dx: float, dy: float) -> Array:
    """Translation, 3 × 3."""
    return np.array([[1, 0, dx], [0, 1, dy], [0, 0, 1]], np.float64)


def zoom(sx: float, sy: float) -> Array:
    """Scaling, 3 × 3."""
    return np.diag([sx, sy, 1.0])


def turn_about(degrees: float, x: float, y: float) -> Array:
    """Rotation about a point, clockwise on the page, 3 × 3."""
    a = math.radians(degrees)
    rotation = np.array([[math.cos(a), -math.sin(a), 0], [math.sin(a), math.cos(a), 0], [0, 0, 1]])
    return np.asarray(shift(x, y) @ rotation @ shift(-x, -y))


def warp(picture: Array, matrix: Array, size: tuple[int, int], border: float = 255) -> Array:
    """`picture` under a 3 × 3 `matrix` (pixel edges at integers), uint8 of `size` (width, height)."""
    half = shift(0.5, 0.5)
    centres = np.linalg.inv(half) @ matrix @ half
    fill = (border, border, border)
    return np.asarray(cv2.warpPerspective(picture, centres, size, flags=cv2.INTER_LINEAR, borderValue=fill))


def random_crop(
    width: int, height: int, low: float, high: float, rng: np.random.Generator
) -> tuple[int, int, int, int]:
    """x, y, w, h of a part with `low`–`high` of the area and about the same shape."""
    share, stretch = between(rng, low, high), between(rng, 0.8, 1.25)
    w = min(width, max(8, round(width * math.sqrt(share) * math.sqrt(stretch))))
    h = min(height, max(8, round(height * math.sqrt(share) / math.sqrt(stretch))))
    return int(rng.integers(0, width - w + 1)), int(rng.integers(0, height - h + 1)), w, h


def cut(rgb: Array, part: tuple[int, int, int, int], longer: float) -> tuple[Array, Array]:
    """The crop `part` (x, y, w, h) with its longer side brought to about `longer` px, and its 3 × 3 transform."""
    x, y, w, h = part
    scale = longer / max(w, h)
    size = max(8, round(w * scale)), max(8, round(h * scale))
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    small = cv2.resize(np.ascontiguousarray(rgb[y : y + h, x : x + w]), size, interpolation=method)
    return np.asarray(small), np.asarray(zoom(size[0] / w, size[1] / h) @ shift(-x, -y))


def grey(rgb: Array) -> Array:
    """Luma with the darkest and lightest percent stretched to black and white, uint8 (h, w)."""
    luma = cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY).astype(np.float32)
    low, high = np.percentile(luma, (1, 99))
    if high - low < 16:
        return np.asarray(luma, np.uint8)
    return np.asarray(np.clip((luma - low) * 255 / (high - low), 0, 255), np.uint8)


def recompress(rgb: Array, quality: int) -> Array:
    """Through JPEG and back."""
    data = cv2.imencode(".jpg", rgb[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return np.ascontiguousarray(np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR))[:, :, ::-1])


def bent(ink: Array, amount: float, cell: float, rng: np.random.Generator) -> Array:
    """Elastic distortion: a displacement of `amount` pixels (standard deviation) that changes over `cell` pixels."""
    h, w = ink.shape[:2]
    y, x = np.mgrid[0:h, 0:w].astype(np.float32)
    grid = (max(3, round(h / cell) + 2), max(3, round(w / cell) + 2))
    moves = []
    for _ in range(2):
        coarse = rng.normal(0, amount, grid).astype(np.float32)
        moves.append(cv2.resize(coarse - coarse.mean(), (w, h), interpolation=cv2.INTER_CUBIC))
    return np.asarray(cv2.remap(ink, x + moves[0], y + moves[1], cv2.INTER_LINEAR, borderValue=0))


def lay(page: Array, ink: Array, x: float, y: float, degrees: float) -> Array:
    """Print `ink` on the page ink with its upper left corner at (x, y), turned about its middle; 3 × 3 transform."""
    h, w = ink.shape
    matrix = turn_about(degrees, x + w / 2, y + h / 2) @ shift(x, y)
    np.maximum(page, warp(ink, matrix, (page.shape[1], page.shape[0]), border=0), out=page)
    return np.asarray(matrix)


def type_around(page: Array, hole: Box, margin: float, rng: np.random.Generator, caption: bool = True) -> None:
    """Fill the page with set text, leaving `hole` (x, y, w, h) free but for a caption below it."""
    h, w = page.shape
    style = Style(between(rng, 8.2, 11), between(rng, 19, 25), (ROMAN, ROMAN, ITALIC, BLACK)[int(rng.integers(4))])
    language = str(rng.choice(sorted(LISTS)))
    x, y, hw, hh = hole
    below = y + hh + 8
    if caption and below < h - 3 * style.leading:
        words = sentence(language, rng).split()[:9]
        set_centred(page, " ".join(words), x + hw / 2, below + style.leading * 0.8, Style(style.size * 0.9, 0, ITALIC))
        below += style.leading * 1.3
    gap = 12
    rooms = [
        (margin, margin, w - 2 * margin, y - gap - margin),
        (margin, below, w - 2 * margin, h - margin - below),
        (margin, y - 6, x - gap - margin, hh),
        (x + hw + gap, y - 6, w - margin - x - hw - gap, hh),
    ]
    for room in rooms:
        if room[2] > 12 * style.size and room[3] > 2 * style.leading:
            set_column(page, prose(language, 1 + int(room[2] * room[3] / 700), rng), room, style, style.size * 2)


def printed(page: Array, rng: np.random.Generator, show: float | None = None) -> Array:
    """Ink to a picture of a sheet, uint8 (h, w, 3), with another page of text showing through."""
    paper = some_paper(rng)
    if show is not None:
        paper = Paper(paper.tone, paper.fibre, paper.foxing, show, paper.gutter, paper.ink)
    behind = np.zeros_like(page)
    type_around(behind, (page.shape[1] * 2.0, page.shape[0] * 2.0, 1, 1), page.shape[1] * 0.06, rng, caption=False)
    return impression(page, paper, rng, behind)


def sloppy(x: float, y: float, w: float, h: float, size: tuple[int, int], rng: np.random.Generator) -> Box:
    """A box as drawn by hand around a picture: up to 6 % too large or 3 % too small on each side."""
    left, top, right, bottom = (between(rng, -0.03, 0.06) for _ in range(4))
    x0, y0 = max(0.0, x - left * w), max(0.0, y - top * h)
    x1, y1 = min(float(size[0]), x + w + right * w), min(float(size[1]), y + h + bottom * h)
    return x0, y0, x1 - x0, y1 - y0


def decoy(width: int, height: int, rng: np.random.Generator) -> Array:
    """Another picture for the same page, made up for it and found nowhere else; ink uint8 (h, w)."""
    plate = Plate(width, height, generator(int(rng.integers(1 << 31)), "decoy"))
    low = height * between(rng, 0.45, 0.7)
    sky(plate, low + 30, between(rng, 0.2, 0.6), 0.05, between(rng, 6, 9))
    cloud(plate, width * between(rng, 0.2, 0.8), height * 0.16, width * 0.09)
    for k in range(3):
        line = [
            (u * width, low + k * height * 0.12 + plate.rng.normal(0, height * 0.05)) for u in (-0.05, 0.3, 0.7, 1.05)
        ]
        hill(plate, line, between(rng, 0.2, 0.6), between(rng, -30, 40))
    for _ in range(int(rng.integers(2, 5))):
        draw = (tree, pine)[int(rng.integers(2))]
        draw(
            plate, width * between(rng, 0.05, 0.95), height * between(rng, 0.75, 0.95), height * between(rng, 0.25, 0.5)
        )
    house(
        plate,
        width * between(rng, 0.1, 0.7),
        low + height * 0.2,
        width * 0.14,
        height * between(rng, 0.1, 0.18),
        between(rng, 0.3, 1),
    )
    bush(plate, width * between(rng, 0.1, 0.9), height * 0.92, width * 0.06)
    return plate.finished()
