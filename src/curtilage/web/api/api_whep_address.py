"""Tokens for WHEP clients without cookies: given to who has a grant, by its handle (cameras/webrtc/whep_address.py).

The client is told the path and the token; it sends ``Authorization: Bearer`` and the token with every request.
"""

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from curtilage.consent.purpose import CAMERA_VIEW
from curtilage.web.api.api_models import Input, Output
from curtilage.web.api.api_views import granted
from curtilage.web.asked import WHEP_API
from curtilage.web.parts import Parts
from curtilage.web.problem import NOT_FOUND, Stopped
from curtilage.web.purposed import purposes
from curtilage.web.sealed_stream import still_known
from curtilage.web.visitor import Asker


class NewWhepAddressInput(Input):
    """An address to be given."""

    grant: Annotated[str, Field(max_length=64, strict=True, repr=False)]
    """A grant's handle."""


class WhepAddressOutput(Output):
    """An address."""

    path: str
    """Of the WHEP endpoint, on this server."""
    token: Annotated[str, Field(repr=False)]
    """Shown this once."""
    until_ms: int
    """When it ends by itself, and what is watched by it."""
    now: int


def make_whep_addresses(parts: Parts) -> APIRouter:
    """Route /whep."""
    router = APIRouter(prefix=WHEP_API, tags=["views"])

    @router.post("", status_code=201, operation_id="open_whep_address", openapi_extra=purposes(CAMERA_VIEW))
    async def open_whep_address(asker: Asker, given: NewWhepAddressInput) -> WhepAddressOutput:
        """The WHEP address of a granted camera, for a player without cookies."""
        viewer = asker.viewer
        if viewer is None:
            raise Stopped(NOT_FOUND)
        grant = granted(parts, asker, given.grant)
        made = parts.whep_addresses.open(
            grant, parts.grants, viewer.account, lambda: still_known(parts, viewer), viewer.digest
        )
        path = f"{WHEP_API}/{grant.handle}"
        return WhepAddressOutput(path=path, token=made.token, until_ms=made.address.until_ms, now=parts.clock.now())

    return router
