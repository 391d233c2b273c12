"""CLIP, SigLIP and SigLIP 2 folders as transformers writes them, behind the two methods of open_clip's networks."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from indexer.core.errors import ModelError
from indexer.device import Device
from indexer.features.clip_model import Tower, torch_dtype
from indexer.features.clip_parts import Parts
from indexer.features.clip_preprocess import ClipPreprocess
from indexer.models.folder import CONFIG, HF_CONFIG, read_config
from indexer.models.silence import no_progress_bar, quiet

KINDS = ("clip", "siglip", "siglip2", "chinese_clip", "altclip")
"""`model_type`s with two towers that end in one space and take square pictures."""
BILINEAR = 2
"""Pillow's number for bilinear resampling; 3 is bicubic."""


def open_transformers_folder(folder: Path) -> Parts:
    """Read the configuration and the tokenizer, and prepare the loading of the network.

    Raises:
        ModelError: Another kind of model, or files are missing.
    """
    config = read_config(folder, HF_CONFIG)
    kind = str(config.get("model_type", ""))
    if kind not in KINDS:
        raise ModelError(
            f"{folder} holds a model of type '{kind or 'unknown'}', not CLIP.",
            f"It needs {CONFIG} as open_clip writes it, or a transformers model of type {', '.join(KINDS[:3])}.",
        )
    import transformers

    with quiet():
        settings = transformers.AutoConfig.from_pretrained(folder, local_files_only=True)
        tokenizer = transformers.AutoTokenizer.from_pretrained(folder, local_files_only=True)
    text = settings.text_config
    dim = settings.projection_dim if hasattr(settings, "projection_dim") else settings.vision_config.hidden_size
    context = min(int(text.max_position_embeddings), 512)
    return Parts(
        load=lambda device: _Towers(folder, device),
        tokenizer=_Tokenizer(tokenizer, context),
        preprocess=_preprocess(folder, int(settings.vision_config.image_size)),
        dim=int(dim),
        context=context,
        library=f"transformers {transformers.__version__}",
    )


def _preprocess(folder: Path, size: int) -> ClipPreprocess:
    """From `preprocessor_config.json`: CLIP resizes the short side and crops, SigLIP squashes."""
    path = folder / "preprocessor_config.json"
    stated: Mapping[str, Any] = read_config(folder, path.name) if path.is_file() else {}
    short = "shortest_edge" in stated.get("size", {"shortest_edge": size})
    return ClipPreprocess.of(
        {
            "size": size,
            "mean": stated.get("image_mean"),
            "std": stated.get("image_std"),
            "interpolation": "bilinear" if stated.get("resample") == BILINEAR else "bicubic",
            "resize_mode": "shortest" if short or stated.get("do_center_crop") else "squash",
        }
    )


class _Tokenizer:
    """Texts to ids and attention mask, stacked: (n, 2, context). SigLIP was trained with full padding, no mask."""

    def __init__(self, tokenizer: Any, context: int) -> None:
        self._tokenizer = tokenizer
        self._context = context

    def __call__(self, texts: list[str], context_length: int | None = None) -> Any:
        length = context_length or self._context
        out = self._tokenizer(
            texts,
            padding="max_length",
            truncation=True,
            max_length=length,
            return_tensors="pt",
            return_attention_mask=True,
        )
        import torch

        return torch.stack([out.input_ids, out.attention_mask], dim=1)


class _Towers(Tower):
    def __init__(self, folder: Path, device: Device) -> None:
        import transformers

        with quiet(), no_progress_bar():
            network, report = transformers.AutoModel.from_pretrained(
                folder, local_files_only=True, dtype=torch_dtype(device), output_loading_info=True
            )
        missing = list(report.get("missing_keys", ())) + [str(row) for row in report.get("mismatched_keys", ())]
        if missing:
            raise ModelError(
                f"The weights in {folder} lack {len(missing)} parts that the network needs ({missing[0]} …).",
                "The file belongs to another architecture; fetch or copy the model again.",
            )
        self._network = network.eval().requires_grad_(False).to(device.name)
        self._masked = str(network.config.model_type) not in ("siglip", "siglip2")

    def encode_image(self, image: Any) -> Any:
        return _features(self._network.get_image_features(pixel_values=image))

    def encode_text(self, text: Any) -> Any:
        ids, mask = text.unbind(dim=1)
        extra = {"attention_mask": mask} if self._masked else {}
        return _features(self._network.get_text_features(input_ids=ids, **extra))


def _features(out: Any) -> Any:
    """transformers 5 answers with a structure whose `pooler_output` is the projected vector, earlier ones with it."""
    return out if not hasattr(out, "pooler_output") else out.pooler_output
