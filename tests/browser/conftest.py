"""A real server over a small real collection, and Chromium. Pictures are drawn here: seeded line blocks on pages."""

from __future__ import annotations

import csv
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TextIO

import httpx
import numpy as np
import pytest
from browsing import leave

NASTY = "odd \"><img src=x onerror=window.hacked=1> & Ünï 'q'.jpg"
HOSTILE = "<script>window.hacked=2</script><b>bold</b>"


@dataclass(frozen=True)
class Site:
    """A served collection.

    Attributes:
        url: Of the server, without a slash at its end.
        images: Folder of the originals.
        groups: Names of the pages that carry the same block, by block.
        boxes: Where a block is on a page: x, y, width, height.
    """

    url: str
    images: Path
    groups: dict[int, list[str]]
    boxes: dict[str, tuple[int, int, int, int]]

    def ids(self) -> dict[str, int]:
        """Image ids by name."""
        hits = httpx.get(f"{self.url}/api/images?limit=100", timeout=30).json()["hits"]
        return {hit["image"]: hit["image_id"] for hit in hits}

    @property
    def some_id(self) -> int:
        """The id of a page that has a twin."""
        return self.ids()[self.groups[0][0]]


def draw_block(seed: int, width: int = 320, height: int = 240) -> np.ndarray:
    """A woodcut of sorts: hatched shapes in a frame, uint8 (h, w), black on white."""
    import cv2

    rng = np.random.default_rng(seed)
    block = np.full((height, width), 255, np.uint8)
    for _ in range(26):
        x, y = int(rng.integers(10, width - 60)), int(rng.integers(10, height - 50))
        w, h, lean = int(rng.integers(20, 90)), int(rng.integers(15, 70)), int(rng.integers(-12, 12))
        for step in range(0, h, int(rng.integers(4, 8))):
            cv2.line(block, (x, y + step), (x + w, y + step + lean), 0, int(rng.integers(1, 3)), cv2.LINE_AA)
        if rng.random() < 0.4:
            cv2.ellipse(block, (x + w // 2, y), (w // 3, h // 2), float(rng.integers(0, 90)), 0, 360, 0, 2, cv2.LINE_AA)
    cv2.rectangle(block, (2, 2), (width - 3, height - 3), 0, 3)
    return block


def print_page(block: np.ndarray, seed: int, mirrored: bool) -> tuple[np.ndarray, tuple[int, int, int, int]]:
    """A page of 700 × 900 with lines of text around the block, inked and worn by chance."""
    import cv2

    rng = np.random.default_rng(1000 + seed)
    page = np.full((900, 700), 236, np.uint8)
    x, y = int(rng.integers(60, 300)), int(rng.integers(80, 500))
    for line in range(70, 850, 22):
        if not y - 24 < line < y + block.shape[0] + 24:
            cv2.putText(
                page,
                "".join(rng.choice(list("aemnorstuv iljpqd "), 46)),
                (60, line),
                cv2.FONT_HERSHEY_COMPLEX,
                0.55,
                60,
                1,
                cv2.LINE_AA,
            )
    cut = block[:, ::-1] if mirrored else block
    h, w = cut.shape
    page[y : y + h, x : x + w] = np.minimum(page[y : y + h, x : x + w], np.where(rng.random((h, w)) < 0.03, 255, cut))
    noisy = cv2.GaussianBlur(page, (3, 3), 0.8).astype(np.int16) + rng.normal(0, 4, page.shape).astype(np.int16)
    return np.clip(noisy, 0, 255).astype(np.uint8), (x, y, w, h)


def make_images(folder: Path) -> tuple[dict[int, list[str]], dict[str, tuple[int, int, int, int]]]:
    """Twelve pages with five blocks, one with a hostile name, one broken file, and `catalogue.csv`."""
    from PIL import Image

    groups: dict[int, list[str]] = {}
    boxes = {}
    rows = []
    for page in range(12):
        block = page % 5
        name = f"{'ab'[page % 2]}book/p{page:02}.jpg" if page != 7 else NASTY
        pixels, box = print_page(draw_block(block), page, mirrored=page == 11)
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(path, quality=88)
        groups.setdefault(block, []).append(name)
        boxes[name] = box
        title = HOSTILE if page == 7 else f"{['Ship', 'Castle', 'Garden', 'Comet', 'Whale'][block]} on leaf {page}"
        rows.append([name, title, 1600 + 10 * page, ["Voss", "Calvarin", "Aubry"][page % 3], f"Book {'AB'[page % 2]}"])
    (folder / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 not a picture")
    with (folder.parent / "catalogue.csv").open("w", newline="") as file:
        csv.writer(file).writerows([["filename", "title", "year", "printer", "document"], *rows])
    return groups, boxes


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory, chromium: str) -> Iterator[Site]:
    """Two collections, indexed by the pipeline and served by the command."""
    from indexer.core.settings import IndexSettings
    from indexer.pipeline import index

    root = tmp_path_factory.mktemp("site")
    images = root / "images"
    groups, boxes = make_images(images)
    settings = replace(IndexSettings(), regions=("whole", "page"))
    index([str(images)], root / "Books", settings, root / "catalogue.csv", workers=1)
    index([str(images / "abook")], root / "Half", replace(settings, regions=("whole",)), workers=1)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "iconoscope", "serve", "--port", str(port), "--collection"]
    log = (root / "server.log").open("w+")
    server = subprocess.Popen([*command, str(root / "Books"), str(root / "Half")], stdout=log, stderr=log)
    try:
        wait_for(f"http://127.0.0.1:{port}/api/health", server, log)
        yield Site(f"http://127.0.0.1:{port}", images, groups, boxes)
    finally:
        server.terminate()
        server.wait(10)
        log.close()


def wait_for(url: str, server: subprocess.Popen[bytes], log: TextIO) -> None:
    """Until the server answers; fails with its log when it stops or takes over a minute."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and server.poll() is None:
        try:
            if httpx.get(url, timeout=5).status_code == 200:
                return
        except httpx.HTTPError:
            time.sleep(0.1)
    log.seek(0)
    pytest.fail(f"the server did not start: {log.read()}")


@pytest.fixture(scope="session")
def browser(chromium: str, playwright_driver):
    """One Chromium for all tests."""
    found = playwright_driver.chromium.launch(
        executable_path=chromium, args=["--no-sandbox", "--disable-background-networking"]
    )
    yield found
    found.close()


@pytest.fixture
def page(browser, site: Site):
    """A fresh page in English; the test fails when the page logged an error or broke the security policy."""
    context = browser.new_context(
        viewport={"width": 1280, "height": 860}, locale="en-US", base_url=site.url, accept_downloads=True
    )
    found = context.new_page()
    found.set_default_timeout(30_000)
    troubles: list[str] = []
    found.on("pageerror", lambda error: troubles.append(str(error)))
    found.on(
        "console",
        lambda message: (
            troubles.append(message.text)
            if message.type == "error" and "Failed to load resource" not in message.text
            else None
        ),
    )
    yield found
    hacked = found.evaluate("window.hacked ?? 0")
    leave(context)
    assert not troubles, troubles
    assert hacked == 0
