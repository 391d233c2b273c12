"""What every block of the visual signature starts from: trimmed, rescaled, colour-corrected views of a region."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from indexer.core.types import Array
from indexer.features.resample import area_resize

WORK_SIDE = 256
"""Longer side in pixels at which texture is measured, so that the same picture scanned larger reads alike."""
SQUARE_SIDE = 128
"""Side of the square on which layout is measured; the region is stretched to it."""
COLOR_SIDE = 64
"""Side of the square on which colour is measured."""
FINE_SIDE = 512
"""Longer side at which the halftone spectrum is measured: at 256 px a screen of 133 lines is gone."""
_TRIM_LIMIT = 0.35
"""Most of the height or width that may be taken for margin on one side."""
_PAPER_CHROMA = 30.0
"""Lightest tones with more chroma (CIELAB units) than this are no paper but a colour picture: no correction."""


_BLANK_RANGE = 6
"""Lightness range (of 255) below which a picture counts as blank."""


@dataclass(frozen=True, slots=True)
class Views:
    """The views of one region that the blocks read; margins trimmed in all of them.

    Attributes:
        lab: float32 (COLOR_SIDE, COLOR_SIDE, 3) CIELAB, stretched to a square; L 0–100.
        neutral: float32, the same with the tint of the paper taken out.
        gray: uint8 (h, w) at WORK_SIDE, lightness stretched so that its 1st and 99th percentiles are 0 and 255.
        square: float32 (SQUARE_SIDE, SQUARE_SIDE), `gray` stretched to a square, 0–1.
        fine: uint8 (h2, w2), gray at FINE_SIDE.
        paper: float32 (3,), CIELAB of the lightest tenth.
        margins: float32 (4,), share trimmed at top, bottom, left, right.
        aspect: Width by height after trimming.
    """

    lab: Array
    neutral: Array
    gray: Array
    square: Array
    fine: Array
    paper: Array
    margins: Array
    aspect: float


def prepare(rgb: Array) -> Views:
    """Views of a region's pixels.

    Args:
        rgb: uint8 (h, w, 3), at least one pixel.
    """
    import cv2

    fine = _longer_side(rgb, FINE_SIDE)
    fine_gray = cv2.cvtColor(fine, cv2.COLOR_RGB2GRAY)
    work = _longer_side(fine, WORK_SIDE)
    h, w = work.shape[:2]
    top, bottom, left, right = content_box(cv2.cvtColor(work, cv2.COLOR_RGB2GRAY))
    lab8 = cv2.cvtColor(work[top:bottom, left:right], cv2.COLOR_RGB2LAB)
    lab = _small_lab(lab8)
    paper = _paper(lab)
    sy, sx = fine.shape[0] / h, fine.shape[1] / w
    gray = _stretch(np.ascontiguousarray(lab8[:, :, 0]))
    square = cv2.resize(gray, (SQUARE_SIDE, SQUARE_SIDE), interpolation=cv2.INTER_AREA)
    return Views(
        lab=lab,
        neutral=_without_tint(lab, paper),
        gray=gray,
        square=square.astype(np.float32) / 255.0,
        fine=fine_gray[int(top * sy) : max(int(bottom * sy), 1), int(left * sx) : max(int(right * sx), 1)],
        paper=paper,
        margins=np.array([top / h, 1 - bottom / h, left / w, 1 - right / w], np.float32),
        aspect=rgb.shape[1] * (right - left) / w / (rgb.shape[0] * (bottom - top) / h),
    )


def _small_lab(lab8: Array) -> Array:
    """OpenCV's 8-bit CIELAB to float32 units on COLOR_SIDE × COLOR_SIDE."""
    import cv2

    small = cv2.resize(lab8, (COLOR_SIDE, COLOR_SIDE), interpolation=cv2.INTER_AREA).astype(np.float32)
    lab: Array = (small - np.array([0, 128, 128], np.float32)) * np.array([100 / 255, 1, 1], np.float32)
    return lab


def _longer_side(rgb: Array, side: int) -> Array:
    """The picture with its longer side at `side` and its shorter at least 16 pixels."""
    import cv2

    h, w = rgb.shape[:2]
    scale = side / max(h, w)
    size = (max(round(w * scale), 16), max(round(h * scale), 16))
    if scale < 1:
        return area_resize(rgb, size)
    resized: Array = cv2.resize(rgb, size, interpolation=cv2.INTER_LINEAR)
    return resized


def content_box(gray: Array) -> tuple[int, int, int, int]:
    """Rows and columns without blank margins: (top, bottom, left, right), never empty.

    A border line is margin while its mean gradient stays below a fifth of that of the picture's inner lines.
    Takes at most `_TRIM_LIMIT` on a side. uint8 (h, w).
    """
    import cv2

    smooth = cv2.GaussianBlur(gray, (0, 0), 1.0).astype(np.int16)
    down = np.abs(np.diff(smooth, axis=0, prepend=smooth[:1]))
    across = np.abs(np.diff(smooth, axis=1, prepend=smooth[:, :1]))
    energy = (down + across).astype(np.float32)
    top, bottom = _lines(energy.mean(axis=1))
    left, right = _lines(energy.mean(axis=0))
    return top, bottom, left, right


def _lines(profile: Array) -> tuple[int, int]:
    n = len(profile)
    limit = int(n * _TRIM_LIMIT)
    busy = profile > max(0.2 * float(np.percentile(profile, 75)), 0.4)
    if not busy.any():
        return 0, n
    first, last = int(busy.argmax()), n - int(busy[::-1].argmax())
    first, last = min(first, limit), max(last, n - limit)
    return first, max(last, first + 1)


def _paper(lab: Array) -> Array:
    """Mean CIELAB of the lightest tenth of the pixels."""
    flat = lab.reshape(-1, 3)
    k = max(len(flat) // 10, 1)
    lightest = np.argpartition(flat[:, 0], len(flat) - k)[len(flat) - k :]
    paper: Array = flat[lightest].mean(axis=0).astype(np.float32)
    return paper


def _without_tint(lab: Array, paper: Array) -> Array:
    """Chroma relative to the paper: a yellowed sheet and a grey scan of the same print read alike.

    The tint fades with lightness, as it does for ink on tinted paper; colour pictures are left as they are.
    """
    if float(np.hypot(paper[1], paper[2])) > _PAPER_CHROMA or paper[0] < 40.0:
        return lab
    neutral = lab.copy()
    share = np.clip(lab[:, :, :1] / max(float(paper[0]), 1.0), 0.0, 1.0)
    neutral[:, :, 1:] -= share * paper[1:]
    return neutral


def _stretch(lightness: Array) -> Array:
    """uint8 lightness with its 1st and 99th percentiles at 0 and 255; blank pictures become 128 throughout."""
    import cv2

    shares = np.cumsum(np.bincount(lightness.ravel(), minlength=256)) / lightness.size
    low, high = int(np.searchsorted(shares, 0.01)), int(np.searchsorted(shares, 0.99))
    if high - low < _BLANK_RANGE:  # no contrast to stretch, only noise
        return np.full(lightness.shape, 128, np.uint8)
    table = np.clip((np.arange(256) - low) * (255.0 / (high - low)), 0, 255).astype(np.uint8)
    stretched: Array = cv2.LUT(lightness, table)
    return stretched
