"""The tokenizer of plain CLIP models, open_clip's own, without importing the rest of open_clip."""

from __future__ import annotations

import importlib.util
import threading
from pathlib import Path
from typing import Any


class ClipTokenizer:
    """Texts to tokens; see `ClipModel`. Nothing is loaded before the first text: an indexing run has none.

    Args:
        context: Tokens a text is cut or filled to by default.
    """

    def __init__(self, context: int) -> None:
        self._context = context
        self._loading = threading.Lock()
        self._tokenizer: Any = None

    def __call__(self, texts: list[str], context_length: int | None = None) -> Any:
        """Integer tensor (n, context_length)."""
        with self._loading:
            if self._tokenizer is None:
                self._tokenizer = _module().SimpleTokenizer(context_length=self._context)
        return self._tokenizer(texts, context_length=context_length)


def _module() -> Any:
    """`open_clip.tokenizer`: one file that needs nothing of its package, whose import would take seconds."""
    package = importlib.util.find_spec("open_clip")
    path = Path(package.origin).with_name("tokenizer.py") if package and package.origin else None
    spec = importlib.util.spec_from_file_location("indexer.features.open_clip_tokenizer", path) if path else None
    if spec is None or spec.loader is None:
        import open_clip

        return open_clip
    module = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except (ImportError, OSError):  # a version of open_clip whose file is elsewhere or needs its package
        import open_clip

        return open_clip
    return module
