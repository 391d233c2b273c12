"""The window of a scan that is analysed: wide bare surrounds are cut away, everything else is taken whole."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from indexer.core.types import DecodedImage
from indexer.regions.framing import content_window
from indexer.regions.page import page_layout, propose


def sheet(height: int, width: int, box: tuple[int, int, int, int]) -> np.ndarray:
    """Rows of letter-like bars inside `box` (x, y, width, height) on white, uint8 RGB."""
    page = np.full((height, width, 3), 255, np.uint8)
    x, y, w, h = box
    for top in range(y, y + h - 12, 24):
        for i, left in enumerate(range(x, x + w - 10, 12)):
            if i % 6:
                cv2.rectangle(page, (left, top), (left + 6, top + 11), (0, 0, 0), 2 if i % 2 else -1)
    return page


def test_a_small_page_on_a_wide_ground_is_cut_out() -> None:
    page = sheet(1600, 1200, (300, 400, 500, 800))
    x, y, w, h = content_window(page, 1000)
    assert x <= 300
    assert y <= 400
    assert x + w >= 790
    assert y + h >= 1180
    assert h < 1000
    assert w < 720


@pytest.mark.parametrize(
    "page",
    [
        sheet(1600, 1200, (60, 60, 1080, 1480)),
        sheet(900, 700, (250, 250, 200, 300)),
        np.full((1600, 1200, 3), 255, np.uint8),
    ],
    ids=["fills its scan", "no finer pixels to gain", "empty"],
)
def test_other_scans_are_taken_whole(page: np.ndarray) -> None:
    assert content_window(page, 1000) == (0, 0, page.shape[1], page.shape[0])


def test_specks_do_not_count_as_content() -> None:
    page = sheet(1600, 1200, (300, 400, 500, 800))
    page[20:26, 30:36] = 0
    page[1570:1576, 1150:1156] = 0
    assert content_window(page, 1000)[3] < 1000


def test_a_vignette_is_not_enlarged_beyond_the_limit() -> None:
    page = np.full((1600, 1200, 3), 255, np.uint8)
    page[700:800, 500:700] = 30
    x, _y, w, h = content_window(page, 1000)
    assert h == 640
    assert w == 640
    assert x <= 500
    assert x + w >= 700


def test_boxes_and_text_come_back_in_pixels_of_the_image() -> None:
    page = sheet(1600, 1200, (300, 400, 500, 700))
    rng = np.random.default_rng(3)
    picture = cv2.resize(rng.integers(0, 2, (50, 100), np.uint8) * 255, (400, 200), interpolation=cv2.INTER_NEAREST)
    page[560:800, 300:800] = 255
    page[580:780, 350:750] = picture[..., None]
    layout = page_layout(page)
    assert not layout.single
    factor = layout.text.shape[0] / 1600
    rows = np.flatnonzero(layout.text.any(axis=1)) / factor
    assert 390 <= rows.min() <= 420
    assert 1060 <= rows.max() <= 1110
    assert len(layout.boxes) == 1
    np.testing.assert_allclose(layout.boxes[0], (350, 580, 400, 200), atol=12)


def photograph(seed: int) -> np.ndarray:
    """Noise of all scales (1/f) with a few darker masses, as photographs have it, uint8 (400, 600, 3)."""
    rng = np.random.default_rng(seed)
    light = np.zeros((400, 600))
    for octave in range(7):
        grid = rng.normal(0, 0.55**octave, (2 * 2**octave, 3 * 2**octave))
        light += cv2.resize(grid, (600, 400), interpolation=cv2.INTER_CUBIC)
    cv2.ellipse(light, (200, 260), (90, 120), 0, 0, 360, -2.0, -1)
    light = 110 + 55 * light + rng.normal(0, 4, light.shape)
    return np.repeat(np.clip(light, 0, 255).astype(np.uint8)[..., None], 3, axis=2)


@pytest.mark.parametrize("seed", range(4))
def test_a_photograph_that_fills_its_image_is_one_picture(seed: int) -> None:
    rgb = photograph(seed)
    layout = page_layout(rgb)
    assert layout.single
    assert len(propose(DecodedImage(rgb, 600, 400))) == 0


def test_the_same_photograph_on_a_page_is_cut_out() -> None:
    page = sheet(1000, 760, (60, 60, 640, 880))
    page[300:720, 50:710] = 255
    page[310:710, 80:680] = photograph(1)
    layout = page_layout(page)
    assert not layout.single
    pictures = [box for box, kind in zip(layout.boxes, layout.kinds, strict=True) if kind != "initial"]
    assert len(pictures) == 1
    np.testing.assert_allclose(pictures[0], (80, 310, 600, 400), atol=25)
