"""From the JSON of a request to the engine's query: limits, and the pictures it refers to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from indexer.core.errors import QueryError, TooLargeError
from search.query import Query
from search.routes.settings import ServiceSettings
from search.routes.uploads import UploadStore, probe
from search.schemas import SearchRequest

PICTURE_KEYS = ("images", "not_images")
TERM_KEYS = ("text", "not_text", *PICTURE_KEYS, "like", "not_like")


def parse(request: SearchRequest, settings: ServiceSettings) -> Query:
    """The query, within the limits of the service.

    Raises:
        QueryError: Nonsense in it, or more hits than one request may ask for.
        TooLargeError: Too many words or terms.
    """
    fields = request.model_dump(exclude_none=True)
    check_size(fields, settings)
    return Query.from_json(fields)


def check_size(fields: Mapping[str, Any], settings: ServiceSettings) -> None:
    """Raise when a query is longer than it may be; see `parse`."""
    terms = sum(len(fields.get(key, ())) for key in TERM_KEYS)
    if terms > settings.max_terms:
        raise TooLargeError(f"The query has {terms} terms.", f"At most {settings.max_terms} can be asked at once.")
    for key in ("text", "not_text"):
        for text in fields.get(key, ()):
            words = len(str(text.get("text", "") if isinstance(text, dict) else text).split())
            if words > settings.max_words:
                raise TooLargeError(
                    f"A text of the query has {words:,} words; at most {settings.max_words:,} are read.",
                    "Search with a sentence or a few words.",
                )
    if fields.get("limit", 1) > settings.max_limit:
        raise QueryError(f"At most {settings.max_limit:,} hits can be asked for.", "Narrow the search with filters.")


def references(request: SearchRequest) -> list[int | str]:
    """What the query calls the uploads it wants, in order of appearance."""
    return [ref.upload for refs in (request.images, request.not_images) for ref in refs or ()]


def gather(
    wanted: Iterable[int | str], files: Mapping[str, bytes], store: UploadStore, settings: ServiceSettings
) -> dict[str, bytes]:
    """The bytes of each picture the query wants, by its name there.

    Args:
        wanted: See `references`.
        files: Pictures that came with the request, by position ("0", "1" …) and by file name.
        store: Pictures kept from earlier requests, by their id.

    Raises:
        NotFoundError: Neither sent nor kept.
        DecodeError, TooLargeError: Not a picture, or too many pixels.
    """
    found: dict[str, bytes] = {}
    for reference in wanted:
        name = str(reference)
        if name in files:
            probe(files[name], settings.max_upload_pixels)
            found[name] = files[name]
        else:
            found[name] = store.read(name)
    return found
