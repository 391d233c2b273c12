"""The commands that write collections or look at models: index, regions, models."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from indexer.core.errors import UsageError

if TYPE_CHECKING:
    from indexer.core.settings import IndexSettings
    from indexer.features.clip import ClipModel
    from indexer.pipeline import IndexReport
    from indexer.progress import Progress

PROPOSERS = ("whole", "page", "sam", "annotations")


def add_parsers(commands: Any) -> None:
    """Add `index`, `regions` and `models`."""
    _add_index(commands)
    _add_regions(commands)
    _add_models(commands)


def _add_index(commands: Any) -> None:
    parser = commands.add_parser(
        "index", help="index images into a collection; run again to resume, add, update or remove"
    )
    parser.add_argument("sources", nargs="+", metavar="SOURCE", help="folder, table of paths (CSV, Parquet) or file")
    parser.add_argument("--collection", required=True, type=Path, metavar="DIR", help="where the collection is kept")
    parser.add_argument(
        "--metadata", type=Path, metavar="FILE", help="table of catalogue fields with a column `filename`"
    )
    parser.add_argument("--regions", metavar="LIST", help=f"comma-separated: {', '.join(PROPOSERS)} (default whole)")
    parser.add_argument("--clip", default="auto", metavar="NAME", help="auto, none, a preset, a model or a folder")
    parser.add_argument("--preset", metavar="NAME", help="settings from config/presets/NAME.yaml or a YAML file")
    parser.add_argument("--device", default="auto", choices=("auto", "cpu", "cuda"), help="where models run")
    parser.add_argument("--workers", type=int, metavar="N", help="processes (default: one a core)")
    parser.add_argument("--profile", action="store_true", help="print the share of each stage at the end")
    parser.add_argument("--json", action="store_true", help="print one JSON document and nothing else")
    parser.set_defaults(run=run_index)


def run_index(options: argparse.Namespace) -> int:
    """`iconoscope index`."""
    from indexer.console import console_progress
    from indexer.memory import return_freed_memory
    from indexer.pipeline import index

    return_freed_memory()
    if options.workers is not None and options.workers < 1:
        raise UsageError(f"--workers is {options.workers}.", "Give a number above zero.")
    progress = console_progress(quiet=options.json)
    settings = _settings(options)
    _check_sources(options.sources)
    clip, note = _clip(options, progress)
    report = index(
        options.sources, options.collection, settings, options.metadata, clip, progress, options.workers
    )  # fmt: skip
    if options.json:
        print(json.dumps(_report_json(report, options, note), ensure_ascii=False))
    else:
        progress.close()
        _print_report(report, options)
    return 1 if report.interrupted else 0


def _check_sources(sources: list[str]) -> None:
    """Before a model is loaded: are the sources there?"""
    from indexer.core.errors import SourceError

    for source in sources:
        if not Path(source).exists():
            raise SourceError(f"The source {source} does not exist.", "Check the path; relative ones start here.")


def _settings(options: argparse.Namespace) -> IndexSettings | None:
    """What the command line asks for; None when it asks for nothing, so that the collection decides."""
    from dataclasses import replace

    from indexer.core.presets import load_preset
    from indexer.core.settings import IndexSettings

    if options.regions is None and options.preset is None:
        return None
    settings = (
        load_preset(options.preset) if options.preset else _stored_settings(options.collection) or IndexSettings()
    )
    if options.regions is None:
        return settings
    names = tuple(n.strip() for n in options.regions.split(",") if n.strip())
    unknown = [n for n in names if n not in PROPOSERS]
    if unknown or not names:
        raise UsageError(f"--regions cannot be '{options.regions}'.", f"Choose from: {', '.join(PROPOSERS)}.")
    return replace(settings, regions=names)


def _stored_settings(folder: Path) -> IndexSettings | None:
    from indexer.collection.layout import Layout
    from indexer.collection.manifest import read_manifest

    layout = Layout(folder)
    return read_manifest(layout).settings if layout.manifest.exists() else None


def _clip(options: argparse.Namespace, progress: Progress) -> tuple[ClipModel | None, str]:
    """The model to embed with, and why there is none."""
    from indexer.collection.layout import Layout
    from indexer.collection.manifest import read_manifest
    from indexer.core.errors import ModelError

    if options.clip == "none":
        progress.say("device: CPU (no embeddings wanted)")
        return None, "not wanted"
    from indexer.features.clip import choose_clip, load_recorded

    layout = Layout(options.collection)
    manifest = read_manifest(layout) if layout.manifest.exists() else None
    identity = dict(manifest.models.get(manifest.clip_request) or {}) if manifest else {}
    if options.clip == "auto" and identity:
        try:
            model = load_recorded(identity, str(identity.get("source") or identity["name"]), options.device)
            progress.say(f"device: {model.device.label} · model: {model.identity['name']}")
            return model, ""
        except ModelError as error:
            progress.warn(f"New images get no embedding for now: {error}")
            return None, str(error)
    choice = choose_clip(options.clip, options.device)
    if choice.model is not None:
        progress.say(f"device: {choice.model.device.label} · model: {choice.model.identity['name']}")
        return choice.model, ""
    from indexer.device import describe_device, pick_device

    progress.say(f"device: {describe_device(pick_device(options.device))}")
    progress.warn(f"{choice.reason} To add it later: {choice.command}, then run this command again.")
    return None, choice.reason


def _report_json(report: IndexReport, options: argparse.Namespace, note: str) -> dict[str, Any]:
    from indexer.profile import profile

    measured = profile(report)
    return {
        "collection": str(options.collection),
        "generation": report.generation,
        "added": report.added,
        "updated": report.updated,
        "unchanged": report.unchanged,
        "removed": report.removed,
        "embedded": report.embedded,
        "failed": len(report.failures),
        "failures": [{"image": n, "reason": r} for n, r in report.failures],
        "problems": report.problems,
        "clip": note or "ok",
        "seconds": round(report.wall_seconds, 2),
        "stages": {k: round(v, 3) for k, v in report.seconds.items()},
        "busy": {k: round(v, 3) for k, v in measured.busy.items()},
        "bottleneck": measured.bottleneck,
        "worker_deaths": report.worker_deaths,
        "interrupted": report.interrupted,
    }


def _print_report(report: IndexReport, options: argparse.Namespace) -> None:
    from indexer.console import safe

    rate = report.added / report.wall_seconds if report.wall_seconds else 0.0
    print(
        f"{report.added} indexed, {report.unchanged} unchanged, {report.updated} updated, {report.removed} removed, "
        f"{len(report.failures)} failed in {report.wall_seconds:.1f} s ({rate:.1f} images/s)"
    )
    if report.embedded:
        print(f"{report.embedded} images got their embedding")
    for name, reason in report.failures[:20]:
        print(f"  failed: {safe(name)}: {safe(reason)}")
    if len(report.failures) > 20:
        print(f"  … and {len(report.failures) - 20} more: iconoscope info --collection {options.collection}")
    for problem in report.problems[:20]:
        print(f"  note: {safe(problem)}")
    if report.worker_deaths:
        print(f"  note: {report.worker_deaths} worker processes died and were replaced")
    if options.profile:
        from indexer.profile import profile

        print("\n".join(profile(report).lines()))
    if report.interrupted:
        print("stopped early; run the same command again to go on")
    else:
        print(f"next: iconoscope serve --collection {options.collection}")


def _add_regions(commands: Any) -> None:
    parser = commands.add_parser("regions", help="write the regions of a collection in a standard format")
    parser.add_argument("--collection", required=True, type=Path, metavar="DIR")
    parser.add_argument("--format", default="coco", choices=("coco", "alto", "page", "json"))
    parser.add_argument("--out", type=Path, metavar="FILE", help="default: standard output")
    parser.set_defaults(run=run_regions)


def run_regions(options: argparse.Namespace) -> int:
    """`iconoscope regions`."""
    from indexer.regions_export import export_collection

    data = export_collection(options.collection, options.format)
    if options.out is None:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        return 0
    try:
        options.out.write_bytes(data)
    except OSError as error:
        raise UsageError(f"{options.out} cannot be written: {error}.", "Name another file with --out.") from error
    print(f"{options.out}: {len(data)} bytes", file=sys.stderr)
    return 0


def _add_models(commands: Any) -> None:
    parser = commands.add_parser("models", help="list, fetch and check the models")
    actions = parser.add_subparsers(dest="action", metavar="list|pull|check", required=True)
    listing = actions.add_parser("list", help="presets and what is on this machine")
    listing.add_argument("--json", action="store_true")
    listing.set_defaults(run=run_models_list)
    for action, text in (("pull", "fetch a model (needs network)"), ("check", "load a model and try it")):
        sub = actions.add_parser(action, help=text)
        sub.add_argument("name", metavar="NAME")
        sub.add_argument("--json", action="store_true")
        sub.set_defaults(run=run_models_pull if action == "pull" else run_models_check)


def run_models_list(options: argparse.Namespace) -> int:
    """`iconoscope models list`."""
    from dataclasses import asdict

    from indexer.models.commands import list_models

    states = list_models()
    if options.json:
        print(json.dumps([asdict(s) for s in states]))
        return 0
    for state in states:
        star = "*" if state.default else " "
        print(f"{star} {state.name:14} {state.kind:5} {state.state:10} {state.megabytes or '?':>5} MB  {state.about}")
    print("* what --clip auto means; fetch one with: iconoscope models pull NAME")
    return 0


def run_models_pull(options: argparse.Namespace) -> int:
    """`iconoscope models pull`."""
    from dataclasses import asdict

    from indexer.models.commands import pull

    state = pull(options.name)
    print(json.dumps(asdict(state)) if options.json else f"{state.name}: {state.state} in {state.folder}")
    return 0


def run_models_check(options: argparse.Namespace) -> int:
    """`iconoscope models check`."""
    from dataclasses import asdict

    from indexer.models.commands import check

    result = check(options.name)
    if options.json:
        print(json.dumps(asdict(result)))
    elif result.ok:
        print(f"{result.name}: works on {result.device}, vectors of {result.dim}, {result.seconds:.1f} s")
    else:
        print(f"{result.name}: {' '.join(result.problems)} {result.hint}")
    return 0 if result.ok else 1
