"""Which device computes, at which precision, with how many threads. Imports torch only when CUDA may be present."""

from __future__ import annotations

import os
import platform
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from indexer.core.errors import UsageError

DEVICES = ("auto", "cpu", "cuda")
PRECISIONS = ("auto", "bf16", "fp16", "fp32")
BF16_FLAGS = {"amx_bf16": "AMX", "avx512_bf16": "AVX-512 BF16", "bf16": "Arm BF16"}
"""Names that Linux gives in /proc/cpuinfo to instructions that multiply bfloat16, best first."""


@dataclass(frozen=True, slots=True)
class Device:
    """Where models run.

    Attributes:
        name: As torch writes it: `cpu`, `cuda:0` …
        precision: `bf16`, `fp16` or `fp32`.
        threads: CPU threads to use for one model.
        label: For people: the processor or card, and why this precision.
    """

    name: str
    precision: str
    threads: int
    label: str

    @property
    def is_cuda(self) -> bool:
        """Whether this is a GPU."""
        return self.name.startswith("cuda")


def cpu_count() -> int:
    """Cores that this process may use: its affinity, further limited by a container's CPU quota."""
    try:
        cores = len(os.sched_getaffinity(0))
    except AttributeError:  # not on macOS and Windows
        cores = os.cpu_count() or 1
    return max(1, min(cores, _quota()))


def _quota() -> int:
    """CPUs allowed by cgroup v2 (`cpu.max` holds "QUOTA PERIOD"), rounded up; many when there is no limit."""
    try:
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text().split()
        return -(-int(quota) // int(period))
    except (OSError, ValueError):
        return 1 << 16


@lru_cache(maxsize=1)
def _cpuinfo() -> tuple[str, frozenset[str]]:
    """Name of the processor and the flags it reports; empty where there is no /proc/cpuinfo."""
    try:
        text = Path("/proc/cpuinfo").read_text(errors="replace")
    except OSError:
        return platform.processor() or platform.machine(), frozenset()
    rows = dict(line.split(":", 1) for line in text.split("\n\n")[0].splitlines() if ":" in line)
    table = {key.strip(): value.strip() for key, value in rows.items()}
    flags = table.get("flags", table.get("Features", ""))
    return table.get("model name", platform.machine()), frozenset(flags.split())


def cpu_bf16() -> str:
    """What the processor calls its bfloat16 multiplication, "" when it has none (bf16 would then be slower)."""
    return next((label for flag, label in BF16_FLAGS.items() if flag in _cpuinfo()[1]), "")


def has_cuda() -> bool:
    """Whether torch can use a CUDA device. Does not import torch on machines without a driver."""
    if not any(Path(path).exists() for path in ("/dev/nvidiactl", "/dev/dxg", "/proc/driver/nvidia")):
        return False
    import torch

    return torch.cuda.is_available()


def cuda_devices() -> list[str]:
    """Names of all usable GPUs (`cuda:0`, `cuda:1` …)."""
    if not has_cuda():
        return []
    import torch

    return [f"cuda:{i}" for i in range(torch.cuda.device_count())]


def other_devices(device: Device) -> list[Device]:
    """The GPUs beside this one, for work that is shared; none beside a CPU."""
    if not device.is_cuda:
        return []
    return [_cuda(name, device.precision) for name in cuda_devices() if name != device.name]


def pick_device(device: str = "auto", precision: str = "auto") -> Device:
    """The device to use.

    Args:
        device: `auto` (a GPU when there is one), `cpu`, `cuda`, or one GPU (`cuda:1`).
        precision: `auto` (bf16 where the hardware multiplies it, else fp32), `bf16`, `fp16` or `fp32`.

    Raises:
        UsageError: An unknown word, or CUDA asked for where there is none.
    """
    if precision not in PRECISIONS:
        raise UsageError(f"'{precision}' is not a precision.", f"Choose one of {', '.join(PRECISIONS)}.")
    base = device.split(":", maxsplit=1)[0]
    if base not in DEVICES:
        raise UsageError(f"'{device}' is not a device.", f"Choose one of {', '.join(DEVICES)}.")
    if base == "cpu" or (base == "auto" and not has_cuda()):
        return _cpu(precision)
    gpus = cuda_devices()
    name = device if ":" in device else "cuda:0"
    if name not in gpus:
        raise UsageError(f"There is no device '{device}' here.", "Use --device cpu, or install a CUDA build of torch.")
    return _cuda(name, precision)


def _cpu(precision: str) -> Device:
    name, _ = _cpuinfo()
    bf16 = cpu_bf16()
    chosen = ("bf16" if bf16 else "fp32") if precision == "auto" else precision
    if chosen == "fp16":
        raise UsageError("fp16 is for GPUs.", "On a CPU use bf16 or fp32.")
    why = f" ({bf16})" if chosen == "bf16" and bf16 else ""
    threads = cpu_count()
    plural = "thread" if threads == 1 else "threads"
    return Device("cpu", chosen, threads, f"CPU {name}, {threads} {plural}, {chosen}{why}")


def _cuda(name: str, precision: str) -> Device:
    import torch

    major, _ = torch.cuda.get_device_capability(name)
    best = "bf16" if major >= 8 else "fp16" if major == 7 else "fp32"  # Ampere brought bf16, Volta fast fp16
    chosen = best if precision == "auto" else precision
    card = torch.cuda.get_device_properties(name)
    memory = card.total_memory / 2**30
    return Device(name, chosen, cpu_count(), f"GPU {card.name} ({name}, {memory:.0f} GiB), {chosen}")


def describe_device(device: Device | None = None) -> str:
    """The line printed at the start of a run, e.g. `CPU AMD EPYC, 2 threads, bf16 (AVX-512 BF16)`."""
    return (device or pick_device()).label
