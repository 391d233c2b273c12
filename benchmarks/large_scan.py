"""Peak memory of reading one very large scan as indexing does: 30,000 × 30,000 px as TIFF, JPEG and PNG.

Bare, its pixels would take 2.7 GB. Each format is read in a process of its own, whose greatest resident size counts;
what the same process takes before it reads is told beside it. python benchmarks/large_scan.py [--side 30000]
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
SAVED = {"tif": {"tile": True, "compression": "deflate"}, "jpg": {"Q": 80}, "png": {"compression": 1}}


def draw(path: Path, side: int) -> None:
    """A page of blots: noise at one pixel in 64, enlarged while it is written."""
    import pyvips

    small = pyvips.Image.gaussnoise(side // 64 + 1, side // 64 + 1, mean=170, sigma=60).cast("uchar")
    large = small.resize(64, kernel="cubic").crop(0, 0, side, side)
    large.bandjoin([large.invert(), large]).copy(interpretation="srgb").write_to_file(
        str(path), **SAVED[path.suffix[1:]]
    )


def read(path: Path) -> None:
    """Decode as a worker of `iconoscope index` does; prints what the process took before and at most, in MB."""
    from indexer.core.settings import IndexSettings
    from indexer.decode import decode_file, limit_threads

    limit_threads()
    settings = IndexSettings().decode
    decode_file(ROOT / "docs" / "images" / "search.png", settings=settings)  # its libraries are loaded
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    image = decode_file(path, settings=settings)
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(json.dumps({"before_mb": before / 1024, "peak_mb": most / 1024, "width": image.width}))


def main() -> None:
    """Draw, read, print one line of JSON a format."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--side", type=int, default=30_000)
    parser.add_argument("--read", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.read:
        read(arguments.read)
        return
    with tempfile.TemporaryDirectory() as folder:
        for kind in SAVED:
            path = Path(folder) / f"scan.{kind}"
            draw(path, arguments.side)
            command = [sys.executable, __file__, "--read", str(path)]
            told = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
            print(json.dumps({"format": kind, "file_mb": path.stat().st_size / 1e6, **told}), flush=True)
            path.unlink()


if __name__ == "__main__":
    main()
