from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from indexer.collection.instance_index import InstanceIndexBuilder
from indexer.collection.rows import positions
from indexer.core.errors import CollectionError, DecodeError
from indexer.core.geometry import transform_points
from indexer.core.settings import IndexSettings
from indexer.core.types import DecodedImage, Regions
from indexer.features.sift import extract_regions
from search.channels.base import ChannelRequest, QueryPicture
from search.channels.instance import InstanceChannel

H, W = 300, 400


def block(seed, h=H, w=W):
    """A picture of strokes and discs, like nothing else."""
    rng = np.random.default_rng(seed)
    out = np.full((h, w), 235, np.uint8)
    for _ in range(90):
        a = rng.integers(0, [w, h])
        b = a + rng.integers(-60, 60, 2)
        cv2.line(out, a.tolist(), b.tolist(), int(rng.integers(0, 160)), int(rng.integers(1, 5)))
        if rng.random() < 0.4:
            cv2.circle(out, a.tolist(), int(rng.integers(3, 14)), int(rng.integers(0, 200)), -1)
    return np.repeat(cv2.GaussianBlur(out, (0, 0), 0.7)[..., None], 3, axis=2)


def thumbnail(rgb):
    k = min(1.0, 256 / max(rgb.shape))
    small = cv2.resize(rgb, None, fx=k, fy=k, interpolation=cv2.INTER_AREA)
    return cv2.imencode(".webp", small, [cv2.IMWRITE_WEBP_QUALITY, 80])[1].tobytes()


class FakeSnapshot:
    """What the channel reads of a snapshot; region ids are ten times the image ids, illustrations one more."""

    def __init__(self, pictures, folder, boxes=None):
        self.settings = IndexSettings()
        self.pictures = pictures
        ids = np.array(sorted(pictures), np.int64)
        sizes = np.array([pictures[i].shape[1::-1] for i in ids.tolist()], np.int32).reshape(-1, 2)
        at = lambda image_id: int(np.flatnonzero(ids == image_id)[0])  # noqa: E731
        self.images = SimpleNamespace(
            ids=ids,
            sizes=sizes,
            position=at,
            positions=lambda wanted: positions(ids, np.asarray(wanted, np.int64)),
            phashes=np.zeros(len(ids), np.uint64),
        )
        rows, self.features = [], {}
        for i in ids.tolist():
            own = [{"id": i * 10, "image_id": i, "box": (0, 0, *sizes[at(i)]), "kind": "whole"}]
            own += [
                {"id": i * 10 + 1 + n, "image_id": i, "box": box, "kind": "illustration"}
                for n, box in enumerate((boxes or {}).get(i, []))
            ]
            self.features[i] = extract_regions(pictures[i], 1.0, Regions.of(own), self.settings.sift)
            rows += own
        regions = Regions.of(rows)
        self.regions = SimpleNamespace(
            ids=regions.ids, boxes=regions.boxes, image_positions=np.array([at(r["image_id"]) for r in rows], int)
        )
        self.folder, self.files = folder, {}
        folder.mkdir()
        InstanceIndexBuilder().build(self, None, folder)

    def index_folder(self, name):
        return self.folder if name == "instance" else None

    def keypoints(self, ids):
        return {int(i): self.features[int(i)] for i in ids if int(i) in self.features}

    def iter_keypoints(self, batch=512, image_ids=None):
        for i in self.images.ids.tolist() if image_ids is None else image_ids:
            yield int(i), self.features[int(i)]

    def path_of(self, image_id):
        return self.files.get(image_id)

    def page_of(self, image_id):
        return None

    def thumbnails(self, ids):
        return {int(i): thumbnail(self.pictures[int(i)]) for i in ids}


@pytest.fixture(scope="module")
def pictures():
    return {i: block(i) for i in range(1, 21)}


@pytest.fixture(scope="module")
def channel(pictures, tmp_path_factory):
    return InstanceChannel(FakeSnapshot(pictures, tmp_path_factory.mktemp("collection") / "index"))


def picture(rgb, **given):
    rgb = np.ascontiguousarray(rgb)
    return QueryPicture(lambda side=None: DecodedImage(rgb, rgb.shape[1], rgb.shape[0]), **given)


def ask(channel, *queries, **given):
    return channel.search(ChannelRequest(pictures=queries, **given))


def test_an_uploaded_copy_comes_first_and_is_sure(channel, pictures):
    hits = ask(channel, picture(pictures[7]))
    assert hits.region_ids[0] == 70
    evidence = hits.evidence[70]
    assert evidence.same_print
    assert evidence.inliers > 50
    np.testing.assert_allclose(evidence.transform, np.eye(3), atol=0.5)
    assert hits.scores[0] > 0.9
    assert len(hits.scores) == 1 or hits.scores[1] < 0.5


