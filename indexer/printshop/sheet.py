"""A sheet on the press: ink of type and blocks, and the truth about every block on it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

import cv2
import numpy as np

from indexer.core.geometry import Box, bounding_box, box_corners, transform_points
from indexer.core.types import Array
from indexer.printshop.press import halftone, inked, worn


@dataclass(frozen=True, slots=True)
class Printed:
    """One impression of a block on a page; the truth for detection and same-print search.

    Attributes:
        block: Name of the block.
        kind: ornament, initial, emblem, map, illustration or photo.
        box: `[x, y, width, height]` on the page, in pixels.
        transform: 3 × 3, block pixels to page pixels.
        block_size: Width and height of the whole block in its own pixels.
        crop: Part of the block that was printed, `[x, y, width, height]` in block pixels.
        mirrored, halftoned: How it was reproduced.
        wear: 0 new – 1 ruined.
        inking: −1 starved – 1 flooded.
    """

    block: str
    kind: str
    box: Box
    transform: Array
    block_size: tuple[int, int]
    crop: Box
    mirrored: bool = False
    halftoned: bool = False
    wear: float = 0.0
    inking: float = 0.0


@dataclass(frozen=True, slots=True)
class State:
    """How a block is printed this time; see `Printed`. `crop` in shares of the block, `pitch` 0 for no screen."""

    wear: float = 0.0
    inking: float = 0.0
    mirrored: bool = False
    pitch: float = 0.0
    tilt: float = 0.0
    crop: tuple[float, float, float, float] = (0, 0, 1, 1)


@dataclass(slots=True)
class Sheet:
    """Ink uint8 (h, w), 255 black, and what has been printed."""

    ink: Array
    printed: list[Printed] = field(default_factory=list)

    @classmethod
    def empty(cls, width: int, height: int) -> Sheet:
        """A blank sheet."""
        return cls(np.zeros((height, width), np.uint8))

    def print_block(
        self, name: str, kind: str, block: Array, place: Box, state: State, rng: np.random.Generator
    ) -> Box:
        """Print `block` (uint8 (h, w), 255 black) to fit into `place`, centred; returns the box it takes."""
        h, w = block.shape
        x0, y0 = round(state.crop[0] * w), round(state.crop[1] * h)
        part = block[y0 : y0 + round(state.crop[3] * h), x0 : x0 + round(state.crop[2] * w)]
        scale = min(place[2] / part.shape[1], place[3] / part.shape[0])
        size = max(8, round(part.shape[1] * scale)), max(8, round(part.shape[0] * scale))
        matrix = _matrix((x0, y0), part.shape, size, place, state)
        picture = _pull(part, size, state, rng)
        self._lay(picture, matrix @ _inverse_scale((x0, y0), part.shape, size, state))
        crop = (float(x0), float(y0), float(part.shape[1]), float(part.shape[0]))
        box = bounding_box(transform_points(matrix, box_corners(crop)))
        self.printed.append(
            Printed(name, kind, box, matrix, (w, h), crop, state.mirrored, state.pitch > 0, state.wear, state.inking)
        )
        return box

    def _lay(self, picture: Array, matrix: Array) -> None:
        half = np.array([[1, 0, 0.5], [0, 1, 0.5], [0, 0, 1]])
        centres = np.linalg.inv(half) @ matrix @ half
        laid = cv2.warpAffine(picture, centres[:2], (self.ink.shape[1], self.ink.shape[0]), flags=cv2.INTER_LINEAR)
        np.maximum(self.ink, laid, out=self.ink)


def moved(item: Printed, matrix: Array, width: int, height: int) -> Printed:
    """The truth after the page itself was warped by `matrix` (3 × 3); the box is clipped to the page."""
    transform = matrix @ item.transform
    x, y, w, h = bounding_box(transform_points(transform, box_corners(item.crop)))
    x0, y0, x1, y1 = max(0.0, x), max(0.0, y), min(float(width), x + w), min(float(height), y + h)
    return replace(item, transform=transform, box=(x0, y0, max(x1 - x0, 1.0), max(y1 - y0, 1.0)))


def _pull(part: Array, size: tuple[int, int], state: State, rng: np.random.Generator) -> Array:
    part = worn(part, state.wear, rng)
    if state.inking:
        part = inked(part, state.inking, rng)
    small = cv2.resize(part, size, interpolation=cv2.INTER_AREA)
    if state.mirrored:
        small = np.ascontiguousarray(small[:, ::-1])
    if state.pitch > 0:
        gray = 222 - 0.8 * small.astype(np.float32)
        small = 255 - halftone(np.asarray(gray, np.uint8), state.pitch, 45)
    return np.asarray(small, np.uint8)


def _matrix(origin: tuple[int, int], shape: tuple[int, ...], size: tuple[int, int], place: Box, state: State) -> Array:
    """Block pixels to sheet pixels: crop, mirror, scale, turn, and centre in `place`."""
    h, w = shape[:2]
    crop = np.array([[1, 0, -origin[0]], [0, 1, -origin[1]], [0, 0, 1]], np.float64)
    flip = np.array([[-1, 0, w], [0, 1, 0], [0, 0, 1]], np.float64) if state.mirrored else np.eye(3)
    scale = np.diag([size[0] / w, size[1] / h, 1.0])
    centre = np.array([[1, 0, -size[0] / 2], [0, 1, -size[1] / 2], [0, 0, 1]], np.float64)
    a = math.radians(state.tilt)
    cos, sin = math.cos(a), math.sin(a)
    turn = np.array([[cos, -sin, place[0] + place[2] / 2], [sin, cos, place[1] + place[3] / 2], [0, 0, 1]])
    return np.asarray(turn @ centre @ scale @ flip @ crop)


def _inverse_scale(origin: tuple[int, int], shape: tuple[int, ...], size: tuple[int, int], state: State) -> Array:
    """Pixels of the reduced (and mirrored) picture back to block pixels."""
    h, w = shape[:2]
    scale = np.diag([w / size[0], h / size[1], 1.0])
    flip = np.array([[-1, 0, w], [0, 1, 0], [0, 0, 1]], np.float64) if state.mirrored else np.eye(3)
    shift = np.array([[1, 0, origin[0]], [0, 1, origin[1]], [0, 0, 1]], np.float64)
    return np.asarray(shift @ flip @ scale)
