"""A crop equals the same part of the whole picture, however little of the file is read for it."""

from pathlib import Path

import cv2
import numpy as np
import pytest
import pyvips
from PIL import Image

from indexer.core.settings import DecodeSettings
from indexer.decode import crop, decode_file
from indexer.decode.content import from_file
from indexer.decode.levels import levels, smallest_enough

SETTINGS = DecodeSettings()
WIDTH, HEIGHT = 600, 450


@pytest.fixture(scope="module")
def scene():
    rng = np.random.default_rng(5)
    coarse = rng.integers(0, 256, (HEIGHT // 50, WIDTH // 50, 3), np.uint8)
    return cv2.resize(coarse, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)


def vips(rgb):
    return pyvips.Image.new_from_array(np.ascontiguousarray(rgb))


def exif(orientation: int) -> bytes:
    tags = Image.Exif()
    tags[274] = orientation
    return tags.tobytes()


WRITERS = {
    "jpeg": lambda p, a: Image.fromarray(a).save(p, "JPEG", quality=97, subsampling=0),
    "turned jpeg": lambda p, a: Image.fromarray(a).save(p, "JPEG", quality=97, subsampling=0, exif=exif(6)),
    "mirrored jpeg": lambda p, a: Image.fromarray(a).save(p, "JPEG", quality=97, subsampling=0, exif=exif(7)),
    "png": lambda p, a: Image.fromarray(a).save(p, "PNG"),
    "transparent png": lambda p, a: Image.fromarray(np.dstack([a, a[:, :, :1]])).save(p, "PNG"),
    "strip tiff": lambda p, a: vips(a).tiffsave(p, compression="lzw"),
    "turned tiff": lambda p, a: Image.fromarray(a).save(p, "TIFF", exif=exif(8)),
    "tiled tiff": lambda p, a: vips(a).tiffsave(p, tile=True, tile_width=128, tile_height=128),
    "pyramid": lambda p, a: vips(a).tiffsave(p, tile=True, tile_width=128, tile_height=128, pyramid=True),
    "pyramid inside": lambda p, a: vips(a).tiffsave(p, tile=True, pyramid=True, subifd=True, bigtiff=True),
    "webp": lambda p, a: Image.fromarray(a).save(p, "WEBP", lossless=True),
    "jpeg 2000": lambda p, a: Image.fromarray(a).save(p, "JPEG2000"),
    "pdf": lambda p, a: Image.fromarray(a).save(p, "PDF", resolution=150, quality=97),
}


@pytest.mark.parametrize("kind", WRITERS)
@pytest.mark.parametrize("streamed", [False, True])
@pytest.mark.parametrize(("box", "side"), [((50, 100, 150, 100), 2000), ((5, 10, 400, 300), 50), ((0, 0, 7, 9), 64)])
def test_crop_is_a_part_of_the_whole(kind, streamed, box, side, scene, tmp_path, monkeypatch):
    if streamed:
        monkeypatch.setattr("indexer.decode.content.IN_MEMORY", 100)
    path = tmp_path / "a"
    WRITERS[kind](str(path), scene)
    whole = decode_file(path, SETTINGS, max_side=5000).rgb
    x, y, w, h = box
    expected = whole[y : y + h, x : x + w]
    scale = min(1, side / max(w, h))
    size = round(w * scale), round(h * scale)
    got = crop(path, None, box, SETTINGS, side)
    assert got.shape == (size[1], size[0], 3)
    reference = cv2.resize(expected, size, interpolation=cv2.INTER_AREA)
    # PDFium smooths in its own way.
    assert np.abs(got.astype(int) - reference).mean() < (5 if kind == "pdf" else 3)


@pytest.mark.parametrize("size", [(601, 451), (449, 599), (1000, 997)])
def test_reduced_jpeg_2000_of_any_size(size, scene, tmp_path):
    """Sizes that are no multiples of the reduction trip Pillow up when left alone."""
    path = tmp_path / "a.jp2"
    picture = cv2.resize(scene, size)
    Image.fromarray(picture).save(path)
    for side in (30, 70, 130):
        got = decode_file(path, SETTINGS, side).rgb
        reference = cv2.resize(picture, got.shape[1::-1], interpolation=cv2.INTER_AREA)
        assert max(got.shape) == side
        assert np.abs(got.astype(int) - reference).mean() < 12


def test_crop_reaches_past_the_edge(scene, tmp_path):
    path = tmp_path / "a.png"
    Image.fromarray(scene).save(path)
    np.testing.assert_array_equal(crop(path, None, (550, 425, 500, 500), SETTINGS), scene[425:, 550:])


def test_fractions_of_pixels_are_covered(scene, tmp_path):
    path = tmp_path / "a.png"
    Image.fromarray(scene).save(path)
    assert crop(path, None, (10.4, 20.6, 1.2, 1.2), SETTINGS).shape[2] == 3


@pytest.mark.parametrize("inside", [False, True])
def test_pyramid_level_is_the_smallest_that_suffices(inside, scene, tmp_path):
    path = tmp_path / "a.tif"
    vips(scene).tiffsave(str(path), tile=True, tile_width=128, tile_height=128, pyramid=True, subifd=inside)
    with from_file(path).open() as file:
        found = levels(file, 0)
    assert [lv.width for lv in found] == [600, 300, 150, 75]
    assert smallest_enough(found, 1.0).width == 600
    assert smallest_enough(found, 0.5).width == 300
    assert smallest_enough(found, 0.26).width == 300
    assert smallest_enough(found, 0.01).width == 75


def test_reduced_reading_of_a_pyramid_matches(scene, tmp_path):
    path = tmp_path / "a.tif"
    vips(scene).tiffsave(str(path), tile=True, tile_width=128, tile_height=128, pyramid=True)
    small = decode_file(path, SETTINGS, max_side=100)
    reference = cv2.resize(scene, (100, 75), interpolation=cv2.INTER_AREA)
    assert np.abs(small.rgb.astype(int) - reference).mean() < 3


def peak_of(code: str, path: Path) -> float:
    """Peak memory in MB that `code` adds to a fresh process with the libraries already loaded."""
    import subprocess
    import sys

    program = (
        "import sys, resource, numpy\n"
        "from pathlib import Path\n"
        "from indexer.core.settings import DecodeSettings\n"
        "from indexer.decode import *\n"
        "limit_threads()\n"
        "path, settings = Path(sys.argv[1]), DecodeSettings()\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        f"{code}\n"
        "after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "print((after - before) / (1024 if sys.platform == 'linux' else 1 << 20))\n"
    )
    root = Path(__file__).resolve().parents[2]
    done = subprocess.run(
        [sys.executable, "-c", program, str(path)], check=False, cwd=root, capture_output=True, text=True, timeout=100
    )
    assert done.returncode == 0, done.stderr
    return float(done.stdout)


@pytest.mark.parametrize("kind", ["tiled tiff", "strip tiff", "jpeg", "png"])
def test_memory_is_bounded(kind, tmp_path):
    """9,000 × 9,000 pixels are 243 MB; reading them reduced must take a fraction, and a crop less."""
    side = 9_000
    big = pyvips.Image.black(side, side).bandjoin([100, 200]).copy(interpretation="srgb")
    path = tmp_path / "big"
    write = {
        "tiled tiff": lambda: big.tiffsave(str(path), tile=True, compression="deflate"),
        "strip tiff": lambda: big.tiffsave(str(path), compression="deflate"),
        "jpeg": lambda: big.jpegsave(str(path)),
        "png": lambda: big.pngsave(str(path), compression=1),
    }
    write[kind]()
    assert peak_of("assert decode_file(path, settings).rgb[5, 5].max() > 195", path) < 120
    assert peak_of("assert crop(path, None, (4000, 4000, 500, 400), settings).shape == (400, 500, 3)", path) < 80