def test_transform_outline_and_box_of_a_turned_detail(channel, pictures):
    detail = np.rot90(cv2.resize(pictures[3][60:240, 80:320], None, fx=1.3, fy=1.3))
    hits = ask(channel, picture(detail))
    assert hits.region_ids[0] == 30
    evidence = hits.evidence[30]
    np.testing.assert_allclose(hits.boxes[30], (80, 60, 240, 180), atol=3)
    predicted = transform_points(evidence.transform, evidence.query_points)
    assert np.median(np.abs(predicted - evidence.hit_points)) < 1.0
    # the detail's top-left corner is the stored picture's top-right one
    np.testing.assert_allclose(evidence.outline[0], (320, 60), atol=3)


def test_mirrored_copy_is_found_and_said_to_be_mirrored(channel, pictures):
    hits = ask(channel, picture(pictures[5][:, ::-1]))
    assert hits.region_ids[0] == 50
    evidence = hits.evidence[50]
    assert evidence.mirrored
    assert np.linalg.det(evidence.transform[:2, :2]) < 0
    np.testing.assert_allclose(transform_points(evidence.transform, [[10, 20]]), [[W - 10, 20]], atol=2)
    predicted = transform_points(evidence.transform, evidence.query_points)
    assert np.median(np.abs(predicted - evidence.hit_points)) < 1.0
    without = ask(channel, picture(pictures[5][:, ::-1]), options={"mirror": False})
    assert not any(e.same_print for e in without.evidence.values())


def test_negative_needs_the_option(channel, pictures):
    negative = picture(255 - pictures[9])
    assert ask(channel, negative, options={"inverted": True}).region_ids[0] == 90
    assert not any(e.same_print for e in ask(channel, negative).evidence.values())


def test_box_is_what_is_searched(channel, pictures):
    sheet = np.hstack([pictures[11], pictures[12]])
    right = ask(channel, picture(sheet, box=(W + 20, 20, 300, 260)))
    assert right.region_ids[0] == 120
    assert all(e.same_print is (r == 120) for r, e in right.evidence.items())
    assert transform_points(right.evidence[120].transform, [[W + 50, 60]])[0] == pytest.approx([50, 60], abs=2)
    both = ask(channel, picture(sheet))
    assert {110, 120} <= set(both.region_ids[:2].tolist())


def test_smallest_region_around_the_match_is_named(tmp_path, pictures):
    page = np.full((900, 700, 3), 235, np.uint8)
    page[100:400, 150:550] = pictures[1]
    page[500:800, 150:550] = pictures[2]
    stored = {1: page, 2: pictures[3]}
    channel = InstanceChannel(FakeSnapshot(stored, tmp_path / "i", {1: [(150, 100, 400, 300), (150, 500, 400, 300)]}))
    hits = ask(channel, picture(pictures[2]))
    assert hits.region_ids[0] == 12
    np.testing.assert_allclose(hits.boxes[12], (150, 500, 400, 300), atol=3)


def test_filter_exclusion_and_the_query_itself(channel, pictures):
    query = picture(pictures[4])
    allowed = np.ones(20, np.bool_)
    allowed[3] = False
    assert 40 not in ask(channel, query, allowed=allowed).region_ids
    assert 40 not in ask(channel, query, exclude=frozenset({4})).region_ids
    stored = picture(pictures[4], image_id=4)
    assert 40 not in ask(channel, stored).region_ids
    assert ask(channel, stored, options={"include_self": True}).region_ids[0] == 40


def test_stored_picture_without_its_file_is_searched_by_its_stored_features(channel):
    def gone(side=None):
        raise DecodeError("gone")

    hits = ask(channel, QueryPicture(gone, image_id=6), options={"include_self": True})
    assert hits.region_ids[0] == 60
    with pytest.raises(DecodeError):
        ask(channel, QueryPicture(gone))


def test_several_pictures_are_joined(channel, pictures):
    hits = ask(channel, picture(pictures[1]), picture(pictures[2]), picture(pictures[3], weight=-1.0))
    assert set(hits.region_ids[:2].tolist()) == {10, 20}


def test_removed_images_do_not_come_back(pictures, tmp_path):
    snapshot = FakeSnapshot({i: pictures[i] for i in range(1, 6)}, tmp_path / "i")
    live = snapshot.images.ids != 3
    ids = snapshot.images.ids[live]
    snapshot.images = SimpleNamespace(
        ids=ids,
        sizes=snapshot.images.sizes[live],
        position=lambda i: int(positions(ids, np.array([i]))[0]),
        positions=lambda wanted: positions(ids, np.asarray(wanted, np.int64)),
        phashes=snapshot.images.phashes[live],
    )
    regions = snapshot.regions
    kept = regions.image_positions != 2
    moved = regions.image_positions[kept] - (regions.image_positions[kept] > 2)
    snapshot.regions = SimpleNamespace(ids=regions.ids[kept], boxes=regions.boxes[kept], image_positions=moved)
    channel = InstanceChannel(snapshot)
    assert 30 not in ask(channel, picture(pictures[3])).region_ids
    assert ask(channel, picture(pictures[5])).region_ids[0] == 50


