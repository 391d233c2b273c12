"""An exported map that takes in new pictures: what was on it stays exactly where it was."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from indexer.collection.rows import positions
from indexer.core.errors import UsageError
from indexer.core.settings import merge
from indexer.core.types import Array
from viz.formats.exported import Exported
from viz.neighbours import NeighbourGraph
from viz.placement import place
from viz.project import ProjectionSettings
from viz.settings import MapSettings
from viz.source import MapInput

USUAL_SCALE = 10.0
"""UMAP's units in one unit of the map, for maps that do not say: its clouds are some 20 units wide."""


@dataclass(frozen=True, slots=True)
class OldMap:
    """What a map hands on to the next one.

    Attributes:
        ids: int64 (n,), of its pictures.
        xy: float32 (n, 2), their places by likeness.
        scale: UMAP's units in one unit of the map.
        settings: What it was made with.
        where: Its filter, "" for none.
        vectors: Names of its vectors.
        models: What made them.
        labels: Names written by hand, as `viz.clusters.read_labels` gives them.
    """

    ids: Array
    xy: Array
    scale: float
    settings: MapSettings
    where: str
    vectors: Sequence[str]
    models: Mapping[str, Any]
    labels: Sequence[Mapping[str, Any]]


def read_old(folder: Path) -> OldMap:
    """The map in `folder`.

    Raises:
        UsageError: There is none.
    """
    exported = Exported.open(folder)
    about = exported.manifest["provenance"]
    return OldMap(
        ids=exported.ids,
        xy=exported.layout("similar"),
        scale=float(exported.manifest.get("scale") or USUAL_SCALE),
        settings=merge(MapSettings(), about["parameters"], "the map's manifest"),
        where=str(about.get("where", "")),
        vectors=list(about.get("vectors", [])),
        models=about.get("models", {}),
        labels=_hand_labels(exported),
    )


def _hand_labels(exported: Exported) -> list[dict[str, Any]]:
    """Hotspots that were named by hand, with the names of their pictures."""
    rows = []
    for number, level in enumerate(exported.manifest["clusters"]):
        for spot, about in enumerate(level["hotspots"]):
            if about["edited"]:
                inside = np.flatnonzero(exported.members(number) == spot).tolist()
                rows.append({"label": about["label"], "images": [exported.records[i][1] for i in inside]})
    return rows


def same_kind(old: OldMap, given: MapInput, settings: MapSettings) -> None:
    """Whether `given` can join the old map.

    Raises:
        UsageError: Its vectors come from elsewhere, or none of its pictures is on the map.
    """
    hint = "Leave out --update to make the map anew."
    first = next(iter(given.vectors))
    if settings.unit != old.settings.unit or list(old.vectors)[:1] != [first]:
        raise UsageError(f"The map shows {old.settings.unit}s by {old.vectors}; new ones would not fit.", hint)
    ours, theirs = given.provenance.get("models", {}), old.models
    changed = [name for name in ours if name in theirs and ours[name] != theirs[name]]
    if changed:
        raise UsageError(f"The vectors {changed[0]} were made by another model since the map was made.", hint)
    if len(old.ids) and not np.isin(given.ids, old.ids).any():
        raise UsageError("None of the pictures on the map is among these.", hint)


def grown(given: MapInput, unit: Array, old: OldMap, settings: ProjectionSettings, neighbours: int) -> Array:
    """Places of `given` on the old map, float32 (n, 2): old ones as they were, bit by bit, new ones beside their like.

    Args:
        given: All pictures of the map to be.
        unit: float32 (n, d), their vectors, rows of length 1.
        old: The map that is there.
        settings: UMAP's parameters.
        neighbours: Old neighbours by which a new picture is placed.
    """
    order = np.argsort(old.ids)
    at = positions(old.ids[order], given.ids)
    known = at >= 0
    xy = np.zeros((len(given), 2), np.float32)
    xy[known] = old.xy[order[at[known]]]
    if known.any():
        placed = place(unit[~known], unit[known], xy[known] * np.float32(old.scale), settings, neighbours)
        xy[~known] = placed / np.float32(old.scale)
    return xy


def scale_of(raw: Array, xy: Array, graph: NeighbourGraph) -> float:
    """UMAP's units in one unit of the map: the median over pairs of neighbours, since islands have been moved."""
    if len(raw) < 2 or graph.indices.shape[1] < 2:
        return USUAL_SCALE
    near = np.maximum(graph.indices[:, 1], 0)
    before, after = (np.linalg.norm(p - p[near], axis=1) for p in (raw.astype(np.float64), xy.astype(np.float64)))
    fine = after > 1e-9
    return float(np.median(before[fine] / after[fine])) if fine.any() else USUAL_SCALE


def what_changed(old: OldMap, given: MapInput) -> str:
    """The notice about what came and went."""
    new, gone = int((~np.isin(given.ids, old.ids)).sum()), int((~np.isin(old.ids, given.ids)).sum())
    left = f", {gone} taken off" if gone else ""
    return f"{new} new picture{'' if new == 1 else 's'} placed on the map{left}; the others stayed where they were."
