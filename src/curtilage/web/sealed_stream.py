"""The streaming connection of a page: plain ASGI, because it is the hottest path of the server.

It sends what views/sealed_stream.py says is due, in pieces small beside the connection's bound on unsent data, so
that a reset drops at most a quarter of a second. It waits for the viewer, never for a queue: while a slow viewer takes
its time, newer parts stay on the shelf or give way to the next group of pictures.

It ends when the page goes, when a view on it is cut, when its session ends, after ``stream_open_s``, and when the
viewer takes no byte for ``stream_write_stall_s``.
"""

import asyncio
from collections.abc import Iterator

from fastapi import APIRouter
from starlette.types import ASGIApp, Receive, Scope, Send

from curtilage.cameras.views.quality import Seen
from curtilage.cameras.views.sealed_stream import SealedStream
from curtilage.errors import Refused
from curtilage.home.display import PairedDisplay
from curtilage.home.session import Session
from curtilage.web.api.api_views import make_views
from curtilage.web.backlog import Backlog, Repairs
from curtilage.web.connection import CONNECTION, Connection
from curtilage.web.parts import Parts
from curtilage.web.problem import Kind, Problem, of_refusal
from curtilage.web.visitor import visitor_of
from curtilage.wire.identifier import ViewNumber
from curtilage.wire.stream_record import RecordType, heartbeat_record, json_record

_PIECE_BYTES_MAX = 16 * 1024
"""One write: a quarter of the bound on unsent data, large beside the cost of a write."""
_RESET_S = 1.0
_CATCH_UP_S = 0.6
"""What is due may take so long to be handed on without being called late: a view begins with a group of pictures."""
_HEADERS = (
    (b"content-type", b"application/octet-stream"),
    (b"cache-control", b"no-store"),
    # For a proxy in front that would otherwise collect the reply first (nginx).
    (b"x-accel-buffering", b"no"),
)


def make_streams(parts: Parts) -> tuple[APIRouter, ASGIApp]:
    """The JSON routes of views, and what answers POST /api/v1/streams."""
    return make_views(parts), SealedStreams(parts)


class SealedStreams:
    """POST /api/v1/streams."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI. Behind the defences: the session and its CSRF token are already checked."""
        viewer = visitor_of(scope).viewer
        connection = scope.get(CONNECTION)
        if viewer is None or not isinstance(connection, Connection):
            await _send_problem(send, Problem(Kind.SIGN_IN_NEEDED))
            return
        woken = asyncio.Event()
        stream = self._parts.views.open_stream(
            viewer.account, self._parts.grants, woken.set, connection.abort, viewer.digest
        )
        if isinstance(stream, Refused):
            await _send_problem(send, of_refusal(stream))
            return
        gone = asyncio.create_task(_until_gone(receive, stream, woken))
        try:
            connection.limit_unsent(self._parts.config.stream_unsent_bytes_max)
            await send({"type": "http.response.start", "status": 200, "headers": list(_HEADERS)})
            await _Sending(self._parts, stream, viewer, woken, connection, send).run()
        finally:
            # Always a reset: a stream never ends politely, so nothing can wait behind its end.
            self._parts.views.close_stream(stream)
            # The reset takes a turn of the loop; to return before it would look like half a reply to the server.
            await asyncio.wait({gone}, timeout=_RESET_S)
            gone.cancel()


