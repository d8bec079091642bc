"""Stills and Motion JPEG: pictures for displays that can neither open parts nor play them. Plain ASGI.

Both are views like any other: made from a live grant, counted, cut in the call in which the grant ends, alarmed when a
part is not theirs. What is opened here is one keyframe at a time, in this request alone; nothing is kept for the next
one, and no answer may be stored by anybody (``no-store``).

A still's age stands in ``Curtilage-Picture-Age-Ms`` and ``Last-Modified`` (RFC 9110 §8.8.2); a picture that is no
longer live carries it in the picture too. Motion JPEG (``multipart/x-mixed-replace``) has no other place for it. After
``view_neutral_ms`` without a new picture it shows the neutral card.
"""

import asyncio
from collections.abc import Mapping
from email.utils import formatdate
from typing import Any

from starlette.types import Message, Receive, Scope, Send

from curtilage.cameras.stills.still_drawing import StillDrawing
from curtilage.cameras.stills.still_process import StillFailed, StillProcess, can_make_stills
from curtilage.cameras.stills.still_view import StillView
from curtilage.cameras.views.sealed_stream import SealedStream
from curtilage.cameras.views.view import View
from curtilage.cameras.views.view_opener import NotOurs
from curtilage.clock import MS_PER_SECOND
from curtilage.consent.grant import Grant
from curtilage.consent.purpose import CAMERA_VIEW
from curtilage.errors import install_words
from curtilage.home.display import PairedDisplay
from curtilage.home.session import Session
from curtilage.web.account_rate import AccountRate
from curtilage.web.api.api_models import problems
from curtilage.web.api.api_views import granted
from curtilage.web.asked import API_PREFIX
from curtilage.web.connection import CONNECTION, Connection
from curtilage.web.parts import Parts
from curtilage.web.problem import NOT_FOUND, Kind, Problem, Stopped, agreed
from curtilage.web.purposed import PurposedRoute, purposes
from curtilage.web.sealed_stream import still_known
from curtilage.web.still_places import StillPlaces
from curtilage.web.visitor import visitor_of

STILL_PATH = f"{API_PREFIX}stills/{{handle}}"
MOVING_PATH = f"{STILL_PATH}/moving"
_PIECE_BYTES_MAX = 16 * 1024
_RECORD_HEAD_BYTES = 64
_FLUSH_POLL_S = 0.01
_BOUNDARY = b"picture"
_NOT_INSTALLED = "This server cannot make stills."


def make_stills(parts: Parts) -> tuple[PurposedRoute, ...]:
    """GET of one still, and of Motion JPEG; they share their limits."""
    stills = Stills(parts)
    return (
        PurposedRoute(STILL_PATH, stills.still, method="GET", name="show_still", ids=(CAMERA_VIEW,), head=False),
        PurposedRoute(
            MOVING_PATH, stills.moving, method="GET", name="show_moving_stills", ids=(CAMERA_VIEW,), head=False
        ),
    )


def describe_stills() -> Mapping[str, Any]:
    """OpenAPI path items of the two."""
    return {
        STILL_PATH: {"get": _operation("show_still", "The camera's newest keyframe, with its age.", "image/jpeg")},
        MOVING_PATH: {
            "get": _operation(
                "show_moving_stills",
                "Each keyframe as it comes (Motion JPEG), for very old displays.",
                "multipart/x-mixed-replace",
            )
        },
    }


def _operation(name: str, summary: str, media_type: str) -> dict[str, Any]:
    handle = {"name": "handle", "in": "path", "required": True, "schema": {"type": "string"}}
    return {
        "tags": ["views"],
        "operationId": name,
        "summary": summary,
        "parameters": [{**handle, "description": "A grant's handle."}],
        "responses": {"200": {"description": summary, "content": {media_type: {}}}, **problems()},
        **purposes(CAMERA_VIEW),
    }


