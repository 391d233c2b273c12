"""Reading raw signatures and keypoints from a snapshot, to learn the model and to compute vectors.

Everything goes in batches: memory does not grow with the collection.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from indexer.collection import tables
from indexer.collection.rows import positions
from indexer.core.errors import CollectionError
from indexer.core.types import Array, LocalFeatures
from indexer.features.signature import NAME, RAW_DIM
from indexer.features.signature_model import Moments, SignatureModel, add_raw, learn, new_moments
from indexer.features.signature_vlad import VLAD_DIM, Codebook

SAMPLE_REGIONS = 20_000
"""Regions whose raw signatures the model is learnt on."""
SAMPLE_VLAD = 6_000
"""Regions whose local features the whitening of the aggregated vector is learnt on."""
SAMPLE_IMAGES, POINTS_AN_IMAGE = 1_500, 60
"""Images, and keypoints of each, that the codebook is learnt on."""
POINTS_A_REGION = 1_000
"""Strongest keypoints of a region that are aggregated."""
BATCH = 1024
_SEED = 7


class Reader:
    """Raw signatures and keypoints of a snapshot's regions.

    Attributes:
        ids: int64 (n,), ascending: the live regions that have a raw signature.
    """

    def __init__(self, snapshot: Any) -> None:
        self.snapshot = snapshot
        self._table = snapshot.table(f"vectors/{NAME}")
        stored = self._table.schema.field("vector").type.list_size
        if stored != RAW_DIM:
            raise CollectionError(
                f"The collection stores signatures of {stored} numbers, this version makes {RAW_DIM}.",
                "Index the source into a new collection.",
            )
        ids = self._table.to_table(columns=["region_id"])["region_id"].to_numpy()
        order = np.argsort(ids, kind="stable")
        live = snapshot.regions.positions(ids[order]) >= 0
        self.ids: Array = ids[order][live]
        self._offsets: Array = order[live]
        self._kept: dict[int, Array] = {}

    def raw(self, ids: Array) -> Array:
        """float32 (len(ids), RAW_DIM)."""
        taken = self._table.take(self._offsets[positions(self.ids, ids)].tolist(), columns=["vector"])
        raw: Array = tables.fp16_matrix(taken["vector"], RAW_DIM).astype(np.float32)
        return raw

    def aggregated(self, codebook: Codebook, ids: Array, keep: bool = False) -> Array:
        """float32 (len(ids), VLAD_DIM): aggregated local features; zeros for regions without keypoints.

        Args:
            keep: Remember them for the next call (8 kB a region): what is learnt on is embedded right after.
        """
        known = [self._kept.pop(i, None) for i in ids.tolist()]
        lacking = np.array([k for k, vlad in enumerate(known) if vlad is None], np.int64)
        out = np.zeros((len(ids), VLAD_DIM), np.float32)
        out[lacking] = self._aggregate(codebook, ids[lacking])
        for k, vlad in enumerate(known):
            if vlad is not None:
                out[k] = vlad
        if keep:
            self._kept.update(zip(ids.tolist(), out, strict=True))
        return out

    def _aggregate(self, codebook: Codebook, ids: Array) -> Array:
        regions = self.snapshot.regions
        rows = regions.positions(ids)
        image_ids, boxes = regions.image_ids[rows], regions.boxes[rows]
        of_image: dict[int, list[int]] = {}
        for at, image_id in enumerate(image_ids.tolist()):
            of_image.setdefault(image_id, []).append(at)
        out = np.zeros((len(ids), VLAD_DIM), np.float32)
        for image_id, features in self.snapshot.iter_keypoints(image_ids=np.unique(image_ids)):
            for at in of_image[image_id]:
                out[at] = codebook.aggregate(inside(features, boxes[at]))
        return out


def learn_model(reader: Reader) -> SignatureModel:
    """Learn codebook, centres and whitening on a sample of the regions; deterministic."""
    rng = np.random.default_rng(_SEED)
    codebook = Codebook.learn(_sample_descriptors(reader.snapshot, rng))
    moments = new_moments()
    for batch in _batches(_sample(reader.ids, SAMPLE_REGIONS, rng)):
        add_raw(moments, reader.raw(batch))
    for batch in _batches(_sample(reader.ids, SAMPLE_VLAD, rng)):
        _add_vlads(moments["vlad"], reader.aggregated(codebook, batch, keep=True))
    return learn(moments, codebook, learnt_on=len(reader.ids))


def embedded(reader: Reader, model: SignatureModel, rows: Array) -> Iterator[tuple[Array, Array]]:
    """`(rows, float32 (len(rows), VECTOR_DIM))` of the regions `reader.ids[rows]`, a batch at a time."""
    for batch in _batches(rows):
        ids = reader.ids[batch]
        yield batch, model.embed(reader.raw(ids), reader.aggregated(model.codebook, ids))


def inside(features: LocalFeatures, box: Array) -> Array:
    """Descriptors of the strongest keypoints in a box of original pixels, uint8 (n, 128)."""
    low, high = box[:2], box[:2] + box[2:]
    rows = np.flatnonzero(np.all((features.xy >= low) & (features.xy <= high), axis=1))
    if len(rows) > POINTS_A_REGION:
        strongest = np.argsort(-features.responses[rows], kind="stable")[:POINTS_A_REGION]
        rows = rows[strongest]
    return features.descriptors[rows]


def _sample_descriptors(snapshot: Any, rng: np.random.Generator) -> Array:
    parts = [np.zeros((0, 128), np.uint8)]
    for _, features in snapshot.iter_keypoints(image_ids=_sample(snapshot.images.ids, SAMPLE_IMAGES, rng)):
        chosen = rng.permutation(len(features))[:POINTS_AN_IMAGE]
        parts.append(features.descriptors[chosen])
    return np.concatenate(parts)


def _sample(ids: Array, count: int, rng: np.random.Generator) -> Array:
    if len(ids) <= count:
        return ids
    return np.sort(rng.choice(ids, count, replace=False))


def _add_vlads(moments: Moments, vlads: Array) -> None:
    moments.add(vlads[np.any(vlads, axis=1)])


def _batches(rows: Array) -> Iterator[Array]:
    for start in range(0, len(rows), BATCH):
        yield rows[start : start + BATCH]
