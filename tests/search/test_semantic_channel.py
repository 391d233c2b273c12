import threading
from types import SimpleNamespace

import numpy as np
import pytest

from indexer.collection.semantic_index import SemanticIndexBuilder
from indexer.core.errors import ModelError
from indexer.core.types import DecodedImage
from indexer.features.clip_preprocess import ClipPreprocess
from search.channels.base import ChannelRequest, QueryPicture, QueryText
from search.channels.semantic import SemanticChannel
from search.channels.terms import Spread, Term, compose

WORDS = ["ship", "lion", "vase", "saint", "tree", "map", "tower", "crown"]
COLOURS = np.linspace(0, 255, len(WORDS)).astype(np.uint8)
"""The fake world: a picture of word i has grey level COLOURS[i]; vectors have a place a word, and one for the kind."""
D = len(WORDS) + 1


def vector_of(weights, modality):
    row = np.zeros(D, np.float32)
    for word, weight in weights.items():
        row[WORDS.index(word)] = weight
    row[-1] = modality
    return row / np.linalg.norm(row)


class FakeModel:
    """Deterministic: texts by their words, pictures by their grey level. Texts lie apart from pictures, as in CLIP."""

    preprocess = ClipPreprocess.of({"size": 8})
    device = SimpleNamespace(is_cuda=False, name="cpu")

    def __init__(self):
        self.texts, self.images = 0, 0

    def encode_texts(self, texts):
        self.texts += len(texts)
        known = [{w: 1.0 for w in WORDS if w in text} for text in texts]
        return np.array([vector_of(words, -0.5) for words in known], np.float32).reshape(len(texts), D)

    def encode_images(self, batch):
        self.images += len(batch)
        nearest = [WORDS[int(np.abs(COLOURS.astype(float) - picture.mean()).argmin())] for picture in batch]
        return np.array([vector_of({word: 1.0}, 0.8) for word in nearest], np.float32)

    def truncates(self, text):
        return len(text) > 100


class FakeSnapshot:
    """Two regions an image: the whole, and a detail in its left upper quarter."""

    def __init__(self, contents, folder=None):
        n = len(contents)
        image_ids = 100 + 3 * np.arange(n)
        self.images = SimpleNamespace(
            ids=image_ids, sizes=np.full((n, 2), [400, 300], np.int32), position=self._position
        )
        boxes = np.array([[0, 0, 400, 300], [20, 20, 160, 120]], np.float32)
        self.regions = SimpleNamespace(
            ids=np.arange(2 * n, dtype=np.int64) * 7,
            image_positions=np.repeat(np.arange(n), 2),
            boxes=np.tile(boxes, (n, 1)),
            positions=lambda ids: np.asarray(ids) // 7,
        )
        self.table = np.array([vector_of(c, 0.8) for whole, detail in contents for c in (whole, detail)], np.float16)
        self.folder = folder

    def _position(self, image_id):
        at = np.flatnonzero(self.images.ids == image_id)
        if not len(at):
            raise KeyError(image_id)
        return int(at[0])

    def vectors(self, name):
        assert name == "clip-fake"
        return self.regions.ids, self.table

    def index_folder(self, name):
        assert name == "semantic-clip-fake"
        return self.folder


def random_contents(n, seed=0):
    rng = np.random.default_rng(seed)
    return [
        tuple({w: float(v) for w, v in zip(WORDS, rng.random(len(WORDS)) ** 3, strict=True)} for _ in range(2))
        for _ in range(n)
    ]


@pytest.fixture(params=["index", "table"])
def world(request, tmp_path):
    snapshot = FakeSnapshot(random_contents(200))
    if request.param == "index":
        SemanticIndexBuilder("clip-fake").build(snapshot, None, tmp_path)
        snapshot.folder = tmp_path
    model = FakeModel()
    return SimpleNamespace(snapshot=snapshot, model=model, channel=SemanticChannel(snapshot, model, "clip-fake"))


def grey(word, box=None, image_id=None, weight=1.0):
    rgb = np.full((300, 400, 3), COLOURS[WORDS.index(word)], np.uint8)
    return QueryPicture(lambda side: DecodedImage(rgb, 400, 300), box, image_id, weight)


def cosines(world, vector):
    return world.snapshot.table.astype(np.float32) @ vector


