from __future__ import annotations

import functools
import multiprocessing
from collections.abc import Mapping, Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest

from indexer.core.errors import IconoscopeError
from viz.atlas import AtlasReport, tiles_per_page, write_atlas
from viz.curves import morton_xy
from viz.preparation import PictureSource, preparation, split
from viz.restarts import Form, cuts, join, scan_start
from viz.tiles import EMPTY, PAGE, put


def _webp(colour: tuple[int, int, int], width: int, height: int) -> bytes:
    picture = np.full((height, width, 3), colour, np.uint8)
    return cv2.imencode(".webp", picture, [cv2.IMWRITE_WEBP_QUALITY, 101])[1].tobytes()


def _colour(i: int) -> tuple[int, int, int]:
    return (i * 37 % 200 + 20, i * 91 % 200 + 20, i * 53 % 200 + 20)


def _source(folder: Path, pictures: Sequence[bytes | None], tile: int = 128, quality: int = 95) -> PictureSource:
    ids = np.arange(2000, 2000 + len(pictures))
    stored = {int(i): data for i, data in zip(ids, pictures, strict=True) if data is not None}
    fetch = functools.partial(_chosen, stored)
    sizes = np.full((len(ids), 2), 100)
    return PictureSource(ids, ids, None, sizes, fetch, tile, quality, folder / "pictures", folder / "scratch")


def _chosen(stored: Mapping[int, bytes], wanted: Sequence[int]) -> dict[int, bytes]:
    return {i: stored[i] for i in wanted if i in stored}


def _atlas(folder: Path, source: PictureSource, order: np.ndarray, done: list[int] | None = None) -> AtlasReport:
    with preparation(source, 0) as pictures:
        return write_atlas(folder, pictures, order, [].append if done is None else done.append)


