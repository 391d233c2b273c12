"""Measures of regions against hand-made truths."""

from __future__ import annotations

import json
import math
from itertools import permutations
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from pycocotools import mask as coco

from indexer.core.errors import UsageError
from indexer.core.geometry import iou
from indexer.core.types import Regions
from indexer.evaluate.regions import evaluate_regions, match_boxes
from indexer.evaluate.regions_model import Page
from indexer.evaluate.regions_truth import draw_worst, read_truth
from indexer.evaluate.statistics import wilson


def regions(*rows: tuple[str, tuple[float, ...]], **fields: Any) -> Regions:
    return Regions.of([{"kind": kind, "box": box, **fields} for kind, box in rows])


def page(name: str, truth: Regions, predicted: Regions) -> Page:
    return Page(name, 200, 100, predicted, truth)


PICTURE = ("illustration", (10.0, 10.0, 40.0, 40.0))
FAR = ("illustration", (150.0, 50.0, 40.0, 40.0))
WHOLE = ("whole", (0.0, 0.0, 200.0, 100.0))


def test_precision_recall_and_f1_by_hand() -> None:
    pages = [
        page("hit", regions(PICTURE), regions(WHOLE, PICTURE)),
        page("miss", regions(PICTURE, FAR), regions(FAR)),
        page("wrong", regions(), regions(FAR)),
    ]
    score = evaluate_regions(pages).score()
    assert (score.truth, score.predicted, score.matched) == (3, 3, 2)
    assert (score.precision, score.recall, score.f1) == pytest.approx((2 / 3, 2 / 3, 2 / 3))
    low, high = score.recall_interval
    assert low < 2 / 3 < high


def test_thresholds() -> None:
    # 40 × 40 against 40 × 28: overlap 0.7.
    report = evaluate_regions([page("a", regions(PICTURE), regions(("illustration", (10, 10, 40, 28))))])
    assert report.score(threshold=0.5).matched == 1
    assert report.score(threshold=0.75).matched == 0
    assert report.mean_iou["pictures"] == pytest.approx(0.7)
    assert report.mean_dice["pictures"] == pytest.approx(1.4 / 1.7)


def test_an_ornament_called_illustration_is_a_picture_but_not_an_ornament() -> None:
    report = evaluate_regions([page("a", regions(("ornament", PICTURE[1])), regions(PICTURE))])
    assert report.score("pictures").matched == 1
    ornament = report.score("ornament")
    assert (ornament.truth, ornament.matched, ornament.found_as_other) == (1, 0, 1)
    assert report.score("illustration").precision == 0


def test_pictures_found_on_neutral_truth_do_not_count() -> None:
    truth = regions(PICTURE, ("stamp", FAR[1]), ("initial", (60, 60, 20, 20)))
    found = regions(PICTURE, FAR, ("ornament", (60, 60, 20, 20)))
    score = evaluate_regions([page("a", truth, found)]).score()
    assert (score.predicted, score.matched, score.ignored, score.precision) == (3, 1, 2, 1.0)


def test_each_region_matches_once() -> None:
    found = regions(PICTURE, ("illustration", (11, 10, 40, 40)))
    score = evaluate_regions([page("a", regions(PICTURE), found)]).score()
    assert (score.matched, score.precision, score.recall) == (1, 0.5, 1.0)


def test_matching_against_all_assignments() -> None:
    rng = np.random.default_rng(0)
    for _ in range(30):
        truth, found = (np.hstack([rng.uniform(0, 20, (4, 2)), rng.uniform(10, 30, (4, 2))]) for _ in range(2))
        overlap = iou(truth, found)
        most = max(sum(overlap[i, p[i]] >= 0.4 for i in range(4)) for p in permutations(range(4)))
        pairs = match_boxes(truth, found, 0.4)
        assert len(pairs) == most
        assert all(overlap[i, j] >= 0.4 for i, j in pairs)
        assert len({i for i, _ in pairs}) == len({j for _, j in pairs}) == len(pairs)


def test_pixels_by_hand() -> None:
    # Truth covers 40 × 40 of 200 × 100; the prediction its left half and as much beside it.
    report = evaluate_regions([page("a", regions(PICTURE), regions(("illustration", (-10, 10, 40, 40))))])
    truth, found, both = 1600, 1200, 800
    assert report.pixels["pictures"]["iou"] == pytest.approx(both / (truth + found - both))
    assert report.pixels["pictures"]["dice"] == pytest.approx(2 * both / (truth + found))
    assert report.pixels["pictures"]["accuracy"] == pytest.approx(1 - (truth + found - 2 * both) / 20000)


