"""One list of regions from several proposers: duplicates dropped, parents found."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from indexer.core.geometry import iou
from indexer.core.types import NO_ID, Array, Regions

SAME = 0.85
"""Boxes that overlap more than this (intersection over union) are one region; below, both are kept: a mask of SAM often
fills 70–80 % of the box around it."""
INSIDE = 0.9
"""Share of a region's area that must lie in another one for that to be its parent."""
TRUST = {"annotations": 0, "page": 1, "sam": 2}
"""Of two duplicates, the one from the more trusted proposer stays."""


def assemble(whole: Regions, proposals: Sequence[Regions], width: int, height: int) -> Regions:
    """The whole image, then the proposals without duplicates, each with its smallest container as parent.

    Boxes are clipped to the image; regions less than a pixel wide or high are dropped. A parent that a proposer gave
    stays unless it was dropped.
    """
    rows = [row for part in proposals for row in _rows(part, width, height)]
    rows.sort(key=lambda row: TRUST.get(row["origin"], 9))
    rows = _distinct(rows, width, height)
    boxes = np.array([(0, 0, width, height), *(row["box"] for row in rows)], np.float64).reshape(-1, 4)
    position = {row["key"]: i + 1 for i, row in enumerate(rows)}
    containers = _containers(boxes)
    for i, row in enumerate(rows):
        row["parent"] = position.get(row["parent_key"], int(containers[i + 1]))
    first = {"box": whole.boxes[0], "kind": whole.kinds[0], "origin": whole.origins[0], "parent": NO_ID}
    return Regions.of([first, *rows])


def _rows(part: Regions, width: int, height: int) -> list[dict[str, Any]]:
    """The regions of one proposer inside the image, as rows."""
    low = np.clip(part.boxes[:, :2], 0, (width, height))
    high = np.clip(part.boxes[:, :2] + part.boxes[:, 2:], 0, (width, height))
    rows = []
    for i in np.flatnonzero(((high - low) >= 1).all(axis=1)).tolist():
        rows.append(
            {
                "key": (id(part), i),
                "parent_key": (id(part), int(part.parents[i])),
                "box": np.concatenate([low[i], high[i] - low[i]]),
                "kind": part.kinds[i],
                "origin": part.origins[i],
                "label": part.labels[i],
                "score": float(part.scores[i]),
                "mask": part.masks[i],
            }
        )
    return rows


def _distinct(rows: list[dict[str, Any]], width: int, height: int) -> list[dict[str, Any]]:
    """Rows that do not repeat an earlier one or the whole image; same-proposer rows with other labels all stay."""
    kept: list[dict[str, Any]] = []
    boxes = np.zeros((0, 4), np.float32)
    full = np.array([[0, 0, width, height]], np.float32)
    for row in rows:
        box = np.asarray(row["box"], np.float32)[None]
        repeats = iou(box, boxes)[0] > SAME
        same = any(
            repeats[i] and (kept[i]["origin"] != row["origin"] or _alike(kept[i], row)) for i in range(len(kept))
        )
        covers_all = row["origin"] != "annotations" and iou(box, full)[0, 0] > SAME
        if not (same or covers_all):
            kept.append(row)
            boxes = np.vstack([boxes, box])
    return kept


def _alike(a: dict[str, Any], b: dict[str, Any]) -> bool:
    return bool(a["kind"] == b["kind"] and a["label"] == b["label"])


def _containers(boxes: Array) -> Array:
    """Position of the smallest larger box that holds each box, int64 (n,); 0 (the whole image) when there is none."""
    areas = boxes[:, 2] * boxes[:, 3]
    low = np.maximum(boxes[:, None, :2], boxes[None, :, :2])
    high = np.minimum(boxes[:, None, :2] + boxes[:, None, 2:], boxes[None, :, :2] + boxes[None, :, 2:])
    shared = np.clip(high - low, 0, None).prod(axis=2)
    holds = (shared >= INSIDE * areas[:, None]) & (areas[None] > areas[:, None])
    sizes = np.where(holds, areas[None], np.inf)
    return np.where(holds.any(axis=1), sizes.argmin(axis=1), 0).astype(np.int64)
