"""Our SIFT against OpenCV's, which is the definition."""

import threading
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest

from indexer.features import sift_detector
from indexer.features.blur_kernels import RADII, blur, double
from indexer.features.scale_space import LAYERS, layer_blurs, scale_space
from indexer.features.sift_detector import Keypoints, detect_and_compute


def scene(h, w, seed):
    """Discs, bars and hatching of random greys on a noisy ground: blobs, corners, edges and type-like strokes."""
    rng = np.random.default_rng(seed)
    out = rng.normal(200, 6, (h, w)).clip(0, 255).astype(np.uint8)
    for _ in range(h * w // 400):
        x, y, r, shade = (int(v) for v in rng.integers((0, 0, 2, 0), (w, h, 18, 255)))
        if rng.random() < 0.4:
            cv2.circle(out, (x, y), r, shade, -1)
        elif rng.random() < 0.5:
            cv2.rectangle(out, (x, y), (x + r, y + r // 3), shade, -1)
        else:
            cv2.line(out, (x, y), (x + r, y + 2 * r), shade, 1)
    return cv2.GaussianBlur(out, (0, 0), 0.7)


def opencv(gray, count, mask=None):
    points, described = cv2.SIFT_create(nfeatures=count, enable_precise_upscale=True).detectAndCompute(gray, mask)
    rows = np.array([(*p.pt, p.size, p.angle, p.response) for p in points], np.float32).reshape(-1, 5)
    return rows, described


def pairs(found: Keypoints, rows):
    """Positions in both of keypoints that have the same place, size and angle (to a hundredth of a pixel, a degree)."""
    ours = np.column_stack([found.xy, found.sizes, found.angles])
    gap = np.abs(ours[:, None] - rows[None, :, :4])
    gap[..., 3] = np.minimum(gap[..., 3], 360 - gap[..., 3])
    mine, theirs = np.nonzero((gap < [0.01, 0.01, 0.01, 1.0]).all(axis=2))
    return mine, theirs


@pytest.mark.parametrize(("h", "w", "seed"), [(240, 320, 0), (401, 263, 1), (97, 640, 2), (90, 64, 3)])
def test_the_same_keypoints_and_descriptors_as_opencv(h, w, seed):
    gray = scene(h, w, seed)
    found = detect_and_compute(gray, None, 1000)
    rows, described = opencv(gray, 1000)
    mine, theirs = pairs(found, rows)
    assert len(rows) > 15
    # Sums in another order round otherwise, which now and then moves one across a threshold.
    assert len(np.unique(theirs)) >= 0.995 * len(rows)
    assert len(found.xy) <= 1.005 * len(rows)
    np.testing.assert_allclose(found.responses[mine], rows[theirs, 4], atol=1e-6)
    off = np.abs(found.descriptors[mine] - described[theirs])
    assert (off.max(axis=1) <= 1).mean() >= 0.98
    assert (off > 0).mean() < 0.005


def test_only_the_strongest_are_kept_strongest_first():
    gray = scene(300, 300, 5)
    few, many = detect_and_compute(gray, None, 100), detect_and_compute(gray, None, 5000)
    assert len(few.xy) == 100 < len(many.xy)
    assert (np.diff(few.responses) <= 0).all()
    np.testing.assert_array_equal(few.responses, many.responses[:100])
    assert len(pairs(few, opencv(gray, 100)[0])[0]) >= 99


def test_keypoints_under_the_mask_are_dropped_after_the_choice():
    gray = scene(240, 240, 6)
    mask = np.zeros(gray.shape, np.uint8)
    mask[:, 120:] = 1
    found = detect_and_compute(gray, mask, 200)
    rows, _ = opencv(gray, 200, mask)
    assert 0 < len(found.xy) < 200
    assert (found.xy[:, 0] >= 119.5).all()
    assert abs(len(found.xy) - len(rows)) <= 1


def test_no_keypoint_twice():
    found = detect_and_compute(scene(300, 300, 7), None, 5000)
    together = np.column_stack([found.xy, found.sizes, found.angles])
    assert len(np.unique(together, axis=0)) == len(together)


@pytest.mark.parametrize("value", [0, 128, 255])
def test_blank_pictures_have_none(value):
    found = detect_and_compute(np.full((50, 80), value, np.uint8), None, 100)
    assert found.xy.shape == (0, 2)
    assert found.descriptors.shape == (0, 128)


@pytest.mark.parametrize("shape", [(12, 12), (12, 300), (300, 13)])
def test_tiny_and_narrow_pictures(shape):
    gray = scene(*shape, 8)
    mine, _ = pairs(found := detect_and_compute(gray, None, 100), rows := opencv(gray, 100)[0])
    assert len(found.xy) == len(rows) == len(np.unique(mine))


def test_more_extrema_than_room_was_made_for(monkeypatch):
    gray = scene(200, 200, 10)
    usual = detect_and_compute(gray, None, 5000)
    monkeypatch.setattr(sift_detector, "ROOM", 4000)
    again = detect_and_compute(gray, None, 5000)
    assert len(usual.xy) > 400 * 400 / 4000 + 8
    np.testing.assert_array_equal(again.xy, usual.xy)
    np.testing.assert_array_equal(again.descriptors, usual.descriptors)


def test_threads_share_no_memory():
    pictures = [scene(200, 200 + 8 * k, k) for k in range(6)]
    alone = [detect_and_compute(p, None, 300) for p in pictures]
    together: list = [None] * len(pictures)

    def work(k):
        for _ in range(5):
            together[k] = detect_and_compute(pictures[k], None, 300)

    threads = [threading.Thread(target=work, args=(k,)) for k in range(len(pictures))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for one, other in zip(alone, together, strict=True):
        np.testing.assert_array_equal(one.descriptors, other.descriptors)
        np.testing.assert_array_equal(one.xy, other.xy)


def test_parts_done_side_by_side_give_the_same():
    gray = scene(420, 400, 11)
    with ThreadPoolExecutor(4) as pool:
        parts = []

        def threads(call, items):
            parts.append(len(items))
            return list(pool.map(call, items))

        found = detect_and_compute(gray, None, 700, side_by_side=threads)
    alone = detect_and_compute(gray, None, 700)
    assert max(parts) > 4
    np.testing.assert_array_equal(found.xy, alone.xy)
    np.testing.assert_array_equal(found.angles, alone.angles)
    np.testing.assert_array_equal(found.descriptors, alone.descriptors)


def test_each_layer_is_the_doubled_picture_blurred_by_its_sigma():
    gray = scene(60, 90, 9)
    space = scale_space(gray)
    assert space.octave(0).shape == (LAYERS + 3, 120, 180)
    assert space.octave(1).shape == (LAYERS + 3, 60, 90)
    # All blurs so far, and the camera's, add up in squares to 1.6 px; three layers on to twice that.
    assert np.sqrt(1.6**2 + sum(b**2 for b in layer_blurs()[:LAYERS])) == pytest.approx(3.2)
    halved = space.octave(0)[LAYERS, ::2, ::2]
    np.testing.assert_array_equal(space.octave(1)[0], halved)
    whole = cv2.GaussianBlur(space.octave(0)[0], (0, 0), np.sqrt(3.2**2 - 1.6**2))
    assert np.abs(whole - space.octave(0)[LAYERS])[20:-20, 20:-20].max() < 1.0


@pytest.mark.parametrize(("h", "w"), [(32, 32), (47, 61), (130, 200)])
def test_blurs_are_those_of_opencv(h, w):
    pixels = np.random.default_rng(h).uniform(0, 255, 2 * h * w + 7).astype(np.float32)
    layer = pixels[3 : 3 + h * w].reshape(h, w).copy()
    for sigma in (1.249, *layer_blurs()):
        taps = round(8 * sigma + 1) | 1
        kernel = np.ascontiguousarray(cv2.getGaussianKernel(taps, sigma, cv2.CV_32F)[taps // 2 :, 0])
        assert len(kernel) - 1 in RADII
        for rows in ((0, h // 3), (h // 3, h)):
            blur(pixels, 3, 3 + h * w, h, w, kernel, *rows)
        naive = cv2.GaussianBlur(layer, (0, 0), sigma)
        np.testing.assert_allclose(pixels[3 + h * w : 3 + 2 * h * w].reshape(h, w), naive, atol=2e-4)
    np.testing.assert_array_equal(pixels[3 : 3 + h * w].reshape(h, w), layer)


@pytest.mark.parametrize(("h", "w"), [(12, 13), (40, 57)])
def test_doubled_pictures_are_those_of_opencv(h, w):
    gray = np.random.default_rng(w).integers(0, 256, (h, w), np.uint8)
    pixels = np.zeros(4 * h * w + 5, np.float32)
    double(gray, pixels, 5)
    halving = np.array([[0.5, 0, 0], [0, 0.5, 0]], np.float32)
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    naive = cv2.warpAffine(gray.astype(np.float32), halving, (2 * w, 2 * h), flags=flags, borderMode=cv2.BORDER_REFLECT)
    np.testing.assert_allclose(pixels[5:].reshape(2 * h, 2 * w), naive, atol=1e-4)
