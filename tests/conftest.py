"""Fixtures of the whole suite. Everything is drawn here; nothing comes from outside."""

from __future__ import annotations

from pathlib import Path

import pytest
from drawing import draw_picture, save_picture, write_catalogue


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `src/` (12 pictures p00.png … p11.png), `catalogue.csv` and the collection `col/` made from them."""
    from indexer.pipeline import index

    folder = tmp_path_factory.mktemp("sample")
    names = [f"p{i:02d}.png" for i in range(12)]
    for i, name in enumerate(names):
        save_picture(folder / "src" / name, draw_picture(i))
    csv = write_catalogue(folder / "catalogue.csv", names)
    index([str(folder / "src")], folder / "col", metadata=csv, workers=1)
    return folder
