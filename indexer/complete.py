"""Vectors of one model for regions that have none yet: a model added later, or a run that had to do without."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from indexer.ahead import ahead
from indexer.collection.publish import working_snapshot
from indexer.collection.snapshot import Snapshot
from indexer.collection.writer import CollectionWriter
from indexer.core.batches import batches
from indexer.core.types import Array, Regions, SourceItem
from indexer.describe import Described, Task
from indexer.embed import embed
from indexer.progress import Progress
from indexer.workers import WorkerPool

if TYPE_CHECKING:
    from indexer.features.clip import ClipModel

COMMIT_IMAGES = 512


def complete_vectors(
    writer: CollectionWriter, models: Sequence[ClipModel], pool: WorkerPool, progress: Progress
) -> int:
    """Embed the live regions that the model's table lacks; returns how many images got vectors.

    `models` is the same model on each device.

    Images whose file is gone are told and left out; they are tried again in the next run.
    """
    model, snapshot = models[0], working_snapshot(writer)
    have = _embedded_regions(snapshot, model.vector_name)
    lacking = _images_without(snapshot, have)
    if not len(lacking):
        return 0
    progress.start(f"embedding with {model.identity['name']}", len(lacking))
    missing: list[str] = []
    results = ahead(embed(pool.run(_tasks(snapshot, lacking, missing)), models), 2)
    done = failed = 0
    for batch in batches(results, COMMIT_IMAGES):
        good = [d for d in batch if not d.record.reason]
        failed += len(batch) - len(good)
        if good:
            _append(writer, model, good, have)
        done += len(good)
        progress.advance(len(batch), len(batch) - len(good))
    progress.finish()
    if missing or failed:
        progress.warn(f"{len(missing) + failed} images have no embedding: their files are gone or changed.")
    return done


def _embedded_regions(snapshot: Snapshot, name: str) -> Array:
    """Ids of the regions that have a vector, int64."""
    if name not in snapshot.vector_names:
        return np.zeros(0, np.int64)
    ids: Array = snapshot.table(f"vectors/{name}").to_table(columns=["region_id"])["region_id"].to_numpy()
    return ids


def _images_without(snapshot: Snapshot, have: Array) -> Array:
    """Positions of the images of which some region has no vector."""
    lacking = ~np.isin(snapshot.regions.ids, have, assume_unique=True)
    return np.unique(snapshot.regions.image_positions[lacking])


def _tasks(snapshot: Snapshot, positions: Array, missing: list[str]) -> Iterator[Task]:
    for at in positions:
        image_id = int(snapshot.images.ids[at])
        path = snapshot.path_of(image_id)
        name = snapshot.images.names[at]
        if path is None:
            missing.append(name)
            continue
        item = SourceItem(name=name, path=path, page=snapshot.page_of(image_id))
        yield Task(item, int(snapshot.images.sources[at]), only_regions=_regions(snapshot, int(at)))


def _regions(snapshot: Snapshot, at: int) -> Regions:
    rows = snapshot.regions
    return Regions.of(
        [
            {"id": int(rows.ids[k]), "image_id": int(rows.image_ids[k]), "box": rows.boxes[k], "kind": rows.kinds[k]}
            for k in rows.of_image(at)
        ]
    )


def _append(writer: CollectionWriter, model: ClipModel, batch: list[Described], have: Array) -> None:
    name = model.vector_name
    ids = np.concatenate([d.record.regions.ids for d in batch])
    images = np.concatenate([d.record.regions.image_ids for d in batch])
    matrix = np.concatenate([d.record.vectors[name] for d in batch])
    new = ~np.isin(ids, have)
    writer.append_vectors(name, ids[new], images[new], matrix[new])
