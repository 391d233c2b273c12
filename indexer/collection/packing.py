"""Keypoints of an image as two byte strings: 16 bytes of geometry and 128 of descriptor a keypoint."""

from __future__ import annotations

import numpy as np

from indexer.core.types import LocalFeatures

GEOMETRY = np.dtype(
    [("x", "<f4"), ("y", "<f4"), ("scale", "<f2"), ("angle", "<u2"), ("response", "<f2"), ("region", "<i2")]
)
_TURN = 65536.0 / 360.0


def pack(features: LocalFeatures) -> tuple[bytes, bytes]:
    """`(geometry, descriptors)` of the keypoints; angles keep 0.006°, scales and responses three digits."""
    rows = np.zeros(len(features), GEOMETRY)
    rows["x"], rows["y"] = features.xy[:, 0], features.xy[:, 1]
    rows["scale"] = np.minimum(features.scales, 65000.0)
    rows["angle"] = np.round(np.mod(features.angles, 360.0) * _TURN).astype(np.int64) % 65536
    rows["response"] = np.minimum(features.responses, 65000.0)
    rows["region"] = features.regions
    return rows.tobytes(), np.ascontiguousarray(features.descriptors).tobytes()


def unpack(geometry: bytes, descriptors: bytes) -> LocalFeatures:
    """The inverse of `pack`."""
    rows = np.frombuffer(geometry, GEOMETRY)
    return LocalFeatures(
        xy=np.stack([rows["x"], rows["y"]], axis=1),
        scales=rows["scale"].astype(np.float32),
        angles=rows["angle"].astype(np.float32) / np.float32(_TURN),
        responses=rows["response"].astype(np.float32),
        descriptors=np.frombuffer(descriptors, np.uint8).reshape(len(rows), 128),
        regions=rows["region"].astype(np.int32),
    )
