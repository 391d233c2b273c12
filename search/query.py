"""A query as typed values: terms with signs and weights, mode, filter, limits. Parsed from a line of a queries file."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from indexer.core.errors import QueryError, TooLargeError, UsageError
from indexer.core.geometry import Box, as_box, parse_box

MODES = ("auto", "semantic", "instance", "signature", "keyword")
GROUPS = ("image", "document", "none")
MAX_LIMIT = 10_000
MAX_WORDS = 500
MAX_TERMS = 200
MAX_WEIGHT = 100.0
MAX_CORNERS = 500
_OPTIONS = {"mirror": bool, "inverted": bool, "include_self": bool}
_KEYS = {
    "id",
    "text",
    "not_text",
    "images",
    "not_images",
    "like",
    "not_like",
    "mode",
    "where",
    "limit",
    "group",
    "fold",
}


@dataclass(frozen=True, slots=True)
class TextTerm:
    """Words; a negative weight pushes away."""

    text: str
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class PictureTerm:
    """A picture or a box in one. Exactly one of `path`, `upload`, `image` and `image_id` is set.

    Attributes:
        path: A file of the user's own machine (command line only).
        upload: Key of an uploaded file.
        image: Name of a stored image.
        image_id: Id of a stored image.
        region_id: A stored region; stands for its image and box.
        polygon: Corners in original pixels; only what is inside is meant. Its box is `box`.
    """

    path: str | None = None
    upload: str | None = None
    image: str | None = None
    image_id: int | None = None
    region_id: int | None = None
    box: Box | None = None
    weight: float = 1.0
    polygon: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Query:
    """What is asked.

    Attributes:
        where: Filter over catalogue fields (indexer/collection/filters.py); "" for none.
        group: At most one hit an `image` or `document`, or `none`.
        fold: Fold near-duplicates under the best hit.
    """

    id: str = ""
    texts: Sequence[TextTerm] = ()
    pictures: Sequence[PictureTerm] = ()
    mode: str = "auto"
    where: str = ""
    limit: int = 50
    group: str = "image"
    fold: bool = False
    options: Mapping[str, bool] = field(default_factory=dict)

    @property
    def positive(self) -> bool:
        """Whether some term pulls."""
        return any(t.weight > 0 for t in self.texts) or any(p.weight > 0 for p in self.pictures)

    @classmethod
    def from_json(cls, line: Mapping[str, Any], allow_paths: bool = False) -> Query:
        """From a line of a queries file or the body of a request.

        Args:
            allow_paths: Accept `{"path": …}`; never over HTTP.

        Raises:
            QueryError: Unknown keys or values that make no sense; the message names them.
        """
        if not isinstance(line, Mapping):
            raise QueryError("A query is a JSON object.", 'Example: {"text": ["a ship"], "limit": 10}')
        unknown = set(line) - _KEYS - set(_OPTIONS)
        if unknown:
            raise QueryError(
                f"Unknown keys in the query: {', '.join(sorted(unknown))}.",
                f"Known keys: {', '.join(sorted(_KEYS | set(_OPTIONS)))}.",
            )
        texts = [*_texts(line, "text", 1.0), *_texts(line, "not_text", -1.0)]
        pictures = [
            *_pictures(line, "images", 1.0, allow_paths),
            *_pictures(line, "not_images", -1.0, allow_paths),
            *_likes(line, "like", 1.0),
            *_likes(line, "not_like", -1.0),
        ]
        if len(texts) + len(pictures) > MAX_TERMS:
            raise QueryError(f"The query has {len(texts) + len(pictures)} terms.", f"At most {MAX_TERMS} are taken.")
        query = cls(
            id=str(line.get("id", "")),
            texts=texts,
            pictures=pictures,
            mode=_choice(line, "mode", MODES, "auto"),
            where=_text(line.get("where") or "", "where"),
            limit=_limit(line.get("limit", 50)),
            group=_choice(line, "group", GROUPS, "image"),
            fold=_flag(line, "fold"),
            options={k: _flag(line, k) for k in _OPTIONS if k in line},
        )
        query.require_something()
        return query

    def require_something(self) -> None:
        """Raise QueryError unless there is a term that pulls, or a filter alone."""
        if not self.positive and (self.texts or self.pictures):
            raise QueryError("The query has only terms that push away.", "Add a text, an image or a `like`.")
        if not self.texts and not self.pictures and not self.where:
            raise QueryError("The query is empty.", "Give at least one of text, images, like or where.")


def read_queries(path: Path) -> list[Query]:
    """The queries of a JSON-lines file, ids filled in with line numbers where missing.

    Raises:
        QueryError: The file cannot be read or a line is wrong; the message names the line.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise QueryError(
            f"{path} cannot be read: {error}.", "Give a UTF-8 file with one JSON object a line."
        ) from error
    queries = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            document = json.loads(line)
            queries.append(Query.from_json({"id": str(number), **document}, allow_paths=True))
        except (ValueError, TypeError) as error:
            raise QueryError(f"{path}, line {number} is not a JSON object: {error}.") from error
        except UsageError as error:
            raise QueryError(f"{path}, line {number}: {error.message}", error.hint) from error
    return queries


