"""The parts of the page proposer, each against values worked out by hand or a plain reference."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from indexer.regions import network
from indexer.regions.cells import CELL, CHANNELS, MEASURES, describe_cells
from indexer.regions.components import find_components
from indexer.regions.cutting import Cut, cut_regions, extent, split_area
from indexer.regions.grouping import join_cuts, keep_sound, kind_of_cut
from indexer.regions.ink import read_ink, reduce_to
from indexer.regions.judging import has_ink
from indexer.regions.network import CLASSES, DILATIONS, LAYERS, WEIGHTS, WIDTHS, classify_cells, load_weights


def letters_page(height: int = 400, width: int = 600, size: int = 12) -> np.ndarray:
    """Rows of small rings and bars on white: what letters look like to a program."""
    page = np.full((height, width, 3), 255, np.uint8)
    for y in range(30, height - 30, 2 * size):
        for i, x in enumerate(range(30, width - 30, size)):
            if i % 7 == 6:
                continue
            if i % 2:
                cv2.rectangle(page, (x, y), (x + 7, y + size - 1), (0, 0, 0), 2)
            else:
                cv2.rectangle(page, (x + 2, y), (x + 4, y + size - 1), (0, 0, 0), -1)
    return page


def test_reducing_never_enlarges_and_never_vanishes() -> None:
    assert reduce_to(np.zeros((50, 40, 3), np.uint8), 100).shape == (50, 40, 3)
    assert reduce_to(np.zeros((500, 400, 3), np.uint8), 100).shape == (100, 80, 3)
    assert reduce_to(np.zeros((3, 5000, 3), np.uint8), 100).shape == (1, 100, 3)


def test_ink_on_uneven_brown_paper() -> None:
    light = np.linspace(1.0, 0.6, 600)[None, :, None]
    page = letters_page().astype(float) / 255 * np.array([200, 175, 135]) * light
    found = read_ink(page.astype(np.uint8)).ink
    wanted = letters_page()[..., 0] == 0
    assert (found[wanted] == 1).mean() > 0.98
    assert found[cv2.dilate(wanted.astype(np.uint8), np.ones((5, 5))) == 0].mean() < 0.001


def test_pale_coloured_ink_is_ink() -> None:
    page = np.full((200, 200, 3), (225, 215, 190), np.uint8)
    page[90:110, 90:110] = (230, 140, 150)
    assert read_ink(page).ink[92:108, 92:108].mean() > 0.95


def test_dark_surround_of_the_scan_is_border_and_a_dark_picture_is_not() -> None:
    page = np.full((400, 300, 3), 230, np.uint8)
    page[:, :20] = 10
    page[150:300, 100:250] = 40
    found = read_ink(page)
    assert found.border[:, :18].all()
    assert not found.border[:, 40:].any()
    assert found.ink[160:290, 110:240].all()
    assert not found.ink[:, :20].any()


def test_letters_are_told_from_a_block_and_their_height_is_known() -> None:
    page = letters_page(size=12)
    page[100:250, 200:400] = 255
    page[110:240, 210:390] = 0
    page[120:230:10, 220:380:10] = 255
    pieces = find_components(read_ink(page).ink)
    assert pieces.line_height in (12, 14)  # bars and rings
    block = pieces.labels[112, 212]
    assert not pieces.letters[block]
    assert pieces.holes[block] == 11 * 16
    others = np.flatnonzero(np.arange(len(pieces)) * (np.arange(len(pieces)) != block))
    assert pieces.letters[others].mean() > 0.95


def test_holes_against_flood_fill() -> None:
    rng = np.random.default_rng(0)
    ink = (cv2.GaussianBlur(rng.random((120, 160)).astype(np.float32), (0, 0), 2) > 0.5).astype(np.uint8)
    pieces = find_components(ink)
    n, paper = cv2.connectedComponents(1 - ink, connectivity=4)
    outside = set(paper[0]) | set(paper[-1]) | set(paper[:, 0]) | set(paper[:, -1])
    assert pieces.holes.sum() == len(set(range(1, n)) - outside)


@pytest.mark.parametrize("shape", [(64, 64), (61, 67), (8, 8), (33, 500)])
def test_cells_against_plain_loops(shape: tuple[int, int]) -> None:
    rng = np.random.default_rng(1)
    rgb = cv2.GaussianBlur(rng.integers(0, 256, (*shape, 3)).astype(np.uint8), (0, 0), 1.5)
    page = read_ink(rgb)
    pieces = find_components(page.ink)
    cells = describe_cells(page, pieces)
    rows, columns = -(-shape[0] // CELL), -(-shape[1] // CELL)
    assert cells.shape == (rows, columns, len(CHANNELS))
    assert np.isfinite(cells).all()
    full_rows, full_columns = shape[0] // CELL, shape[1] // CELL
    for r in range(full_rows):
        for c in range(full_columns):
            window = np.s_[r * CELL : (r + 1) * CELL, c * CELL : (c + 1) * CELL]
            dark = 255 - page.grey[window].astype(float)
            assert cells[r, c, CHANNELS.index("ink")] == pytest.approx(page.ink[window].mean(), abs=0.005)
            assert cells[r, c, CHANNELS.index("dark")] == pytest.approx(dark.mean() / 255, abs=0.005)
            assert cells[r, c, CHANNELS.index("dark_max")] == pytest.approx(dark.max() / 255, abs=1e-6)
            assert cells[r, c, CHANNELS.index("dark_min")] == pytest.approx(dark.min() / 255, abs=1e-6)
            np.testing.assert_allclose(cells[r, c, len(MEASURES) :], dark.ravel() / 255, atol=1e-6)


@pytest.mark.parametrize("shape", [(24, 16), (13, 9), (1, 1), (41, 70)])
def test_network_against_torch(shape: tuple[int, int]) -> None:
    torch = pytest.importorskip("torch")
    functional = torch.nn.functional
    weights = load_weights()
    assert len(weights) == LAYERS
    cells = np.random.default_rng(2).random((*shape, len(CHANNELS))).astype(np.float32)
    layers = iter(weights)

    def layer(x: object, side: int, **options: int) -> object:
        matrix, bias = next(layers)
        kernel = torch.from_numpy(matrix).reshape(side, side, -1, matrix.shape[1]).permute(3, 2, 0, 1)
        return functional.conv2d(x, kernel, torch.from_numpy(bias), **options)

    padded = np.pad(cells, ((0, -shape[0] % 8), (0, -shape[1] % 8), (0, 0)))
    x = torch.relu(layer(torch.from_numpy(padded).permute(2, 0, 1)[None], 1))
    levels = []
    for level, dilations in enumerate(DILATIONS):
        x = torch.relu(layer(x, 2, stride=2)) if level else x
        for d in dilations:
            x = x + torch.relu(layer(x, 3, padding=d, dilation=d))
        assert x.shape[1] == WIDTHS[level]
        levels.append(x)
    for finer in levels[-2::-1]:
        x = finer + functional.interpolate(torch.relu(layer(x, 1)), scale_factor=2)
        x = x + torch.relu(layer(x, 3, padding=1))
    wanted = torch.softmax(layer(x, 1)[0], dim=0).permute(1, 2, 0).numpy()
    assert next(layers, None) is None
    assert wanted.shape[2] == len(CLASSES)
    np.testing.assert_allclose(classify_cells(cells, load_weights()), wanted[: shape[0], : shape[1]], atol=1e-4)


def shares_of(rows: int, columns: int, **areas: tuple[int, int, int, int]) -> np.ndarray:
    """Sure shares of areas of 8 × 8 pixels: paper everywhere but in the areas `x, y, w, h` of `picture…`, `initial…`."""
    shares = np.zeros((rows, columns, 4), np.float32)
    shares[..., 0] = 1
    for name, (x, y, w, h) in areas.items():
        shares[y : y + h, x : x + w] = np.eye(4)[2 if name.startswith("picture") else 3]
    return shares.repeat(8 // CELL, axis=0).repeat(8 // CELL, axis=1)


def test_boxes_end_where_the_ink_ends() -> None:
    ink = np.zeros((160, 240), np.uint8)
    ink[35:101, 43:97] = 1
    ink[40:60, 150:170] = 1
    cuts = cut_regions(shares_of(20, 30, picture=(6, 5, 6, 7), initial=(19, 5, 2, 2)), ink, find_components(ink))
    assert [(cut.box, cut.initial) for cut in cuts] == [((43, 35, 54, 66), False), ((150, 40, 20, 20), True)]
    assert all(cut.score > 0.5 for cut in cuts)


def test_an_initial_grown_together_with_a_picture_is_parted_from_it() -> None:
    ink = np.zeros((320, 320), np.uint8)
    ink[40:200, 40:240] = 1
    ink[200:248, 40:88] = 1
    pieces = find_components(ink)
    assert len(pieces) == 2
    cuts = cut_regions(shares_of(40, 40, picture=(5, 5, 25, 20), initial=(5, 25, 6, 6)), ink, pieces)
    found = {cut.initial: np.array(cut.box) for cut in cuts}
    assert len(cuts) == 2
    np.testing.assert_allclose(found[False], (40, 40, 200, 160), atol=4)
    np.testing.assert_allclose(found[True], (40, 200, 48, 48), atol=4)


def test_type_that_touches_a_picture_stays_outside() -> None:
    ink = np.zeros((320, 320), np.uint8)
    ink[40:200, 40:240] = 1
    ink[200:206, 100:104] = 1  # a long s that runs into the frame
    ink[206:260, 60:220] = 1
    cuts = cut_regions(shares_of(40, 40, picture=(5, 5, 25, 20)), ink, find_components(ink))
    assert len(cuts) == 1
    np.testing.assert_allclose(cuts[0].box, (40, 40, 200, 160), atol=6)


def test_areas_of_picture_without_ink_are_no_regions() -> None:
    ink = np.zeros((160, 240), np.uint8)
    assert cut_regions(shares_of(20, 30, picture=(6, 5, 6, 7)), ink, find_components(ink)) == []


def test_two_rectangles_that_touch_are_split_and_odd_shapes_are_not() -> None:
    tee = np.zeros((100, 80), bool)
    tee[:, 60:] = True
    tee[20:50, :60] = True
    parts = split_area(tee)
    assert sorted(extent(part) for part in parts) == [(0, 20, 60, 30), (60, 0, 20, 100)]
    assert [extent(part) for part in split_area(tee.T)] != [extent(tee.T)]
    y, x = np.mgrid[:100, :80]
    for odd in (np.hypot((x - 40) / 40, (y - 50) / 50) < 1, x < y, np.ones((5, 1), bool), np.ones((1, 9), bool)):
        assert len(split_area(odd)) == 1


def cut(x: float, y: float, w: float, h: float, initial: bool = False, score: float = 0.9) -> Cut:
    return Cut((x, y, w, h), initial, score)


NONE = np.zeros((0, 4))


def line(y: float, x0: float = 0, x1: float = 600) -> np.ndarray:
    return np.array([(x, y, 8, 10) for x in np.arange(x0, x1, 10)], float)


def boxes_of(cuts: list[Cut]) -> list[tuple[float, ...]]:
    return [c.box for c in cuts]


def test_figures_of_one_column_are_joined() -> None:
    a, b = cut(100, 100, 100, 80), cut(300, 110, 100, 70)
    running = np.vstack([line(80), line(200)])
    assert boxes_of(join_cuts([a, b], running, 10)) == [(100, 100, 300, 80)]


def test_pictures_of_two_columns_are_not_joined() -> None:
    a, b = cut(100, 100, 190, 80), cut(310, 110, 190, 70)
    columns = np.vstack([line(y, *span) for y in (80, 200) for span in ((100, 290), (310, 500))])
    assert len(join_cuts([a, b], columns, 10)) == 2


def test_type_between_keeps_figures_apart() -> None:
    a, b = cut(100, 100, 100, 80), cut(300, 110, 100, 70)
    between = np.vstack([line(80), line(200), line(130, 205, 295)])
    assert len(join_cuts([a, b], between, 10)) == 2


def test_a_picture_and_a_border_that_is_much_higher_are_not_joined() -> None:
    assert len(join_cuts([cut(100, 300, 300, 150), cut(404, 50, 80, 700)], NONE, 12)) == 2
    assert len(join_cuts([cut(100, 300, 300, 150), cut(404, 280, 80, 200)], NONE, 12)) == 1


def test_overlapping_pictures_are_joined_and_stacked_ones_are_not() -> None:
    assert boxes_of(join_cuts([cut(0, 0, 50, 50), cut(25, 25, 50, 50)], NONE, 10)) == [(0, 0, 75, 75)]
    assert len(join_cuts([cut(0, 0, 50, 50), cut(0, 60, 50, 50)], NONE, 10)) == 2
    assert boxes_of(join_cuts([cut(0, 0, 50, 50), cut(0, 52, 50, 50)], NONE, 10)) == [(0, 0, 50, 102)]


def test_an_initial_inside_a_picture_is_part_of_it() -> None:
    found = join_cuts([cut(0, 0, 100, 100), cut(10, 10, 20, 20, True), cut(200, 0, 20, 20, True)], NONE, 10)
    assert boxes_of(found) == [(0, 0, 100, 100), (200, 0, 20, 20)]


def test_scraps_are_dropped() -> None:
    shape = (1000, 700)
    kept = cut(100, 100, 200, 200)
    scraps = [cut(0, 300, 12, 400), cut(100, 100, 8, 8), cut(100, 100, 300, 12), cut(100, 500, 200, 200, score=0.3)]
    assert keep_sound([kept, *scraps], 12, shape) == [kept]


def test_small_cuts_and_strips_at_the_edge_need_more() -> None:
    shape = (1000, 700)
    sure = cut(100, 500, 300, 300, score=0.9)
    large, small = cut(100, 100, 200, 200, score=0.58), cut(100, 100, 50, 50, score=0.58)
    assert keep_sound([sure, large], 12, shape) == [sure, large]
    assert keep_sound([sure, small], 12, shape) == [sure]
    assert keep_sound([cut(100, 100, 50, 50, score=0.7)], 12, shape)
    assert keep_sound([cut(0, 0, 600, 50, score=0.9)], 12, shape) == []
    assert keep_sound([cut(0, 0, 600, 90, score=0.9)], 12, shape)


def test_doubtful_pictures_need_a_sure_one_on_the_page() -> None:
    shape = (1000, 700)
    doubtful = cut(100, 100, 200, 200, score=0.6)
    initial = cut(50, 600, 60, 60, True, score=0.62)
    assert keep_sound([doubtful, initial], 12, shape) == [initial]
    assert keep_sound([doubtful, cut(100, 500, 300, 300, score=0.69)], 12, shape) == [
        cut(100, 500, 300, 300, score=0.69)
    ]
    assert len(keep_sound([doubtful, cut(100, 500, 300, 300, score=0.71)], 12, shape)) == 2


def test_several_networks_share_the_say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cells = np.random.default_rng(4).random((16, 24, len(CHANNELS))).astype(np.float32)
    with np.load(WEIGHTS[0]) as content:
        np.savez(tmp_path / "other.npz", **{name: content[name] * np.float16(0.9) for name in content.files})
    paths = (WEIGHTS[0], tmp_path / "other.npz")
    each = [classify_cells(cells, load_weights(path)) for path in paths]
    assert np.abs(each[0] - each[1]).max() > 0.01
    monkeypatch.setattr(network, "WEIGHTS", paths)
    np.testing.assert_allclose(classify_cells(cells), (each[0] + each[1]) / 2, atol=1e-6)


def test_the_shipped_weights_are_small() -> None:
    assert sum(path.stat().st_size for path in WEIGHTS) < 5e6


def test_specks_are_no_picture() -> None:
    ink = np.zeros((200, 200), np.uint8)
    ink[20:24, 20:24] = 1
    assert not has_ink(cut(10, 10, 150, 150), ink)
    ink[::25] = 1
    assert has_ink(cut(10, 10, 150, 150), ink)


def test_kinds() -> None:
    shape = (1000, 700)
    assert kind_of_cut(cut(0, 0, 400, 60), 12, shape) == "ornament"
    assert kind_of_cut(cut(0, 0, 50, 50), 12, shape) == "ornament"
    assert kind_of_cut(cut(0, 0, 400, 300), 12, shape) == "illustration"
    assert kind_of_cut(cut(0, 0, 60, 60, True), 12, shape) == "initial"
    assert [c.initial for c in keep_sound([cut(50, 50, 400, 400, True), cut(50, 50, 60, 60, True)], 12, shape)] == [
        False,
        True,
    ]
