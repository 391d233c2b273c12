"""Compile what numba compiles for SIFT and keep it beside the sources, so that the first picture need not wait 10 s.

    python scripts/compile_kernels.py

Run by `make setup`. Without it the first run does the same, once.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
import numpy as np

from indexer.features.sift_detector import detect_and_compute


def main() -> None:
    """Describe a picture of noise."""
    detect_and_compute(np.random.default_rng(0).integers(0, 256, (200, 200), np.uint8), None, 100)


if __name__ == "__main__":
    main()
