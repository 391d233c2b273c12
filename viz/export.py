"""A collection to a folder that any web server shows: read this file to know how a map is made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from indexer.core.errors import UsageError
from indexer.core.settings import merge
from indexer.core.types import Array
from indexer.device import cpu_count
from viz import layouts, site
from viz.atlas import write_atlas
from viz.curves import hilbert_order
from viz.data_files import write_data, write_places
from viz.facets import Catalogue, look_up
from viz.files import MapFiles, size_of
from viz.grow import OldMap, grown, read_old, same_kind, scale_of, what_changed
from viz.hotspots import named_levels, write_levels
from viz.islands import align, as_map
from viz.layouts import Layout
from viz.neighbours import NeighbourGraph, neighbour_graph
from viz.overview import write_overview
from viz.preparation import SMALLEST_FOR_PROCESSES, PictureSource, preparation
from viz.project import ProjectionSettings, normalise, project
from viz.quality import measure
from viz.report import Clock, MapReport, Progress
from viz.settings import MapSettings
from viz.source import MapInput, left_out, read_collection, usable
from viz.words import housekeeping

if TYPE_CHECKING:
    from indexer.collection.snapshot import Snapshot


def export_map(
    snapshot: Snapshot,
    out: Path,
    where: str | None = None,
    settings: MapSettings | None = None,
    progress: Progress | None = None,
) -> MapReport:
    """Writes the map of a collection to the folder `out`; an older map there is replaced at the end.

    Raises:
        UsageError: `out` holds something that is not a map.
        NotFoundError: The vectors asked for are not in the collection.
        FilterError: `where` cannot be read.
    """
    settings = settings or MapSettings()
    with site.staging(Path(out)) as folder:
        return export_input(read_collection(snapshot, settings, where), folder, Path(out), settings, progress)


def update_map(
    snapshot: Snapshot,
    out: Path,
    where: str | None = None,
    overrides: Mapping[str, Any] | None = None,
    progress: Progress | None = None,
) -> MapReport:
    """Brings the map in `out` up to the collection's state without moving any picture that is on it.

    New pictures come to lie beside their like, those that are gone leave. Filter and settings are the old map's
    unless given; arrangements other than likeness are made anew, names written by hand are kept.

    Raises:
        UsageError: `out` holds no map, or one of other vectors or other pictures.
        As `export_map` besides.
    """
    old = read_old(Path(out))
    settings = merge(old.settings, dict(overrides or {}), "--set")
    with site.staging(Path(out)) as folder:
        given = read_collection(snapshot, settings, old.where if where is None else where)
        return export_input(given, folder, Path(out), settings, progress, old)


def export_input(
    given: MapInput,
    folder: Path,
    out: Path,
    settings: MapSettings,
    progress: Progress | None = None,
    old: OldMap | None = None,
) -> MapReport:
    """The stages, over arrays: `given` to a site in `folder` (which will be renamed to `out`).

    With `old`, its pictures keep their places.
    """
    clock = Clock(progress or (lambda stage, done, total: None))
    given = without_holes(given)
    with clock.stage("neighbours", len(given)):
        graph = first_graph(given, settings)  # on all cores: nothing runs beside it
    with preparation(_picture_source(given, folder, settings), _processes(len(given))) as pictures:
        with clock.stage("layout", len(given)):
            xy, scale = _places(given, graph, settings, old)
        if old:
            given = given.take(np.arange(len(given)), what_changed(old, given))
        order = hilbert_order(xy)
        given, graph, xy = given.take(order), graph.renumbered(order), xy[order]
        files = MapFiles(folder / "data")
        with clock.stage("hotspots", len(given)):
            levels, untold = named_levels(given, xy, settings, old.labels if old else ())
            given = replace(given, notices=[*given.notices, *untold])
        with clock.stage("arrangements", len(given)):
            catalogue = look_up(given.fields, settings.date_field, len(given))
            places = _layouts(given, xy, graph, catalogue, settings)
        with clock.stage("quality", len(given)):
            quality = measure(first_vectors(given), xy, settings.neighbours, seed=settings.seed)
        with clock.stage("files", len(given)):
            manifest = write_data(files, given, graph, catalogue, settings)
            manifest |= {"clusters": write_levels(files, levels), "scale": round(scale, 4)}
            manifest |= {"quality": asdict(quality) if quality else None}
        with clock.stage("pictures", len(given)) as step:
            atlas = write_atlas(files.folder / "atlas", pictures, order, step)
            places += [layouts.by_colour(atlas.colours)] if len(given) else []
            manifest |= write_places(files, places, atlas)
            overview = write_overview(files.folder / "atlas", atlas, places[0], files.folder / "overview.webp")
            site.finish(folder, files, manifest | {"overview": overview}, settings)
    return MapReport(
        out=out,
        pictures=len(given),
        missing_thumbnails=atlas.missing,
        trustworthiness=quality.trustworthiness if quality else None,
        preservation=quality.preservation if quality else None,
        hotspots=[len(level.hotspots) for level in levels],
        seconds=clock.seconds,
        bytes=size_of(folder),
        notices=list(given.notices),
    )


def _picture_source(given: MapInput, folder: Path, settings: MapSettings) -> PictureSource:
    """What is to be prepared while the map is computed."""
    return PictureSource(
        ids=given.ids,
        image_ids=given.image_ids,
        boxes=given.boxes if settings.unit == "region" else None,
        image_sizes=given.image_sizes,
        thumbnails=given.thumbnails,
        tile=settings.tile,
        quality=settings.quality,
        pictures=folder / "pictures" if settings.pictures else None,
        scratch=folder / "scratch",
    )


def _processes(pictures: int) -> int:
    """How many processes prepare pictures."""
    return cpu_count() if pictures >= SMALLEST_FOR_PROCESSES else 0


def first_vectors(given: MapInput) -> Array:
    """The vectors that make the layout."""
    return next(iter(given.vectors.values()))


def without_holes(given: MapInput) -> MapInput:
    """Leaves out pictures whose vectors are not finite or all zero, with a notice."""
    fine = np.ones(len(given), bool)
    for vectors in given.vectors.values():
        fine &= usable(vectors)
    if fine.all():
        return given
    return given.take(np.flatnonzero(fine), left_out(int((~fine).sum())))


def first_graph(given: MapInput, settings: MapSettings) -> NeighbourGraph:
    """The neighbours of each picture, enough for UMAP and for the viewer."""
    k = max(settings.neighbours, settings.shipped_neighbours + 1)
    return neighbour_graph(first_vectors(given), k, settings.seed)


def _places(given: MapInput, graph: NeighbourGraph, settings: MapSettings, old: OldMap | None) -> tuple[Array, float]:
    """Where the pictures lie, float32 (n, 2), and UMAP's units in one unit of the map."""
    if old is not None:
        same_kind(old, given, settings)
        return grown(given, first_vectors(given), old, projection_settings(settings), settings.neighbours), old.scale
    raw = first_layout(given, graph, settings)
    xy = as_map(raw)
    return xy, scale_of(raw, xy, graph)


