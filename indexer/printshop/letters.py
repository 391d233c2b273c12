"""Type of our own: letters as strokes of a broad pen, so that no font file has to travel with the project.

Units: x-height 10, capitals 14, ascenders 15.5, descenders −5; y points up, the baseline is 0.
A glyph is its width and strokes: `l` straight, `s` spline, `o` closed spline, `-` a serif, `/` the
wedge at the head of a stem, `.` a point.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import cv2
import numpy as np

from indexer.core.types import Array
from indexer.printshop.curves import spline

GLYPHS: dict[str, str] = {
    "a": "9|s 2,8.2 4,10 6.3,9.2 6.8,7.5 6.8,2 8,.2 9,1|s 6.8,6 3.5,5 1.5,3 2.2,.6 4.2,.2 6.8,2.2",
    "b": "10|l 2.2,15.5 2.2,.6|s 2.2,7.5 4,9.8 6.8,9.8 8.8,7.2 8.8,3.5 6.6,.2 4,0 2.2,1.5|/ 2.2,15.5",
    "c": "9|s 8,8 6.8,9.7 4.5,9.8 2.2,8 1.3,5 2,2 4.5,.1 6.8,.6 8.2,2.3|. 7.6,8.2",
    "d": "10.4|l 8,15.5 8,0|s 8,7.8 6,9.8 3.6,9.6 1.4,7 1.3,3.4 3.2,.3 5.8,.2 8,2|/ 8,15.5|- 8.6,0",
    "e": "9|s 1.6,5.6 7.9,6.2 7.6,8.4 5.6,10 3.2,9.3 1.4,6.8 1.4,3.2 3.4,.3 5.8,.2 8.1,2.2",
    "f": "6|s 7.2,14.4 6,15.6 4.2,15 3.2,12.5 3.2,0|l 1,10 6,10|- 3.2,0",
    "g": "9|o 4.2,10 6.8,8.6 6.8,5.6 4.2,4.2 1.8,5.6 1.8,8.6|s 6.6,9.2 8,10.2 9,9.8"
    "|s 2.6,4.6 1.5,2.8 3,1.8 6.6,1.4 8.2,-.8 6.8,-3.6 3.8,-4.6 1.2,-3.4 1.2,-1.2 3,1",
    "h": "10.5|l 2.2,15.5 2.2,0|s 2.2,7.5 4.2,9.6 6.4,9.8 8,7.8 8,0|/ 2.2,15.5|- 2.2,0|- 8,0",
    "i": "5|l 2.6,10 2.6,0|/ 2.6,10|- 2.6,0|. 2.6,14",
    "j": "5|s 2.8,10 2.8,-2 2,-4.6 .2,-4.8|/ 2.8,10|. 2.8,14",
    "k": "10|l 2.2,15.5 2.2,0|l 2.2,4 7.4,9.8|l 4,6 8.6,0|/ 2.2,15.5|- 2.2,0|- 7.4,10|- 8.6,0",
    "l": "5|l 2.6,15.5 2.6,0|/ 2.6,15.5|- 2.6,0",
    "m": "15.6|l 2.2,10 2.2,0|s 2.2,7.5 4,9.6 6,9.8 7.6,7.8 7.6,0|s 7.6,7.5 9.4,9.6 11.4,9.8 13,7.8 13,0"
    "|/ 2.2,10|- 2.2,0|- 7.6,0|- 13,0",
    "n": "10.5|l 2.2,10 2.2,0|s 2.2,7.5 4.2,9.6 6.4,9.8 8,7.8 8,0|/ 2.2,10|- 2.2,0|- 8,0",
    "o": "9.6|o 4.8,10 8.1,7.8 8.1,2.4 4.8,0 1.5,2.4 1.5,7.8",
    "p": "10|l 2.2,10 2.2,-5|s 2.2,7.5 4,9.8 6.8,9.8 8.8,7.2 8.8,3.5 6.6,.2 4,0 2.2,1.5|/ 2.2,10|- 2.2,-5",
    "q": "10|l 8,10 8,-5|s 8,7.8 6,9.8 3.6,9.6 1.4,7 1.3,3.4 3.2,.3 5.8,.2 8,2|- 8,-5",
    "r": "7.4|l 2.2,10 2.2,0|s 2.2,7 3.8,9.3 5.6,10 7,9|. 6.6,9|/ 2.2,10|- 2.2,0",
    "s": "7.6|s 6.4,8 5.4,9.8 3.6,9.9 1.8,8.6 2.2,6.6 4.2,5.3 6.3,3.8 6.3,1.4 4.2,0 2.2,.3 1.2,2.2",
    "ſ": "5.4|s 7,14.4 5.8,15.6 4,15 3,12.5 3,0|l 1.4,9 3,9.4|- 3,0",
    "t": "6.6|s 3,13 3,2 4,.2 6,1|l 1,10 6,10",
    "u": "10.5|s 2.2,10 2.2,2.5 3.6,.3 5.8,.2 8,2.2|l 8,10 8,0|/ 2.2,10|/ 8,10|- 8.6,0",
    "v": "9.6|l 1.5,10 5,0|l 5,0 8.4,10|- 1.5,10|- 8.4,10",
    "w": "14|l 1.5,10 4.6,0|l 4.6,0 7.2,9.5|l 7.2,9.5 10,0|l 10,0 13,10|- 1.5,10|- 13,10",
    "x": "9.6|l 1.6,10 8,0|l 8,10 1.6,0|- 1.6,10|- 8,10|- 1.6,0|- 8,0",
    "y": "9.6|l 1.5,10 5,.4|s 8.4,10 5,.4 3.6,-3.4 1.4,-4.6|- 1.5,10|- 8.4,10",
    "z": "8.6|l 1.4,10 7.4,10|l 7.4,10 1.4,0|l 1.4,0 7.6,0",
    "A": "13.6|l 1.5,0 7,14|l 7,14 12.5,0|l 3.6,5 10.4,5|- 1.5,0|- 12.5,0",
    "B": "11.6|l 2.6,14 2.6,0|s 2.6,14 7,14 9,12.3 9,9.4 7,7.6 2.6,7.4|s 6.5,7.5 9.6,6.6 10.4,3.8 9,.8 6,0 2.6,0"
    "|- 2.2,14|- 2.2,0",
    "C": "13|s 12,11 10.6,13.4 7.6,14 3.8,12.2 1.8,7 3.8,1.8 7.6,0 10.8,1 12.4,3.4|l 12,14 12,10.6",
    "D": "14|l 2.8,14 2.8,0|s 2.8,14 7.6,13.9 11.4,11.4 12.3,7 11.4,2.6 7.6,.1 2.8,0|- 2.4,14|- 2.4,0",
    "E": "11.4|l 2.8,14 2.8,0|l 2.8,14 10,14|l 2.8,7.3 8.4,7.3|l 2.8,0 10.4,0|l 10,14 10,11|l 10.4,0 10.6,3.2"
    "|l 8.4,8.8 8.4,5.8|- 2.4,14|- 2.4,0",
    "F": "10.6|l 2.8,14 2.8,0|l 2.8,14 10,14|l 2.8,7.3 8.2,7.3|l 10,14 10,11|l 8.2,8.8 8.2,5.8|- 2.4,14|- 2.8,0",
    "G": "14|s 12,11.4 10.4,13.4 7.6,14 3.8,12.2 1.8,7 3.8,1.8 7.6,0 10.6,.6 12.2,2|l 12.2,6 12.2,1|l 12,14 12,11"
    "|- 12,6",
    "H": "14.4|l 3,14 3,0|l 11.4,14 11.4,0|l 3,7.2 11.4,7.2|- 3,14|- 3,0|- 11.4,14|- 11.4,0",
    "I": "6.4|l 3.2,14 3.2,0|- 3.2,14|- 3.2,0",
    "J": "6.8|s 3.8,14 3.8,1 2.8,-2.2 .8,-3|- 3.8,14",
    "K": "13|l 2.8,14 2.8,0|l 2.8,5.6 10.4,14|l 5.6,8.6 12,0|- 2.8,14|- 2.8,0|- 10.4,14|- 12,0",
    "L": "11|l 2.8,14 2.8,0|l 2.8,0 10.2,0|l 10.2,0 10.4,3.4|- 2.8,14|- 2.4,0",
    "M": "17|l 3,0 3.6,14|l 3.6,14 8.5,1|l 8.5,1 13.4,14|l 13.4,14 14.2,0|- 3,14|- 13.8,14|- 3,0|- 14.2,0",
    "N": "14.6|l 3,0 3,14|l 3,14 11.8,0|l 11.8,0 11.8,14|- 2.6,14|- 3,0|- 11.8,14",
    "O": "14.4|o 7.2,14 11.2,12 12.8,7 11.2,2 7.2,0 3.2,2 1.6,7 3.2,12",
    "P": "11|l 2.8,14 2.8,0|s 2.8,14 7.2,14 9.6,12 9.6,8.6 7.2,6.6 2.8,6.4|- 2.4,14|- 2.8,0",
    "Q": "14.4|o 7.2,14 11.2,12 12.8,7 11.2,2 7.2,0 3.2,2 1.6,7 3.2,12|s 6.4,.6 9.4,-1.6 12.4,-3.4 15.4,-3",
    "R": "12.8|l 2.8,14 2.8,0|s 2.8,14 7,14 9.4,12.4 9.4,9.2 7,7.2 2.8,7|s 6.2,7.2 8.6,3.4 10.6,.6 12.6,.2"
    "|- 2.4,14|- 2.8,0",
    "S": "10|s 8.4,11.4 7,13.6 4.8,14 2.4,12.6 2.2,10 4.4,7.8 7.4,6 8.6,3.4 7.2,.8 4.6,0 2.6,.6 1.4,2.8"
    "|l 8.6,14 8.4,10.8|l 1.4,3.4 1.2,0",
    "T": "12.6|l 6.3,14 6.3,0|l 1.2,14 11.4,14|l 1.2,14 1,11|l 11.4,14 11.6,11|- 6.3,0",
    "U": "14|s 2.8,14 2.8,4 4.4,.8 7.2,0 9.8,.8 11.4,4 11.4,14|- 2.8,14|- 11.4,14",
    "V": "13.6|l 1.4,14 6.9,0|l 6.9,0 12.4,14|- 1.4,14|- 12.4,14",
    "W": "18.6|l 1.4,14 5.6,0|l 5.6,0 9.4,13|l 9.4,13 13.2,0|l 13.2,0 17.2,14|- 1.4,14|- 17.2,14",
    "X": "13.4|l 2,14 11.6,0|l 11.4,14 1.8,0|- 2,14|- 11.4,14|- 1.8,0|- 11.6,0",
    "Y": "12.8|l 1.4,14 6.4,7|l 11.4,14 6.4,7|l 6.4,7 6.4,0|- 1.4,14|- 11.4,14|- 6.4,0",
    "Z": "11.8|l 1.6,14 10.2,14|l 10.2,14 1.4,0|l 1.4,0 10.4,0|l 1.6,14 1.4,11|l 10.4,0 10.6,3",
    "0": "8|o 4,10 6.6,8 6.6,2 4,0 1.4,2 1.4,8",
    "1": "6|l 3,10 3,0|- 3,0|/ 3,10",
    "2": "8|s 1.6,8 3,9.8 5.2,9.6 6.4,7.6 5.2,4.6 1.4,.2|l 1.4,0 7,0",
    "3": "8|s 1.6,9 3.4,10 5.6,9 5.4,6.4 3,5.2 5.8,4 6.4,0 4.2,-3.6 1.2,-3.8",
    "4": "8.4|l 5.6,10 .8,1|l .8,.6 7.8,.6|l 5.8,9.6 5.8,-4|- 5.8,-4",
    "5": "8|l 2.2,10 6.6,10|l 2.2,10 2,5|s 2,5 4.4,5.6 6.4,3.4 6.2,-1.2 3.8,-3.8 1.2,-3.8",
    "6": "8.4|s 6.6,14 3,12 1.6,7 1.8,2.4 4.2,0 6.8,2 6.8,5.4 4.4,7.4 1.8,5.4",
    "7": "8|l 1.2,10 7,10|l 7,10 3,-4|l 1.2,10 1.2,7.6",
    "8": "8.4|o 4.2,14 6.6,12 6.2,9.2 4.2,7.6 2.2,9.2 1.8,12|o 4.2,7.6 7,5.4 7,2.2 4.2,0 1.4,2.2 1.4,5.4",
    "9": "8.4|s 1.8,-4 5.4,-2 6.8,3 6.6,7.6 4.2,10 1.6,8 1.6,4.6 4,2.6 6.6,4.6",
    ".": "4|. 2,.6",
    ",": "4|s 2,1 2.4,0 1.4,-2.2|. 2,.6",
    ":": "4.4|. 2.2,.8|. 2.2,7.6",
    ";": "4.4|s 2.2,1 2.6,0 1.6,-2.2|. 2.2,.6|. 2.2,7.6",
    "-": "6|l 1,4.6 5,5",
    "–": "10|l .6,5 9.4,5",
    "'": "3.6|s 2,15.4 2.2,14 1.4,12",
    "?": "8|s 1.6,12.6 3.2,15 5.8,14.4 6.4,11.8 4.4,8.8 3.6,4.6|. 3.6,.6",
    "!": "4.4|l 2.2,15 2.2,4.6|. 2.2,.6",
    "(": "5|s 4,16 1.8,11 1.8,2 4,-4",
    ")": "5|s 1,16 3.2,11 3.2,2 1,-4",
    "[": "5|l 4,16 1.8,16|l 1.8,16 1.8,-4|l 1.8,-4 4,-4",
    "]": "5|l 1,16 3.2,16|l 3.2,16 3.2,-4|l 3.2,-4 1,-4",
    "&": "13.6|s 12.6,9 10.6,3.6 6.6,.2 3,.6 1.6,3.4 3.4,6.8 6.8,9 7.4,12 5.4,14 3.4,12 4.4,9 8.6,3 12.6,.2",
    "¶": "10|s 7.6,14 3.4,13.6 1.6,10.4 3.4,7.2 5.6,7|l 5.6,14 5.6,-4|l 8,14 8,-4",
    "*": "8|l 4,14 4,8|l 1.4,12.5 6.6,9.5|l 6.6,12.5 1.4,9.5",
    "†": "7|l 3.5,14 3.5,-2|l 1,10 6,10",
    "❧": "16|s 1,1 4,5 8,6 12,3 9,.6 7,3|s 8,6 7,10 11,12 15,9 12,6 8,6|s 1,1 3,-2 7,-2.6",
}
ACCENTS = {
    char: (pair[0], pair[1])
    for char, pair in zip(
        "éèàêâôçùîûëï", ("e/", "e\\", "a\\", "e^", "a^", "o^", "c,", "u\\", "i^", "u^", "e:", "i:"), strict=True
    )
}


@dataclass(frozen=True, slots=True)
class Face:
    """A cut of the type: pen width thick and thin, pen angle, slant, width; `broken` for black letter."""

    name: str
    thick: float = 1.75
    thin: float = 0.62
    pen: float = 18
    slant: float = 0
    stretch: float = 1
    broken: bool = False


ROMAN = Face("roman")
ITALIC = Face("italic", 1.45, 0.55, 25, 0.24, 0.86)
BLACK = Face("black letter", 2.9, 0.55, 42, 0, 0.74, True)
TITLE = Face("title", 2.1, 0.5, 12)


def advance(char: str, face: Face = ROMAN) -> float:
    """Width of a letter in units; a space is 4.6."""
    if char == " ":
        return 4.6 * face.stretch
    return float(_glyph(char).split("|", 1)[0]) * face.stretch


def outlines(char: str, face: Face = ROMAN) -> list[Array]:
    """Convex polygons (n, 2) in units, y up, whose union is the letter; [] for a space."""
    if char == " ":
        return []
    parts: list[Array] = []
    for stroke in _glyph(char).split("|")[1:]:
        kind, points = stroke[0], np.array([p.split(",") for p in stroke[2:].split()], np.float64)
        parts += _stroke(kind, points, face)
    shape = np.array([[face.stretch, face.slant], [0, 1]])
    return [p @ shape.T for p in parts]


def letter_bitmap(char: str, size: float, face: Face = ROMAN) -> tuple[Array, int, int]:
    """Coverage uint8 (h, w) of a letter with x-height `size` px, and the offset of its left and top from
    the pen position on the baseline (y down)."""
    return _bitmap(char, round(size * 8), face)


@lru_cache(maxsize=4096)
def _bitmap(char: str, eighths: int, face: Face) -> tuple[Array, int, int]:
    unit = eighths / 80
    polygons = outlines(char, face)
    if not polygons:
        return np.zeros((1, 1), np.uint8), 0, 0
    everything = np.vstack(polygons)
    left, right = math.floor(everything[:, 0].min() * unit) - 1, math.ceil(everything[:, 0].max() * unit) + 1
    top, bottom = math.ceil(everything[:, 1].max() * unit) + 1, math.floor(everything[:, 1].min() * unit) - 1
    big = np.zeros(((top - bottom) * 4, (right - left) * 4), np.uint8)
    for p in polygons:
        q = np.stack([(p[:, 0] * unit - left) * 4, (top - p[:, 1] * unit) * 4], axis=1)
        cv2.fillConvexPoly(big, np.round(q * 16).astype(np.int32), 255, cv2.LINE_AA, 4)
    small = cv2.resize(big, (right - left, top - bottom), interpolation=cv2.INTER_AREA)
    small.setflags(write=False)
    return small, left, -top


def _glyph(char: str) -> str:
    if char in ACCENTS:
        base, accent = ACCENTS[char]
        mark = {"/": "l 4.4,11.6 6.4,14.6", "\\": "l 5,11.6 3,14.6", "^": "l 2.8,11.8 4.8,14|l 4.8,14 6.8,11.8",
                ",": "s 5,0 5.6,-2 3.8,-3.4", ":": ". 3,13|. 6.4,13"}[accent]  # fmt: skip
        return f"{GLYPHS[base]}|{mark}"
    return GLYPHS.get(char, GLYPHS["*"])


def _stroke(kind: str, points: Array, face: Face) -> list[Array]:
    if kind == ".":
        r = face.thick * 0.62
        return [points[0] + r * np.array([(math.cos(t), math.sin(t)) for t in np.arange(0, 6.28, 0.5)])]
    if kind == "-":
        return [_serif(points[0], face)]
    if kind == "/":
        x, y = points[0]
        return [np.array([(x - 2.2, y - 1.1), (x + face.thick / 2, y + 0.5), (x + face.thick / 2, y - 2.4)])]
    if not face.broken and kind in "so":
        points = spline(points, closed=kind == "o", steps=5)
    if kind == "o":
        points = np.vstack([points, points[:1]])
    return _pen(points, face)


def _serif(at: Array, face: Face) -> Array:
    x, y = at
    if face.broken:
        r = face.thick * 0.62
        return np.array([(x - r, y + 0.4), (x, y + r + 0.4), (x + r, y + 0.4), (x, y - r + 0.4)])
    up = 1.0 if y < 5 else -1.0
    half = face.thick / 2 + 1.3
    return np.array(
        [(x - half, y), (x - half, y + up * 0.5), (x, y + up * 1.5), (x + half, y + up * 0.5), (x + half, y)]
    )


def _pen(points: Array, face: Face) -> list[Array]:
    """The strip that a pen of changing width leaves along a polyline: a quadrilateral and a joint a segment."""
    parts: list[Array] = []
    for a, b in pairwise(points):
        d = b - a
        length = math.hypot(d[0], d[1])
        if length < 1e-9:
            continue
        half = (
            face.thin + (face.thick - face.thin) * abs(math.sin(math.atan2(d[1], d[0]) - math.radians(face.pen)))
        ) / 2
        n = np.array([-d[1], d[0]]) / length * half
        e = d / length * min(half, 0.35)
        parts.append(np.array([a + n - e, b + n + e, b - n + e, a - n - e]))
    return parts
