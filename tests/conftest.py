"""Fixtures of the whole suite. Everything is drawn here; nothing comes from outside."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

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


BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@pytest.fixture(scope="session")
def chromium() -> str:
    """The browser's program; $ICONOSCOPE_CHROMIUM names another. Without one the tests are skipped, in CI they fail."""
    named = os.environ.get("ICONOSCOPE_CHROMIUM")
    found = named or next((path for path in map(shutil.which, BROWSERS) if path), None)
    if found is None:
        if os.environ.get("ICONOSCOPE_REQUIRE_BROWSER"):
            pytest.fail("no Chromium found, and ICONOSCOPE_REQUIRE_BROWSER is set")
        pytest.skip("no Chromium found")
    return found


@pytest.fixture(scope="session")
def playwright_driver() -> Iterator[Any]:
    """The one Playwright of the run: its synchronous interface cannot be started twice in a process."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        yield driver
