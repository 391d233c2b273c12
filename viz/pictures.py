"""The collection's thumbnails as files of their own, for the hover card and the large view."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

FOLDER = 1000
"""Pictures in one folder: file systems and people dislike more."""


class PictureFiles:
    """Writes `pictures/FOLDER/NUMBER.webp`, bytes as they are in the collection.

    Args:
        folder: `pictures` of the export.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, start: int, pictures: Sequence[bytes | None]) -> None:
        """Files of the pictures `start`, `start + 1` …; missing ones are left out. Safe from several threads."""
        made = -1
        for number, data in enumerate(pictures, start=start):
            if number // FOLDER != made:
                made = number // FOLDER
                (self.folder / str(made)).mkdir(parents=True, exist_ok=True)
            if data:
                (self.folder / str(made) / f"{number}.webp").write_bytes(data)
