"""A display's own side: begin to wait for a home, hear news, unpair itself. Asked by displays, not by persons.

A display is known by its cookie alone and can ask about nothing but itself: whatever cookie comes, an unknown, a
foreign and an unpaired one are told the same.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from curtilage.clock import MS_PER_SECOND
from curtilage.consent.purpose import CAMERA_VIEW
from curtilage.web.api.api_displays import unpair
from curtilage.web.api.api_models_display import DisplayStateOutput, PairingOutput, ShownCameraOutput
from curtilage.web.api.api_sessions import client_address
from curtilage.web.asked import DISPLAY_API, display_cookie
from curtilage.web.connection import CONNECTION, Connection
from curtilage.web.display_view import shown_cameras
from curtilage.web.parts import Parts
from curtilage.web.problem import Kind, Problem, Stopped, agreed, seen
from curtilage.web.purposed import purposes
from curtilage.web.visitor import Asker
from curtilage.wire.identifier import handle_digest

COOKIE_AGE_S = 400 * 24 * 3600
"""The longest that browsers keep a cookie (RFC 6265bis §5.5); given anew whenever the display opens its page."""
_SHOWING = purposes(CAMERA_VIEW)
_Version = Annotated[str | None, Query(max_length=20, pattern=r"^[0-9]*$")]


def make_display(parts: Parts) -> APIRouter:
    """Routes /display."""
    router = APIRouter(prefix=DISPLAY_API, tags=["display"])

    @router.post("/pairing", status_code=201, operation_id="start_pairing", openapi_extra=_SHOWING)
    async def start_pairing(asker: Asker, request: Request, response: Response) -> PairingOutput:
        """A code to show until somebody of a home types it; the same again while it is good."""
        pairing = agreed(parts.pairings.start(asker.display_secret, client_address(request)))
        parts.display_news.heard(handle_digest(pairing.secret))
        remember_display(pairing.secret, request, response)
        return PairingOutput(code=pairing.code, until_ms=pairing.until_ms, now=parts.clock.now())

    @router.get("", operation_id="show_display", openapi_extra=_SHOWING)
    async def show_display(asker: Asker, request: Request, after: _Version = None) -> DisplayStateOutput:
        """How this display stands. With ``after``: as soon as that is news, or after a bounded wait."""
        secret = asker.display_secret
        if secret is None or not _known(parts, secret):
            return _state(parts, secret)
        parts.display_news.heard(handle_digest(secret))
        if after is None:
            return _state(parts, secret)
        longest_s = float(parts.config.display_wait_s)
        pairing = parts.pairings.waiting(secret)
        if pairing is not None:
            longest_s = min(longest_s, (pairing.until_ms - parts.clock.now()) / MS_PER_SECOND)
        async with _gone(request) as gone:
            if not await parts.display_news.wait(handle_digest(secret), after, longest_s, gone):
                raise Stopped(Problem(Kind.BUSY))
        return _state(parts, secret)

    @router.delete("", status_code=204, operation_id="unpair_display", openapi_extra=_SHOWING)
    async def unpair_display(asker: Asker, request: Request, response: Response) -> None:
        """Somebody at the display unpairs it: its grants end at once."""
        paired = seen(asker.display)
        await unpair(parts, paired.display, None)
        response.headers["set-cookie"] = display_cookie(
            "", 0, secure=request.url.scheme == "https", host=request.url.netloc
        )

    return router


def remember_display(secret: str, request: Request, response: Response) -> None:
    """Set the display's cookie."""
    response.headers["set-cookie"] = display_cookie(
        secret, COOKIE_AGE_S, secure=request.url.scheme == "https", host=request.url.netloc
    )


def _known(parts: Parts, secret: str) -> bool:
    return parts.displays.find(secret) is not None or parts.pairings.waiting(secret) is not None


def _state(parts: Parts, secret: str | None) -> DisplayStateOutput:
    paired, pairing = parts.displays.find(secret), parts.pairings.waiting(secret)
    if secret is None or (paired is None and pairing is None):
        return DisplayStateOutput(state="unpaired", version="", now=parts.clock.now())
    digest = handle_digest(secret)
    version, now_ms = parts.display_news.version(digest), parts.clock.now()
    if paired is None:
        return DisplayStateOutput(state="waiting", version=version, now=now_ms)
    cameras = tuple(
        ShownCameraOutput(camera=tile.id, name=tile.name, handle=tile.handle, until_ms=tile.until_ms)
        for tile in shown_cameras(parts, paired.display)
    )
    woken_ms = parts.display_news.woken_ms(digest)
    return DisplayStateOutput(state="paired", version=version, now=now_ms, woken_ms=woken_ms, cameras=cameras)


@contextlib.asynccontextmanager
async def _gone(request: Request) -> AsyncIterator["asyncio.Task[None]"]:
    """Ends when the display's page is gone. A server that stops resets a display that waits: it asks again anyway."""

    async def until_gone() -> None:
        while (await request.receive())["type"] != "http.disconnect":
            pass

    connection = request.scope.get(CONNECTION)
    watching = asyncio.create_task(until_gone())
    if isinstance(connection, Connection):
        connection.streaming = True
    try:
        yield watching
    finally:
        watching.cancel()
        if isinstance(connection, Connection):
            connection.streaming = False
