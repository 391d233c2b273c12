from types import SimpleNamespace

import numpy as np
import pytest

from indexer.collection import instance_index, instance_words
from indexer.collection.instance_index import InstanceIndex, InstanceIndexBuilder, general_vocabulary
from indexer.collection.instance_kernels import matches_by_rank, put_by_query, scan, vote
from indexer.collection.instance_places import pack_places, unpack_places
from indexer.collection.instance_search import RADIUS, closeness
from indexer.collection.instance_words import make_vocabulary, train
from indexer.core.errors import CollectionError
from indexer.core.types import LocalFeatures


def features(n, seed):
    """n random keypoints in an image of 600 × 400 with sparse descriptors like those of SIFT."""
    rng = np.random.default_rng(seed)
    histogram = rng.gamma(0.4, 1.0, (n, 128))
    descriptors = np.minimum(512 * np.sqrt(histogram / histogram.sum(axis=1, keepdims=True)), 255).astype(np.uint8)
    return LocalFeatures(
        xy=(rng.random((n, 2)) * [600, 400]).astype(np.float32),
        scales=rng.uniform(2, 40, n).astype(np.float32),
        angles=rng.uniform(0, 360, n).astype(np.float32),
        responses=rng.random(n).astype(np.float32),
        descriptors=descriptors,
        regions=np.zeros(n, np.int32),
    )


def noisy(descriptors, seed, amount=6):
    rng = np.random.default_rng(seed)
    return np.clip(descriptors + rng.normal(0, amount, descriptors.shape), 0, 255).astype(np.uint8)


class FakeSnapshot:
    def __init__(self, ids, count=80):
        self.items = {int(i): features(count, int(i)) for i in ids}
        self.read = []
        order = np.array(sorted(self.items), np.int64)
        sizes = np.tile(np.array([[600, 400]], np.int32), (len(order), 1))
        self.images = SimpleNamespace(ids=order, sizes=sizes, position=lambda i: int(np.searchsorted(order, i)))

    def iter_keypoints(self, batch=512, image_ids=None):
        for i in self.images.ids if image_ids is None else image_ids:
            self.read.append(int(i))
            yield int(i), self.items[int(i)]


def build(snapshot, tmp_path, name, previous=None):
    target = tmp_path / name
    target.mkdir()
    InstanceIndexBuilder().build(snapshot, previous, target)
    return target


def best(index, query, allowed=None, limit=5):
    mask = np.ones(len(index.image_ids), np.bool_) if allowed is None else allowed
    return index.search(query, mask, limit)


@pytest.mark.parametrize("count", [1, 10, 30])
def test_finds_each_image_in_small_collections(tmp_path, count):
    snapshot = FakeSnapshot(range(1, count + 1))
    index = InstanceIndex.open(build(snapshot, tmp_path, "a"))
    for image_id, stored in snapshot.items.items():
        votes = best(index, noisy(stored.descriptors, image_id))
        assert votes.image_ids[0] == image_id
        assert (np.diff(votes.scores) <= 0).all()


def test_matches_carry_the_place_of_the_stored_keypoint(tmp_path):
    snapshot = FakeSnapshot([7, 9])
    index = InstanceIndex.open(build(snapshot, tmp_path, "a"))
    stored = snapshot.items[9]
    votes = best(index, stored.descriptors)
    rows = votes.images == 0
    assert votes.image_ids[0] == 9
    query = votes.queries[rows]
    assert rows.sum() >= 75
    exact = np.abs(votes.xy[rows] - stored.xy[query]).max(axis=1) < 600 / 1024
    assert exact.sum() >= 75
    turn = (votes.angles[rows] - stored.angles[query] + 180) % 360 - 180
    assert np.abs(turn[exact]).max() <= 360 / 64 / 2 + 1e-3
    assert np.abs(np.log2(votes.sizes[rows] / stored.scales[query]))[exact].max() <= 12 / 64 / 2 + 1e-3


def test_images_that_are_not_allowed_are_not_found(tmp_path):
    snapshot = FakeSnapshot([1, 2, 3])
    index = InstanceIndex.open(build(snapshot, tmp_path, "a"))
    allowed = index.mask(np.array([1, 3], np.int64))
    np.testing.assert_array_equal(allowed, [True, False, True])
    assert 2 not in best(index, snapshot.items[2].descriptors, allowed).image_ids
    assert len(best(index, snapshot.items[2].descriptors, np.zeros(3, np.bool_)).image_ids) == 0
    assert len(best(index, np.zeros((0, 128), np.uint8)).image_ids) == 0


