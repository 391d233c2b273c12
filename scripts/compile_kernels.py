"""Compile all that numba compiles and keep it beside the sources, so that nobody's first picture has to wait for it.

    python scripts/compile_kernels.py

Run by `make setup`. Without it the first run and the first search do the same, once (15 s on one core).
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))


def main() -> None:
    """Index two pages of a sample print shop, and look for the prints of one of them."""
    from indexer.printshop import build_print_shop

    with tempfile.TemporaryDirectory() as temporary:
        shop = build_print_shop(Path(temporary) / "shop", pages=2, small=True)
        collection = str(Path(temporary) / "collection")
        iconoscope("index", str(shop.folder), "--collection", collection, "--regions", "whole,page", "--workers", "1")
        for mode in ("instance", "signature"):
            picture = str(shop.folder / shop.images[0])
            iconoscope("search", "--collection", collection, "--image", picture, "--mode", mode)


def iconoscope(*arguments: str) -> None:
    """Run a command, quietly unless it fails."""
    command = [sys.executable, "-m", "iconoscope", *arguments]
    done = subprocess.run(command, check=False, cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"iconoscope {' '.join(arguments)} failed:\n{done.stderr}")


if __name__ == "__main__":
    main()
