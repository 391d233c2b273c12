"""Which files make up a model: for an open_clip tag, a hub repository, a transformers model."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, fields
from typing import Any

from indexer.core.errors import ModelError
from indexer.features.clip_preprocess import ClipPreprocess
from indexer.models.catalogue import ModelRef
from indexer.models.folder import CONFIG, HF_CONFIG

TOKENIZER_FILES = (
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "added_tokens.json",
    "tokenizer.model",
    "sentencepiece.bpe.model",
    "spiece.model",
    "vocab.json",
    "merges.txt",
    "vocab.txt",
)
"""What transformers' tokenizers may consist of; a repository has some of them."""
VOCABULARIES = frozenset(TOKENIZER_FILES) - {"tokenizer_config.json", "special_tokens_map.json", "added_tokens.json"}
OPEN_CLIP_WEIGHTS = ("open_clip_model.safetensors", "open_clip_pytorch_model.bin")
TRANSFORMERS_WEIGHTS = ("model.safetensors", "pytorch_model.bin")
PROCESSOR_FILES = ("preprocessor_config.json", "processor_config.json")


@dataclass(frozen=True, slots=True)
class Part:
    """One file: where it is, what it is called in the model's folder, whether the model is useless without it."""

    repo: str
    name: str
    target: str
    required: bool = False


@dataclass(frozen=True, slots=True)
class Recipe:
    """The files of a model.

    Attributes:
        repo: Where the weights are: a hub repository, or `url:` and an address that open_clip knows.
        weights: Names to try, best first.
        config: What to write as `open_clip_config.json`; None when the repository has its own configuration.
    """

    repo: str
    weights: Sequence[str]
    config: Mapping[str, Any] | None = None


def recipe_of(ref: ModelRef) -> Recipe:
    """Where the weights of a model are.

    Raises:
        ModelError: open_clip knows no such architecture or tag.
    """
    if ref.origin == "hub":
        names = TRANSFORMERS_WEIGHTS if ref.kind == "sam" else (*OPEN_CLIP_WEIGHTS, *TRANSFORMERS_WEIGHTS)
        return Recipe(ref.repo, names)
    import open_clip

    architecture, tag = ref.name.split("/")
    model_cfg = open_clip.get_model_config(architecture)
    stated = open_clip.get_pretrained_cfg(architecture, tag)
    if model_cfg is None or not stated:
        raise ModelError(f"open_clip knows no model '{ref.name}'.", _known(open_clip, architecture))
    model_cfg = deepcopy(model_cfg)
    if stated.get("quick_gelu"):
        model_cfg["quick_gelu"] = True  # the activation the weights were trained with, whatever the architecture says
    keys = {field.name for field in fields(ClipPreprocess)} & set(stated)
    config = {"model_cfg": model_cfg, "preprocess_cfg": {key: stated[key] for key in sorted(keys)}}
    return Recipe(*_where(stated), config)


def _where(stated: Mapping[str, Any]) -> tuple[str, Sequence[str]]:
    hub = str(stated.get("hf_hub") or "")
    if not hub:
        url = str(stated.get("url") or "")
        return f"url:{url}", (url.rsplit("/", 1)[-1],)
    repo, _, name = hub.rpartition("/")
    if not name:
        return repo, OPEN_CLIP_WEIGHTS
    return repo, (re.sub(r"\.(bin|pth|pt)$", ".safetensors", name), name)


def _known(open_clip: Any, architecture: str) -> str:
    tags = open_clip.list_pretrained_tags_by_model(architecture)
    if tags:
        return f"Its weights for {architecture}: {', '.join(tags)}."
    return "`python -c 'import open_clip; print(open_clip.list_pretrained())'` lists what it knows."


def configuration_parts(ref: ModelRef, recipe: Recipe) -> list[Part]:
    """Configuration files that the repository may have, to be fetched first."""
    if recipe.config is not None:
        return []
    names = (HF_CONFIG, *PROCESSOR_FILES) if ref.kind == "sam" else (CONFIG, HF_CONFIG, *PROCESSOR_FILES)
    return [Part(recipe.repo, name, name) for name in names]


def tokenizer_parts(ref: ModelRef, recipe: Recipe, model_cfg: Mapping[str, Any] | None) -> list[Part]:
    """Files of the tokenizer and of a text tower from transformers.

    Args:
        model_cfg: open_clip's configuration; None for a model of transformers.
    """
    if ref.kind == "sam":
        return []
    if model_cfg is None:
        return [Part(recipe.repo, name, name) for name in TOKENIZER_FILES]
    text = dict(model_cfg.get("text_cfg", {}))
    parts = []
    tokenizer = str(text.get("hf_tokenizer_name") or "")
    if tokenizer:
        parts = [Part(tokenizer, name, name) for name in TOKENIZER_FILES]
        if tokenizer != recipe.repo:
            parts.append(Part(tokenizer, HF_CONFIG, HF_CONFIG))
    tower = str(text.get("hf_model_name") or "")
    if tower:
        parts.append(Part(tower, HF_CONFIG, f"text/{HF_CONFIG}", required=True))
    return parts