def test_text_alone_ranks_by_cosine(world):
    hits = world.channel.search(ChannelRequest(texts=[QueryText("a lion")], limit=10))
    expected = cosines(world, world.model.encode_texts(["lion"])[0])
    order = np.argsort(-expected)[: len(hits.region_ids)]
    assert hits.region_ids.tolist() == (order * 7).tolist()
    np.testing.assert_allclose(hits.scores, expected[order], atol=1e-3)
    assert len(hits.region_ids) == 20  # two regions an image: enough for ten images
    assert not hits.notes


def test_a_picture_from_outside_and_a_crop(world):
    hits = world.channel.search(ChannelRequest(pictures=[grey("vase")], limit=5))
    assert hits.region_ids[0] == 7 * int(np.argmax(cosines(world, vector_of({"vase": 1.0}, 0.8))))
    half = np.full((300, 400, 3), COLOURS[0], np.uint8)
    half[100:200, 100:200] = COLOURS[6]
    drawn = QueryPicture(lambda side: DecodedImage(half, 800, 600), (204, 204, 192, 192))
    crop = world.channel.search(ChannelRequest(pictures=[drawn], limit=5))
    assert crop.region_ids[0] == 7 * int(np.argmax(cosines(world, vector_of({"tower": 1.0}, 0.8))))


@pytest.mark.parametrize(("box", "offset"), [(None, 0), ((0, 0, 400, 300), 0), ((21, 20, 159, 121), 1)])
def test_stored_regions_use_their_stored_vectors(world, box, offset):
    picture = grey("ship", box, image_id=100 + 3 * 42)
    hits = world.channel.search(ChannelRequest(pictures=[picture], limit=3))
    assert hits.region_ids[0] == 7 * (2 * 42 + offset)
    assert hits.scores[0] == pytest.approx(1, abs=1e-3)
    assert world.model.images == 0


def test_another_box_of_a_stored_image_is_looked_at(world):
    world.channel.search(ChannelRequest(pictures=[grey("ship", (200, 150, 100, 100), image_id=100)], limit=3))
    assert world.model.images == 1
    world.channel.search(ChannelRequest(pictures=[grey("ship", None, image_id=99_999)], limit=3))
    assert world.model.images == 2


