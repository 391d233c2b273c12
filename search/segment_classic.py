"""Candidate masks without a network: GrabCut, flood fill, and connected ink (for woodcuts and drawings).

GrabCut: Rother, Kolmogorov, Blake 2004, as OpenCV has it. The score of a candidate says how well its outline runs along
edges of the picture and whether it obeys the clicks; it orders candidates, it is not a probability.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from indexer.core.geometry import Box
from indexer.core.types import Array

SIDE = 512
"""Longer side in pixels at which candidates are computed: GrabCut then takes about 0.3 s on one core."""
ITERATIONS = 4
TOLERANCES = (6, 14, 28)
"""Steps in grey level or colour from pixel to pixel across which the flood spreads."""
CLOSINGS = (3, 9)
"""Widths in pixels of the gaps between lines that are closed before ink is taken as connected (hatching)."""
MARK = 4
"""Radius in pixels of a click."""
ALIKE = 0.92
"""Candidates that overlap more than this (IoU) are one."""

Point = tuple[float, float]
Row = tuple[Array, float, str]


class ClassicPicture:
    """A picture made ready: reduced, smoothed, its edges and its ink.

    Args:
        rgb: uint8 (h, w, 3).
    """

    def __init__(self, rgb: Array) -> None:
        import cv2

        h, w = rgb.shape[:2]
        factor = min(1.0, SIDE / max(h, w))
        size = max(2, round(w * factor)), max(2, round(h * factor))
        self.rgb = np.ascontiguousarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA))
        self.scale = size[0] / w
        self.shape = self.rgb.shape[:2]
        grey = cv2.cvtColor(self.rgb, cv2.COLOR_RGB2GRAY)
        self._smooth = cv2.bilateralFilter(self.rgb, 7, 30, 5)
        soft = cv2.GaussianBlur(grey, (0, 0), 1.2).astype(np.float32)
        edges = np.hypot(cv2.Sobel(soft, cv2.CV_32F, 1, 0), cv2.Sobel(soft, cv2.CV_32F, 0, 1))
        strong = float(np.percentile(edges, 95))
        self._edges = np.clip(edges / max(strong, 8.0), 0, 1)
        level, _ = cv2.threshold(grey, 0, 255, cv2.THRESH_OTSU)
        self._ink = (grey <= level).astype(np.uint8)

    def candidates(self, inside: Sequence[Point], outside: Sequence[Point], box: Box | None) -> list[Row]:
        """Masks bool (h, w) with score and method.

        Args:
            inside, outside: Clicks in pixels of the reduced picture.
            box: In pixels of the reduced picture; masks stay within it.
        """
        frame = self._frame(box)
        rows: list[Row] = []
        if inside:
            floods = [(self._flood(inside, tolerance) & frame, "flood-fill") for tolerance in TOLERANCES]
            inks = [(self._component(inside, gap) & frame, "component") for gap in CLOSINGS]
            rows += [(mask, self._score(mask, inside, outside), method) for mask, method in (*floods, *inks)]
        elif box is not None:
            inks = [(_main_parts(self._closed(gap) & frame, []), "component") for gap in CLOSINGS]
            rows += [(mask, self._score(mask, inside, outside), method) for mask, method in inks]
        seed = max(rows, key=lambda row: row[1])[0] if rows else None
        cut = self._grabcut(inside, outside, box, seed) & frame
        rows.append((cut, self._score(cut, inside, outside), "grabcut"))
        return _distinct([row for row in rows if row[0].any() and row[1] > 0])

    def _frame(self, box: Box | None) -> Array:
        """True inside the box, everywhere without one."""
        frame = np.zeros(self.shape, bool)
        if box is None:
            frame[:] = True
        else:
            x, y, w, h = box
            frame[round(y) : max(round(y + h), round(y) + 1), round(x) : max(round(x + w), round(x) + 1)] = True
        return frame

    def _pixel(self, point: Point) -> tuple[int, int]:
        h, w = self.shape
        return min(max(int(point[0]), 0), w - 1), min(max(int(point[1]), 0), h - 1)

    def _flood(self, inside: Sequence[Point], tolerance: int) -> Array:
        """What can be reached from the clicks in small steps of colour, holes filled."""
        import cv2

        mask = np.zeros((self.shape[0] + 2, self.shape[1] + 2), np.uint8)
        flags = 4 | cv2.FLOODFILL_MASK_ONLY | (1 << 8)
        for point in inside:
            if not mask[self._pixel(point)[1] + 1, self._pixel(point)[0] + 1]:
                cv2.floodFill(self._smooth, mask, self._pixel(point), 0, (tolerance,) * 3, (tolerance,) * 3, flags)
        return _without_holes(mask[1:-1, 1:-1] > 0)

    def _component(self, inside: Sequence[Point], gap: int) -> Array:
        """The inked figure under or around the clicks: lines closed to areas, holes filled."""
        import cv2

        _, labels = cv2.connectedComponents(self._closed(gap).astype(np.uint8), connectivity=8)
        wanted = {int(labels[y, x]) for x, y in map(self._pixel, inside)} - {0}
        return np.asarray(np.isin(labels, list(wanted)), bool)

    def _closed(self, gap: int) -> Array:
        """Ink with gaps up to `gap` pixels closed and everything enclosed filled."""
        import cv2

        kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (gap, gap))
        return _without_holes(cv2.morphologyEx(self._ink, cv2.MORPH_CLOSE, kernel) > 0)

    def _grabcut(self, inside: Sequence[Point], outside: Sequence[Point], box: Box | None, seed: Array | None) -> Array:
        """GrabCut from a box, from clicks, or from the best of the other candidates."""
        import cv2

        marks = np.full(self.shape, cv2.GC_BGD if box is not None else cv2.GC_PR_BGD, np.uint8)
        if box is not None:
            marks[self._frame(box)] = cv2.GC_PR_FGD
        elif seed is not None:
            marks[cv2.dilate(seed.astype(np.uint8), np.ones((9, 9), np.uint8)) > 0] = cv2.GC_PR_FGD
        for points, value in ((inside, cv2.GC_FGD), (outside, cv2.GC_BGD)):
            for point in points:
                cv2.circle(marks, self._pixel(point), MARK, int(value), -1)
        sure = np.isin(marks, (cv2.GC_FGD, cv2.GC_PR_FGD))
        if sure.all() or not sure.any():
            return sure  # GrabCut needs both sides
        cv2.setRNGSeed(0)  # its mixtures begin at random
        models = np.zeros((1, 65)), np.zeros((1, 65))
        cv2.grabCut(self.rgb, marks, None, *models, ITERATIONS, cv2.GC_INIT_WITH_MASK)
        return _main_parts(np.isin(marks, (cv2.GC_FGD, cv2.GC_PR_FGD)), [self._pixel(p) for p in inside])

    def _score(self, mask: Array, inside: Sequence[Point], outside: Sequence[Point]) -> float:
        """0–1: share of the outline on edges, of the clicks obeyed, less for specks and for almost everything."""
        import cv2

        share = float(mask.mean())
        if share == 0:
            return 0.0
        ring = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8)) > 0
        ring[[0, -1], :] = ring[:, [0, -1]] = False  # the picture's own border is no edge
        along = float(self._edges[ring].mean()) if ring.any() else 0.0
        obeyed = [mask[y, x] for x, y in map(self._pixel, inside)]
        obeyed += [not mask[y, x] for x, y in map(self._pixel, outside)]
        right = float(np.mean(obeyed)) if obeyed else 1.0
        size = min(1.0, share / 0.002) * (1.0 if share < 0.8 else 0.25)
        return along * right**2 * size


def _without_holes(mask: Array) -> Array:
    """A mask with everything that its outer contours enclose."""
    import cv2

    contours, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    filled = np.zeros(mask.shape, np.uint8)
    cv2.drawContours(filled, contours, -1, 1, -1)
    return np.asarray(filled > 0, bool)


def _main_parts(mask: Array, inside: Sequence[tuple[int, int]]) -> Array:
    """The parts that were clicked on; without clicks, those of at least a tenth of the largest."""
    import cv2

    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    clicked = {int(labels[y, x]) for x, y in inside} - {0}
    if clicked:
        return np.asarray(np.isin(labels, list(clicked)), bool)
    areas = stats[:, cv2.CC_STAT_AREA].astype(np.int64)
    areas[0] = 0
    keep = areas >= 0.1 * areas.max() if count > 1 else np.zeros(count, bool)
    keep[0] = False
    return np.asarray(keep[labels], bool)


def _distinct(rows: Sequence[Row]) -> list[Row]:
    """Best first, without those that are nearly another one."""
    kept: list[Row] = []
    for row in sorted(rows, key=lambda r: -r[1]):
        if all((row[0] & other[0]).sum() <= ALIKE * (row[0] | other[0]).sum() for other in kept):
            kept.append(row)
    return kept


def outlines(mask: Array, width: int, height: int) -> list[list[tuple[float, float]]]:
    """Outer contours of a mask, simplified, in pixels of the original; largest first, at most 16."""
    import cv2

    contours, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    sx, sy = width / mask.shape[1], height / mask.shape[0]
    rings = []
    for contour in sorted(contours, key=lambda c: -float(cv2.contourArea(c)))[:16]:
        ring = cv2.approxPolyDP(contour, 0.8, True).reshape(-1, 2)
        if len(ring) >= 3:
            rings.append([(round((float(x) + 0.5) * sx, 1), round((float(y) + 0.5) * sy, 1)) for x, y in ring])
    return rings
