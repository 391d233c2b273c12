"""Indexing end to end on small real files: resume, add, change, remove, fail, kill."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import psutil
import pytest
from drawing import draw_picture, save_picture, write_catalogue

from indexer.ahead import ahead
from indexer.collection.layout import Layout
from indexer.collection.manifest import read_published
from indexer.collection.snapshot import open_snapshot
from indexer.core.errors import CollectionError, SourceError
from indexer.describe import Task, describe
from indexer.pipeline import index
from indexer.workers import WorkerPool


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for i in range(4):
        save_picture(tmp_path / "src" / f"p{i}.png", draw_picture(i, 160, 120))
    return tmp_path


def run(folder: Path, **options):
    return index([str(folder / "src")], folder / "col", workers=1, **options)


def names(folder: Path) -> list[str]:
    return list(open_snapshot(folder / "col").images.names)


def test_a_second_run_does_nothing_and_publishes_nothing(folder):
    first = run(folder)
    assert (first.added, first.failures, first.generation) == (4, [], 1)
    second = run(folder)
    assert (second.added, second.unchanged, second.generation) == (0, 4, 1)


def test_add_change_remove_and_touch(folder):
    run(folder)
    before = open_snapshot(folder / "col")
    old = {n: int(i) for n, i in zip(before.images.names, before.images.ids, strict=True)}
    save_picture(folder / "src" / "new.png", draw_picture(9, 160, 120))
    save_picture(folder / "src" / "p1.png", draw_picture(50, 160, 120))
    (folder / "src" / "p2.png").unlink()
    os.utime(folder / "src" / "p3.png", ns=(1, 1))
    report = run(folder)
    assert (report.added, report.removed, report.updated, report.unchanged) == (2, 1, 1, 1)
    after = open_snapshot(folder / "col")
    new = {n: int(i) for n, i in zip(after.images.names, after.images.ids, strict=True)}
    assert sorted(new) == ["new.png", "p0.png", "p1.png", "p3.png"]
    assert (new["p0.png"], new["p3.png"]) == (old["p0.png"], old["p3.png"])
    assert new["p1.png"] not in old.values()
    # The snapshot opened before still reads its own generation.
    assert "p2.png" in list(before.images.names)
    assert before.keypoints([old["p2.png"]]).keys() == {old["p2.png"]}


def test_bad_files_become_rows_with_reasons_and_are_tried_again(folder):
    (folder / "src" / "empty.jpg").write_bytes(b"")
    (folder / "src" / "text.png").write_text("not a picture")
    (folder / "src" / "cut.png").write_bytes((folder / "src" / "p0.png").read_bytes()[:300])
    report = run(folder)
    assert report.added == 4
    assert sorted(n for n, _ in report.failures) == ["cut.png", "empty.jpg", "text.png"]
    assert all(len(reason) > 10 for _, reason in report.failures)
    shutil.copy(folder / "src" / "p0.png", folder / "src" / "cut.png")
    again = run(folder)
    assert (again.added, sorted(n for n, _ in again.failures)) == (1, ["empty.jpg", "text.png"])
    rows = open_snapshot(folder / "col").table("images").to_table(columns=["name", "status"]).to_pylist()
    assert sorted(r["name"] for r in rows if r["status"] == "failed") == ["empty.jpg", "text.png"]


def test_metadata_is_joined_updated_and_kept_without_the_table(folder):
    run(folder)
    csv = write_catalogue(folder / "m.csv", [f"p{i}.png" for i in range(4)])
    assert run(folder, metadata=csv).updated == 4
    snapshot = open_snapshot(folder / "col")
    assert snapshot.catalogue.fields_of(1)["title"] == "Block 1"
    assert run(folder).updated == 0
    csv.write_text(csv.read_text().replace("Block 1", "Ship 1"), encoding="utf-8")
    assert run(folder, metadata=csv).updated == 1
    assert open_snapshot(folder / "col").catalogue.fields_of(1)["title"] == "Ship 1"


def test_two_sources_with_the_same_names(folder):
    save_picture(folder / "other" / "p0.png", draw_picture(70, 160, 120))
    index([str(folder / "src"), str(folder / "other")], folder / "col", workers=1)
    assert sorted(names(folder)) == ["p0.png", "p0.png", "p1.png", "p2.png", "p3.png"]
    # A run over one source leaves the images of the other alone.
    assert run(folder).removed == 0


def test_a_source_that_became_empty_removes_nothing(folder):
    run(folder)
    shutil.rmtree(folder / "src")
    (folder / "src").mkdir()
    with pytest.raises(SourceError, match="holds 4 from it"):
        run(folder)
    assert len(names(folder)) == 4


def test_lost_indexes_are_built_again(folder):
    run(folder)
    for path in (folder / "col" / "indexes").iterdir():
        shutil.rmtree(path)
    assert run(folder).generation == 2
    assert open_snapshot(folder / "col").index_folder("instance") is not None


def test_an_image_that_kills_its_worker_becomes_a_failed_row(folder, monkeypatch):
    from indexer.core.settings import IndexSettings
    from indexer.core.types import SourceItem

    pool = WorkerPool(2, IndexSettings(), None)
    good = [Task(SourceItem(f"p{i}.png", folder / "src" / f"p{i}.png"), 1) for i in range(4)]
    try:
        stream = pool.run(good)
        first = next(stream)
        for process in list(pool._pool._processes.values()):
            os.kill(process.pid, signal.SIGKILL)
        rest = list(stream)
    finally:
        pool.close()
    # Every image has a result although its process was shot.
    assert sorted(d.record.item.name for d in [first, *rest]) == [t.item.name for t in good]
    assert [d.record.reason for d in [first, *rest]] == [""] * 4
    assert pool.deaths == 1


def test_an_unexpected_error_is_a_reason_not_a_crash(folder, monkeypatch):
    from indexer.core.settings import IndexSettings
    from indexer.core.types import SourceItem
    from indexer.features import sift

    def broken(*_):
        raise RuntimeError("boom")

    monkeypatch.setattr(sift, "extract_regions", broken)
    result = describe(Task(SourceItem("p0.png", folder / "src" / "p0.png"), 1), IndexSettings(), None)
    assert result.record.reason == "Unexpected RuntimeError: boom"


KILLED = """
import sys
from indexer.pipeline import index
import indexer.pipeline as pipeline
pipeline.COMMIT_IMAGES = 2
if __name__ == "__main__":
    index([sys.argv[1]], sys.argv[2], workers=1)
