import csv
import hashlib
import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from indexer.core.geometry import bounding_box, box_corners, transform_points
from indexer.printshop import PrintShop, build_print_shop
from indexer.printshop.blocks import all_designs
from indexer.printshop.shop import block_of, orders


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> PrintShop:
    return build_print_shop(tmp_path_factory.mktemp("shop"), seed=3, small=True)


def digests(folder: Path) -> dict[str, str]:
    files = sorted(p for p in folder.rglob("*") if p.is_file())
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def truth_of(shop: PrintShop) -> dict:
    return json.loads(shop.truth.read_text(encoding="utf-8"))


def test_same_seed_gives_same_bytes_and_another_seed_does_not(shop: PrintShop, tmp_path: Path) -> None:
    build_print_shop(tmp_path / "again", seed=3, small=True)
    assert digests(tmp_path / "again") == digests(shop.folder)
    assert block_of("scene-castle", 3).tobytes() != block_of("scene-castle", 4).tobytes()


def test_catalogue_truth_and_files_speak_of_the_same_images(shop: PrintShop) -> None:
    with shop.catalogue.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    files = sorted(p.relative_to(shop.folder).as_posix() for p in shop.folder.rglob("*.jpg"))
    assert len(files) == shop.pages == 12
    assert sorted(shop.images) == files == sorted(row["filename"] for row in rows) == sorted(truth_of(shop)["images"])
    assert all(row["printer"] and row["document"] and row["language"] in ("latin", "french", "english") for row in rows)
    years = {row["date"]: row["year"] for row in rows}
    assert all(year == "" or 1450 < int(year) < 1950 for year in years.values())


def test_sizes_and_boxes_lie_on_the_page(shop: PrintShop) -> None:
    for name, entry in truth_of(shop)["images"].items():
        height, width = cv2.imread(str(shop.folder / name)).shape[:2]
        assert entry["size"] == [width, height]
        for region in entry["regions"]:
            x, y, w, h = region["box"]
            assert x >= 0
            assert y >= 0
            assert x + w <= width + 0.01
            assert y + h <= height + 0.01
            assert w * h > 400
            corners = transform_points(np.array(region["transform"]), box_corners(tuple(region["crop"])))
            clipped = np.clip(corners, 0, (width, height))
            assert np.allclose(bounding_box(clipped), region["box"], atol=0.02)


def test_transforms_carry_the_block_onto_its_print(shop: PrintShop) -> None:
    """The block warped by its true transform agrees with the page, and worse when moved by 12 pixels."""
    checked = 0
    for name, entry in truth_of(shop)["images"].items():
        page = 255 - cv2.imread(str(shop.folder / name), cv2.IMREAD_GRAYSCALE)
        for region in entry["regions"]:
            x, y, w, h = (round(v) for v in region["box"])
            if region["kind"] == "ornament" or w < 60:
                continue
            matrix = np.array(region["transform"])
            block = block_of(region["block"], 3)
            here, there = (
                correlation(block, page, shift @ matrix, (x, y, w, h)) for shift in (np.eye(3), translation(12, 9))
            )
            assert here > 0.45, (name, region["block"], here)
            assert here > there + 0.15, (name, region["block"])
            checked += 1
    assert checked >= 5


def translation(dx: float, dy: float) -> np.ndarray:
    return np.array([[1, 0, dx], [0, 1, dy], [0, 0, 1]], float)


def correlation(block: np.ndarray, page: np.ndarray, matrix: np.ndarray, box: tuple[int, int, int, int]) -> float:
    soft = cv2.GaussianBlur(block, (0, 0), 2.0)
    warped = cv2.warpPerspective(soft, matrix, (page.shape[1], page.shape[0]))
    x, y, w, h = box
    a = cv2.GaussianBlur(warped, (0, 0), 2.5)[y : y + h, x : x + w].astype(float).ravel()
    b = cv2.GaussianBlur(page, (0, 0), 2.5)[y : y + h, x : x + w].astype(float).ravel()
    return float(np.corrcoef(a, b)[0, 1])


def test_groups_list_exactly_the_images_with_a_block(shop: PrintShop) -> None:
    truth = truth_of(shop)
    expected: dict[str, set[str]] = {}
    for name, entry in truth["images"].items():
        for region in entry["regions"]:
            expected.setdefault(region["block"], set()).add(name)
    assert {block: set(names) for block, names in truth["groups"].items()} == expected
    assert set(shop.blocks) == set(expected)
    assert any(len(names) > 1 for names in expected.values())


def test_coco_has_the_same_boxes(shop: PrintShop) -> None:
    coco, truth = json.loads(shop.coco.read_text(encoding="utf-8")), truth_of(shop)
    names = {image["id"]: image["file_name"] for image in coco["images"]}
    assert len(names) == 12
    boxes: dict[str, list] = {name: [] for name in names.values()}
    for a in coco["annotations"]:
        boxes[names[a["image_id"]]].append(a["bbox"])
    assert boxes == {name: [r["box"] for r in entry["regions"]] for name, entry in truth["images"].items()}


def test_the_full_shop_uses_every_block_and_has_pages_of_text_only() -> None:
    work = orders(1, 160)
    designs = all_designs()
    used = {name for order in work for name in (*order.pictures, *order.ornaments, *order.initials)}
    assert len(designs) >= 60
    assert len({d.name for d in designs}) == len(designs)
    assert used == {d.name for d in designs}
    assert 0.10 <= sum(order.layout == "text" for order in work) / len(work) <= 0.16
    assert sum(order.state.mirrored for order in work) >= 3
    assert sum(order.state.pitch > 0 for order in work) >= 10
    assert {order.book.language for order in work} == {"latin", "french", "english"}


def test_progress_counts_up_to_the_number_of_pages(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    build_print_shop(tmp_path, seed=5, pages=3, progress=lambda done, total: seen.append((done, total)), small=False)
    assert seen == [(1, 3), (2, 3), (3, 3)]
    names = json.loads((tmp_path / "truth.json").read_text())["images"]
    assert sum(name.startswith("images/photo_") for name in names) >= 10


@pytest.mark.parametrize("design", [d for d in all_designs() if d.name.startswith(("emblem", "initial", "portrait"))])
def test_blocks_have_ink_and_paper(design) -> None:
    ink = design.block(1) > 127
    assert ink.shape == design.size[::-1]
    assert 0.04 < ink.mean() < 0.8