def test_empty_collection_and_images_without_keypoints(tmp_path):
    empty = InstanceIndex.open(build(FakeSnapshot([]), tmp_path, "a"))
    assert len(empty.image_ids) == 0
    snapshot = FakeSnapshot([4, 5])
    snapshot.items[4] = LocalFeatures.empty()
    index = InstanceIndex.open(build(snapshot, tmp_path, "b"))
    np.testing.assert_array_equal(index.image_ids, [4, 5])
    assert best(index, snapshot.items[5].descriptors).image_ids.tolist() == [5]


def test_adding_reads_only_new_images_and_links_old_segments(tmp_path):
    first = FakeSnapshot(range(1, 41))
    a = build(first, tmp_path, "a")
    second = FakeSnapshot(range(1, 46))
    b = build(second, tmp_path, "b", previous=a)
    assert second.read == [41, 42, 43, 44, 45]
    assert (a / "segment1-codes.npy").stat().st_ino == (b / "segment1-codes.npy").stat().st_ino
    index = InstanceIndex.open(b)
    assert len(index.segments) == 2
    for i in (1, 40, 45):
        assert best(index, noisy(second.items[i].descriptors, i)).image_ids[0] == i


def test_extended_index_answers_like_one_built_at_once(tmp_path):
    a = build(FakeSnapshot(range(1, 31)), tmp_path, "a")
    snapshot = FakeSnapshot(range(1, 36))
    grown = InstanceIndex.open(build(snapshot, tmp_path, "b", previous=a))
    whole = InstanceIndex.open(build(snapshot, tmp_path, "c"))
    query = noisy(snapshot.items[33].descriptors, 1, 12)
    x, y = best(grown, query), best(whole, query)
    np.testing.assert_array_equal(x.image_ids, y.image_ids)
    np.testing.assert_allclose(x.scores, y.scores, rtol=1e-5)


def test_many_small_additions_are_folded(tmp_path):
    previous = build(FakeSnapshot(range(1, 3)), tmp_path, "0")
    for step in range(1, 13):
        previous = build(FakeSnapshot(range(1, 3 + step)), tmp_path, str(step), previous)
    index = InstanceIndex.open(previous)
    assert len(index.segments) <= 4
    assert sorted(index.image_ids.tolist()) == list(range(1, 15))


def test_removed_images_are_masked_then_dropped(tmp_path):
    a = build(FakeSnapshot(range(1, 21)), tmp_path, "a")
    fewer = FakeSnapshot(range(3, 21))
    masked = InstanceIndex.open(build(fewer, tmp_path, "b", previous=a))
    assert 1 in masked.image_ids
    query = FakeSnapshot([1]).items[1].descriptors
    assert 1 not in best(masked, query, masked.mask(fewer.images.ids)).image_ids
    dropped = InstanceIndex.open(build(FakeSnapshot(range(15, 21)), tmp_path, "c", previous=tmp_path / "b"))
    assert sorted(dropped.image_ids.tolist()) == list(range(15, 21))


def test_outgrown_vocabulary_is_trained_anew(tmp_path, monkeypatch):
    a = build(FakeSnapshot(range(1, 5)), tmp_path, "a")
    monkeypatch.setattr(instance_index, "GROWTH", ((10, 128, 64),))
    monkeypatch.setattr(instance_index, "LEAST_SAMPLE", 0.05)
    snapshot = FakeSnapshot(range(1, 31), count=200)
    index = InstanceIndex.open(build(snapshot, tmp_path, "b", previous=a))
    assert len(index.vocabulary) == 128 * 64
    assert best(index, noisy(snapshot.items[20].descriptors, 0)).image_ids[0] == 20


@pytest.mark.parametrize("part", ["codes", "offsets", "ids"])
def test_file_cut_short_is_reported_with_what_to_do(tmp_path, part):
    folder = build(FakeSnapshot([1, 2]), tmp_path, "a")
    path = folder / f"segment1-{part}.npy"
    path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(CollectionError, match="iconoscope index"):
        InstanceIndex.open(folder)


