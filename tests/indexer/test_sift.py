import cv2
import numpy as np
import pytest

from indexer.core.settings import SiftSettings
from indexer.core.types import NO_ID, Regions
from indexer.features.sift import extract, extract_regions, mirror, root_sift


def picture(h=240, w=320, seed=0):
    """Rectangles and discs of random greys: corners and blobs."""
    import cv2

    rng = np.random.default_rng(seed)
    out = np.full((h, w), 230, np.uint8)
    for _ in range(60):
        x, y, r = int(rng.integers(0, w)), int(rng.integers(0, h)), int(rng.integers(4, 22))
        shade = int(rng.integers(0, 255))
        if rng.random() < 0.5:
            cv2.circle(out, (x, y), r, shade, -1)
        else:
            cv2.rectangle(out, (x, y), (x + r, y + r // 2), shade, -1)
    return cv2.GaussianBlur(out, (0, 0), 0.8)


def test_coordinates_have_pixel_edges_at_integers():
    import cv2

    canvas = np.zeros((200, 200), np.uint8)
    canvas[50:70, 90:110] = 255  # covers 90 to 110 and 50 to 70: centre (100, 60)
    blob = cv2.GaussianBlur(canvas, (0, 0), 4)
    features = extract(blob, 1.0, SiftSettings())
    nearest = np.abs(features.xy - [100, 60]).max(axis=1).min()
    assert nearest < 0.05
    half = extract(blob, 0.5, SiftSettings())
    np.testing.assert_allclose(half.xy, features.xy * 2)
    np.testing.assert_allclose(half.scales, features.scales * 2)


def test_mirror_equals_features_of_the_flipped_picture():
    gray = picture()
    mirrored = mirror(extract(gray, 1.0, SiftSettings()), gray.shape[1])
    flipped = extract(gray[:, ::-1], 1.0, SiftSettings())
    distance = np.linalg.norm(flipped.descriptors[:, None].astype(float) - mirrored.descriptors[None], axis=2)
    nearest = distance.argmin(axis=1)
    assert np.median(distance.min(axis=1)) == 0
    assert np.median(np.abs(flipped.xy - mirrored.xy[nearest])) < 1e-3
    assert np.median(np.abs(flipped.angles - mirrored.angles[nearest])) < 1e-2


def test_mirror_twice_is_the_same():
    features = extract(picture(), 1.0, SiftSettings())
    again = mirror(mirror(features, 320), 320)
    np.testing.assert_array_equal(again.descriptors, features.descriptors)
    np.testing.assert_allclose(again.xy, features.xy, atol=1e-4)


def test_strongest_keypoints_come_first_and_are_limited():
    features = extract(picture(), 1.0, SiftSettings(count=50))
    assert len(features) == 50
    assert (np.diff(features.responses) <= 0).all()
    everything = extract(picture(), 1.0, SiftSettings(count=5000))
    assert features.responses.min() >= np.sort(everything.responses)[-50] - 1e-6


def test_root_sift_is_the_square_root_of_shares():
    row = np.zeros((1, 128), np.float32)
    row[0, :4] = [1, 4, 4, 16]
    out = root_sift(row)
    np.testing.assert_array_equal(out[0, :4], [102, 205, 205, 255])  # 512·sqrt(1/25), sqrt(4/25), sqrt(16/25) → 255
    assert root_sift(np.zeros((1, 128), np.float32)).max() == 0


@pytest.mark.parametrize(("h", "w"), [(1, 1), (1, 40), (20, 20), (11, 300), (64, 64)])
def test_tiny_and_blank_pictures(h, w):
    rng = np.random.default_rng(0)
    assert len(extract(np.full((h, w, 3), 200, np.uint8), 1.0, SiftSettings())) == 0
    noise = extract(rng.integers(0, 255, (h, w, 3)).astype(np.uint8), 1.0, SiftSettings())
    assert (noise.xy <= [w, h]).all()


def test_mask_keeps_keypoints_out():
    gray = picture()
    mask = np.zeros(gray.shape, np.uint8)
    mask[:, :160] = 255
    features = extract(gray, 1.0, SiftSettings(), mask)
    assert len(features) > 20
    assert features.xy[:, 0].max() <= 161


def test_small_region_on_a_large_page_keeps_its_own_budget():
    page = np.full((1200, 900, 3), 240, np.uint8)
    page[100:340, 100:420] = picture(seed=1)[..., None]
    page[700:1180, 100:740] = np.kron(picture(seed=2), np.ones((2, 2), np.uint8))[..., None]
    regions = Regions.of(
        [{"box": (0, 0, 900, 1200), "kind": "whole"}, {"box": (100, 100, 320, 240), "kind": "illustration"}]
    )
    features = extract_regions(page, 1.0, regions, SiftSettings(count=200))
    own = features.take(features.regions == 1)
    direct = extract(page[100:340, 100:420], 1.0, SiftSettings(count=200))
    assert len(own) >= len(direct) == 200
    inside = (own.xy >= [100, 100]).all(axis=1) & (own.xy <= [420, 340]).all(axis=1)
    assert inside.all()
    assert set(np.unique(features.regions)) <= {NO_ID, 0, 1}


def test_regions_share_one_pass_where_nothing_is_gained():
    gray = picture()
    rgb = np.repeat(gray[..., None], 3, axis=2)
    regions = Regions.of(
        [{"box": (0, 0, 320, 240), "kind": "whole"}, {"box": (0, 0, 160, 240), "kind": "illustration"}]
    )
    features = extract_regions(rgb, 1.0, regions, SiftSettings(count=100))
    assert len(np.unique(features.xy.round(3), axis=0)) > 90
    whole = extract(gray, 1.0, SiftSettings(count=100))
    found = {tuple(p) for p in features.xy.round(2).tolist()}
    assert all(tuple(p) in found for p in whole.xy.round(2).tolist())
    assert (features.regions == 1).sum() >= min(100, len(extract(gray, 1.0, SiftSettings(count=400)).xy) // 3)


def test_windows_get_a_budget_each_and_keypoints_stand_once():
    gray = picture(400, 300)
    windows = [(slice(0, 200), slice(0, 300)), (slice(100, 300), slice(0, 300)), (slice(200, 400), slice(0, 300))]
    every = extract(gray, 1.0, SiftSettings(count=10_000))
    found = extract(gray, 1.0, SiftSettings(count=60), windows=windows)
    naive = set()
    for rows, _ in windows:
        y = every.xy[:, 1] - 0.5
        naive |= set(np.flatnonzero((y >= rows.start) & (y < rows.stop))[:60].tolist())
    assert 60 < len(naive) < 180
    wanted = every.take(np.array(sorted(naive)))
    np.testing.assert_array_equal(found.xy, wanted.xy)
    np.testing.assert_array_equal(found.descriptors, wanted.descriptors)


def test_a_page_of_type_is_looked_at_finer_without_keypoints_twice(monkeypatch):
    page = np.repeat(picture(1300, 900, seed=3)[..., None], 3, axis=2)
    regions = Regions.of([{"box": (0, 0, 900, 1300), "kind": "whole"}])
    plain = extract_regions(page, 1.0, regions, SiftSettings(count=150))
    monkeypatch.setattr("indexer.features.sift._is_page", lambda _: True)
    finer = extract_regions(page, 1.0, regions, SiftSettings(count=150))
    assert len(plain) == 150
    np.testing.assert_array_equal(finer.xy[:150], plain.xy)
    rest = np.column_stack([finer.xy, finer.scales, finer.angles])[150:]
    assert 150 < len(rest) <= 9 * 150
    assert len(np.unique(rest, axis=0)) == len(rest)
    # Every quarter has its share.
    quarters = (rest[:, 0] > 450) * 2 + (rest[:, 1] > 650)
    assert np.bincount(quarters, minlength=4).min() >= 30


def test_blank_page_has_no_keypoints():
    regions = Regions.of([{"box": (0, 0, 900, 1200), "kind": "whole"}])
    assert len(extract_regions(np.full((1200, 900, 3), 240, np.uint8), 1.0, regions, SiftSettings())) == 0


def test_every_number_of_opencvs_keypoints_is_kept():
    noise = np.random.default_rng(5).integers(0, 256, (90, 120), np.uint8)
    found = extract(noise, 2.0, SiftSettings(count=60))
    points = cv2.SIFT_create(nfeatures=60, enable_precise_upscale=True).detect(noise, None)
    rows = np.array([(*p.pt, p.size, p.angle, p.response) for p in points], np.float32)
    rows = rows[np.lexsort((rows[:, 3], -rows[:, 4]))][: len(found)]
    found = found.take(np.lexsort((found.angles, -found.responses)))
    np.testing.assert_allclose(found.xy, (rows[:, :2] + 0.5) / 2, atol=1e-3)
    np.testing.assert_allclose(found.scales, rows[:, 2] / 2, atol=1e-3)
    np.testing.assert_allclose(found.angles, rows[:, 3] % 360, atol=0.05)
    np.testing.assert_allclose(found.responses, rows[:, 4], atol=1e-6)
