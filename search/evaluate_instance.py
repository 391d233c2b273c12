"""`iconoscope evaluate instance`: joins the protocol (indexer/evaluate) to this collection's same-print search."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from indexer.core.errors import UsageError
from indexer.core.types import Array, DecodedImage
from indexer.evaluate.types import InstanceQuery, Loader, RankedHit, Ranking
from search.channels.base import ChannelRequest, QueryPicture
from search.channels.instance_stages import measured

if TYPE_CHECKING:
    from indexer.collection.snapshot import Snapshot
    from indexer.evaluate.instance_plan import Plan
    from search.engine import Engine

PATIENTLY = {"patient": True}
"""As the mode instance asks."""
LIMIT = 100
"""Hits asked for a query: mean average precision counts what comes back later as not found."""
SIDE = 1600
"""Longer side in pixels at which pictures are attacked."""


def run(engine: Engine, options: argparse.Namespace) -> dict[str, Any]:
    """Attack, search, report; see `indexer.evaluate.instance` for the protocol.

    Raises:
        UsageError: Unknown attacks, or a truth file that cannot be read.
    """
    from indexer.console import console_progress
    from indexer.evaluate.instance import evaluate_instance

    progress = console_progress(quiet=options.json)
    progress.start("queries", None)
    report = evaluate_instance(
        planned(engine, options),
        partial(search_instance, engine),
        options.out,
        float(engine.info()["bytes_an_image"].get("instance", 0)),
        lambda _done, _total: progress.advance(1),
    )
    progress.close()
    return {"what": "instance", **report.as_dict()}


def planned(engine: Engine, options: argparse.Namespace) -> Plan:
    """What the command line asks for."""
    from indexer.evaluate.attacks import attacks_named
    from indexer.evaluate.instance_plan import Plan
    from indexer.evaluate.instance_truth import load_audit, load_truth, matched

    snapshot = engine.snapshot
    names = list(snapshot.images.names)
    truth = matched(load_truth(options.truth), names) if options.truth else None
    return Plan(
        images=[(n, partial(_pixels, snapshot, int(i))) for n, i in zip(names, snapshot.images.ids, strict=True)],
        attacks=attacks_named(options.attacks),
        per_class=options.queries,
        negatives=negatives_in(options.negatives),
        negative_rounds=options.negative_rounds,
        leave_one_out=options.leave_one_out,
        truth=truth,
        truth_per_class=options.queries,
        draw=names_in(options.draw, names),
        audited=load_audit(options.audited) if options.audited else {},
        seed=options.seed,
    )


def names_in(path: Path | None, names: Sequence[str]) -> frozenset[str] | None:
    """The images named in a file, one a line; None without a file.

    Raises:
        UsageError: It cannot be read, or names no image of the collection.
    """
    if path is None:
        return None
    try:
        wanted = frozenset(path.read_text(encoding="utf-8").splitlines())
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path.name} cannot be read ({error}).", "Give a text file of names, one a line.") from error
    if not wanted & set(names):
        raise UsageError(f"{path.name} names no image of the collection.", "Write names as they stand in the hits.")
    return wanted


def search_instance(engine: Engine, query: InstanceQuery) -> Ranking:
    """One query of the protocol, as `mode: instance` would answer it, with the time of each stage."""
    snapshot = engine.snapshot
    hidden = frozenset(i for name in query.exclude for i in snapshot.find_images(name))
    picture = QueryPicture(lambda _side: whole(query.rgb), query.box)
    with measured() as timings:
        hits = engine.channel("instance").search(
            ChannelRequest(pictures=[picture], limit=LIMIT, exclude=hidden, options=PATIENTLY)
        )
    images = snapshot.regions.image_positions[snapshot.regions.positions(hits.region_ids)]
    ranked = []
    for region, image, score in zip(hits.region_ids.tolist(), images.tolist(), hits.scores.tolist(), strict=True):
        evidence = hits.evidence.get(region)
        name = snapshot.images.names[image]
        if evidence is None:
            ranked.append(RankedHit(name, score))
        else:
            e = evidence
            ranked.append(RankedHit(name, score, e.same_print, e.inliers, e.transform, e.mirrored, e.parts))
    return Ranking(first_of_each(ranked), timings)


def first_of_each(hits: Sequence[RankedHit]) -> list[RankedHit]:
    """The best hit of every image, order kept."""
    best: dict[str, RankedHit] = {}
    for hit in hits:
        best.setdefault(hit.image, hit)
    return list(best.values())


def whole(rgb: Array) -> DecodedImage:
    """Pixels as an image of its own."""
    return DecodedImage(rgb, int(rgb.shape[1]), int(rgb.shape[0]))


def _pixels(snapshot: Snapshot, image_id: int) -> Array:
    from search.pictures import stored_decoder

    return stored_decoder(snapshot, image_id)(SIDE).rgb


def negatives_in(folder: Path | None) -> list[tuple[str, Loader]]:
    """Names and loaders of the pictures in a folder that is not part of the collection."""
    if folder is None:
        return []
    from indexer.core.settings import DecodeSettings
    from indexer.core.types import SourceItem
    from indexer.decode import decode
    from indexer.sources import open_source

    def load(item: SourceItem) -> Array:
        return decode(item, DecodeSettings(), SIDE).rgb

    return [(item.name, partial(load, item)) for item in open_source(str(folder), None).items()]