def test_filter_and_exclusions_apply_inside(world):
    allowed = np.zeros(200, bool)
    allowed[[5, 9, 60, 61]] = True
    request = ChannelRequest(
        texts=[QueryText("a crown")], allowed=allowed, limit=50, exclude=frozenset({100 + 3 * 9, 12345})
    )
    hits = world.channel.search(request)
    assert sorted(set((hits.region_ids // 14).tolist())) == [5, 60, 61]
    assert len(hits.region_ids) == 6
    assert (np.diff(hits.scores) <= 0).all()
    nothing = world.channel.search(ChannelRequest(texts=[QueryText("x crown")], allowed=np.zeros(200, bool)))
    assert len(nothing.region_ids) == 0


def content(world, region_id, word):
    return float(world.snapshot.table[region_id // 7][WORDS.index(word)])


def test_words_and_picture_both_count(world):
    both = world.channel.search(ChannelRequest(texts=[QueryText("ship")], pictures=[grey("lion")], limit=5)).region_ids[
        :5
    ]
    for word in ("ship", "lion"):
        average = np.mean([content(world, i, word) for i in world.snapshot.regions.ids])
        assert np.mean([content(world, i, word) for i in both]) > average + 0.15


def test_weights_move_the_answer(world):
    means = []
    for weight in (0.2, 1.0, 5.0):
        request = ChannelRequest(texts=[QueryText("ship", weight), QueryText("lion", 1.0)], limit=10)
        means.append(np.mean([content(world, i, "ship") for i in world.channel.search(request).region_ids[:10]]))
    assert means[0] < means[1] < means[2]


def test_negative_pushes_away_and_keeps_the_rest_in_order(world):
    plain = world.channel.search(ChannelRequest(texts=[QueryText("ship")], limit=100)).region_ids
    request = ChannelRequest(texts=[QueryText("ship"), QueryText("lion", -1.0)], limit=100)
    pushed = world.channel.search(request).region_ids
    assert np.mean([content(world, i, "lion") for i in pushed[:20]]) < np.mean(
        [content(world, i, "lion") for i in plain[:20]]
    )
    assert np.mean([content(world, i, "ship") for i in pushed[:20]]) > 0.8 * np.mean(
        [content(world, i, "ship") for i in plain[:20]]
    )
    ship, lion = (cosines(world, vector) for vector in world.model.encode_texts(["ship", "lion"]))
    ship, lion = (ship - ship.mean()) / ship.std(), (lion - lion.mean()) / lion.std()
    untouched = {
        int(i) for i in plain if lion[i // 7] < min(max(ship[i // 7], 0), 1) - 0.05
    }  # room for the index's fp16
    assert len(untouched) > 100
    both = untouched & {int(i) for i in pushed}
    assert [i for i in pushed if i in both] == [i for i in plain if i in both]


def test_negative_equals_rescoring_everything(world):
    request = ChannelRequest(texts=[QueryText("ship"), QueryText("lion", -2.0), QueryText("map", -0.5)], limit=15)
    hits = world.channel.search(request)
    sample = world.snapshot.table.astype(np.float32)
    vectors = world.model.encode_texts(["ship", "lion", "map"])
    composed = compose([Term(vectors[0]), Term(vectors[1], -2.0), Term(vectors[2], -0.5)], Spread(sample))
    everything = composed.penalise(sample @ composed.direction, sample)
    np.testing.assert_allclose(hits.scores, np.sort(everything)[::-1][: len(hits.scores)], atol=2e-3)


def test_only_negative_gives_the_least_alike(world):
    hits = world.channel.search(ChannelRequest(texts=[QueryText("lion", -1.0)], limit=5))
    assert hits.region_ids[0] == 7 * int(np.argmin(cosines(world, world.model.encode_texts(["lion"])[0])))


def test_long_texts_are_noted(world):
    hits = world.channel.search(ChannelRequest(texts=[QueryText("ship " * 40)], limit=5))
    assert "only its beginning" in hits.notes[0]
    assert len(hits.region_ids)


def test_empty_requests_and_collections(tmp_path):
    channel = SemanticChannel(FakeSnapshot(random_contents(3)), FakeModel(), "clip-fake")
    assert not channel.answers(ChannelRequest())
    assert len(channel.search(ChannelRequest()).region_ids) == 0
    assert len(channel.search(ChannelRequest(texts=[QueryText("  ")])).region_ids) == 0
    empty = FakeSnapshot([])
    empty.table = np.zeros((0, D), np.float16)
    assert (
        len(SemanticChannel(empty, FakeModel(), "clip-fake").search(ChannelRequest(texts=[QueryText("a")])).region_ids)
        == 0
    )


def test_without_a_model_stored_pictures_are_still_answered():
    def missing():
        raise ModelError("The model 'x' is not on this machine.", "Run `iconoscope models pull x`.")

    channel = SemanticChannel(FakeSnapshot(random_contents(20)), missing, "clip-fake")
    hits = channel.search(ChannelRequest(texts=[QueryText("ship")]))
    assert len(hits.region_ids) == 0
    assert "models pull x" in hits.notes[0]
    assert channel.search(ChannelRequest(pictures=[grey("ship", image_id=100)], limit=2)).region_ids[0] == 0


def test_an_index_older_than_the_snapshot_gives_no_regions_that_are_gone(tmp_path):
    old = FakeSnapshot(random_contents(30))
    SemanticIndexBuilder("clip-fake").build(old, None, tmp_path)
    new = FakeSnapshot(random_contents(30), tmp_path)
    new.regions.positions = lambda ids: np.where(np.asarray(ids) < 7 * 20, np.asarray(ids) // 7, -1)
    hits = SemanticChannel(new, FakeModel(), "clip-fake").search(ChannelRequest(texts=[QueryText("ship")], limit=50))
    assert sorted(hits.region_ids.tolist()) == [7 * i for i in range(20)]


def test_terms_of_different_spread_count_alike():
    """Pictures whose scores spread ten times as far do not decide alone."""
    rng = np.random.default_rng(0)
    sample = rng.standard_normal((500, 2)).astype(np.float32) * (0.3, 0.03)
    text, picture = np.array([0.0, 1.0], np.float32), np.array([1.0, 0.0], np.float32)
    direction = compose([Term(text), Term(picture)], Spread(sample)).direction
    scores = sample @ direction
    assert np.corrcoef(scores, sample @ text)[0, 1] == pytest.approx(
        np.corrcoef(scores, sample @ picture)[0, 1], abs=0.1
    )
    assert compose([Term(text), Term(-text)], Spread(sample)).direction.tolist() == text.tolist()


def test_loaded_once_and_only_when_asked():
    loads = []

    def load():
        loads.append(threading.get_ident())
        return FakeModel()

    channel = SemanticChannel(FakeSnapshot(random_contents(50)), load, "clip-fake")
    assert channel.answers(ChannelRequest(texts=[QueryText("ship")]))
    assert not loads
    threads = [
        threading.Thread(target=channel.search, args=(ChannelRequest(texts=[QueryText("ship")]),)) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(loads) == 1
