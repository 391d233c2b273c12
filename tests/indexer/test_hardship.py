"""Indexing under bad conditions: the run completes, and its report says what happened."""

import multiprocessing
import os
import signal
import threading
import time

import numpy as np
import pytest
from drawing import draw_picture, save_picture

from indexer import decode as decoding
from indexer import describe as describing
from indexer import pipeline
from indexer.collection.snapshot import open_snapshot
from indexer.device import Device
from indexer.features.clip import load_clip
from indexer.models.random_clip import save_random_clip
from indexer.profile import slow_source

IMAGES = 6


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    return save_random_clip(tmp_path_factory.mktemp("clip") / "tiny")


@pytest.fixture
def folder(tmp_path):
    for i in range(IMAGES):
        save_picture(tmp_path / "src" / f"p{i}.png", draw_picture(i, 120, 100))
    return tmp_path


class InThisProcess:
    """A pool of one worker that is no process, so that what it calls can be replaced."""

    processes, deaths = 1, 0

    def __init__(self, processes, settings, clip):
        self.settings, self.clip = settings, clip

    def run(self, tasks):
        for task in tasks:
            yield describing.describe(task, self.settings, self.clip)

    def close(self):
        pass


def run(folder, monkeypatch, clip=None):
    monkeypatch.setattr(pipeline, "WorkerPool", InThisProcess)
    return pipeline.index([str(folder / "src")], folder / "col", clip=clip, workers=1)


def gpu_that(fails, model, monkeypatch):
    """`model` on a GPU that raises what `fails(batch)` gives for a batch, computed on the CPU."""
    monkeypatch.setattr("indexer.device.has_cuda", lambda: False)
    monkeypatch.setattr("torch.Tensor.pin_memory", lambda self: self)
    monkeypatch.setattr("torch.cuda.synchronize", lambda: None)
    monkeypatch.setattr("indexer.embed.GPU_LANES", 1)  # one batch at a time, so that it is known which one fails
    model.device = Device("cuda:0", "fp32", 2, "GPU")
    real = model._forward

    def forward(batch):
        if not model.device.is_cuda:
            return real(batch)
        error = fails(batch)
        if error is not None:
            raise error
        there, model.device = model.device, Device("cpu", "fp32", 1, "CPU")
        try:
            return real(batch)
        finally:
            model.device = there

    monkeypatch.setattr(model, "_forward", forward)
    monkeypatch.setattr(type(model), "everywhere", lambda self: [self])
    return model


def vectors(folder, model):
    return open_snapshot(folder / "col").vectors(model.vector_name)[1].astype(np.float32)


def expected(folder, weights, monkeypatch):
    """The same collection, made without hardship."""
    model = load_clip(str(weights), "cpu", "fp32")
    monkeypatch.setattr(pipeline, "WorkerPool", InThisProcess)
    pipeline.index([str(folder / "src")], folder / "plain", clip=model, workers=1)
    return open_snapshot(folder / "plain").vectors(model.vector_name)[1].astype(np.float32)


def test_a_gpu_without_memory_gets_smaller_batches(folder, weights, monkeypatch):
    import torch

    def fails(batch):
        return torch.OutOfMemoryError("CUDA out of memory") if len(batch) > 2 else None

    model = gpu_that(fails, load_clip(str(weights), "cpu", "fp32"), monkeypatch)
    model._tuner._sizes = [4]
    model._tuner._best = (0.0, 4)
    report = run(folder, monkeypatch, model)
    assert report.added == IMAGES
    assert any("ran out of memory with 4 pictures at once; going on with 2" in note for note in report.problems)
    monkeypatch.undo()
    np.testing.assert_allclose(vectors(folder, model), expected(folder, weights, monkeypatch), atol=2e-3)


@pytest.mark.parametrize("reason", ["CUDA error: device lost", "CUDA out of memory"])
def test_a_gpu_that_is_lost_or_full_hands_over_to_the_cpu(folder, weights, monkeypatch, reason):
    import torch

    seen = []

    def fails(batch):
        seen.append(len(batch))
        kind = torch.OutOfMemoryError if "memory" in reason else RuntimeError
        return kind(reason) if len(seen) > 1 else None

    model = gpu_that(fails, load_clip(str(weights), "cpu", "fp32"), monkeypatch)
    model._tuner._sizes = [2]
    model._tuner._best = (0.0, 2)
    report = run(folder, monkeypatch, model)
    assert report.added == IMAGES
    assert model.device.name == "cpu"
    assert [note for note in report.problems if "going on with the CPU" in note and reason in note]
    monkeypatch.undo()
    # The CPU may compute in bf16: the same directions, not the same digits.
    assert (vectors(folder, model) * expected(folder, weights, monkeypatch)).sum(axis=1).min() > 0.999


def test_two_lanes_may_find_the_gpu_lost_at_the_same_time(weights, monkeypatch):
    """The one that comes second finds the model on the CPU already: its error is the GPU's all the same."""
    model = load_clip(str(weights), "cpu", "fp32")
    both = threading.Barrier(2)
    gpu_that(lambda batch: None, model, monkeypatch)
    real = model._forward

    def forward(batch):
        if model.device.is_cuda:
            both.wait(timeout=20)
            if threading.current_thread().name == "late":
                while model.device.is_cuda:
                    time.sleep(0.001)
            raise RuntimeError("CUDA error: device lost")
        return real(batch)

    monkeypatch.setattr(model, "_forward", forward)
    pixels = np.random.default_rng(0).integers(0, 256, (2, 3, 32, 32), np.uint8)
    found = {}
    lanes = [
        threading.Thread(target=lambda n=n: found.update({n: model.encode_images(pixels)}), name=n)
        for n in ("a", "late")
    ]
    for lane in lanes:
        lane.start()
    for lane in lanes:
        lane.join()
    np.testing.assert_allclose(found["a"], found["late"])
    assert len(model.notes) == 1


def test_a_slow_disk_is_told(folder, monkeypatch):
    real = decoding.decode

    def slowly(item, settings):
        time.sleep(0.6)
        return real(item, settings)

    monkeypatch.setattr(decoding, "decode", slowly)
    report = run(folder, monkeypatch)
    assert report.added == IMAGES
    assert [note for note in report.problems if "s an image, more than everything else" in note]


@pytest.mark.parametrize(("reading", "sift"), [(5.9, 1.0), (30.0, 31.0)])
def test_ordinary_reading_is_not(reading, sift):
    report = pipeline.IndexReport(added=20)
    report.seconds.update({"decode": reading, "sift": sift, "embed": 90.0, "publish": 50.0})
    assert slow_source(report) == ""


def test_a_worker_that_is_killed_costs_no_image(folder):
    def kill_one():
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            workers = [p for p in multiprocessing.active_children() if p.pid and p.is_alive()]
            if workers:
                os.kill(workers[0].pid, signal.SIGKILL)
                return
            time.sleep(0.01)

    killer = threading.Thread(target=kill_one)
    killer.start()
    report = pipeline.index([str(folder / "src")], folder / "col", workers=2)
    killer.join()
    assert (report.added, report.failures, report.worker_deaths) == (IMAGES, [], 1)
    assert len(open_snapshot(folder / "col").images) == IMAGES
