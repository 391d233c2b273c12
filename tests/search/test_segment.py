import threading

import cv2
import numpy as np
import pytest

from indexer.core.errors import QueryError, UsageError
from indexer.core.types import DecodedImage
from search.segment import Click, Segmenter


@pytest.fixture(autouse=True)
def _own_cache(monkeypatch, tmp_path):
    monkeypatch.setenv("ICONOSCOPE_MODELS", str(tmp_path / "models"))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.delenv("ICONOSCOPE_SAM", raising=False)


def pixels_of(candidate, width, height):
    from pycocotools import mask as coco

    return coco.decode({"size": [height, width], "counts": candidate.mask.encode()}).astype(bool)


def iou(candidate, truth):
    mask = pixels_of(candidate, truth.shape[1], truth.shape[0])
    return (mask & truth).sum() / (mask | truth).sum()


def paper(h, w, rng, grey=(225, 215, 195)):
    return (np.full((h, w, 3), grey) + rng.normal(0, 5, (h, w, 3))).clip(0, 255).astype(np.uint8)


def vase():
    rng = np.random.default_rng(0)
    rgb, truth = paper(600, 800, rng), np.zeros((600, 800), np.uint8)
    cv2.ellipse(truth, (430, 310), (120, 190), 15, 0, 360, 1, -1)
    rgb[truth > 0] = (
        (np.array([120, 50, 40]) + rng.normal(0, 10, (600, 800, 3))).clip(0, 255).astype(np.uint8)[truth > 0]
    )
    rgb[60:520, 60:180] = (40, 90, 120)
    return rgb, truth > 0, (430, 310), (280, 95, 300, 430)


def woodcut():
    """A roundel in hatched line, with text beside it."""
    rgb, truth = paper(600, 800, np.random.default_rng(1)), np.zeros((600, 800), np.uint8)
    ink = np.zeros((600, 800), np.uint8)
    cv2.circle(truth, (300, 300), 160, 1, -1)
    for k in range(-400, 400, 14):
        cv2.line(ink, (k + 100, 500), (k + 500, 100), 1, 2)
    ink &= truth
    cv2.circle(ink, (300, 300), 158, 1, 4)
    cv2.putText(ink, "Incipit liber", (520, 300), cv2.FONT_HERSHEY_COMPLEX, 0.8, 1, 2)
    rgb[ink > 0] = (30, 25, 20)
    return rgb, truth > 0, (300, 300), (128, 128, 344, 344)


def photograph():
    rng = np.random.default_rng(2)
    rgb, truth = paper(600, 800, rng), np.zeros((600, 800), bool)
    truth[150:420, 200:520] = True
    tones = cv2.GaussianBlur(rng.normal(0, 1, (600, 800)).astype(np.float32), (0, 0), 3)
    tones = cv2.normalize(tones, None, 0, 180, cv2.NORM_MINMAX).astype(np.uint8)
    rgb[truth] = np.repeat(tones[..., None], 3, axis=2)[truth]
    return rgb, truth, (350, 300), (180, 130, 360, 310)


PICTURES = {"vase": vase, "woodcut": woodcut, "photograph": photograph}


@pytest.mark.parametrize("name", PICTURES)
@pytest.mark.parametrize("prompt", ["click", "box", "both"])
def test_without_weights_the_thing_is_found(name, prompt):
    rgb, truth, point, box = PICTURES[name]()
    clicks = [] if prompt == "box" else [Click(*point), Click(700, 580, False)]
    answer = Segmenter("none").segment(
        name, lambda: DecodedImage(rgb, 800, 600), clicks, None if prompt == "click" else box
    )
    assert answer.method == "classic"
    assert "No segmentation model" in answer.note
    assert iou(answer.candidates[0], truth) > 0.9
    scores = [c.score for c in answer.candidates]
    assert scores == sorted(scores, reverse=True)
    assert all(0 < s <= 1 for s in scores)


def test_coordinates_are_those_of_the_original():
    rgb, truth, point, _ = vase()
    large = np.repeat(np.repeat(truth, 3, axis=0), 3, axis=1)
    answer = Segmenter("none").segment(1, lambda: DecodedImage(rgb, 2400, 1800), [Click(3 * point[0], 3 * point[1])])
    best = answer.candidates[0]
    assert iou(best, large) > 0.9
    rows, columns = np.flatnonzero(large.any(axis=1)), np.flatnonzero(large.any(axis=0))
    expected = (columns[0], rows[0], np.ptp(columns), np.ptp(rows))
    np.testing.assert_allclose(best.box, expected, atol=15)
    drawn = np.zeros(large.shape, np.uint8)
    cv2.fillPoly(drawn, [np.array(ring, np.int32) for ring in best.outlines], 1)
    mask = pixels_of(best, 2400, 1800)
    assert ((drawn > 0) & mask).sum() / ((drawn > 0) | mask).sum() > 0.97


