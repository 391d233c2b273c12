"""What a query cannot find itself, the copy that it finds does; and nothing that stands beside that copy."""

import cv2
import numpy as np
import pytest
from drawing import draw_picture, save_picture

from indexer.core.geometry import transform_points
from indexer.core.types import DecodedImage
from indexer.pipeline import index
from search.channels import instance_expand
from search.channels.base import QueryPicture
from search.channels.instance_expand import _stored, agrees, expanded, placed
from search.channels.instance_look import Look
from search.channels.instance_query import query_parts
from search.channels.instance_thumbnails import Thumbnails
from search.channels.instance_verify import BATCH, PATIENT, Verifier
from search.engine import Engine
from search.verify_dense import Registration
from search.verify_score import COVERED, SURE

H, W = 300, 400
ALL = "clean.png", "later.png", "beside.png", "other.png"


def block(seed):
    return draw_picture(seed, W, H)


@pytest.fixture(scope="module")
def engine(tmp_path_factory):
    """A clean copy that stands beside another picture, a later copy, that other picture alone, and a third one."""
    root = tmp_path_factory.mktemp("copies")
    clean = np.full((H, 2 * W + 40, 3), 235, np.uint8)
    clean[:, :W], clean[:, W + 40 :] = block(1), block(2)
    later = np.rot90(cv2.resize(block(1), None, fx=1.2, fy=1.2))
    for name, rgb in zip(ALL, (clean, later, block(2), block(5)), strict=True):
        save_picture(root / "src" / name, rgb)
    index([str(root / "src")], root / "col", workers=1)
    return Engine.open(root / "col")


def look(engine, *names, patience=BATCH):
    channel = engine.channel("instance")
    ids = [i for name in names for i in engine.snapshot.find_images(name)]
    inside = np.isin(channel.index.image_ids, ids)
    return Look(channel.index, engine.snapshot, inside, mirrors=True, limit=50, patience=patience)


def places(engine, rgb, *names, patience=BATCH):
    rgb = np.ascontiguousarray(rgb)
    picture = QueryPicture(lambda side=None: DecodedImage(rgb, rgb.shape[1], rgb.shape[0]))
    parts = query_parts(picture, engine.snapshot, engine.snapshot.settings.sift, False)
    return look(engine, *names, patience=patience).everywhere(parts)


def names_of(engine, found):
    images = engine.snapshot.images
    return [images.names[images.position(match.image_id)] for _, match in found if match.score >= SURE]


@pytest.mark.parametrize("mirrored", [False, True])
def test_a_copy_is_found_by_way_of_another_and_placed_on_the_query(engine, mirrored):
    rgb = block(1)[20:280, 30:370]
    found = places(engine, rgb[:, ::-1] if mirrored else rgb, "clean.png")
    assert names_of(engine, found) == ["clean.png"]
    more = expanded(look(engine, *ALL), found)
    assert names_of(engine, more) == ["later.png"]
    part, match = more[0]
    assert match.mirrored is mirrored
    assert SURE <= match.score <= found[0][1].score
    x = 340 - 100 if mirrored else 100
    # a point 130, 70 of the block; the later copy is 1.2 times as large and turned to the left
    np.testing.assert_allclose(transform_points(placed(match, part), [[x, 50]]), [[1.2 * 70, 1.2 * (W - 130)]], atol=3)
    off = transform_points(placed(match, part), match.query_points) - match.image_points
    assert np.median(np.abs(off)) < 2.0


def test_only_a_patient_look_asks_again(engine, monkeypatch):
    votes = Verifier._candidates

    def first_only(self, allowed):
        """The query itself sees the clean copy only; its copy sees all."""
        found = votes(self, allowed)
        return found[:1] if self.thorough else found

    monkeypatch.setattr(Verifier, "_candidates", first_only)
    rgb = block(1)[20:280, 30:370]
    once = names_of(engine, places(engine, rgb, "clean.png", "later.png"))
    assert len(once) == 1
    assert set(names_of(engine, places(engine, rgb, "clean.png", "later.png", patience=PATIENT))) == {
        "clean.png",
        "later.png",
    }


def test_nothing_is_asked_where_nothing_is_sure(engine):
    everything = look(engine, *ALL)
    assert expanded(everything, places(engine, block(9), *ALL)) == []
    assert expanded(everything, []) == []


def test_what_a_copy_finds_must_agree_with_the_query_itself():
    assert agrees(Registration(0.8, 12.0, 9000, COVERED))
    assert not agrees(Registration(0.8, 12.0, 9000, COVERED - 0.01))
    assert not agrees(Registration(0.8, 2.0, 9000, 0.9))
    assert not agrees(None)


def test_a_copy_is_asked_with_its_strongest_keypoints_around_the_witnesses(engine, monkeypatch):
    monkeypatch.setattr(instance_expand, "STRONGEST", 40)
    match = places(engine, block(1)[20:280, 30:370], "clean.png")[0][1]
    seed = _stored(engine.snapshot, match, Thumbnails(engine.snapshot))
    every = engine.snapshot.keypoints([match.image_id])[match.image_id]
    x, y, w, h = seed.box
    inside = ((every.xy >= [x, y]) & (every.xy < [x + w, y + h])).all(axis=1)
    assert 40 < inside.sum() < len(every)
    assert len(seed.features) == 40
    assert sorted(seed.features.responses) == sorted(np.sort(every.responses[inside])[-40:])