"""


def lives(process: psutil.Process) -> bool:
    """Whether it runs; one that ended without anybody who asks for its exit code does not."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.mark.slow
def test_kill_at_any_moment_loses_nothing_committed(folder, tmp_path):
    for i in range(4, 14):
        save_picture(folder / "src" / f"p{i:02d}.png", draw_picture(i, 160, 120))
    script = tmp_path / "run.py"
    script.write_text(KILLED)
    images = Layout(folder / "col").table("images")
    rng = np.random.default_rng(5)
    workers: list[psutil.Process] = []
    for round_number in range(3):
        process = subprocess.Popen([sys.executable, str(script), str(folder / "src"), str(folder / "col")])
        # Kill once something is committed, at a random moment after it.
        versions = images / "_versions"
        floor = len(list(versions.iterdir())) if versions.exists() else 0
        deadline = time.monotonic() + 60
        while process.poll() is None and time.monotonic() < deadline:
            if versions.exists() and len(list(versions.iterdir())) > floor + round_number:
                time.sleep(float(rng.uniform(0, 0.2)))
                workers += psutil.Process(process.pid).children(recursive=True)
                process.kill()
            time.sleep(0.01)
        process.wait()
    assert len(workers) >= 3
    deadline = time.monotonic() + 20
    while any(map(lives, workers)):
        assert time.monotonic() < deadline, "the workers of a killed run end with it"
        time.sleep(0.05)
    report = run(folder)
    snapshot = open_snapshot(folder / "col")
    assert sorted(snapshot.images.names) == sorted(p.name for p in (folder / "src").iterdir())
    assert len(set(snapshot.images.ids.tolist())) == 14
    assert sorted(snapshot.keypoints(snapshot.images.ids.tolist())) == snapshot.images.ids.tolist()
    assert len(snapshot.vectors("signature")[0]) == len(snapshot.regions.ids) == 14
    assert report.added + report.unchanged == 14


def test_damaged_published_file_is_written_anew(folder):
    run(folder)
    layout = Layout(folder / "col")
    layout.published.write_text("{")
    with pytest.raises(CollectionError, match="Delete it and run"):
        open_snapshot(folder / "col")
    run(folder)
    assert read_published(layout).generation == 2
    assert len(names(folder)) == 4


def test_ahead_keeps_order_passes_errors_and_stops_early():
    assert list(ahead(range(100), 3)) == list(range(100))

    def failing():
        yield 1
        raise ValueError("source broke")

    stream = ahead(failing(), 2)
    assert next(stream) == 1
    with pytest.raises(ValueError, match="source broke"):
        next(stream)
    taken = []

    def endless():
        i = 0
        while True:
            taken.append(i)
            yield i
            i += 1

    stream = ahead(endless(), 2)
    assert [next(stream), next(stream)] == [0, 1]
    stream.close()
    count = len(taken)
    time.sleep(0.3)
    assert len(taken) == count <= 6


def test_pictures_are_counted_by_extension(folder):
    from indexer.plan import count_pictures

    (folder / "src" / "notes.txt").write_text("x")
    (folder / "src" / "deep").mkdir()
    (folder / "src" / "deep" / "UPPER.JPG").write_bytes(b"")
    assert count_pictures(folder / "src") == 5
    assert count_pictures(folder / "src" / "p0.png") == 1


def test_sam_is_loaded_by_few_processes(monkeypatch):
    from indexer import pipeline
    from indexer.core.settings import IndexSettings

    monkeypatch.setattr(pipeline, "cpu_count", lambda: 16)
    monkeypatch.setattr(pipeline, "has_cuda", lambda: False)
    assert pipeline._processes(IndexSettings()) == 16
    assert pipeline._processes(IndexSettings(regions=("whole", "sam"))) == 1
    monkeypatch.setattr(pipeline, "has_cuda", lambda: True)
    assert pipeline._processes(IndexSettings(regions=("whole", "sam"))) == 2
