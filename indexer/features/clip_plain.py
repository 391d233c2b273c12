"""Plain CLIP networks (Radford et al. 2021: ViT and causal text transformer) in torch alone, from open_clip's files.

The same operations in the same order as open_clip's `CLIP`, so that the vectors are its own (in bf16 to the last bit).
Importing open_clip costs 2.7 s of one core, as it brings torchvision and transformers with it; and of its network an
indexing run needs half: the text tower is read when the first text comes. Every other architecture goes through it.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from indexer.device import Device
from indexer.features.clip_model import torch_dtype
from indexer.models.folder import find_weights

VISION_KEYS = {"image_size", "layers", "width", "patch_size", "head_width", "mlp_ratio"}
TEXT_KEYS = {"context_length", "vocab_size", "width", "heads", "layers", "mlp_ratio"}
"""What the configuration of a plain network may say; anything more asks for another architecture."""
EPSILON = 1e-5
"""Of the layer norms (torch's default)."""
TEXT_PARTS = ("ln_final", "positional_embedding", "text_projection", "token_embedding", "transformer")


@dataclass(frozen=True, slots=True)
class PlainShape:
    """Sizes of a plain network, with open_clip's defaults (`open_clip.model.CLIPVisionCfg`, `CLIPTextCfg`).

    Attributes:
        size: Height and width of the pictures in pixels.
        heads: Attention heads of the vision and of the text tower; `layers`, `widths` and `inner` (width of the
            hidden layer) likewise.
    """

    dim: int
    size: tuple[int, int]
    patch: int
    layers: tuple[int, int]
    widths: tuple[int, int]
    heads: tuple[int, int]
    inner: tuple[int, int]
    context: int
    vocabulary: int
    quick_gelu: bool

    @classmethod
    def of(cls, model_cfg: Mapping[str, Any]) -> PlainShape | None:
        """From open_clip's configuration; None when it describes anything but a plain network."""
        vision, text = dict(model_cfg.get("vision_cfg") or {}), dict(model_cfg.get("text_cfg") or {})
        known = {"embed_dim", "vision_cfg", "text_cfg", "quick_gelu"}
        if set(model_cfg) - known or set(vision) - VISION_KEYS or set(text) - TEXT_KEYS:
            return None
        size = vision.get("image_size", 224)
        pair = (size, size) if isinstance(size, int) else tuple(size)
        widths = (vision.get("width", 768), text.get("width", 512))
        ratios = (vision.get("mlp_ratio", 4.0), text.get("mlp_ratio", 4.0))
        sides = (vision.get("patch_size", 16), vision.get("layers", 12))
        if not all(isinstance(n, int) for n in (*pair, *sides)):
            return None
        return cls(
            dim=int(model_cfg["embed_dim"]),
            size=(pair[0], pair[-1]),
            patch=sides[0],
            layers=(sides[1], text.get("layers", 12)),
            widths=widths,
            heads=(widths[0] // vision.get("head_width", 64), text.get("heads", 8)),
            inner=(int(widths[0] * ratios[0]), int(widths[1] * ratios[1])),
            context=text.get("context_length", 77),
            vocabulary=text.get("vocab_size", 49408),
            quick_gelu=bool(model_cfg.get("quick_gelu")),
        )

    def tensors(self) -> dict[str, list[int]]:
        """Name and shape of each tensor in the file."""
        patches = (self.size[0] // self.patch) * (self.size[1] // self.patch)
        vision, text = self.widths
        return {
            "logit_scale": [],
            "positional_embedding": [self.context, text],
            "text_projection": [text, self.dim],
            "token_embedding.weight": [self.vocabulary, text],
            **_norm_tensors("ln_final", text),
            **_block_tensors("transformer", self.layers[1], text, self.inner[1]),
            "visual.class_embedding": [vision],
            "visual.conv1.weight": [vision, 3, self.patch, self.patch],
            "visual.positional_embedding": [patches + 1, vision],
            "visual.proj": [vision, self.dim],
            **_norm_tensors("visual.ln_pre", vision),
            **_norm_tensors("visual.ln_post", vision),
            **_block_tensors("visual.transformer", self.layers[0], vision, self.inner[0]),
        }


def _norm_tensors(name: str, width: int) -> dict[str, list[int]]:
    return {f"{name}.weight": [width], f"{name}.bias": [width]}


def _block_tensors(name: str, layers: int, width: int, inner: int) -> dict[str, list[int]]:
    result: dict[str, list[int]] = {}
    for i in range(layers):
        block = f"{name}.resblocks.{i}"
        result |= _norm_tensors(f"{block}.ln_1", width) | _norm_tensors(f"{block}.ln_2", width)
        for part, (out, into) in {
            "attn.in_proj_": (3 * width, width),
            "attn.out_proj.": (width, width),
            "mlp.c_fc.": (inner, width),
            "mlp.c_proj.": (width, inner),
        }.items():
            result |= {f"{block}.{part}weight": [out, into], f"{block}.{part}bias": [out]}
    return result


def plain_shape(folder: Path, model_cfg: Mapping[str, Any]) -> PlainShape | None:
    """The sizes of a folder's network when it is plain and its file holds exactly that network's tensors, else None.

    Reads the file's header only, without torch; what is wrong with a file, open_clip is left to say.
    """
    shape, path = PlainShape.of(model_cfg), find_weights(folder)
    if shape is None or path is None or path.suffix != ".safetensors":
        return None
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="np") as file:
            found = {name: list(file.get_slice(name).get_shape()) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError):
        return None
    return shape if found == shape.tensors() else None


class PlainClip:
    """The two towers; see `indexer.features.clip_model.Tower`.

    Args:
        path: The file of weights, safetensors; held open for the text tower.
        shape: What `plain_shape` gave.
        device: Where it runs.
    """

    def __init__(self, path: Path, shape: PlainShape, device: Device) -> None:
        from safetensors import safe_open

        self._shape = shape
        self._device = device.name
        self._dtype = torch_dtype(device)
        self._file: Any = safe_open(path, framework="pt")
        self._loading = threading.Lock()
        self._vision = self._read("visual.", shape.heads[0], "visual.transformer")
        self._text: _Tensors | None = None

    def encode_image(self, image: Any) -> Any:
        """Vectors (n, dim) of pictures (n, 3, height, width), normalised as the weights want it."""
        import torch
        from torch.nn.functional import conv2d

        w = self._vision
        x = conv2d(image, w["visual.conv1.weight"], stride=self._shape.patch).flatten(2).permute(0, 2, 1)
        first = w["visual.class_embedding"].view(1, 1, -1).expand(len(x), -1, -1).to(x.dtype)
        x = torch.cat([first, x], dim=1) + w["visual.positional_embedding"].to(x.dtype)
        x = self._blocks(w, "visual.transformer", w.norm(x, "visual.ln_pre"), self._shape.layers[0], first_only=True)
        return w.norm(x, "visual.ln_post")[:, 0] @ w["visual.proj"]

    def encode_text(self, text: Any) -> Any:
        """Vectors (n, dim) of tokens, integers (n, context)."""
        import torch

        with self._loading:
            if self._text is None:
                self._text = self._read(TEXT_PARTS, self._shape.heads[1], "transformer")
        w = self._text
        x = w["token_embedding.weight"][text].to(self._dtype) + w["positional_embedding"].to(self._dtype)
        mask = torch.full((x.shape[1], x.shape[1]), float("-inf"), dtype=x.dtype, device=x.device).triu_(1)
        x = w.norm(self._blocks(w, "transformer", x, self._shape.layers[1], mask=mask), "ln_final")
        # The token of the end has the highest number.
        return x[torch.arange(len(x), device=x.device), text.argmax(dim=-1)] @ w["text_projection"]

    def _blocks(self, w: _Tensors, name: str, x: Any, layers: int, mask: Any = None, first_only: bool = False) -> Any:
        """With `first_only`, what follows the last attention is worked out for the first token alone (5 % less)."""
        from torch.nn.functional import linear

        for i in range(layers):
            block = f"{name}.resblocks.{i}"
            y = w.norm(x, f"{block}.ln_1")
            x = x + w.attention[block](y, y, y, need_weights=False, attn_mask=mask)[0]
            if first_only and i + 1 == layers:
                x = x[:, :1]
            y = linear(w.norm(x, f"{block}.ln_2"), w[f"{block}.mlp.c_fc.weight"], w[f"{block}.mlp.c_fc.bias"])
            x = x + linear(self._gelu(y), w[f"{block}.mlp.c_proj.weight"], w[f"{block}.mlp.c_proj.bias"])
        return x

    @property
    def _gelu(self) -> Callable[[Any], Any]:
        import torch
        from torch.nn.functional import gelu

        return (lambda y: y * torch.sigmoid(1.702 * y)) if self._shape.quick_gelu else gelu

    def _read(self, prefix: str | tuple[str, ...], heads: int, blocks: str) -> _Tensors:
        """The tensors of a tower: products in the device's precision, norms and embeddings in single precision."""
        import torch

        tensors = _Tensors()
        for name in self._shape.tensors():
            if name.startswith(prefix):
                dtype = self._dtype if _is_product(name) else torch.float32
                tensors[name] = self._file.get_tensor(name).to(self._device, dtype, copy=True)
        for i in range(self._shape.layers[0 if blocks.startswith("visual") else 1]):
            tensors.attach(f"{blocks}.resblocks.{i}", heads)
        return tensors


def _is_product(name: str) -> bool:
    return not ("embedding" in name or ".ln_" in name or name.startswith("ln_"))


class _Tensors(dict[str, Any]):
    """A tower's tensors by their names in the file, and torch's attention of each block, by the block's."""

    def __init__(self) -> None:
        super().__init__()
        self.attention: dict[str, Any] = {}

    def attach(self, block: str, heads: int) -> None:
        """Hand a block's tensors to torch's own attention, which has a quick way for inference."""
        from torch.nn import MultiheadAttention

        names = ("in_proj_weight", "in_proj_bias", "out_proj.weight", "out_proj.bias")
        own = {name: self.pop(f"{block}.attn.{name}") for name in names}
        attention = MultiheadAttention(own["out_proj.bias"].numel(), heads, batch_first=True, device="meta")
        attention.load_state_dict(own, assign=True)
        self.attention[block] = attention.eval().requires_grad_(False)

    def norm(self, x: Any, name: str) -> Any:
        """Layer norm in single precision."""
        import torch
        from torch.nn.functional import layer_norm

        weight = self[f"{name}.weight"]
        y = layer_norm(x.to(torch.float32), weight.shape, weight, self[f"{name}.bias"], EPSILON)
        return y.to(x.dtype)
