"""The part of a picture that CLIP is shown for a region. Indexing and queries share it."""

from __future__ import annotations

from indexer.core.geometry import Box, box_slices
from indexer.core.types import Array, DecodedImage

CONTEXT = 0.04
"""Share of a box's width and height added on each side: a tight frame cuts the outline that the network needs."""


def with_context(box: Box, width: float, height: float, context: float = CONTEXT) -> Box:
    """`box` a little larger, inside an image of `width` × `height`; a box that holds all of it stays as it is."""
    x0, y0 = max(0.0, box[0] - context * box[2]), max(0.0, box[1] - context * box[3])
    x1, y1 = min(width, box[0] + (1 + context) * box[2]), min(height, box[1] + (1 + context) * box[3])
    return x0, y0, max(x1 - x0, 1.0), max(y1 - y0, 1.0)


def crop_for_clip(image: DecodedImage, box: Box | None) -> Array:
    """uint8 (h, w, 3), a view of the picture's pixels: all of it, or the box with its context."""
    if box is None:
        return image.rgb
    rows, columns = box_slices(with_context(box, image.width, image.height), image.scale, image.rgb.shape)
    return image.rgb[rows, columns]
