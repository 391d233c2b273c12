"""What lies around a page on a scan: desk, white ground, colour chart, ruler, the edges of the leaves below."""

from __future__ import annotations

import cv2
import leaves
import numpy as np
from numpy.random import Generator
from sheet import MARK, Image


def lay_down(rgb: Image, labels: Image, rng: Generator) -> tuple[Image, Image]:
    """The page, smaller, on a ground; longer side as before."""
    h, w = labels.shape
    kind = rng.choice(["white", "black", "grey", "texture"], p=[0.3, 0.3, 0.2, 0.2])
    room = rng.uniform(0.03, 0.35 if kind != "white" else 0.9, 4) * 0.5
    top, bottom = int(room[0] * h), int(room[1] * h)
    left, right = int(room[2] * w), int(room[3] * w)
    size = h + top + bottom, w + left + right
    ground = _ground(rng, str(kind), size)
    classes = np.full(size, MARK, np.uint8)
    ground[top : top + h, left : left + w], classes[top : top + h, left : left + w] = rgb, labels
    if rng.random() < 0.4:
        _leaves_below(ground, rng, (left, top, w, h))
    if rng.random() < (0.15 if kind == "white" else 0.6):
        _chart(ground, classes, rng, (left, top, w, h))
    factor = max(h, w) / max(size)
    out = int(size[1] * factor), int(size[0] * factor)
    return (
        cv2.resize(ground, out, interpolation=cv2.INTER_AREA),
        cv2.resize(classes, out, interpolation=cv2.INTER_NEAREST),
    )


def _ground(rng: Generator, kind: str, size: tuple[int, int]) -> Image:
    if kind == "texture":
        return leaves.texture(rng, *size)
    tone = {"white": 255, "black": int(rng.integers(0, 45)), "grey": int(rng.integers(60, 220))}[kind]
    noise = rng.normal(0, 0 if kind == "white" else rng.uniform(0, 5), size)
    return np.repeat(np.clip(tone + noise, 0, 255).astype(np.uint8)[..., None], 3, axis=2)


def _leaves_below(ground: Image, rng: Generator, box: tuple[int, int, int, int]) -> None:
    """Edges of the leaves below the page: fine lines along one side."""
    x, y, w, h = box
    reach = int(rng.integers(4, 30))
    tone = np.median(ground[y + h // 3 : y + 2 * h // 3 : 9, x : x + w : 9].reshape(-1, 3), axis=0)
    for k in range(reach):
        shade = tone * rng.uniform(0.5, 1.0)
        column = x + w + k if rng.random() < 0.97 else x + w
        ground[y + k // 3 : y + h - k // 4, min(column, ground.shape[1] - 1)] = shade


def _chart(ground: Image, classes: Image, rng: Generator, box: tuple[int, int, int, int]) -> None:
    """A colour chart with a ruler, beside the page or over its edge."""
    x, y, w, h = box
    rows, columns = ground.shape[:2]
    long, thick = int(rng.uniform(0.25, 0.7) * h), int(rng.uniform(0.03, 0.08) * h)
    chart = np.full((thick, long, 3), 250, np.uint8)
    count = int(rng.integers(6, 20))
    step = long // count
    for i in range(count):
        grey = int(255 * i / count)
        colour = (grey, grey, grey) if rng.random() < 0.4 else tuple(int(v) for v in rng.integers(0, 256, 3))
        cv2.rectangle(chart, (i * step, 2), ((i + 1) * step - 2, int(thick * 0.7)), colour, -1)
    for k in range(0, long, 5):
        cv2.line(chart, (k, thick), (k, thick - (thick // 4 if k % 25 == 0 else thick // 8)), (20, 20, 20), 1)
    if rng.random() < 0.5:
        chart = np.ascontiguousarray(chart.transpose(1, 0, 2))
        at = int(x + w + rng.uniform(-0.4, 1) * thick), int(y + rng.uniform(0, 0.5) * h)
    else:
        at = int(x + rng.uniform(0, 0.3) * w), int(y + h + rng.uniform(-0.4, 1) * thick)
    part = chart[: max(rows - at[1], 0), : max(columns - at[0], 0)]
    window = np.s_[at[1] : at[1] + part.shape[0], at[0] : at[0] + part.shape[1]]
    ground[window], classes[window] = part, MARK
