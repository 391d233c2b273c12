"""The command `map`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any


def add_parsers(commands: Any) -> None:
    """Add `map`."""
    parser = commands.add_parser("map", help="write the collection as a map of pictures that any web server shows")
    parser.add_argument("--collection", required=True, type=Path, metavar="DIR")
    parser.add_argument(
        "--out", required=True, type=Path, metavar="DIR", help="folder to write (an older map is replaced)"
    )
    parser.add_argument(
        "--format",
        default="html",
        choices=("html", "csv", "parquet", "pixplot", "vikus"),
        help="the map itself, or its data for other tools",
    )
    parser.add_argument("--where", default=None, metavar="FILTER", help="only these images, e.g.: year < 1700")
    parser.add_argument(
        "--update", action="store_true", help="add what is new to the map in --out; nothing that is on it moves"
    )
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="a setting of docs/map.md")
    parser.add_argument("--json", action="store_true", help="print one JSON document and nothing else")
    parser.set_defaults(run=run_map)


def run_map(options: argparse.Namespace) -> int:
    """`iconoscope map`."""
    from indexer.collection.snapshot import open_snapshot
    from indexer.console import console_progress
    from indexer.core.errors import UsageError
    from indexer.core.settings import merge
    from viz.export import export_map, update_map
    from viz.settings import MapSettings

    if options.update and options.format != "html":
        raise UsageError("--update is for the map itself.", "Update it, then write the other format without --update.")
    overrides = _overrides(options.set)
    settings = merge(MapSettings(), overrides, "--set")
    progress = console_progress(quiet=options.json)
    drawn = _Stages(progress)
    snapshot = open_snapshot(options.collection)
    if options.update:
        report = update_map(snapshot, options.out, options.where, overrides, drawn)
    elif options.format == "html":
        report = export_map(snapshot, options.out, options.where, settings, drawn)
    else:
        report = _for_other_tools(snapshot, options, settings, drawn)
    progress.close()
    _print(report, options.json, options.format)
    return 0


def _for_other_tools(snapshot: Any, options: argparse.Namespace, settings: Any, drawn: Any) -> Any:
    """Make the map beside, then write its data to `--out` in the format asked for."""
    import tempfile
    from dataclasses import replace

    from viz.export import export_map
    from viz.formats import write

    with tempfile.TemporaryDirectory() as folder:
        report = export_map(snapshot, Path(folder) / "map", options.where, settings, drawn)
        write(options.format, Path(folder) / "map", options.out)
    files = [options.out] if options.out.is_file() else [p for p in options.out.rglob("*") if p.is_file()]
    return replace(report, out=options.out, bytes=sum(p.stat().st_size for p in files))


def _overrides(pairs: list[str]) -> dict[str, Any]:
    """`KEY=VALUE` (YAML values) as a mapping."""
    import yaml

    from indexer.core.errors import UsageError

    overrides: dict[str, Any] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals:
            raise UsageError(f"--set {pair} has no value.", "Write it as --set KEY=VALUE, e.g. --set neighbours=30.")
        try:
            overrides[key] = yaml.safe_load(value)
        except yaml.YAMLError as error:
            raise UsageError(
                f"--set {pair} cannot be read: {error}.", "Put text with special characters in quotes."
            ) from error
    return overrides


class _Stages:
    """Turns the export's `(stage, done, total)` into a bar a stage."""

    def __init__(self, progress: Any) -> None:
        self._progress = progress
        self._stage = ""
        self._done = 0

    def __call__(self, stage: str, done: int, total: int) -> None:
        if stage != self._stage:
            self._stage, self._done = stage, 0
            self._progress.start(stage, total)
        self._progress.advance(done - self._done)
        self._done = done


def _print(report: Any, as_json: bool, format_name: str) -> None:
    import json
    from dataclasses import asdict

    if as_json:
        print(json.dumps({**asdict(report), "out": str(report.out)}))
        return
    quality = "" if report.trustworthiness is None else f", trustworthiness {report.trustworthiness:.3f}"
    print(f"{report.out}: {report.pictures} pictures{quality}, {report.bytes / 1e6:.1f} MB")
    for notice in report.notices:
        print(f"note: {notice}")
    if format_name == "html":
        print(f"open {report.out / 'index.html'} in a browser, or: python -m http.server -d {report.out}")
