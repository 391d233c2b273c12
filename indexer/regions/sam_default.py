"""Which SAM is used where none is named."""

from __future__ import annotations

import os

from indexer.core.errors import ModelError
from indexer.models.catalogue import presets, resolve
from indexer.models.folder import is_ready

VARIABLE = "ICONOSCOPE_SAM"
"""Environment variable with a preset, a name on the hub, or a folder."""


def default_sam() -> str:
    """The model to use: $ICONOSCOPE_SAM, else a preset that is on this machine (the large one where there is a GPU).

    Raises:
        ModelError: None is here; the hint says how to get one.
    """
    given = os.environ.get(VARIABLE, "").strip()
    if given:
        return given
    from indexer.device import has_cuda

    names = sorted((p.megabytes, p.name) for p in presets().values() if p.kind == "sam")
    for _, name in sorted(names, reverse=has_cuda()):
        if is_ready(resolve(name)):
            return name
    raise ModelError(
        "No model that finds objects (SAM) is on this machine.",
        f"Run `iconoscope models pull {names[0][1]}`, or set {VARIABLE} to a folder that holds one.",
    )
