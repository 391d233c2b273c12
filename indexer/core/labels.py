"""Labels in words: read from `config/labels.yaml` or a file like it, and checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from indexer.core.errors import SettingsError
from indexer.core.settings import config_folder

OTHER = "other"


@dataclass(frozen=True, slots=True)
class Label:
    """One label.

    Attributes:
        group: `technique`, `function`, `subject` …
        name: Within the group.
        french: Its name in French.
        prompts, french_prompts: Descriptions that a text model reads.
    """

    group: str
    name: str
    french: str
    prompts: tuple[str, ...]
    french_prompts: tuple[str, ...] = ()

    @property
    def full(self) -> str:
        """`GROUP.NAME`."""
        return f"{self.group}.{self.name}"

    def texts(self, french: bool) -> tuple[str, ...]:
        """What a model is given to read."""
        return (*self.prompts, *self.french_prompts) if french else self.prompts


def load_labels(path: Path | None = None) -> tuple[Sequence[Label], Label]:
    """As `read_labels`, of a file that has a label for what fits none of them."""
    labels, other = read_labels(path)
    if other is None:
        raise SettingsError(f"{path} has no `{OTHER}`.", "See config/labels.yaml.")
    return labels, other


def read_labels(path: Path | None = None) -> tuple[Sequence[Label], Label | None]:
    """The labels, and the label for what fits none of them, if the file has one.

    Args:
        path: A file of one's own; None for the one that ships with the program.

    Raises:
        SettingsError: The file is wrong; says where.
    """
    path = path or config_folder() / "labels.yaml"
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise SettingsError(f"{path} cannot be read: {error}.", "See config/labels.yaml.") from error
    if not isinstance(document, Mapping):
        raise SettingsError(f"{path} holds no labels.", "See config/labels.yaml.")
    other = _label("", OTHER, document[OTHER], path) if OTHER in document else None
    labels = []
    for group, entries in document.items():
        if group == OTHER:
            continue
        if not isinstance(entries, Mapping):
            raise SettingsError(f"{path}: `{group}` holds no labels.", "See config/labels.yaml.")
        labels += [_label(str(group), str(name), entry, path) for name, entry in entries.items()]
    return labels, other


def _label(group: str, name: str, entry: Any, path: Path) -> Label:
    where = f"{path}: {group}.{name}" if group else f"{path}: {name}"
    if not isinstance(entry, Mapping) or set(entry) - {"fr", "prompts", "prompts_fr"}:
        raise SettingsError(f"{where} is not a label.", "A label has `fr`, `prompts` and `prompts_fr`.")
    prompts, french = (_texts(entry.get(key, []), f"{where}.{key}") for key in ("prompts", "prompts_fr"))
    if not prompts:
        raise SettingsError(f"{where} has no prompts.", "Describe it in English in at least one way.")
    return Label(group, name, str(entry.get("fr", name)), prompts, french)


def _texts(value: Any, where: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(v, str) and v.strip() for v in value):
        raise SettingsError(f"{where} is not a list of texts.", "See config/labels.yaml.")
    return tuple(value)
