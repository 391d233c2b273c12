"""Indexes of a generation: built beside each other, all or none."""

import threading
from types import SimpleNamespace

import pytest

from indexer.collection.indexes import build_indexes
from indexer.collection.layout import Layout
from indexer.core.errors import CollectionError


class Builder:
    """Writes its name and what it was given to extend; `act` may wait or fail."""

    def __init__(self, name, act=lambda: None):
        self.name = name
        self.act = act

    def build(self, snapshot, previous, target):
        self.act()
        (target / "made").write_text(f"{self.name} after {previous.name if previous else 'nothing'}")


def made(tmp_path, builders, previous=None, generation=3):
    snapshot = SimpleNamespace(layout=Layout(tmp_path))
    return build_indexes(snapshot, builders, previous or {}, generation)


def test_folders_are_named_by_generation_and_extend_the_last(tmp_path):
    first = made(tmp_path, [Builder("a"), Builder("b"), Builder("c")], generation=1)
    second = made(tmp_path, [Builder("a"), Builder("b"), Builder("d")], first, generation=2)
    assert first == {"a": "a-000001", "b": "b-000001", "c": "c-000001"}
    assert second == {"a": "a-000002", "b": "b-000002", "d": "d-000002"}
    texts = {name: (tmp_path / "indexes" / folder / "made").read_text() for name, folder in second.items()}
    assert texts == {"a": "a after a-000001", "b": "b after b-000001", "d": "d after nothing"}


def test_the_first_is_built_beside_the_others(tmp_path):
    meeting = threading.Barrier(2)  # passes only when both are being built at the same time
    folders = made(tmp_path, [Builder(n, lambda: meeting.wait(timeout=20)) for n in ("a", "b")])
    assert sorted(folders) == ["a", "b"]


@pytest.mark.parametrize("bad", ["a", "b", "c"])
def test_an_index_that_fails_ends_the_publication(tmp_path, bad):
    def fail():
        raise CollectionError(f"no {bad}", "Repair it.")

    with pytest.raises(CollectionError, match=f"no {bad}"):
        made(tmp_path, [Builder(n, fail if n == bad else lambda: None) for n in ("a", "b", "c")])
    assert not (tmp_path / "indexes" / f"{bad}-000003").exists()


def test_a_collection_without_indexes(tmp_path):
    assert made(tmp_path, []) == {}