def first_layout(given: MapInput, graph: NeighbourGraph, settings: MapSettings) -> Array:
    """The projection of the first vectors, float32 (n, 2)."""
    target = _target(given, settings) if settings.supervised_by else None
    near = NeighbourGraph(graph.indices[:, : settings.neighbours], graph.distances[:, : settings.neighbours])
    return project(first_vectors(given), near, projection_settings(settings), target)


def _target(given: MapInput, settings: MapSettings) -> Array:
    """int64 (n,): what pulls pictures together, by a saved set or a catalogue field; −1 for unknown."""
    if given.pulled is not None:
        return given.pulled
    column = next((f for f in given.fields if settings.supervised_by in (f.name, f.key)), None)
    if column is None:
        raise UsageError(
            f"There is no catalogue field '{settings.supervised_by}' to supervise the map by.",
            f"There are: {', '.join(f.name for f in given.fields) or 'none'}; a saved set is written set:NAME.",
        )
    return column.encoded[0]


def projection_settings(settings: MapSettings) -> ProjectionSettings:
    """The part of the settings that UMAP needs."""
    return ProjectionSettings(
        settings.min_dist,
        settings.spread,
        settings.epochs,
        settings.seed,
        settings.densmap,
        settings.supervised_weight,
    )


def _layouts(
    given: MapInput, xy: Array, graph: NeighbourGraph, catalogue: Catalogue, settings: MapSettings
) -> list[Layout]:
    """All layouts but the one by colour: colours are known when all pictures are prepared."""
    names = list(given.vectors)
    rank = np.arange(len(given))
    result = [layouts.similar(xy, "similar", names[0])]
    for i, name in enumerate(names[1:], start=2):
        k = graph.indices.shape[1]
        again = neighbour_graph(given.vectors[name], min(k, settings.neighbours), settings.seed)
        moved = project(given.vectors[name], again, projection_settings(settings), start=xy * 10)
        result.append(layouts.similar(normalise(align(moved, xy)), f"similar-{i}", name))
    result.append(layouts.as_grid(xy))
    if (timeline := layouts.by_date(catalogue.years, rank, catalogue.date_name)) is not None:
        result.append(timeline)
    groups = [f for f in catalogue.facets if f.name != catalogue.date_name]
    dull = {f.name for f in given.fields if housekeeping(f)}
    chosen = [f for f in groups if f.name not in dull][:2]
    wanted = chosen if settings.group_by == ("auto",) else [f for f in groups if f.name in settings.group_by]
    return result + [layouts.by_field(f, rank) for f in wanted]
