"""Keeping the libraries that load models from talking to our users."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def quiet() -> Iterator[None]:
    """open_clip reports through the root logger, transformers with a progress bar; neither is for our users."""
    root = logging.getLogger()
    level = root.level
    root.setLevel(max(level, logging.ERROR))
    try:
        yield
    finally:
        root.setLevel(level)


@contextmanager
def no_progress_bar() -> Iterator[None]:
    """transformers draws a bar for every model that it loads."""
    from transformers.utils import logging as reports

    shown = reports.is_progress_bar_enabled()
    reports.disable_progress_bar()
    try:
        yield
    finally:
        if shown:
            reports.enable_progress_bar()
