"""Settings from YAML: presets that ship with the program (`config/presets/`) and users' own files."""

from __future__ import annotations

from pathlib import Path

import yaml

from indexer.core.errors import SettingsError
from indexer.core.settings import IndexSettings, config_folder, merge


def preset_names() -> list[str]:
    """Presets that ship with the program."""
    return sorted(p.stem for p in (config_folder() / "presets").glob("*.yaml"))


def load_preset(name: str) -> IndexSettings:
    """The defaults with a preset's values put over them.

    Args:
        name: A shipped preset, or the path of a YAML file.

    Raises:
        SettingsError: No such preset, or the file is wrong; the message names the key.
    """
    shipped = config_folder() / "presets" / f"{name}.yaml"
    path = shipped if shipped.is_file() else Path(name)
    if not path.is_file():
        raise SettingsError(
            f"There is no preset '{name}'.", f"Presets: {', '.join(preset_names())}; or name a YAML file."
        )
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise SettingsError(f"{path} cannot be read: {error}.", "Write it as YAML; see config/default.yaml.") from error
    if not isinstance(document, dict):
        raise SettingsError(f"{path} is not a mapping.", "See config/default.yaml.")
    return merge(IndexSettings(), document, path.name)
