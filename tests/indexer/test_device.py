import subprocess
import sys

import pytest

from indexer import device
from indexer.core.errors import UsageError


def test_importing_and_describing_a_cpu_imports_no_torch():
    code = "import sys; from indexer.device import pick_device, describe_device; d = pick_device('cpu'); "
    code += "print(describe_device(d)); assert 'torch' not in sys.modules; assert 'numpy' not in sys.modules"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert out.startswith("CPU ")
    assert f"{device.cpu_count()} thread" in out


@pytest.mark.parametrize(
    ("flags", "precision"),
    [({"avx2"}, "fp32"), ({"avx2", "avx512_bf16"}, "bf16"), ({"amx_bf16", "avx512_bf16"}, "bf16"), (set(), "fp32")],
)
def test_bf16_only_where_the_processor_multiplies_it(monkeypatch, flags, precision):
    monkeypatch.setattr(device, "_cpuinfo", lambda: ("Some CPU", frozenset(flags)))
    assert device.pick_device("cpu").precision == precision
    assert device.pick_device("cpu", "fp32").precision == "fp32"


@pytest.mark.parametrize(
    ("name", "precision", "message"),
    [("gpu", "auto", "not a device"), ("cpu", "int4", "not a precision"), ("cpu", "fp16", "fp16 is for GPUs")],
)
def test_wrong_words_are_refused(name, precision, message):
    with pytest.raises(UsageError, match=message):
        device.pick_device(name, precision)


def test_cuda_without_a_gpu_says_what_to_do(monkeypatch):
    monkeypatch.setattr(device, "has_cuda", lambda: False)
    with pytest.raises(UsageError, match="--device cpu"):
        device.pick_device("cuda")
    assert device.pick_device("auto").name == "cpu"


def test_quota_of_a_container_limits_the_threads(monkeypatch, tmp_path):
    monkeypatch.setattr(device, "_quota", lambda: 1)
    assert device.cpu_count() == 1
