"""What is read from a model's folder before its network is built."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from indexer.device import Device
from indexer.features.clip_model import Tower
from indexer.features.clip_preprocess import ClipPreprocess


@dataclass(frozen=True, slots=True)
class Parts:
    """What a folder gives: see `ClipModel`.

    Attributes:
        checked: The file of weights was found to hold what the network needs, so that loading may be left for later.
    """

    load: Callable[[Device], Tower]
    tokenizer: Callable[..., Any]
    preprocess: ClipPreprocess
    dim: int
    context: int
    library: str
    checked: bool = False
