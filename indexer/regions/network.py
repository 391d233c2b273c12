"""The page network: what each cell of a page belongs to. Runs on NumPy alone, so that workers need no torch.

Trained by `benchmarks/page_training/train.py`; layers: 1 × 1, residual dilated 3 × 3, 1 × 1 to four classes.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np

from indexer.core.types import Array

WIDTH = 32
DILATIONS = (1, 2, 4, 8, 16, 4, 1)
CLASSES = ("paper", "text", "picture", "initial")
WEIGHTS = Path(__file__).with_name("page_weights.npz")


@cache
def load_weights(path: Path = WEIGHTS) -> tuple[tuple[Array, Array], ...]:
    """(matrix, bias) of each layer, float32; matrices are (taps × channels in, channels out), taps row by row."""
    with np.load(path) as content:
        return tuple(
            (content[f"w{i}"].astype(np.float32), content[f"b{i}"].astype(np.float32))
            for i in range(len(DILATIONS) + 2)
        )


def classify_cells(cells: Array, weights: tuple[tuple[Array, Array], ...] | None = None) -> Array:
    """Share of each class in each cell.

    Args:
        cells: float32 (rows, columns, channels) of `describe_cells`.
        weights: As `load_weights` gives them; None for the shipped ones.

    Returns:
        float32 (rows, columns, len(CLASSES)), each cell sums to 1.
    """
    first, *middle, last = weights or load_weights()
    x = np.maximum(cells @ first[0] + first[1], 0)
    for (matrix, bias), dilation in zip(middle, DILATIONS, strict=True):
        x = x + np.maximum(_convolve(x, matrix, dilation) + bias, 0)
    logits = x @ last[0] + last[1]
    logits = np.exp(logits - logits.max(axis=2, keepdims=True))
    shares: Array = logits / logits.sum(axis=2, keepdims=True)
    return shares


def _convolve(x: Array, matrix: Array, dilation: int) -> Array:
    """Dilated 3 × 3 convolution with zeros around, as one product of matrices."""
    rows, columns, channels = x.shape
    d = dilation
    wide = np.pad(x, ((d, d), (d, d), (0, 0)))
    taps = [wide[i * d : i * d + rows, j * d : j * d + columns] for i in range(3) for j in range(3)]
    product: Array = np.concatenate(taps, axis=2).reshape(-1, 9 * channels) @ matrix
    return product.reshape(rows, columns, -1)
