"""Randomly initialised CLIP models in open_clip's folder layout, for tests and benchmarks: real cost, no meaning."""

from __future__ import annotations

import json
from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

from indexer.models.folder import CONFIG, WEIGHTS

TINY: Mapping[str, Any] = {
    "embed_dim": 24,
    "vision_cfg": {"image_size": 32, "layers": 2, "width": 64, "head_width": 32, "patch_size": 16},
    "text_cfg": {"context_length": 16, "vocab_size": 49408, "width": 16, "heads": 2, "layers": 1},
}
"""A network that loads in a fraction of a second."""


def save_random_clip(
    folder: Path,
    model_cfg: Mapping[str, Any] | str = TINY,
    preprocess_cfg: Mapping[str, Any] | None = None,
    seed: int = 0,
) -> Path:
    """Write a model that `load_clip(str(folder))` loads.

    Args:
        folder: Made if it is not there.
        model_cfg: As open_clip writes it, or the name of one of its architectures (`ViT-B-32`).
        preprocess_cfg: Overrides of open_clip's defaults.
        seed: Of the weights.

    Returns:
        `folder`.
    """
    import open_clip
    import torch
    from safetensors.torch import save_file

    from indexer.models.silence import quiet

    config = open_clip.get_model_config(model_cfg) if isinstance(model_cfg, str) else deepcopy(dict(model_cfg))
    folder.mkdir(parents=True, exist_ok=True)
    document = {"model_cfg": config, "preprocess_cfg": dict(preprocess_cfg or {})}
    (folder / CONFIG).write_text(json.dumps(document, indent=1), encoding="utf-8")
    with torch.random.fork_rng(devices=[]), quiet():
        torch.manual_seed(seed)
        network = open_clip.create_model(f"local-dir:{folder}", load_weights=False)
    save_file({k: v.contiguous() for k, v in network.state_dict().items()}, folder / WEIGHTS[0])
    return folder
