"""The collection on disk: what is written is read back; nothing is lost; wrong uses are refused."""

from dataclasses import replace

import numpy as np
import pytest

from indexer.collection.layout import FORMAT_VERSION, Layout
from indexer.collection.packing import pack, unpack
from indexer.collection.publish import working_snapshot
from indexer.collection.records import ImageRecord
from indexer.collection.snapshot import open_snapshot
from indexer.collection.writer import CollectionWriter
from indexer.core.errors import CollectionError
from indexer.core.names import original_name, storable_name
from indexer.core.settings import IndexSettings, SiftSettings
from indexer.core.types import LocalFeatures, Regions, SourceItem


def features(n: int, seed: int = 0) -> LocalFeatures:
    rng = np.random.default_rng(seed)
    return LocalFeatures(
        xy=rng.uniform(0, 5000, (n, 2)).astype(np.float32),
        scales=rng.uniform(1, 80, n).astype(np.float32),
        angles=rng.uniform(0, 360, n).astype(np.float32),
        responses=rng.uniform(0, 0.2, n).astype(np.float32),
        descriptors=rng.integers(0, 256, (n, 128)).astype(np.uint8),
        regions=rng.integers(-1, 3, n).astype(np.int32),
    )


def record(tmp_path, name: str, seed: int = 0, **fields: str) -> ImageRecord:
    item = SourceItem(name, tmp_path / name, document="book", fields=fields, size_bytes=10 + seed, mtime_ns=seed)
    regions = Regions.of(
        [
            {"box": (0, 0, 100, 80), "kind": "whole", "origin": "whole"},
            {
                "box": (10, 10, 20, 30),
                "kind": "illustration",
                "origin": "page",
                "parent": 0,
                "score": 0.5,
                "label": "x",
            },
        ]
    )
    return ImageRecord(
        item, 1, f"{seed:032x}", 100, 80, seed, b"webp" + bytes([seed]), regions, features(5, seed),
        {"signature": np.full((2, 8), seed, np.float32)},
    )  # fmt: skip


def test_packing_keeps_what_matters():
    before = features(50)
    after = unpack(*pack(before))
    np.testing.assert_array_equal(after.xy, before.xy)
    np.testing.assert_array_equal(after.descriptors, before.descriptors)
    np.testing.assert_array_equal(after.regions, before.regions)
    np.testing.assert_allclose(after.scales, before.scales, rtol=1e-3)
    turn = np.abs(after.angles - before.angles)
    assert np.minimum(turn, 360 - turn).max() < 0.01
    assert len(unpack(*pack(LocalFeatures.empty()))) == 0


def test_what_is_committed_is_read_back(tmp_path):
    with CollectionWriter(tmp_path / "col") as writer:
        ids = writer.commit([record(tmp_path, "a.png", 1, title="Ship", year="1643"), record(tmp_path, "b.png", 2)])
        assert ids.tolist() == [4, 5]
        # Images and regions count together: no id means both.
        assert writer.commit([record(tmp_path, "c.png", 3, Ort="Köln")]).tolist() == [8]
        snapshot = working_snapshot(writer)
    assert snapshot.images.ids.tolist() == [4, 5, 8]
    assert list(snapshot.images.names) == ["a.png", "b.png", "c.png"]
    assert snapshot.catalogue.fields_of(0) == {"title": "Ship", "year": 1643}
    assert snapshot.catalogue.fields_of(2) == {"Ort": "Köln"}
    assert snapshot.images.position(8) == 2
    assert snapshot.images.sizes.tolist() == [[100, 80]] * 3
    assert snapshot.images.phashes.tolist() == [1, 2, 3]
    assert snapshot.regions.ids.tolist() == [0, 1, 2, 3, 6, 7]
    assert snapshot.regions.parents.tolist() == [-1, 0, -1, 2, -1, 6]
    assert snapshot.regions.boxes[3].tolist() == [10, 10, 20, 30]
    assert snapshot.regions.kinds[3] == "illustration"
    assert snapshot.regions.of_image(1).tolist() == [2, 3]
    assert snapshot.first_regions.tolist() == [0, 2, 4]
    assert snapshot.thumbnails([8, 4, 99]) == {8: b"webp\x03", 4: b"webp\x01"}
    np.testing.assert_array_equal(snapshot.keypoints([5])[5].descriptors, features(5, 2).descriptors)
    region_ids, vectors = snapshot.vectors("signature")
    assert region_ids.tolist() == [0, 1, 2, 3, 6, 7]
    assert vectors[:, 0].tolist() == [1, 1, 2, 2, 3, 3]


