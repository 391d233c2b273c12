"""Images and regions of a snapshot as arrays."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pyarrow as pa

from indexer.core.types import Array


def positions(ascending_ids: Array, wanted: Array) -> Array:
    """int64 (len(wanted),): where each wanted id stands in `ascending_ids`, -1 for absent."""
    if not len(ascending_ids):
        return np.full(len(wanted), -1, np.int64)
    at = np.minimum(np.searchsorted(ascending_ids, wanted), len(ascending_ids) - 1)
    return np.where(ascending_ids[at] == wanted, at, -1)


class TextColumn(Sequence[str]):
    """A column of text that stays in Arrow: a list of a million Python strings takes ten times the memory."""

    def __init__(self, column: pa.Array) -> None:
        self.arrow = column

    def __len__(self) -> int:
        return len(self.arrow)

    def __getitem__(self, at: Any) -> Any:
        return self.arrow[at].to_pylist() if isinstance(at, slice) else (self.arrow[int(at)].as_py() or "")


@dataclass(frozen=True)
class ImageRows:
    """Live images.

    Attributes:
        ids: int64 (n,), ascending.
        sources: int32 (n,).
        names, documents: text (n,).
        sizes: int32 (n, 2), original upright width and height.
        phashes: uint64 (n,).
    """

    ids: Array
    sources: Array
    names: Sequence[str]
    documents: Sequence[str]
    sizes: Array
    phashes: Array

    @classmethod
    def of(cls, table: pa.Table) -> ImageRows:
        """From the columns of the images table, rows in id order."""
        return cls(
            ids=table["image_id"].to_numpy(),
            sources=table["source"].to_numpy(),
            names=TextColumn(table["name"].combine_chunks()),
            documents=TextColumn(table["document"].combine_chunks()),
            sizes=np.stack([table["width"].to_numpy(), table["height"].to_numpy()], axis=1).reshape(-1, 2),
            phashes=table["phash"].to_numpy(),
        )

    def __len__(self) -> int:
        return len(self.ids)

    def position(self, image_id: int) -> int:
        """Where the image stands; KeyError when it is not live."""
        at = int(self.positions([image_id])[0])
        if at < 0:
            raise KeyError(image_id)
        return at

    def positions(self, image_ids: Iterable[int]) -> Array:
        """int64: position of each id, -1 for absent."""
        return positions(self.ids, np.fromiter(image_ids, np.int64))

    @cached_property
    def _by_name(self) -> dict[str, list[int]]:
        table: dict[str, list[int]] = {}
        for at, name in enumerate(self.names):
            table.setdefault(name, []).append(at)
        return table

    def positions_of_name(self, name: str) -> list[int]:
        """Positions of the images with that name."""
        return self._by_name.get(name, [])


@dataclass(frozen=True)
class RegionRows:
    """Regions of live images.

    Attributes:
        ids: int64 (m,), ascending.
        image_ids: int64 (m,).
        image_positions: int64 (m,), into `ImageRows`.
        boxes: float32 (m, 4), `[x, y, width, height]` in original pixels.
        kinds, origins, labels: text (m,).
        masks: text (m,), COCO run-length counts, "" for the whole box.
        parents: int64 (m,), region ids, -1 for none.
        scores: float32 (m,).
    """

    ids: Array
    image_ids: Array
    image_positions: Array
    boxes: Array
    kinds: Sequence[str]
    origins: Sequence[str]
    labels: Sequence[str]
    masks: Sequence[str]
    parents: Array
    scores: Array

    @classmethod
    def of(cls, table: pa.Table, image_ids: Array) -> RegionRows:
        """From the regions table, keeping those of the live `image_ids` (ascending)."""
        table = table.take(pa.array(np.argsort(table["region_id"].to_numpy(), kind="stable")))
        at = positions(image_ids, table["image_id"].to_numpy())
        table, at = table.filter(pa.array(at >= 0)), at[at >= 0]
        boxes = np.stack([table[c].to_numpy() for c in "xywh"], axis=1).reshape(-1, 4)
        texts = {c: TextColumn(table[c].combine_chunks()) for c in ("kind", "origin", "label", "mask")}
        return cls(
            ids=table["region_id"].to_numpy(),
            image_ids=table["image_id"].to_numpy(),
            image_positions=at,
            boxes=boxes.astype(np.float32),
            kinds=texts["kind"],
            origins=texts["origin"],
            labels=texts["label"],
            masks=texts["mask"],
            parents=table["parent"].to_numpy(),
            scores=table["score"].to_numpy(),
        )

    def __len__(self) -> int:
        return len(self.ids)

    def position(self, region_id: int) -> int:
        """Where the region stands; KeyError when it is not live."""
        at = int(self.positions([region_id])[0])
        if at < 0:
            raise KeyError(region_id)
        return at

    def positions(self, region_ids: Iterable[int]) -> Array:
        """int64: position of each id, -1 for absent."""
        return positions(self.ids, np.fromiter(region_ids, np.int64))

    @cached_property
    def _order(self) -> tuple[Array, Array]:
        order = np.argsort(self.image_positions, kind="stable")
        return order, self.image_positions[order]

    def of_image(self, image_position: int) -> Array:
        """int64: positions of the image's regions in id order (the first is the whole image)."""
        order, sorted_images = self._order
        return order[
            np.searchsorted(sorted_images, image_position) : np.searchsorted(sorted_images, image_position, "right")
        ]