@pytest.mark.parametrize("content", ["", "{}", '{"format": 99, "segments": []}'])
def test_damaged_manifest(tmp_path, content):
    folder = build(FakeSnapshot([1]), tmp_path, "a")
    (folder / "instance.json").write_text(content)
    with pytest.raises(CollectionError, match="iconoscope index"):
        InstanceIndex.open(folder)


def test_damaged_previous_index_is_built_anew(tmp_path):
    a = build(FakeSnapshot([1, 2]), tmp_path, "a")
    (a / "words_leaves.npy").write_bytes(b"")
    snapshot = FakeSnapshot([1, 2, 3])
    index = InstanceIndex.open(build(snapshot, tmp_path, "b", previous=a))
    assert best(index, snapshot.items[3].descriptors).image_ids[0] == 3


def test_size_is_14_bytes_a_keypoint(tmp_path):
    snapshot = FakeSnapshot(range(1, 11), count=1000)
    folder = build(snapshot, tmp_path, "a")
    entries = [folder / f"segment1-{p}.npy" for p in ("codes", "images", "places")]
    assert sum(p.stat().st_size for p in entries) <= 14 * 10_000 + 3 * 128


def test_scan_equals_naive_search():
    rng = np.random.default_rng(1)
    words, entries, images = 5, 200, 20
    codes = rng.integers(0, 2**63, 7).astype(np.uint64)
    stored = codes[rng.integers(0, 7, entries)] ^ (np.uint64(1) << rng.integers(0, 64, entries).astype(np.uint64))
    for _ in range(20):
        stored ^= (np.uint64(1) << rng.integers(0, 64, entries).astype(np.uint64)) * rng.integers(0, 2, entries).astype(
            np.uint64
        )
    image = rng.integers(0, images, entries).astype(np.uint16)
    place = rng.integers(0, 2**32, entries).astype(np.uint32)
    bounds = np.array([0, 10, 10, 90, 150, 200], np.uint32)
    probes = rng.integers(0, words, 7).astype(np.int32)
    allowed = rng.random(images) < 0.7
    expected = []
    for p in range(7):
        for e in range(int(bounds[probes[p]]), int(bounds[probes[p] + 1])):
            distance = int(stored[e] ^ codes[p]).bit_count()
            if distance <= RADIUS and allowed[image[e]]:
                expected.append((p, image[e], place[e], distance))
    for room in (0, 3, 500):
        out = [np.zeros(room, t) for t in (np.int32, np.int32, np.uint32, np.int32)]
        found = scan(probes, codes, bounds, stored, image, place, allowed, RADIUS, *out)
        assert found == len(expected) > 20
        assert list(zip(*(a[:found].tolist() for a in out), strict=True)) == expected[:room]


def test_matches_of_all_segments_are_sorted_by_query():
    rng = np.random.default_rng(3)
    queries, weight = rng.permutation(np.repeat(np.arange(20, dtype=np.int32), 4)), rng.random(80).astype(np.float32)
    parts = []
    for count in (300, 0, 200):
        columns = (rng.integers(0, high, count) for high in (80, 50, 2**32, 23))
        parts.append(
            tuple(a.astype(t) for a, t in zip(columns, (np.int32, np.int32, np.uint32, np.int32), strict=True))
        )
    probe, image, place, distance = (np.concatenate(c) for c in zip(*parts, strict=True))
    first = np.repeat([0, 50, 90], [300, 0, 200])
    order = np.argsort(queries[probe], kind="stable")
    expected = [queries[probe], image + first, place, distance, weight[probe]]
    at = np.searchsorted(queries[probe][order], np.arange(20))
    out = [np.empty(500, a.dtype) for a in (queries, image, place, distance, weight)]
    for (which, *found), start in zip(parts, (0, 50, 90), strict=True):
        put_by_query(which, tuple(found), queries, weight, np.int32(start), at, *out)
    for found, wanted in zip(out, expected, strict=True):
        np.testing.assert_array_equal(found, wanted[order])


def test_matches_by_rank_equal_a_stable_sort():
    rng = np.random.default_rng(4)
    images, weights = rng.integers(0, 30, 400).astype(np.int32), rng.integers(0, 3, 400).astype(np.float32)
    rank = np.full(30, -1, np.int32)
    rank[rng.permutation(30)[:12]] = np.arange(12)
    starts, order = np.zeros(14, np.int64), np.empty(400, np.int64)
    matches_by_rank(images, weights, rank, starts, order)
    kept = np.flatnonzero((rank[images] >= 0) & (weights > 0))
    assert order[: starts[-1]].tolist() == kept[np.argsort(rank[images[kept]], kind="stable")].tolist()


