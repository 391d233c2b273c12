"""Every format, depth and colour of the issue gives the same upright sRGB picture."""

import io
from pathlib import Path

import cv2
import numpy as np
import pytest
import pyvips
from PIL import Image, ImageCms, ImageOps

from indexer.core.settings import DecodeSettings
from indexer.core.types import SourceItem
from indexer.decode import decode, decode_bytes, decode_file, file_digest, image_size, list_pages
from indexer.decode.upright import stored_box, upright, upright_box

SETTINGS = DecodeSettings()
RED, GREEN, BLUE, GREY = (200, 30, 40), (20, 160, 60), (30, 40, 180), (128, 128, 128)


def chart(width=160, height=120):
    """Four patches, each in its corner, so that any turn, mirroring or swapped channel shows."""
    rgb = np.empty((height, width, 3), np.uint8)
    rgb[: height // 2, : width // 2], rgb[: height // 2, width // 2 :] = RED, GREEN
    rgb[height // 2 :, : width // 2], rgb[height // 2 :, width // 2 :] = BLUE, GREY
    return rgb


def patches(rgb):
    """Mean colour of the middle of each quarter, top-left, top-right, bottom-left, bottom-right."""
    h, w = rgb.shape[:2]
    at = [(h // 4, w // 4), (h // 4, 3 * w // 4), (3 * h // 4, w // 4), (3 * h // 4, 3 * w // 4)]
    return np.array([rgb[y - 5 : y + 5, x - 5 : x + 5].reshape(-1, 3).mean(0) for y, x in at])


def assert_chart(rgb, tolerance=4, colours=(RED, GREEN, BLUE, GREY)):
    assert np.abs(patches(rgb) - np.array(colours)).max() <= tolerance


def save(path: Path, image: np.ndarray | Image.Image, **options) -> Path:
    image = Image.fromarray(image) if isinstance(image, np.ndarray) else image
    image.save(path, **options)
    return path


WRITERS = {
    "jpeg": lambda p: save(p / "a.jpg", chart(), quality=95, subsampling=0),
    "progressive jpeg": lambda p: save(p / "a.jpg", chart(), quality=95, subsampling=0, progressive=True),
    "png": lambda p: save(p / "a.png", chart()),
    "palette png": lambda p: save(p / "a.png", Image.fromarray(chart()).quantize(16)),
    "webp": lambda p: save(p / "a.webp", chart(), lossless=True),
    "gif": lambda p: save(p / "a.gif", chart()),
    "bmp": lambda p: save(p / "a.bmp", chart()),
    "ppm": lambda p: save(p / "a.ppm", chart()),
    "avif": lambda p: save(p / "a.avif", chart(), quality=95),
    "tiff": lambda p: save(p / "a.tif", chart()),
    "tiff lzw": lambda p: save(p / "a.tif", chart(), compression="tiff_lzw"),
    "tiff jpeg": lambda p: save(p / "a.tif", chart(), compression="jpeg"),
    "jpeg 2000": lambda p: save(p / "a.jp2", chart()),
    "jpeg 2000 codestream": lambda p: save(p / "a.j2k", chart()),
}


@pytest.mark.parametrize("kind", WRITERS)
def test_formats_agree(kind, tmp_path):
    path = WRITERS[kind](tmp_path)
    image = decode_file(path, SETTINGS)
    assert (image.width, image.height, image.rgb.shape) == (160, 120, (120, 160, 3))
    assert image_size(path) == (160, 120)
    assert_chart(image.rgb, tolerance=6)
    assert_chart(decode_bytes(path.read_bytes(), SETTINGS).rgb, tolerance=6)


@pytest.mark.parametrize("kind", WRITERS)
def test_reduced_scale(kind, tmp_path):
    image = decode_file(WRITERS[kind](tmp_path), SETTINGS, max_side=64)
    assert (image.width, image.height, image.rgb.shape, image.scale) == (160, 120, (48, 64, 3), 0.4)
    assert_chart(image.rgb, tolerance=7)


@pytest.mark.parametrize("kind", WRITERS)
def test_names_do_not_matter(kind, tmp_path):
    path = WRITERS[kind](tmp_path)
    wrong = path.rename(tmp_path / "wrong.gif" if path.suffix != ".gif" else tmp_path / "wrong.jpg")
    assert_chart(decode_file(wrong, SETTINGS).rgb, tolerance=6)


def test_never_enlarged(tmp_path):
    assert decode_file(save(tmp_path / "a.png", chart()), SETTINGS, max_side=5000).rgb.shape == (120, 160, 3)


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif", ".webp"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_upright(orientation, suffix, tmp_path):
    exif = Image.Exif()
    exif[274] = orientation
    path = save(tmp_path / f"a{suffix}", Image.fromarray(chart()), exif=exif.tobytes(), quality=95, lossless=True)
    expected = np.asarray(ImageOps.exif_transpose(Image.open(path)))
    image = decode_file(path, SETTINGS)
    assert image_size(path) == (image.width, image.height) == expected.shape[1::-1]
    assert image.rgb.shape == expected.shape
    assert np.abs(patches(image.rgb) - patches(expected)).max() <= 4


@pytest.mark.parametrize("orientation", range(1, 9))
def test_stored_box_is_the_inverse_of_upright(orientation):
    stored = np.arange(6 * 9).reshape(6, 9)
    turned = upright(stored, orientation)
    x, y, w, h = 1, 2, 3, 2
    expected = turned[y : y + h, x : x + w]
    sx, sy, sw, sh = (int(v) for v in stored_box((x, y, w, h), 9, 6, orientation))
    np.testing.assert_array_equal(upright(stored[sy : sy + sh, sx : sx + sw], orientation), expected)
    assert upright_box((sx, sy, sw, sh), 9, 6, orientation) == (x, y, w, h)


@pytest.mark.parametrize("suffix", [".png", ".tif"])
def test_sixteen_bit(suffix, tmp_path):
    deep = chart().astype(np.uint16) * 257
    path = tmp_path / f"a{suffix}"
    cv2.imwrite(str(path), deep[:, :, ::-1])
    assert_chart(decode_file(path, SETTINGS).rgb, tolerance=1)
    cv2.imwrite(str(path), deep[:, :, 0])
    grey = decode_file(path, SETTINGS).rgb
    assert np.abs(grey.astype(int) - chart()[:, :, :1]).max() <= 1


def test_sixteen_bit_jpeg_2000(tmp_path):
    path = save(tmp_path / "a.jp2", Image.fromarray(chart()[:, :, 0].astype(np.uint16) * 257))
    assert np.abs(decode_file(path, SETTINGS).rgb.astype(int) - chart()[:, :, :1]).max() <= 1


@pytest.mark.parametrize("compression", ["group4", "raw"])
def test_bilevel(compression, tmp_path):
    page = np.zeros((120, 160), bool)
    page[:60] = True
    path = save(tmp_path / "a.tif", Image.fromarray(page), compression=compression)
    rgb = decode_file(path, SETTINGS).rgb
    np.testing.assert_array_equal(rgb[:, :, 0], page * np.uint8(255))
    assert set(np.unique(decode_file(path, SETTINGS, max_side=50).rgb)) <= set(range(256))
    assert decode_file(path, SETTINGS, max_side=40).rgb[:10].min() == 255


def test_white_is_zero_tiff(tmp_path):
    path = tmp_path / "a.tif"
    pyvips.Image.new_from_array(chart()[:, :, 0]).tiffsave(str(path), miniswhite=True)
    np.testing.assert_array_equal(decode_file(path, SETTINGS).rgb[:, :, 1], chart()[:, :, 0])


@pytest.mark.parametrize("suffix", [".jpg", ".tif"])
def test_cmyk_without_a_profile(suffix, tmp_path):
    cmyk = np.zeros((120, 160, 4), np.uint8)  # paper white, then black, then cyan, then yellow
    cmyk[:60, 80:, 3] = 255
    cmyk[60:, :80, 0] = 255
    cmyk[60:, 80:, 2] = 255
    path = save(tmp_path / f"a{suffix}", Image.fromarray(cmyk, "CMYK"), quality=95)
    white, black, cyan, yellow = patches(decode_file(path, SETTINGS).rgb)
    assert white.min() > 245
    assert black.max() < 70
    assert cyan[2] > 180
    assert cyan[0] < 80
    assert yellow[:2].min() > 200
    assert yellow[2] < 80


@pytest.mark.parametrize("suffix", [".png", ".webp", ".tif", ".gif", ".jp2"])
def test_transparency_is_laid_over_white(suffix, tmp_path):
    rgba = np.dstack([chart(), np.full((120, 160), 255, np.uint8)])
    rgba[:60, :80, 3] = 0
    path = save(tmp_path / f"a{suffix}", Image.fromarray(rgba), **({"lossless": True} if suffix == ".webp" else {}))
    for side in (None, 64):
        assert_chart(decode_file(path, SETTINGS, side).rgb, 6, ((255, 255, 255), GREEN, BLUE, GREY))


def test_transparent_colour_of_a_palette(tmp_path):
    indexed = Image.fromarray(chart()).quantize(4)
    path = save(tmp_path / "a.png", indexed, transparency=indexed.getpixel((5, 5)))
    assert_chart(decode_file(path, SETTINGS).rgb, 6, ((255, 255, 255), GREEN, BLUE, GREY))


@pytest.mark.parametrize("mode", ["L", "LA"])
@pytest.mark.parametrize("suffix", [".png", ".tif", ".jp2"])
def test_grey(suffix, mode, tmp_path):
    grey = Image.fromarray(chart()).convert(mode)
    rgb = decode_file(save(tmp_path / f"a{suffix}", grey), SETTINGS).rgb
    np.testing.assert_array_equal(rgb, np.asarray(grey.convert("RGB")))


@pytest.mark.parametrize(("low", "high"), [(0.0, 1.0), (-3.0, 5.0)])
def test_measurements_are_stretched(low, high, tmp_path):
    values = np.linspace(low, high, 120 * 160, dtype=np.float32).reshape(120, 160)
    path = tmp_path / "a.tif"
    pyvips.Image.new_from_array(values).tiffsave(str(path))
    rgb = decode_file(path, SETTINGS).rgb
    assert (rgb[0, 0, 0], rgb[-1, -1, 0]) == (0, 255)
    assert abs(int(rgb[60, 0, 0]) - 128) <= 1


def swapped_profile() -> bytes:
    """A profile whose red and green primaries are exchanged: using it changes pictures beyond doubt."""
    data = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    count = int.from_bytes(data[128:132], "big")
    for i in range(count):
        at = 132 + 12 * i
        tag = bytes(data[at : at + 4])
        if tag in (b"rXYZ", b"gXYZ"):
            data[at : at + 4] = b"gXYZ" if tag == b"rXYZ" else b"rXYZ"
        if tag == b"desc":
            start, size = (int.from_bytes(data[at + o : at + o + 4], "big") for o in (4, 8))
            text = bytes(data[start : start + size])
            data[start : start + size] = text.replace(b"s\0R\0G\0B", b"o\0d\0d\0y").replace(b"sRGB", b"oddy")
    return bytes(data)


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif", ".webp", ".jp2"])
def test_embedded_profile_is_applied(suffix, tmp_path):
    exact = {".jpg": {"quality": 95, "subsampling": 0}, ".webp": {"lossless": True}}.get(suffix, {})
    path = save(tmp_path / f"a{suffix}", Image.fromarray(chart()), icc_profile=swapped_profile(), **exact)
    if suffix == ".jp2":
        assert Image.open(path).info.get("icc_profile") is None  # Pillow does not write it: nothing to apply
        return
    rgb = decode_file(path, SETTINGS).rgb
    swapped = chart()[:, :, [1, 0, 2]]
    assert np.abs(patches(rgb) - patches(swapped)).max() <= 8


def test_srgb_profile_changes_nothing(tmp_path):
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    path = save(tmp_path / "a.png", Image.fromarray(chart()), icc_profile=profile)
    np.testing.assert_array_equal(decode_file(path, SETTINGS).rgb, chart())


@pytest.mark.parametrize("suffix", [".jpg", ".png"])
def test_damaged_profile_does_not_lose_the_picture(suffix, tmp_path):
    path = save(tmp_path / f"a{suffix}", Image.fromarray(chart()), icc_profile=b"not a profile" * 20)
    assert_chart(decode_file(path, SETTINGS).rgb, tolerance=8)


def test_pages_of_a_tiff(tmp_path):
    pages = [Image.fromarray(np.full((50, 40 + 10 * i, 3), 60 * i, np.uint8)) for i in range(3)]
    path = save(tmp_path / "a.tif", pages[0], save_all=True, append_images=pages[1:])
    assert list_pages(path) == [0, 1, 2]
    for i in range(3):
        image = decode_file(path, SETTINGS, page=i)
        assert image.rgb.shape == (50, 40 + 10 * i, 3)
        assert (image.rgb == 60 * i).all()
        assert image_size(path, i) == (40 + 10 * i, 50)


def test_pages_of_a_pdf(tmp_path):
    pages = [Image.fromarray(chart()), Image.fromarray(chart()[::-1])]
    path = save(tmp_path / "ä[1].pdf", pages[0], save_all=True, append_images=pages[1:], resolution=72)
    assert list_pages(path) == [0, 1]
    size = (round(160 * 150 / 72 + 0.49), 250)  # 150 dots where there were 72
    first, second = decode_file(path, SETTINGS, page=0), decode_file(path, SETTINGS, page=1)
    assert image_size(path, 0) == (first.width, first.height) == size
    assert_chart(first.rgb, 8)
    assert_chart(second.rgb, 8, (BLUE, GREY, RED, GREEN))
    assert decode_file(path, SETTINGS, max_side=80, page=0).rgb.shape == (60, 80, 3)


def test_reduced_copies_and_masks_are_no_pages(tmp_path):
    path = tmp_path / "a.tif"
    big = np.tile(chart(), (5, 5, 1))
    pyvips.Image.new_from_array(big).tiffsave(str(path), tile=True, pyramid=True, tile_width=64, tile_height=64)
    assert list_pages(path) == [None]
    assert decode_file(path, SETTINGS).rgb.shape == big.shape
    pyvips.Image.new_from_array(big).tiffsave(str(path), tile=True, pyramid=True, subifd=True)
    assert list_pages(path) == [None]


def test_first_frame_of_an_animation(tmp_path):
    frames = [Image.fromarray(chart()), Image.fromarray(chart()[::-1])]
    for name in ("a.gif", "a.webp"):
        path = save(tmp_path / name, frames[0], save_all=True, append_images=frames[1:], lossless=True)
        assert_chart(decode_file(path, SETTINGS).rgb, 6)


def test_digest_is_of_the_bytes(tmp_path):
    path = save(tmp_path / "a.png", chart())
    digest = decode(SourceItem("a.png", path), SETTINGS).digest
    assert digest == file_digest(path) == decode_bytes(path.read_bytes(), SETTINGS).digest
    assert len(digest) == 32
    assert file_digest(path, page=1) == f"{digest}#page=2"
    save(path, chart()[::-1])
    assert decode(SourceItem("a.png", path), SETTINGS).digest != digest


def test_digest_of_a_page(tmp_path):
    frames = [Image.fromarray(chart()), Image.fromarray(chart()[::-1])]
    path = save(tmp_path / "a.tif", frames[0], save_all=True, append_images=frames[1:])
    image = decode(SourceItem("a.tif#page=2", path, page=1), SETTINGS)
    assert image.digest == file_digest(path) + "#page=2"


def test_quick_and_careful_way_agree(tmp_path):
    """OpenCV's and libvips's JPEG and PNG differ by rounding only."""
    from indexer.decode.content import from_file
    from indexer.decode.vips import decode_vips

    rng = np.random.default_rng(3)
    noise = cv2.GaussianBlur(rng.integers(0, 256, (301, 403, 3), np.uint8), (0, 0), 3)
    variants = {"c.jpg": noise, "g.jpg": noise[:, :, 0], "c.png": noise, "g.png": noise[:, :, 0]}
    for name, pixels in variants.items():
        path = save(tmp_path / name, pixels)
        careful, covered = decode_vips(from_file(path), None, SETTINGS, 5000)
        assert covered == (0, 0, 403, 301)
        assert np.abs(decode_file(path, SETTINGS).rgb.astype(int) - careful).max() <= 2
        small = decode_vips(from_file(path), None, SETTINGS, 100)[0]
        image = decode_file(path, SETTINGS, 100).rgb
        small = cv2.resize(small, image.shape[1::-1], interpolation=cv2.INTER_AREA)
        assert np.abs(image.astype(int) - small).mean() < 4


def test_bytes_and_files_agree(tmp_path):
    buffer = io.BytesIO()
    Image.fromarray(chart()).save(buffer, "WEBP", lossless=True)
    np.testing.assert_array_equal(decode_bytes(buffer.getvalue(), SETTINGS).rgb, chart())
