"""`iconoscope evaluate`: measure a collection's search with its own images."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from indexer.core.errors import UsageError

if TYPE_CHECKING:
    from search.engine import Engine


def add_evaluate(commands: Any) -> None:
    """Add `evaluate`."""
    parser = commands.add_parser("evaluate", help="measure the search on your own images")
    parser.add_argument("what", choices=("instance", "retrieval", "regions"))
    parser.add_argument("--collection", required=True, type=Path, metavar="DIR")
    parser.add_argument(
        "--truth", type=Path, metavar="FILE", help="labels, same-print groups or regions known to be true"
    )
    parser.add_argument("--attacks", metavar="LIST", help="comma-separated classes of attack, all or none (instance)")
    parser.add_argument("--field", metavar="NAME", help="catalogue field with labels (retrieval)")
    parser.add_argument("--queries", type=int, default=20, metavar="N", help="queries of each class or label")
    parser.add_argument(
        "--negatives", type=Path, metavar="DIR", help="pictures that are not in the collection (instance)"
    )
    parser.add_argument(
        "--negative-rounds", type=int, default=1, metavar="N", help="how often each negative is asked (instance)"
    )
    parser.add_argument("--draw", type=Path, metavar="FILE", help="names of images to attack, one a line (instance)")
    parser.add_argument(
        "--audited", type=Path, metavar="FILE", help="copies seen by eye that no truth file knows (JSON; instance)"
    )
    parser.add_argument(
        "--leave-one-out", type=int, default=100, metavar="N", help="negatives made of the collection itself (instance)"
    )
    parser.add_argument("--out", type=Path, metavar="DIR", help="folder for tables and pictures of failures")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="print one JSON document and nothing else")
    parser.set_defaults(run=run_evaluate)


def run_evaluate(options: argparse.Namespace) -> int:
    """`iconoscope evaluate`."""
    from search.engine import Engine

    engine = Engine.open(options.collection)
    measure = {"retrieval": evaluate_retrieval, "regions": evaluate_regions, "instance": evaluate_instance}[
        options.what
    ]
    report = measure(engine, options)
    text = json.dumps(report, ensure_ascii=False, indent=None if options.json else 1)
    if options.out is not None:
        options.out.mkdir(parents=True, exist_ok=True)
        (options.out / f"{options.what}.json").write_text(text, encoding="utf-8")
    print(text)  # noqa: T201
    return 0


def evaluate_retrieval(engine: Engine, options: argparse.Namespace) -> dict[str, Any]:
    """Ranking by likeness, and what simulated users gain by judging, on labelled images."""
    from indexer.collection.layout import CLIP_PREFIX
    from indexer.evaluate.retrieval import RetrievalSettings
    from indexer.evaluate.retrieval import evaluate_retrieval as measure
    from indexer.evaluate.retrieval_truth import best_field, labels_of_field, read_labels
    from indexer.evaluate.retrieval_users import UserSettings, simulate_feedback
    from search.query import PictureTerm, Query

    snapshot = engine.snapshot
    notes: list[str] = []
    if options.truth is not None:
        labels, notes = read_labels(options.truth, snapshot.find_images)
        source = str(options.truth)
    else:
        source = options.field or best_field(snapshot)
        labels = labels_of_field(snapshot, source)
    mode = "semantic" if any(n.startswith(CLIP_PREFIX) for n in snapshot.vector_names) else "signature"

    def query_of(image_id: int) -> Query:
        return Query(pictures=[PictureTerm(image_id=image_id)], mode=mode, limit=len(snapshot))

    settings = RetrievalSettings(queries=options.queries, seed=options.seed)
    report = measure(labels, lambda i: engine.rank(query_of(i)), settings)
    answer: dict[str, Any] = {"what": "retrieval", "labels_from": source, "mode": mode, "ranking": report.to_json()}
    for name, noise in (("feedback", 0.0), ("feedback_10_percent_wrong", 0.1)):
        users = simulate_feedback(
            labels,
            lambda i: engine.rank(query_of(i)),
            lambda i, yes, no: engine.rank_judged(yes, no, query_of(i)),
            settings,
            UserSettings(noise=noise, seed=options.seed),
        )
        answer[name] = users.to_json()
    return {**answer, "notes": notes}


def evaluate_regions(engine: Engine, options: argparse.Namespace) -> dict[str, Any]:
    """The collection's regions against true ones in any annotation format."""
    from indexer.evaluate.regions import evaluate_regions as measure
    from indexer.evaluate.regions_model import Page, Report
    from indexer.evaluate.regions_truth import draw_worst, read_truth
    from indexer.regions_export import regions_by_image

    if options.truth is None:
        raise UsageError(
            "`evaluate regions` needs the true regions.", "Give --truth FILE (COCO, ALTO, PAGE, VIA, W3C)."
        )
    snapshot = engine.snapshot
    sizes = {name: (int(w), int(h)) for name, (w, h) in zip(snapshot.images.names, snapshot.images.sizes, strict=True)}
    truth, problems = read_truth(options.truth, sizes)
    found = regions_by_image(snapshot)
    pages = {name: Page(name, *sizes[name], found[name], regions) for name, regions in truth.items() if name in found}
    report: Report = measure(list(pages.values()), seed=options.seed)
    if options.out is not None:
        draw_worst(report, pages, lambda name: _pixels(engine, name), options.out / "worst.png")
    return {"what": "regions", **report.as_dict(), "problems": problems[:100]}


def _pixels(engine: Engine, name: str) -> Any:
    from search.pictures import stored_decoder

    return stored_decoder(engine.snapshot, engine.snapshot.find_images(name)[0])(1000).rgb


def evaluate_instance(engine: Engine, options: argparse.Namespace) -> dict[str, Any]:
    """Attacks on the collection's own images, searched for; see docs/quality.md."""
    from search.evaluate_instance import run

    return run(engine, options)