def test_vote_equals_naive_votes():
    rng = np.random.default_rng(2)
    m, images = 300, 12
    queries = np.sort(rng.integers(0, 40, m)).astype(np.int32)
    image = rng.integers(0, images, m).astype(np.int32)
    distance = rng.integers(0, RADIUS + 1, m).astype(np.int32)
    rarity = rng.random(m).astype(np.float32)
    score, weights = np.zeros(images, np.float32), np.zeros(m, np.float32)
    vote(
        queries,
        image,
        distance,
        rarity,
        closeness(),
        np.full(images, -1, np.int32),
        np.zeros(images, np.int32),
        score,
        weights,
    )
    expected = np.zeros(images)
    for q in range(40):
        rows = np.flatnonzero(queries == q)
        hit = np.unique(image[rows])
        for i in hit:
            of_image = rows[image[rows] == i]
            winner = of_image[np.argmin(distance[of_image])]
            expected[i] += np.exp(-((distance[winner] / 10.4) ** 2)) * rarity[winner] / np.sqrt(len(hit))
    np.testing.assert_allclose(score, expected, rtol=1e-4)
    burst = [1 / np.sqrt(len(np.unique(image[queries == q]))) for q in queries]
    np.testing.assert_allclose(weights, np.exp(-((distance / 10.4) ** 2)) * rarity * burst, rtol=1e-4)


def test_assignment_is_exact_when_all_cells_are_looked_into():
    vocabulary = train(features(3000, 0).descriptors, 8, 16)
    x = features(100, 1).descriptors
    words, distances = vocabulary.assign(x, 8, 3)
    naive = ((x[:, None].astype(float) - vocabulary.leaves[None].astype(float)) ** 2).sum(axis=2)
    np.testing.assert_allclose(distances, np.sort(naive, axis=1)[:, :3], rtol=1e-4, atol=1)
    np.testing.assert_allclose(np.take_along_axis(naive, words.astype(int), 1), distances, rtol=1e-4, atol=1)


def test_assignment_in_strips_equals_assignment_at_once(monkeypatch):
    vocabulary = train(features(2000, 0).descriptors, 4, 8)
    x = features(101, 1).descriptors
    whole = vocabulary.assign(x, 2, 3)
    monkeypatch.setattr(instance_words, "BLOCK", 10)
    for at_once, in_strips in zip(whole, vocabulary.assign(x, 2, 3), strict=True):
        np.testing.assert_array_equal(at_once, in_strips)


def test_codes_are_sides_of_the_projected_centre():
    vocabulary = train(features(2000, 0).descriptors, 4, 8)
    x = features(10, 1).descriptors
    words, _ = vocabulary.assign(x, 4, 2)
    codes = vocabulary.codes(x, words)
    for row in range(10):
        for slot in range(2):
            residual = x[row].astype(np.float32) - vocabulary.leaves[words[row, slot]]
            bits = residual @ vocabulary.directions > 0
            got = np.unpackbits(np.array([codes[row, slot]]).view(np.uint8)).astype(bool)
            assert (bits == got).mean() > 0.98


def test_general_vocabulary_ships_and_has_distinct_words():
    vocabulary = general_vocabulary()
    assert len(vocabulary) == 4096
    assert len(np.unique(vocabulary.leaves, axis=0)) > 4000
    np.testing.assert_allclose(vocabulary.directions.T @ vocabulary.directions, np.eye(64), atol=1e-5)
    again = make_vocabulary(vocabulary.top, vocabulary.leaves)
    np.testing.assert_array_equal(again.projected, vocabulary.projected)


def test_places_round_trip():
    given = features(500, 3)
    xy, sizes, angles = unpack_places(pack_places(given, 600.0), np.full(500, 600, np.float32))
    assert np.abs(xy - given.xy).max() <= 600 / 1024 / 2 + 1e-3
    assert np.abs(np.log2(sizes / given.scales)).max() <= 12 / 64 / 2 + 1e-3
    assert np.abs((angles - given.angles + 180) % 360 - 180).max() <= 360 / 64 / 2 + 1e-3
