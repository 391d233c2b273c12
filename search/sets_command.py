"""`iconoscope sets`: saved sets and detectors of a collection."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from indexer.core.errors import UsageError

if TYPE_CHECKING:
    from search.engine import Engine

ID_DIGITS = 19
"""Longer numbers are no ids."""


def add_sets(commands: Any) -> None:
    """Add `sets`."""
    parser = commands.add_parser("sets", help="saved sets of judgements, and detectors made of them")
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    _action(actions, "list", run_list, "the sets of a collection, and whether they can be applied")
    save = _named(_action(actions, "save", run_save, "keep judgements under a name"))
    for option, sign in (("--positive", "yes"), ("--negative", "no")):
        text = f"a stored image that was judged {sign}, or its id"
        save.add_argument(option, action="append", default=[], metavar="IMAGE", help=text)
    save.add_argument("--author", default="", metavar="WHO")
    save.add_argument("--notes", default="", metavar="TEXT")
    save.add_argument("--replace", action="store_true", help="in place of the set of that name")
    export = _named(_action(actions, "export", run_export, "write a set's detector as a small JSON file"))
    export.add_argument("--out", type=Path, metavar="FILE.json", help="standard output if not given")
    fetch = _action(actions, "import", run_import, "take a detector from a file")
    fetch.add_argument("file", type=Path, metavar="FILE.json")
    fetch.add_argument("--name", default="", metavar="NAME", help="instead of the one in the file")
    fetch.add_argument("--replace", action="store_true", help="in place of the set of that name")
    apply = _named(_action(actions, "apply", run_apply, "the images that a set, detector or label finds"))
    apply.add_argument("--where", default="", metavar="FILTER", help="among the images that pass a filter")
    apply.add_argument("--least", type=float, default=0.5, metavar="P", help="least probability (default 0.5)")
    apply.add_argument("--limit", type=int, default=50, metavar="N")
    _named(_action(actions, "delete", run_delete, "take a set away"))


def _action(actions: Any, name: str, run: Any, text: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = actions.add_parser(name, help=text)
    parser.add_argument("--collection", required=True, type=Path, metavar="DIR")
    parser.add_argument("--json", action="store_true", help="print JSON and nothing else")
    parser.set_defaults(run=run)
    return parser


def _named(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    parser.add_argument("name", metavar="NAME")
    return parser


def _open(options: argparse.Namespace) -> Engine:
    from search.engine import Engine

    return Engine.open(options.collection)


def run_list(options: argparse.Namespace) -> int:
    """`iconoscope sets list`."""
    from search.saved_sets import describe_sets

    machine = _open(options).machine()
    rows = describe_sets(machine)
    if options.json:
        print(json.dumps({"sets": rows, "labels": machine.labels.names()}, ensure_ascii=False))
        return 0
    for row in rows:
        _print_set(row)
    print(machine.labels.note() or f"labels    {', '.join(machine.labels.names())}")
    return 0


def _print_set(row: dict[str, Any]) -> None:
    from indexer.console import safe

    what = f"{len(row['positive'])} yes, {len(row['negative'])} no" if row["kind"] == "examples" else "detector"
    print(f"{safe(row['field'])}  {what}  {safe(row['author'])}  {row['time'][:19]}".rstrip())
    for line in [*row["told"], *([row["error"]["message"] + " " + row["error"]["hint"]] if "error" in row else [])]:
        print(f"    {line}")


def run_save(options: argparse.Namespace) -> int:
    """`iconoscope sets save`."""
    from indexer.collection.sets import SavedSet
    from search.saved_sets import keep_set

    machine = _open(options).machine()
    yes, no = (tuple(_image(machine.snapshot, name) for name in x) for x in (options.positive, options.negative))
    saved = SavedSet(options.name, yes, no, author=options.author, notes=options.notes)
    return _told(keep_set(machine, saved, options.replace), options)


def _image(snapshot: Any, name: str) -> int:
    """The region that is the whole of an image named by its name or id."""
    found = snapshot.find_images(name) or ([int(name)] if name.isdecimal() and len(name) < ID_DIGITS else [])
    at = snapshot.images.positions(found)
    if len(found) > 1:
        raise UsageError(f"Several images are called '{name}'.", f"Name one by its id: {', '.join(map(str, found))}.")
    if not len(at) or at[0] < 0 or snapshot.first_regions[at[0]] < 0:
        raise UsageError(f"The collection has no image '{name}'.", "Name it as `iconoscope search` prints it.")
    return int(snapshot.regions.ids[snapshot.first_regions[at[0]]])


def run_export(options: argparse.Namespace) -> int:
    """`iconoscope sets export`."""
    from search.saved_sets import export_set

    text = json.dumps(export_set(_open(options).machine(), options.name), ensure_ascii=False)
    if options.out is None:
        print(text)
        return 0
    try:
        options.out.write_text(text + "\n", encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{options.out} cannot be written: {error.strerror}.", "Name another file.") from error
    print(json.dumps({"file": str(options.out)}) if options.json else f"{len(text):,} bytes in {options.out}")
    return 0


def run_import(options: argparse.Namespace) -> int:
    """`iconoscope sets import`."""
    from search.detector_file import read_text
    from search.saved_sets import import_set

    try:
        content = options.file.read_bytes()
    except OSError as error:
        raise UsageError(
            f"{options.file} cannot be read: {error.strerror}.", "Name a file from `sets export`."
        ) from error
    return _told(import_set(_open(options).machine(), read_text(content), options.name, options.replace), options)


def _told(row: dict[str, Any], options: argparse.Namespace) -> int:
    if options.json:
        print(json.dumps(row, ensure_ascii=False))
    else:
        _print_set(row)
    return 0


def run_apply(options: argparse.Namespace) -> int:
    """`iconoscope sets apply`: best images first."""
    from indexer.console import safe

    engine = _open(options)
    images = engine.machine().best(options.name, engine.mask(options.where), options.least, options.limit)
    if options.json:
        print(json.dumps({"name": options.name, "origin": "machine", "images": images}, ensure_ascii=False))
        return 0
    for row in images:
        print(f"{row['score']:.4f}  {safe(row['image'])}")
    print(f"{len(images)} images from {options.least} on, by machine.{safe(options.name)}")
    return 0


def run_delete(options: argparse.Namespace) -> int:
    """`iconoscope sets delete`."""
    from indexer.collection.sets import delete_set, read_set

    name = read_set(options.collection, options.name).name
    delete_set(options.collection, name)
    print(json.dumps({"deleted": name}) if options.json else f"deleted {name}")
    return 0
