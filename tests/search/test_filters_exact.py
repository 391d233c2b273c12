"""Filters apply inside each channel: what comes back is what brute force finds among the images that pass."""

from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pytest

from indexer.collection import tables
from indexer.collection.instance_index import InstanceIndex, InstanceIndexBuilder
from indexer.collection.instance_search import closeness
from indexer.collection.rows import positions
from indexer.collection.semantic_index import SemanticIndexBuilder
from indexer.collection.signature_index import VECTORS, SignatureIndex
from indexer.core.types import LocalFeatures
from search.channels.base import ChannelRequest, QueryPicture, QueryText
from search.channels.keyword import KeywordChannel
from search.channels.semantic import SemanticChannel
from search.channels.signature import SignatureChannel

SHARES = [0.001, 0.01, 0.019, 0.021, 0.1, 0.5, 0.9]
IMAGES, REGIONS, D = 20_000, 30_000, 24


def unit(rows):
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def mask_of(share, count, seed):
    """bool (count,) with exactly that share set, at least one."""
    mask = np.zeros(count, bool)
    mask[np.random.default_rng(seed).permutation(count)[: max(1, round(share * count))]] = True
    return mask


class Snapshot:
    """20,000 images; the first 10,000 have two regions. Vectors lie in clusters and some are the same twice."""

    def __init__(self):
        rng = np.random.default_rng(11)
        self.images = SimpleNamespace(
            ids=5 + 2 * np.arange(IMAGES), position=self._image, sizes=np.full((IMAGES, 2), 100, np.int32)
        )
        self.images.positions = lambda ids: positions(self.images.ids, np.asarray(list(ids), np.int64))
        at = np.concatenate([np.arange(IMAGES), np.arange(REGIONS - IMAGES)])
        self.regions = SimpleNamespace(
            ids=7 * np.arange(REGIONS, dtype=np.int64),
            image_positions=at,
            image_ids=self.images.ids[at],
            boxes=np.tile(np.array([[0, 0, 100, 100]], np.float32), (REGIONS, 1)),
            kinds=["whole"] * IMAGES + ["detail"] * (REGIONS - IMAGES),
            positions=lambda ids: positions(7 * np.arange(REGIONS, dtype=np.int64), np.asarray(ids, np.int64)),
        )
        self.regions.boxes[IMAGES:] = (10, 10, 30, 30)
        rows = rng.standard_normal((50, D))[rng.integers(0, 50, REGIONS)] + 0.6 * rng.standard_normal((REGIONS, D))
        rows[100:200] = rows[200:300]
        self.table = unit(rows).astype(np.float16)
        self.folders = {}

    def _image(self, image_id):
        return (image_id - 5) // 2

    def vectors(self, name):
        return self.regions.ids, self.table

    def index_folder(self, name):
        return self.folders.get(name)


class Part:
    """A snapshot of earlier days: some of the regions, also such as are gone now."""

    def __init__(self, ids, table):
        self.ids, self.table = ids, table

    def vectors(self, name):
        return self.ids, self.table


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory):
    """With a semantic index of three generations (removed regions in its files) and a signature index."""
    import faiss

    made, folder = Snapshot(), tmp_path_factory.mktemp("indexes")
    gone = 7 * np.arange(REGIONS, dtype=np.int64)[:2500] * 2 + 1
    ids = np.concatenate([made.regions.ids[:22_000], gone])
    table = np.concatenate([made.table[:22_000], made.table[5000:7500]])
    order = np.argsort(ids)
    previous = None
    for number, part in enumerate(
        [Part(ids[order], table[order]), Part(made.regions.ids[:26_000], made.table[:26_000]), made]
    ):
        target = folder / f"semantic-{number}"
        target.mkdir()
        SemanticIndexBuilder("clip-x").build(part, previous, target)
        previous = target
    assert len(list(previous.glob("*.faiss"))) >= 2
    made.folders["semantic-clip-x"] = previous
    flat = faiss.IndexScalarQuantizer(D, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT)
    flat.add(made.table.astype(np.float32))
    made.folders["signature"] = folder / "signature"
    made.folders["signature"].mkdir()
    faiss.write_index(flat, str(folder / "signature" / VECTORS))
    return made


def brute_force(snapshot, direction, allowed, limit):
    """Regions of allowed images by inner product: ids and scores, best first."""
    rows = np.flatnonzero(allowed[snapshot.regions.image_positions])
    scores = snapshot.table[rows].astype(np.float32) @ direction
    order = np.argsort(-scores, kind="stable")[:limit]
    return snapshot.regions.ids[rows[order]], scores[order]


def direction_of(snapshot, position):
    """The stored vector, of length one again after its rounding to half precision."""
    return unit(snapshot.table[position : position + 1].astype(np.float32))[0]


