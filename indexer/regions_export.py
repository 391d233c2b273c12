"""Regions of a collection as a file of another tool."""

from __future__ import annotations

from pathlib import Path

from indexer.collection.snapshot import Snapshot, open_snapshot
from indexer.core.types import Regions
from indexer.regions.export import ExportImage, export_regions


def export_collection(folder: Path, format_name: str) -> bytes:
    """All regions of the live images, as `indexer.regions.export.export_regions` writes them.

    Raises:
        CollectionError: No collection there.
        UsageError: An unknown format.
    """
    snapshot = open_snapshot(folder)
    data = export_regions(export_images(snapshot), snapshot_regions(snapshot), format_name)
    return data if isinstance(data, bytes) else data.encode()


def export_images(snapshot: Snapshot) -> list[ExportImage]:
    """Names and sizes of the live images."""
    images = snapshot.images
    return [
        ExportImage(int(image_id), name, int(width), int(height))
        for image_id, name, (width, height) in zip(images.ids, images.names, images.sizes, strict=True)
    ]


def snapshot_regions(snapshot: Snapshot) -> Regions:
    """The regions of the live images as the type that travels."""
    rows = snapshot.regions
    return Regions(
        ids=rows.ids,
        image_ids=rows.image_ids,
        boxes=rows.boxes,
        kinds=list(rows.kinds),
        origins=list(rows.origins),
        parents=rows.parents,
        labels=list(rows.labels),
        scores=rows.scores,
        masks=[m or None for m in rows.masks],
    )


def regions_by_image(snapshot: Snapshot) -> dict[str, Regions]:
    """The regions of each live image by its name (of the first source that has the name)."""
    everything = snapshot_regions(snapshot)
    result: dict[str, Regions] = {}
    for at, name in enumerate(snapshot.images.names):
        if name not in result:
            result[name] = _taken(everything, snapshot.regions.of_image(at).tolist())
    return result


def _taken(regions: Regions, rows: list[int]) -> Regions:
    return Regions(
        ids=regions.ids[rows],
        image_ids=regions.image_ids[rows],
        boxes=regions.boxes[rows],
        kinds=[regions.kinds[k] for k in rows],
        origins=[regions.origins[k] for k in rows],
        parents=regions.parents[rows],
        labels=[regions.labels[k] for k in rows],
        scores=regions.scores[rows],
        masks=[regions.masks[k] for k in rows],
    )
