"""From the evidence of a match to a score that can be believed.

Two kinds of evidence are added, both −log10 of how often chance would do as well: that of the keypoints
(verify_evidence.py; less where the witnesses lie on a thin strip, as those of a line of type do) and that of the tones
(verify_dense.py; less where few pixels were compared). Where enough pixels were compared and most of what is drawn does
not agree, no evidence makes a match sure: a frame, a signature or a caption that two pictures share has many witnesses.
Nor does it where witnesses stray from the movement of their neighbours: the picture was drawn again (verify_stray.py).

The threshold comes from queries without any copy in the collection (docs/same-print.md). As chance is accounted for in
both kinds, it does not depend on the collection.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from indexer.core.types import Array
from search.verify_dense import Registration
from search.verify_evidence import Proof, shape_of
from search.verify_stray import stray

SURE = 0.5
"""The score from which a match is called the same print."""
THRESHOLD = 40.0
"""Evidence that scores 0.5."""
UNLAID = 40.0
"""Evidence of keypoints that scores 0.5 where the pictures could not be laid on each other."""
THICK = 0.08
"""Thickness of the cloud of witnesses, as a part of the query's longer side, below which it counts as a strip."""
CLEAR, STEEP = 0.7, 8
"""Correlation from which on tones count in full, and the power by which they count less below it. Tones of a picture
copied by hand after another agree at every place, but not as well: blocks cut again correlate at .41–.71 (of 19 pairs
12 below .67), other prints of one block at .68–.97 (one in ten less)."""
MOST = 60.0
"""Tones prove at most this much: beyond it the ratio says how much is drawn on the picture, not how alike they are."""
ENOUGH = 4000
"""Pixels compared below which tones count less."""
SHIFTS = 25
"""Places around the predicted one of which the best counted."""
COVERED = 0.65
"""Part of what is drawn that must agree: portraits in frames of one pattern reach 0.63, coarse reprints 0.84."""
COVERED_MANY = 0.45
"""The same where keypoints prove so much that a photograph taken from an angle is likelier than a shared frame."""
MANY = 60.0
"""Evidence of keypoints from which on that holds; shared frames reached 39."""
JUDGED = 2000
"""Pixels compared from which on disagreement counts."""
DOUBT = 0.9
"""Part of the threshold that is reached at most where less agrees."""
STRAYED = 0.0035
"""How far witnesses may stray, as a part of the query's size: of prints of one block 99 in 100 stay below it, of pairs
of blocks cut again after one model one in five does."""
REDRAWN = 0.9
"""Part of the threshold from which pictures drawn again are ranked; they stay just below it."""


def print_score(parts: Mapping[str, float], registration: Registration | None) -> float:
    """In [0, 1]; 0.5 is the threshold of `same_print`.

    Args:
        parts: Of the match, as `parts_of` gives them.
        registration: As it was given to `parts_of`.
    """
    total = _total(parts, registration)
    if parts.get("stray", 0.0) > STRAYED:
        total = redrawn(total)
    return score_of(total)


def redrawn(total: float) -> float:
    """What evidence above the threshold counts for a picture drawn again: it is ranked by it, but never sure."""
    return THRESHOLD * (1.0 - (1.0 - REDRAWN) * THRESHOLD / total)


def parts_of(
    proof: Proof, points: Array, image_points: Array, side: float, registration: Registration | None
) -> dict[str, float]:
    """The numbers that a score is made of, by name.

    `log_nfa`, `thickness` (part of the side), `witnesses`, the cells `tested` and `stray` where the evidence would do;
    then `correlation`, `ratio`, `pixels` and `coverage` where the pictures were laid on each other.

    Args:
        proof: Of the match.
        points, image_points: float32 (k, 2), its witnesses in the query and in the image.
        side: Longer side of the query in pixels.
        registration: How the pictures lie on each other; None where that is not known.
    """
    thickness, _ = shape_of(points, side)
    found = {"log_nfa": proof.log_nfa, "thickness": thickness, "witnesses": len(points), "tested": proof.tested}
    if registration is not None:
        r = registration
        found |= {"correlation": r.peak, "ratio": r.ratio, "pixels": r.pixels, "coverage": r.coverage}
    if _total(found, registration) >= THRESHOLD:
        found["stray"] = stray(points, image_points, side)
    return {name: float(value) for name, value in found.items()}


def _total(parts: Mapping[str, float], registration: Registration | None) -> float:
    return evidence(parts["log_nfa"] * min(1.0, parts["thickness"] / THICK), registration)


def evidence(keypoints: float, registration: Registration | None) -> float:
    """All evidence, in powers of ten.

    Args:
        keypoints: −log10 NFA of the witnesses, weighted by their shape.
        registration: As for `parts_of`.
    """
    if registration is None:
        return keypoints * THRESHOLD / UNLAID
    weight = min(1.0, registration.pixels / ENOUGH)
    clear = min(1.0, max(registration.peak, 0.0) / CLEAR) ** STEEP
    total = keypoints + weight * clear * min(MOST, tones(registration.ratio))
    needed = COVERED_MANY if keypoints >= MANY else COVERED
    if registration.coverage < needed and registration.pixels >= JUDGED:
        return DOUBT * THRESHOLD * total / (total + THRESHOLD)
    return total


def tones(ratio: float) -> float:
    """−log10 of the number of false alarms of a peak so many standard deviations high (normal tail × shifts tried)."""
    if ratio <= 0:
        return 0.0
    tail = math.log10(max(math.erfc(ratio / math.sqrt(2.0)) / 2.0, 1e-300))
    return max(0.0, -tail - math.log10(SHIFTS))


def score_of(total: float) -> float:
    """The score of some evidence: it rises for ever, so that the best of many sure copies still comes first."""
    return max(0.0, total) / (max(0.0, total) + THRESHOLD)
