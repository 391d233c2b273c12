"""Illustrations, ornaments and initials on a scanned page.

A wide bare surround is cut away (framing.py); ink is separated from paper (ink.py) and taken apart into pieces
(components.py); each cell of the page is described by them (cells.py) and classified by a small network (network.py);
areas of picture become boxes (cutting.py), which are joined and sorted into kinds (grouping.py).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from indexer.core.settings import PageSettings
from indexer.core.types import Array, DecodedImage, Regions
from indexer.regions.cells import CHANNELS, UNIT, describe_cells
from indexer.regions.components import Components, find_components
from indexer.regions.cutting import Cut, cut_regions, share_in
from indexer.regions.framing import content_window
from indexer.regions.grouping import SURE, add_missing, is_scrap, join_cuts, keep_sound, kind_of_cut
from indexer.regions.ink import Ink, read_ink, reduce_to
from indexer.regions.judging import has_ink, is_flat, is_type, lift_carved, trim
from indexer.regions.network import CLASSES, classify_cells
from indexer.regions.plain_cuts import plain_cuts
from indexer.regions.text import letter_lines

SMALLEST = 32
"""Images with a shorter side than this are no pages."""


DOUBT = 0.4
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
    side = (settings or PageSettings()).side
    x, y, w, h = content_window(rgb, side)
    small = reduce_to(rgb[y : y + h, x : x + w], side)
    if min(small.shape[:2]) < SMALLEST:
        return PageLayout(
            np.zeros(small.shape[:2], np.uint8), np.zeros((0, 4), np.float32), [], np.zeros(0, np.float32), True, 0.0
        )
    layout = _layout_of(small)
    factor = w / small.shape[1]
    whole = (w, h) == rgb.shape[1::-1]
    return replace(
        layout,
        text=layout.text if whole else _placed(layout.text, (x, y), factor, rgb.shape),
        boxes=layout.boxes * np.float32(factor) + np.array((x, y, 0, 0), np.float32),
        single=layout.single and whole,
        line_height=layout.line_height * factor,
    )


def _placed(text: Array, corner: tuple[int, int], factor: float, shape: tuple[int, ...]) -> Array:
    """A mask of a window of the image as one of all of it, at the window's scale."""
    x, y = (round(v / factor) for v in corner)
    size = max(round(shape[0] / factor), y + text.shape[0]), max(round(shape[1] / factor), x + text.shape[1])
    out = np.zeros(size, np.uint8)
    out[y : y + text.shape[0], x : x + text.shape[1]] = text
    return out


def _layout_of(small: Array) -> PageLayout:
    """Take apart a page of the size at which it is analysed; boxes in pixels of it."""
    page = read_ink(small)
    pieces = find_components(page.ink)
    unit = pieces.line_height or UNIT
    cells = describe_cells(page, pieces)
    shares = classify_cells(cells)
    cuts = _cuts_of(page, pieces, shares, unit)
    letters = pieces.letters & ~_covered(pieces.boxes, cuts)
    text = letter_lines(pieces, letters)
    return PageLayout(
        text=text,
        boxes=np.array([cut.box for cut in cuts], np.float32).reshape(-1, 4),
        kinds=[kind_of_cut(cut, unit, small.shape) for cut in cuts],
        scores=np.array([cut.score for cut in cuts], np.float32),
        single=_is_single(cuts, text, cells, shares),
        line_height=pieces.line_height,
    )


def _cuts_of(page: Ink, pieces: Components, shares: Array, unit: float) -> list[Cut]:
    """Pictures and initials, from shares of classes in cells to sound cuts."""
    cuts = [trim(cut, pieces) for cut in cut_regions(shares, page.ink, pieces) if has_ink(cut, page.ink)]
    cuts = [lift_carved(cut, page.ink, pieces, unit) if cut.score > SURE else cut for cut in cuts]
    others = [cut for cut in plain_cuts(page.ink, page.colour, pieces, unit) if not is_scrap(cut, page.ink.shape)]
    others = [cut for cut in others if share_in(shares, cut.box) > DOUBT]
    cuts = add_missing(keep_sound(cuts, unit, page.ink.shape), others)
    cuts = [cut for cut in cuts if not is_flat(cut, page.grey, page.ink)]
    cuts = [cut for cut in cuts if not is_type(cut, pieces, page.colour, unit)]
    letters = pieces.letters & ~_covered(pieces.boxes, cuts)
    cuts = join_cuts(cuts, pieces.boxes[letters].astype(np.float64), unit)
    return [cut for cut in cuts if not is_type(cut, pieces, page.colour, unit)]


def _covered(pieces: Array, cuts: list[Cut]) -> Array:
    """Pieces whose centre lies in a picture, bool (n,)."""
    cx, cy = pieces[:, 0] + pieces[:, 2] / 2, pieces[:, 1] + pieces[:, 3] / 2
    inside = np.zeros(len(pieces), bool)
    for cut in cuts:
        x, y, w, h = cut.box
        inside |= (cx >= x) & (cx <= x + w) & (cy >= y) & (cy <= y + h)
    return inside


def _is_single(cuts: list[Cut], text: Array, cells: Array, shares: Array) -> bool:
    """Whether hardly any type stands beside the pictures, and they fill the image or no paper surrounds them."""
    if float((text > 0).mean()) > LITTLE_TEXT:
        return False
    if _bleeds(shares):
        return True
    if not cuts:
        return False
    boxes = np.array([cut.box for cut in cuts])
    low, high = boxes[:, :2].min(axis=0), (boxes[:, :2] + boxes[:, 2:]).max(axis=0)
    share = float((high - low).prod()) / text.size
    margin = _bare_margin(cells)
    dark = float(np.median(cells[..., CHANNELS.index("dark")]))
    return share > (0.85 if len(cuts) == 1 else 0.6) or margin < 0.5 or (margin < 0.8 and dark > MOSTLY_PAPER)


def _bleeds(shares: Array) -> bool:
    """Whether the network sees picture in much of the image and as far as its edges."""
    picture = shares[..., PICTURES].sum(axis=2) > 0.5
    edge = np.ones(picture.shape, bool)
    edge[2:-2, 2:-2] = False
    return bool(picture.mean() > MUCH and picture[edge].mean() > TO_THE_EDGE)


PICTURES = [CLASSES.index("picture"), CLASSES.index("initial")]
MUCH, TO_THE_EDGE = 0.45, 0.12
"""Shares of cells, of all and of the two outermost rings, in pictures: photographs without a margin have 0.5–1.0 and
0.2–1.0, pages that are plates 0.3–0.7 and 0.0 (15 and 15 images)."""
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