@pytest.mark.parametrize(
    ("count", "tile"), [(1, 128), (63, 128), (64, 128), (65, 128), (300, 64), (150, 128), (40, 256)]
)
def test_every_picture_lies_where_the_viewer_looks_at_every_level(tmp_path: Path, count: int, tile: int) -> None:
    order = np.random.default_rng(1).permutation(count)
    source = _source(tmp_path, [_webp(_colour(i), 200, 120 if i % 2 else 200) for i in range(count)], tile)
    report = _atlas(tmp_path, source, order)
    assert report.levels == [8 << k for k in range(len(report.levels))]
    assert report.levels[-1] == tile
    for side in report.levels:
        files = list((tmp_path / str(side)).iterdir())
        assert len(files) == report.pages[side]
        assert sum(f.stat().st_size for f in files) == report.bytes[side]
        for i in {0, 1, count // 2, count - 1} - {count}:
            page = cv2.imread(str(tmp_path / str(side) / f"{i // tiles_per_page(side)}.jpg"))
            x, y = (int(v) * side for v in morton_xy(np.array(i % tiles_per_page(side))))
            centre = page[y + side // 4, x + side // 2]
            assert np.abs(centre.astype(int) - _colour(order[i])).max() < 14, (side, i)
    np.testing.assert_allclose(report.colours[:, ::-1], [_colour(i) for i in order], atol=3)
    assert not source.scratch.exists()


def _drawn(rng: np.random.Generator) -> bytes:
    picture = cv2.GaussianBlur(rng.integers(0, 255, (170, 200, 3)).astype(np.uint8), (0, 0), 3) * np.uint8(2)
    return cv2.imencode(".webp", picture, [cv2.IMWRITE_WEBP_QUALITY, 90])[1].tobytes()


def test_pages_are_what_coding_their_pixels_would_give(tmp_path: Path) -> None:
    """The naive way: tiles drawn into the page, the page halved and coded. The same to the last bit."""
    rng = np.random.default_rng(3)
    pictures, order = [_drawn(rng) for _ in range(90)], rng.permutation(90)
    _atlas(tmp_path, _source(tmp_path, pictures, quality=80), order)
    page = np.zeros((PAGE, PAGE, 3), np.uint8)
    for slot, i in enumerate(order[:64].tolist()):
        column, line = (int(v) for v in morton_xy(np.array(slot)))
        put(pictures[i], page[line * 128 : line * 128 + 128, column * 128 : column * 128 + 128])
    assert (tmp_path / "128" / "0.jpg").read_bytes() == Form(128, 80).encode(page)
    quarter = cv2.imread(str(tmp_path / "64" / "0.jpg"))[: PAGE // 2, : PAGE // 2]
    halved = cv2.resize(page, (PAGE // 2, PAGE // 2), interpolation=cv2.INTER_AREA)
    coded = cv2.imdecode(np.frombuffer(Form(64, 80).encode(halved), np.uint8), cv2.IMREAD_COLOR)
    np.testing.assert_array_equal(quarter[:-8, :-8], coded[:-8, :-8])  # at the edge, colour is mixed with what follows


@pytest.mark.parametrize("side", [32, 64, 128])
def test_tiles_of_a_jpeg_change_places_without_being_decoded(side: int) -> None:
    rng = np.random.default_rng(side)
    lines, columns, form = 256 // side, 512 // side, Form(side, 75)
    picture = cv2.GaussianBlur(rng.integers(0, 255, (256, 512, 3)).astype(np.uint8), (0, 0), 2)
    data = form.encode(picture)
    at = cuts(data)
    assert len(at) == 256 // 16 * columns + 1
    tiles = picture.reshape(lines, side, columns, side, 3).swapaxes(1, 2).reshape(-1, side, side, 3)
    order = rng.permutation(len(tiles))
    wanted = tiles[order].reshape(lines, columns, side, side, 3).swapaxes(1, 2).reshape(256, 512, 3)
    pieces = []
    for line in range(lines):
        for row in range(form.rows):
            for tile in order[line * columns : (line + 1) * columns].tolist():
                k = (tile // columns * form.rows + row) * columns + tile % columns
                pieces.append(data[at[k] : at[k + 1] - 2])
    assert join(data[: scan_start(data)], pieces) == form.encode(wanted)


def test_extents_follow_the_picture(tmp_path: Path) -> None:
    source = _source(tmp_path, [_webp((9, 9, 9), 100, 50), _webp((9, 9, 9), 30, 300)])
    assert _atlas(tmp_path, source, np.array([1, 0])).extents.tolist() == [[13, 128], [128, 64]]


def test_missing_and_broken_thumbnails_become_empty_tiles(tmp_path: Path) -> None:
    source = _source(tmp_path, [None, b"", b"no picture", _webp((200, 30, 60), 80, 80)])
    report = _atlas(tmp_path, source, np.arange(4))
    assert report.missing == 3
    assert report.extents.tolist() == [[0, 0]] * 3 + [[128, 128]]
    assert tuple(report.colours[0][::-1]) == EMPTY
    assert sorted(p.name for p in source.pictures.rglob("*.webp")) == ["2002.webp", "2003.webp"]
    assert (source.pictures / "2" / "2003.webp").read_bytes() == _webp((200, 30, 60), 80, 80)


def test_no_pictures_at_all(tmp_path: Path) -> None:
    report = _atlas(tmp_path, _source(tmp_path, []), np.zeros(0, np.int64))
    assert set(report.pages.values()) == {0}
    assert report.extents.shape == (0, 2)


def test_tile_edges_repeat_the_picture() -> None:
    page = np.zeros((128, 128, 3), np.uint8)
    assert put(_webp((10, 120, 230), 40, 20), page[64:, 64:]) == (64, 32)
    assert np.abs(page[64:, 64:].astype(int) - (10, 120, 230)).max() < 6
    assert not page[:64].any()
    assert not page[:, :64].any()


def test_tasks_are_whole_sheets_and_leave_nothing_out() -> None:
    for count, capacity, processes in ((1, 64, 2), (1000, 64, 2), (100_000, 64, 2), (5000, 16, 3), (999, 256, 0)):
        tasks = split(count, capacity, processes)
        assert [i for task in tasks for i in task] == list(range(count))
        assert all(len(task) % capacity == 0 and len(task) <= 4096 for task in tasks[:-1])
    assert split(0, 64, 2) == []


def test_processes_make_the_same_atlas(tmp_path: Path) -> None:
    from benchmarks.map_generated import Thumbnails

    reports = []
    for processes in (0, 2):
        folder = tmp_path / str(processes)
        ids = np.arange(5, 305)
        source = PictureSource(ids, ids, None, np.ones((300, 2)), Thumbnails(40), 64, 80, None, folder / "scratch")
        done: list[int] = []
        with preparation(source, processes) as pictures:
            reports.append(write_atlas(folder, pictures, ids[::-1] - 5, done.append))
        assert sum(done) == (300 if processes else 0)
    assert reports[0].bytes == reports[1].bytes
    for file in (tmp_path / "0").rglob("*.jpg"):
        assert file.read_bytes() == (tmp_path / "2" / file.relative_to(tmp_path / "0")).read_bytes()


def test_a_process_that_dies_is_told_of(tmp_path: Path) -> None:
    from benchmarks.map_generated import Thumbnails

    ids = np.arange(20_000)
    source = PictureSource(ids, ids, None, np.ones((20_000, 2)), Thumbnails(1), 64, 80, None, tmp_path / "scratch")
    with preparation(source, 1) as pictures:
        for process in multiprocessing.active_children():
            process.kill()
        with pytest.raises(IconoscopeError, match="prepares pictures for the map died"):
            pictures.finished([].append)
    assert not (tmp_path / "scratch").exists()
