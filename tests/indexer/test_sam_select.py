import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from indexer.core.types import NO_ID
from indexer.regions.sam_rle import box_at_size, encode_at_size
from indexer.regions.sam_select import choose, covered_by, encode_all, mask_iou, parents_of, suppress


def boxes_to_masks(boxes, h=60, w=80):
    masks = np.zeros((len(boxes), h, w), bool)
    for mask, (x, y, bw, bh) in zip(masks, boxes, strict=True):
        mask[y : y + bh, x : x + bw] = True
    return masks


def test_overlaps_equal_a_plain_count():
    masks = np.random.default_rng(0).random((5, 30, 20)) < 0.4
    rles = encode_all(masks)
    for i in range(5):
        for j in range(5):
            both = (masks[i] & masks[j]).sum()
            assert mask_iou(rles, rles)[i, j] == pytest.approx(both / (masks[i] | masks[j]).sum())
            assert covered_by(rles, rles)[i, j] == pytest.approx(both / masks[i].sum())


def test_suppression_keeps_the_best_of_those_alike():
    rles = encode_all(boxes_to_masks([(0, 0, 40, 40), (1, 1, 40, 40), (50, 0, 20, 20), (0, 0, 39, 40)]))
    assert suppress(rles, np.array([0.5, 0.9, 0.1, 0.6]), 0.75).tolist() == [1, 2]
    assert suppress(rles, np.array([0.5, 0.9, 0.1, 0.6]), 1.0).tolist() == [1, 3, 0, 2]
    assert suppress([], np.zeros(0), 0.5).tolist() == []


def test_parents_are_the_smallest_holders():
    rles = encode_all(boxes_to_masks([(10, 10, 10, 10), (5, 5, 30, 30), (0, 0, 60, 50), (70, 0, 5, 5), (9, 9, 11, 11)]))
    assert parents_of(rles).tolist() == [4, 2, NO_ID, NO_ID, 1]


def test_equal_masks_are_not_each_others_parents():
    rles = encode_all(boxes_to_masks([(10, 10, 10, 10), (10, 10, 10, 10)]))
    assert parents_of(rles).tolist() == [NO_ID, NO_ID]
    assert parents_of([]).tolist() == []


def test_choice_spreads_over_the_picture():
    left = [(2 + 6 * i, 2 + 6 * j, 5, 5) for i in range(3) for j in range(2)]
    right = [(70, 50, 4, 5)]
    rles = encode_all(boxes_to_masks(left + right))
    assert 6 in choose(rles, np.ones(7), 3)
    assert sorted(choose(rles, np.ones(7), 100)) == list(range(7))
    assert choose([], np.zeros(0), 3).tolist() == []
    best = choose(rles, np.array([0.1] * 6 + [1.0]), 1)
    assert best.tolist() == [6]


def naive(mask, width, height):
    h, w = mask.shape
    rows = np.minimum(((np.arange(height) + 0.5) * h / height).astype(int), h - 1)
    columns = np.minimum(((np.arange(width) + 0.5) * w / width).astype(int), w - 1)
    return mask[rows[:, None], columns[None]]


@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 9), st.integers(1, 9), st.integers(1, 40), st.integers(1, 40), st.integers(0, 10**6),
    st.sampled_from([0.0, 0.2, 0.5, 0.9, 1.0]),
)  # fmt: skip
def test_enlarged_runs_equal_enlarged_pixels(h, w, width, height, seed, density):
    from pycocotools import mask as coco

    mask = np.random.default_rng(seed).random((h, w)) < density
    counts = encode_at_size(mask, width, height)
    got = coco.decode({"size": [height, width], "counts": counts.encode()}).astype(bool)
    np.testing.assert_array_equal(got, naive(mask, width, height))


def test_a_huge_original_costs_little():
    import time

    mask = np.zeros((500, 500), bool)
    mask[100:400, 50:300] = True
    start = time.perf_counter()
    counts = encode_at_size(mask, 30_000, 30_000)
    assert time.perf_counter() - start < 2
    assert box_at_size(mask, 30_000, 30_000) == (3000.0, 6000.0, 15_000.0, 18_000.0)
    from pycocotools import mask as coco

    assert coco.area({"size": [30_000, 30_000], "counts": counts.encode()}) == 15_000 * 18_000
