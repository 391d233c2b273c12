"""Illustrations, ornaments and initials on a scanned page.

Ink is separated from paper (ink.py) and taken apart into pieces (components.py); each cell of the page is described by
them (cells.py) and classified by a small network (network.py); areas of picture become boxes (cutting.py), which are
joined and sorted into kinds (grouping.py).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from indexer.core.settings import PageSettings
from indexer.core.types import Array, DecodedImage, Regions
from indexer.regions.cells import CHANNELS, UNIT, describe_cells
from indexer.regions.components import find_components
from indexer.regions.cutting import Cut, cut_regions, share_in
from indexer.regions.grouping import add_missing, join_cuts, keep_sound, kind_of_cut
from indexer.regions.ink import read_ink, reduce_to
from indexer.regions.judging import has_ink, is_type, trim
from indexer.regions.network import classify_cells
from indexer.regions.plain_cuts import plain_cuts
from indexer.regions.text import letter_lines

SMALLEST = 32
"""Images with a shorter side than this are no pages."""


DOUBT = 0.3
"""What a rule finds counts only where the network gives at least this share to pictures and initials: to a rule, lines
of type that run together look like carving."""


@dataclass(frozen=True, slots=True)
class PageLayout:
    """What stands where on a page.

    Attributes:
        text: uint8 mask (h, w), 255 on lines of letterpress, at the analysed size.
        boxes: float32 (n, 4), pictures, `[x, y, width, height]` in pixels of the given image.
        kinds: `illustration`, `ornament` or `initial` for each box.
        scores: float32 (n,), 0–1.
        single: The whole image is one picture: nothing to cut out.
        line_height: Height of the prevailing letters in pixels of the given image; 0 when there are none.
    """

    text: Array
    boxes: Array
    kinds: list[str]
    scores: Array
    single: bool
    line_height: float


def propose(decoded: DecodedImage, settings: PageSettings | None = None) -> Regions:
    """Pictures on a page as regions in original pixels; empty when the image as a whole is one picture."""
    settings = settings or PageSettings()
    layout = page_layout(decoded.rgb, settings)
    if layout.single:
        return Regions.empty()
    best = np.sort(np.argsort(-layout.scores, kind="stable")[: settings.limit])
    boxes = layout.boxes / decoded.scale
    return Regions.of(
        [
            {"box": boxes[i], "kind": layout.kinds[i], "origin": "page", "score": float(layout.scores[i])}
            for i in best.tolist()
        ]
    )


def page_layout(rgb: Array, settings: PageSettings | None = None) -> PageLayout:
    """Take a page apart, uint8 (h, w, 3) of any size."""
    small = reduce_to(rgb, (settings or PageSettings()).side)
    if min(small.shape[:2]) < SMALLEST:
        return PageLayout(
            np.zeros(small.shape[:2], np.uint8), np.zeros((0, 4), np.float32), [], np.zeros(0, np.float32), True, 0.0
        )
    factor = rgb.shape[1] / small.shape[1]
    page = read_ink(small)
    pieces = find_components(page.ink)
    unit = pieces.line_height or UNIT
    cells = describe_cells(page, pieces)
    shares = classify_cells(cells)
    cuts = [trim(cut, pieces) for cut in cut_regions(shares, page.ink, pieces) if has_ink(cut, page.ink)]
    others = [cut for cut in plain_cuts(page.ink, page.colour, pieces, unit) if share_in(shares, cut.box) > DOUBT]
    cuts = add_missing(keep_sound(cuts, unit, small.shape), others)
    cuts = [cut for cut in cuts if not is_type(cut, pieces, page.colour, unit)]
    letters = pieces.letters & ~_covered(pieces.boxes, cuts)
    cuts = join_cuts(cuts, pieces.boxes[letters].astype(np.float64), unit)
    cuts = [cut for cut in cuts if not is_type(cut, pieces, page.colour, unit)]
    letters = pieces.letters & ~_covered(pieces.boxes, cuts)
    text = letter_lines(pieces, letters)
    return PageLayout(
        text=text,
        boxes=np.array([cut.box for cut in cuts], np.float32).reshape(-1, 4) * np.float32(factor),
        kinds=[kind_of_cut(cut, unit, small.shape) for cut in cuts],
        scores=np.array([cut.score for cut in cuts], np.float32),
        single=_is_single(cuts, text, cells),
        line_height=pieces.line_height * factor,
    )


def _covered(pieces: Array, cuts: list[Cut]) -> Array:
    """Pieces whose centre lies in a picture, bool (n,)."""
    cx, cy = pieces[:, 0] + pieces[:, 2] / 2, pieces[:, 1] + pieces[:, 3] / 2
    inside = np.zeros(len(pieces), bool)
    for cut in cuts:
        x, y, w, h = cut.box
        inside |= (cx >= x) & (cx <= x + w) & (cy >= y) & (cy <= y + h)
    return inside


def _is_single(cuts: list[Cut], text: Array, cells: Array) -> bool:
    """Whether hardly any type stands beside the pictures, and they fill the image or no paper surrounds them."""
    if not cuts or float((text > 0).mean()) > LITTLE_TEXT:
        return False
    boxes = np.array([cut.box for cut in cuts])
    low, high = boxes[:, :2].min(axis=0), (boxes[:, :2] + boxes[:, 2:]).max(axis=0)
    share = float((high - low).prod()) / text.size
    margin = _bare_margin(cells)
    dark = float(np.median(cells[..., CHANNELS.index("dark")]))
    return share > (0.85 if len(cuts) == 1 else 0.6) or margin < 0.5 or (margin < 0.8 and dark > MOSTLY_PAPER)


LITTLE_TEXT = 0.004
"""Share of the image in lines of type from which it is a page."""
MOSTLY_PAPER = 0.125
"""Darkness of the median cell: pages have 0.02–0.12, photographs 0.14–0.9 (52 images)."""


def _bare_margin(cells: Array) -> float:
    """Share of cells along the edge of the image that are bare paper (or the dark surround of the scan)."""
    dark, border = cells[..., CHANNELS.index("dark_max")], cells[..., CHANNELS.index("border")]
    bare = (dark < 0.3) | (border > 0.5)
    edge = np.ones(bare.shape, bool)
    edge[1:-1, 1:-1] = False
    return float(bare[edge].mean())
