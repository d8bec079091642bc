"""The body of a request, read whole before the application sees it, within a length and a time."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import ClientDisconnect, Request
from starlette.types import Receive, Scope

from curtilage.config import Config
from curtilage.web.problem import Kind, Problem

_DISCARD_TIMES = 16
"""A body that is too long is read on and thrown away up to this many times the limit: a client that is still sending
when we close would see a broken connection instead of the answer."""
_FIELDS_COUNT_MAX = 100


@dataclass(frozen=True, slots=True)
class Body:
    """A whole body."""

    octets: bytes = field(repr=False)

    def receive(self, after: Receive) -> Receive:
        """ASGI's receive: the body once, then what the connection says (it is closed)."""
        messages = [{"type": "http.request", "body": self.octets, "more_body": False}]

        async def receive() -> Any:
            if messages:
                return messages.pop()
            message = await after()
            while message["type"] == "http.request":  # what the server repeats of a body that we have read
                message = await after()
            return message

        return receive

    async def form_value(self, scope: Scope, name: str) -> str | None:
        """A field of an HTML form; None when there is none or this is no form."""
        request = Request(dict(scope), self.receive(_gone))
        try:
            form = await request.form(max_files=0, max_fields=_FIELDS_COUNT_MAX)
        except (HTTPException, MultiPartException, ClientDisconnect, ValueError, KeyError):
            return None
        values = form.getlist(name)
        return values[0] if len(values) == 1 and isinstance(values[0], str) else None


async def read_body(scope: Scope, receive: Receive, config: Config) -> Body | Problem:
    """The body, or TOO_LONG or TOO_SLOW."""
    if not _has_body(scope):
        return Body(b"")
    try:
        async with asyncio.timeout(config.request_body_wait_s):
            return await _read(receive, config.request_body_bytes_max)
    except TimeoutError:
        return Problem(Kind.TOO_SLOW)


async def _read(receive: Receive, bytes_max: int) -> Body | Problem:
    octets = bytearray()
    count = 0
    while count <= _DISCARD_TIMES * bytes_max:
        message = await receive()
        if message["type"] == "http.disconnect":
            return Problem(Kind.TOO_SLOW)
        piece = message.get("body", b"")
        count += len(piece)
        if count <= bytes_max:
            octets += piece
        if not message.get("more_body", False):
            return Body(bytes(octets)) if count <= bytes_max else Problem(Kind.TOO_LONG)
    return Problem(Kind.TOO_LONG)


def _has_body(scope: Scope) -> bool:
    """RFC 9112 §6: a request has a body exactly when one of the two headers says so."""
    headers = Headers(scope=scope)
    return headers.get("content-length", "0") != "0" or "transfer-encoding" in headers


async def _gone() -> Any:
    return {"type": "http.disconnect"}
