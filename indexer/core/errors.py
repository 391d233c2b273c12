"""One exception tree. Every error says what happened and what to do next."""

from __future__ import annotations


class IconoscopeError(Exception):
    """Base of all errors that a user can do something about.

    Args:
        message: What happened, in one sentence.
        hint: What to do next, in one sentence; may be empty.
        **context: Names and values that help to find the cause (path, expected, actual …).
    """

    code = "error"
    http_status = 400

    def __init__(self, message: str, hint: str = "", **context: object) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.context = context

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".strip()


class UsageError(IconoscopeError):
    """The command line or request is wrong in itself (exit status 2, HTTP 400)."""

    code = "usage"


class SettingsError(UsageError):
    """A settings file or value is not acceptable."""

    code = "settings"


class DecodeError(IconoscopeError):
    """One image cannot be read. Becomes a row with a reason while indexing."""

    code = "decode"


class SourceError(IconoscopeError):
    """A source as a whole (folder, table) cannot be read."""

    code = "source"


class CollectionError(IconoscopeError):
    """A collection is missing, damaged, locked, or of another format or settings."""

    code = "collection"
    http_status = 503


class NotFoundError(IconoscopeError):
    """An image, region, field or route that the collection does not have."""

    code = "not_found"
    http_status = 404


class QueryError(UsageError):
    """A query that cannot be answered as asked."""

    code = "query"


class FilterError(QueryError):
    """A `where` expression that cannot be parsed or names an unknown field."""

    code = "filter"


class ModelError(IconoscopeError):
    """A model is missing, half-downloaded, or not what it says."""

    code = "model"
    http_status = 503


class TooLargeError(UsageError):
    """An upload, text or image over a limit."""

    code = "too_large"
    http_status = 413
