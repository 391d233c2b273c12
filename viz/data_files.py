"""The data files of an export, all but the atlas, and the part of the manifest that tells of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from viz.atlas import AtlasReport
from viz.facets import Catalogue
from viz.files import MapFiles
from viz.layouts import Layout
from viz.neighbours import NeighbourGraph
from viz.records import write_records
from viz.settings import MapSettings
from viz.source import MapInput
from viz.tiles import PAGE
from viz.words import as_json, search_shards


def write_data(
    files: MapFiles,
    given: MapInput,
    graph: NeighbourGraph,
    catalogue: Catalogue,
    settings: MapSettings,
) -> dict[str, Any]:
    """What the catalogue and the neighbours say; returns that part of the manifest."""
    for i, value in enumerate(catalogue.facets):
        files.raw(f"facets/{i}.bin", value.offsets.astype("<u4").tobytes() + value.codes.astype("<u2").tobytes())
    if catalogue.date_name:
        files.array("years.f32", catalogue.years)
    files.array("ids.f64", given.ids.astype(np.float64))
    shards = search_shards(given.fields, given.names)
    for name, content in as_json(shards):
        files.json(name, content)
    chunk = write_records(files, given, graph, settings)
    return {
        "count": len(given),
        "facets": [
            {"name": f.name, "values": list(f.values), "counts": f.counts.tolist(), "file": f"facets/{i}.bin"}
            for i, f in enumerate(catalogue.facets)
        ],
        "dates": {"name": catalogue.date_name, "file": "years.f32"} if catalogue.date_name else None,
        "records": chunk,
        "words": sorted(shards),
        "pictures": settings.pictures,
        "recordUrl": settings.record_url,
        "provenance": {
            **given.provenance,
            "notices": list(given.notices),
            "parameters": asdict(settings),
            "licence": settings.licence,
        },
    }


def write_places(files: MapFiles, places: Sequence[Layout], atlas: AtlasReport) -> dict[str, Any]:
    """Where pictures lie, on the map and in the atlas; returns that part of the manifest."""
    files.array("extents.u16", atlas.extents)
    files.array("colours.u8", atlas.colours)
    for place in places:
        files.array(f"layouts/{place.key}.f32", place.xy)
    return {
        "atlas": {"levels": atlas.levels, "pages": {str(k): v for k, v in atlas.pages.items()}, "page": PAGE},
        "layouts": [_layout_json(place) for place in places],
    }


def _layout_json(place: Layout) -> dict[str, Any]:
    return {
        "key": place.key,
        "kind": place.kind,
        "name": place.name,
        "size": round(place.size, 6),
        "grows": place.grows,
        "captions": [
            {k: round(v, 5) if isinstance(v, float) else v for k, v in caption.items()} for caption in place.captions
        ],
        "file": f"layouts/{place.key}.f32",
    }
