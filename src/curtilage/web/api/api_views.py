"""Views on a page's sealed stream: opening one, ending one, reporting what did not open.

A view is named by a grant's handle, never by a camera: an address that was guessed, copied or shared leads nowhere.
"""

import base64
import binascii
from typing import Annotated

from fastapi import APIRouter
from pydantic import Field

from curtilage.cameras.views.sealed_stream import SealedStream
from curtilage.cameras.views.view import AlarmCause, Resume
from curtilage.consent.grant import Grant
from curtilage.consent.purpose import CAMERA_SOUND, CAMERA_VIEW
from curtilage.errors import RefusalReason, Refused
from curtilage.web.account_rate import AccountRate
from curtilage.web.api.api_models import Input, Output
from curtilage.web.asked import API_PREFIX
from curtilage.web.parts import Parts
from curtilage.web.problem import NOT_FOUND, Kind, Problem, Stopped, of_refusal
from curtilage.web.purposed import purposes
from curtilage.web.visitor import Asker, Visitor
from curtilage.wire.identifier import ViewNumber
from curtilage.wire.sealed_part import EPOCH_ID_BYTES, SEQUENCE_MAX
from curtilage.wire.view_key import ViewPublicKey

_VIEWING = purposes(CAMERA_VIEW)


class ResumeInput(Input):
    """What the page already has of this camera."""

    epoch: Annotated[str, Field(pattern=rf"^[0-9a-f]{{{2 * EPOCH_ID_BYTES}}}$")]
    sequence: Annotated[int, Field(strict=True, ge=0, le=SEQUENCE_MAX)]


class NewViewInput(Input):
    """A view to be opened."""

    grant: Annotated[str, Field(max_length=64, strict=True, repr=False)]
    """A grant's handle."""
    key: Annotated[str, Field(max_length=128, strict=True)]
    """The view's own ephemeral P-256 public key, uncompressed, base64url."""
    resume: ResumeInput | None = None
    sound: bool = False
    """Of the camera's sound, not of its picture: a view of its own. Refused while the camera's sound is off."""


class ViewOutput(Output):
    """An open view; its records come on the stream."""

    view: int
    view_id: str
    sealer: str
    """The main stream's sealer's public key, uncompressed, base64url."""
    stream_ids: dict[str, str]
    """Track to stream id, hex: every track the view may be turned to."""
    sealers: dict[str, str]
    """Track to its sealer's public key."""
    resumed: bool
    """True: what comes follows what the page has. False: it starts anew."""
    until_ms: int | None
    now: int


class AlarmInput(Input):
    """The page's report."""

    cause: AlarmCause


def make_views(parts: Parts) -> APIRouter:
    """Routes below /streams/{stream}/views."""
    router = APIRouter(prefix=f"{API_PREFIX}streams/{{stream}}/views", tags=["views"])
    reports = AccountRate(parts.config.alarm_reports_per_minute_max, parts.clock)

    @router.post("", status_code=201, operation_id="open_view", openapi_extra=purposes(CAMERA_VIEW, CAMERA_SOUND))
    async def open_view(asker: Asker, stream: str, view: NewViewInput) -> ViewOutput:
        """Open a view by a grant's handle."""
        carried, key = _stream(parts, asker, stream), _public_key(view.key)
        grant = granted(parts, asker, view.grant)
        resume = Resume(bytes.fromhex(view.resume.epoch), view.resume.sequence) if view.resume else None
        opened = parts.views.open_view(carried, grant, key, resume, sound=view.sound)
        if isinstance(opened, Refused):
            raise Stopped(of_refusal(opened))
        made, resumed = opened
        tracks = parts.views.tracks_of(made)
        return ViewOutput(
            view=made.number,
            view_id=made.id.hex(),
            sealer=_base64url(made.keys.sealer_point()),
            stream_ids={keys.track.name.lower(): keys.stream_id.hex() for keys in tracks},
            sealers={keys.track.name.lower(): _base64url(keys.sealer_point()) for keys in tracks},
            resumed=resumed,
            until_ms=grant.until_ms,
            now=parts.clock.now(),
        )

    @router.delete("/{view}", status_code=204, operation_id="close_view", openapi_extra=_VIEWING)
    async def close_view(asker: Asker, stream: str, view: int) -> None:
        """End a view; its connection goes on."""
        if _stream(parts, asker, stream).remove(ViewNumber(view)) is None:
            raise Stopped(NOT_FOUND)

    @router.post("/{view}/alarms", status_code=204, operation_id="report_alarm", openapi_extra=_VIEWING)
    async def report_alarm(asker: Asker, stream: str, view: int, alarm: AlarmInput) -> None:
        """The page met a part that is not its own. Ends the view; one entry per view and cause."""
        carried = _stream(parts, asker, stream)
        if not reports.allows(carried.account):
            raise Stopped(Problem(Kind.BUSY))
        if not parts.views.alarm(carried, ViewNumber(view), alarm.cause):
            raise Stopped(NOT_FOUND)

    return router


def _stream(parts: Parts, asker: Visitor, handle: str) -> SealedStream:
    found = parts.views.stream(handle, asker.viewer.account) if asker.viewer is not None else None
    if found is None:
        raise Stopped(NOT_FOUND)
    return found


def granted(parts: Parts, asker: Visitor, handle: str) -> Grant:
    """The live grant behind ``handle``, made to one of the asker's own persons, or to this very display."""
    refused = Refused(RefusalReason.UNKNOWN)
    for grantee in asker.grantees:
        checked = parts.grants.check(handle, grantee)
        if not isinstance(checked, Refused):
            return checked
        refused = checked
    raise Stopped(of_refusal(refused))


def _public_key(text: str) -> ViewPublicKey:
    try:
        return ViewPublicKey(base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True))
    except (binascii.Error, ValueError):
        raise Stopped(Problem(Kind.NOT_UNDERSTOOD, fields=("key",))) from None


def _base64url(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode("ascii")
