"""Truth files of known copies, in the three forms that are understood, and how their names meet a collection's."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any

from indexer.core.errors import UsageError
from indexer.core.geometry import Box

HINT = "Accepted: groundtruth_reprints.json, groundtruth_crop_to_page.csv, or truth.json of the sample print shop."


@dataclass(frozen=True, slots=True)
class TruthQuery:
    """A query of which the right answers are known.

    Attributes:
        image: Name of the image to ask with; it must not come back itself.
        positives: Names of images that show the same print.
        ignore: Names whose place in the ranking neither helps nor hurts.
        box: The part of `image` to ask with; None for all of it.
        place: Where in the (only) positive the picture lies; None if unknown.
    """

    image: str
    positives: frozenset[str]
    ignore: frozenset[str] = frozenset()
    box: Box | None = None
    place: Box | None = None


Truth = Mapping[str, Sequence[TruthQuery]]
"""Queries by class name."""


def load_truth(path: Path) -> Truth:
    """Read a truth file; the form is told by its contents.

    Returns:
        Classes `reprints` and `reprints partial`; or `crop to page`; or `shop KIND` for kinds of blocks.

    Raises:
        UsageError: Not one of the forms, or not readable.
    """
    try:
        if path.suffix.lower() == ".csv":
            with path.open(encoding="utf-8-sig", newline="") as file:
                return _crops(list(csv.DictReader(file)))
        data = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(data, dict):
            raise UsageError(f"{path.name} is not a truth file.", HINT)
        return _shop(data) if "groups" in data and "images" in data else _reprints(data)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(f"{path.name} cannot be read as a truth file ({error!r}).", HINT) from error


def _reprints(data: Mapping[str, Any]) -> Truth:
    classes: dict[str, list[TruthQuery]] = {"reprints": [], "reprints partial": []}
    for image, row in data.items():
        same, part, ignore = (frozenset(row.get(key, ())) for key in ("positives", "partial", "ignore"))
        if same:
            classes["reprints"].append(TruthQuery(image, same, part | ignore))
        if part:
            classes["reprints partial"].append(TruthQuery(image, part, same | ignore))
    return {name: queries for name, queries in classes.items() if queries}


def _crops(rows: Iterable[Mapping[str, str]]) -> Truth:
    queries = []
    for row in rows:
        x, y, w, h = (float(row[key]) for key in "xywh")
        queries.append(TruthQuery(row["crop"], frozenset([row["page"]]), place=(x, y, w, h)))
    return {"crop to page": queries} if queries else {}


def _shop(data: Mapping[str, Any]) -> Truth:
    classes: dict[str, list[TruthQuery]] = {}
    for image, entry in data["images"].items():
        for region in entry["regions"]:
            positives = frozenset(data["groups"][region["block"]]) - {image}
            if positives:
                x, y, w, h = (float(v) for v in region["box"])
                query = TruthQuery(image, positives, frozenset([image]), (x, y, w, h))
                classes.setdefault(f"shop {region['kind']}", []).append(query)
    return classes


def matched(truth: Truth, names: Iterable[str]) -> Truth:
    """The truth in the names of a collection.

    A name that the collection does not have is taken for the one image with the same end of the path, if there
    is exactly one. Positives that are not in the collection are dropped, and then queries without positives.
    The query image itself need not be in the collection.
    """
    known = frozenset(names)
    tails: dict[str, list[str]] = {}
    for name in known:
        tails.setdefault(PurePosixPath(name).name, []).append(name)

    def find(name: str) -> str | None:
        if name in known:
            return name
        same = [n for n in tails.get(PurePosixPath(name).name, []) if name.endswith(n) or n.endswith(name)]
        return same[0] if len(same) == 1 else None

    result: dict[str, list[TruthQuery]] = {}
    for kind, queries in truth.items():
        for query in queries:
            positives = frozenset(n for n in map(find, query.positives) if n)
            ignore = frozenset(n for n in map(find, query.ignore) if n)
            if positives:
                named = replace(query, image=find(query.image) or query.image, positives=positives, ignore=ignore)
                result.setdefault(kind, []).append(named)
    return result


def known_copies(truth: Truth | None) -> Mapping[str, frozenset[str]]:
    """For each image of the truth, all images that are or may be copies of it (not counted as mistakes)."""
    copies: dict[str, set[str]] = {}
    for queries in (truth or {}).values():
        for query in queries:
            group = {query.image} | query.positives | query.ignore
            for name in group:
                copies.setdefault(name, set()).update(group - {name})
    return {name: frozenset(group) for name, group in copies.items()}


def load_audit(path: Path) -> Mapping[str, frozenset[str]]:
    """Copies that somebody saw on a contact sheet: JSON, `{"picture asked with": ["image of the collection", …]}`.

    Raises:
        UsageError: Not of this form, or not readable.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        if not isinstance(data, dict) or not all(isinstance(v, list) for v in data.values()):
            raise ValueError("not an object of lists")
        return {str(name): frozenset(str(v) for v in images) for name, images in data.items()}
    except (OSError, ValueError) as error:
        hint = 'Expected {"picture asked with": ["image of the collection"]}.'
        raise UsageError(f"{path.name} cannot be read as a list of audited copies ({error}).", hint) from error