def test_masks_stay_inside_the_box_and_obey_negative_clicks():
    rgb = np.full((300, 400, 3), 230, np.uint8)
    cv2.circle(rgb, (110, 150), 50, (150, 40, 30), -1)
    cv2.circle(rgb, (230, 150), 50, (150, 40, 30), -1)
    segmenter = Segmenter("none")
    both = segmenter.segment(1, lambda: DecodedImage(rgb, 400, 300), box=(40, 80, 260, 140)).candidates[0]
    one = segmenter.segment(1, None, [Click(110, 150), Click(230, 150, False)], (40, 80, 260, 140)).candidates[0]
    assert pixels_of(both, 400, 300)[150, 230]
    assert pixels_of(one, 400, 300)[150, 110]
    assert not pixels_of(one, 400, 300)[150, 230]
    for candidate in segmenter.segment(1, None, [Click(110, 150)], (80, 100, 60, 60)).candidates:
        inside = pixels_of(candidate, 400, 300)
        inside[100:160, 80:140] = False
        assert not inside.any()


@pytest.mark.parametrize("grey", [0, 128, 255])
def test_a_blank_picture_is_ordinary(grey):
    rgb = np.full((50, 70, 3), grey, np.uint8)
    answer = Segmenter("none").segment(1, lambda: DecodedImage(rgb, 70, 50), [Click(20, 20)])
    assert all(c.score <= 0.5 for c in answer.candidates)
    tiny = np.full((1, 1, 3), grey, np.uint8)
    Segmenter("none").segment(2, lambda: DecodedImage(tiny, 1, 1), [Click(0.5, 0.5)], (0, 0, 1, 1))


def test_the_same_question_gets_the_same_answer():
    rgb, _, point, box = photograph()
    first, second = (
        Segmenter("none").segment(1, lambda: DecodedImage(rgb, 800, 600), [Click(*point)], box) for _ in range(2)
    )
    assert first == second


@pytest.mark.parametrize(
    ("clicks", "box", "error", "message"),
    [
        ([], None, QueryError, "Nothing is marked"),
        ([Click(5, 5, False)], None, QueryError, "Nothing is marked"),
        ([Click(500, 5)], None, QueryError, "outside the picture of 40 × 30"),
        ([Click(float("nan"), 5)], None, QueryError, "outside the picture"),
        ([Click(5, 5)] * 65, None, QueryError, "too many"),
        ([], (50, 50, 10, 10), UsageError, "outside the image"),
    ],
)
def test_wrong_prompts_say_what_to_do(clicks, box, error, message):
    with pytest.raises(error, match=message):
        Segmenter("none").segment(1, lambda: DecodedImage(np.zeros((30, 40, 3), np.uint8), 40, 30), clicks, box)


def test_pictures_are_prepared_once_and_forgotten_in_turn():
    calls = []

    def decode(name):
        calls.append(name)
        return DecodedImage(np.zeros((30, 40, 3), np.uint8), 40, 30)

    segmenter = Segmenter("none", cache=2)
    threads = [
        threading.Thread(target=segmenter.segment, args=("a", lambda: decode("a"), [Click(5, 5)])) for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert calls == ["a"]
    for name in "baca":
        segmenter.segment(name, lambda name=name: decode(name), [Click(5, 5)])
    assert calls == ["a", "b", "c"]
    segmenter.segment("b", lambda: decode("b"), [Click(5, 5)])
    assert calls == ["a", "b", "c", "b"]


def test_a_picture_that_cannot_be_read_can_be_asked_for_again():
    segmenter = Segmenter("none")
    with pytest.raises(OSError, match="gone"):
        segmenter.segment("a", lambda: (_ for _ in ()).throw(OSError("gone")), [Click(5, 5)])
    answer = segmenter.segment("a", lambda: DecodedImage(vase()[0], 800, 600), [Click(430, 310)])
    assert answer.candidates


@pytest.mark.parametrize("second", [False, True], ids=["sam", "sam2"])
def test_with_sam_the_picture_is_encoded_once(tmp_path, second, monkeypatch):
    from indexer.models.random_sam import save_random_sam
    from indexer.regions.sam_network import SamNetwork

    encoded = []
    real = SamNetwork.encode
    monkeypatch.setattr(SamNetwork, "encode", lambda self, rgb: encoded.append(1) or real(self, rgb))
    segmenter = Segmenter(str(save_random_sam(tmp_path / "sam", second)), "cpu")
    rgb = np.random.default_rng(0).integers(0, 256, (60, 110, 3), np.uint8)
    answers = [
        segmenter.segment(
            "a", lambda: DecodedImage(rgb, 440, 240), [Click(x, 60), Click(300, 200, False)], (8, 8, 400, 200)
        )
        for x in (40, 41, 300)
    ]
    assert encoded == [1]
    assert all(a.method == "sam" and a.note in ("", a.note) for a in answers)
    network = SamNetwork(str(tmp_path / "sam"), "cpu")
    state = real(network, rgb)
    direct = network.answer(
        state, np.array([[[10.0, 15.0], [75.0, 50.0]]]), np.array([[1, 0]]), np.array([[2.0, 2.0, 100.0, 50.0]])
    )
    masks = network.enlarge(state, direct.logits[0], (60, 110))
    expected = sorted((float(s) for s, m in zip(direct.scores[0], masks, strict=True) if m.any()), reverse=True)
    np.testing.assert_allclose([c.score for c in answers[0].candidates], expected, atol=1e-4)


def test_a_missing_model_falls_back_and_says_how_to_get_one():
    answer = Segmenter("auto").segment("a", lambda: DecodedImage(vase()[0], 800, 600), [Click(430, 310)])
    assert answer.method == "classic"
    assert "iconoscope models pull sam-small" in answer.note
