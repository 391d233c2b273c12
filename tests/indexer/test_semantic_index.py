import json

import numpy as np
import pytest

from indexer.collection import vector_build
from indexer.collection.semantic_index import SemanticIndex, SemanticIndexBuilder
from indexer.collection.vector_ivf import exact_top, recall_of
from indexer.core.errors import CollectionError

D = 24


class FakeSnapshot:
    """Live regions with their vectors, as the collection gives them."""

    def __init__(self, ids, all_vectors):
        self.ids = np.asarray(ids, np.int64)
        self.table = all_vectors[self.ids]

    def vectors(self, name):
        assert name == "clip-x"
        return self.ids, self.table


@pytest.fixture(scope="module")
def table():
    """Vectors by region id: clusters, so that an approximate index has something to find."""
    rng = np.random.default_rng(5)
    centres = rng.standard_normal((60, D))
    rows = centres[rng.integers(0, 60, 9000)] + 0.5 * rng.standard_normal((9000, D))
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float16)


def built(tmp_path, name, snapshot, previous=None, exact_limit=10**6):
    target = tmp_path / name
    target.mkdir()
    SemanticIndexBuilder("clip-x", exact_limit).build(snapshot, previous, target)
    return target


def naive(snapshot, queries, k, allowed=None):
    scores = queries @ snapshot.table.astype(np.float32).T
    if allowed is not None:
        scores[:, ~allowed] = -np.inf
        k = min(k, int(allowed.sum()))
    best = np.argsort(-scores, axis=1, kind="stable")[:, :k]
    return snapshot.ids[best], np.take_along_axis(scores, best, 1)


def assert_same(index, snapshot, queries, k, allowed=None):
    ids, scores = index.search(queries, k, allowed)
    expected_ids, expected = naive(snapshot, queries, min(k, len(snapshot.ids)), allowed)
    np.testing.assert_allclose(scores, expected, atol=1e-5)
    assert (ids == expected_ids).mean() > 0.999  # equal scores may change places in float arithmetic
    assert ids.dtype == np.int64
    assert scores.dtype == np.float32


