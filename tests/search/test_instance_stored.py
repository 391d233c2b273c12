"""Pixels of stored images, from thumbnails and files."""

from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from indexer.core.geometry import transform_points
from indexer.core.settings import IndexSettings
from search.channels import instance_stored
from search.channels.instance_stored import MOST_FILES, StoredPictures
from search.channels.instance_thumbnails import Thumbnails


@pytest.fixture
def stored(tmp_path):
    """One image of 900 × 600 with a bright square at (400, 300), as a file and as a thumbnail."""
    picture = np.full((600, 900, 3), 40, np.uint8)
    picture[300:340, 400:440] = 220
    path = tmp_path / "a.png"
    cv2.imwrite(str(path), picture)
    small = cv2.resize(picture, (256, 171), interpolation=cv2.INTER_AREA)
    data = cv2.imencode(".png", small)[1].tobytes()
    snapshot = SimpleNamespace(
        settings=IndexSettings(),
        images=SimpleNamespace(sizes=np.array([[900, 600]]), position=lambda _i: 0),
        thumbnails=lambda ids: {i: data for i in ids if i == 7},
        path_of=lambda _i: path,
        page_of=lambda _i: None,
    )
    return SimpleNamespace(snapshot=snapshot, path=path, pictures=StoredPictures(snapshot))


def brightest(pixels):
    """Centre of the bright square, in original pixels."""
    y, x = np.nonzero(pixels.grey > 150)
    centre = np.array([[x.mean() + 0.5, y.mean() + 0.5]])
    return transform_points(np.linalg.inv(pixels.matrix), centre)[0]


def test_thumbnails_and_parts_of_files_show_the_same_places(stored):
    small = stored.pictures.thumbnail(7)
    assert small.grey.shape == (171, 256)
    np.testing.assert_allclose(brightest(small), (420, 320), atol=3)
    part = stored.pictures.part(7, (350.0, 250.0, 200.0, 100.0), 100)
    assert part.grey.shape == (50, 100)
    np.testing.assert_allclose(brightest(part), (420, 320), atol=1)
    np.testing.assert_allclose(
        transform_points(part.matrix, np.array([[350.0, 250.0], [550.0, 350.0]])), [[0, 0], [100, 50]]
    )


def test_an_image_without_thumbnail_or_file_has_no_pixels(stored):
    assert stored.pictures.thumbnail(8) is None
    stored.path.unlink()
    assert stored.pictures.part(7, (0.0, 0.0, 100.0, 100.0), 100) is None
    stored.snapshot.path_of = lambda _i: None
    assert stored.pictures.part(7, (0.0, 0.0, 100.0, 100.0), 100) is None


def test_files_that_were_replaced_are_not_used(stored):
    cv2.imwrite(str(stored.path), np.zeros((601, 900, 3), np.uint8))
    assert stored.pictures.part(7, (0.0, 0.0, 100.0, 100.0), 100) is None


def test_only_so_many_files_are_opened_and_only_so_long(stored, monkeypatch):
    box = (0.0, 0.0, 100.0, 100.0)
    opened = [stored.pictures.part(7, box, 50) is not None for _ in range(MOST_FILES + 2)]
    assert opened == [True] * MOST_FILES + [False] * 2
    monkeypatch.setattr(instance_stored, "SECONDS", 0.0)
    assert StoredPictures(stored.snapshot).part(7, box, 50) is None


def test_thumbnails_are_read_at_once_and_once(stored):
    read = []
    inner = stored.snapshot.thumbnails

    def thumbnails(ids):
        read.append(list(ids))
        return {i: inner([7])[7] for i in ids if i != 9}

    stored.snapshot.thumbnails = thumbnails
    shared = Thumbnails(stored.snapshot)
    shared.read(i for i in (8, 7, 8, 9))
    shared.read([7, 9])
    pictures = StoredPictures(stored.snapshot, shared)
    assert [pictures.thumbnail(i) is not None for i in (8, 7, 9, 5, 9)] == [True, True, False, True, False]
    assert read == [[8, 7, 9], [5]]
    assert shared.grey(7) is shared.grey(7)


def test_thumbnails_in_colour_and_those_that_cannot_be_decoded():
    blue = np.full((40, 50, 3), (10, 60, 200), np.uint8)
    data = cv2.imencode(".png", blue[..., ::-1])[1].tobytes()
    pictures = Thumbnails(SimpleNamespace(thumbnails=lambda ids: {i: data if i else b"no picture" for i in ids}))
    assert pictures.rgb(1).shape == (40, 50, 3)
    assert pictures.rgb(1)[0, 0].tolist() == [10, 60, 200]
    assert pictures.grey(1).shape == (40, 50)
    assert pictures.rgb(0) is None
    assert pictures.grey(0) is None
