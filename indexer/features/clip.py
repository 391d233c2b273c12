"""CLIP by name. `load_clip` gives a model or a clear error; `choose_clip` also understands `auto` and `none`.

A model's *identity* says what decides its vectors, independent of where its files lie:
`name`, `architecture` (digest of the configuration), `weights` (BLAKE2b-128 of the weight file), `preprocess`,
`dim`, `context`, and, for information, `precision` and `library`. Its *key* names the table of its vectors.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from indexer.core.errors import ModelError
from indexer.device import pick_device
from indexer.features.clip_model import ClipModel
from indexer.features.clip_preprocess import ClipPreprocess
from indexer.models.catalogue import ModelRef, default_preset, resolve, slug
from indexer.models.folder import CONFIG, HF_CONFIG, find_weights, is_ready, require_ready, weights_digest

__all__ = ["ClipChoice", "ClipModel", "ClipPreprocess", "choose_clip", "load_clip", "load_recorded", "same_model"]

SAME = ("weights", "architecture", "preprocess", "dim")
"""The parts of an identity that decide whether vectors may be compared."""


@dataclass(frozen=True, slots=True)
class ClipChoice:
    """What `--clip` came to.

    Attributes:
        model: The model, or None.
        reason: Why there is none, in one sentence, "" when there is one or none was wanted.
        command: What the user can type to get it, or "".
    """

    model: ClipModel | None
    reason: str = ""
    command: str = ""


def load_clip(name: str, device: str = "auto", precision: str = "auto") -> ClipModel:
    """Load a model whose files are on this machine. Never touches the network.

    Args:
        name: A preset (`fast`, `multilingual`, `best`), `ARCHITECTURE/TAG` of open_clip, `hf-hub:ORG/NAME`, or a
            folder as open_clip's `local-dir:` or a transformers CLIP or SigLIP model has it.
        device: `auto`, `cpu`, `cuda`, `cuda:1` …
        precision: `auto`, `bf16`, `fp16`, `fp32`.

    Raises:
        ModelError: Unknown, not fetched yet, fetched only in part, or not what it says; the hint tells what to do.
        UsageError: An unknown device or precision.
    """
    ref = resolve(name)
    if ref.kind != "clip":
        raise ModelError(f"'{name}' is not a CLIP model.", "It finds regions; use it with --regions sam.")
    _adopt_from_hub_cache(ref)
    require_ready(ref)
    return _open(ref, device, precision)


def _open(ref: ModelRef, device: str, precision: str) -> ClipModel:
    from indexer.features.clip_load import open_folder

    where = pick_device(device, precision)
    parts = open_folder(ref.folder)
    weights = find_weights(ref.folder)
    digest = weights_digest(weights) if weights is not None else ""
    identity = {
        "name": ref.name,
        "architecture": _architecture(ref.folder),
        "weights": digest,
        "preprocess": parts.preprocess.describe(),
        "dim": parts.dim,
        "context": parts.context,
        "precision": where.precision,
        "library": parts.library,
    }
    source = str(ref.folder) if ref.origin == "folder" else ref.name
    key = f"{slug(ref.name)[:48].strip('-')}-{digest[:8]}"
    return ClipModel(
        parts.load, parts.tokenizer, parts.preprocess, identity, key, where, source, parts.context,
        beside=parts.checked and not where.is_cuda,
    )  # fmt: skip


def _architecture(folder: Path) -> str:
    """Digest of the configuration without its comments and file names."""
    name = CONFIG if (folder / CONFIG).is_file() else HF_CONFIG
    config = json.loads((folder / name).read_text(encoding="utf-8"))
    kept = config.get("model_cfg", {k: v for k, v in config.items() if k.endswith("_config") or k == "model_type"})
    return hashlib.blake2b(json.dumps(kept, sort_keys=True).encode(), digest_size=8).hexdigest()


def choose_clip(name: str = "auto", device: str = "auto", precision: str = "auto", fetch: bool = True) -> ClipChoice:
    """What `--clip NAME` means.

    `auto` is the default preset's model if it is here or can be fetched, else no model and the reason; `none` is no
    model; any other name must load. Offline is noticed within seconds.

    Args:
        name: `auto`, `none`, or as for `load_clip`; a named model that is not here is fetched too.
        fetch: Whether the network may be used.

    Raises:
        ModelError: A model that was asked for by name cannot be loaded.
    """
    if name == "none":
        return ClipChoice(None)
    wanted = default_preset() if name == "auto" else name
    ref = resolve(wanted)
    try:
        _adopt_from_hub_cache(ref)
        if fetch and ref.origin != "folder" and not is_ready(ref):
            from indexer.models.hub import fetch_model

            fetch_model(ref)
        return ClipChoice(load_clip(wanted, device, precision))
    except ModelError as error:
        if name != "auto":
            raise
        return ClipChoice(None, f"Going on without CLIP: {error.message}", ref.command)


def _adopt_from_hub_cache(ref: ModelRef) -> None:
    """Take over a model that another program has already fetched into the hub's own cache. No network."""
    if ref.origin == "folder" or is_ready(ref):
        return
    from indexer.models.hub import adopt

    adopt(ref)


def same_model(a: Mapping[str, Any], b: Mapping[str, Any]) -> bool:
    """Whether two identities give vectors that may be compared (whatever the names and the precision)."""
    return all(a.get(part) == b.get(part) for part in SAME)


def load_recorded(identity: Mapping[str, Any], source: str, device: str = "auto", precision: str = "auto") -> ClipModel:
    """The model with which a collection was made.

    Args:
        identity: As recorded in the collection.
        source: `ClipModel.source` at that time.

    Raises:
        ModelError: It is not on this machine, or what is here under that name are other weights.
    """
    try:
        model = load_clip(source, device, precision)
    except ModelError:
        if source == identity.get("name"):
            raise
        model = load_clip(str(identity["name"]), device, precision)
    if not same_model(model.identity, identity):
        raise ModelError(
            f"The model '{identity.get('name')}' on this machine has other weights than the collection was made with.",
            "Copy the model's folder from the machine that made the collection, or index again with --clip.",
            expected=identity.get("weights"),
            actual=model.identity["weights"],
        )
    return model
