"""Names for hotspots without examples: the words of `config/labels.yaml`, compared with pictures by a CLIP model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import yaml

from indexer.core.errors import SettingsError
from indexer.core.settings import config_folder
from indexer.core.types import Array
from viz.neighbours import unit_rows

OTHER = "other"
"""The group of the file that stands for whatever fits no label: nothing is named after it."""


def read_prompts(path: Path | None = None) -> dict[str, list[str]]:
    """What a hotspot may be called → English descriptions of it, in the file's order.

    Args:
        path: A file of one's own in the form of `config/labels.yaml`; None for that one.

    Raises:
        SettingsError: The file cannot be read, or is of another form.
    """
    path = path or config_folder() / "labels.yaml"
    try:
        groups = yaml.safe_load(path.read_text(encoding="utf-8"))
        found = {
            str(name).replace("-", " ").capitalize(): [str(prompt) for prompt in entry["prompts"]]
            for group, entries in groups.items()
            if group != OTHER
            for name, entry in entries.items()
        }
    except (OSError, yaml.YAMLError, AttributeError, KeyError, TypeError) as error:
        raise SettingsError(f"{path} holds no labels: {error}.", "See config/labels.yaml.") from error
    return found


def label_vectors(prompts: Sequence[Sequence[str]], encode: Callable[[Sequence[str]], Array]) -> Array:
    """float32 (labels, d), unit rows: the mean of each label's prompts' vectors (Radford et al. 2021, §3.1.4).

    Args:
        prompts: Of each label.
        encode: Texts to unit rows, float32 (n, d).
    """
    rows = encode([prompt for group in prompts for prompt in group])
    ends = np.cumsum([0, *map(len, prompts)])
    return unit_rows(np.stack([rows[a:b].mean(axis=0) for a, b in pairwise(ends)]))
