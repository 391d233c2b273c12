"""`collection.yaml` (what the collection is) and `published.json` (what readers see)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml

from indexer.collection.files import write_atomically
from indexer.collection.layout import FORMAT_VERSION, Layout
from indexer.core.errors import CollectionError, SettingsError
from indexer.core.settings import IndexSettings, difference, merge


@dataclass(frozen=True, slots=True)
class SourceEntry:
    """Where images came from; `id` is referred to by the images table."""

    id: int
    kind: str
    location: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """Identity of a collection.

    Attributes:
        settings: As in `IndexSettings`, all values spelled out.
        models: By vector table (`clip-…`): identity of the model and its preprocessing.
    """

    settings: IndexSettings
    sources: tuple[SourceEntry, ...] = ()
    models: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    clip_request: str = ""

    def source_id(self, kind: str, location: str) -> int | None:
        """The id of a known source."""
        return next((s.id for s in self.sources if s.location == location and s.kind == kind), None)

    def with_source(self, kind: str, location: str) -> tuple[Manifest, int]:
        """The manifest that knows the source, and the source's id."""
        known = self.source_id(kind, location)
        if known is not None:
            return self, known
        entry = SourceEntry(max((s.id for s in self.sources), default=0) + 1, kind, location)
        return replace(self, sources=(*self.sources, entry)), entry.id


@dataclass(frozen=True, slots=True)
class Published:
    """One generation: pinned versions of the tables, and the folders of the derived indexes."""

    generation: int = 0
    tables: Mapping[str, int] = field(default_factory=dict)
    indexes: Mapping[str, str] = field(default_factory=dict)


def write_manifest(layout: Layout, manifest: Manifest) -> None:
    """Replace `collection.yaml`."""
    document = {
        "format": FORMAT_VERSION,
        "fingerprint": manifest.settings.fingerprint(),
        "settings": _plain(asdict(manifest.settings)),
        "sources": [asdict(s) for s in manifest.sources],
        "models": {name: dict(identity) for name, identity in manifest.models.items()},
        "clip_request": manifest.clip_request,
    }
    write_atomically(layout.manifest, yaml.safe_dump(document, sort_keys=False, allow_unicode=True))


def read_manifest(layout: Layout) -> Manifest:
    """Read and check `collection.yaml`.

    Raises:
        CollectionError: No collection there, unreadable, or of another format version.
    """
    document = _load_yaml(layout)
    if document.get("format") != FORMAT_VERSION:
        raise CollectionError(
            f"The collection {layout.folder} has format {document.get('format')}; "
            f"this Iconoscope reads format {FORMAT_VERSION}.",
            "Index the images into a new folder, or use the version of Iconoscope that made it.",
            path=str(layout.folder),
        )
    try:
        settings = merge(IndexSettings(), document["settings"], "collection.yaml: settings")
        sources = tuple(SourceEntry(**s) for s in document.get("sources", []))
    except (KeyError, TypeError, SettingsError) as error:
        raise CollectionError(
            f"{layout.manifest} is damaged or was made with other settings: {error}.",
            "Restore it from a copy, or index the images into a new folder.",
        ) from error
    return Manifest(settings, sources, document.get("models") or {}, document.get("clip_request") or "")


def _load_yaml(layout: Layout) -> dict[str, Any]:
    if not layout.manifest.exists():
        what = "is not a collection (it has no collection.yaml)" if layout.folder.exists() else "does not exist"
        raise CollectionError(
            f"{layout.folder} {what}.",
            f"Make one with: iconoscope index FOLDER --collection {layout.folder}",
            path=str(layout.folder),
        )
    try:
        document = yaml.safe_load(layout.manifest.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError, OSError) as error:
        raise CollectionError(f"{layout.manifest} cannot be read: {error}.", "Restore it from a copy.") from error
    if not isinstance(document, dict):
        raise CollectionError(f"{layout.manifest} is empty or damaged.", "Restore it from a copy.")
    return document


def require_same_settings(stored: IndexSettings, wanted: IndexSettings, folder: Path) -> None:
    """Refuse to mix settings in one collection.

    Raises:
        CollectionError: Names each setting that differs.
    """
    rows = difference(_plain(asdict(stored)), _plain(asdict(wanted)))
    if rows:
        raise CollectionError(
            f"The collection {folder} was made with other settings ({'; '.join(rows)}).",
            "Leave these options out to use the collection's own, or index into a new folder.",
        )


def write_published(layout: Layout, published: Published) -> None:
    """Replace `published.json`: from now on readers see this generation."""
    write_atomically(layout.published, json.dumps(asdict(published), indent=1))


def read_published(layout: Layout) -> Published:
    """The newest published generation; generation 0 when there is none yet.

    Raises:
        CollectionError: The file is damaged.
    """
    try:
        return Published(**json.loads(layout.published.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return Published()
    except (ValueError, TypeError) as error:
        raise CollectionError(
            f"{layout.published} is damaged: {error}.", "Delete it and run `iconoscope index` again; nothing is lost."
        ) from error


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {k: _plain(v) for k, v in value.items()}
    return [_plain(v) for v in value] if isinstance(value, list | tuple) else value
