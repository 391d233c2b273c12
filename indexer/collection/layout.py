"""Names of files and folders in a collection."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

FORMAT_VERSION = 1
"""Raised when a collection can no longer be read by the code before; see `manifest.read_manifest`."""

CLIP_PREFIX = "clip-"
"""Names of the vector tables of CLIP models begin with this."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Paths inside the collection at `folder`."""

    folder: Path

    @property
    def manifest(self) -> Path:
        return self.folder / "collection.yaml"

    @property
    def published(self) -> Path:
        return self.folder / "published.json"

    @property
    def lock(self) -> Path:
        return self.folder / "lock"

    @property
    def indexes(self) -> Path:
        return self.folder / "indexes"

    @property
    def maps(self) -> Path:
        return self.folder / "maps"

    def table(self, name: str) -> Path:
        """`images`, `regions`, `keypoints` or `vectors/NAME`."""
        return self.folder / f"{name}.lance"

    def vector_tables(self) -> list[str]:
        """Names (`vectors/signature` …) of the vector tables that exist, sorted."""
        return sorted(f"vectors/{p.name.removesuffix('.lance')}" for p in (self.folder / "vectors").glob("*.lance"))

    def index(self, name: str, generation: int) -> Path:
        """The folder of one generation of a derived index."""
        return self.indexes / f"{name}-{generation:06d}"


def slug(text: str) -> str:
    """Lower-case ASCII letters, digits and `_`, for column and file names; never empty."""
    return re.sub(r"[^a-z0-9]+", "_", text.casefold()).strip("_") or "field"
