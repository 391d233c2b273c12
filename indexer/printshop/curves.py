"""Curves that a hand would draw: splines, spirals, arcs. Points are float64 (n, 2), x right and y down."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from indexer.core.types import Array

Points = Array | Sequence[Any]


def spline(points: Points, closed: bool = False, steps: int = 8) -> Array:
    """Catmull-Rom through `points` (n, 2), `steps` samples a span; float64 (m, 2)."""
    p = np.asarray(points, np.float64).reshape(-1, 2)
    if len(p) < 3:
        return p
    q = np.vstack([p[-1], p, p[:2]]) if closed else np.vstack([2 * p[0] - p[1], p, 2 * p[-1] - p[-2]])
    t = np.linspace(0, 1, steps, endpoint=False)[None, :, None]
    a, b, c, d = (q[i : len(q) - 3 + i, None, :] for i in range(4))
    curve = 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
    samples = curve.reshape(-1, 2)
    return samples if closed else np.vstack([samples, p[-1]])


def ellipse(cx: float, cy: float, rx: float, ry: float, start: float = 0, end: float = 360, n: int = 72) -> Array:
    """Points on an ellipse from `start` to `end` degrees, clockwise on the page, 0 to the right."""
    t = np.radians(np.linspace(start, end, n))
    return np.stack([cx + rx * np.cos(t), cy + ry * np.sin(t)], axis=1)


def spiral(cx: float, cy: float, radius: float, turns: float, start: float, hand: int = 1, n: int = 60) -> Array:
    """A scroll from `radius` inwards, beginning at `start` degrees; `hand` +1 clockwise, −1 the other way."""
    u = np.linspace(0, 1, n)
    angle = math.radians(start) + hand * u * turns * 2 * math.pi
    r = radius * (1 - 0.9 * u**0.85)
    return np.stack([cx + r * np.cos(angle), cy + r * np.sin(angle)], axis=1)


def turn(points: Points, degrees: float, about: tuple[float, float] = (0, 0)) -> Array:
    """Points rotated clockwise on the page."""
    p, c = np.asarray(points, np.float64).reshape(-1, 2), np.asarray(about, np.float64)
    a = math.radians(degrees)
    return np.asarray((p - c) @ np.array([[math.cos(a), math.sin(a)], [-math.sin(a), math.cos(a)]]) + c)


def place(points: Points, x: float, y: float, scale: float = 1, degrees: float = 0, flip: bool = False) -> Array:
    """A shape drawn around the origin put at (x, y)."""
    p = np.asarray(points, np.float64).reshape(-1, 2) * (scale * (-1 if flip else 1), scale)
    return np.asarray(turn(p, degrees) + np.array([x, y]))


def rough(points: Points, amount: float, rng: np.random.Generator) -> Array:
    """Points moved by a normal error of `amount` pixels."""
    p = np.asarray(points, np.float64).reshape(-1, 2)
    return p + rng.normal(0, amount, p.shape)


def lobes(cx: float, cy: float, rx: float, ry: float, count: int, depth: float, rng: np.random.Generator) -> Array:
    """A closed scalloped outline, as of a cloud or the crown of a tree."""
    t = np.linspace(0, 2 * math.pi, count * 8, endpoint=False)
    bump = np.abs(np.sin(t * count / 2 + rng.uniform(0, 3)))
    r = 1 - depth + depth * bump + 0.06 * np.sin(3 * t + rng.uniform(0, 6))
    return np.stack([cx + rx * r * np.cos(t), cy + ry * r * np.sin(t)], axis=1)


def tangents(points: Array) -> Array:
    """Unit tangents of a polyline (n, 2)."""
    d = np.gradient(points, axis=0)
    return np.asarray(d / np.maximum(np.linalg.norm(d, axis=1, keepdims=True), 1e-9))
