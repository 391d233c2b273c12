"""The device stage: embeddings of the regions' pixels, in batches, on every device there is."""

from __future__ import annotations

import queue
import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from indexer.core.batches import batches
from indexer.describe import Described

if TYPE_CHECKING:
    from indexer.features.clip import ClipModel

GPU_LANES = 2
"""Batches that a GPU has at a time: one is copied while the other is computed."""
STAGE = "embed"


def lanes_of(models: Sequence[ClipModel]) -> list[ClipModel]:
    """The model of each lane: two a GPU; on a CPU one a core, each of one thread.

    Threads that work on one product wait for each other whenever a core is busy with something else, and here all
    cores are: the workers decode and extract beside it.
    """
    lanes: list[ClipModel] = []
    for model in models:
        lanes += [model] * (GPU_LANES if model.device.is_cuda else model.device.threads)
    return lanes


def embed(stream: Iterable[Described], models: Sequence[ClipModel]) -> Iterator[Described]:
    """Add the vectors to each record; order is kept. Without a model nothing changes.

    Args:
        models: The same model on each device; batches are as large as it likes them (`ClipModel.batch_size`).
    """
    if not models:
        yield from stream
        return
    lanes = lanes_of(models)
    free: queue.SimpleQueue[ClipModel] = queue.SimpleQueue()
    for model in lanes:
        free.put(model)
    flying: deque[Future[list[Described]]] = deque()
    pool = ThreadPoolExecutor(len(lanes), "device", _one_thread if not models[0].device.is_cuda else None)
    try:
        for batch in batches(stream, lambda: max(1, *(model.batch_size for model in models)), _regions):
            flying.append(pool.submit(_on_free_lane, free, batch))
            while len(flying) > len(lanes):
                yield from flying.popleft().result()
        while flying:
            yield from flying.popleft().result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
        if not models[0].device.is_cuda:
            _threads(models[0].device.threads)


def _one_thread() -> None:
    _threads(1)


def _threads(count: int) -> None:
    import torch

    torch.set_num_threads(count)


def _regions(described: Described) -> int:
    return 0 if described.pixels is None else len(described.pixels)


def _on_free_lane(free: queue.SimpleQueue[ClipModel], batch: list[Described]) -> list[Described]:
    model = free.get()
    try:
        return _encode(batch, model)
    finally:
        free.put(model)


def _encode(batch: list[Described], model: ClipModel) -> list[Described]:
    with_pixels = [d.pixels for d in batch if d.pixels is not None]
    if not with_pixels:
        return batch
    start = time.perf_counter()
    vectors = model.encode_images(np.concatenate(with_pixels))
    each = (time.perf_counter() - start) / len(with_pixels)
    done, at = [], 0
    for described in batch:
        if described.pixels is None:
            done.append(described)
            continue
        mine = vectors[at : at + len(described.pixels)]
        at += len(described.pixels)
        record = replace(described.record, vectors={**described.record.vectors, model.vector_name: mine})
        done.append(Described(record, None, {**described.seconds, STAGE: each}))
    return done
