"""The command `iconoscope`: assembles the command line and turns errors into messages and exit statuses.

Heavy modules are imported by the command that needs them, so that `--help` is quick.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from indexer.core.errors import IconoscopeError, UsageError
from indexer.kernel_cache import ensure_kernel_cache

if TYPE_CHECKING:
    from indexer.features.clip import ClipModel
    from indexer.progress import Progress

VERSION = "0.1.0"


def build_parser() -> argparse.ArgumentParser:
    """All commands with their options."""
    import indexer.commands
    import search.commands
    import viz.commands

    parser = argparse.ArgumentParser(
        prog="iconoscope",
        description="Visual search for heritage image collections: by words, by picture, by a box, and as a map.",
        epilog="Start with: iconoscope demo",
    )
    parser.add_argument("--version", action="version", version=f"iconoscope {VERSION}")
    parser.add_argument("--debug", action="store_true", help="show log messages and full error traces")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    indexer.commands.add_parsers(commands)
    search.commands.add_parsers(commands)
    viz.commands.add_parsers(commands)
    _add_demo(commands)
    return parser


def _add_demo(commands: Any) -> None:
    parser = commands.add_parser("demo", help="make a sample collection with its map, and serve it")
    parser.add_argument("--folder", type=Path, default=Path("iconoscope-demo"), metavar="DIR", help="where it is kept")
    parser.add_argument("--no-serve", action="store_true", help="stop when all is made")
    parser.add_argument("--pages", type=int, default=160, metavar="N", help="printed pages of the sample print shop")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    parser.set_defaults(run=run_demo)


def run_demo(options: argparse.Namespace) -> int:
    """`iconoscope demo`: print shop → index → map → serve. What is there already is not made again."""
    from search.commands import serve

    if options.pages < 12:
        raise UsageError(f"--pages is {options.pages}.", "The sample print shop prints at least 12.")
    collection = make_demo(options.folder, options.pages)
    print(f"sample collection: {collection}\nmap: {collection / 'maps' / 'main' / 'index.html'}")
    print(f"try: iconoscope search --collection {collection} --text ship --limit 5")
    return 0 if options.no_serve else serve([collection], options.host, options.port)


def make_demo(folder: Path, pages: int) -> Path:
    """The demo's collection with its map, made in `folder` as far as it is not there yet."""
    from dataclasses import replace

    from indexer.collection.snapshot import open_snapshot
    from indexer.console import console_progress
    from indexer.core.settings import IndexSettings
    from indexer.pipeline import index
    from indexer.printshop import build_print_shop
    from viz.export import export_map
    from viz.settings import MapSettings

    progress = console_progress(quiet=False)
    images, collection = folder / "print-shop", folder / "collection"
    done = folder / f"print-shop-{pages}.done"
    if not done.exists():
        progress.start("drawing blocks and printing pages", pages)
        printed = [0]

        def printing(count: int, _total: int) -> None:
            progress.advance(count - printed[0])
            printed[0] = count

        build_print_shop(images, pages=pages, progress=printing)
        progress.finish()
        done.touch()
    settings = replace(IndexSettings(), regions=("whole", "page"))
    model = demo_model(progress)
    report = index([str(images)], collection, settings, images / "catalogue.csv", model, progress)
    progress.say(f"{report.added} images indexed, {report.unchanged} unchanged, {len(report.failures)} failed")
    target = collection / "maps" / "main"
    if report.added or report.removed or report.embedded or not (target / "index.html").exists():
        progress.say("making the map")
        export_map(open_snapshot(collection), target, settings=MapSettings(title="The sample print shop"))
    progress.close()
    return collection


def demo_model(progress: Progress) -> ClipModel | None:
    """The default CLIP model when it is at hand; the demo does not download gigabytes unasked."""
    from indexer.features.clip import choose_clip

    choice = choose_clip("auto", fetch=False)
    if choice.model is None:
        progress.warn(f"{choice.reason} To search by meaning: {choice.command}, then run the demo again.")
    return choice.model


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Returns:
        0 done, 1 failed, 2 wrong usage.
    """
    options = build_parser().parse_args(arguments)
    logging.basicConfig(
        level=logging.INFO if options.debug else logging.ERROR, format="%(levelname)s %(name)s: %(message)s"
    )
    os.environ.setdefault("LANCE_LOG", "info" if options.debug else "error")
    # Threads of torch and FAISS that wait for each other sleep, not spin: on a busy machine a text is encoded
    # in 0.2 s instead of 4 s. Read when those libraries are loaded.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    ensure_kernel_cache()
    if options.command != "map":
        # The products of NumPy are small here: more threads take twice the processor time and end no sooner (page
        # networks, 2 cores), and beside other work they spin for each other. Maps have large ones.
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        return int(options.run(options))
    except IconoscopeError as error:
        if options.debug:
            raise
        print(f"iconoscope: {error}", file=sys.stderr)
        return 2 if isinstance(error, UsageError) else 1
    except KeyboardInterrupt:
        print("iconoscope: stopped", file=sys.stderr)
        return 1
    except BrokenPipeError:
        # The reader of our output went away (`| head`); nothing is left to say, not even at shutdown.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


if __name__ == "__main__":
    sys.exit(main())
