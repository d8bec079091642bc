"""One HTTP connection to a camera's ONVIF services: what it answers is read a little at a time, within its share.

Guards everybody else on this server: whatever a camera answers is handed to the HTTP parser in small pieces, between
two of which others have their turn, and the time it took counts against the camera's share (input/turn_budget.py). A
head, a trailer, a body and the number of its pieces are bounded. Nothing is followed, no proxy used.

Every way to fail is a SourceProblem. Does not know what is asked: see onvif/onvif_device.py.
"""

import asyncio
import ssl
from collections.abc import AsyncIterable
from dataclasses import dataclass, field

import httpcore

from curtilage.cameras.input.source import SourceError, SourceProblem
from curtilage.cameras.input.turn_budget import TurnBudget
from curtilage.clock import Clock
from curtilage.config import KIB, Config

_PIECE_BYTES = 512
"""As chunks of one byte these are some 85 events of the parser: 3 ms at most."""
_READ_BYTES = 16 * KIB
_HEAD_BYTES_MAX = 16 * KIB
_PIECES_COUNT_MAX = 4096
"""Of one body: 64 bytes each would do for the longest that is taken."""
_HEADERS = (
    (b"Content-Type", b"application/soap+xml; charset=utf-8"),
    (b"Accept-Encoding", b"identity"),
)


@dataclass(frozen=True, slots=True)
class Reply:
    """What a camera answered."""

    status: int
    octets: bytes = field(repr=False)
    challenges: tuple[str, ...] = field(repr=False)
    """The values of WWW-Authenticate."""


class _Connection(httpcore.AsyncHTTP11Connection):
    """Refuses a head that is longer than any camera's."""

    MAX_INCOMPLETE_EVENT_SIZE = _HEAD_BYTES_MAX


class MeteredStream(httpcore.AsyncNetworkStream):
    """Hands on what comes in pieces of ``_PIECE_BYTES``; counts the time until the next is asked for."""

    def __init__(self, stream: httpcore.AsyncNetworkStream, budget: TurnBudget, clock: Clock) -> None:
        self._stream = stream
        self._budget = budget
        self._clock = clock
        self._waiting = memoryview(b"")
        self._handed_s: float | None = None

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109 - httpcore's
        """See AsyncNetworkStream."""
        if self._handed_s is not None:
            rest_s = self._budget.spend(self._handed_s, self._clock.monotonic())
            self._handed_s = None
            await asyncio.sleep(rest_s)
        if not self._waiting:
            self._waiting = memoryview(await self._stream.read(_READ_BYTES, timeout))
        count = min(max_bytes, _PIECE_BYTES)
        piece, self._waiting = bytes(self._waiting[:count]), self._waiting[count:]
        self._handed_s = self._clock.monotonic()
        return piece

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109 - httpcore's
        """See AsyncNetworkStream."""
        self._handed_s = None
        await self._stream.write(buffer, timeout)

    async def aclose(self) -> None:
        """See AsyncNetworkStream."""
        await self._stream.aclose()

    def get_extra_info(self, info: str) -> object:
        """See AsyncNetworkStream."""
        return self._stream.get_extra_info(info)


class OnvifHttp:
    """Asks one camera, one request at a time. ``close`` when done."""

    def __init__(self, config: Config, clock: Clock, context: ssl.SSLContext) -> None:
        self._config = config
        self._clock = clock
        self._context = context
        self._connection: _Connection | None = None
        self._origin: httpcore.Origin | None = None
        self.budget = TurnBudget(config.camera_loop_share_max, clock)

    async def post(self, url: str, content: bytes, authorization: str = "") -> Reply:
        """Raises SourceError."""
        headers = [*_HEADERS, (b"Content-Length", str(len(content)).encode())]
        headers += [(b"Authorization", authorization.encode())] if authorization else []
        try:
            async with asyncio.timeout(self._config.onvif_reply_s):
                request = httpcore.Request("POST", url, headers=headers, content=content)
                request.headers.insert(0, (b"Host", _host(request.url)))
                return await self._reply(request)
        except (TimeoutError, httpcore.TimeoutException):
            raise SourceError(SourceProblem.UNREACHABLE, "no reply from its ONVIF service") from None
        except httpcore.RemoteProtocolError:
            raise SourceError(SourceProblem.NOT_A_CAMERA, "it answers, but not by HTTP") from None
        except (httpcore.NetworkError, httpcore.ProtocolError, ValueError, OSError):
            raise SourceError(SourceProblem.UNREACHABLE, "no connection to its ONVIF service") from None

    async def close(self) -> None:
        """At once. Idempotent."""
        if self._connection is not None:
            connection, self._connection = self._connection, None
            await connection.aclose()

    async def _reply(self, request: httpcore.Request) -> Reply:
        connection = await self._connected(request.url)
        response = await connection.handle_async_request(request)
        try:
            assert isinstance(response.stream, AsyncIterable)
            octets = await self._body(response)
        finally:
            await response.aclose()
        challenges = tuple(value.decode("latin-1") for name, value in response.headers if _is_challenge(name))
        return Reply(response.status, octets, challenges)

    async def _body(self, response: httpcore.Response) -> bytes:
        octets, count = bytearray(), 0
        async for piece in response.aiter_stream():
            octets += piece
            count += 1
            if len(octets) > self._config.onvif_reply_bytes_max:
                raise SourceError(SourceProblem.GARBAGE, "its reply is too long")
            if count > _PIECES_COUNT_MAX:
                raise SourceError(SourceProblem.GARBAGE, "its reply comes in too many pieces")
        return bytes(octets)

    async def _connected(self, url: httpcore.URL) -> _Connection:
        """The connection that stands, where it can be used again, else a new one."""
        kept = self._connection
        if kept is not None and self._origin == url.origin and kept.is_available() and not kept.has_expired():
            return kept
        await self.close()
        host, wait_s = url.host.decode("ascii"), self._config.onvif_reply_s
        stream = await httpcore.AnyIOBackend().connect_tcp(host, url.origin.port, wait_s)
        if url.scheme == b"https":
            stream = await stream.start_tls(self._context, host, wait_s)
        self._origin = url.origin
        self._connection = _Connection(url.origin, MeteredStream(stream, self.budget, self._clock))
        return self._connection


def _host(url: httpcore.URL) -> bytes:
    host = b"[" + url.host + b"]" if b":" in url.host else url.host
    return host if url.port is None else host + b":" + str(url.port).encode()


def _is_challenge(name: bytes) -> bool:
    return name.lower() == b"www-authenticate"
