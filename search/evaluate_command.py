"""`iconoscope evaluate`: measure a collection's search with its own images."""

from __future__ import annotations

import argparse
from typing import Any


def add_evaluate(commands: Any) -> None:
    """Add `evaluate`."""
    from pathlib import Path

    parser = commands.add_parser("evaluate", help="measure the search on your own images")
    parser.add_argument("what", choices=("instance", "retrieval", "regions"))
    parser.add_argument("--collection", required=True, type=Path, metavar="DIR")
    parser.add_argument("--truth", type=Path, metavar="FILE")
    parser.add_argument("--attacks", metavar="LIST", help="comma-separated classes (instance)")
    parser.add_argument("--out", type=Path, metavar="DIR", help="report, tables and pictures of failures")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    parser.set_defaults(run=run_evaluate)


def run_evaluate(options: argparse.Namespace) -> int:
    """`iconoscope evaluate`."""
    raise SystemExit(2)
