"""The command `iconoscope`: assembles the command line and turns errors into messages and exit statuses.

Heavy modules are imported by the command that needs them, so that `--help` is quick.
"""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Sequence

from indexer.core.errors import IconoscopeError, UsageError

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
    return parser


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