def assert_exact(snapshot, hits, direction, allowed, limit):
    """The same scores in the same order; the same regions but for ties, all of them allowed."""
    ids, scores = brute_force(snapshot, direction, allowed, limit)
    assert len(hits.region_ids) == len(ids)
    np.testing.assert_allclose(hits.scores, scores, atol=2e-6)
    at = snapshot.regions.positions(hits.region_ids)
    assert allowed[snapshot.regions.image_positions[at]].all()
    assert len(set(hits.region_ids.tolist())) == len(ids)
    different = np.flatnonzero(hits.region_ids != ids)
    own = snapshot.table[at[different]].astype(np.float32) @ direction
    np.testing.assert_allclose(own, scores[different], atol=2e-6)


@pytest.mark.parametrize("share", SHARES)
def test_semantic(snapshot, share):
    channel = SemanticChannel(snapshot, lambda: pytest.fail("no model is needed"), "clip-x")
    allowed = mask_of(share, IMAGES, round(share * 1000))
    for position in (0, 150, 19_999):
        picture = QueryPicture(decode=lambda side: None, image_id=int(snapshot.images.ids[position]))
        hits = channel.search(ChannelRequest(pictures=[picture], allowed=allowed, limit=60))
        assert_exact(snapshot, hits, direction_of(snapshot, position), allowed, len(hits.region_ids))
        assert len(hits.region_ids) >= min(60, np.count_nonzero(allowed[snapshot.regions.image_positions]))


@pytest.mark.parametrize("share", SHARES)
def test_semantic_with_something_to_stay_away_from(snapshot, share):
    channel = SemanticChannel(snapshot, lambda: pytest.fail("no model is needed"), "clip-x")
    allowed = mask_of(share, IMAGES, round(share * 1000))
    like, unlike = (
        QueryPicture(lambda side: None, image_id=int(snapshot.images.ids[p]), weight=w) for p, w in ((3, 1), (4, -1))
    )
    request = ChannelRequest(pictures=[like, unlike], allowed=allowed, limit=40)
    hits = channel.search(request)
    everything = channel.search(ChannelRequest(pictures=[like, unlike], limit=REGIONS))
    at = snapshot.regions.image_positions[snapshot.regions.positions(everything.region_ids)]
    wanted = everything.scores[allowed[at]][: len(hits.scores)]
    np.testing.assert_allclose(hits.scores, wanted, atol=2e-6)
    assert len(hits.scores) >= min(40, int(allowed.sum()))


@pytest.mark.parametrize("share", SHARES)
def test_signature(snapshot, share, monkeypatch):
    channel = SignatureChannel(snapshot)
    index = SignatureIndex(snapshot.folders["signature"], snapshot.regions.ids, snapshot.table, False, None)
    channel.__dict__["_index"] = index
    allowed = mask_of(share, IMAGES, round(share * 1000))
    for position in (0, 150, 19_999):
        picture = QueryPicture(decode=lambda side: None, image_id=int(snapshot.images.ids[position]))
        hits = channel.search(ChannelRequest(pictures=[picture], allowed=allowed, limit=60))
        direction = channel.composition([picture]).direction
        count = min(60, np.count_nonzero(allowed[snapshot.regions.image_positions]))
        assert_exact(snapshot, hits, direction, allowed, count)


def test_exclusions_and_filters_together(snapshot):
    allowed = mask_of(0.1, IMAGES, 1)
    excluded = frozenset(snapshot.images.ids[np.flatnonzero(allowed)[:500]].tolist())
    left = allowed.copy()
    left[np.flatnonzero(allowed)[:500]] = False
    picture = QueryPicture(decode=lambda side: None, image_id=int(snapshot.images.ids[9]))
    request = ChannelRequest(pictures=[picture], allowed=allowed, limit=50, exclude=excluded)
    semantic = SemanticChannel(snapshot, lambda: pytest.fail("no model is needed"), "clip-x").search(request)
    assert_exact(snapshot, semantic, direction_of(snapshot, 9), left, len(semantic.region_ids))
    assert len(semantic.region_ids) >= 50
    channel = SignatureChannel(snapshot)
    channel.__dict__["_index"] = SignatureIndex(
        snapshot.folders["signature"], snapshot.regions.ids, snapshot.table, False, None
    )
    assert_exact(snapshot, channel.search(request), channel.composition([picture]).direction, left, 50)


# Words

WORDS = ["ship", "storm", "saint", "lion", "crown", "river", "tower", "garden"]


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory):
    """5,000 images with three to six words each, in a real table with a real full-text index."""
    rng = np.random.default_rng(2)
    texts = [" ".join(rng.choice(WORDS, rng.integers(3, 7))) for _ in range(5000)]
    ids = 3 * np.arange(5000) + 1
    path = tmp_path_factory.mktemp("words") / "images.lance"
    schema = pa.schema([("image_id", pa.int64()), ("status", pa.string()), ("text", pa.string())])
    tables.create_table(path, schema)
    tables.append(path, pa.table({"image_id": ids, "status": ["ok"] * 5000, "text": texts}, schema))
    table = tables.open_table(path)
    table.create_scalar_index("text", "INVERTED", with_position=False, stem=False, remove_stop_words=False)

    class Images:
        def __len__(self):
            return 5000

        def positions(self, wanted):
            return positions(ids, np.asarray(list(wanted), np.int64))

    return SimpleNamespace(
        table=lambda name: table,
        texts=texts,
        images=Images(),
        regions=SimpleNamespace(ids=10 * np.arange(5000)),
        first_regions=np.arange(5000),
        catalogue=SimpleNamespace(fields_of=lambda at: {}),
    )


