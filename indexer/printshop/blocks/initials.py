"""Historiated and ornamented initials."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import cv2
import numpy as np

from indexer.core.types import Array
from indexer.printshop.blocks.design import Design
from indexer.printshop.blocks.foliage import frame
from indexer.printshop.blocks.initial_grounds import (
    SIDE,
    birds,
    checker,
    landscape,
    leaves_on_black,
    maze,
    night,
    punched,
    rays,
    ruins,
    sea,
    still_life,
    strapwork,
    thistles,
    two_hounds,
    vines_on_black,
    vineyard,
)
from indexer.printshop.burin import Plate
from indexer.printshop.letters import Face, outlines

FAT = Face("initial", 3.0, 0.75, 10)


def capital(p: Plate, char: str, share: float = 0.74) -> Array:
    """Mask of a capital in the middle of the block, `share` of its height."""
    unit = p.height * share / 14
    polygons = outlines(char, FAT)
    points = np.vstack(polygons)
    left, right = points[:, 0].min(), points[:, 0].max()
    low, high = points[:, 1].min(), points[:, 1].max()
    mask = np.zeros_like(p.ink)
    for polygon in polygons:
        x = p.width / 2 + (polygon[:, 0] - (left + right) / 2) * unit
        y = p.height / 2 - (polygon[:, 1] - (low + high) / 2) * unit
        mask = np.maximum(mask, p.area(np.stack([x, y], axis=1), smooth=False))
    return mask


def initial(p: Plate, char: str, ground: Callable[[Plate], None], white: bool) -> None:
    """Frame, ground, and the letter over it: white with a contour, or black with a white edge."""
    ground(p)
    mask = capital(p, char)
    if white:
        p.paint(mask, 0.0, None, 4.5)
    else:
        p.fill(cv2.dilate(mask, np.ones((9, 9), np.uint8)), 0)
        p.fill(mask, 255)
    frame(p, 3, (6, 2.2), 5)


GROUNDS: list[tuple[str, Callable[[Plate], None], bool, str]] = [
    ("A", landscape, True, "a tower and trees"), ("B", vines_on_black, True, "white vines on black"),
    ("C", punched, True, "a punched ground with rosettes"), ("D", birds, False, "birds and leaves"),
    ("E", sea, True, "waves and a fish"), ("H", strapwork, True, "strapwork"),
    ("I", rays, False, "the sun"), ("L", vineyard, True, "grapes on a trellis"),
    ("M", night, True, "moon, stars and clouds"), ("N", checker, True, "an arch and a tiled floor"),
    ("P", thistles, False, "thistles"), ("Q", ruins, True, "ruined columns"),
    ("S", still_life, False, "an urn and scrolls"), ("T", leaves_on_black, True, "white leaves on black"),
    ("V", maze, True, "a maze"), ("R", two_hounds, False, "hounds"),
]  # fmt: skip


INITIALS = [
    Design(
        f"initial-{char}",
        "initial",
        f"Initial {char} with {words}",
        (SIDE, SIDE),
        partial(initial, char=char, ground=ground, white=white),
    )
    for char, ground, white, words in GROUNDS
]
