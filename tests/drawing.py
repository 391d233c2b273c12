"""Pictures and catalogues that tests draw and write themselves."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np


def draw_picture(seed: int, width: int = 320, height: int = 240) -> np.ndarray:
    """A picture like no other: shapes and hatching from a local generator, uint8 (h, w, 3) RGB."""
    rng = np.random.default_rng(seed)
    picture = np.full((height, width, 3), rng.integers(190, 250, 3), np.uint8)
    for _ in range(40):
        colour = tuple(int(v) for v in rng.integers(0, 200, 3))
        a = (int(rng.integers(0, width)), int(rng.integers(0, height)))
        b = (int(rng.integers(0, width)), int(rng.integers(0, height)))
        kind = rng.integers(0, 3)
        if kind == 0:
            cv2.line(picture, a, b, colour, int(rng.integers(1, 5)), cv2.LINE_AA)
        elif kind == 1:
            cv2.circle(picture, a, int(rng.integers(4, 40)), colour, int(rng.integers(1, 4)), cv2.LINE_AA)
        else:
            cv2.rectangle(picture, a, b, colour, int(rng.integers(1, 4)))
    return picture


def save_picture(path: Path, picture: np.ndarray) -> Path:
    """Write a picture; the file's ending chooses the format."""
    path.parent.mkdir(parents=True, exist_ok=True)
    ok, data = cv2.imencode(path.suffix, picture[..., ::-1])
    assert ok
    path.write_bytes(data.tobytes())
    return path


def write_catalogue(path: Path, names: list[str]) -> Path:
    """A catalogue of blocks: title, year 1500, 1501 …, printer, a messy date."""
    printers = ["Plantin", "Elzevier", "Estienne"]
    rows = [
        f'{name},Block {i},{1500 + i},{printers[i % 3]},"ca. {1600 + i}–{(i + 5) % 100:02d}","emblem; n{i}"'
        for i, name in enumerate(names)
    ]
    path.write_text("filename,title,year,printer,date,subjects\n" + "\n".join(rows) + "\n", encoding="utf-8")
    return path
