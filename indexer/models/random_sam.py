"""Randomly initialised SAM models in transformers' own folder layout, for tests and benchmarks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

SIDE = 64
"""Side in pixels of the tiny networks' input; their masks are a quarter of it."""
_PROMPT = {"hidden_size": 16, "image_size": SIDE, "patch_size": 16, "mask_input_channels": 8}
_DECODER = {
    "hidden_size": 16,
    "mlp_dim": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "iou_head_hidden_dim": 16,
}
_VISION = {
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "image_size": SIDE,
    "patch_size": 16,
    "output_channels": 16,
    "window_size": 2,
    "global_attn_indexes": [1],
    "mlp_dim": 48,
    "num_pos_feats": 8,
}
_HIERA = {
    "hidden_size": 16,
    "num_attention_heads": 1,
    "image_size": [SIDE, SIDE],
    "blocks_per_stage": [1, 1, 2, 1],
    "embed_dim_per_stage": [16, 32, 64, 128],
    "num_attention_heads_per_stage": [1, 1, 2, 2],
    "window_size_per_stage": [8, 4, 4, 4],
    "global_attention_blocks": [3],
    "window_positional_embedding_background_size": [2, 2],
}


def save_random_sam(folder: Path, second: bool = False, seed: int = 0) -> Path:
    """Write a tiny SAM 1, or SAM 2 if `second`, that `SamNetwork(str(folder))` loads; returns `folder`."""
    import torch
    import transformers

    from indexer.models.silence import no_progress_bar

    with torch.random.fork_rng(devices=[]), no_progress_bar():
        torch.manual_seed(seed)
        network, processor = _second(transformers) if second else _first(transformers)
        for parameter in network.parameters():
            parameter.data.normal_(0, 0.3)  # as initialised, all masks would be alike
        network.eval().save_pretrained(folder)
        processor.save_pretrained(folder)
    return folder


def _first(transformers: Any) -> tuple[Any, Any]:
    config = transformers.SamConfig(
        vision_config=transformers.SamVisionConfig(**_VISION),
        prompt_encoder_config=transformers.SamPromptEncoderConfig(**_PROMPT),
        mask_decoder_config=transformers.SamMaskDecoderConfig(**_DECODER),
    )
    square, quarter = {"height": SIDE, "width": SIDE}, {"height": SIDE // 4, "width": SIDE // 4}
    images = transformers.SamImageProcessor(
        size={"longest_edge": SIDE}, pad_size=square, mask_size={"longest_edge": SIDE // 4}, mask_pad_size=quarter
    )
    return transformers.SamModel(config), transformers.SamProcessor(images)


def _second(transformers: Any) -> tuple[Any, Any]:
    vision = transformers.Sam2VisionConfig(
        backbone_config=transformers.Sam2HieraDetConfig(**_HIERA),
        backbone_channel_list=[128, 64, 32, 16],
        backbone_feature_sizes=[[SIDE // 4] * 2, [SIDE // 8] * 2, [SIDE // 16] * 2],
        fpn_hidden_size=16,
    )
    config = transformers.Sam2Config(
        vision_config=vision,
        prompt_encoder_config=transformers.Sam2PromptEncoderConfig(**_PROMPT),
        mask_decoder_config=transformers.Sam2MaskDecoderConfig(**_DECODER),
    )
    names = ("Sam2ImageProcessor", "Sam2ImageProcessorFast")  # the second one before transformers 5
    images = next(getattr(transformers, name) for name in names if hasattr(transformers, name))
    square, quarter = {"height": SIDE, "width": SIDE}, {"height": SIDE // 4, "width": SIDE // 4}
    return transformers.Sam2Model(config), transformers.Sam2Processor(images(size=square, mask_size=quarter))
