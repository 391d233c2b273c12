"""The photographs that come inside the scikit-image package; nothing is downloaded."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from indexer.core.types import Array

PHOTOGRAPHS = (
    ("astronaut.png", "Portrait of an astronaut", "NASA"),
    ("brick.png", "Brick wall", ""),
    ("camera.png", "Man with a camera on a tripod", ""),
    ("chelsea.png", "Chelsea the cat", "Stéfan van der Walt"),
    ("clock_motion.png", "Clock, blurred by motion", "Stéfan van der Walt"),
    ("coffee.png", "Coffee cup with spoon", "Rachel Michetti"),
    ("coins.png", "Greek coins from Pompeii", "Brooklyn Museum"),
    ("grass.png", "Grass", ""),
    ("gravel.png", "Gravel", ""),
    ("hubble_deep_field.jpg", "Hubble eXtreme Deep Field", "NASA"),
    ("ihc.png", "Stained tissue under the microscope", ""),
    ("moon.png", "Surface of the moon", "NASA"),
    ("page.png", "Scanned page of a book", ""),
    ("retina.jpg", "Retina of an eye", ""),
    ("rocket.jpg", "Rocket on the launch pad at night", "SpaceX"),
)
"""File in `skimage/data`, title, author."""


def photographs() -> Iterator[tuple[str, str, str, Array]]:
    """(name, title, author, uint8 (h, w, 3)) of each photograph that this version of scikit-image ships."""
    from PIL import Image

    for file, title, author in PHOTOGRAPHS:
        path = data_folder() / file
        if not path.is_file():
            logging.getLogger(__name__).warning("scikit-image here does not ship %s; left out", file)
            continue
        with Image.open(path) as image:
            yield path.stem, title, author, np.asarray(image.convert("RGB"))


def data_folder() -> Path:
    """Where scikit-image keeps its pictures, found without importing it."""
    spec = find_spec("skimage")
    if spec is None or spec.origin is None:
        return Path("skimage-is-not-installed")
    return Path(spec.origin).parent / "data"
