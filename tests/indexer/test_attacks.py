import cv2
import numpy as np
import pytest

from indexer.core.errors import UsageError
from indexer.core.geometry import transform_points
from indexer.evaluate.attacks import ATTACKS, attacks_named
from indexer.evaluate.attacks_tools import random_crop, shift, sloppy, turn_about, warp
from indexer.printshop.chance import generator
from indexer.printshop.shop import block_of

ON_PAGES = {"reprint_mild", "reprint_hard", "whole_page_reprint", "whole_page_woodcut"}
LATE = {"woodcut_hard", "woodcut_ruined"}
"""Wear, ink and colour change the tones as well."""


@pytest.fixture(scope="module")
def picture() -> np.ndarray:
    """A woodcut on grey paper with a dark band at the left, so that no symmetry helps a wrong transform."""
    block = block_of("beast-lion", 1)
    gray = 235 - 0.8 * cv2.resize(block, (700, 560), interpolation=cv2.INTER_AREA)
    gray[:, :60] *= 0.5
    return np.repeat(np.asarray(gray, np.uint8)[..., None], 3, axis=2)


def agreement(original: np.ndarray, attacked: np.ndarray, matrix: np.ndarray) -> float:
    """Correlation of the attacked picture with the original warped by `matrix`, over its inside."""
    h, w = attacked.shape[:2]
    soft = cv2.GaussianBlur(cv2.cvtColor(original, cv2.COLOR_RGB2GRAY), (0, 0), 5)
    there = warp(soft, matrix, (w, h)).astype(float)
    inside = warp(np.full(original.shape[:2], 255, np.uint8), matrix, (w, h), border=0)
    inside = cv2.erode(inside, np.ones((9, 9), np.uint8)) > 200
    scale = abs(np.linalg.det(matrix[:2, :2])) ** 0.5
    here = cv2.GaussianBlur(cv2.cvtColor(attacked, cv2.COLOR_RGB2GRAY), (0, 0), 5 * scale).astype(float)
    return float(np.corrcoef(there[inside], here[inside])[0, 1])


@pytest.mark.parametrize("name", list(ATTACKS))
def test_truth_transform_really_maps(name: str, picture: np.ndarray) -> None:
    sums = np.zeros(3)
    for k in range(2):
        result = ATTACKS[name](picture, generator(7, name, k))
        matrix, rgb = result.transform, result.rgb
        if result.box is not None:
            x, y, w, h = (round(v) for v in result.box)
            rgb, matrix = np.ascontiguousarray(rgb[y : y + h, x : x + w]), shift(-x, -y) @ matrix
        away = 0.08 * min(rgb.shape[:2])
        for j, move in enumerate((np.eye(3), shift(away, 0), shift(0, away))):
            sums[j] += agreement(picture, rgb, move @ matrix) / 2
    if name == "negative":
        sums = -sums
    least = 0.25 if name in LATE else 0.35 if name in ON_PAGES else 0.55
    assert sums[0] > least, sums
    assert sums[0] > max(sums[1:]) + 0.05, sums


@pytest.mark.parametrize("name", list(ATTACKS))
def test_attacks_are_seeded_and_leave_the_original_alone(name: str, picture: np.ndarray) -> None:
    before = picture.copy()
    first, again = (ATTACKS[name](picture, generator(1, name)) for _ in range(2))
    other = ATTACKS[name](picture, generator(2, name))
    assert np.array_equal(picture, before)
    assert np.array_equal(first.rgb, again.rgb)
    assert np.array_equal(first.transform, again.transform)
    assert first.rgb.shape != other.rgb.shape or not np.array_equal(first.rgb, other.rgb)
    assert first.rgb.dtype == np.uint8
    assert first.rgb.shape[2] == 3
    assert bool(np.linalg.det(first.transform[:2, :2]) < 0) is first.mirrored
    assert first.mirrored is (name == "mirrored")


@pytest.mark.parametrize("shape", [(48, 300, 3), (300, 48, 3), (1400, 900, 3)])
def test_attacks_take_odd_shapes(shape: tuple[int, int, int]) -> None:
    rgb = generator(1, "odd").integers(0, 255, shape, dtype=np.uint8)
    for name, attack in ATTACKS.items():
        if name == "whole_page_reprint" and shape[0] != 48:
            continue  # the page is the same work for every shape; whole_page_woodcut runs it for all
        result = attack(rgb, generator(3, name))
        assert min(result.rgb.shape[:2]) >= 4, name
        assert np.isfinite(result.transform).all(), name


def test_flat_pictures_do_not_break_an_attack() -> None:
    for name, attack in list(ATTACKS.items())[:-1]:
        assert attack(np.full((120, 100, 3), 200, np.uint8), generator(1, name)).rgb.size > 0, name


def test_hard_reprints_are_small_and_cropped(picture: np.ndarray) -> None:
    sizes, shares = [], []
    for k in range(12):
        result = ATTACKS["reprint_hard"](picture, generator(1, k))
        assert result.box is not None
        sizes.append(max(result.box[2:]))
        scale = abs(np.linalg.det(result.transform[:2, :2]))
        shares.append(result.box[2] * result.box[3] / (scale * picture.shape[0] * picture.shape[1]))
    assert 240 < np.median(sizes) < 330
    assert min(shares) > 0.1
    assert max(shares) < 0.5


def test_jpeg_keeps_a_sixteenth_of_the_pixels(picture: np.ndarray) -> None:
    rgb = ATTACKS["jpeg"](picture, generator(1, "j")).rgb
    assert rgb.shape[:2] == (140, 175)


def test_rotated_has_right_angles_and_others(picture: np.ndarray) -> None:
    angles = []
    for k in range(20):
        m = ATTACKS["rotated"](picture, generator(1, k)).transform
        angles.append(np.degrees(np.arctan2(m[1, 0], m[0, 0])) % 360)
    right = [a for a in angles if min(a % 90, 90 - a % 90) < 1e-6]
    assert 4 <= len(right) <= 16
    assert {round(a) for a in right} <= {90, 180, 270}


def test_names_are_chosen_in_order_and_unknown_ones_refused() -> None:
    assert list(attacks_named("jpeg, crop")) == ["jpeg", "crop"]
    assert list(attacks_named(None)) == list(attacks_named("all")) == list(ATTACKS)
    assert attacks_named("none") == {}
    assert len(ATTACKS) >= 10
    with pytest.raises(UsageError, match="squeeze"):
        attacks_named("crop,squeeze")


def test_turn_about_keeps_its_centre_and_turns_clockwise() -> None:
    points = transform_points(turn_about(90, 10, 20), np.array([(10, 20), (15, 20)]))
    assert np.allclose(points, [(10, 20), (10, 25)])


def test_random_crop_keeps_the_share_it_is_asked_for() -> None:
    rng = generator(1, "crop")
    for _ in range(200):
        x, y, w, h = random_crop(400, 300, 0.3, 0.5, rng)
        assert 0 <= x <= 400 - w
        assert 0 <= y <= 300 - h
        assert 0.24 <= w * h / 120000 <= 0.52


def test_sloppy_boxes_stay_in_the_picture_and_near_the_truth() -> None:
    rng = generator(1, "box")
    for _ in range(100):
        x, y, w, h = sloppy(5, 5, 190, 90, (200, 100), rng)
        assert x >= 0
        assert y >= 0
        assert x + w <= 200
        assert y + h <= 100
        assert w > 178
        assert h > 84
