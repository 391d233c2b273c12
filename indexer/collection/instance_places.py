"""A keypoint's place in 32 bits: x and y in 10 bits each, angle and size in 6 bits each."""

from __future__ import annotations

import numpy as np

from indexer.core.types import Array, LocalFeatures

STEPS = 1024
ANGLES = 64
SIZES = 64
OCTAVES = 12.0
"""Keypoint sizes from 2⁻¹² of the image's longer side to all of it."""


def pack_places(features: LocalFeatures, side: float) -> Array:
    """uint32 (n,): places of keypoints in an image whose longer side has `side` pixels."""
    xy = np.clip(features.xy.astype(np.float64) / side * STEPS, 0, STEPS - 1).astype(np.uint32)
    angle = np.rint(features.angles.astype(np.float64) / 360.0 * ANGLES).astype(np.int64) % ANGLES
    octave = np.log2(np.maximum(features.scales.astype(np.float64) / side, 2.0**-OCTAVES)) + OCTAVES
    size = np.clip(np.rint(octave / OCTAVES * SIZES), 0, SIZES - 1)
    return np.asarray(xy[:, 0] << 22 | xy[:, 1] << 12 | angle.astype(np.uint32) << 6 | size.astype(np.uint32))


def unpack_places(packed: Array, sides: Array) -> tuple[Array, Array, Array]:
    """Centres float32 (n, 2), sizes float32 (n,) in pixels and angles float32 (n,) in degrees.

    Args:
        packed: uint32 (n,).
        sides: float32 (n,), the longer side of each keypoint's image in pixels.
    """
    xy = np.stack([packed >> 22, packed >> 12 & 1023], axis=1).astype(np.float32) + np.float32(0.5)
    angles = (packed >> 6 & 63).astype(np.float32) * np.float32(360.0 / ANGLES)
    sizes = np.exp2((packed & 63).astype(np.float32) * np.float32(OCTAVES / SIZES) - np.float32(OCTAVES)) * sides
    return xy * (sides / np.float32(STEPS))[:, None], sizes, angles
