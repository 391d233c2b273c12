"""The raw visual signature."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.core.types import Array
from indexer.features.signature import BLOCKS, RAW_DIM, describe
from indexer.features.signature_prepare import content_box


def engraving(seed: int, h: int = 300, w: int = 240) -> Array:
    """Hatched shapes in dark ink on white paper."""
    rng = np.random.default_rng(seed)
    page = np.full((h, w), 255, np.uint8)
    for _ in range(6):
        centre = tuple(int(v) for v in rng.integers(30, min(h, w) - 30, 2))
        cv2.ellipse(page, centre, (int(rng.integers(15, 60)), int(rng.integers(10, 40))), 30, 0, 360, 0, 2)
        angle, x0, y0 = rng.uniform(0, np.pi), *rng.integers(20, min(h, w) - 20, 2)
        for step in range(0, 40, 5):
            start = (int(x0 + step * np.sin(angle)), int(y0 - step * np.cos(angle)))
            end = (int(start[0] + 40 * np.cos(angle)), int(start[1] + 40 * np.sin(angle)))
            cv2.line(page, start, end, 0, 1)
    return cv2.cvtColor(page, cv2.COLOR_GRAY2RGB)


def cosine(a: Array, b: Array, block: str) -> float:
    x, y = a[BLOCKS[block]], b[BLOCKS[block]]
    return float(x @ y / (np.linalg.norm(x) * np.linalg.norm(y)))


def test_blocks_cover_the_vector_without_overlap() -> None:
    covered = np.zeros(RAW_DIM, int)
    for where in BLOCKS.values():
        covered[where] += 1
    assert (covered == 1).all()


@pytest.mark.parametrize("shape", [(1, 1), (1, 900), (900, 1), (2, 3), (17, 16), (64, 64), (700, 500)])
@pytest.mark.parametrize("value", [0, 128, 255])
def test_blank_pictures_give_finite_values_that_fit_fp16(shape: tuple[int, int], value: int) -> None:
    raw = describe(np.full((*shape, 3), value, np.uint8))
    assert raw.shape == (RAW_DIM,)
    assert raw.dtype == np.float32
    assert np.isfinite(raw.astype(np.float16)).all()
    assert np.abs(raw).max() <= 8


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 90), st.integers(1, 90), st.integers(0, 2**32 - 1))
def test_any_picture_is_described(h: int, w: int, seed: int) -> None:
    raw = describe(np.random.default_rng(seed).integers(0, 256, (h, w, 3), dtype=np.uint8))
    assert np.isfinite(raw).all()
    assert np.abs(raw).max() <= 8


@pytest.mark.parametrize(
    "bad", [np.zeros((4, 4), np.uint8), np.zeros((4, 4, 3), np.float32), np.zeros((0, 4, 3), np.uint8)]
)
def test_what_is_no_picture_is_refused(bad: Array) -> None:
    with pytest.raises(ValueError, match="expected uint8"):
        describe(bad)


def test_the_same_picture_scanned_larger_reads_alike() -> None:
    picture, other = engraving(1, 600, 480), engraving(2, 600, 480)
    large = cv2.resize(picture, None, fx=1.6, fy=1.6, interpolation=cv2.INTER_AREA)
    a, b, c = describe(picture), describe(large), describe(other)
    for block in ("hog", "gist", "thumbnail"):
        assert cosine(a, b, block) > 0.97
        assert 1 - cosine(a, b, block) < 0.2 * (1 - cosine(a, c, block))
    assert np.linalg.norm(a - b) < 0.5 * np.linalg.norm(a - c)


def test_blank_margins_change_little() -> None:
    picture = engraving(3)
    framed = cv2.copyMakeBorder(picture, 30, 45, 60, 20, cv2.BORDER_CONSTANT, value=(255, 255, 255))
    top, bottom, left, right = content_box(cv2.cvtColor(framed, cv2.COLOR_RGB2GRAY))
    assert 25 <= top <= 70
    assert 60 <= left <= 90
    assert framed.shape[0] - bottom >= 40
    assert framed.shape[1] - right >= 15
    tight = framed[top:bottom, left:right]
    assert cosine(describe(framed), describe(tight), "hog") > 0.9


def test_a_yellowed_sheet_keeps_its_palette_but_not_its_moments() -> None:
    picture = engraving(4)
    yellow = (picture * np.array([1.0, 0.93, 0.78])).astype(np.uint8)
    a, b = describe(picture), describe(yellow)
    assert cosine(a, b, "palette") > 0.95
    moments = BLOCKS["moments"]
    assert np.abs(a[moments] - b[moments]).max() > 0.2


def test_colour_pictures_are_told_apart_by_palette() -> None:
    red, blue = np.zeros((80, 80, 3), np.uint8), np.zeros((80, 80, 3), np.uint8)
    red[:, :, 0], blue[:, :, 2] = 200, 200
    assert cosine(describe(red), describe(blue), "palette") < 0.3


def test_line_work_and_photographs_differ_in_tone() -> None:
    y, x = np.mgrid[0:256, 0:256]
    photograph = np.repeat((127 + 100 * np.sin(x / 60) * np.cos(y / 50)).astype(np.uint8)[:, :, None], 3, axis=2)
    middle = BLOCKS["tone"].start + 32  # share of midtones
    assert describe(engraving(5))[middle] < 0.2
    assert describe(photograph)[middle] > 0.4


def test_a_halftone_screen_shows_in_the_spectrum() -> None:
    y, x = np.mgrid[0:512, 0:512]
    smooth = 120 + 60 * np.sin(x / 80.0)
    screen = 60 * np.cos(2 * np.pi * x / 6) * np.cos(2 * np.pi * y / 6)

    def rings(image: Array) -> Array:
        rgb = np.repeat(np.clip(image, 0, 255).astype(np.uint8)[:, :, None], 3, axis=2)
        return describe(rgb)[BLOCKS["spectrum"]][:20]

    difference = rings(smooth + screen) - rings(smooth)
    frequency = 256 * np.hypot(1 / 6, 1 / 6)
    ring = int(np.log(frequency / 2) / np.log(64) * 20)
    assert int(difference.argmax()) == ring
    assert difference.max() > 0.2
