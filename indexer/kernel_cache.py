"""A folder for what numba compiles, where it would find none: it then refuses to load a kernel at all.

Numba keeps compiled kernels beside the sources, else under the user's home. A container that runs as some user of its
own (`docker run --user`) may write to neither.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def ensure_kernel_cache() -> None:
    """Set `NUMBA_CACHE_DIR` to a private folder among the temporary files when numba could write nowhere else.

    Call it before numba is imported; processes started later inherit it.
    """
    chosen = os.environ.get("NUMBA_CACHE_DIR")
    places = [Path(chosen)] if chosen else []
    places += [Path(__file__).parent, Path(os.path.expanduser("~")) / ".cache"]
    if not any(map(_may_write, places)):
        os.environ["NUMBA_CACHE_DIR"] = str(_private_folder())


def _may_write(folder: Path) -> bool:
    """Whether a folder can be written to, or made where its nearest parent is."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return folder.is_absolute() and os.access(folder, os.W_OK)


def _private_folder() -> Path:
    """The same one each time, unless somebody else was there first: compiled kernels are code that will be run."""
    folder = Path(tempfile.gettempdir()) / f"iconoscope-kernels-{os.getuid()}"
    try:
        folder.mkdir(mode=0o700)
    except FileExistsError:
        state = folder.lstat()
        if state.st_uid != os.getuid() or state.st_mode & 0o077 or not folder.is_dir() or folder.is_symlink():
            return Path(tempfile.mkdtemp(prefix="iconoscope-kernels-"))
    return folder
