"""Which keypoints of a query lie on letterpress, and therefore prove nothing."""

from __future__ import annotations

import numpy as np

from indexer.core.types import Array, DecodedImage
from search.channels.instance_query import QueryFeatures

MISTAKEN = 0.6
"""With more than this part of the keypoints on text, the detector has taken hatching for letters, or all is text."""


def on_text(decoded: DecodedImage, query: QueryFeatures) -> Array:
    """bool (n,): the query's keypoints that stand on lines of letters."""
    from indexer.core.geometry import box_slices
    from indexer.regions.text import text_mask

    rows, columns = box_slices(query.box, decoded.scale, decoded.rgb.shape)
    mask = text_mask(np.ascontiguousarray(decoded.rgb[rows, columns])) > 0
    at = np.floor(query.features.xy * decoded.scale).astype(np.int64) - [columns.start, rows.start]
    at = np.clip(at, 0, [mask.shape[1] - 1, mask.shape[0] - 1])
    return np.asarray(mask[at[:, 1], at[:, 0]])
