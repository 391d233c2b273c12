import platform
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pytest

from indexer import embed as stage
from indexer.ahead import ahead
from indexer.collection.records import ImageRecord
from indexer.core.types import SourceItem
from indexer.describe import Described
from indexer.device import Device, other_devices
from indexer.embed import embed, lanes_of
from indexer.pipeline import IndexReport
from indexer.profile import profile


class FakeModel:
    """Its vector of a picture is the picture's mean; remembers the size of each batch and the threads that called."""

    vector_name = "clip-fake"

    def __init__(self, device, batch_size=3, seconds=0.0):
        self.device, self.batch_size, self.seconds = device, batch_size, seconds
        self.sizes, self.threads = [], set()

    def encode_images(self, pixels):
        time.sleep(self.seconds)
        self.sizes.append(len(pixels))
        self.threads.add(threading.get_ident())
        return pixels.reshape(len(pixels), -1).mean(axis=1, dtype=np.float32)[:, None]


def cpu(threads=2):
    return Device("cpu", "fp32", threads, "CPU")


def gpu(number):
    return Device(f"cuda:{number}", "bf16", 2, "GPU")


def described(number, regions=1):
    record = ImageRecord(SourceItem(name=f"p{number}", path=Path("p")), 0)
    pixels = np.full((regions, 3, 2, 2), number % 250, np.uint8) if regions else None
    return Described(record, pixels, {"decode": 0.1})


def test_order_is_kept_and_every_image_gets_its_own_vectors():
    stream = [described(i, regions=i % 3) for i in range(60)]
    model = FakeModel(cpu(3), batch_size=4)
    done = list(embed(stream, [model]))
    assert [d.record.item.name for d in done] == [f"p{i}" for i in range(60)]
    for i, d in enumerate(done):
        if i % 3 == 0:
            assert not d.record.vectors
            continue
        np.testing.assert_array_equal(d.record.vectors["clip-fake"], np.full((i % 3, 1), i))
        assert d.pixels is None
        assert d.seconds["embed"] > 0
        assert d.seconds["decode"] == 0.1
    assert max(model.sizes) <= 4 + 2


def test_all_gpus_share_the_work():
    models = [FakeModel(gpu(0), 2, 0.01), FakeModel(gpu(1), 2, 0.01)]
    done = list(embed([described(i) for i in range(40)], models))
    assert len(done) == 40
    assert min(sum(m.sizes) for m in models) >= 10
    assert sum(sum(m.sizes) for m in models) == 40


def test_lanes():
    one, two = FakeModel(gpu(0)), FakeModel(gpu(1))
    assert lanes_of([one, two]) == [one] * stage.GPU_LANES + [two] * stage.GPU_LANES
    assert len(lanes_of([FakeModel(cpu(5))])) == 5
    assert lanes_of([]) == []


def test_batches_follow_the_size_that_the_model_finds():
    model = FakeModel(cpu(1), batch_size=1)
    sizes = iter([1, 2, 4, 8] + [8] * 20)

    class Growing(FakeModel):
        @property
        def batch_size(self):
            return next(sizes)

        @batch_size.setter
        def batch_size(self, value):
            pass

    model = Growing(cpu(1))
    list(embed([described(i) for i in range(23)], [model]))
    assert model.sizes == [1, 2, 4, 8, 8]


def test_an_error_of_the_model_ends_the_run():
    class Broken(FakeModel):
        def encode_images(self, pixels):
            raise ValueError("no memory for one picture")

    with pytest.raises(ValueError, match="no memory"):
        list(embed([described(1)], [Broken(cpu())]))


def test_without_a_model_nothing_changes():
    stream = [described(1), described(2)]
    assert list(embed(stream, [])) == stream


def test_torch_has_its_threads_back_after_the_stage():
    import torch

    before = torch.get_num_threads()
    try:
        list(embed([described(1)], [FakeModel(cpu(2))]))
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)


def test_what_waits_is_bounded_by_its_bytes():
    made = []

    def source():
        for i in range(50):
            made.append(i)
            yield described(i, regions=8)

    size = described(0, regions=8).nbytes
    stream = ahead(source(), 3 * size, lambda d: d.nbytes)
    next(stream)
    time.sleep(0.2)
    assert len(made) <= 1 + 3 + 1  # taken, waiting, in the hand of the thread
    assert len(list(stream)) == 49


def test_an_item_larger_than_the_budget_goes_alone():
    assert list(ahead([5, 50, 5], 10, float)) == [5, 50, 5]


def test_the_other_gpus(monkeypatch):
    monkeypatch.setattr("indexer.device.cuda_devices", lambda: ["cuda:0", "cuda:1", "cuda:2"])
    monkeypatch.setattr("indexer.device._cuda", lambda name, precision: Device(name, precision, 2, name))
    assert [d.name for d in other_devices(gpu(1))] == ["cuda:0", "cuda:2"]
    assert {d.precision for d in other_devices(gpu(1))} == {"bf16"}
    assert other_devices(cpu()) == []


def test_the_profile_names_what_the_others_waited_for():
    report = IndexReport(added=100, wall_seconds=10.0, slots={"worker": 2, "embed": 1})
    report.seconds.update({"decode": 4.0, "sift": 15.0, "embed": 5.0, "commit": 1.0})
    result = profile(report)
    assert result.bottleneck == "workers"
    assert result.busy == pytest.approx({"workers": 0.95, "device": 0.5, "writer": 0.1})
    assert [s.name for s in result.stages] == ["sift", "embed", "decode", "commit"]
    assert result.stages[0].share == pytest.approx(0.6)
    assert result.stages[0].rate == pytest.approx(100 / 15)
    assert "limited by the workers" in result.lines()[-1]


def test_the_profile_of_a_run_that_did_nothing():
    assert profile(IndexReport()).bottleneck == ""


FREEING = """
import numpy as np, psutil
from indexer.memory import return_freed_memory
assert return_freed_memory()
process = psutil.Process()
before = process.memory_info().rss
blocks = [np.ones(40_000) for _ in range(200)]  # 64 MB in blocks of 320 kB
grown = process.memory_info().rss - before
del blocks
print(grown, process.memory_info().rss - before)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the C library has no mallopt")
def test_freed_memory_is_returned():
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", FREEING], capture_output=True, text=True, check=True, cwd=root)
    grown, kept = map(int, done.stdout.split())
    assert grown > 50e6
    assert kept < 20e6
