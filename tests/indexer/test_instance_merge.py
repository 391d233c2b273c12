import numpy as np
import pytest

from indexer.collection import instance_merge, instance_segment
from indexer.collection.instance_merge import GrowingArrays, Part, merge_parts
from indexer.collection.instance_segment import FILES, Segment, make_segment

WORDS = 50


def row(image_id, seed, n=40):
    rng = np.random.default_rng(seed)
    word = rng.integers(0, WORDS, n).astype(np.int32)
    code = rng.integers(0, 2**63, n).astype(np.uint64)
    return image_id, float(100 + image_id), word, code, rng.integers(0, 2**32, n).astype(np.uint32)


def stored(folder, groups):
    parts = []
    for number, rows in enumerate(groups):
        segment = make_segment(WORDS, rows)
        segment.save(folder, f"part{number}")
        parts.append(Part(folder, f"part{number}", segment.ids))
    return parts


@pytest.mark.parametrize("block", [1, 37, 1_000_000])
def test_a_merge_on_disk_equals_sorting_everything_at_once(tmp_path, monkeypatch, block):
    monkeypatch.setattr(instance_merge, "BLOCK_ENTRIES", block)
    rows = [row(i, i) for i in range(9)]
    parts = stored(tmp_path, [rows[:3], rows[3:4], rows[4:]])
    live = np.array([0, 1, 3, 4, 5, 8])
    merge_parts(parts, live, WORDS, tmp_path, "merged")
    merged, naive = Segment.open(tmp_path, "merged", WORDS), make_segment(WORDS, [rows[i] for i in live])
    for name in FILES:
        left, right = np.asarray(getattr(merged, name)), np.asarray(getattr(naive, name))
        assert left.dtype == right.dtype
        np.testing.assert_array_equal(left, right)


def test_many_images_are_numbered_in_more_bits(tmp_path, monkeypatch):
    monkeypatch.setattr(instance_segment, "SMALL_NUMBERS", 3)
    rows = [row(i, i) for i in range(5)]
    merge_parts(stored(tmp_path, [rows[:2], rows[2:]]), np.arange(5), WORDS, tmp_path, "merged")
    assert Segment.open(tmp_path, "merged", WORDS).images.dtype == np.int32


def test_a_part_that_stays_whole_is_linked(tmp_path):
    (tmp_path / "new").mkdir()
    parts = stored(tmp_path, [[row(i, i) for i in range(4)]])
    merge_parts(parts, np.arange(4), WORDS, tmp_path / "new", "segment1")
    for name in FILES:
        assert (tmp_path / "new" / f"segment1-{name}.npy").samefile(tmp_path / f"part0-{name}.npy")


def test_arrays_grow_past_the_width_of_their_first_header(tmp_path):
    with GrowingArrays(tmp_path, "a", {"x": np.uint8, "y": np.int64}) as out:
        for start in range(0, 1_200, 100):
            out.append({"x": np.arange(start, start + 100) % 256, "y": np.arange(start, start + 100)})
    np.testing.assert_array_equal(np.load(tmp_path / "a-y.npy"), np.arange(1_200))
    np.testing.assert_array_equal(
        np.load(tmp_path / "a-x.npy", mmap_mode="r"), (np.arange(1_200) % 256).astype(np.uint8)
    )
