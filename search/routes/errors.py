"""One JSON shape for everything that goes wrong: `{"error": {"code", "message", "hint"}}`."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Mapping, Sequence
from typing import Any, cast

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from indexer.core.errors import IconoscopeError

log = logging.getLogger(__name__)

HINTS = {
    404: "The routes are listed at /docs.",
    405: "The routes and their methods are listed at /docs.",
}


def error_body(code: str, message: str, hint: str = "") -> dict[str, Any]:
    """The one shape of an error."""
    return {"error": {"code": code, "message": message, "hint": hint}}


def error_response(
    status: int, code: str, message: str, hint: str = "", headers: Mapping[str, str] | None = None
) -> JSONResponse:
    """An answer that says what happened and what to do next; never cached."""
    return JSONResponse(
        error_body(code, message, hint), status, headers={"Cache-Control": "no-store", **(headers or {})}
    )


def describe_validation(errors: Sequence[Any]) -> str:
    """One sentence for the first few problems of a request."""
    parts = []
    for error in errors[:4]:
        place = tuple(error.get("loc", ()))
        where = ".".join(str(p) for p in (place[1:] if place[:1] in (("body",), ("query",), ("path",)) else place))
        parts.append(f"{where}: {error.get('msg', 'not valid')}" if where else str(error.get("msg", "not valid")))
    return "; ".join(parts)


async def on_known(request: Request, error: Exception) -> JSONResponse:
    """Errors of our own tree say their status, code, message and hint themselves."""
    error = cast(IconoscopeError, error)
    retry = getattr(error, "retry_after", None)
    headers = {"Retry-After": str(retry)} if retry else {}
    return error_response(error.http_status, error.code, error.message, error.hint, headers)


async def on_validation(request: Request, error: Exception) -> JSONResponse:
    """A request that does not fit the schema."""
    error = cast(RequestValidationError, error)
    message = f"The request is not as it should be: {describe_validation(error.errors())}."
    return error_response(422, "validation", message, "The fields are described at /docs.")


async def on_http(request: Request, error: Exception) -> JSONResponse:
    """What the framework raises itself: unknown routes, wrong methods, broken bodies."""
    error = cast(HTTPException, error)
    code = {404: "not_found", 405: "method", 413: "too_large"}.get(error.status_code, "http")
    message = {404: "There is nothing at this address."}.get(error.status_code, str(error.detail))
    return error_response(error.status_code, code, message, HINTS.get(error.status_code, ""), error.headers)


async def on_unexpected(request: Request, error: Exception) -> JSONResponse:
    """A fault of ours: logged with a reference, told without its traceback."""
    reference = secrets.token_hex(4)
    log.error("unexpected error %s at %s", reference, request.url.path, exc_info=error)
    return error_response(
        500, "internal", "Something went wrong in the server.", f"The server's log has it under {reference}."
    )


def install(app: FastAPI) -> None:
    """Let every error of the service leave it in the one shape."""
    app.add_exception_handler(IconoscopeError, on_known)
    app.add_exception_handler(RequestValidationError, on_validation)
    app.add_exception_handler(HTTPException, on_http)
    app.add_exception_handler(Exception, on_unexpected)
