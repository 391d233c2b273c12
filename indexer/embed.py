"""The device stage: embeddings of the regions' pixels, in batches of one model."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from indexer.describe import Described

if TYPE_CHECKING:
    from indexer.features.clip import ClipModel


def embed(stream: Iterable[Described], model: ClipModel | None, batch: int) -> Iterator[Described]:
    """Add the model's vectors to each record; order is kept. Without a model nothing changes.

    Args:
        batch: Regions that go to the device together.
    """
    if model is None:
        yield from stream
        return
    waiting: list[Described] = []
    count = 0
    for described in stream:
        waiting.append(described)
        count += 0 if described.pixels is None else len(described.pixels)
        if count >= batch:
            yield from _encode(waiting, model)
            waiting, count = [], 0
    yield from _encode(waiting, model)


def _encode(waiting: list[Described], model: ClipModel) -> Iterator[Described]:
    with_pixels = [d.pixels for d in waiting if d.pixels is not None]
    vectors = model.encode_images(np.concatenate(with_pixels)) if with_pixels else None
    at = 0
    for described in waiting:
        if described.pixels is None or vectors is None:
            yield described
            continue
        mine = vectors[at : at + len(described.pixels)]
        at += len(described.pixels)
        record = replace(described.record, vectors={**described.record.vectors, model.vector_name: mine})
        yield Described(record, None, described.seconds)
