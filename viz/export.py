"""A collection to a folder that any web server shows: read this file to know how a map is made."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from indexer.core.errors import UsageError
from indexer.core.settings import merge
from indexer.core.types import Array
from viz import clusters, layouts, site
from viz.atlas import AtlasReport, AtlasWriter
from viz.curves import hilbert_order
from viz.data_files import write_data
from viz.facets import Facet, date_field, facets, middle_years
from viz.files import MapFiles
from viz.grow import OldMap, grown, read_old, same_kind, scale_of, what_changed
from viz.islands import align, as_map
from viz.layouts import Layout
from viz.neighbours import NeighbourGraph, neighbour_graph
from viz.overview import write_overview
from viz.pictures import PictureFiles, crop
from viz.project import ProjectionSettings, normalise, project
from viz.quality import measure
from viz.settings import MapSettings
from viz.source import MapInput, left_out, read_collection, usable
from viz.words import collect, housekeeping, label_fields

if TYPE_CHECKING:
    from indexer.collection.snapshot import Snapshot

Progress = Callable[[str, int, int], None]
"""Called with the stage's name, how much is done, and how much there is."""


@dataclass(frozen=True, slots=True)
class MapReport:
    """What came out.

    Attributes:
        out: The folder.
        pictures: On the map.
        missing_thumbnails: Of these, without a picture.
        trustworthiness, preservation: 0–1 at `k`; None for maps too small to say.
        hotspots: By zoom level.
        seconds: By stage.
        bytes: Of all files.
        notices: What people should know.
    """

    out: Path
    pictures: int
    missing_thumbnails: int
    trustworthiness: float | None
    preservation: float | None
    hotspots: list[int]
    seconds: dict[str, float]
    bytes: int
    notices: list[str] = field(default_factory=list)


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
        graph = first_graph(given, settings)
    with clock.stage("layout", len(given)):
        xy, scale = _places(given, graph, settings, old)
    if old:
        given = given.take(np.arange(len(given)), what_changed(old, given))
    order = hilbert_order(xy)
    given, graph, xy = given.take(order), graph.renumbered(order), xy[order]
    files = MapFiles(folder / "data")
    with clock.stage("pictures", len(given)) as step:
        atlas = _write_pictures(given, folder, settings, step)
    with clock.stage("hotspots", len(given)):
        levels = _levels(given, xy, settings, old.labels if old else ())
        clusters_json = write_levels(files, levels)
    with clock.stage("arrangements", len(given)):
        found = facets(given.fields)
        dates = date_field(given.fields, settings.date_field) if settings.date_field else None
        years = middle_years(dates) if dates else np.full(len(given), np.nan, np.float32)
        places = _layouts(given, xy, graph, found, years, dates.name if dates else "", atlas, settings)
    with clock.stage("quality", len(given)):
        quality = measure(first_vectors(given), xy, settings.neighbours, seed=settings.seed)
    with clock.stage("files", len(given)):
        manifest = write_data(files, given, graph, places, found, years, dates.name if dates else "", atlas, settings)
        overview = write_overview(files.folder / "atlas", atlas, places[0], files.folder / "overview.webp")
        manifest |= {"clusters": clusters_json, "quality": asdict(quality) if quality else None, "overview": overview}
        manifest["scale"] = round(scale, 4)
        site.finish(folder, files, manifest, settings)
    return MapReport(
        out=out,
        pictures=len(given),
        missing_thumbnails=atlas.missing,
        trustworthiness=quality.trustworthiness if quality else None,
        preservation=quality.preservation if quality else None,
        hotspots=[len(level.hotspots) for level in levels],
        seconds=clock.seconds,
        bytes=sum(p.stat().st_size for p in folder.rglob("*") if p.is_file()),
        notices=list(given.notices),
    )


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
    return np.asarray(column.column.dictionary_encode().indices.fill_null(-1).to_numpy(zero_copy_only=False))


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


