"""The hotspots of a map: found, named, written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from indexer.core.errors import ModelError
from indexer.core.types import Array
from viz import clusters
from viz.files import MapFiles
from viz.label_names import label_vectors, read_prompts
from viz.settings import MapSettings
from viz.source import MapInput
from viz.words import collect, label_fields


def named_levels(
    given: MapInput, xy: Array, settings: MapSettings, kept: Sequence[Mapping[str, Any]]
) -> tuple[list[clusters.Level], list[str]]:
    """Hotspots by zoom level, and notices about their names.

    Names come from the catalogue and from labels that a CLIP model gives (`hotspot_names`); hand-written ones, those
    `kept` from an older map and those of the settings, come before all.
    """
    levels = clusters.find_levels(xy, settings.clusters)
    if settings.hotspot_names != "labels":
        levels = _by_words(given, levels, settings)
    notices: list[str] = []
    if settings.hotspot_names != "words":
        levels, notices = _by_labels(given, levels, settings)
    if settings.hotspot_names == "labels" and notices:
        levels = _by_words(given, levels, settings)
    saved = [*kept, *(clusters.read_labels(Path(settings.labels)) if settings.labels else [])]
    if saved:
        levels = [clusters.with_hand_labels(level, saved, given.names) for level in levels]
    return levels, notices


def _by_words(given: MapInput, levels: list[clusters.Level], settings: MapSettings) -> list[clusters.Level]:
    """Named after what the catalogue says."""
    terms = collect(label_fields(given.fields, settings.words), len(given))
    return [clusters.named(level, terms) for level in levels]


def _by_labels(
    given: MapInput, levels: list[clusters.Level], settings: MapSettings
) -> tuple[list[clusters.Level], list[str]]:
    """Hotspots without a name named after the label that fits best; and why not, where that cannot be done.

    The model is loaded only if some hotspot has no name. That it cannot be is told once, not an error.
    """
    if all(spot.label for level in levels for spot in level.hotspots):
        return levels, []
    if given.encode_texts is None:
        return levels, ["Hotspots are not named by labels: the map is not made from CLIP vectors."]
    prompts = read_prompts(Path(settings.label_file) if settings.label_file else None)
    try:
        vectors = label_vectors(list(prompts.values()), given.encode_texts)
    except ModelError as error:
        return levels, [f"Hotspots are not named by labels: {error}"]
    own = next(iter(given.vectors.values()))
    return [clusters.zero_shot(level, own, list(prompts), vectors) for level in levels], []


def write_levels(files: MapFiles, levels: list[clusters.Level]) -> list[dict[str, Any]]:
    """Writes who belongs to which hotspot; returns the manifest's part."""
    result = []
    for number, level in enumerate(levels):
        files.array(f"clusters/{number}.i16", level.members)
        spots = [{**asdict(h), "x": round(h.x, 5), "y": round(h.y, 5), "words": list(h.words)} for h in level.hotspots]
        result.append({"smallest": level.smallest, "file": f"clusters/{number}.i16", "hotspots": spots})
    return result
