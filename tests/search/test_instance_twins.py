from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from indexer.features.phash import phash
from search.channels.instance_evidence import match_box, smallest_region, twin_evidence, twin_score
from search.channels.instance_query import QueryFeatures
from search.channels.instance_twins import ALIKE, Twin, correlation, small_tones, twins


def scene(seed, h=300, w=400):
    rng = np.random.default_rng(seed)
    small = cv2.resize(rng.integers(0, 255, (9, 12, 3)).astype(np.uint8), (w, h), interpolation=cv2.INTER_CUBIC)
    for _ in range(40):
        a = rng.integers(0, [w, h])
        cv2.line(small, a.tolist(), (a + rng.integers(-50, 50, 2)).tolist(), (20, 20, 20), 2)
    return small


def webp(rgb):
    return cv2.imencode(".webp", np.ascontiguousarray(cv2.resize(rgb, (128, 96))[..., ::-1]))[1].tobytes()


@pytest.fixture(scope="module")
def snapshot():
    stored = {i: scene(i) for i in range(1, 13)}
    images = SimpleNamespace(
        ids=np.arange(1, 13),
        sizes=np.tile(np.array([[400, 300]], np.int32), (12, 1)),
        phashes=np.array([phash(p) for p in stored.values()], np.uint64),
    )
    thumbs = {i: webp(p) for i, p in stored.items()}
    return SimpleNamespace(images=images, thumbnails=lambda ids: {i: thumbs[i] for i in ids}, stored=stored)


def allowed(n=12):
    return np.ones(n, np.bool_)


def test_a_tiny_recompressed_copy_is_a_twin(snapshot):
    tiny = cv2.resize(snapshot.stored[5], None, fx=0.2, fy=0.2, interpolation=cv2.INTER_AREA)
    copy = cv2.imdecode(cv2.imencode(".jpg", tiny, [cv2.IMWRITE_JPEG_QUALITY, 12])[1], cv2.IMREAD_COLOR)
    found = twins(copy, snapshot, allowed(), mirrors=True)
    assert [(t.position, t.mirrored) for t in found] == [(4, False)]
    assert found[0].correlation > ALIKE


def test_a_mirrored_copy_is_a_twin_and_said_to_be(snapshot):
    flipped = np.ascontiguousarray(snapshot.stored[3][:, ::-1])
    assert twins(flipped, snapshot, allowed(), mirrors=False) == []
    found = twins(flipped, snapshot, allowed(), mirrors=True)
    assert [(t.position, t.mirrored) for t in found] == [(2, True)]


def test_other_pictures_proportions_filters_and_blanks_are_no_twins(snapshot):
    assert twins(scene(99), snapshot, allowed(), mirrors=True) == []
    assert twins(cv2.resize(snapshot.stored[5], (400, 500)), snapshot, allowed(), mirrors=True) == []
    assert twins(np.full((50, 60, 3), 200, np.uint8), snapshot, allowed(), mirrors=True) == []
    hidden = allowed()
    hidden[4] = False
    assert twins(snapshot.stored[5], snapshot, hidden, mirrors=True) == []


def test_same_hash_with_other_tones_is_not_alike(snapshot):
    a = small_tones(snapshot.stored[1])
    assert correlation(a, a) == pytest.approx(1.0)
    assert correlation(a, -a) == pytest.approx(-1.0)
    assert abs(correlation(a, small_tones(snapshot.stored[2]))) < 0.6
    assert correlation(a, np.zeros_like(a)) == 0.0


def test_twin_evidence_puts_the_box_on_the_whole_image():
    query = QueryFeatures(None, (10.0, 20.0, 200.0, 100.0), 300.0, 200.0)
    evidence = twin_evidence(Twin(0, 0.99, False), query, np.array([400, 200]))
    assert evidence.same_print
    np.testing.assert_allclose(evidence.outline, [[0, 0], [400, 0], [400, 200], [0, 200]])
    mirrored = twin_evidence(Twin(0, 0.99, True), query, np.array([400, 200]))
    np.testing.assert_allclose(mirrored.outline, [[400, 0], [0, 0], [0, 200], [400, 200]])
    assert match_box(mirrored, np.array([400, 200])) == (0, 0, 400, 200)
    assert not twin_evidence(Twin(0, ALIKE - 0.01, False), query, np.array([400, 200])).same_print


def test_twin_scores_rise_and_are_sure_from_the_threshold_on():
    values = [twin_score(Twin(0, c, False)) for c in (0.2, 0.6, ALIKE - 1e-6, ALIKE, 1.0)]
    assert values == sorted(values)
    assert values[0] == 0.0
    assert values[2] < 0.5 <= values[3]
    assert values[4] <= 1.0


@pytest.mark.parametrize(
    ("box", "expected"),
    [((10, 10, 20, 20), 3), ((10, 10, 85, 85), 1), ((60, 60, 30, 30), 2), ((40, 40, 30, 30), 1)],
)
def test_smallest_region_that_holds_most(box, expected):
    boxes = np.array([(0, 0, 100, 100), (55, 55, 40, 40), (5, 5, 30, 30)], np.float32)
    assert smallest_region(np.array([1, 2, 3]), boxes, box) == expected
    assert smallest_region(np.zeros(0, np.int64), np.zeros((0, 4), np.float32), box) is None
