"""What a block is: its kind, its words for the catalogue, its size, and the function that cuts it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from indexer.core.types import Array
from indexer.printshop.burin import Plate
from indexer.printshop.chance import generator


@dataclass(frozen=True, slots=True)
class Design:
    """A drawing that can be cut into a block.

    Attributes:
        name: Unique block id.
        kind: ornament, initial, emblem, map or illustration.
        subject: Words for the catalogue, in English.
        size: Width and height in pixels of the block.
        cut: Draws on an empty plate; all its randomness comes from the plate's generator.
    """

    name: str
    kind: str
    subject: str
    size: tuple[int, int]
    cut: Callable[[Plate], None]

    def block(self, seed: int) -> Array:
        """The finished block, uint8 (h, w), 255 prints black; equal for equal seeds."""
        plate = Plate(*self.size, generator(seed, "block", self.name))
        self.cut(plate)
        return plate.finished()
