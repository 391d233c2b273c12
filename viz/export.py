"""A collection to a folder that any web server shows: read this file to know how a map is made."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from indexer.core.errors import UsageError
from indexer.core.types import Array
from viz import clusters, layouts, site
from viz.atlas import AtlasReport, AtlasWriter
from viz.curves import hilbert_order
from viz.facets import Facet, date_field, facets, middle_years
from viz.files import MapFiles
from viz.islands import align, as_map
from viz.layouts import Layout
from viz.neighbours import NeighbourGraph, neighbour_graph
from viz.overview import write_overview
from viz.pictures import PictureFiles, crop
from viz.project import ProjectionSettings, normalise, project
from viz.quality import measure
from viz.records import write_records
from viz.settings import MapSettings
from viz.source import MapInput, left_out, read_collection, usable
from viz.words import as_json, collect, housekeeping, label_fields, search_shards

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


def export_input(
    given: MapInput, folder: Path, out: Path, settings: MapSettings, progress: Progress | None = None
) -> MapReport:
    """The stages, over arrays: `given` to a site in `folder` (which will be renamed to `out`)."""
    clock = Clock(progress or (lambda stage, done, total: None))
    given = without_holes(given)
    with clock.stage("neighbours", len(given)):
        graph = first_graph(given, settings)
    with clock.stage("layout", len(given)):
        xy = as_map(first_layout(given, graph, settings))
    order = hilbert_order(xy)
    given, graph, xy = given.take(order), graph.renumbered(order), xy[order]
    files = MapFiles(folder / "data")
    with clock.stage("pictures", len(given)) as step:
        atlas = _write_pictures(given, folder, settings, step)
    with clock.stage("hotspots", len(given)):
        levels = _levels(given, xy, settings)
        clusters_json = write_levels(files, levels)
    with clock.stage("arrangements", len(given)):
        found = facets(given.fields)
        dates = date_field(given.fields, settings.date_field) if settings.date_field else None
        years = middle_years(dates) if dates else np.full(len(given), np.nan, np.float32)
        places = _layouts(given, xy, graph, found, years, dates.name if dates else "", atlas, settings)
    with clock.stage("quality", len(given)):
        quality = measure(first_vectors(given), xy, settings.neighbours, seed=settings.seed)
    with clock.stage("files", len(given)):
        manifest = _write_data(files, given, graph, places, found, years, dates.name if dates else "", atlas, settings)
        overview = write_overview(files.folder / "atlas", atlas, places[0], files.folder / "overview.webp")
        manifest |= {"clusters": clusters_json, "quality": asdict(quality) if quality else None, "overview": overview}
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


def first_layout(given: MapInput, graph: NeighbourGraph, settings: MapSettings) -> Array:
    """The projection of the first vectors, float32 (n, 2)."""
    target = None
    if settings.supervised_by:
        column = next((f for f in given.fields if settings.supervised_by in (f.name, f.key)), None)
        if column is None:
            raise UsageError(
                f"There is no catalogue field '{settings.supervised_by}' to supervise the map by.",
                f"There are: {', '.join(f.name for f in given.fields) or 'none'}.",
            )
        target = np.asarray(column.column.dictionary_encode().indices.fill_null(-1).to_numpy(zero_copy_only=False))
    near = NeighbourGraph(graph.indices[:, : settings.neighbours], graph.distances[:, : settings.neighbours])
    return project(first_vectors(given), near, projection_settings(settings), target)


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


def _levels(given: MapInput, xy: Array, settings: MapSettings) -> list[clusters.Level]:
    levels = clusters.find_levels(xy, settings.clusters)
    terms = collect(label_fields(given.fields, settings.words), len(given))
    levels = [clusters.named(level, terms) for level in levels]
    if settings.labels:
        saved = clusters.read_labels(Path(settings.labels))
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


def _write_data(
    files: MapFiles,
    given: MapInput,
    graph: NeighbourGraph,
    places: list[Layout],
    found: list[Facet],
    years: Array,
    date_name: str,
    atlas: AtlasReport,
    settings: MapSettings,
) -> dict[str, Any]:
    """All data files but the atlas; returns the manifest so far."""
    files.array("extents.u16", atlas.extents)
    files.array("colours.u8", atlas.colours)
    for place in places:
        files.array(f"layouts/{place.key}.f32", place.xy)
    for i, value in enumerate(found):
        files.raw(f"facets/{i}.bin", value.offsets.astype("<u4").tobytes() + value.codes.astype("<u2").tobytes())
    if date_name:
        files.array("years.f32", years)
    files.array("ids.f64", given.ids.astype(np.float64))
    shards = search_shards(given.fields, given.names)
    for name, content in as_json(shards):
        files.json(name, content)
    chunk = write_records(files, given, graph, settings)
    return {
        "count": len(given),
        "atlas": {"levels": atlas.levels, "pages": {str(k): v for k, v in atlas.pages.items()}, "page": 1024},
        "layouts": [_layout_json(place) for place in places],
        "facets": [
            {"name": f.name, "values": list(f.values), "counts": f.counts.tolist(), "file": f"facets/{i}.bin"}
            for i, f in enumerate(found)
        ],
        "dates": {"name": date_name, "file": "years.f32"} if date_name else None,
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