def text_term(value: object, sign: float = 1.0) -> TextTerm:
    """A string, or `{"text": …, "weight": …}`."""
    weight = 1.0
    if isinstance(value, Mapping):
        weight, value = _weight(value.get("weight", 1.0)), value.get("text")
    text = _text(value, "text").strip()
    if not text:
        raise QueryError("A text of the query is empty.", "Leave it out or write some words.")
    words = len(text.split())
    if words > MAX_WORDS or len(text) > 20 * MAX_WORDS:
        raise TooLargeError(
            f"A text of the query has {words} words.", f"At most {MAX_WORDS} are read; a sentence is enough."
        )
    return TextTerm(text, sign * weight)


def like_term(value: object, sign: float = 1.0) -> PictureTerm:
    """`"IMAGE"`, `"IMAGE:X,Y,W,H"`, or `{"image" | "image_id" | "region_id": …, "box": …, "weight": …}`."""
    if isinstance(value, str) and value:
        name, colon, tail = value.rpartition(":")
        if colon and tail.count(",") == 3:
            return PictureTerm(image=name, box=parse_box(tail), weight=sign)
        return PictureTerm(image=value, weight=sign)
    if isinstance(value, Mapping):
        return _stored(value, sign)
    raise QueryError(f"`like` cannot be {value!r}.", 'Write "IMAGE" or "IMAGE:X,Y,W,H".')


def _stored(value: Mapping[str, Any], sign: float) -> PictureTerm:
    _known(value, {"image", "image_id", "region_id", "box", "polygon", "weight"}, "like")
    term = PictureTerm(weight=sign * _weight(value.get("weight", 1.0)), **_part(value))
    if "image" in value:
        return replace(term, image=_text(value["image"], "image"))
    if "image_id" in value:
        return replace(term, image_id=_integer(value["image_id"], "image_id"))
    if "region_id" in value:
        return replace(term, region_id=_integer(value["region_id"], "region_id"))
    raise QueryError("An entry of `like` names no image.", "Give image, image_id or region_id.")


def _texts(line: Mapping[str, Any], key: str, sign: float) -> list[TextTerm]:
    return [text_term(v, sign) for v in _list(line, key)]


def _likes(line: Mapping[str, Any], key: str, sign: float) -> list[PictureTerm]:
    return [like_term(v, sign) for v in _list(line, key)]


def _pictures(line: Mapping[str, Any], key: str, sign: float, allow_paths: bool) -> list[PictureTerm]:
    terms = []
    for value in _list(line, key):
        if not isinstance(value, Mapping):
            raise QueryError(f"An entry of `{key}` cannot be {value!r}.", f'Example: "{key}": [{{"path": "q.jpg"}}]')
        _known(value, {"path", "upload", "box", "polygon", "weight"}, key)
        weight = sign * _weight(value.get("weight", 1.0))
        if "upload" in value:
            terms.append(PictureTerm(upload=str(value["upload"]), weight=weight, **_part(value)))
        elif "path" in value and allow_paths:
            terms.append(PictureTerm(path=_text(value["path"], "path"), weight=weight, **_part(value)))
        else:
            hint = "Give path." if allow_paths else "Upload the file and give upload; paths are not read over HTTP."
            raise QueryError(f"An entry of `{key}` names no picture.", hint)
    return terms


