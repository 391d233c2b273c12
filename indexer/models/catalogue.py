"""Names of models: presets, open_clip architectures with their weights, hub names, folders."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

from indexer.core.errors import ModelError, SettingsError
from indexer.core.settings import config_folder, model_cache

HUB_PREFIX = "hf-hub:"
FOLDER_PREFIX = "local-dir:"


@dataclass(frozen=True, slots=True)
class Preset:
    """A model with a short name (config/models.yaml)."""

    name: str
    kind: str
    model: str
    about: str
    megabytes: int


@dataclass(frozen=True, slots=True)
class ModelRef:
    """What a name stands for.

    Attributes:
        name: As people write it, without a preset's short name: `ARCHITECTURE/TAG`, `hf-hub:ORG/NAME`, or for a
            folder its last part.
        kind: `clip` or `sam`.
        origin: `tag`, `hub` or `folder`.
        folder: Where the files are, or will be once fetched.
        repo: Name on the hub, "" when it is not known yet (tags) or there is none (folders).
        asked: The name that was asked for (a preset's short name, say).
    """

    name: str
    kind: str
    origin: str
    folder: Path
    repo: str
    asked: str

    @property
    def command(self) -> str:
        """What fetches it."""
        return f"iconoscope models pull {self.asked}"


@lru_cache(maxsize=1)
def _document() -> dict[str, Any]:
    path = config_folder() / "models.yaml"
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise SettingsError(f"{path} cannot be read: {error}", "Reinstall iconoscope or restore the file.") from error
    return dict(document)


def presets() -> dict[str, Preset]:
    """All presets by short name."""
    return {name: Preset(name, **row) for name, row in _document()["presets"].items()}


def default_preset() -> str:
    """The preset that `--clip auto` means."""
    return str(_document()["default"])


def slug(text: str) -> str:
    """`text` as a folder or table name: lower case letters, digits and single hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def resolve(name: str, kind: str = "clip") -> ModelRef:
    """What `name` stands for. Looks at the disk, never at the network.

    Raises:
        ModelError: Not a preset, `ARCHITECTURE/TAG`, `hf-hub:ORG/NAME` or a folder.
    """
    if not name.strip():
        raise ModelError("The name of the model is empty.", _suggest(name))
    preset = presets().get(name)
    if preset is not None:
        kind = preset.kind
    target = preset.model if preset is not None else name
    plain = target.removeprefix(FOLDER_PREFIX)
    if Path(plain).expanduser().is_dir() or plain != target or _looks_like_path(target):
        return _folder_ref(Path(plain).expanduser(), kind, name)
    if target.startswith(HUB_PREFIX) or kind == "sam":
        repo = target.removeprefix(HUB_PREFIX)
        if repo.count("/") != 1 or not all(repo.split("/")):
            raise ModelError(f"'{name}' is not a name on the hub.", "Write hf-hub:ORGANISATION/NAME.")
        return ModelRef(target, kind, "hub", _cache_folder(kind, target), repo, name)
    if target.count("/") == 1 and all(target.split("/")):
        return ModelRef(target, kind, "tag", _cache_folder(kind, target), "", name)
    raise ModelError(f"There is no model '{name}'.", _suggest(name))


def _cache_folder(kind: str, target: str) -> Path:
    return model_cache() / kind / slug(target)


def _looks_like_path(text: str) -> bool:
    return text.startswith(("/", "./", "../", "~", "\\")) or bool(re.match(r"[A-Za-z]:[\\/]", text))


def _folder_ref(folder: Path, kind: str, asked: str) -> ModelRef:
    if not folder.is_dir():
        raise ModelError(f"There is no folder '{folder}'.", "Give the folder that holds the model's files.")
    snapshots = sorted((folder / "snapshots").glob("*")) if (folder / "snapshots").is_dir() else []
    real = max(snapshots, key=lambda path: path.stat().st_mtime) if snapshots else folder
    return ModelRef(folder.resolve().name, kind, "folder", real.resolve(), "", asked)


def _suggest(name: str) -> str:
    close = difflib.get_close_matches(name.lower(), presets(), n=1)
    guess = f"Did you mean '{close[0]}'? " if close else ""
    names = ", ".join(presets())
    return f"{guess}Give a preset ({names}), ARCHITECTURE/TAG as open_clip lists them, hf-hub:ORG/NAME, or a folder."
