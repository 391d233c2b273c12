"""SAM 1, 2 and 2.1 through transformers: a picture is encoded once, prompts are answered from that.

Kirillov et al. 2023 (Segment Anything) and Ravi et al. 2024 (SAM 2). Masks come at a quarter of the network's input
(256 × 256 for the published weights); they are selected at that size and enlarged only when they are wanted.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from indexer.core.errors import ModelError
from indexer.core.types import Array, require_shape
from indexer.device import Device, pick_device
from indexer.models.catalogue import resolve
from indexer.models.folder import HF_CONFIG, is_ready, read_config, require_ready

SAM2_TYPES = ("sam2", "sam2_video")
"""`model_type`s of one network; the published SAM 2 weights say `sam2_video`."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """A picture as the network sees it.

    Attributes:
        embeddings: Tensor, or list of tensors for SAM 2, for one picture.
        size: Height and width of the picture in pixels.
        scale: What x and y in pixels are multiplied by to get pixels of the network's input.
        inside: Height and width of the part of the network's input that is picture (the rest is padding).
    """

    embeddings: Any
    size: tuple[int, int]
    scale: tuple[float, float]
    inside: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Answers:
    """Masks for n prompts, m of each.

    Attributes:
        logits: float32 tensor (n, m, h, w) on the device, positive inside, padding included.
        scores: float32 (n, m), the IoU with the true mask that the network predicts.
    """

    logits: Any
    scores: Array


class SamNetwork:
    """A loaded SAM.

    Args:
        name: A preset of kind `sam`, a name on the hub, or a folder as transformers writes it.
        device: `auto`, `cpu`, `cuda` …

    Raises:
        ModelError: Not on this machine, damaged, or another kind of model.
    """

    def __init__(self, name: str, device: str = "auto") -> None:
        ref = resolve(name, kind="sam")
        if ref.origin != "folder" and not is_ready(ref):
            from indexer.models.hub import adopt

            adopt(ref)
        require_ready(ref)
        self.name = ref.name
        self.device: Device = pick_device(device)
        kind = str(read_config(ref.folder, HF_CONFIG).get("model_type", ""))
        if kind != "sam" and kind not in SAM2_TYPES:
            raise ModelError(f"{ref.folder} holds a model of type '{kind}', not SAM.", "Use sam, sam2 or sam2.1.")
        self._second = kind in SAM2_TYPES
        self._network, self._processor = _load(ref.folder, self._second, self.device)
        self._input = int(_side(self._network.config))
        self._lock = threading.Lock()

    def encode(self, rgb: Array) -> Encoded:
        """Encode uint8 (h, w, 3); the costly step."""
        import torch

        require_shape("rgb", rgb, (None, None, 3))
        inputs = self._processor(rgb, return_tensors="pt")
        h, w = rgb.shape[:2]
        inside = (self._input, self._input)
        if not self._second:
            rows, columns = inputs["reshaped_input_sizes"][0]  # the long side fits, the rest is padded
            inside = (int(rows), int(columns))
        half = torch.bfloat16 if self.device.precision == "bf16" else torch.float16
        reduced = self.device.precision != "fp32"
        kind = "cuda" if self.device.is_cuda else "cpu"
        with torch.inference_mode(), torch.autocast(kind, dtype=half, enabled=reduced):
            out = self._network.get_image_embeddings(inputs["pixel_values"].to(self.device.name))
        embeddings = [part.float() for part in out] if isinstance(out, list) else out.float()
        return Encoded(embeddings, (h, w), (inside[1] / w, inside[0] / h), inside)

    def answer(self, encoded: Encoded, points: Array | None, labels: Array | None, boxes: Array | None) -> Answers:
        """Masks for prompts.

        Args:
            encoded: From `encode`.
            points: float (n, k, 2), x and y in pixels of the picture; None when there are only boxes.
            labels: int (n, k), 1 for inside, 0 for outside.
            boxes: float (n, 4), `[x, y, width, height]`; None when there are only points.
        """
        import torch

        def tensor(values: Array, dtype: Any) -> Any:
            return torch.as_tensor(np.ascontiguousarray(values), dtype=dtype, device=self.device.name)[None]

        prompt: dict[str, Any] = {}
        sx, sy = encoded.scale
        if points is not None and labels is not None:
            prompt["input_points"] = tensor(np.asarray(points) * (sx, sy), torch.float32)
            prompt["input_labels"] = tensor(labels, torch.int64)
        if boxes is not None:
            x, y, w, h = np.asarray(boxes, np.float64).T
            corners = np.stack([x * sx, y * sy, (x + w) * sx, (y + h) * sy], axis=1)
            prompt["input_boxes"] = tensor(corners, torch.float32)
        with torch.inference_mode():
            out = self._network(image_embeddings=encoded.embeddings, multimask_output=True, **prompt)
        scores = out.iou_scores[0].float().clamp(0, 1).cpu().numpy()
        return Answers(out.pred_masks[0].float(), scores)

    def enlarge(self, encoded: Encoded, logits: Any, size: tuple[int, int]) -> Array:
        """Masks at `size` (h, w): logits (n, h', w') to bool (n, h, w), as the models' own processors do it."""
        from torch.nn import functional

        full = logits[None]
        if not self._second:  # the padding is cut off at the size of the network's input
            square = (self._input, self._input)
            full = functional.interpolate(full, square, mode="bilinear", align_corners=False)
            full = full[..., : encoded.inside[0], : encoded.inside[1]]
        out: Array = (functional.interpolate(full, size, mode="bilinear", align_corners=False)[0] > 0).cpu().numpy()
        return out

    def inside_of(self, encoded: Encoded, logits: Any) -> Any:
        """The part of low-resolution logits (…, h', w') that is picture."""
        h, w = logits.shape[-2:]
        rows = max(1, round(h * encoded.inside[0] / self._input))
        columns = max(1, round(w * encoded.inside[1] / self._input))
        return logits[..., :rows, :columns]


def _side(config: Any) -> int:
    """Side in pixels of the network's square input."""
    side = config.prompt_encoder_config.image_size
    return int(side if isinstance(side, int) else side[0])


def _load(folder: Path, second: bool, device: Device) -> tuple[Any, Any]:
    """The network in evaluation mode and its image processor."""
    import transformers

    from indexer.models.silence import no_progress_bar

    network_class: Any = transformers.Sam2Model if second else transformers.SamModel
    processor_class: Any = transformers.Sam2Processor if second else transformers.SamProcessor
    try:
        with no_progress_bar():
            network, report = network_class.from_pretrained(folder, local_files_only=True, output_loading_info=True)
        processor = processor_class.from_pretrained(folder, local_files_only=True)
    except ImportError as error:
        raise ModelError(f"{error}", "Install the missing package.") from error
    except Exception as error:
        what = str(error).strip().splitlines()[0][:300] if str(error).strip() else type(error).__name__
        raise ModelError(f"The model in {folder} cannot be loaded: {what}", "Fetch or copy it again.") from error
    _require_whole(folder, report)
    return network.float().eval().requires_grad_(False).to(device.name), processor.image_processor


def _require_whole(folder: Path, report: Mapping[str, Any]) -> None:
    missing = sorted(map(str, report.get("missing_keys", ()))) + list(map(str, report.get("mismatched_keys", ())))
    if missing:
        raise ModelError(
            f"The weights in {folder} lack {len(missing)} parts that the network needs ({missing[0]} …).",
            "The file belongs to another architecture; fetch or copy the model again.",
        )
