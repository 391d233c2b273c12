"""Writes the files of an export: plain ones for web servers, and script copies of them for `file://`.

Browsers refuse `fetch` and textures from `file://`, but run scripts. A copy holds the same bytes in base64.
"""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path
from typing import Any

from indexer.core.types import Array


def size_of(folder: Path) -> int:
    """Bytes of all files in `folder` and below."""
    return sum(e.stat().st_size if e.is_file() else size_of(Path(e.path)) for e in os.scandir(folder))


class MapFiles:
    """The `data` folder of one export.

    Args:
        folder: Where the files go.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def json(self, name: str, value: Any) -> None:
        """`value` as compact UTF-8 JSON."""
        self.raw(name, json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode())

    def array(self, name: str, array: Array) -> None:
        """The bytes of `array`, little-endian, row by row."""
        self.raw(name, array.astype(array.dtype.newbyteorder("<"), copy=False).tobytes())

    def raw(self, name: str, data: bytes) -> None:
        """`data` as it is."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)

    def write_script_copies(self, limit: int) -> int:
        """Adds `NAME.js` beside each file when all copies together are at most `limit` bytes.

        Returns:
            Number of bytes written; 0 when they would be too many.
        """
        files = [p for p in sorted(self.folder.rglob("*")) if p.is_file()]
        if sum(p.stat().st_size for p in files) * 4 // 3 > limit:
            return 0
        return sum(self._script_copy(path) for path in files)

    def _script_copy(self, path: Path) -> int:
        name = path.relative_to(self.folder).as_posix()
        text = f'iconoscopeMapData({json.dumps(name)},"{base64.b64encode(path.read_bytes()).decode()}");\n'
        return path.with_name(path.name + ".js").write_text(text, encoding="ascii")
