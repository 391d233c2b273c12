"""Where compiled kernels are kept when numba may write nowhere."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from indexer import kernel_cache
from indexer.kernel_cache import ensure_kernel_cache


@pytest.fixture
def temporary(monkeypatch, tmp_path):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setenv("NUMBA_CACHE_DIR", "")  # so that it is put back as it was, also when it was not there
    monkeypatch.delenv("NUMBA_CACHE_DIR")
    return tmp_path


def test_nothing_changes_where_numba_finds_a_place(temporary, monkeypatch):
    monkeypatch.setattr(kernel_cache.os, "access", lambda *_: True)
    ensure_kernel_cache()
    assert "NUMBA_CACHE_DIR" not in os.environ
    assert list(temporary.iterdir()) == []


def test_a_private_folder_is_made_and_found_again(temporary, monkeypatch):
    monkeypatch.setattr(kernel_cache.os, "access", lambda *_: False)
    monkeypatch.setenv("NUMBA_CACHE_DIR", "/proc/nowhere")
    ensure_kernel_cache()
    folder = Path(os.environ["NUMBA_CACHE_DIR"])
    assert folder.parent == temporary
    assert folder.stat().st_mode & 0o777 == 0o700
    ensure_kernel_cache()
    assert Path(os.environ["NUMBA_CACHE_DIR"]) == folder
    # And numba does keep its kernels there.
    (temporary / "kernel.py").write_text("import numba\n\n@numba.njit(cache=True)\ndef one(x):\n    return x + 1\n")
    code = "import kernel; print(kernel.one(1))"
    done = subprocess.run([sys.executable, "-c", code], check=True, cwd=temporary, capture_output=True, text=True)
    assert done.stdout == "2\n"
    assert list(folder.rglob("*.nbi"))


def test_a_folder_that_others_may_write_to_is_not_trusted(temporary, monkeypatch):
    monkeypatch.setattr(kernel_cache.os, "access", lambda *_: False)
    planted = temporary / f"iconoscope-kernels-{os.getuid()}"
    planted.mkdir()
    planted.chmod(0o777)
    ensure_kernel_cache()
    chosen = Path(os.environ["NUMBA_CACHE_DIR"])
    assert chosen != planted
    assert chosen.stat().st_mode & 0o077 == 0
