"""The channel "signature" over a small index."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
import pyarrow as pa
import pytest

from indexer.collection.rows import positions
from indexer.collection.signature_index import SignatureIndexBuilder
from indexer.collection.tables import fp16_column
from indexer.core.errors import UsageError
from indexer.core.settings import SiftSettings
from indexer.core.types import Array, DecodedImage, LocalFeatures
from indexer.features.sift import extract
from indexer.features.signature import describe
from search.channels.base import ChannelRequest, QueryPicture
from search.channels.signature import SignatureChannel

SIDE = 160


def picture(number: int) -> Array:
    """Three looks (hatching, dots, colour fields), each in four drawings."""
    rng = np.random.default_rng(number)
    page = np.full((SIDE, SIDE, 3), 255, np.uint8)
    for _ in range(25):
        x, y = (int(v) for v in rng.integers(10, SIDE - 10, 2))
        if number % 3 == 0:
            cv2.line(page, (x, y), (x + 40, y + int(rng.integers(5, 30))), (0, 0, 0), 1)
        elif number % 3 == 1:
            cv2.circle(page, (x, y), int(rng.integers(3, 9)), (0, 0, 0), -1)
        else:
            color = (int(rng.integers(100, 255)), int(rng.integers(80)), 40)
            cv2.rectangle(page, (x, y), (x + 30, y + 25), color, -1)
    return page


class Table:
    def __init__(self, ids: Array, raw: Array) -> None:
        self.data = pa.table({"region_id": ids, "vector": fp16_column(raw)})
        self.schema = self.data.schema

    def to_table(self, columns: list[str]) -> pa.Table:
        return self.data.select(columns)

    def take(self, rows: list[int], columns: list[str]) -> pa.Table:
        return self.data.select(columns).take(pa.array(rows, pa.int64()))


class Snapshot:
    """Twelve images (ids 1–12) with a whole region (101–112) and an upper half (201–212) each."""

    def __init__(self, folder: Path) -> None:
        n = 12
        self.pictures = {i: picture(i) for i in range(1, n + 1)}
        half = SIDE // 2
        ids = np.concatenate([100 + np.arange(1, n + 1), 200 + np.arange(1, n + 1)])
        raw = [describe(p) for p in self.pictures.values()] + [describe(p[:half]) for p in self.pictures.values()]
        self._table = Table(ids, np.asarray(raw, np.float16))
        self.settings = SimpleNamespace(sift=SiftSettings(side=SIDE, count=100))
        self.images = SimpleNamespace(
            ids=np.arange(1, n + 1),
            sizes=np.full((n, 2), SIDE),
            position=lambda wanted: {i: i - 1 for i in range(1, n + 1)}[wanted],
            positions=lambda wanted: positions(np.arange(1, n + 1), np.asarray(wanted)),
        )
        self.regions = SimpleNamespace(
            ids=ids,
            image_ids=np.tile(np.arange(1, n + 1), 2),
            image_positions=np.tile(np.arange(n), 2),
            boxes=np.array([[0, 0, SIDE, SIDE]] * n + [[0, 0, SIDE, half]] * n, np.float32),
            kinds=["whole"] * n + ["illustration"] * n,
            positions=lambda wanted: positions(ids, np.asarray(wanted)),
        )
        self._folder = folder
        folder.mkdir()
        SignatureIndexBuilder().build(self, None, folder)

    def table(self, name: str) -> Table:
        return self._table

    def index_folder(self, name: str) -> Path | None:
        return self._folder if name == "signature" else None

    def iter_keypoints(self, image_ids: Array) -> Iterator[tuple[int, LocalFeatures]]:
        for image_id in image_ids.tolist():
            yield image_id, extract(self.pictures[image_id], 1.0, self.settings.sift)


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Snapshot:
    return Snapshot(tmp_path_factory.mktemp("signature") / "index")


def uploaded(rgb: Array, **options: Any) -> QueryPicture:
    return QueryPicture(lambda side: DecodedImage(rgb, rgb.shape[1], rgb.shape[0]), **options)


def undecodable(side: int | None) -> DecodedImage:
    raise AssertionError("the stored vector was there: nothing to decode")


def stored(image_id: int, **options: Any) -> QueryPicture:
    return QueryPicture(undecodable, image_id=image_id, **options)


def test_an_uploaded_copy_finds_its_original(snapshot: Snapshot) -> None:
    hits = SignatureChannel(snapshot).search(ChannelRequest(pictures=[uploaded(picture(5))], limit=6))
    assert hits.region_ids[0] == 105
    assert hits.scores[0] > 0.98
    assert (np.diff(hits.scores) <= 0).all()
    assert len(set(hits.region_ids.tolist())) == 6


def test_a_stored_picture_is_not_decoded_and_finds_its_kind(snapshot: Snapshot) -> None:
    whole = np.array([True] * 12)
    hits = SignatureChannel(snapshot).search(
        ChannelRequest(pictures=[stored(6)], allowed=whole, exclude=frozenset({6}), limit=6)
    )
    images = [int(i) % 100 for i in hits.region_ids]
    assert 6 not in images
    assert sum(image % 3 == 0 for image in images) >= 5


def test_a_box_that_is_a_stored_region_uses_its_vector(snapshot: Snapshot) -> None:
    hits = SignatureChannel(snapshot).search(ChannelRequest(pictures=[stored(4, box=(0, 0, SIDE, SIDE / 2))], limit=1))
    assert hits.region_ids.tolist() == [204]
    assert hits.scores[0] == pytest.approx(1, abs=2e-3)


def test_a_drawn_box_means_its_pixels(snapshot: Snapshot) -> None:
    page = np.concatenate([picture(1), picture(2)], axis=1)
    hits = SignatureChannel(snapshot).search(
        ChannelRequest(pictures=[uploaded(page, box=(SIDE, 0, SIDE, SIDE))], limit=1)
    )
    assert hits.region_ids.tolist() == [102]
    with pytest.raises(UsageError, match="outside the image"):
        SignatureChannel(snapshot).search(ChannelRequest(pictures=[uploaded(page, box=(9000, 0, 5, 5))]))


def test_filters_apply_inside(snapshot: Snapshot) -> None:
    allowed = np.zeros(12, bool)
    allowed[[2, 7]] = True
    before = allowed.copy()
    hits = SignatureChannel(snapshot).search(
        ChannelRequest(pictures=[stored(3)], allowed=allowed, exclude=frozenset({3, 99}), limit=50)
    )
    assert sorted(hits.region_ids.tolist()) == [108, 208]
    assert np.array_equal(allowed, before)
    nothing = SignatureChannel(snapshot).search(ChannelRequest(pictures=[stored(3)], allowed=np.zeros(12, bool)))
    assert len(nothing.region_ids) == 0


def test_a_negative_picture_pushes_its_kind_away(snapshot: Snapshot) -> None:
    channel = SignatureChannel(snapshot)

    def place(pictures: list[QueryPicture]) -> float:
        hits = channel.search(ChannelRequest(pictures=pictures, limit=24))
        ranks = [rank for rank, i in enumerate(hits.region_ids.tolist()) if i % 100 % 3 == 1]
        return float(np.mean(ranks))

    assert place([stored(3), stored(4, weight=-0.7)]) > place([stored(3)]) + 2


def test_several_pictures_pull_by_weight(snapshot: Snapshot) -> None:
    channel = SignatureChannel(snapshot)
    vectors = [channel.vector(stored(i)) for i in (1, 2)]
    direction = channel.composition([stored(1, weight=2.0), stored(2, weight=1.0)]).direction
    everything = channel.index.vectors.astype(np.float32)
    expected = 2 * vectors[0] / (everything @ vectors[0]).std() + vectors[1] / (everything @ vectors[1]).std()
    assert direction == pytest.approx(expected / np.linalg.norm(expected), abs=1e-5)


def test_a_negative_picture_equals_rescoring_everything(snapshot: Snapshot) -> None:
    """By the formula, written out: what is more like the negative than like the query loses twice that, or .35 of z − 1."""
    channel = SignatureChannel(snapshot)
    hits = channel.search(ChannelRequest(pictures=[stored(3), stored(4, weight=-0.5)], limit=6))
    everything = channel.index.vectors.astype(np.float32)
    cosines = everything @ np.stack([channel.vector(stored(i)) for i in (3, 4)]).T
    wanted, unwanted = ((cosines - cosines.mean(axis=0)) / cosines.std(axis=0)).T
    lost = [max(0, 2 * (n - max(w, 0)), 0.35 * (n - 1)) for w, n in zip(wanted, unwanted, strict=True)]
    expected = cosines[:, 0] - 0.5 * cosines[:, 0].std() * np.array(lost)
    order = np.argsort(-expected)[:6]
    assert hits.region_ids.tolist() == channel.index.region_ids[order].tolist()
    np.testing.assert_allclose(hits.scores, expected[order], atol=2e-3)


def test_pictures_that_cancel_out_say_so(snapshot: Snapshot) -> None:
    hits = SignatureChannel(snapshot).search(ChannelRequest(pictures=[stored(1), stored(1, weight=-1.0)]))
    assert len(hits.region_ids) == 0
    assert hits.notes == ("The pictures of the query cancel each other out.",)


def test_it_answers_pictures_only(snapshot: Snapshot) -> None:
    channel = SignatureChannel(snapshot)
    assert not channel.answers(ChannelRequest())
    assert channel.answers(ChannelRequest(pictures=[stored(1)]))


def test_a_blank_upload_gets_an_answer(snapshot: Snapshot) -> None:
    blank = np.full((1, 1, 3), 255, np.uint8)
    hits = SignatureChannel(snapshot).search(ChannelRequest(pictures=[uploaded(blank)], limit=3))
    assert len(hits.region_ids) == 3
    assert np.isfinite(hits.scores).all()
