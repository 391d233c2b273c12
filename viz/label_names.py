"""Names for hotspots without examples: the words of `config/labels.yaml`, compared with pictures by a CLIP model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np

from indexer.core.labels import read_labels
from indexer.core.types import Array
from viz.neighbours import unit_rows


def read_prompts(path: Path | None = None) -> dict[str, list[str]]:
    """What a hotspot may be called → English descriptions of it, in the file's order. `other` names nothing.

    Args:
        path: A file of one's own in the form of `config/labels.yaml`; None for that one.

    Raises:
        SettingsError: The file cannot be read, or is of another form.
    """
    labels, _ = read_labels(path)
    return {label.name.replace("-", " ").capitalize(): list(label.prompts) for label in labels}


def label_vectors(prompts: Sequence[Sequence[str]], encode: Callable[[Sequence[str]], Array]) -> Array:
    """float32 (labels, d), unit rows: the mean of each label's prompts' vectors (Radford et al. 2021, §3.1.4).

    Args:
        prompts: Of each label.
        encode: Texts to unit rows, float32 (n, d).
    """
    rows = encode([prompt for group in prompts for prompt in group])
    ends = np.cumsum([0, *map(len, prompts)])
    return unit_rows(np.stack([rows[a:b].mean(axis=0) for a, b in pairwise(ends)]))