def queries_of(n, seed=1):
    rows = np.random.default_rng(seed).standard_normal((n, D)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


@pytest.mark.parametrize("n", [1, 2, 7, 64, 3001])
@pytest.mark.parametrize("k", [1, 10, 5000])
def test_equals_a_plain_scan(tmp_path, table, n, k):
    snapshot = FakeSnapshot(np.arange(0, 2 * n, 2), table)
    index = SemanticIndex.open(built(tmp_path, "g1", snapshot))
    assert index.exact
    assert_same(index, snapshot, queries_of(5), k)


def test_nothing_is_an_ordinary_value(tmp_path, table):
    snapshot = FakeSnapshot([], table)
    index = SemanticIndex.open(built(tmp_path, "g1", snapshot))
    ids, scores = index.search(queries_of(3), 10)
    assert ids.shape == (3, 0)
    assert scores.shape == (3, 0)
    assert index.sample(5).shape == (0, D)
    full = SemanticIndex.open(built(tmp_path, "g2", FakeSnapshot(np.arange(50), table)))
    assert full.search(queries_of(2), 10, np.zeros(50, bool))[0].shape == (2, 0)
    assert full.search(np.zeros((0, D), np.float32), 10)[0].shape == (0, 10)


@pytest.mark.parametrize("share", [0.5, 0.02, 0.001])
def test_filter_applies_inside_the_search(tmp_path, table, share):
    snapshot = FakeSnapshot(np.arange(4000), table)
    allowed = np.random.default_rng(3).random(4000) < share
    allowed[17] = True
    index = SemanticIndex.open(built(tmp_path, "g1", snapshot))
    assert_same(index, snapshot, queries_of(4), 25, allowed)
    ids, _ = index.search(queries_of(4), 10_000, allowed)
    assert sorted(ids[0]) == sorted(np.flatnonzero(allowed))


def test_generations_extend_drop_and_stay_exact(tmp_path, table):
    """A long life: batches come, regions go; every generation equals a plain scan over what is live."""
    rng = np.random.default_rng(9)
    live = np.arange(0)
    top, previous, linked = 0, None, 0
    for generation, added in enumerate([1500, 40, 60, 0, 700, 1, 2000, 300, 5]):
        live = np.concatenate([live[rng.random(len(live)) > 0.03], np.arange(top, top + added)])
        top += added
        snapshot = FakeSnapshot(live, table)
        folder = built(tmp_path, f"g{generation}", snapshot, previous)
        index = SemanticIndex.open(folder)
        assert_same(index, snapshot, queries_of(3, generation), 20)
        assert_same(index, snapshot, queries_of(3, generation), 20, rng.random(len(live)) < 0.3)
        segments = json.loads((folder / vector_build.META).read_text())["segments"]
        assert len(segments) <= 5
        linked += sum(path.stat().st_nlink > 1 for path in folder.glob("*.faiss"))
        previous = folder
    assert linked >= 5


def test_a_generation_shares_files_and_leaves_the_old_one_alone(tmp_path, table):
    first = FakeSnapshot(np.arange(1000), table)
    one = built(tmp_path, "g1", first)
    before = {path.name: path.read_bytes() for path in one.iterdir()}
    second = FakeSnapshot(np.arange(100, 1100), table)
    two = built(tmp_path, "g2", second, one)
    big = next(path for path in two.glob("*.faiss") if path.name in before)
    assert big.samefile(one / big.name)
    assert {path.name: path.read_bytes() for path in one.iterdir()} == before
    assert_same(SemanticIndex.open(one), first, queries_of(3), 10)
    assert_same(SemanticIndex.open(two), second, queries_of(3), 10)


def test_mostly_dead_segments_are_rewritten(tmp_path, table):
    one = built(tmp_path, "g1", FakeSnapshot(np.arange(1000), table))
    two = built(tmp_path, "g2", FakeSnapshot(np.arange(600, 1000), table), one)
    assert sum(row["count"] for row in json.loads((two / vector_build.META).read_text())["segments"]) == 400


@pytest.mark.parametrize("damage", ["vectors.json", "ids", "faiss"])
def test_a_damaged_predecessor_is_left_aside_and_reported_when_opened(tmp_path, table, damage):
    snapshot = FakeSnapshot(np.arange(300), table)
    one = built(tmp_path, "g1", snapshot)
    path = one / damage if damage.endswith("json") else next(one.glob(f"segment*.{damage}*"))
    path.write_bytes(path.read_bytes()[:20])
    if damage != "ids":
        with pytest.raises(CollectionError, match="iconoscope index"):
            SemanticIndex.open(one)
    two = built(tmp_path, "g2", FakeSnapshot(np.arange(301), table), one if damage != "faiss" else None)
    assert_same(SemanticIndex.open(two), FakeSnapshot(np.arange(301), table), queries_of(2), 10)


def test_another_length_of_vectors_starts_anew(tmp_path, table):
    one = built(tmp_path, "g1", FakeSnapshot(np.arange(300), table))
    short = FakeSnapshot(np.arange(300), table[:, :16].copy())
    two = built(tmp_path, "g2", short, one)
    ids, _ = SemanticIndex.open(two).search(short.table[:5].astype(np.float32), 1)
    assert ids[:, 0].tolist() == [0, 1, 2, 3, 4] or ids.shape == (5, 1)
    assert SemanticIndex.open(two).dim == 16


def test_stored_vectors_come_back(tmp_path, table):
    one = built(tmp_path, "g1", FakeSnapshot(np.arange(500), table))
    two = built(tmp_path, "g2", FakeSnapshot(np.arange(3, 600), table), one)
    index = SemanticIndex.open(two)
    known, vectors = index.vectors_of(np.array([599, 2, 5, 10_000, 5], np.int64))
    assert known.tolist() == [True, False, True, False, True]
    np.testing.assert_array_equal(vectors, table[[599, 5, 5]].astype(np.float32))
    sample = index.sample(50)
    assert sample.shape == (50, D)
    assert {row.tobytes() for row in sample} <= {row.astype(np.float32).tobytes() for row in table[3:600]}


def test_approximate_beyond_the_limit_with_measured_recall(tmp_path, table):
    snapshot = FakeSnapshot(np.arange(6000), table)
    folder = built(tmp_path, "g1", snapshot, exact_limit=5000)
    index = SemanticIndex.open(folder)
    assert not index.exact
    assert index.recall >= 0.98
    queries = table[6000:6200].astype(np.float32)
    ids, scores = index.search(queries, 10)
    truth = exact_top(snapshot.table, queries, 10)
    assert recall_of(ids, truth) >= 0.97
    exact = (queries[:, None] * table[ids].astype(np.float32)).sum(axis=2)
    np.testing.assert_allclose(scores, exact, atol=1e-5)
    np.testing.assert_array_equal(index.vectors_of(np.arange(5, 9))[1], table[5:9].astype(np.float32))


def test_approximate_search_with_a_narrow_filter_misses_nothing(tmp_path, table):
    snapshot = FakeSnapshot(np.arange(6000), table)
    index = SemanticIndex.open(built(tmp_path, "g1", snapshot, exact_limit=5000))
    allowed = np.zeros(6000, bool)
    allowed[::400] = True
    assert_same(index, snapshot, queries_of(4), 10, allowed)
    assert index.search(queries_of(4), 50, allowed)[0].shape == (4, 15)


def test_approximate_index_grows_beside_and_is_then_made_anew(tmp_path, table):
    one = built(tmp_path, "g1", FakeSnapshot(np.arange(6000), table), exact_limit=5000)
    two = built(tmp_path, "g2", FakeSnapshot(np.arange(6800), table), one, exact_limit=5000)
    assert [row["kind"] for row in json.loads((two / vector_build.META).read_text())["segments"]] == ["ivf", "flat"]
    ids, _ = SemanticIndex.open(two).search(table[6700:6710].astype(np.float32), 1)
    assert ids[:, 0].tolist() == list(range(6700, 6710))
    three = built(tmp_path, "g3", FakeSnapshot(np.arange(8900), table), two, exact_limit=5000)
    assert [row["kind"] for row in json.loads((three / vector_build.META).read_text())["segments"]] == ["ivf"]


def test_wrong_shapes_are_refused(tmp_path, table):
    index = SemanticIndex.open(built(tmp_path, "g1", FakeSnapshot(np.arange(10), table)))
    with pytest.raises(ValueError, match="vectors: expected shape"):
        index.search(np.zeros((1, D + 1), np.float32), 3)
    with pytest.raises(ValueError, match="allowed_regions: expected shape"):
        index.search(np.zeros((1, D), np.float32), 3, np.ones(11, bool))


def test_many_threads_get_the_same_answers(tmp_path, table):
    from concurrent.futures import ThreadPoolExecutor

    snapshot = FakeSnapshot(np.arange(3000), table)
    index = SemanticIndex.open(built(tmp_path, "g1", snapshot))
    allowed = np.arange(3000) % 3 == 0
    queries = queries_of(40)
    expected = [naive(snapshot, q[None], 10, allowed)[1][0] for q in queries]
    with ThreadPoolExecutor(8) as pool:
        got = list(pool.map(lambda q: index.search(q[None], 10, allowed)[1][0], queries))
    np.testing.assert_allclose(np.array(got), np.array(expected), atol=1e-5)


@pytest.mark.parametrize("n", [1, 64, 3001])
def test_the_search_on_a_device_equals_a_plain_scan(tmp_path, table, monkeypatch, n):
    """The same code runs on a GPU; here torch computes on the CPU, in several blocks."""
    monkeypatch.setattr("indexer.collection.vector_device.BLOCK", 500)
    monkeypatch.setattr("indexer.collection.vector_index.COPY", 700)
    snapshot = FakeSnapshot(np.arange(0, 2 * n, 2), table)
    index = SemanticIndex.open(built(tmp_path, "g1", snapshot))
    assert index.to_device("cpu")
    allowed = np.random.default_rng(2).random(n) < 0.3
    for k in (1, 10, 5000):
        assert_same(index, snapshot, queries_of(5), k)
        assert_same(index, snapshot, queries_of(5), k, allowed)
    assert index.search(queries_of(2), 5, np.zeros(n, bool))[0].shape == (2, 0)


def test_an_approximate_index_becomes_exact_on_a_device(tmp_path, table):
    snapshot = FakeSnapshot(np.arange(9000), table)
    index = SemanticIndex.open(built(tmp_path, "g1", snapshot, exact_limit=1000))
    assert not index.exact
    assert index.to_device("cpu")
    assert index.exact
    assert_same(index, snapshot, queries_of(8), 10)


def test_vectors_that_do_not_fit_stay_with_the_cpu(tmp_path, table, monkeypatch):
    import torch

    def full(*args):
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr("indexer.collection.vector_index.DeviceVectors", full)
    snapshot = FakeSnapshot(np.arange(50), table)
    index = SemanticIndex.open(built(tmp_path, "g1", snapshot))
    assert not index.to_device("cuda:0")
    assert_same(index, snapshot, queries_of(3), 10)
