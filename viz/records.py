"""What the viewer shows about a picture: records and neighbours, in pieces that are fetched when needed."""

from __future__ import annotations

from typing import Any

import numpy as np

from viz.files import MapFiles
from viz.neighbours import NeighbourGraph
from viz.settings import MapSettings
from viz.source import MapInput

CHUNK = 256
"""Pictures in one file of records; along the map, so that one file serves what lies together."""


def write_records(files: MapFiles, given: MapInput, graph: NeighbourGraph, settings: MapSettings) -> dict[str, Any]:
    """Writes `records/K.json` and `neighbours/K.u32`; returns the manifest's part.

    A record is `[id, name, [field values…], image id, box or 0]`, values in the order of the manifest's `fields`,
    null where empty.
    """
    columns = [[f.typed(i) for i in range(len(given))] for f in given.fields]
    regions = bool(np.any(given.ids != given.image_ids))
    for number, start in enumerate(range(0, len(given), CHUNK)):
        rows = range(start, min(start + CHUNK, len(given)))
        files.json(f"records/{number}.json", [_record(given, columns, i, regions) for i in rows])
    shipped = min(settings.shipped_neighbours, max(graph.indices.shape[1] - 1, 0)) if len(given) else 0
    if shipped:
        near = np.where(graph.indices[:, 1 : shipped + 1] < 0, 2**32 - 1, graph.indices[:, 1 : shipped + 1])
        for number, start in enumerate(range(0, len(given), CHUNK)):
            files.array(f"neighbours/{number}.u32", near[start : start + CHUNK].astype(np.uint32))
    return {"chunk": CHUNK, "fields": [f.name for f in given.fields], "neighbours": shipped, "regions": regions}


def _record(given: MapInput, columns: list[list[Any]], i: int, regions: bool) -> list[Any]:
    box: Any = [round(float(v), 1) for v in given.boxes[i]] if regions else 0
    return [int(given.ids[i]), given.names[i], [column[i] for column in columns], int(given.image_ids[i]), box]
