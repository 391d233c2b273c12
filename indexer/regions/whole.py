"""The whole image as one region."""

from __future__ import annotations

from indexer.core.types import DecodedImage, Regions


def propose(decoded: DecodedImage) -> Regions:
    """One region that covers the image."""
    box = (0.0, 0.0, float(decoded.width), float(decoded.height))
    return Regions.of([{"box": box, "kind": "whole", "origin": "whole"}])