@pytest.mark.parametrize("shape", [(1, 1, 3), (20, 20, 3), (200, 300, 3)])
def test_blank_queries_say_why(channel, shape):
    hits = ask(channel, picture(np.full(shape, 230, np.uint8)))
    assert len(hits.region_ids) == 0
    assert "no distinct points" in hits.notes[0]


def test_noise_and_moire_find_nothing_sure(channel):
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:400, :500]
    moire = (np.sin(x * 0.9) + np.sin(x * 0.93 + y * 0.05) + np.sin(y * 0.8)) * 40 + 128
    for rgb in (rng.integers(0, 255, (400, 500)), moire):
        hits = ask(channel, picture(np.repeat(rgb.astype(np.uint8)[..., None], 3, axis=2)))
        assert not any(e.same_print for e in hits.evidence.values())


def test_without_an_index_it_does_not_answer(channel):
    snapshot = SimpleNamespace(index_folder=lambda name: None, images=channel.snapshot.images)
    empty = InstanceChannel(snapshot)
    request = ChannelRequest(pictures=[picture(np.zeros((5, 5, 3), np.uint8))])
    assert not empty.answers(request)
    assert "iconoscope index" in empty.search(request).notes[0]
    assert channel.answers(request)
    assert not channel.answers(ChannelRequest())


def test_index_cut_short(pictures, tmp_path):
    snapshot = FakeSnapshot({1: pictures[1]}, tmp_path / "i")
    path = tmp_path / "i" / "segment1-places.npy"
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(CollectionError, match="iconoscope index"):
        InstanceChannel(snapshot)


def test_all_copies_of_an_ornament_on_one_page_are_told(tmp_path, pictures):
    ornament = block(77, 90, 110)
    page = np.full((900, 700, 3), 235, np.uint8)
    places = [(x, y) for y in (60, 340, 620) for x in (40, 260, 480)]
    for x, y in places:
        page[y : y + 90, x : x + 110] = ornament
    boxes = {1: [(x - 5, y - 5, 120, 100) for x, y in places]}
    channel = InstanceChannel(FakeSnapshot({1: page, 2: pictures[1], 3: pictures[2]}, tmp_path / "i", boxes))
    hits = ask(channel, picture(ornament))
    sure = [r for r, e in hits.evidence.items() if e.same_print]
    assert set(sure) == set(range(11, 20))
    for region in sure:
        x, y = places[region - 11]
        np.testing.assert_allclose(hits.boxes[region], (x, y, 110, 90), atol=4)