@pytest.mark.parametrize("share", SHARES)
def test_keyword(catalogue, share):
    channel, allowed = KeywordChannel(catalogue), mask_of(share, 5000, round(share * 1000))
    hits = channel.search(ChannelRequest(texts=[QueryText("ship storm")], allowed=allowed, limit=20))
    found = hits.region_ids // 10
    holding = [i for i in np.flatnonzero(allowed) if {"ship", "storm"} & set(catalogue.texts[i].split())]
    assert sorted(found.tolist()) == holding
    everything = channel.search(ChannelRequest(texts=[QueryText("ship storm")], limit=20))
    score = dict(zip(everything.region_ids.tolist(), everything.scores.tolist(), strict=True))
    np.testing.assert_allclose(hits.scores, [score[int(r)] for r in hits.region_ids], rtol=1e-6)
    assert (np.diff(hits.scores) <= 0).all()


# Prints


@pytest.fixture(scope="module")
def prints(tmp_path_factory):
    """The index over 400 images with 40 random keypoints each; image n + 1 repeats half of those of image n."""
    rng = np.random.default_rng(4)
    histogram = rng.gamma(0.4, 1.0, (20 * 401, 128))
    pool = np.minimum(512 * np.sqrt(histogram / histogram.sum(axis=1, keepdims=True)), 255).astype(np.uint8)
    ids = 3 * np.arange(400, dtype=np.int64) + 2

    def features(number):
        geometry = np.random.default_rng(number)
        return LocalFeatures(
            xy=(geometry.random((40, 2)) * [600, 400]).astype(np.float32),
            scales=geometry.uniform(2, 40, 40).astype(np.float32),
            angles=geometry.uniform(0, 360, 40).astype(np.float32),
            responses=geometry.random(40).astype(np.float32),
            descriptors=pool[20 * number : 20 * number + 40],
            regions=np.zeros(40, np.int32),
        )

    def iterate(batch=512, image_ids=None):
        for i in ids if image_ids is None else image_ids:
            yield int(i), features((int(i) - 2) // 3)

    sizes = np.tile(np.array([[600, 400]], np.int32), (400, 1))
    images = SimpleNamespace(ids=ids, sizes=sizes, position=lambda i: int(np.searchsorted(ids, i)))
    target = tmp_path_factory.mktemp("prints")
    InstanceIndexBuilder().build(SimpleNamespace(images=images, iter_keypoints=iterate), None, target)
    return InstanceIndex.open(target), pool


def voted(index, query, allowed):
    """Votes as they are defined, match by match, among the allowed images alone; scores by position."""
    scores = np.zeros(len(index.image_ids))
    matches = index._scan(*index._probes(query), np.ones(len(allowed), bool))
    best = {}
    for feature, image, _, distance, rarity in zip(*matches, strict=True):
        if allowed[image]:
            of_feature = best.setdefault(int(feature), {})
            if int(image) not in of_feature or distance < of_feature[int(image)][0]:
                of_feature[int(image)] = distance, closeness()[distance] * rarity
    for of_feature in best.values():
        for image, (_, weight) in of_feature.items():
            scores[image] += weight / np.sqrt(len(of_feature))
    return scores


@pytest.mark.parametrize("share", SHARES)
def test_instance_votes(prints, share):
    """Images that do not pass take no part, not even in what makes a feature common."""
    index, pool = prints
    allowed = mask_of(share, 400, round(share * 1000))
    for number in (3, 200):
        query = pool[20 * number : 20 * number + 60]
        scores = voted(index, query, allowed)
        found = index.search(query, allowed, 25)
        assert len(found.image_ids) == min(25, np.count_nonzero(scores))
        np.testing.assert_allclose(found.scores, np.sort(scores)[::-1][: len(found.scores)], rtol=1e-4)
        at = np.searchsorted(index.image_ids, found.image_ids)
        assert allowed[at].all()
        np.testing.assert_allclose(scores[at], found.scores, rtol=1e-4)


def test_a_filter_that_nothing_passes_is_an_empty_answer(snapshot, catalogue, prints):
    none = np.zeros(IMAGES, bool)
    picture = QueryPicture(decode=lambda side: None, image_id=5)
    request = ChannelRequest(pictures=[picture], allowed=none)
    assert len(SemanticChannel(snapshot, lambda: None, "clip-x").search(request).region_ids) == 0
    channel = SignatureChannel(snapshot)
    channel.__dict__["_index"] = SignatureIndex(
        snapshot.folders["signature"], snapshot.regions.ids, snapshot.table, False, None
    )
    assert len(channel.search(request).region_ids) == 0
    words = ChannelRequest(texts=[QueryText("ship")], allowed=none[:5000])
    assert len(KeywordChannel(catalogue).search(words).region_ids) == 0
    assert len(prints[0].search(prints[1][:60], none[:400], 10).image_ids) == 0
