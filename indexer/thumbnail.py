"""The small picture kept in the collection."""

from __future__ import annotations

import numpy as np

from indexer.core.settings import ThumbnailSettings
from indexer.core.types import Array, require_shape


def thumbnail(rgb: Array, settings: ThumbnailSettings) -> bytes:
    """WebP of an image, uint8 (h, w, 3), reduced to `settings.side` pixels; never enlarged.

    Raises:
        ValueError: Another shape or dtype.
    """
    import cv2

    require_shape("rgb", rgb, (None, None, 3))
    if rgb.dtype != np.uint8:
        raise ValueError(f"rgb: expected uint8, got {rgb.dtype}")
    scale = min(1.0, settings.side / max(rgb.shape[:2]))
    if scale < 1:
        size = max(1, round(rgb.shape[1] * scale)), max(1, round(rgb.shape[0] * scale))
        rgb = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA)
    bgr = cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR)
    ok, data = cv2.imencode(".webp", bgr, [cv2.IMWRITE_WEBP_QUALITY, settings.quality])
    if not ok:
        raise ValueError(f"rgb: cannot be written as WebP, shape {rgb.shape}")
    return bytes(data)
