"""Turning a projection into a map: upright on wide screens, and without seas between its islands.

UMAP's distances between separate groups mean little, its rotation nothing; long empty stretches only make all pictures
smaller. Inside an island nothing moves.
"""

from __future__ import annotations

import numpy as np

from indexer.core.types import Array
from viz.project import SMALLEST_FOR_UMAP, normalise

RASTER = 160
"""Squares along the longer side in which islands are told apart."""
REACH = 2
"""Squares that an island's shore is widened by: points nearer than that are one island."""
STRAIT = 1
"""Squares of water left between islands."""
ASPECT = 1.6
_AROUND = np.array([(x, y) for x in (-1, 0, 1) for y in (-1, 0, 1) if x or y])


def as_map(xy: Array) -> Array:
    """`xy` (n, 2) turned, gathered and scaled to −1 … 1; float32."""
    return normalise(gather(turn(xy)) if len(xy) >= SMALLEST_FOR_UMAP else xy)


def turn(xy: Array) -> Array:
    """Rotated so that the longest extent is horizontal; the half with more points below and to the left."""
    centred = xy.astype(np.float64) - xy.mean(axis=0)
    _, axes = np.linalg.eigh(centred.T @ centred)
    turned = centred @ axes[:, ::-1]
    turned *= np.where((turned**3).sum(axis=0) < 0, -1, 1)  # signs of eigenvectors are arbitrary
    return np.asarray(turned, np.float32)


def align(xy: Array, to: Array) -> Array:
    """`xy` shifted, turned or mirrored, and scaled to lie as near as possible to `to` (Procrustes); float32 (n, 2)."""
    a, b = xy.astype(np.float64) - xy.mean(axis=0), to.astype(np.float64) - to.mean(axis=0)
    left, strength, right = np.linalg.svd(a.T @ b)
    scale = strength.sum() / max(float((a**2).sum()), 1e-12)
    return np.asarray(a @ left @ right * scale + to.mean(axis=0), np.float32)


def gather(xy: Array) -> Array:
    """Islands moved straight towards the largest one until a narrow strait is left; shapes stay as they are."""
    from scipy import ndimage

    placed = normalise(xy).astype(np.float64)
    cells = np.floor((placed + 1) / 2 * (RASTER - 1)).astype(np.int64)
    land = np.zeros((RASTER + 2 * REACH,) * 2, bool)
    land[cells[:, 0] + REACH, cells[:, 1] + REACH] = True
    numbers, count = ndimage.label(ndimage.binary_dilation(land, iterations=REACH), np.ones((3, 3)))
    if count < 2:
        return placed.astype(np.float32)
    island = numbers[cells[:, 0] + REACH, cells[:, 1] + REACH] - 1
    for number, shift in _shifts(cells, island, count):
        placed[island == number] += np.array(shift) * 2 / (RASTER - 1)
    return placed.astype(np.float32)


def _shifts(cells: Array, island: Array, count: int) -> list[tuple[int, tuple[int, int]]]:
    """How many squares each island moves. Nearer ones go first, so that nobody has to jump over another."""
    from scipy import ndimage

    sizes = np.bincount(island, minlength=count)
    main = int(sizes.argmax())
    goal = cells[island == main].mean(axis=0)
    wide = np.ones((2 * (REACH + STRAIT) + 1,) * 2, bool)
    pad = RASTER // 2
    taken = np.zeros((RASTER + 2 * pad,) * 2, bool)

    def occupy(squares: Array) -> None:
        own = np.zeros_like(taken)
        own[squares[:, 0] + pad, squares[:, 1] + pad] = True
        np.logical_or(taken, ndimage.binary_dilation(own, wide), out=taken)

    occupy(np.unique(cells[island == main], axis=0))
    others = sorted(
        (i for i in range(count) if i != main), key=lambda i: float(np.hypot(*(cells[island == i].mean(axis=0) - goal)))
    )
    result = []
    for number in others:
        squares = np.unique(cells[island == number], axis=0)
        shift = _approach(squares, goal, taken, pad)
        occupy(squares + shift)
        result.append((number, shift))
    return result


def _approach(squares: Array, goal: Array, taken: Array, pad: int) -> tuple[int, int]:
    """Square by square towards `goal`, around what is taken, until no step leads nearer."""
    middle = squares.mean(axis=0)
    shape = np.array([1 / ASPECT, 1.0])  # a step up or down costs more than one sideways: screens are wide

    def free(shift: Array) -> bool:
        moved = squares + shift + pad
        return not taken[moved[:, 0], moved[:, 1]].any()

    best = np.zeros(2, np.int64)
    for _ in range(4 * RASTER):
        tries = best + _AROUND
        far = np.hypot(*((middle + tries - goal) * shape).T)
        now = float(np.hypot(*((middle + best - goal) * shape)))
        nearer = [tries[i] for i in np.argsort(far, kind="stable") if far[i] < now - 1e-9 and free(tries[i])]
        if not nearer:
            break
        best = nearer[0]
    return int(best[0]), int(best[1])
