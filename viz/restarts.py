"""JPEG pages whose tiles can be put in another order without being decoded.

A JPEG may hold restart markers (ITU-T T.81, E.1.4): what follows one depends on nothing before it and begins on a
whole byte. With a marker after every row of blocks of every tile, a page is a string of independent pieces, and a page
of other tiles is a string of theirs. So pictures can be prepared before anybody knows where they will lie on the map.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from indexer.core.types import Array

BLOCK = 16
"""Pixels across that a JPEG with halved colour codes together (T.81, A.2.3); tiles are cut at its multiples only."""
_END = b"\xff\xd9"
_FIRST_RESTART = 0xD0
_START_OF_SCAN = 0xDA


@dataclass(frozen=True, slots=True)
class Form:
    """How the sheets and pages of one level are encoded: only those of one form can exchange tiles.

    Attributes:
        side: Of a tile in pixels, a multiple of `BLOCK`.
        quality: JPEG quality, 1–100.
    """

    side: int
    quality: int

    @property
    def rows(self) -> int:
        """Pieces of one tile: one for each row of blocks."""
        return self.side // BLOCK

    def encode(self, picture: Array) -> bytes:
        """A JPEG of `picture`, uint8 (h, w, 3) BGR, both multiples of `side`, that can be cut into its tiles."""
        import cv2

        options = {
            cv2.IMWRITE_JPEG_QUALITY: self.quality,
            cv2.IMWRITE_JPEG_SAMPLING_FACTOR: cv2.IMWRITE_JPEG_SAMPLING_FACTOR_420,
            cv2.IMWRITE_JPEG_RST_INTERVAL: self.side // BLOCK,
        }
        return bytes(cv2.imencode(".jpg", picture, [v for pair in options.items() for v in pair])[1].tobytes())


def cuts(data: bytes) -> Array:
    """Where the pieces of a JPEG begin, int64 (pieces + 1,): piece i is `data[cuts[i] : cuts[i + 1] - 2]`.

    Pieces come row of blocks by row of blocks, in each from left to right.
    """
    first = scan_start(data)
    scan = np.frombuffer(data, np.uint8, offset=first)
    after = scan[1:] - np.uint8(_FIRST_RESTART)  # wraps around below: only D0–D7 become less than 8
    markers = np.flatnonzero((scan[:-1] == 0xFF) & (after < 8))
    return np.concatenate([[0], markers + 2, [len(scan)]]).astype(np.int64) + first


def scan_start(data: bytes) -> int:
    """Where the header ends and the coded picture begins."""
    at = 2
    while data[at + 1] != _START_OF_SCAN:
        at += 2 + int.from_bytes(data[at + 2 : at + 4], "big")
    return at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")


def join(header: bytes, pieces: Sequence[bytes | memoryview]) -> bytes:
    """A JPEG of `pieces` in their order.

    Args:
        header: All before the coded picture, of a picture of the same form and of the new one's size.
        pieces: As `cuts` delimits them.
    """
    page = bytearray(header + b"\xff\xd0".join(pieces) + _END)
    ends = len(header) + np.cumsum(np.fromiter(map(len, pieces), np.int64, len(pieces)) + 2) - 2
    numbers = np.frombuffer(page, np.uint8)
    numbers[ends[:-1] + 1] = _FIRST_RESTART + np.arange(len(pieces) - 1) % 8  # markers count from 0 to 7 and again
    return bytes(page)
