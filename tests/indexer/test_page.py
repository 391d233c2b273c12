"""The page proposer and the text mask as a whole, on pages of the print shop and on what is no page."""

from __future__ import annotations

import time
from pathlib import Path

import cv2
import numpy as np
import pytest

from indexer.core.settings import PageSettings
from indexer.core.types import DecodedImage, Regions
from indexer.evaluate.regions import evaluate_regions
from indexer.evaluate.regions_model import Page
from indexer.evaluate.regions_truth import read_truth
from indexer.printshop import build_print_shop
from indexer.regions.components import find_components
from indexer.regions.ink import read_dark_ink, reduce_to
from indexer.regions.page import page_layout, propose
from indexer.regions.text import letter_lines, text_mask, text_share


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, DecodedImage], Path]:
    folder = tmp_path_factory.mktemp("shop")
    build_print_shop(folder, seed=11, small=True)
    images = {}
    for path in sorted((folder / "images").glob("*.jpg")):
        rgb = cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB)
        images[f"images/{path.name}"] = DecodedImage(rgb, rgb.shape[1], rgb.shape[0])
    return images, folder / "truth.coco.json"


@pytest.fixture(scope="module")
def found(shop: tuple[dict[str, DecodedImage], Path]) -> dict[str, Regions]:
    return {name: propose(decoded) for name, decoded in shop[0].items()}


def test_pages_of_the_print_shop(shop: tuple[dict[str, DecodedImage], Path], found: dict[str, Regions]) -> None:
    images, file = shop
    truth, problems = read_truth(file, {name: (d.width, d.height) for name, d in images.items()})
    assert problems == []
    pages = [Page(name, images[name].width, images[name].height, found[name], truth[name]) for name in truth]
    score = evaluate_regions(pages).score("pictures", 0.5)
    assert score.truth >= 8
    assert score.recall >= 0.9
    assert score.precision >= 0.9


def test_the_text_mask_lies_on_type_and_not_on_pictures(shop: tuple[dict[str, DecodedImage], Path]) -> None:
    images, file = shop
    truth, _ = read_truth(file, {name: (d.width, d.height) for name, d in images.items()})
    inside, outside, seconds = [], [], []
    for name, regions in truth.items():
        rgb = images[name].rgb
        factor = 640 / max(rgb.shape[:2])
        small = cv2.resize(rgb, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
        start = time.process_time()
        mask = text_mask(small)
        seconds.append(time.process_time() - start)
        assert mask.shape == small.shape[:2]
        assert set(np.unique(mask)) <= {0, 255}
        pictures = np.zeros(mask.shape, bool)
        for x, y, w, h in (regions.boxes * factor).astype(int):
            pictures[y : y + h, x : x + w] = True
        for (x, y, w, h), kind in zip((regions.boxes * factor).astype(int), regions.kinds, strict=True):
            if kind == "illustration":  # rows of type ornaments stand in lines, as letters do
                inside.append((mask[y : y + h, x : x + w] > 0).mean())
        outside.append((mask[~pictures] > 0).mean())
    assert np.median(outside) > 0.06
    assert np.mean(inside) < 0.03
    assert np.median(seconds) < 0.12  # 0.015 s on an idle core


def test_the_quick_share_of_text_agrees_with_the_mask(shop: tuple[dict[str, DecodedImage], Path]) -> None:
    pages = [d.rgb for d in shop[0].values()]
    exact = np.array([(text_mask(rgb) > 0).mean() for rgb in pages])
    quick = np.array([text_share(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY)) for rgb in pages])
    assert (exact > 0.08).sum() >= 5
    assert (exact < 0.05).sum() >= 2
    np.testing.assert_allclose(quick, exact, atol=0.04)
    assert text_share(np.full((1, 1), 255, np.uint8)) == 0


def test_the_share_of_text_is_the_area_of_the_lines(shop: tuple[dict[str, DecodedImage], Path]) -> None:
    shares = []
    for decoded in list(shop[0].values())[:6]:
        grey = reduce_to(cv2.cvtColor(decoded.rgb, cv2.COLOR_RGB2GRAY), 720)
        pieces = find_components(read_dark_ink(grey))
        shares.append(text_share(grey))
        assert shares[-1] == (letter_lines(pieces, pieces.letters) > 0).mean()
    assert max(shares) > 0.05


@pytest.mark.parametrize(("top", "counts"), [(0, True), (4, True), (5, False), (30, False)])
def test_only_darkness_within_four_pixels_of_the_edge_is_border(top: int, counts: bool) -> None:
    grey = np.full((300, 300), 220, np.uint8)
    grey[top : top + 20, 40:260] = 10
    for turned in range(4):
        ink = read_dark_ink(np.rot90(grey, turned).copy())
        assert ink.any() != counts


def test_boxes_come_in_original_pixels(shop: tuple[dict[str, DecodedImage], Path], found: dict[str, Regions]) -> None:
    name = max(found, key=lambda n: len(found[n]))
    decoded, same = shop[0][name], found[name]
    larger = propose(DecodedImage(decoded.rgb, decoded.width * 3, decoded.height * 3))
    assert len(larger) == len(same) >= 1
    np.testing.assert_allclose(larger.boxes, same.boxes * 3, rtol=1e-5)
    assert set(larger.origins) == {"page"}
    assert set(larger.kinds) <= {"illustration", "ornament", "initial"}
    assert ((larger.scores > 0) & (larger.scores <= 1)).all()


def test_the_limit_keeps_the_surest(shop: tuple[dict[str, DecodedImage], Path], found: dict[str, Regions]) -> None:
    name = max(found, key=lambda n: len(found[n]))
    everything = found[name]
    assert len(everything) >= 2
    one = propose(shop[0][name], PageSettings(limit=1))
    assert one.scores.tolist() == [everything.scores.max()]


@pytest.mark.parametrize("shape", [(1, 1), (1, 900), (900, 1), (3, 3), (31, 31), (40, 4000), (4000, 40), (200, 300)])
@pytest.mark.parametrize("fill", [0, 128, 255, "noise"])
def test_what_is_no_page_gives_few_regions_and_never_fails(shape: tuple[int, int], fill: int | str) -> None:
    rng = np.random.default_rng(0)
    if fill == "noise":
        rgb = rng.integers(0, 256, (*shape, 3)).astype(np.uint8)
    else:
        rgb = np.full((*shape, 3), fill, np.uint8)
    found = propose(DecodedImage(rgb, shape[1], shape[0]))
    assert len(found) <= PageSettings().limit
    assert (found.boxes[:, :2] >= 0).all()
    assert (found.boxes[:, 0] + found.boxes[:, 2] <= shape[1] + 1e-3).all()
    assert (found.boxes[:, 1] + found.boxes[:, 3] <= shape[0] + 1e-3).all()
    if fill != "noise":
        assert len(found) == 0
    assert text_mask(rgb).shape == shape


def test_a_blank_page_has_neither_text_nor_pictures() -> None:
    rng = np.random.default_rng(0)
    paper = np.clip(rng.normal(220, 4, (1000, 700, 1)) + np.zeros(3), 0, 255).astype(np.uint8)
    layout = page_layout(paper)
    assert len(layout.boxes) == 0
    assert not layout.text.any()
    assert layout.line_height == 0


def test_settings_of_the_side_change_the_resolution_only() -> None:
    paper = np.full((1500, 1000, 3), 235, np.uint8)
    assert page_layout(paper, PageSettings(side=600)).text.shape == (600, 400)