def test_removed_and_replaced_images_are_gone_with_their_parts(tmp_path):
    with CollectionWriter(tmp_path / "col") as writer:
        a, b, c, d = (int(i) for i in writer.commit([record(tmp_path, f"{i}.png", i) for i in range(4)]))
        writer.remove([b])
        new = int(writer.commit([replace(record(tmp_path, "2.png", 9), replaces=c)])[0])
        snapshot = working_snapshot(writer)
        status = writer.table("images").to_table(columns=["image_id", "status"]).to_pylist()
    assert snapshot.images.ids.tolist() == [a, d, new]
    assert set(snapshot.regions.image_ids.tolist()) == {a, d, new}
    assert snapshot.keypoints([a, b, c, d, new]).keys() == {a, d, new}
    assert snapshot.vectors("signature")[1][:, 0].tolist() == [0, 0, 3, 3, 9, 9]
    assert snapshot.thumbnails([new, b]) == {new: b"webp\x09"}
    assert {r["image_id"]: r["status"] for r in status} == {
        a: "ok", b: "removed", c: "removed", d: "ok", new: "ok"
    }  # fmt: skip


def test_no_id_is_ever_given_twice(tmp_path):
    with CollectionWriter(tmp_path / "col") as writer:
        ids = writer.commit([record(tmp_path, "a.png", 1), record(tmp_path, "b.png", 2)])
        given = {*ids.tolist(), *working_snapshot(writer).regions.ids.tolist()}
        writer.remove(ids.tolist())
    with CollectionWriter(tmp_path / "col") as writer:
        writer.commit([record(tmp_path, "c.png", 3)])
        snapshot = working_snapshot(writer)
    assert not given & {*snapshot.images.ids.tolist(), *snapshot.regions.ids.tolist()}


def test_parts_of_a_killed_batch_are_dropped_and_their_ids_never_used_again(tmp_path):
    with CollectionWriter(tmp_path / "col") as writer:
        writer.commit([record(tmp_path, "a.png", 1)])
        # What a kill between the parts and the images row leaves behind.
        writer._append_parts([record(tmp_path, "b.png", 2)], np.array([99]))
    with CollectionWriter(tmp_path / "col") as writer:
        assert writer.table("regions").count_rows() == 2
        assert writer.table("keypoints").count_rows() == 1
        assert writer.table("vectors/signature").count_rows() == 2
        writer.commit([record(tmp_path, "b.png", 5)])
        snapshot = working_snapshot(writer)
    assert list(snapshot.images.names) == ["a.png", "b.png"]
    assert snapshot.vectors("signature")[1][:, 0].tolist() == [1, 1, 5, 5]


def test_catalogue_changes_without_touching_pixels(tmp_path):
    with CollectionWriter(tmp_path / "col") as writer:
        writer.commit([record(tmp_path, "a.png", 1, title="old"), record(tmp_path, "b.png", 2, title="kept")])
        item = SourceItem("a.png", tmp_path / "a.png", fields={"title": "new", "place": "Lyon"})
        first = int(working_snapshot(writer).images.ids[0])
        writer.update_items({first: item})
        snapshot = working_snapshot(writer)
    assert snapshot.images.ids.tolist() == [first, first + 1]
    assert snapshot.catalogue.fields_of(0) == {"title": "new", "place": "Lyon"}
    assert snapshot.catalogue.fields_of(1) == {"title": "kept"}
    assert snapshot.thumbnails([first]) == {first: b"webp\x01"}


def test_headers_that_make_the_same_column_name_stay_apart(tmp_path):
    with CollectionWriter(tmp_path / "col") as writer:
        writer.commit([record(tmp_path, "a.png", 1, **{"Date (of) print": "x", "date-of print": "y", "日本": "z"})])
        snapshot = working_snapshot(writer)
    assert snapshot.catalogue.fields_of(0) == {"Date (of) print": "x", "date-of print": "y", "日本": "z"}


