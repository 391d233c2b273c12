"""The answers of an evaluation on disk: one JSON line each, written as they come, so that it can be interrupted.

What is stored are the hits, not the judgement: a truth file that is mended later is applied to answers already there.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from indexer.core.errors import UsageError
from indexer.evaluate.types import RankedHit

NAME = "answers.jsonl"


@dataclass(frozen=True, slots=True)
class Stored:
    """What a search answered to one query.

    Attributes:
        name: Of the query.
        hits: Best first, without their transforms.
        located: For right images that came back, whether the transform is true; None where that is unknown.
        timings_ms: Stage → milliseconds.
        reason: Why it could not be asked; "" when it was.
    """

    name: str
    hits: Sequence[RankedHit] = ()
    located: Mapping[str, bool | None] | None = None
    timings_ms: Mapping[str, float] | None = None
    reason: str = ""


class Journal:
    """Answers by the names of their queries, in a file where there is a folder."""

    def __init__(self, folder: Path | None, identity: Mapping[str, Any]) -> None:
        """Read what is there.

        Args:
            folder: Where the file is; None to keep nothing.
            identity: What must be the same for answers to stay valid (collection, seed).

        Raises:
            UsageError: The folder holds answers of another evaluation.
        """
        self._known: dict[str, Stored] = {}
        self._path = None if folder is None else folder / NAME
        if folder is None or self._path is None:
            return
        folder.mkdir(parents=True, exist_ok=True)
        lines = _lines(self._path)
        head = json.loads(json.dumps({"identity": identity}))
        if lines and lines[0] != head:
            raise UsageError(
                f"{folder} holds the answers of another evaluation ({lines[0].get('identity')}).",
                f"Give another folder, or remove {NAME} from it to ask everything again.",
            )
        if not lines:
            self._path.write_text(json.dumps(head) + "\n", encoding="utf-8")
        self._known = {line["name"]: _parsed(line) for line in lines[1:]}

    def get(self, name: str) -> Stored | None:
        """The answer to a query; None when it was not asked yet."""
        return self._known.get(name)

    def add(self, answer: Stored) -> None:
        """Keep an answer."""
        self._known[answer.name] = answer
        if self._path is not None:
            with self._path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(_plain(answer)) + "\n")


def _lines(path: Path) -> list[dict[str, Any]]:
    """The lines of a file that may end in half of one."""
    found = []
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
        try:
            found.append(json.loads(line))
        except ValueError:
            break
    return found


def _plain(answer: Stored) -> dict[str, Any]:
    if answer.reason:
        return {"name": answer.name, "reason": answer.reason}
    hits = [[h.image, round(h.score, 6), h.same_print, h.inliers, h.mirrored, _rounded(h.parts)] for h in answer.hits]
    times = {stage: round(ms, 2) for stage, ms in (answer.timings_ms or {}).items()}
    return {"name": answer.name, "hits": hits, "located": dict(answer.located or {}), "ms": times}


def _rounded(parts: Mapping[str, float]) -> dict[str, float]:
    return {name: float(f"{value:.5g}") for name, value in parts.items()}


def _parsed(line: Mapping[str, Any]) -> Stored:
    if line.get("reason"):
        return Stored(line["name"], reason=str(line["reason"]))
    hits = [  # answers kept before the parts of scores were have five numbers a hit
        RankedHit(image, score, same, inliers, None, turned, parts[0] if parts else {})
        for image, score, same, inliers, turned, *parts in line["hits"]
    ]
    return Stored(line["name"], hits, line["located"], line["ms"])
