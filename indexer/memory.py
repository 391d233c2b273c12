"""Giving memory back to the system while a long run goes on."""

from __future__ import annotations

import ctypes
import sys

MMAP_THRESHOLD, TRIM_THRESHOLD = -3, -1
"""Numbers of glibc's mallopt (malloc.h)."""
LARGE, KEEP = 128 * 1024, 1024 * 1024


def return_freed_memory() -> bool:
    """Let glibc map large blocks one by one and unmap them when they are freed; whether that was possible.

    By default it raises the limit to the largest block freed so far, and what the table reader's many threads free then
    stays in their heaps: 140 MB after reading 200 MB of keypoints.
    """
    if not sys.platform.startswith("linux"):
        return False
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except AttributeError:  # a C library without it (musl)
        return False
    return bool(mallopt(MMAP_THRESHOLD, LARGE)) and bool(mallopt(TRIM_THRESHOLD, KEEP))
