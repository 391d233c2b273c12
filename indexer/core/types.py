"""The values that travel between stages: frozen structs of arrays, validated at the border.

Conventions: coordinates are original, upright pixels with the origin top-left; boxes are
`[x, y, width, height]`; ids are int64 from the catalogue, never positions or file names;
"nothing found" is an ordinary empty value.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]
NO_ID = -1
"""Stands where a region has no parent or a keypoint no region."""


def require_shape(name: str, array: Array, shape: tuple[int | None, ...]) -> None:
    """Raise ValueError unless `array` has `shape` (None matches any length)."""
    ok = array.ndim == len(shape) and all(
        want is None or want == got for want, got in zip(shape, array.shape, strict=False)
    )
    if not ok:
        raise ValueError(f"{name}: expected shape {shape}, got {array.shape}")


@dataclass(frozen=True, slots=True)
class SourceItem:
    """One image that a source offers, not decoded yet.

    Attributes:
        name: Path relative to the source with `/` (any Unicode); pages of a multi-page file are
            `file.pdf#page=2` (1-based, as in RFC 8118). Unique within its source.
        path: Where the bytes are.
        page: 0-based page inside `path`, or None when the file holds one image.
        document: What the image is a page of: the multi-page file, the catalogue's `document`
            column, or the folder. Empty for images directly under the source.
        fields: Catalogue fields, all as given (text).
        size_bytes, mtime_ns: Of the file, for quick change detection.
        problem: Why the item cannot be indexed (a row of the table without a file, say), else "".
    """

    name: str
    path: Path
    page: int | None = None
    document: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    size_bytes: int = 0
    mtime_ns: int = 0
    problem: str = ""


@dataclass(frozen=True, slots=True)
class DecodedImage:
    """Upright sRGB pixels, possibly at a reduced scale.

    Attributes:
        rgb: uint8 (h, w, 3).
        width, height: Original upright size in pixels.
        digest: Hex BLAKE2b-128 of the file's bytes (with `#page` for pages of one file); "" if unknown.
    """

    rgb: Array
    width: int
    height: int
    digest: str = ""

    def __post_init__(self) -> None:
        require_shape("rgb", self.rgb, (None, None, 3))
        if self.rgb.dtype != np.uint8:
            raise ValueError(f"rgb: expected uint8, got {self.rgb.dtype}")

    @property
    def scale(self) -> float:
        """Pixels of `rgb` per original pixel (at most 1 for reduced images)."""
        return float(self.rgb.shape[1]) / float(self.width)


@dataclass(frozen=True, slots=True)
class Regions:
    """Regions of images, one entry each.

    Attributes:
        ids: int64 (n,); NO_ID before the collection assigns them.
        image_ids: int64 (n,).
        boxes: float32 (n, 4), `[x, y, width, height]` in original pixels.
        kinds: `whole`, `illustration`, `ornament`, `initial`, `object`, `box`, `text` …
        origins: Who proposed it: `whole`, `page`, `sam`, `annotations`.
        parents: int64 (n,): *position in this struct* of the parent before ids are assigned,
            region id afterwards; NO_ID for none.
        labels: Free text, "" for none.
        scores: float32 (n,), 0–1, larger is surer.
        masks: COCO run-length counts (compressed ASCII) on the original size, None for the whole box.
    """

    ids: Array
    image_ids: Array
    boxes: Array
    kinds: Sequence[str]
    origins: Sequence[str]
    parents: Array
    labels: Sequence[str]
    scores: Array
    masks: Sequence[str | None]

    def __post_init__(self) -> None:
        n = len(self.ids)
        for name, array, shape in (
            ("ids", self.ids, (n,)),
            ("image_ids", self.image_ids, (n,)),
            ("boxes", self.boxes, (n, 4)),
            ("parents", self.parents, (n,)),
            ("scores", self.scores, (n,)),
        ):
            require_shape(name, array, shape)
        for name, seq in (
            ("kinds", self.kinds),
            ("origins", self.origins),
            ("labels", self.labels),
            ("masks", self.masks),
        ):
            if len(seq) != n:
                raise ValueError(f"{name}: expected {n} entries, got {len(seq)}")

    def __len__(self) -> int:
        return len(self.ids)

    @classmethod
    def empty(cls) -> Regions:
        """No regions."""
        return cls.of([])

    @classmethod
    def of(cls, rows: Sequence[Mapping[str, Any]]) -> Regions:
        """From rows with at least `box`; keys as the attributes in the singular."""
        n = len(rows)
        return cls(
            ids=np.array([r.get("id", NO_ID) for r in rows], np.int64),
            image_ids=np.array([r.get("image_id", NO_ID) for r in rows], np.int64),
            boxes=np.array([r["box"] for r in rows], np.float32).reshape(n, 4),
            kinds=[str(r.get("kind", "box")) for r in rows],
            origins=[str(r.get("origin", "")) for r in rows],
            parents=np.array([r.get("parent", NO_ID) for r in rows], np.int64),
            labels=[str(r.get("label", "")) for r in rows],
            scores=np.array([r.get("score", 1.0) for r in rows], np.float32),
            masks=[r.get("mask") for r in rows],
        )


@dataclass(frozen=True, slots=True)
class LocalFeatures:
    """Keypoints of one image with their descriptors.

    Attributes:
        xy: float32 (n, 2), centre in original pixels.
        scales: float32 (n,), keypoint diameter in original pixels (OpenCV's `size`).
        angles: float32 (n,), degrees in [0, 360), clockwise in image coordinates (OpenCV's `angle`).
        responses: float32 (n,), detector strength, larger is stronger.
        descriptors: uint8 (n, 128), RootSIFT scaled to 0–255 (see `indexer/features/sift.py`).
        regions: int32 (n,), position of the smallest region that holds the keypoint, or NO_ID.
    """

    xy: Array
    scales: Array
    angles: Array
    responses: Array
    descriptors: Array
    regions: Array

    def __post_init__(self) -> None:
        n = len(self.xy)
        require_shape("xy", self.xy, (n, 2))
        require_shape("descriptors", self.descriptors, (n, 128))
        for name in ("scales", "angles", "responses", "regions"):
            require_shape(name, getattr(self, name), (n,))

    def __len__(self) -> int:
        return len(self.xy)

    @classmethod
    def empty(cls) -> LocalFeatures:
        """No keypoints, as on a blank page."""
        f = np.zeros(0, np.float32)
        return cls(
            xy=np.zeros((0, 2), np.float32),
            scales=f,
            angles=f,
            responses=f,
            descriptors=np.zeros((0, 128), np.uint8),
            regions=np.zeros(0, np.int32),
        )

    def take(self, keep: Array) -> LocalFeatures:
        """The keypoints at `keep` (a boolean mask or positions)."""
        return LocalFeatures(
            self.xy[keep],
            self.scales[keep],
            self.angles[keep],
            self.responses[keep],
            self.descriptors[keep],
            self.regions[keep],
        )


@dataclass(frozen=True, slots=True)
class Evidence:
    """Why two pictures are held to be printed from the same block or negative.

    Attributes:
        inliers: Number of matched points that agree with `transform`.
        transform: float64 (3, 3), query pixels to pixels of the hit's image.
        mirrored: The copy is mirror-inverted.
        same_print: The score is above the calibrated threshold (precision ≥ 0.99).
        log_nfa: −log10 of the number of false alarms, larger is surer.
        query_points, hit_points: float32 (n, 2), the inliers in original pixels of each side.
        outline: float32 (k, 2), the query's box drawn in the hit's image.
        parts: The numbers that the score was made of, by name; for evaluations (search/verify_score.py).
    """

    inliers: int
    transform: Array
    mirrored: bool
    same_print: bool
    log_nfa: float
    query_points: Array
    hit_points: Array
    outline: Array
    parts: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Hit:
    """One answer, as in the command and HTTP contracts."""

    image_id: int
    image: str
    region_id: int
    box: tuple[float, float, float, float]
    score: float
    channels: Mapping[str, float]
    fields: Mapping[str, Any]
    evidence: Evidence | None = None
    reasons: Sequence[str] = ()
