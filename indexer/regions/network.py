"""The page network: what each cell of a page belongs to. Runs on NumPy alone, so that workers need no torch.

Trained by `benchmarks/page_training/train.py`. Four levels, each of half the resolution of the one before: on the way
down residual dilated 3 × 3 layers, so that the lowest level sees the whole page; on the way up each level adds what
the lower ones know to its own detail (after Ronneberger et al. 2015, with sums instead of concatenations).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np

from indexer.core.types import Array

WIDTHS = (32, 64, 96, 128)
"""Channels of each level in networks to be trained; the two older ones have half as many (16, 32, 48, 64)."""
DILATIONS = ((1,), (1, 2), (1, 2, 4), (1, 2, 4, 1))
"""Dilations of the 3 × 3 layers of each level on the way down; there is one plain one of each level on the way up."""
LAYERS = 1 + sum(len(d) for d in DILATIONS) + 3 * (len(WIDTHS) - 1) + 1
CLASSES = ("paper", "text", "picture", "initial")
NAMES = ("page_weights_wide.npz", "page_weights.npz", "page_weights_worn.npz")
WEIGHTS = tuple(Path(__file__).with_name(name) for name in NAMES)
"""Three networks, whose mean is taken. The first sees the pixels of the cells, too; the last has seen more stains,
stamps and handwriting than the second and is more careful."""
Layer = tuple[Array, Array]


@cache
def load_weights(path: Path = WEIGHTS[0]) -> tuple[Layer, ...]:
    """(matrix, bias) of each layer, float32; matrices are (taps × channels in, channels out), taps row by row."""
    with np.load(path) as content:
        return tuple((content[f"w{i}"].astype(np.float32), content[f"b{i}"].astype(np.float32)) for i in range(LAYERS))


def classify_cells(cells: Array, weights: tuple[Layer, ...] | None = None) -> Array:
    """Share of each class in each cell.

    Args:
        cells: float32 (rows, columns, channels) of `describe_cells`; the older networks know only the first of them.
        weights: As `load_weights` gives them; None for the mean of the shipped networks.

    Returns:
        float32 (rows, columns, len(CLASSES)), each cell sums to 1.
    """
    networks = [weights] if weights else [load_weights(path) for path in WEIGHTS]
    total = np.zeros((*cells.shape[:2], len(CLASSES)), np.float32)
    for network in networks:
        total += _shares(cells, network)
    return np.asarray(total / np.float32(len(networks)))


def _shares(cells: Array, weights: tuple[Layer, ...]) -> Array:
    """What one network says."""
    rows, columns, _ = cells.shape
    step = 2 ** (len(WIDTHS) - 1)
    layers = iter(weights)
    cells = cells[..., : len(weights[0][0])]
    x = _dense(np.pad(cells, ((0, -rows % step), (0, -columns % step), (0, 0))), next(layers))
    logits = _up(_down(x, layers), layers)[:rows, :columns]
    logits = np.exp(logits - logits.max(axis=2, keepdims=True))
    shares: Array = logits / logits.sum(axis=2, keepdims=True)
    return shares


def _down(x: Array, layers: Iterator[Layer]) -> list[Array]:
    """What each level sees, finest first."""
    levels = []
    for level, dilations in enumerate(DILATIONS):
        if level:
            x = _dense(_fold(x), next(layers))
        for dilation in dilations:
            x = x + _convolve(x, next(layers), dilation)
        levels.append(x)
    return levels


def _up(levels: list[Array], layers: Iterator[Layer]) -> Array:
    """Logits of the finest level, (rows, columns, classes)."""
    x = levels[-1]
    for finer in reversed(levels[:-1]):
        x = finer + _dense(x, next(layers)).repeat(2, axis=0).repeat(2, axis=1)
        x = x + _convolve(x, next(layers), 1)
    matrix, bias = next(layers)
    logits: Array = x @ matrix + bias
    return logits


def _dense(x: Array, layer: Layer) -> Array:
    matrix, bias = layer
    positive: Array = np.maximum(x @ matrix + bias, 0)
    return positive


def _fold(x: Array) -> Array:
    """Four neighbours become one place with four times the channels, row by row."""
    rows, columns, channels = x.shape
    folded: Array = x.reshape(rows // 2, 2, columns // 2, 2, channels).transpose(0, 2, 1, 3, 4)
    return folded.reshape(rows // 2, columns // 2, 4 * channels)


BAND = 1 << 18
"""Numbers gathered at once for a convolution (1 MB): more than the cache of a core holds takes twice as long."""


def _convolve(x: Array, layer: Layer, dilation: int) -> Array:
    """Dilated 3 × 3 convolution with zeros around, as products of matrices, band by band; what is positive of it."""
    rows, columns, channels = x.shape
    matrix, bias = layer
    d = dilation
    wide = np.pad(x, ((d, d), (d, d), (0, 0)))
    out: Array = np.empty((rows, columns, matrix.shape[1]), np.float32)
    band = max(BAND // (columns * 9 * channels), 1)
    taps = np.empty((min(band, rows), columns, 9, channels), np.float32)
    for top in range(0, rows, band):
        height = min(band, rows - top)
        for i in range(3):
            for j in range(3):
                y = top + i * d
                taps[:height, :, 3 * i + j] = wide[y : y + height, j * d : j * d + columns]
        product = taps[:height].reshape(-1, 9 * channels) @ matrix
        out[top : top + height] = product.reshape(height, columns, -1)
    out += bias
    return np.maximum(out, 0, out=out)
