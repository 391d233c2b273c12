from pathlib import Path

import cv2
import numpy as np
import pytest

from viz.atlas import EMPTY, AtlasWriter, fit_tile, tiles_per_page
from viz.curves import morton_xy


def _webp(colour: tuple[int, int, int], width: int, height: int) -> bytes:
    picture = np.full((height, width, 3), colour, np.uint8)
    return cv2.imencode(".webp", picture, [cv2.IMWRITE_WEBP_QUALITY, 101])[1].tobytes()


def _colour(i: int) -> tuple[int, int, int]:
    return (i * 37 % 200 + 20, i * 91 % 200 + 20, i * 53 % 200 + 20)


@pytest.mark.parametrize(("count", "tile"), [(1, 128), (63, 128), (64, 128), (65, 128), (300, 64), (150, 128)])
def test_every_picture_lies_where_the_viewer_looks_at_every_level(tmp_path: Path, count: int, tile: int) -> None:
    pictures = [_webp(_colour(i), 200, 120 if i % 2 else 200) for i in range(count)]
    done: list[int] = []
    report = AtlasWriter(count, tmp_path, tile, quality=95).write(lambda a, b: pictures[a:b], done.append)
    assert sum(done) == count
    assert report.levels == [8 << k for k in range(len(report.levels))]
    assert report.levels[-1] == tile
    for side in report.levels:
        assert len(list((tmp_path / str(side)).iterdir())) == report.pages[side]
        for i in {0, 1, count // 2, count - 1} - {count}:
            page = cv2.imread(str(tmp_path / str(side) / f"{i // tiles_per_page(side)}.jpg"))
            x, y = (int(v) * side for v in morton_xy(np.array(i % tiles_per_page(side))))
            centre = page[y + side // 4, x + side // 2]
            assert np.abs(centre.astype(int) - _colour(i)).max() < 14, (side, i)
    np.testing.assert_allclose(report.colours[:, ::-1], [_colour(i) for i in range(count)], atol=3)


def test_extents_follow_the_picture(tmp_path: Path) -> None:
    pictures = [_webp((9, 9, 9), 100, 50), _webp((9, 9, 9), 30, 300)]
    report = AtlasWriter(2, tmp_path).write(lambda a, b: pictures[a:b], lambda n: None)
    assert report.extents.tolist() == [[128, 64], [13, 128]]


def test_missing_and_broken_thumbnails_become_empty_tiles(tmp_path: Path) -> None:
    pictures = [None, b"", b"no picture", _webp((200, 30, 60), 80, 80)]
    report = AtlasWriter(4, tmp_path).write(lambda a, b: pictures[a:b], lambda n: None)
    assert report.missing == 3
    assert report.extents.tolist() == [[0, 0]] * 3 + [[128, 128]]
    assert tuple(report.colours[0][::-1]) == EMPTY


def test_no_pictures_at_all(tmp_path: Path) -> None:
    report = AtlasWriter(0, tmp_path).write(lambda a, b: [], lambda n: None)
    assert set(report.pages.values()) == {0}
    assert report.extents.shape == (0, 2)


def test_tile_edges_repeat_the_picture() -> None:
    fitted = fit_tile(_webp((10, 120, 230), 40, 20), 64)
    assert fitted is not None
    tile, size = fitted
    assert size == (64, 32)
    assert np.abs(tile[50, 30].astype(int) - (10, 120, 230)).max() < 6
