"""Which keypoints of a query lie on letterpress, and therefore prove nothing."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from indexer.core.geometry import Box, box_slices
from indexer.core.types import Array, DecodedImage, LocalFeatures


class Letters:
    """The lines of letters on the part of a query picture that is meant; looked for once, and only when asked."""

    def __init__(self, decoded: DecodedImage, box: Box) -> None:
        self._decoded = decoded
        self._window = box_slices(box, decoded.scale, decoded.rgb.shape)

    @cached_property
    def mask(self) -> Array:
        """bool, of the size of the part in decoded pixels."""
        from indexer.regions.text import text_mask

        return np.asarray(text_mask(np.ascontiguousarray(self._decoded.rgb[self._window])) > 0)

    def under(self, features: LocalFeatures) -> Array:
        """bool (n,): the keypoints that stand on lines of letters."""
        rows, columns = self._window
        at = np.floor(features.xy * self._decoded.scale).astype(np.int64) - [columns.start, rows.start]
        at = np.clip(at, 0, [self.mask.shape[1] - 1, self.mask.shape[0] - 1])
        return np.asarray(self.mask[at[:, 1], at[:, 0]])
