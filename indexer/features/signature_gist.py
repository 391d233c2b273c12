"""The gist of a picture: energy of Gabor filters on a coarse grid (Oliva & Torralba 2001)."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from indexer.core.types import Array
from indexer.features.signature_prepare import SQUARE_SIDE, Views

SCALES, ORIENTATIONS, GRID = 4, 8, 4
GIST_DIM = SCALES * ORIENTATIONS * (GRID * GRID + 1)


def gist(views: Views) -> Array:
    """Mean energy of 4 scales × 8 directions in 4 × 4 cells, and its spread over the picture; (544,)."""
    import scipy.fft

    plane = scipy.fft.fft2(_contrast_normalised(views.square).astype(np.complex64))
    parts: list[Array] = []
    for side, filters in _bank():
        energy = np.abs(scipy.fft.ifft2(_cropped(plane, side) * filters, axes=(1, 2)))
        energy *= (side / SQUARE_SIDE) ** 2
        cell = side // GRID
        grid = energy.reshape(ORIENTATIONS, GRID, cell, GRID, cell).mean(axis=(2, 4))
        spread = energy.reshape(ORIENTATIONS, -1).std(axis=1)
        parts += [grid.ravel(), spread]
    energies: Array = np.sqrt(np.concatenate(parts)).astype(np.float32)
    return energies


def _contrast_normalised(square: Array) -> Array:
    """Local mean out and local deviation to one, with a floor so that blank paper stays blank."""
    import cv2

    mean = cv2.GaussianBlur(square, (0, 0), 8.0, borderType=cv2.BORDER_REFLECT)
    centred = square - mean
    deviation = np.sqrt(cv2.GaussianBlur(centred * centred, (0, 0), 8.0, borderType=cv2.BORDER_REFLECT))
    normalised: Array = centred / (deviation + 0.1)
    return normalised


def _cropped(plane: Array, side: int) -> Array:
    """The low frequencies of a Fourier plane, as the plane of a picture of `side` × `side` pixels."""
    if side == plane.shape[0]:
        return plane
    keep = np.r_[0 : side // 2, plane.shape[0] - side // 2 : plane.shape[0]]
    cropped: Array = plane[np.ix_(keep, keep)]
    return cropped


@lru_cache(maxsize=1)
def _bank() -> tuple[tuple[int, Array], ...]:
    """(side, float32 (ORIENTATIONS, side, side)): polar-separable filters, one octave apart, from 0.3 cycles a pixel.

    Coarser scales are band-limited, so that they are computed on planes a quarter of the size.
    """
    bank = []
    for scale in range(SCALES):
        side = SQUARE_SIDE >> scale
        frequency = 0.3  # cycles a pixel of the reduced plane, so one octave lower at each scale
        fy, fx = np.meshgrid(np.fft.fftfreq(side), np.fft.fftfreq(side), indexing="ij")
        radius, angle = np.hypot(fx, fy), np.arctan2(fy, fx)
        radial = np.exp(-0.5 * (np.log2(np.maximum(radius, 1e-6) / frequency) / 0.45) ** 2)
        filters = []
        for k in range(ORIENTATIONS):
            away = np.angle(np.exp(1j * (angle - np.pi * k / ORIENTATIONS)))
            filters.append(radial * np.exp(-0.5 * (away / (np.pi / ORIENTATIONS)) ** 2))
        bank.append((side, np.asarray(filters, np.float32)))
    return tuple(bank)
