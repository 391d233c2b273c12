"""ASGI layers around the routes: body limits, security headers, no requests from foreign pages."""

from __future__ import annotations

import json

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from search.routes.errors import error_body
from search.routes.settings import ServiceSettings

APP_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; "
    "font-src 'self'; frame-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'self'"
)
DOCS_POLICY = APP_POLICY.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")
READING = frozenset({"GET", "HEAD", "OPTIONS"})
DRAINED = 4
"""Bodies up to so many times the limit are read and thrown away, so that the client lives to read the answer."""


def policy_of(path: str) -> str:
    """The Content-Security-Policy of a path."""
    return DOCS_POLICY if path.startswith("/docs") else APP_POLICY


class SecurityHeaders:
    """Adds the policy and its companions to every answer, errors included."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.setdefault("Content-Security-Policy", policy_of(scope["path"]))
                headers.setdefault("X-Content-Type-Options", "nosniff")
                headers.setdefault("Referrer-Policy", "same-origin")
                headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
            await send(message)

        await self.app(scope, receive, guarded)


class BodyLimit:
    """Refuses bodies over the limit before anything reads them whole, and writes from foreign pages.

    The declared length is checked first; bytes are counted as well, since chunked bodies declare none.
    """

    def __init__(self, app: ASGIApp, settings: ServiceSettings) -> None:
        self.app = app
        self.settings = settings

    def limit(self, headers: Headers) -> int:
        """Bytes allowed for a body of this content type."""
        multipart = headers.get("content-type", "").startswith("multipart/")
        return self.settings.max_upload_bytes if multipart else self.settings.max_json_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] in READING:
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if headers.get("sec-fetch-site") == "cross-site":
            await refuse(send, 403, "foreign", "Another website may not use this server.", "Open the page itself.")
            return
        limit = self.limit(headers)
        declared = headers.get("content-length", "")
        if declared.isdigit() and int(declared) > limit:
            if int(declared) <= DRAINED * limit:
                await drain(receive)
            await refuse(send, *too_large(limit))
            return
        await self._counted(scope, receive, send, limit)

    async def _counted(self, scope: Scope, receive: Receive, send: Send, limit: int) -> None:
        seen, started, refused = 0, False, False

        async def counting() -> Message:
            nonlocal seen, refused
            message = await receive()
            seen += len(message.get("body", b""))
            if seen > limit and not started:
                refused = True
                await refuse(send, *too_large(limit))
                return {"type": "http.disconnect"}
            return message

        async def watching(message: Message) -> None:
            nonlocal started
            if refused:
                return
            started = True
            await send(message)

        await self.app(scope, counting, watching)


async def drain(receive: Receive) -> None:
    """Read a body to its end and keep nothing."""
    more = True
    while more:
        message = await receive()
        more = message["type"] == "http.request" and message.get("more_body", False)


def too_large(limit: int) -> tuple[int, str, str, str]:
    """Status, code, message and hint for a body over `limit` bytes."""
    size = f"{limit / 1e6:.0f} MB" if limit >= 1_000_000 else f"{limit / 1e3:.0f} kB"
    return 413, "too_large", f"The request is larger than {size}.", "Send a smaller picture: 2,000 pixels are plenty."


async def refuse(send: Send, status: int, code: str, message: str, hint: str) -> None:
    """Answer with an error before the application has seen the request."""
    body = json.dumps(error_body(code, message, hint)).encode()
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
