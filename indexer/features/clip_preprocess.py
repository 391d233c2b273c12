"""What a CLIP model wants to see: resize and crop as its weights were trained. Needs no torch, travels to workers.

Follows open_clip's inference transform (`open_clip.transform.image_transform`) up to, and without, the
normalisation, which is done on the device. Equal to it within one grey level (tests/indexer/test_clip_preprocess.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from indexer.core.types import Array, require_shape
from indexer.features.resample import pillow_resize

OPENAI_MEAN = (0.48145466, 0.4578275, 0.40821073)
OPENAI_STD = (0.26862954, 0.26130258, 0.27577711)
"""Channel means and deviations of the pictures CLIP was first trained with (Radford et al. 2021)."""


@dataclass(frozen=True, slots=True)
class ClipPreprocess:
    """Resize and crop.

    Attributes:
        size: Height and width in pixels of the result.
        mean, std: Per channel on the scale 0–1; applied by the model, kept here because they belong to the weights.
        interpolation: `bicubic` or `bilinear`, always with antialiasing.
        resize_mode: `shortest` (short side to `size`, centre crop), `longest` (whole picture, padded), `squash`.
        fill_color: Grey level 0–255 of the padding.
    """

    size: tuple[int, int]
    mean: tuple[float, float, float] = OPENAI_MEAN
    std: tuple[float, float, float] = OPENAI_STD
    interpolation: str = "bicubic"
    resize_mode: str = "shortest"
    fill_color: int = 0

    @classmethod
    def of(cls, config: Mapping[str, Any]) -> ClipPreprocess:
        """From open_clip's `preprocess_cfg`; keys that are absent take open_clip's defaults.

        Raises:
            ValueError: A resize mode or interpolation that open_clip does not know.
        """
        size = config.get("size", 224)
        pair = (int(size), int(size)) if isinstance(size, int) else (int(size[0]), int(size[-1]))
        mode = config.get("resize_mode") or "shortest"
        interpolation = config.get("interpolation") or "bicubic"
        if mode not in ("shortest", "longest", "squash") or interpolation not in ("bicubic", "bilinear", "random"):
            raise ValueError(f"unknown preprocessing: resize_mode={mode}, interpolation={interpolation}")
        return cls(
            pair,
            _triple(config.get("mean") or OPENAI_MEAN),
            _triple(config.get("std") or OPENAI_STD),
            "bilinear" if interpolation == "bilinear" else "bicubic",
            mode,
            int(config.get("fill_color") or 0),
        )

    def describe(self) -> dict[str, Any]:
        """As plain values, for a model's identity."""
        return {k: list(v) if isinstance(v, tuple) else v for k, v in asdict(self).items()}

    def __call__(self, rgb: Array) -> Array:
        """uint8 (h, w, 3) to uint8 (3, *size)."""
        require_shape("rgb", rgb, (None, None, 3))
        if self.resize_mode == "squash":
            out = self._resample(rgb, self.size, (0.0, 0.0, 1.0, 1.0))
        elif self.resize_mode == "longest":
            out = self._padded(rgb)
        else:
            out = self._cropped(rgb)
        return np.ascontiguousarray(out.transpose(2, 0, 1))

    def _cropped(self, rgb: Array) -> Array:
        """Only what the centre crop keeps is resampled: the filter's taps are the same as for the whole picture."""
        h, w = rgb.shape[:2]
        new_h, new_w = self._shortest(h, w)
        top, left = round((new_h - self.size[0]) / 2.0), round((new_w - self.size[1]) / 2.0)
        bottom, right = top + self.size[0], left + self.size[1]
        return self._resample(rgb, self.size, (left / new_w, top / new_h, right / new_w, bottom / new_h))

    def _shortest(self, h: int, w: int) -> tuple[int, int]:
        """Size before the crop. torchvision truncates the long side; open_clip's own resize rounds it."""
        th, tw = self.size
        if th == tw:
            return (th, int(th * w / h)) if h <= w else (int(tw * h / w), tw)
        ratio = min(h / th, w / tw)
        return round(h / ratio), round(w / ratio)

    def _padded(self, rgb: Array) -> Array:
        h, w = rgb.shape[:2]
        th, tw = self.size
        ratio = max(h / th, w / tw)
        new = max(1, round(h / ratio)), max(1, round(w / ratio))
        out = np.full((th, tw, 3), self.fill_color, np.uint8)
        top, left = (th - new[0]) // 2, (tw - new[1]) // 2
        out[top : top + new[0], left : left + new[1]] = self._resample(rgb, new, (0.0, 0.0, 1.0, 1.0))
        return out

    def _resample(self, rgb: Array, size: tuple[int, int], part: tuple[float, float, float, float]) -> Array:
        """The `part` (left, top, right, bottom as shares of width and height) at `size` (h, w)."""
        h, w = rgb.shape[:2]
        box = (part[0] * w, part[1] * h, min(part[2] * w, w), min(part[3] * h, h))
        return pillow_resize(rgb, (size[1], size[0]), box, cubic=self.interpolation == "bicubic")


def _triple(values: float | Sequence[float]) -> tuple[float, float, float]:
    if isinstance(values, int | float):
        return (float(values),) * 3
    a, b, c = values
    return float(a), float(b), float(c)
