"""Interactive segmentation: clicks and boxes on a picture to candidate masks.

With SAM the picture is encoded once and kept; each further prompt takes milliseconds. Without weights the same call
answers with classical candidates (`search/segment_classic.py`) and says so in `method` and `note`.
"""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from indexer.core.errors import ModelError, QueryError
from indexer.core.geometry import Box, clip_box
from indexer.core.types import Array, DecodedImage
from indexer.regions.sam_rle import box_at_size, encode_at_size
from search.segment_classic import ClassicPicture, outlines

if TYPE_CHECKING:
    from indexer.regions.sam_network import Encoded, SamNetwork

log = logging.getLogger(__name__)

CACHE = 16
"""Pictures kept encoded; SAM 2's embeddings take 10 MB each (256 × 64² + 64 × 128² + 32 × 256² floats)."""
MOST_POINTS = 64
WITHOUT_SAM = "No segmentation model is installed; these outlines come from colour and contour alone."


@dataclass(frozen=True, slots=True)
class Click:
    """A point in original pixels that lies inside (`positive`) or outside of what is meant."""

    x: float
    y: float
    positive: bool = True


@dataclass(frozen=True, slots=True)
class Candidate:
    """One mask.

    Attributes:
        mask: COCO run-length counts (compressed ASCII) on the original size.
        box: `[x, y, width, height]` in original pixels.
        score: 0–1, larger is surer.
        outlines: Rings of `[x, y]` in original pixels, simplified, for drawing.
        method: `sam`, or which classical way it comes from (`grabcut`, `flood-fill`, `component`).
    """

    mask: str
    box: Box
    score: float
    outlines: Sequence[Sequence[tuple[float, float]]]
    method: str


@dataclass(frozen=True, slots=True)
class Segmentation:
    """Candidates, best first; `method` is `sam` or `classic`, `note` is for the user ("" when there is nothing)."""

    candidates: Sequence[Candidate]
    method: str
    note: str = ""


class Segmenter:
    """Answers prompts on pictures. Safe to call from several threads.

    Args:
        model: A SAM preset, hub name or folder; "auto" takes one that is on this machine, "none" uses none.
        device: `auto`, `cpu`, `cuda` …
        cache: Pictures kept encoded.
    """

    def __init__(self, model: str = "auto", device: str = "auto", cache: int = CACHE) -> None:
        self._model = model
        self._device = device
        self._cache = cache
        self._network: SamNetwork | None = None
        self._note = WITHOUT_SAM
        self._decided = model == "none"
        self._pictures: OrderedDict[Hashable, Any] = OrderedDict()
        self._lock = threading.Lock()
        self._working: dict[Hashable, threading.Lock] = {}

    def segment(
        self,
        key: Hashable,
        decode: Callable[[], DecodedImage],
        clicks: Sequence[Click] = (),
        box: Box | None = None,
        limit: int = 4,
    ) -> Segmentation:
        """Candidate masks.

        Args:
            key: Names the picture in the cache (its id or digest).
            decode: Gives the picture; called only when it is not in the cache.
            clicks: Inside and outside; at least one inside, or a box.
            box: Around what is meant, in original pixels.
            limit: Most candidates.

        Raises:
            QueryError: No prompt, too many clicks, or clicks outside the picture.
            UsageError: A box that is empty or outside the picture.
        """
        if not any(click.positive for click in clicks) and box is None:
            raise QueryError("Nothing is marked.", "Click on the thing that is meant, or draw a box around it.")
        if len(clicks) > MOST_POINTS:
            raise QueryError(f"{len(clicks)} clicks are too many.", f"Use at most {MOST_POINTS}.")
        picture = self._picture(key, decode)
        _check_clicks(clicks, picture)
        if box is not None:
            box = clip_box(box, picture.width, picture.height)
        candidates = picture.candidates(clicks, box)
        method = "sam" if isinstance(picture, _SamPicture) else "classic"
        best = sorted(candidates, key=lambda c: -c.score)[:limit]
        notes = [] if method == "sam" else [self._note]
        if not best:
            notes.append("Nothing stands out there: click on the thing itself, or draw a box around it.")
        return Segmentation(best, method, " ".join(notes))

    def _ready_network(self) -> SamNetwork | None:
        """The network, loaded at the first call; None when there is none."""
        with self._lock:
            if not self._decided:
                self._decided = True
                try:
                    from indexer.regions.sam_default import default_sam
                    from indexer.regions.sam_network import SamNetwork

                    name = default_sam() if self._model == "auto" else self._model
                    self._network = SamNetwork(name, self._device)
                except ModelError as error:
                    if self._model != "auto":
                        log.warning("segmentation without SAM: %s", error)
                    self._note = f"{WITHOUT_SAM} {error.hint}".strip()
            return self._network

    def _picture(self, key: Hashable, decode: Callable[[], DecodedImage]) -> Any:
        """From the cache, or prepared; two requests for one picture prepare it once."""
        network = self._ready_network()
        with self._lock:
            if key in self._pictures:
                self._pictures.move_to_end(key)
                return self._pictures[key]
            working = self._working.setdefault(key, threading.Lock())
        with working:
            with self._lock:
                if key in self._pictures:
                    return self._pictures[key]
            try:
                decoded = decode()
                picture = _SamPicture(network, decoded) if network is not None else _ClassicPicture(decoded)
            finally:
                with self._lock:
                    self._working.pop(key, None)
            self._keep(key, picture)
        return picture

    def _keep(self, key: Hashable, picture: Any) -> None:
        with self._lock:
            self._pictures[key] = picture
            while len(self._pictures) > self._cache:
                self._pictures.popitem(last=False)


