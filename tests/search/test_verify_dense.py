import cv2
import numpy as np
import pytest

from indexer.core.geometry import transform_points
from search.verify_dense import register, zoom_at


def picture(seed, h=300, w=400):
    """Strokes and discs on paper, grey."""
    rng = np.random.default_rng(seed)
    out = np.full((h, w), 235, np.uint8)
    for _ in range(120):
        a = rng.integers(0, [w, h])
        cv2.line(out, a.tolist(), (a + rng.integers(-60, 60, 2)).tolist(), int(rng.integers(0, 160)), 2)
        cv2.circle(out, a.tolist(), int(rng.integers(3, 14)), int(rng.integers(0, 200)), -1)
    return out


def thumbnail(grey, side=256):
    k = side / max(grey.shape)
    return cv2.resize(grey, None, fx=k, fy=k, interpolation=cv2.INTER_AREA), k


def similarity(scale, degrees, dx, dy):
    c, s = scale * np.cos(np.radians(degrees)), scale * np.sin(np.radians(degrees))
    return np.array([[c, -s, dx], [s, c, dy], [0, 0, 1]])


WHOLE = (0.0, 0.0, 400.0, 300.0)


def test_the_same_picture_lies_on_itself():
    small, k = thumbnail(picture(1))
    found = register(picture(1), WHOLE, small, np.diag([k, k, 1]))
    assert found.peak > 0.95
    assert found.ratio > 10
    assert found.pixels == pytest.approx(160 * 120, rel=0.02)
    assert found.coverage > 0.98


@pytest.mark.parametrize("edge", [25, 60])
def test_coverage_is_low_where_only_a_frame_is_shared(edge):
    """The same frame around different pictures; the middle alone decides however wide the frame is."""
    frame, inner = picture(8), (slice(edge * 3 // 4, 300 - edge * 3 // 4), slice(edge, 400 - edge))
    one, other = frame.copy(), frame.copy()
    one[inner], other[inner] = picture(9)[inner], picture(10)[inner]
    small, k = thumbnail(one)
    found = register(other, WHOLE, small, np.diag([k, k, 1]))
    assert found.coverage < 0.25
    assert found.ratio > 4


def test_coverage_is_the_part_that_two_pictures_share():
    one, other = picture(8), picture(8)
    one[:, 200:], other[:, 200:] = picture(9)[:, 200:], picture(10)[:, 200:]
    small, k = thumbnail(one)
    assert register(other, WHOLE, small, np.diag([k, k, 1])).coverage == pytest.approx(0.5, abs=0.1)


def test_a_turned_scaled_detail_lies_where_the_transform_says():
    stored = picture(2)
    to_stored = similarity(0.6, 25, 120, 30)
    query = cv2.warpAffine(stored, np.linalg.inv(to_stored)[:2], (300, 240), flags=cv2.INTER_LINEAR)
    small, k = thumbnail(stored)
    box = (20.0, 20.0, 200.0, 180.0)
    right = register(query, box, small, np.diag([k, k, 1]) @ to_stored)
    wrong = register(query, box, small, np.diag([k, k, 1]) @ similarity(0.6, 25, 170, 30))
    assert right.peak > 0.7
    assert right.ratio > 6
    assert wrong.peak < 0.4
    assert wrong.ratio < right.ratio / 2


def test_a_mirrored_picture_lies_only_under_a_mirroring_transform():
    small, k = thumbnail(picture(3))
    query = np.ascontiguousarray(picture(3)[:, ::-1])
    flip = np.array([[-1.0, 0, 400], [0, 1, 0], [0, 0, 1]])
    assert register(query, WHOLE, small, np.diag([k, k, 1]) @ flip).peak > 0.9
    assert register(query, WHOLE, small, np.diag([k, k, 1])).peak < 0.3


def test_a_coarse_halftone_still_lies_on_its_picture_and_other_pictures_do_not():
    grey = cv2.GaussianBlur(picture(4), (0, 0), 2.0)
    y, x = np.mgrid[:300, :400]
    screen = (np.sin(x * 2 * np.pi / 4) * np.sin(y * 2 * np.pi / 4) + 1) * 127
    dots = np.where(grey > screen, 255, 0).astype(np.uint8)
    small, k = thumbnail(grey)
    assert register(dots, WHOLE, small, np.diag([k, k, 1])).peak > 0.6
    others = [register(dots, WHOLE, thumbnail(picture(s))[0], np.diag([k, k, 1])) for s in range(10, 30)]
    assert max(o.peak for o in others) < 0.3


def test_lines_that_repeat_do_not_stand_out():
    """Rows of hatching correlate wherever they lie: much correlation, little ratio."""
    y = np.arange(300)[:, None]
    hatching = np.repeat(np.where(y % 12 < 5, 40, 230), 400, axis=1).astype(np.uint8)
    rng = np.random.default_rng(5)
    noisy = [np.clip(hatching + rng.normal(0, 20, hatching.shape), 0, 255).astype(np.uint8) for _ in range(2)]
    small, k = thumbnail(noisy[1])
    assert register(noisy[0], WHOLE, small, np.diag([k, k, 1])).ratio < 5


@pytest.mark.parametrize("box", [(0, 0, 10, 10), (390, 0, 8, 300)])
def test_too_little_overlap_says_nothing(box):
    small, k = thumbnail(picture(6))
    assert register(picture(6), box, small, np.diag([k, k, 1])) is None


def test_nothing_overlaps_or_one_is_blank():
    small, k = thumbnail(picture(7))
    assert register(picture(7), WHOLE, small, np.diag([k, k, 1]) @ similarity(1, 0, 1000, 0)) is None
    assert register(np.full((300, 400), 200, np.uint8), WHOLE, small, np.diag([k, k, 1])) is None
    assert register(picture(7), WHOLE, small, np.zeros((3, 3))) is None


def test_zoom_of_a_projective_transform_at_a_point():
    assert zoom_at(np.diag([3.0, 3.0, 1.0]), 5, 7) == pytest.approx(3.0)
    matrix = np.array([[0.9, 0.05, 20], [-0.03, 0.8, 10], [2e-4, 1e-4, 1]])
    corners = np.array([[99.0, 49], [101, 49], [101, 51], [99, 51]])
    x, y = transform_points(matrix, corners).T
    area = 0.5 * abs(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1)))
    assert zoom_at(matrix, 100, 50) == pytest.approx(np.sqrt(area / 4), rel=1e-3)


def test_reductions_are_made_once_and_give_the_same():
    small, k = thumbnail(picture(1))
    reduced = {}
    first = register(picture(1), WHOLE, small, np.diag([k, k, 1]), reduced)
    assert list(reduced) == [(160, 120)]
    made = reduced[160, 120]
    assert register(picture(1), WHOLE, small, np.diag([k, k, 1]), reduced) == first
    assert reduced[160, 120] is made
    assert register(picture(1), WHOLE, small, np.diag([k, k, 1])) == first
    assert register(picture(1), (0.0, 0.0, 200.0, 150.0), small, np.diag([k, k, 1]), reduced) != first
    assert len(reduced) == 2