class _Sending:
    """One connection's loop."""

    def __init__(
        self,
        parts: Parts,
        stream: SealedStream,
        viewer: Session | PairedDisplay,
        woken: asyncio.Event,
        connection: Connection,
        send: Send,
    ) -> None:
        self._parts = parts
        self._stream = stream
        self._viewer = viewer
        self._woken = woken
        self._connection = connection
        self._send = send
        self._heartbeat_s = parts.config.stream_heartbeat_ms / 1000
        self._heartbeat_due = False
        self._loop = asyncio.get_running_loop()
        self._backlog = Backlog()
        self._repairs = Repairs()
        self._due_since_s: float | None = None
        """Since when not all that was due then has been handed on."""
        self._look_s = parts.config.quality_look_ms / 1000

    async def run(self) -> None:
        """Until the stream is cut, its time is over or its session ended."""
        timer = self._loop.call_later(self._heartbeat_s, self._beat)
        self._looking = self._loop.call_later(self._look_s, self._look)
        end = self._loop.call_later(self._parts.config.stream_open_s, self._stream.cut_now)
        try:
            await self._write(self._welcome())
            while not self._stream.cut:
                await self._send_due()
                await self._woken.wait()
                if self._heartbeat_due:
                    self._heartbeat_due = False
                    timer = self._loop.call_later(self._heartbeat_s, self._beat)
                    await self._write(heartbeat_record(self._parts.clock.now()))
                    if not still_known(self._parts, self._viewer):
                        return
        finally:
            timer.cancel()
            self._looking.cancel()
            end.cancel()

    async def _send_due(self) -> None:
        self._woken.clear()
        self._due_since_s = self._loop.time()
        for piece in pieces(self._stream.due()):
            await self._write(piece)
        self._due_since_s = None

    def _beat(self) -> None:
        """One timer for the connection instead of one for each wait: parts come 25 times a second."""
        self._heartbeat_due = True
        self._woken.set()

    def _look(self) -> None:
        """By a timer of its own: a slow viewer's connection is where ``run`` waits."""
        self._looking = self._loop.call_later(self._look_s, self._look)
        connection, now_s = self._connection, self._loop.time()
        waits_s, unanswered_s = self._backlog.ages_s(
            connection.unsent_bytes(), connection.unacknowledged_bytes(), now_s
        )
        if self._due_since_s is not None:  # what is still on the shelf waits too
            waits_s = max(waits_s, now_s - self._due_since_s - _CATCH_UP_S)
        now_ms = int(now_s * 1000)
        lossy = self._repairs.look(*connection.packets(), now_ms)
        seen = Seen(wait_ms=int(waits_s * 1000), unanswered_ms=int(unanswered_s * 1000), lossy=lossy)
        self._stream.look(seen, now_ms)

    def _welcome(self) -> bytes:
        now_ms = self._parts.clock.now()
        return json_record(RecordType.WELCOME, ViewNumber(0), {"stream": self._stream.handle, "now": now_ms})

    async def _write(self, octets: bytes) -> None:
        """Waits while the viewer has enough to take; a viewer that takes nothing at all is cut."""
        if self._stream.cut:
            return
        self._backlog.wrote(len(octets), self._loop.time())
        message = {"type": "http.response.body", "body": octets, "more_body": True}
        if not self._connection.is_congested():
            await self._send(message)  # will not wait, so it needs no time limit
            return
        try:
            async with asyncio.timeout(self._parts.config.stream_write_stall_s):
                await self._send(message)
        except TimeoutError:
            self._stream.cut_now()


def still_known(parts: Parts, viewer: Session | PairedDisplay) -> bool:
    """The session has not ended, the display is still paired."""
    known = parts.sessions if isinstance(viewer, Session) else parts.displays
    return known.find(viewer.token) is not None


def pieces(records: Iterator[bytes]) -> Iterator[bytes]:
    """Records joined, and cut into pieces of at most 16 KiB; lazily, so that a cut stops the burst."""
    held: list[bytes] = []
    held_bytes = 0
    for record in records:
        held.append(record)
        held_bytes += len(record)
        if held_bytes >= _PIECE_BYTES_MAX:
            joined = b"".join(held)
            whole = held_bytes - held_bytes % _PIECE_BYTES_MAX
            for start in range(0, whole, _PIECE_BYTES_MAX):
                yield joined[start : start + _PIECE_BYTES_MAX]
            held, held_bytes = [joined[whole:]], held_bytes - whole
    if held_bytes:
        yield b"".join(held)


async def _until_gone(receive: Receive, stream: SealedStream, woken: asyncio.Event) -> None:
    """The server learns that a page is gone by asking for more of a request that has no more."""
    while (await receive())["type"] != "http.disconnect":
        pass
    stream.cut = True
    woken.set()


async def _send_problem(send: Send, problem: Problem) -> None:
    await send({"type": "http.response.start", "status": problem.status, "headers": list(problem.headers())})
    await send({"type": "http.response.body", "body": problem.body()})
