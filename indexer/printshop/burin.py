"""The block and the tools that cut it: swelling lines, contours, and hatching that follows a form.

A picture is built back to front. Each form covers what lies behind it, is shaded by lines whose
thickness carries the tone (as engravers do), and gets a contour that swells on the shadow side.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from indexer.core.types import Array
from indexer.printshop.chance import noise
from indexer.printshop.curves import Points, spline, tangents

Field = Callable[[Array, Array], Array]
"""A function of block coordinates x and y, float32 arrays of one shape."""
LIGHT = np.array([-0.62, -0.78], np.float32)
"""Light falls from the upper left, as is the custom in book illustration."""


@dataclass(frozen=True, slots=True)
class Screen:
    """How a tone is turned into lines.

    Attributes:
        angle: Direction of the lines in degrees; 0 horizontal.
        spacing: Pixels from line to line.
        bulge: How far the lines bend over the form, in pixels.
        cross: Tone (0–1) above which a second set of lines crosses the first.
        wave: Amplitude of waves in the lines in pixels, and their length.
        phase: Own line field in pixels instead of straight lines.
    """

    angle: float = 0
    spacing: float = 8
    bulge: float = 0
    cross: float = 0.55
    wave: tuple[float, float] = (0, 80)
    phase: Field | None = None


def ramp(angle: float, start: float, end: float, first: float, last: float) -> Field:
    """A tone that goes from `first` to `last` while x·cos + y·sin goes from `start` to `end`."""
    c, s = math.cos(math.radians(angle)), math.sin(math.radians(angle))

    def tone(x: Array, y: Array) -> Array:
        u = np.clip((x * c + y * s - start) / (end - start), 0, 1)
        return np.asarray(first + (last - first) * u, np.float32)

    return tone


@dataclass(frozen=True, slots=True)
class Volume:
    """Tone of a rounded form lit from the upper left: `light` where the light falls, `dark` opposite."""

    light: float = 0.0
    dark: float = 0.75
    thick: float = 60


Tone = float | Field | Volume


class Plate:
    """A block of wood or copper being cut.

    Attributes:
        ink: uint8 (h, w), 255 where ink will be.
        rng: The generator of this block.
    """

    def __init__(self, width: int, height: int, rng: np.random.Generator) -> None:
        self.ink = np.zeros((height, width), np.uint8)
        self.rng = rng
        self.wobble = noise((height, width), 70, rng) * 1.1 + noise((height, width), 22, rng) * 0.45
        self.grain = noise((height, width), 9, rng)
        self.lines = rng.uniform(-1, 1, 1024).astype(np.float32)

    @property
    def width(self) -> int:
        """In pixels."""
        return int(self.ink.shape[1])

    @property
    def height(self) -> int:
        """In pixels."""
        return int(self.ink.shape[0])

    # masks -------------------------------------------------------------------------------------

    def area(self, points: Points, smooth: bool = True) -> Array:
        """Mask uint8 (h, w) of a closed outline."""
        mask = np.zeros_like(self.ink)
        p = spline(points, closed=True) if smooth else np.asarray(points, np.float64)
        cv2.fillPoly(mask, [_fixed(p)], 255, cv2.LINE_AA, 4)
        return mask

    def tube(self, points: Points, radii: Sequence[float], steps: int = 10) -> Array:
        """Mask of a limb: circles of changing radius along a spline through `points`, which ends exactly there."""
        mask = np.zeros_like(self.ink)
        p = spline(points, steps=steps)
        r = np.interp(np.linspace(0, 1, len(p)), np.linspace(0, 1, len(radii)), np.asarray(radii, np.float64))
        for (x, y), radius in zip(p, r, strict=True):
            cv2.circle(mask, (round(x * 16), round(y * 16)), round(radius * 16), 255, -1, cv2.LINE_AA, 4)
        for a, b, ra, rb in zip(p[:-1], p[1:], r[:-1], r[1:], strict=True):
            _quad(mask, a, b, ra, rb, 255)
        return mask

    # tools -------------------------------------------------------------------------------------

    def stroke(self, points: Points, width: float, value: int = 255, taper: float = 0.6, smooth: bool = True) -> None:
        """A line that swells: thinner towards both ends by the share `taper`, uneven as by hand."""
        p = spline(points) if smooth else np.asarray(points, np.float64)
        u = np.linspace(0, 1, len(p))
        profile = 1 - taper * np.abs(2 * u - 1) ** 2.2
        uneven = 1 + 0.14 * np.interp(u, np.linspace(0, 1, 7), self.rng.uniform(-1, 1, 7))
        half = np.maximum(width / 2 * profile * uneven, 0.3)
        for i in range(len(p) - 1):
            _quad(self.ink, p[i], p[i + 1], half[i], half[i + 1], value)
            centre = (round(p[i, 0] * 16), round(p[i, 1] * 16))
            cv2.circle(self.ink, centre, round(half[i] * 16), value, -1, cv2.LINE_AA, 4)

    def ticks(self, points: Points, length: float, width: float, every: float, value: int = 255) -> None:
        """Short strokes to the left of a line, as on scales and shores."""
        p = spline(points)
        along = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(p, axis=0), axis=1))])
        normal = tangents(p) @ np.array([[0, -1], [1, 0]])
        for s in np.arange(every / 2, along[-1], every):
            at = np.array([np.interp(s, along, p[:, k]) for k in (0, 1)])
            n = np.array([np.interp(s, along, normal[:, k]) for k in (0, 1)])
            self.stroke([at, at + n * length * self.rng.uniform(0.75, 1.2)], width, value, smooth=False)

    def paint(self, mask: Array, tone: Tone = 0.0, screen: Screen | None = None, outline: float = 2.6) -> None:
        """Cover `mask` with paper, shade it, and draw its contour (`outline` pixels, 0 for none)."""
        x, y, w, h = cv2.boundingRect(mask)
        if w == 0:
            return
        pad = 6
        box = np.s_[max(0, y - pad) : y + h + pad, max(0, x - pad) : x + w + pad]
        part = mask[box]
        height = _inflate(part, tone.thick if isinstance(tone, Volume) else 60)
        lines = self._hatch(box, part, height, tone, screen or Screen())
        alpha = part.astype(np.float32) / 255
        ink = self.ink[box].astype(np.float32) * (1 - alpha) + 255 * lines * alpha
        if outline > 0:
            ink = np.maximum(ink, 255 * self._contour(box, part, outline))
        self.ink[box] = np.clip(ink + 0.5, 0, 255).astype(np.uint8)

    def shade(self, mask: Array, tone: Tone, screen: Screen | None = None) -> None:
        """Add lines inside `mask` over what is there."""
        x, y, w, h = cv2.boundingRect(mask)
        if w == 0:
            return
        box = np.s_[y : y + h, x : x + w]
        part = mask[box]
        lines = self._hatch(box, part, _inflate(part, 60), tone, screen or Screen())
        self.ink[box] = np.maximum(self.ink[box], (255 * lines * (part > 127)).astype(np.uint8))

    def fill(self, mask: Array, value: int = 255) -> None:
        """Solid black (255) or cleared wood (0) inside `mask`."""
        alpha = mask.astype(np.float32) / 255
        self.ink = (self.ink * (1 - alpha) + value * alpha + 0.5).astype(np.uint8)

    def dots(self, mask: Array, spacing: float, radius: float, value: int = 255) -> None:
        """Punched dots on a jittered hexagonal grid inside `mask` (criblé)."""
        x, y, w, h = cv2.boundingRect(mask)
        for row in range(int(h / (spacing * 0.866)) + 1):
            for col in range(int(w / spacing) + 2):
                cx = x + (col + 0.5 * (row % 2)) * spacing + self.rng.normal(0, spacing * 0.08)
                cy = y + row * spacing * 0.866 + self.rng.normal(0, spacing * 0.08)
                if 0 <= cy < self.height and 0 <= cx < self.width and mask[int(cy), int(cx)] > 127:
                    r = radius * self.rng.uniform(0.75, 1.2)
                    cv2.circle(self.ink, (round(cx * 16), round(cy * 16)), round(r * 16), value, -1, cv2.LINE_AA, 4)

    def mirror(self) -> None:
        """Repeat the left half, mirrored, on the right."""
        half = self.width // 2
        self.ink[:, self.width - half :] = self.ink[:, :half][:, ::-1]

    def finished(self) -> Array:
        """The block after the last cut: slightly uneven lines and edges; uint8 (h, w), 255 prints black."""
        h, w = self.ink.shape
        grid_y, grid_x = np.mgrid[0:h, 0:w].astype(np.float32)
        dx = noise((h, w), 45, self.rng) * 1.0
        dy = noise((h, w), 45, self.rng) * 1.0
        ink = cv2.remap(self.ink, grid_x + dx, grid_y + dy, cv2.INTER_LINEAR)
        soft = cv2.GaussianBlur(ink, (0, 0), 0.9).astype(np.float32) / 255
        edge = noise((h, w), 3.2, self.rng) * 0.07
        return np.asarray(np.clip((soft - 0.47 + edge) * 2.6 + 0.5, 0, 1) * 255, np.uint8)

    # how lines come about ------------------------------------------------------------------------

    def _hatch(self, box: tuple[slice, slice], part: Array, height: Array, tone: Tone, screen: Screen) -> Array:
        ys, xs = (
            np.arange(box[0].start, box[0].start + part.shape[0]),
            np.arange(box[1].start, box[1].start + part.shape[1]),
        )
        x, y = np.meshgrid(xs.astype(np.float32), ys.astype(np.float32))
        t = _tone(tone, x, y, height)
        if not np.any(t > 0.02):
            return np.zeros(part.shape, np.float32)
        ink = self._lines(box, x, y, height, t, screen, screen.angle)
        if np.any(t > screen.cross):
            second = np.clip((t - screen.cross) * 1.5, 0, 0.6) * (t > screen.cross)
            ink = np.maximum(ink, self._lines(box, x, y, height, second, screen, screen.angle + 62))
        return ink

    def _lines(
        self, box: tuple[slice, slice], x: Array, y: Array, height: Array, tone: Array, screen: Screen, angle: float
    ) -> Array:
        a = math.radians(angle)
        if screen.phase is not None and angle == screen.angle:
            across = screen.phase(x, y)
        else:
            along = x * math.cos(a) + y * math.sin(a)
            across = -x * math.sin(a) + y * math.cos(a)
            if screen.wave[0]:
                across = across + screen.wave[0] * np.sin(along * (2 * math.pi / screen.wave[1]) + across * 0.11)
        phi = (across - screen.bulge * height + self.wobble[box]) / screen.spacing
        nearest = np.round(phi)
        gy, gx = np.gradient(phi) if min(phi.shape) > 1 else (np.full_like(phi, 0.1), np.zeros_like(phi))
        slope = np.clip(np.hypot(gx, gy), 0.02, 0.6)
        hand = self.lines[nearest.astype(np.int64) & 1023]
        t = np.where(tone > 0.97, 2.0, tone * (1 + 0.16 * hand) + 0.035 * self.grain[box])
        t = np.where(t < 0.11, 0, np.where(tone > 0.97, t, np.minimum(t, 0.84)))
        return np.asarray(np.clip((t / 2 - np.abs(phi - nearest)) / slope + 0.5, 0, 1) * (t > 0), np.float32)

    def _contour(self, box: tuple[slice, slice], part: Array, width: float) -> Array:
        inside = (part > 127).astype(np.uint8)
        distance = cv2.distanceTransform(inside, cv2.DIST_L2, 3) - cv2.distanceTransform(1 - inside, cv2.DIST_L2, 3)
        distance = cv2.GaussianBlur(distance, (0, 0), 1.0)
        gy, gx = np.gradient(distance)
        shadow = np.clip(gx * LIGHT[0] + gy * LIGHT[1], -1, 1)
        swell = width * (1 + 0.45 * shadow + 0.22 * self.grain[box])
        return np.asarray(np.clip(swell / 2 - np.abs(distance) + 0.5, 0, 1), np.float32)


def _inflate(mask: Array, thick: float) -> Array:
    """Height of a rounded form over `mask`, float32 in 0–1; edges 0, the middle of parts `thick` px deep 1."""
    distance = cv2.distanceTransform((mask > 127).astype(np.uint8), cv2.DIST_L2, 3)
    reach = min(thick, float(distance.max()) or 1.0)
    u = np.clip(distance / reach, 0, 1)
    return np.asarray(cv2.GaussianBlur(np.sqrt(u * (2 - u)).astype(np.float32), (0, 0), max(1.0, reach / 7)))


def _tone(tone: Tone, x: Array, y: Array, height: Array) -> Array:
    if isinstance(tone, Volume):
        gy, gx = np.gradient(height)
        reach = max(6.0, min(tone.thick, math.sqrt(height.size) / 4))
        lit = -(gx * LIGHT[0] + gy * LIGHT[1]) * reach * 0.55
        return np.asarray(np.clip(tone.light + (tone.dark - tone.light) * (0.38 + 0.62 * -lit), 0, 0.95), np.float32)
    if callable(tone):
        return np.asarray(tone(x, y), np.float32)
    return np.full(x.shape, tone, np.float32)


def _fixed(points: Array) -> Array:
    return np.round(np.asarray(points, np.float64) * 16).astype(np.int32)


def _quad(canvas: Array, a: Array, b: Array, ra: float, rb: float, value: int) -> None:
    d = b - a
    length = float(np.hypot(d[0], d[1]))
    if length < 1e-6:
        return
    n = np.array([-d[1], d[0]]) / length
    corners = np.array([a + n * ra, b + n * rb, b - n * rb, a - n * ra])
    cv2.fillConvexPoly(canvas, _fixed(corners), value, cv2.LINE_AA, 4)
