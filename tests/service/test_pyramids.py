"""Tiles from a pyramid look like tiles cut from the decoded original."""

import io
import threading

import numpy as np
import pytest
from PIL import Image

from search.iiif import Rendering
from search.images import Picture, PictureService
from search.pyramids import LARGE_PIXELS, Pyramids
from search.routes.settings import ServiceSettings

WIDTH, HEIGHT = 4500, 3000


@pytest.fixture(scope="module")
def scan(tmp_path_factory):
    """A large scan of smooth waves with a frame: its pixels and its file."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    pixels = np.stack(
        [127 + 120 * np.sin(x / 97), 127 + 120 * np.cos(y / 61), (x + y) * 255 / (WIDTH + HEIGHT)], axis=2
    )
    pixels = pixels.astype(np.uint8)
    path = tmp_path_factory.mktemp("scan") / "scan.png"
    Image.fromarray(pixels).save(path, compress_level=1)
    return pixels, path


def made(service: PictureService, path, wanted: Rendering) -> np.ndarray:
    """The picture as an array."""
    picture = Picture(key="k", width=WIDTH, height=HEIGHT, path=path)
    done = service.make(picture, wanted)
    assert done.original
    return np.asarray(Image.open(io.BytesIO(done.data)).convert("RGB"), np.int16)


@pytest.mark.parametrize(
    ("box", "size"),
    [((0, 0, 512, 512), (512, 512)), ((3989, 2489, 511, 511), (511, 511)), ((1000, 700, 1024, 1024), (512, 512)), ((300, 200, 3000, 2000), (1000, 667))],
)  # fmt: skip
def test_tiles_are_those_of_the_original(scan, box, size):
    pixels, path = scan
    decode = ServiceSettings().decode
    wanted = Rendering(box, size, format="png")
    quick = made(PictureService(decode, 10**8, 10**9), path, wanted)
    plain = made(PictureService(decode, 10**8, 0), path, wanted)
    assert quick.shape == plain.shape == (size[1], size[0], 3)
    assert np.abs(quick - plain).mean() < 2.5
    if size == box[2:]:
        assert np.abs(plain - pixels[box[1] : box[1] + box[3], box[0] : box[0] + box[2]]).max() == 0


def test_small_pictures_and_far_views_need_none():
    pyramids = Pyramids(10**9)
    assert pyramids.serves(WIDTH, HEIGHT, 1.0)
    assert not pyramids.serves(WIDTH, HEIGHT, 0.2)
    assert not pyramids.serves(1000, LARGE_PIXELS // 1000 - 1, 1.0)
    assert not Pyramids(0).serves(WIDTH, HEIGHT, 1.0)
    pyramids.close()


def test_one_pyramid_is_made_for_many_tiles_at_once(scan, monkeypatch):
    import search.pyramids as module

    made_for = []
    write = module.write_pyramid
    monkeypatch.setattr(module, "write_pyramid", lambda *given: (made_for.append(given), write(*given)))
    pyramids = Pyramids(10**9)
    threads = [
        threading.Thread(target=pyramids.cut, args=(scan[1], None, (n * 500, 0, 500, 500), 1.0)) for n in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made_for) == 1
    pyramids.close()


def test_the_least_recently_used_go(scan, tmp_path):
    pyramids = Pyramids(1)
    other = tmp_path / "other.png"
    other.write_bytes(scan[1].read_bytes())
    pyramids.cut(scan[1], None, (0, 0, 10, 10), 1.0)
    pyramids.cut(other, None, (0, 0, 10, 10), 1.0)
    assert len(pyramids._ready) == 1
    assert pyramids.cut(scan[1], None, (0, 0, 10, 10), 1.0).size == (10, 10)
    pyramids.close()


def test_upright_and_without_alpha(tmp_path):
    pixels = np.zeros((600, 1000, 4), np.uint8)
    pixels[:, :500] = (250, 0, 0, 255)
    image = Image.fromarray(pixels)
    tags = Image.Exif()
    tags[0x0112] = 6  # turn a quarter clockwise: left becomes top
    image.save(tmp_path / "turned.png", exif=tags)
    pyramids = Pyramids(10**9)
    cut = np.asarray(pyramids.cut(tmp_path / "turned.png", None, (0, 0, 600, 1000), 1.0))
    assert cut.shape == (1000, 600, 3)
    assert np.abs(cut[200, 300].astype(int) - (250, 0, 0)).max() < 12
    assert np.abs(cut[800, 300].astype(int) - 255).max() < 12
    pyramids.close()


def test_what_libvips_cannot_read_is_left_to_the_decoder(tmp_path):
    (tmp_path / "x.jpg").write_bytes(b"no picture")
    pyramids = Pyramids(10**9)
    assert pyramids.cut(tmp_path / "x.jpg", None, (0, 0, 10, 10), 1.0) is None
    pyramids.close()
