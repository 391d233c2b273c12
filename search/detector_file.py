"""Detectors as small JSON documents: numbers only, no pictures and no catalogue; what comes back is checked."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from indexer.core.errors import UsageError
from search.calibration import Calibration
from search.detector import Detector
from search.spaces import SpaceIdentity

FORMAT = "iconoscope-detector"
VERSION = 1
MOST_BYTES = 1_000_000
MOST_NUMBERS = 16_384
"""Longest vector of a model that is taken; the longest known ones have 4,096 numbers."""
DIGITS = 6
_HINT = "Export it again with `iconoscope sets export`."


def to_document(detector: Detector, space: SpaceIdentity, about: Mapping[str, str]) -> dict[str, Any]:
    """A detector as plain values.

    Args:
        about: `name`, `author`, `notes`, `time` of its set.
    """
    calibration = detector.calibration
    return {
        "format": FORMAT,
        "version": VERSION,
        **{key: about.get(key, "") for key in ("name", "author", "notes", "time")},
        "space": {"vectors": space.vectors, "model": space.model, "name": space.name},
        "examples": {"positive": detector.positives, "negative": detector.negatives},
        "calibration": {
            "slope": calibration.slope,
            "offset": calibration.offset,
            "share": calibration.share,
            "measured": calibration.measured,
        },
        "bias": detector.bias,
        "direction": [float(f"{v:.{DIGITS}g}") for v in detector.direction],
    }


def read_text(text: str | bytes) -> dict[str, Any]:
    """A detector's document from a file's content.

    Raises:
        UsageError: Too long, or not JSON.
    """
    if len(text) > MOST_BYTES:
        raise UsageError(f"The file has {len(text):,} bytes; detectors have at most {MOST_BYTES:,}.", _HINT)
    try:
        document = json.loads(text)
    except (ValueError, RecursionError):
        raise UsageError("The file is not a detector: it is not JSON.", _HINT) from None
    of_document(document)
    return dict(document)


def of_document(document: object) -> tuple[Detector, SpaceIdentity]:
    """The detector in a document.

    Raises:
        UsageError: Not a detector, of another version, or with numbers that are none.
    """
    if not isinstance(document, Mapping) or document.get("format") != FORMAT:
        raise UsageError("This is not a detector.", _HINT)
    if document.get("version") != VERSION:
        raise UsageError(
            f"The detector has version {str(document.get('version'))[:20]}; this program reads {VERSION}.", _HINT
        )
    try:
        space, examples, how = document["space"], document["examples"], document["calibration"]
        identity = SpaceIdentity(*(_text(space[key]) for key in ("vectors", "model", "name")))
        calibration = Calibration(
            _finite(how["slope"]), _finite(how["offset"]), _finite(how["share"]), bool(how["measured"])
        )
        counts = int(_finite(examples["positive"])), int(_finite(examples["negative"]))
        return Detector(_direction(document["direction"]), _finite(document["bias"]), calibration, *counts), identity
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise UsageError(f"The detector is damaged: {type(error).__name__} ({str(error)[:100]}).", _HINT) from None


def _direction(values: object) -> Any:
    if not isinstance(values, list) or not 0 < len(values) <= MOST_NUMBERS:
        raise ValueError("direction")
    return np.array([_finite(v) for v in values], np.float32)


def _finite(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or abs(value) > 1e12:
        raise ValueError(f"not a usable number: {str(value)[:20]}")
    return float(value)


def _text(value: object) -> str:
    if not isinstance(value, str) or len(value) > 300:
        raise ValueError("not a short text")
    return value