def _known(value: Mapping[str, Any], keys: set[str], where: str) -> None:
    unknown = set(value) - keys
    if unknown:
        raise QueryError(
            f"Unknown keys in `{where}`: {', '.join(sorted(map(str, unknown)))}.", f"Known: {sorted(keys)}."
        )


def _list(line: Mapping[str, Any], key: str) -> list[Any]:
    value = line.get(key) or []
    if isinstance(value, str | Mapping):
        return [value]
    if not isinstance(value, list | tuple):
        raise QueryError(f"`{key}` must be a list, got {value!r}.")
    return list(value)


def _text(value: object, key: str) -> str:
    if not isinstance(value, str):
        raise QueryError(f"`{key}` must be text, got {value!r}.")
    return value


def _choice(line: Mapping[str, Any], key: str, choices: Sequence[str], default: str) -> str:
    value = line.get(key) or default
    if value not in choices:
        raise QueryError(f"`{key}` cannot be {value!r}.", f"One of: {', '.join(choices)}.")
    return str(value)


def _flag(line: Mapping[str, Any], key: str) -> bool:
    value = line.get(key, False)
    if not isinstance(value, bool):
        raise QueryError(f"`{key}` must be true or false, got {value!r}.")
    return value


def _integer(value: object, key: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise QueryError(f"`{key}` must be a whole number, got {value!r}.")
    return value


def _limit(value: object) -> int:
    limit = _integer(value, "limit")
    if not 1 <= limit <= MAX_LIMIT:
        raise QueryError(f"`limit` is {limit}.", f"It must be from 1 to {MAX_LIMIT}.")
    return limit


def _weight(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise QueryError(f"A weight must be a finite number, got {value!r}.")
    if not 0 < value <= MAX_WEIGHT:
        raise QueryError(
            f"A weight is {value}.",
            f"It must be above 0 and at most {MAX_WEIGHT:.0f}; use not_text and not_images to push away.",
        )
    return float(value)


def _part(value: Mapping[str, Any]) -> dict[str, Any]:
    """The part that is meant: `box`, or `polygon` with the box around it; neither for the whole picture."""
    corners = value.get("polygon")
    if corners is None:
        return {"box": _box(value)}
    polygon = as_polygon(corners)
    if value.get("box") is not None:
        raise QueryError("A picture has a box and a polygon.", "Give one of them.")
    xs, ys = zip(*polygon, strict=True)
    return {"polygon": polygon, "box": as_box((min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys)))}


def as_polygon(corners: object) -> tuple[tuple[float, float], ...]:
    """Corners `[[x, y], …]` in pixels.

    Raises:
        QueryError: Not 3 to `MAX_CORNERS` pairs of finite numbers, or no area.
    """
    if not isinstance(corners, list | tuple) or not 3 <= len(corners) <= MAX_CORNERS:
        raise QueryError(
            f"A polygon has 3 to {MAX_CORNERS} corners.", "Write it as [[x, y], [x, y], [x, y]] in pixels."
        )
    found = []
    for corner in corners:
        good = isinstance(corner, list | tuple) and len(corner) == 2
        if not good or any(isinstance(v, bool) or not isinstance(v, int | float) or not abs(v) < 1e9 for v in corner):
            raise QueryError(f"A corner of a polygon cannot be {corner!r}.", "Write it as [x, y] in pixels.")
        found.append((float(corner[0]), float(corner[1])))
    if any(max(axis) - min(axis) < 1 for axis in zip(*found, strict=True)):
        raise QueryError("The polygon has no area.", "Its corners must not lie on one line.")
    return tuple(found)


def _box(value: Mapping[str, Any]) -> Box | None:
    box = value.get("box")
    if box is None:
        return None
    if not isinstance(box, list | tuple) or any(isinstance(v, bool) or not isinstance(v, int | float) for v in box):
        raise QueryError(f"A box has four numbers, got {box!r}.", "Write it as [x, y, width, height] in pixels.")
    return as_box(box)
