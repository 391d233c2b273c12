"""Learning, extending and searching the signature vectors."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from indexer.collection import signature_index as module
from indexer.collection.rows import positions
from indexer.collection.signature_index import SignatureIndex, SignatureIndexBuilder
from indexer.collection.signature_learning import inside
from indexer.collection.tables import fp16_column
from indexer.core.errors import CollectionError
from indexer.core.types import Array, LocalFeatures
from indexer.features.signature import RAW_DIM
from indexer.features.signature_model import PLANS, VECTOR_DIM, SignatureModel, principal
from indexer.features.signature_vlad import REDUCED, WORDS, Codebook


def features(rng: np.random.Generator, n: int) -> LocalFeatures:
    f = rng.random(n).astype(np.float32)
    descriptors = (rng.random((n, 128)) ** 3 * 200).astype(np.uint8)
    return LocalFeatures((rng.random((n, 2)) * 100).astype(np.float32), f, f, f, descriptors, np.zeros(n, np.int32))


class Table:
    """The part of a Lance dataset that the reader uses."""

    def __init__(self, ids: Array, raw: Array) -> None:
        self.data = pa.table({"region_id": ids, "vector": fp16_column(raw)})
        self.schema = self.data.schema

    def to_table(self, columns: list[str]) -> pa.Table:
        return self.data.select(columns)

    def take(self, rows: list[int], columns: list[str]) -> pa.Table:
        return self.data.select(columns).take(pa.array(rows, pa.int64()))


class Snapshot:
    """`n` images with a whole region each (ids from 100, stored out of order); `gone` rows are not live."""

    def __init__(self, n: int, seed: int = 0, points: int = 40, gone: tuple[int, ...] = ()) -> None:
        rng = np.random.default_rng(seed)
        kinds = rng.normal(size=(4, RAW_DIM))
        self.raw = (0.1 * (kinds[np.arange(n) % 4] + 0.5 * rng.normal(size=(n, RAW_DIM)))).astype(np.float16)
        self.points = {i + 1: features(np.random.default_rng(seed + i), points) for i in range(n)}
        stored = np.arange(n)[::-1]
        self._table = Table(stored + 100, self.raw[stored])
        live = np.setdiff1d(np.arange(n), gone)
        ids = live + 100
        self.regions = SimpleNamespace(
            ids=ids,
            image_ids=live + 1,
            boxes=np.tile(np.array([0, 0, 100, 100], np.float32), (len(live), 1)),
            positions=lambda wanted: positions(ids, np.asarray(wanted)),
        )
        self.images = SimpleNamespace(ids=live + 1)

    def table(self, name: str) -> Table:
        assert name == "vectors/signature"
        return self._table

    def iter_keypoints(self, image_ids: Array) -> Iterator[tuple[int, LocalFeatures]]:
        for image_id in image_ids.tolist():
            yield image_id, self.points[image_id]


def build(snapshot: Any, folder: Path, previous: Path | None = None) -> SignatureIndex:
    folder.mkdir()
    SignatureIndexBuilder().build(snapshot, previous, folder)
    return SignatureIndex.open(folder)


@pytest.mark.parametrize("n", [0, 1, 2, 30])
def test_small_collections_give_unit_vectors(tmp_path: Path, n: int) -> None:
    index = build(Snapshot(n), tmp_path / "a")
    assert index.region_ids.tolist() == [100 + i for i in range(n)]
    assert index.vectors.shape == (n, VECTOR_DIM)
    lengths = np.linalg.norm(np.asarray(index.vectors, np.float32), axis=1)
    assert lengths == pytest.approx(np.ones(n), abs=2e-3)


def test_a_query_embeds_to_the_stored_vector(tmp_path: Path) -> None:
    snapshot = Snapshot(60)
    index = build(snapshot, tmp_path / "a")
    for at in (0, 17, 59):
        vector = index.embed(snapshot.raw[at], snapshot.points[at + 1])
        assert vector == pytest.approx(index.vector_of(100 + at), abs=2e-3)
        ids, scores = index.search(vector, k=1)
        assert ids.tolist() == [100 + at]
        assert scores[0] == pytest.approx(1.0, abs=2e-3)
    assert index.vector_of(99) is None


def test_neighbours_are_of_the_same_kind(tmp_path: Path) -> None:
    index = build(Snapshot(80), tmp_path / "a")
    for row in range(0, 80, 9):
        ids, _ = index.search(index.vector_of(100 + row), k=8)
        assert {int(i) % 4 for i in ids} == {row % 4}


@pytest.mark.parametrize("share", [1.0, 0.5, 0.01])
def test_search_equals_brute_force_under_filters(tmp_path: Path, share: float) -> None:
    index = build(Snapshot(400, points=0), tmp_path / "a")
    rng = np.random.default_rng(3)
    allowed = np.zeros(400, bool)
    allowed[rng.choice(400, max(int(400 * share), 1), replace=False)] = True
    queries = np.asarray(index.vectors[[3, 77, 200]], np.float32) + 0.02 * rng.normal(size=(3, VECTOR_DIM))
    queries = (queries / np.linalg.norm(queries, axis=1, keepdims=True)).astype(np.float32)
    ids, scores = index.search(queries, allowed, k=10)
    exact = queries.astype(np.float64) @ np.asarray(index.vectors, np.float64).T
    exact[:, ~allowed] = -9
    expected = np.argsort(-exact, axis=1)[:, : min(10, int(allowed.sum()))]
    assert ids.tolist() == (expected + 100).tolist()
    assert scores == pytest.approx(np.take_along_axis(exact, expected, axis=1), abs=1e-4)


def test_nothing_allowed_is_an_empty_answer(tmp_path: Path) -> None:
    index = build(Snapshot(5), tmp_path / "a")
    ids, scores = index.search(index.vector_of(100), np.zeros(5, bool), k=3)
    assert ids.shape == scores.shape == (0,)


def test_growth_keeps_the_model_and_computes_only_new_regions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = build(Snapshot(40), tmp_path / "a")
    computed: list[int] = []
    real = module.learning.embedded

    def counted(reader: Any, model: Any, rows: Array) -> Iterator[tuple[Array, Array]]:
        computed.extend(rows.tolist())
        return real(reader, model, rows)

    monkeypatch.setattr(module.learning, "embedded", counted)
    grown = Snapshot(48, gone=(3, 5))
    grown.raw[:40] = Snapshot(40).raw
    second = build(grown, tmp_path / "b", tmp_path / "a")
    assert [int(second.region_ids[r]) for r in computed] == list(range(140, 148))
    assert second.model.learnt_on == 40
    assert second.vector_of(103) is None
    assert np.array_equal(second.vector_of(110), first.vector_of(110))
    assert len(second) == 46


def test_the_model_is_learnt_anew_when_outgrown(tmp_path: Path) -> None:
    build(Snapshot(20), tmp_path / "a")
    assert build(Snapshot(40), tmp_path / "b", tmp_path / "a").model.learnt_on == 40


def test_another_version_is_rebuilt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    build(Snapshot(20), tmp_path / "a")
    monkeypatch.setattr("indexer.features.signature_model.VERSION", 99)
    with pytest.raises(CollectionError, match="another version"):
        _ = SignatureIndex.open(tmp_path / "a").model
    assert build(Snapshot(21), tmp_path / "b", tmp_path / "a").model.learnt_on == 21


def test_a_truncated_index_says_so(tmp_path: Path) -> None:
    build(Snapshot(20), tmp_path / "a")
    file = tmp_path / "a" / module.VECTORS
    file.write_bytes(file.read_bytes()[:5000])
    with pytest.raises(CollectionError, match="damaged"):
        SignatureIndex.open(tmp_path / "a")


def test_raw_vectors_of_another_length_are_refused(tmp_path: Path) -> None:
    snapshot = Snapshot(3)
    snapshot._table = Table(np.arange(100, 103), snapshot.raw[:, :-1])
    with pytest.raises(CollectionError, match="signatures of"):
        build(snapshot, tmp_path / "a")


def test_the_build_is_deterministic(tmp_path: Path) -> None:
    a, b = build(Snapshot(50), tmp_path / "a"), build(Snapshot(50), tmp_path / "b")
    assert np.array_equal(a.vectors, b.vectors)


def test_what_the_model_is_learnt_on_is_aggregated_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = build(Snapshot(30), tmp_path / "whole")
    counted: list[int] = []
    real = module.learning.Codebook.aggregate

    def aggregate(self: Any, descriptors: Array) -> Array:
        counted.append(len(descriptors))
        return real(self, descriptors)

    monkeypatch.setattr(module.learning.Codebook, "aggregate", aggregate)
    monkeypatch.setattr(module.learning, "SAMPLE_VLAD", 30)
    monkeypatch.setattr(module.learning, "BATCH", 7)
    index = build(Snapshot(30), tmp_path / "batches")
    assert len(counted) == 30
    assert np.abs(index.vectors.astype(np.float32) - whole.vectors).max() < 2e-3


def test_a_model_survives_saving(tmp_path: Path) -> None:
    model = build(Snapshot(30), tmp_path / "a").model
    again = SignatureModel.from_bytes(model.to_bytes())
    raw = Snapshot(3, seed=9).raw
    vlad = np.zeros((3, WORDS * REDUCED), np.float32)
    assert again is not None
    assert np.array_equal(again.embed(raw, vlad), model.embed(raw, vlad))


def test_a_block_without_variation_does_not_become_noise(tmp_path: Path) -> None:
    """A bilevel collection has no colour: rounding noise in that block must not weigh."""
    from indexer.features.signature import BLOCKS

    snapshot = Snapshot(60, points=0)
    rng = np.random.default_rng(0)
    where = BLOCKS["palette"]
    snapshot.raw[:, where] = 0.3 + 1e-4 * rng.normal(size=(60, where.stop - where.start))
    snapshot._table = Table(np.arange(60) + 100, snapshot.raw)
    vectors = np.asarray(build(snapshot, tmp_path / "a").vectors, np.float32)
    palette = np.linalg.norm(vectors[:, : PLANS["palette"].dim], axis=1)  # the first block of the vector
    assert palette.max() < 0.05


def test_aggregation_equals_the_naive_sum() -> None:
    rng = np.random.default_rng(5)
    descriptors = (rng.random((900, 128)) ** 3 * 200).astype(np.uint8)
    codebook = Codebook.learn(descriptors)
    assert len(codebook.words) == WORDS
    sample = descriptors[:50]
    expected = np.zeros((WORDS, REDUCED))
    for row in sample:
        reduced = (row / 512.0 - codebook.mean) @ codebook.projection
        word = int(((codebook.words - reduced) ** 2).sum(axis=1).argmin())
        expected[word] += reduced - codebook.words[word]
    for word in range(WORDS):
        length = np.linalg.norm(expected[word])
        expected[word] /= length if length > 1e-6 else 1.0
    assert codebook.aggregate(sample).reshape(WORDS, REDUCED) == pytest.approx(expected / np.sqrt(WORDS), abs=1e-4)


def test_few_descriptors_give_a_small_codebook_and_none_an_empty_one() -> None:
    rng = np.random.default_rng(6)
    few = rng.integers(0, 255, (65, 128)).astype(np.uint8)
    assert len(Codebook.learn(few).words) == 3
    empty = Codebook.learn(few[:0])
    assert len(empty.words) == 0
    assert not empty.aggregate(few).any()


def test_points_of_a_region_are_those_in_its_box() -> None:
    f = features(np.random.default_rng(7), 200)
    kept = inside(f, np.array([20, 30, 40, 50], np.float32))
    x, y = f.xy.T
    assert np.array_equal(kept, f.descriptors[(x >= 20) & (x <= 60) & (y >= 30) & (y <= 80)])


def test_subspace_iteration_equals_a_full_decomposition() -> None:
    rng = np.random.default_rng(8)
    data = rng.normal(size=(300, 200)) * np.geomspace(3, 0.05, 200)
    covariance = data.T @ data / 300
    variances, directions = principal(covariance, 12)
    full, axes = np.linalg.eigh(covariance)
    assert variances == pytest.approx(full[::-1][:12], rel=1e-3)
    agreement = np.abs((directions * axes[:, ::-1][:, :12]).sum(axis=0))
    assert agreement.min() > 0.99
