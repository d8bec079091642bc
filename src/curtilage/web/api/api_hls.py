"""LL-HLS addresses: given to who has a grant, by its handle.

What is given is a path on this server, to be opened in a player (web/hls.py answers there). One for the browser needs
the session for its key; one for a player without cookies opens by itself and therefore ends after ``hls_address_s``.
"""

import enum
from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from curtilage.consent.purpose import CAMERA_SOUND, CAMERA_VIEW
from curtilage.web.api.api_models import Input, Output
from curtilage.web.api.api_views import granted
from curtilage.web.asked import API_PREFIX
from curtilage.web.hls import INDEX_NAME
from curtilage.web.parts import Parts
from curtilage.web.problem import NOT_FOUND, Stopped, agreed
from curtilage.web.purposed import purposes
from curtilage.web.visitor import Asker


class HlsPlayer(enum.Enum):
    """Who will open the address."""

    BROWSER = "browser"
    """Sends the session's cookie along."""
    OTHER = "other"
    """Does not: VLC, ffmpeg."""


class NewHlsInput(Input):
    """An address to be given."""

    grant: Annotated[str, Field(max_length=64, strict=True, repr=False)]
    """A grant's handle."""
    player: HlsPlayer = HlsPlayer.BROWSER


class HlsOutput(Output):
    """An address."""

    path: str
    """Of the multivariant playlist, on this server."""
    until_ms: int | None
    """When it ends by itself; None: with the grant."""
    now: int


def make_api_hls(parts: Parts) -> APIRouter:
    """Route /hls."""
    router = APIRouter(prefix=f"{API_PREFIX}hls", tags=["views"])

    @router.post("", status_code=201, operation_id="open_hls", openapi_extra=purposes(CAMERA_SOUND, CAMERA_VIEW))
    async def open_hls(asker: Asker, given: NewHlsInput) -> HlsOutput:
        """The LL-HLS address of a granted camera."""
        viewer = asker.viewer
        if viewer is None:
            raise Stopped(NOT_FOUND)
        grant = granted(parts, asker, given.grant)
        by_session = given.player is HlsPlayer.BROWSER
        made = agreed(parts.hls.open(grant, parts.grants, viewer.account, by_session=by_session, session=viewer.digest))
        return HlsOutput(path=f"/live/{made.handle}/{INDEX_NAME}", until_ms=made.until_ms, now=parts.clock.now())

    return router