class Stills:
    """Both routes and what they share: how many may run, and how often an account may ask for a camera."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._rate = AccountRate(parts.config.stills_per_minute_max, parts.clock)
        self._places = StillPlaces(parts.config)

    @property
    def still(self) -> "_Route":
        """ASGI: one picture."""
        return _Route(self, moving=False)

    @property
    def moving(self) -> "_Route":
        """ASGI: pictures without end."""
        return _Route(self, moving=True)

    async def answer(self, scope: Scope, receive: Receive, send: Send, *, moving: bool) -> None:
        """Behind the defences: the session is already checked. Raises Stopped before anything was sent."""
        visitor, parts = visitor_of(scope), self._parts
        connection = scope.get(CONNECTION)
        viewer = visitor.viewer
        if viewer is None:
            raise Stopped(Problem(Kind.SIGN_IN_NEEDED))
        grant = granted(parts, visitor, scope["path_params"]["handle"])
        if not isinstance(connection, Connection) or not can_make_stills():
            raise Stopped(Problem(Kind.CANNOT_NOW, _NOT_INSTALLED, f"Install it: {install_words('stills')}."))
        if not self._rate.allows(viewer.account, grant.camera):
            raise Stopped(Problem(Kind.BUSY))
        async with self._places.place(grant.home, waits=not moving):
            if not still_known(parts, viewer):  # it may have waited for its turn; the grant is asked for below
                raise Stopped(Problem(Kind.SIGN_IN_NEEDED))
            showing = _Showing(parts, grant, viewer, connection, send)
            await (showing.move(receive) if moving else showing.once())


class _Route:
    """An object, because Starlette takes a function for a request-response endpoint."""

    def __init__(self, stills: Stills, *, moving: bool) -> None:
        self._stills = stills
        self._moving = moving

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        await self._stills.answer(scope, receive, send, moving=self._moving)


class _Showing:
    """One request: a stream of its own with one view on it, opened here."""

    def __init__(
        self, parts: Parts, grant: Grant, viewer: Session | PairedDisplay, connection: Connection, send: Send
    ) -> None:
        self._parts = parts
        self._grant = grant
        self._viewer = viewer
        self._connection = connection
        self._send = send
        self._woken = asyncio.Event()
        self._sending = False
        """From the first byte of a picture: a cut then resets the connection."""
        config = parts.config
        self._still = StillView(config.sealed_part_bytes_max + _RECORD_HEAD_BYTES)
        self._stream: SealedStream = agreed(
            parts.views.open_stream(viewer.account, parts.grants, self._woken.set, self._abort, viewer.digest)
        )
        self._view: View | None = None

    async def once(self) -> None:
        """One picture, with a length. Raises Stopped."""
        try:
            self._open()
            self._pull()
            picture = self._still.take_newest()
            if not self._live():
                raise Stopped(NOT_FOUND)
            if picture is None:
                raise Stopped(Problem(Kind.CANNOT_NOW, "There is no picture of this camera yet."))
            async with StillProcess(self._parts.config) as process:
                drawn = await StillDrawing(process, self._parts.config, self._parts.clock).first(picture)
            if not self._live():
                raise Stopped(NOT_FOUND)
            await self._begin(
                (b"content-type", b"image/jpeg"),
                (b"content-length", str(len(drawn.jpeg)).encode()),
                (b"last-modified", formatdate(picture.time_ms / MS_PER_SECOND, usegmt=True).encode()),
                (b"curtilage-picture-age-ms", str(drawn.age_ms).encode()),
            )
            await self._write(drawn.jpeg)
            await self._send({"type": "http.response.body", "body": b""})
            await self._flushed()
            self._sending = False
        finally:
            self._parts.views.close_stream(self._stream)

    async def move(self, receive: Receive) -> None:
        """Pictures until the viewer goes, the grant or the session ends, or the viewer takes no byte for too long."""
        gone = asyncio.create_task(self._until_gone(receive))
        try:
            self._open()
            content_type = b"multipart/x-mixed-replace; boundary=" + _BOUNDARY
            await self._begin((b"content-type", content_type), (b"x-accel-buffering", b"no"), *self._place())
            await self._write(b"--" + _BOUNDARY + b"\r\n")
            async with StillProcess(self._parts.config) as process:
                await self._move(process)
        finally:
            self._parts.views.close_stream(self._stream)
            gone.cancel()

    async def _move(self, process: StillProcess) -> None:
        drawing = StillDrawing(process, self._parts.config, self._parts.clock)
        while self._may_look():
            self._woken.clear()
            self._pull()
            try:
                drawn = await drawing.next(self._still.take_newest())
            except StillFailed:
                return  # the answer ends: a picture that cannot get older must not stay
            if drawn is not None and self._may_look():  # drawing takes a while, and it may have ended meanwhile
                await self._write(encode_part(drawn.jpeg, drawn.age_ms))
            await self._until_due()

    def _may_look(self) -> bool:
        """Asked before a picture is drawn, and again before it is sent."""
        return self._live() and still_known(self._parts, self._viewer)

    async def _until_due(self) -> None:
        """Until a keyframe came, or it is time to show the age of what is shown."""
        loop = asyncio.get_running_loop()
        due = loop.time() + self._parts.config.mjpeg_redraw_s
        while self._live() and not self._still.has_newer() and loop.time() < due:
            self._woken.clear()
            self._pull()
            if self._still.has_newer():
                return
            try:
                async with asyncio.timeout_at(due):
                    await self._woken.wait()
            except TimeoutError:
                return

    def _open(self) -> None:
        opened = agreed(self._parts.views.open_view(self._stream, self._grant, self._still.public_key, None))
        self._view, _ = opened
        self._still.begin(self._view)

    def _place(self) -> tuple[tuple[bytes, bytes], ...]:
        """Under what names the page may report this view, as any other."""
        assert self._view is not None, "it was opened"
        number = str(self._view.number).encode()
        return (b"curtilage-stream", self._stream.handle.encode()), (b"curtilage-view", number)

    def _pull(self) -> None:
        """Take what is due. What is not this view's own ends it with an alarm."""
        try:
            for record in self._stream.due():
                self._still.record(record)
        except NotOurs as wrong:
            if self._view is not None:
                self._parts.views.alarm(self._stream, self._view.number, wrong.cause)
            self._stream.cut_now()

    def _live(self) -> bool:
        """Neither cut nor alarmed, and the grant is live: asked again before every picture."""
        ended = self._view is None or self._view.ended
        return not self._stream.cut and not ended and self._parts.grants.still(self._grant)

    async def _begin(self, *headers: tuple[bytes, bytes]) -> None:
        self._connection.limit_unsent(self._parts.config.stream_unsent_bytes_max)
        self._sending = True
        every = [*headers, (b"cache-control", b"no-store")]
        await self._send({"type": "http.response.start", "status": 200, "headers": every})

    async def _write(self, octets: bytes) -> None:
        """In pieces, so that a cut stops it; a viewer that takes nothing is cut."""
        try:
            for start in range(0, len(octets), _PIECE_BYTES_MAX):
                if self._stream.cut:
                    return
                piece = octets[start : start + _PIECE_BYTES_MAX]
                message: Message = {"type": "http.response.body", "body": piece, "more_body": True}
                async with asyncio.timeout(self._parts.config.stream_write_stall_s):
                    await self._send(message)
        except TimeoutError:
            self._stream.cut_now()

    async def _flushed(self) -> None:
        """Until all has left; until then the grant's end still resets the connection."""
        end = asyncio.get_running_loop().time() + self._parts.config.stream_write_stall_s
        while self._connection.unsent_bytes() and asyncio.get_running_loop().time() < end:  # noqa: ASYNC110 nobody tells
            await asyncio.sleep(_FLUSH_POLL_S)

    async def _until_gone(self, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        self._stream.cut_now()

    def _abort(self) -> None:
        if self._sending:
            self._connection.abort()


def encode_part(jpeg: bytes, age_ms: int | None) -> bytes:
    """A part of a multipart body (RFC 2046 §5.1.1), with the next one's boundary: browsers show a picture when they
    have seen its end. ``age_ms`` None: the neutral card, which is no picture.
    """
    head = b"content-type: image/jpeg\r\ncontent-length: %d\r\n" % len(jpeg)
    age = b"" if age_ms is None else b"curtilage-picture-age-ms: %d\r\n" % age_ms
    return b"".join((head, age, b"\r\n", jpeg, b"\r\n--", _BOUNDARY, b"\r\n"))