def _write_pictures(given: MapInput, folder: Path, settings: MapSettings, step: Callable[[int], None]) -> AtlasReport:
    keep = PictureFiles(folder / "pictures") if settings.pictures else None

    regions = settings.unit == "region"

    def fetch(start: int, stop: int) -> list[bytes | None]:
        found = given.thumbnails(given.image_ids[start:stop].tolist())
        pictures = [found.get(i) for i in given.image_ids[start:stop].tolist()]
        if regions:
            parts = zip(pictures, given.boxes[start:stop], given.image_sizes[start:stop], strict=True)
            pictures = [crop(data, box, size) if data else None for data, box, size in parts]
        if keep is not None:
            keep.write(start, pictures)
        return pictures

    return AtlasWriter(len(given), folder / "data" / "atlas", settings.tile, settings.quality).write(fetch, step)


def _levels(
    given: MapInput, xy: Array, settings: MapSettings, kept: Sequence[Mapping[str, Any]]
) -> list[clusters.Level]:
    """Hotspots by zoom level; hand-written names are those `kept` from an older map and those of the settings."""
    levels = clusters.find_levels(xy, settings.clusters)
    terms = collect(label_fields(given.fields, settings.words), len(given))
    levels = [clusters.named(level, terms) for level in levels]
    saved = [*kept, *(clusters.read_labels(Path(settings.labels)) if settings.labels else [])]
    if saved:
        levels = [clusters.with_hand_labels(level, saved, given.names) for level in levels]
    return levels


def write_levels(files: MapFiles, levels: list[clusters.Level]) -> list[dict[str, Any]]:
    """Writes who belongs to which hotspot; returns the manifest's part."""
    result = []
    for number, level in enumerate(levels):
        files.array(f"clusters/{number}.i16", level.members)
        spots = [{**asdict(h), "x": round(h.x, 5), "y": round(h.y, 5), "words": list(h.words)} for h in level.hotspots]
        result.append({"smallest": level.smallest, "file": f"clusters/{number}.i16", "hotspots": spots})
    return result


def _layouts(
    given: MapInput,
    xy: Array,
    graph: NeighbourGraph,
    found: list[Facet],
    years: Array,
    date_name: str,
    atlas: AtlasReport,
    settings: MapSettings,
) -> list[Layout]:
    names = list(given.vectors)
    rank = np.arange(len(given))
    result = [layouts.similar(xy, "similar", names[0])]
    for i, name in enumerate(names[1:], start=2):
        k = graph.indices.shape[1]
        again = neighbour_graph(given.vectors[name], min(k, settings.neighbours), settings.seed)
        moved = project(given.vectors[name], again, projection_settings(settings), start=xy * 10)
        result.append(layouts.similar(normalise(align(moved, xy)), f"similar-{i}", name))
    result.append(layouts.as_grid(xy))
    if (timeline := layouts.by_date(years, rank, date_name)) is not None:
        result.append(timeline)
    groups = [f for f in found if f.name != date_name]
    dull = {f.name for f in given.fields if housekeeping(f)}
    chosen = [f for f in groups if f.name not in dull][:2]
    wanted = chosen if settings.group_by == ("auto",) else [f for f in groups if f.name in settings.group_by]
    result += [layouts.by_field(f, rank) for f in wanted]
    if len(given):
        result.append(layouts.by_colour(atlas.colours))
    return result


class Clock:
    """Tells progress and keeps the seconds of each stage."""

    def __init__(self, progress: Progress) -> None:
        self.progress = progress
        self.seconds: dict[str, float] = {}

    @contextmanager
    def stage(self, name: str, total: int) -> Iterator[Callable[[int], None]]:
        """Times the block; gives a function to report steps with."""
        start, done = time.perf_counter(), 0

        def step(more: int) -> None:
            nonlocal done
            done += more
            self.progress(name, done, total)

        self.progress(name, 0, total)
        yield step
        self.seconds[name] = round(time.perf_counter() - start, 3)
        self.progress(name, total, total)
