"""Any pixels that libvips hands out, as 8-bit sRGB: profiles, CMYK, 16-bit, greys, transparency over white."""

from __future__ import annotations

from typing import Any

import numpy as np

from indexer.core.types import Array
from indexer.decode.header import is_srgb

_WHITE = {"uchar": 255.0, "ushort": 65535.0, "char": 127.0, "short": 32767.0}
_KNOWN = ("b-w", "srgb", "grey16", "rgb16", "cmyk", "lab", "labs", "labq", "xyz", "scrgb", "hsv", "lch", "rgb", "yxy")


def flatten(image: Any) -> Any:
    """Lay transparency over white. Before shrinking, so that edges mix with white and not with hidden colours."""
    if not image.hasalpha():
        return image
    white = 0.0 if image.interpretation == "cmyk" else _WHITE.get(image.format, 1.0)
    return image.flatten(background=[white] * (image.bands - 1))


def to_rgb(image: Any) -> Array:
    """Decode the pipeline into uint8 (h, w, 3)."""
    import cv2

    if image.bands == 2 or image.bands > 4 or (image.bands == 4 and image.interpretation != "cmyk"):
        image = image[0] if image.bands == 2 else image[:3]
    if image.format in ("uchar", "ushort") or image.interpretation in ("lab", "labs", "xyz", "scrgb"):
        pixels = _managed(image).numpy()
    else:
        pixels = _stretched(image.numpy())
    pixels = pixels.reshape(image.height, image.width, -1)
    if pixels.shape[2] == 1:
        return np.asarray(cv2.cvtColor(pixels, cv2.COLOR_GRAY2RGB))
    return np.ascontiguousarray(pixels[:, :, :3])


def _managed(image: Any) -> Any:
    """To 8-bit sRGB or grey by the embedded profile, else by what the format means."""
    import pyvips

    profile = image.get("icc-profile-data") if image.get_typeof("icc-profile-data") else b""
    if image.interpretation == "multiband":
        image = image.copy(
            interpretation=("rgb16" if image.format == "ushort" else "srgb") if image.bands >= 3 else "b-w"
        )
    cmyk = image.interpretation == "cmyk"
    if cmyk or (profile and not is_srgb(profile)):
        try:
            # Relative colorimetric keeps paper white white; "cmyk" is libvips's built-in press profile.
            return image.icc_transform(
                "srgb", embedded=True, input_profile="cmyk" if cmyk else "srgb", intent="relative", depth=8
            ).cast("uchar")
        except pyvips.Error:
            pass  # a damaged profile, or one for another kind of pixels: the plain meaning is the better guess
    if image.format == "uchar" and image.interpretation in ("b-w", "srgb"):
        return image
    return image.colourspace("b-w" if image.bands == 1 else "srgb").cast("uchar")


def _stretched(pixels: Array) -> Array:
    """Measurements without a fixed white (float, 32-bit): 0–1 or 0–255 as they are, anything else from min to max."""
    values = np.nan_to_num(np.asarray(pixels, np.float64), posinf=0.0, neginf=0.0)
    low, high = float(values.min(initial=0.0)), float(values.max(initial=0.0))
    if low >= 0 and high <= 1:
        low, high = 0.0, 1.0
    elif low >= 0 and high <= 255:
        low, high = 0.0, 255.0
    return np.round((values - low) * (255.0 / max(high - low, 1e-12))).astype(np.uint8)
