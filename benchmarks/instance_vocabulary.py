"""Trains the general vocabulary that ships as config/instance_vocabulary.npz.

    python benchmarks/instance_vocabulary.py ../shared/data/images config/instance_vocabulary.npz

Only centres of clusters of descriptors are kept, 64 × 64 words, half a megabyte; no picture can be made from them.
"""

from __future__ import annotations

import sys
from pathlib import Path

import cv2
import numpy as np

from indexer.collection.instance_words import train
from indexer.core.settings import SiftSettings
from indexer.features.sift import extract, to_gray


def main(images: Path, target: Path, every: int = 2) -> None:
    cv2.setNumThreads(1)
    settings = SiftSettings()
    parts = []
    for path in sorted(images.iterdir())[::every]:
        picture = cv2.imread(str(path))
        if picture is not None:
            scale = min(1.0, settings.side / max(picture.shape[:2]))
            reduced = cv2.resize(to_gray(picture), None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
            parts.append(extract(reduced, scale, settings).descriptors)
    vocabulary = train(np.concatenate(parts), 64, 64)
    np.savez_compressed(target, top=vocabulary.top, leaves=vocabulary.leaves)
    print(f"{len(parts)} pictures, {sum(map(len, parts))} descriptors, {target.stat().st_size} bytes")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
