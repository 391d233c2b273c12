"""Reads back an exported map: what the other formats are made from, and a check that an export is complete."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from indexer.core.errors import UsageError
from indexer.core.types import Array
from viz.pictures import picture_path


@dataclass(frozen=True)
class Exported:
    """An export on disk.

    Attributes:
        folder: The site's folder.
        manifest: As written by `viz.site.finish`.
    """

    folder: Path
    manifest: dict[str, Any]

    @classmethod
    def open(cls, folder: Path) -> Exported:
        """The export in `folder`.

        Raises:
            UsageError: There is none.
        """
        try:
            manifest = json.loads((folder / "data" / "manifest.json").read_text(encoding="utf-8"))
            manifest["iconoscopeMap"]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise UsageError(f"{folder} holds no exported map.", "Run `iconoscope map` first.") from error
        return cls(folder, manifest)

    def __len__(self) -> int:
        return int(self.manifest["count"])

    @cached_property
    def ids(self) -> Array:
        """int64 (n,)."""
        return np.fromfile(self.folder / "data" / "ids.f64", "<f8").astype(np.int64)

    @cached_property
    def extents(self) -> Array:
        """uint16 (n, 2), size of each picture in its largest tile; (0, 0) without thumbnail."""
        return np.fromfile(self.folder / "data" / "extents.u16", "<u2").reshape(-1, 2)

    def layout(self, key: str) -> Array:
        """float32 (n, 2)."""
        return np.fromfile(self.folder / "data" / "layouts" / f"{key}.f32", "<f4").reshape(-1, 2)

    @cached_property
    def years(self) -> Array:
        """float32 (n,), NaN for none."""
        if not self.manifest["dates"]:
            return np.full(len(self), np.nan, np.float32)
        return np.fromfile(self.folder / "data" / self.manifest["dates"]["file"], "<f4")

    @cached_property
    def records(self) -> list[list[Any]]:
        """`[id, name, values, image id, box or 0]` of each picture."""
        files = sorted((self.folder / "data" / "records").glob("*.json"), key=lambda p: int(p.stem))
        return [row for path in files for row in json.loads(path.read_text(encoding="utf-8"))]

    @property
    def fields(self) -> list[str]:
        """Names of the values in `records`."""
        return list(self.manifest["records"]["fields"])

    def members(self, level: int) -> Array:
        """int16 (n,): number of the hotspot on a level, −1 for none."""
        return np.fromfile(self.folder / "data" / self.manifest["clusters"][level]["file"], "<i2")

    def hotspot_labels(self) -> list[list[str]]:
        """By level, the name of each picture's hotspot, "" for none."""
        result = []
        for number, level in enumerate(self.manifest["clusters"]):
            names = [h["label"] or f"#{i + 1}" for i, h in enumerate(level["hotspots"])] + [""]
            result.append([names[m] for m in self.members(number).tolist()])
        return result

    @cached_property
    def neighbours(self) -> Array:
        """int64 (n, k), −1 for missing ones."""
        k = int(self.manifest["records"]["neighbours"])
        files = sorted((self.folder / "data" / "neighbours").glob("*.u32"), key=lambda p: int(p.stem))
        flat = np.concatenate([np.fromfile(p, "<u4") for p in files]) if files else np.zeros(0, np.uint32)
        rows = flat.reshape(len(self), k).astype(np.int64)
        return np.where(rows == 2**32 - 1, -1, rows)

    def picture(self, number: int) -> Path | None:
        """The thumbnail's file, or None."""
        path = self.folder / "pictures" / picture_path(int(self.ids[number]))
        return path if path.is_file() else None
