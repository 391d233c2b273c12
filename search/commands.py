"""The commands that read collections: search, serve, info, evaluate."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from indexer.core.errors import IconoscopeError, UsageError

if TYPE_CHECKING:
    from search.engine import Engine
    from search.query import Query
    from search.results import Results

MODES = ("auto", "semantic", "instance", "signature", "keyword")


def add_parsers(commands: Any) -> None:
    """Add `search`, `serve`, `info`, `evaluate` and `sets`."""
    _add_search(commands)
    _add_serve(commands)
    _add_info(commands)
    from search.evaluate_command import add_evaluate

    add_evaluate(commands)
    from search.sets_command import add_sets

    add_sets(commands)


class _Image(argparse.Action):
    """`--image FILE` or `--not-image FILE`; a `--box` after it belongs to it."""

    def __call__(self, parser: Any, namespace: Any, values: Any, option_string: str | None = None) -> None:
        image: dict[str, Any] = {"path": str(values)}
        setattr(namespace, self.dest, [*(getattr(namespace, self.dest) or []), image])
        namespace.last_image = image


class _Box(argparse.Action):
    """`--box X,Y,W,H` of the image named last."""

    def __call__(self, parser: Any, namespace: Any, values: Any, option_string: str | None = None) -> None:
        from indexer.core.geometry import parse_box

        last = getattr(namespace, "last_image", None)
        if last is None:
            parser.error("--box belongs after an --image")
            return
        try:
            last["box"] = list(parse_box(str(values)))
        except UsageError as error:
            parser.error(str(error))


def _add_search(commands: Any) -> None:
    parser = commands.add_parser("search", help="search a collection by words, pictures and boxes")
    parser.add_argument("--collection", required=True, type=Path, metavar="DIR")
    parser.add_argument(
        "--text", action="append", default=[], metavar="T", help="words, in any language the model reads"
    )
    parser.add_argument("--not-text", action="append", default=[], metavar="T", help="words to push away from")
    parser.add_argument("--image", dest="images", action=_Image, metavar="FILE", help="a picture of your own")
    parser.add_argument("--box", action=_Box, metavar="X,Y,W,H", help="the part of the image before it that is meant")
    parser.add_argument(
        "--not-image", dest="not_images", action=_Image, metavar="FILE", help="a picture to push away from"
    )
    parser.add_argument(
        "--like", action="append", default=[], metavar="IMAGE[:X,Y,W,H]", help="a stored image, or a box in it"
    )
    parser.add_argument("--mode", default="auto", choices=MODES)
    parser.add_argument("--where", default="", metavar="FILTER", help="for example: year < 1700 and genre = 'emblem'")
    parser.add_argument("--group", default="image", choices=("image", "document", "none"), help="one hit for each")
    parser.add_argument("--limit", type=int, default=20, metavar="N")
    parser.add_argument("--no-mirror", action="store_true", help="do not look for mirror-inverted copies")
    parser.add_argument("--inverted", action="store_true", help="look for the negative too")
    parser.add_argument("--queries", type=Path, metavar="FILE.jsonl", help="many queries, one JSON object a line")
    parser.add_argument("--json", action="store_true", help="print JSON and nothing else")
    parser.set_defaults(run=run_search)


def run_search(options: argparse.Namespace) -> int:
    """`iconoscope search`."""
    from search.engine import Engine

    queries = _queries(options)
    engine = Engine.open(options.collection)
    status = 0
    for query in queries:
        try:
            _print_results(engine.search(query), options.json)
        except IconoscopeError as error:
            if options.queries is None:
                raise
            # One bad query of a file must not take the answers of the others.
            status = 1
            print(
                json.dumps({"id": query.id, "mode": query.mode, "hits": [], "error": _error(error)}, ensure_ascii=False)
            )
        sys.stdout.flush()
    return status


def _error(error: IconoscopeError) -> dict[str, str]:
    return {"code": error.code, "message": error.message, "hint": error.hint}


def _queries(options: argparse.Namespace) -> Sequence[Query]:
    from search.query import Query, read_queries

    if options.queries is not None:
        return read_queries(options.queries)
    line: dict[str, Any] = {
        "id": "1",
        "text": options.text,
        "not_text": options.not_text,
        "images": options.images or [],
        "not_images": options.not_images or [],
        "like": options.like,
        "mode": options.mode,
        "where": options.where,
        "limit": options.limit,
        "group": options.group,
        "mirror": not options.no_mirror,
        "inverted": options.inverted,
    }
    return [Query.from_json(line, allow_paths=True)]


def _print_results(results: Results, as_json: bool) -> None:
    if as_json:
        print(json.dumps(results.to_json(), ensure_ascii=False))
        return
    from indexer.console import safe

    print(f"{results.total} found in {results.took_ms:.0f} ms by {', '.join(results.channels)}")
    for note in results.notes:
        print(f"note: {note}")
    for number, hit in enumerate(results.hits, 1):
        proof = ""
        if hit.evidence is not None:
            kind = "same print" if hit.evidence.same_print else "possibly"
            proof = f"  {kind}, {hit.evidence.inliers} points" + (", mirrored" if hit.evidence.mirrored else "")
        said = " ".join(f"{name} {score:.3f}" for name, score in hit.channels.items())
        title = str(hit.fields.get("title") or "")
        print(f"{number:3} {hit.score:.4f}  {safe(hit.image)}  [{said}]{proof}  {safe(title[:60])}".rstrip())


def _add_serve(commands: Any) -> None:
    parser = commands.add_parser("serve", help="serve collections: web app and HTTP interface")
    parser.add_argument("--collection", required=True, type=Path, action="append", nargs="+", metavar="DIR")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    parser.set_defaults(run=run_serve)


def run_serve(options: argparse.Namespace) -> int:
    """`iconoscope serve`."""
    return serve([folder for group in options.collection for folder in group], options.host, options.port)


def serve(folders: Sequence[Path], host: str, port: int) -> int:
    """Serve until stopped.

    Raises:
        UsageError: Two collections of one name, or a port that is taken.
    """
    import uvicorn

    from search.app import create_app
    from search.engine import Engine
    from search.routes.settings import ServiceSettings

    engines: dict[str, Engine] = {}
    for folder in folders:
        name = folder.resolve().name
        if name in engines:
            raise UsageError(f"Two collections are called '{name}'.", "Rename one of the folders.")
        engines[name] = Engine.open(folder)
        engines[name].warm()
    _require_free(host, port)
    shown = f"[{host}]" if ":" in host else host
    print(f"serving {', '.join(engines)} at http://{shown}:{port}/  (Ctrl-C stops)", file=sys.stderr)
    uvicorn.run(create_app(ServiceSettings(), engines), host=host, port=port, log_level="warning")
    return 0


def _require_free(host: str, port: int) -> None:
    import socket

    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except (OSError, OverflowError) as error:
            raise UsageError(f"{host}:{port} cannot be used: {error}.", "Choose another one with --port.") from error


def _add_info(commands: Any) -> None:
    parser = commands.add_parser("info", help="what a collection holds: counts, models, failures, sizes")
    parser.add_argument("--collection", required=True, type=Path, metavar="DIR")
    parser.add_argument("--json", action="store_true")
    parser.set_defaults(run=run_info)


def run_info(options: argparse.Namespace) -> int:
    """`iconoscope info`."""
    from search.info import collection_info

    info = collection_info(options.collection)
    if options.json:
        print(json.dumps(info, ensure_ascii=False))
        return 0
    _print_info(info)
    return 0


def _print_info(info: dict[str, Any]) -> None:
    from indexer.collection.layout import CLIP_PREFIX
    from indexer.console import safe

    kinds = ", ".join(f"{n} {kind}" for kind, n in info["region_kinds"].items())
    print(f"{info['collection']}: generation {info['generation']}, settings {info['settings']['fingerprint']}")
    print(f"images    {info['images']} ({info['failed']} failed, {info['removed']} removed)")
    print(f"regions   {info['regions']} ({kinds}), {info['keypoints']} keypoints")
    models = [
        f"{m['name']} ({info['vectors'].get(t, 0)} regions)"
        for t, m in info["models"].items()
        if t.startswith(CLIP_PREFIX)
    ]
    print(f"models    {', '.join(models) or 'none: search by meaning is off'}")
    print(f"fields    {', '.join(f['name'] + ' (' + f['type'] + ')' for f in info['fields']) or 'none'}")
    for source in info["sources"]:
        print(f"source    {safe(source['location'])}")
    print(f"size      {info['bytes']['total'] / 1e6:.1f} MB, {info['bytes_an_image']['all'] / 1e3:.1f} kB an image")
    for failure in info["failures"][:50]:
        print(f"failed    {safe(failure['image'])}: {safe(failure['reason'])}")
    if len(info["failures"]) > 50:
        print(f"          … and {len(info['failures']) - 50} more (--json lists them)")