def test_masks_count_by_their_pixels() -> None:
    pixels = np.zeros((100, 200), np.uint8)
    pixels[10:50, 10:30] = 1
    mask = coco.encode(np.asfortranarray(pixels))["counts"].decode()
    report = evaluate_regions([page("a", regions(PICTURE), regions(PICTURE, mask=mask))])
    assert report.pixels["pictures"]["iou"] == pytest.approx(0.5)
    assert report.score().matched == 1


def test_blank_pages() -> None:
    blank = [page(f"b{i}", regions(("text", (1, 1, 9, 9))), regions(*([FAR] if i == 0 else []))) for i in range(4)]
    report = evaluate_regions([*blank, page("p", regions(PICTURE), regions())])
    assert (report.blank_pages, report.blank_pages_hit) == (4, 1)
    assert report.blank_interval == pytest.approx(wilson(1, 4))


def test_wilson_by_hand() -> None:
    # p = 1/2, n = 10, z² = 3.8415: centre 1/2, half 1.96 · √(0.025 + 0.0096) / 1.384 = 0.2634.
    assert wilson(5, 10) == pytest.approx((0.2366, 0.7634), abs=1e-4)
    assert wilson(0, 0) == (0.0, 1.0)
    assert wilson(0, 20)[0] == 0.0


def test_nothing_to_count_is_null_in_json() -> None:
    report = evaluate_regions([page("a", regions(), regions())])
    assert math.isnan(report.score().recall)
    content = json.loads(json.dumps(report.as_dict(), allow_nan=False))
    assert content["scores"][0]["recall"] is None
    assert content["worst"] == []


def test_no_pages() -> None:
    with pytest.raises(UsageError, match="ground truth"):
        evaluate_regions([])


def truth_file(folder: Path) -> Path:
    content = {
        "images": [{"id": 1, "file_name": "pages/a.png", "width": 100, "height": 50},
                   {"id": 2, "file_name": "pages/gone.png", "width": 100, "height": 50}],
        "categories": [{"id": 1, "name": "illustration"}, {"id": 2, "name": "text"}],
        "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [5, 5, 20, 20]},
                        {"id": 2, "image_id": 1, "category_id": 2, "bbox": [50, 5, 20, 20]},
                        {"id": 3, "image_id": 1, "category_id": 1, "bbox": [500, 5, 20, 20]}],
    }  # fmt: skip
    file = folder / "truth.json"
    file.write_text(json.dumps(content))
    return file


def test_truth_is_read_from_a_file_or_a_folder(tmp_path: Path) -> None:
    file = truth_file(tmp_path)
    alto = '<alto><Layout><Page ID="p" PHYSICAL_IMG_NR="1"><PrintSpace><Illustration ID="i" HPOS="1" VPOS="2" WIDTH="3" HEIGHT="4"/></PrintSpace></Page></Layout></alto>'
    (tmp_path / "b.xml").write_text(alto)
    (tmp_path / "c.json").write_text("{}")
    sizes = {"pages/a.png": (200, 100), "pages/b.png": (50, 50), "other.png": (10, 10)}
    truth, problems = read_truth(file, sizes)
    assert set(truth) == {"pages/a.png"}
    assert truth["pages/a.png"].boxes.tolist() == [[10, 10, 40, 40], [100, 10, 40, 40]]
    assert list(truth["pages/a.png"].kinds) == ["illustration", "text"]
    assert len(problems) == 1
    assert "outside the image" in problems[0]
    truth, problems = read_truth(tmp_path, sizes)
    assert truth["pages/b.png"].boxes.tolist() == [[1, 2, 3, 4]]
    assert set(truth) == {"pages/a.png", "pages/b.png"}
    assert any("no known format" in p for p in problems)
    with pytest.raises(UsageError, match="no ground truth at"):
        read_truth(tmp_path / "nothing", sizes)


def test_the_picture_of_the_worst_pages(tmp_path: Path) -> None:
    pages = {
        "good": page("good", regions(PICTURE), regions(PICTURE)),
        "bad": page("bad", regions(PICTURE, FAR), regions(("ornament", (90, 20, 30, 30)))),
    }
    report = evaluate_regions(list(pages.values()))
    assert [(row["name"], row["missed"], row["wrong"]) for row in report.worst] == [("bad", 2, 1)]
    file = draw_worst(report, pages, lambda _: np.full((50, 100, 3), 255, np.uint8), tmp_path / "out" / "worst.png")
    assert file is not None
    picture = cv2.imread(str(file))[..., ::-1].astype(int)
    red = (picture[..., 0] > 200) & (picture[..., 1:] < 30).all(axis=2)
    green = (picture[..., 1] > 130) & (picture[..., [0, 2]] < 30).all(axis=2)
    assert red.sum() > 300
    assert green.sum() > 100
    perfect = evaluate_regions([pages["good"]])
    assert draw_worst(perfect, pages, lambda _: np.zeros((1, 1, 3), np.uint8), tmp_path / "x.png") is None