def _check_clicks(clicks: Sequence[Click], picture: Any) -> None:
    for click in clicks:
        if not (0 <= click.x <= picture.width and 0 <= click.y <= picture.height):
            raise QueryError(
                f"The click ({click.x:.0f}, {click.y:.0f}) lies outside the picture of "
                f"{picture.width} × {picture.height} pixels.",
                "Click inside the picture.",
            )


class _SamPicture:
    def __init__(self, network: SamNetwork, decoded: DecodedImage) -> None:
        self.width, self.height = decoded.width, decoded.height
        self._network = network
        self._scale = decoded.scale
        self._encoded: Encoded = network.encode(decoded.rgb)

    def candidates(self, clicks: Sequence[Click], box: Box | None) -> list[Candidate]:
        points = np.array([[(c.x, c.y) for c in clicks]], np.float64) * self._scale if clicks else None
        labels = np.array([[int(c.positive) for c in clicks]], np.int64) if clicks else None
        boxes = np.array([box], np.float64) * self._scale if box is not None else None
        answers = self._network.answer(self._encoded, points, labels, boxes)
        masks = self._network.enlarge(self._encoded, answers.logits[0], self._encoded.size)
        rows = [(mask, float(score), "sam") for mask, score in zip(masks, answers.scores[0], strict=True)]
        return _candidates(rows, self.width, self.height)


class _ClassicPicture:
    def __init__(self, decoded: DecodedImage) -> None:
        self.width, self.height = decoded.width, decoded.height
        self._picture = ClassicPicture(decoded.rgb)
        self._scale = self._picture.scale * decoded.scale

    def candidates(self, clicks: Sequence[Click], box: Box | None) -> list[Candidate]:
        s = self._scale
        inside = [(c.x * s, c.y * s) for c in clicks if c.positive]
        outside = [(c.x * s, c.y * s) for c in clicks if not c.positive]
        frame = (box[0] * s, box[1] * s, box[2] * s, box[3] * s) if box is not None else None
        return _candidates(self._picture.candidates(inside, outside, frame), self.width, self.height)


def _candidates(rows: Sequence[tuple[Array, float, str]], width: int, height: int) -> list[Candidate]:
    """Masks (bool (h, w), score, method) at a working size to candidates on the original size; empty ones are left."""
    return [
        Candidate(
            encode_at_size(mask, width, height),
            box_at_size(mask, width, height),
            score,
            outlines(mask, width, height),
            method,
        )
        for mask, score, method in rows
        if mask.any()
    ]
