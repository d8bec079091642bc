"""The last thing every reply passes: the security headers, and ``no-store`` on all that is private."""

from typing import Any

from starlette.types import Message, Send

from curtilage.web.problem import Problem
from curtilage.web.security_headers import security_headers

_FIXED = frozenset(name for name, _ in security_headers()) | {b"server", b"x-powered-by"}
_CACHEABLE_STATUS = frozenset({200, 206, 304})
_STATIC_CACHE = b"public, max-age=3600"


class Reply:
    """Wraps ASGI's send for one request."""

    __slots__ = ("_more", "_send", "_static", "ended", "started")

    def __init__(self, send: Send, *, static: bool, more: tuple[tuple[bytes, bytes], ...] = ()) -> None:
        self._more = more
        self._send = send
        self._static = static
        self.started = False
        """The head has left; it is too late for another answer."""
        self.ended = False
        """The whole reply has left."""

    async def send(self, message: Message) -> None:
        """ASGI's send."""
        if message["type"] == "http.response.start":
            self.started = True
            message = {**message, "headers": self._headers(message)}
        elif message["type"] == "http.response.body":
            self.ended = not message.get("more_body", False)
        await self._send(message)

    async def send_problem(self, problem: Problem, *extra: tuple[bytes, bytes]) -> None:
        """A whole reply."""
        await self.send_whole(problem.status, problem.body(), (*problem.headers(), *extra))

    async def send_whole(self, status: int, body: bytes, headers: tuple[tuple[bytes, bytes], ...]) -> None:
        """A whole reply."""
        await self.send({"type": "http.response.start", "status": status, "headers": list(headers)})
        await self.send({"type": "http.response.body", "body": body})

    def _headers(self, message: Message) -> list[tuple[bytes, bytes]]:
        given: list[tuple[bytes, bytes]] = [(n.lower(), v) for n, v in message.get("headers", ())]
        cache_control: Any = [value for name, value in given if name == b"cache-control"]
        kept = [pair for pair in given if pair[0] not in _FIXED and pair[0] != b"cache-control"]
        if self._static and message["status"] in _CACHEABLE_STATUS:
            cache = cache_control[0] if cache_control else _STATIC_CACHE
        else:
            cache = b"no-store"
        return [*kept, (b"cache-control", cache), *self._more, *security_headers()]