def test_a_picture_on_hundreds_of_images_is_found_on_all(tmp_path, pictures):
    rng = np.random.default_rng(3)
    stored = {}
    for i in range(1, 121):
        noise = np.clip(pictures[2].astype(int) + rng.normal(0, 12, pictures[2].shape), 0, 255)
        stored[i] = cv2.resize(noise.astype(np.uint8), None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    stored[500] = pictures[3]
    channel = InstanceChannel(FakeSnapshot(stored, tmp_path / "i"))
    hits = ask(channel, picture(pictures[2]), options={"mirror": False})
    sure = {r for r, e in hits.evidence.items() if e.same_print}
    assert sure == {i * 10 for i in range(1, 121)}


def test_a_grid_of_hundreds_of_one_ornament_is_found_whole_in_bounded_time(tmp_path, pictures):
    """A sheet of 15 × 16 copies, with a region for each: all are named, none twice."""
    import time

    ornament = block(78, 60, 80)
    sheet = np.full((16 * 90, 15 * 96, 3), 235, np.uint8)
    places = [(8 + 96 * i, 15 + 90 * j) for j in range(16) for i in range(15)]
    for x, y in places:
        sheet[y : y + 60, x : x + 80] = ornament
    boxes = {1: [(x - 4, y - 4, 88, 68) for x, y in places]}
    channel = InstanceChannel(FakeSnapshot({1: sheet, 2: pictures[1], 3: pictures[2]}, tmp_path / "i", boxes))
    ask(channel, picture(pictures[1]))
    start = time.process_time()
    hits = ask(channel, picture(ornament))
    assert time.process_time() - start < 20
    sure = {r for r, e in hits.evidence.items() if e.same_print}
    assert len(sure - {10}) >= 0.98 * len(places)
    for region in sure - {10}:
        x, y = places[region - 11]
        np.testing.assert_allclose(hits.boxes[region], (x, y, 80, 60), atol=5)


def printed_page(left, right):
    """A page of 900 × 1300 with rows of letter-like marks and two pictures."""
    rng = np.random.default_rng(8)
    page = np.full((1300, 900, 3), 235, np.uint8)
    for y in [*range(60, 200, 26), *range(620, 760, 26), *range(1150, 1260, 26)]:
        x = 70
        while x < 820:
            word = "".join(rng.choice(list("aegmnorstuvx"), rng.integers(2, 8)))
            cv2.putText(page, word, (x, y), cv2.FONT_HERSHEY_COMPLEX, 0.6, (30, 30, 30), 1, cv2.LINE_AA)
            x += 14 * len(word) + 16
    page[250:550, 80:480] = left
    page[800:1100, 400:800] = right
    return page


def test_a_whole_page_finds_each_of_its_pictures(channel, pictures):
    hits = ask(channel, picture(printed_page(pictures[13], pictures[14])))
    assert set(hits.region_ids[:2].tolist()) == {130, 140}
    for region, (x, y) in ((130, (80, 250)), (140, (400, 800))):
        evidence = hits.evidence[region]
        assert evidence.same_print
        np.testing.assert_allclose(transform_points(evidence.transform, [[x + 50, y + 60]]), [[50, 60]], atol=2)
    assert sum(e.same_print for e in hits.evidence.values()) == 2


def test_a_page_of_pure_text_is_no_same_print(tmp_path, pictures):
    blank = np.full((300, 400, 3), 235, np.uint8)
    other = printed_page(blank, blank)
    flipped = np.ascontiguousarray(other[::-1, ::-1])
    channel = InstanceChannel(FakeSnapshot({1: flipped, 2: pictures[1], 3: pictures[2]}, tmp_path / "i"))
    query = printed_page(blank, blank)[600:780]
    shuffled = np.ascontiguousarray(np.hstack([query[:, 450:], query[:, :450]]))
    hits = ask(channel, picture(shuffled))
    assert not any(e.same_print for r, e in hits.evidence.items() if r != 10)


@pytest.mark.parametrize("side", [12, 20, 40])
def test_tiny_boxes_answer_without_a_promise(channel, pictures, side):
    hits = ask(channel, picture(pictures[6], box=(200, 150, side, side)))
    assert all(r == 60 for r, e in hits.evidence.items() if e.same_print)


@pytest.mark.parametrize("edge", [100, 35])
def test_pictures_in_one_frame_are_no_same_print(tmp_path, edge):
    """Dozens of witnesses around another picture: found, and said to be only possible."""
    inner = slice(edge * 3 // 4, 300 - edge * 3 // 4), slice(edge, 400 - edge)
    stored, query = block(91), block(91)
    stored[inner], query[inner] = block(92)[inner], block(93)[inner]
    others = {i: block(i) for i in range(2, 9)}
    channel = InstanceChannel(FakeSnapshot({1: stored, **others}, tmp_path / "i"))
    hits = ask(channel, picture(query))
    assert hits.region_ids[0] == 10
    assert hits.evidence[10].inliers > 15
    assert not hits.evidence[10].same_print


def test_a_small_ornament_on_a_large_page_is_compared_with_the_pixels_of_the_file(tmp_path):
    """On its thumbnail of 256 pixels the ornament has 26 × 20: too few to say anything."""
    page = np.full((1500, 2000, 3), 235, np.uint8)
    ornament = cv2.resize(block(41), (200, 150), interpolation=cv2.INTER_AREA)
    page[900:1050, 300:500] = ornament
    snapshot = FakeSnapshot(
        {1: page, **{i: block(i) for i in range(2, 9)}}, tmp_path / "i", {1: [(300, 900, 200, 150)]}
    )
    path = tmp_path / "page.png"
    cv2.imwrite(str(path), page)
    query = picture(cv2.GaussianBlur(cv2.resize(ornament, None, fx=1.3, fy=1.3), (0, 0), 1.0))
    with_thumbnail = ask(InstanceChannel(snapshot), query)
    snapshot.files[1] = path
    with_file = ask(InstanceChannel(snapshot), query)
    for hits in (with_thumbnail, with_file):
        assert hits.region_ids[0] == 11
    assert with_file.scores[0] > with_thumbnail.scores[0] + 0.02
    assert with_file.evidence[11].same_print
    # a file that is no longer what was indexed counts for nothing
    cv2.imwrite(str(path), np.full((700, 900, 3), 200, np.uint8))
    assert ask(InstanceChannel(snapshot), query).scores[0] == with_thumbnail.scores[0]
    path.write_bytes(b"no picture")
    assert ask(InstanceChannel(snapshot), query).scores[0] == with_thumbnail.scores[0]
