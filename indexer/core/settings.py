"""Typed, frozen settings. YAML only overrides; unknown keys are refused.

The settings that change what is stored have a fingerprint; a collection made with other ones is
refused with a message that says which (`difference`).
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, is_dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from indexer.core.errors import SettingsError

T = TypeVar("T")


def config_folder() -> Path:
    """The folder of YAML files: `config/` in a checkout, `iconoscope_config/` in an installed wheel."""
    root = Path(__file__).resolve().parents[2]
    installed = root / "iconoscope_config"
    return installed if installed.is_dir() else root / "config"


def option(default: Any, help_text: str) -> Any:
    """A settings field with a default and the sentence that documents it."""
    return field(default=default, metadata={"help": help_text})


@dataclass(frozen=True, slots=True)
class DecodeSettings:
    """How images are read."""

    max_side: int = option(1536, "Longer side in pixels that images are reduced to before anything is computed.")
    max_pixels: int = option(4_000_000_000, "Images with more pixels than this are refused (decompression bombs).")
    pdf_dpi: int = option(150, "Resolution at which PDF pages are rendered.")


@dataclass(frozen=True, slots=True)
class ThumbnailSettings:
    """The small picture kept in the collection."""

    side: int = option(256, "Longer side in pixels.")
    quality: int = option(80, "WebP quality, 1–100.")


@dataclass(frozen=True, slots=True)
class SiftSettings:
    """Local features for the same-print search (indexer/features/sift.py)."""

    side: int = option(640, "Longer side in pixels that a region is reduced to before SIFT.")
    count: int = option(1000, "Strongest keypoints kept in a region.")


@dataclass(frozen=True, slots=True)
class PageSettings:
    """Illustrations on scanned pages (indexer/regions/page.py)."""

    side: int = option(1000, "Longer side in pixels at which a page is analysed.")
    limit: int = option(24, "Most regions kept on a page.")


@dataclass(frozen=True, slots=True)
class IndexSettings:
    """Everything that decides what a collection stores. Part of its fingerprint."""

    regions: tuple[str, ...] = option(("whole",), "Proposers of regions: whole, page, sam, annotations.")
    decode: DecodeSettings = field(default_factory=DecodeSettings)
    thumbnail: ThumbnailSettings = field(default_factory=ThumbnailSettings)
    sift: SiftSettings = field(default_factory=SiftSettings)
    page: PageSettings = field(default_factory=PageSettings)

    def fingerprint(self) -> str:
        """12 hex digits that change with any setting."""
        text = json.dumps(asdict(self), sort_keys=True)
        return hashlib.blake2b(text.encode(), digest_size=6).hexdigest()


def merge(base: T, overrides: Mapping[str, Any], where: str = "settings") -> T:
    """`base` with the values of a YAML mapping put over it.

    Raises:
        SettingsError: An unknown key, or a value of another type.
    """
    known = {f.name: getattr(base, f.name) for f in fields(base)}  # type: ignore[arg-type]
    changes: dict[str, Any] = {}
    for key, value in overrides.items():
        if key not in known:
            raise SettingsError(f"Unknown key '{key}' in {where}.", f"Known keys: {', '.join(sorted(known))}.")
        changes[key] = _fit(known[key], value, f"{where}.{key}")
    return replace(base, **changes)  # type: ignore[type-var]


def _fit(old: Any, value: Any, where: str) -> Any:
    if is_dataclass(old):
        if not isinstance(value, Mapping):
            raise SettingsError(f"{where} needs a mapping, got {value!r}.", "See config/default.yaml.")
        return merge(old, value, where)
    if isinstance(old, tuple):
        if not isinstance(value, list | tuple):
            raise SettingsError(f"{where} needs a list, got {value!r}.", "See config/default.yaml.")
        return tuple(value)
    if isinstance(old, bool) != isinstance(value, bool) or not isinstance(
        value, int | float if isinstance(old, float) else type(old)
    ):
        raise SettingsError(f"{where} needs {type(old).__name__}, got {value!r}.", "See config/default.yaml.")
    return float(value) if isinstance(old, float) else value


def difference(stored: Mapping[str, Any], current: Mapping[str, Any], prefix: str = "") -> list[str]:
    """The settings in which two mappings differ, as `name: old → new`."""
    rows: list[str] = []
    for key in sorted(set(stored) | set(current)):
        a, b = stored.get(key), current.get(key)
        if isinstance(a, Mapping) and isinstance(b, Mapping):
            rows += difference(a, b, f"{prefix}{key}.")
        elif _plain(a) != _plain(b):
            rows.append(f"{prefix}{key}: {_plain(a)} → {_plain(b)}")
    return rows


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def model_cache() -> Path:
    """Where models are kept: $ICONOSCOPE_MODELS, else the user's cache folder."""
    given = os.environ.get("ICONOSCOPE_MODELS")
    if given:
        return Path(given)
    return Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "iconoscope" / "models"