def test_odd_names_survive(tmp_path):
    odd = "a\udcff'\"`<b>\n.png"
    assert original_name(storable_name(odd)) == odd
    with CollectionWriter(tmp_path / "col") as writer:
        writer.commit([record(tmp_path, odd, 1)])
        snapshot = working_snapshot(writer)
    assert original_name(snapshot.images.names[0]) == odd


def test_a_second_writer_is_refused(tmp_path):
    with CollectionWriter(tmp_path / "col"):
        with pytest.raises(CollectionError, match="being written by process"), CollectionWriter(tmp_path / "col"):
            pass
    with CollectionWriter(tmp_path / "col"):
        pass


def test_other_settings_are_refused_by_name(tmp_path):
    with CollectionWriter(tmp_path / "col", IndexSettings()):
        pass
    with pytest.raises(CollectionError, match=r"sift.count: \d+ → 77"):
        CollectionWriter(tmp_path / "col", IndexSettings(sift=SiftSettings(count=77)))
    assert CollectionWriter(tmp_path / "col", None).manifest.settings == IndexSettings()


def test_another_model_under_the_same_name_is_refused(tmp_path):
    identity = {"name": "m", "weights": "aa", "dim": 4, "precision": "fp32"}
    with CollectionWriter(tmp_path / "col") as writer:
        writer.register_model("clip-m", identity)
        writer.register_model("clip-m", {**identity, "precision": "bf16"})
        with pytest.raises(CollectionError, match="weights: aa → bb"):
            writer.register_model("clip-m", {**identity, "weights": "bb"})


def test_another_version_of_the_signature_is_refused(tmp_path):
    with CollectionWriter(tmp_path / "col") as writer:
        writer.register_model("signature", {"name": "signature", "version": 1, "dim": 9})
        with pytest.raises(CollectionError, match="version: 1 → 2"):
            writer.register_model("signature", {"name": "signature", "version": 2, "dim": 9})
        assert writer.manifest.clip_request == ""


def test_a_collection_of_another_format_is_refused(tmp_path):
    with CollectionWriter(tmp_path / "col"):
        pass
    manifest = Layout(tmp_path / "col").manifest
    manifest.write_text(manifest.read_text().replace(f"format: {FORMAT_VERSION}", "format: 99"))
    with pytest.raises(CollectionError, match="format 99; this Iconoscope reads format"):
        open_snapshot(tmp_path / "col")


@pytest.mark.parametrize("content", ["", "[1, 2]", "a: b: c", "format: 1\nsettings: {colour: 1}\n"])
def test_a_damaged_manifest_is_told(tmp_path, content):
    with CollectionWriter(tmp_path / "col"):
        pass
    Layout(tmp_path / "col").manifest.write_text(content)
    with pytest.raises(CollectionError):
        open_snapshot(tmp_path / "col")


def test_folders_that_are_no_collections_are_told(tmp_path):
    with pytest.raises(CollectionError, match="does not exist"):
        open_snapshot(tmp_path / "nowhere")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "letter.txt").write_text("dear")
    with pytest.raises(CollectionError, match="is not a collection"):
        open_snapshot(tmp_path / "full")
    with pytest.raises(CollectionError, match="not empty and not a collection"):
        CollectionWriter(tmp_path / "full")
    with CollectionWriter(tmp_path / "new"):
        pass
    with pytest.raises(CollectionError, match="nothing to search yet"):
        open_snapshot(tmp_path / "new")


def test_a_full_disk_is_told_and_keeps_what_was_committed(tmp_path, monkeypatch):
    import lance

    with CollectionWriter(tmp_path / "col") as writer:
        writer.commit([record(tmp_path, "a.png", 1)])
        real = lance.write_dataset

        def full(table, uri, **options):
            if "keypoints" in str(uri):
                raise OSError("LanceError(IO): No space left on device (os error 28)")
            return real(table, uri, **options)

        monkeypatch.setattr(lance, "write_dataset", full)
        with pytest.raises(CollectionError, match="disk is full.*Free some space"):
            writer.commit([record(tmp_path, "b.png", 2)])
        monkeypatch.undo()
    with CollectionWriter(tmp_path / "col") as writer:
        writer.commit([record(tmp_path, "b.png", 2)])
        assert list(working_snapshot(writer).images.names) == ["a.png", "b.png"]
