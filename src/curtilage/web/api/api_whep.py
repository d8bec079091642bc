"""WHEP (draft-ietf-wish-whep-03): a viewer posts an offer and watches by WebRTC.

The endpoint is named by a grant's handle, as every view is; the visitor must be whom the grant was made to. Differences
from the draft, on purpose:

* Who asks is known by the session's or the display's cookie, or by a token (``Authorization: Bearer``,
  api_whep_address.py) that stands for one grant: it reaches that grant's endpoint and the views it opened.
* CORS for who shows a token alone (web/crossing.py): by cookies, pages of other origins stay outside.
* Candidates may be added (trickle ICE); an ICE restart is answered 422, as the draft has it for what is not supported.
"""

import hmac
from collections.abc import Mapping
from typing import Literal

from fastapi import APIRouter, Request
from starlette.responses import Response

from curtilage.cameras.views.quality import Level
from curtilage.cameras.webrtc.sdp_offer import BadOffer, Fault, read_trickle
from curtilage.cameras.webrtc.sound_trouble import SoundTrouble
from curtilage.cameras.webrtc.whep import NotInstalled
from curtilage.cameras.webrtc.whep_view import Asking, WhepView
from curtilage.consent.purpose import CAMERA_VIEW
from curtilage.errors import Refused
from curtilage.web.account_rate import AccountRate
from curtilage.web.api.api_models import Output
from curtilage.web.api.api_views import AlarmInput, granted
from curtilage.web.asked import API_PREFIX
from curtilage.web.parts import Parts
from curtilage.web.problem import NOT_FOUND, Kind, Problem, Stopped, of_refusal
from curtilage.web.purposed import purposes
from curtilage.web.sealed_stream import still_known
from curtilage.web.visitor import Asker, Viewer, Visitor
from curtilage.wire.identifier import AccountId

SDP = "application/sdp"
TRICKLE = "application/trickle-ice-sdpfrag"
Quality = Literal["main", "sub", "few", "last"]
_QUALITIES: Mapping[Level, Quality] = {
    Level.MAIN: "main",
    Level.SUB: "sub",
    Level.FEW: "few",
    Level.LAST: "last",
}
_SOUNDS: Mapping[SoundTrouble | bool, Literal["on", "none"]] = {True: "on", False: "none"}
_VIEWING = purposes(CAMERA_VIEW)
_OPENING = _VIEWING | {"requestBody": {"required": True, "content": {SDP: {}}}}
_ADDING = _VIEWING | {"requestBody": {"required": True, "content": {TRICKLE: {}}}}


class WhepViewOutput(Output):
    """An open view by WebRTC."""

    rtp_timestamp: int | None
    """Of the newest picture queued for this viewer, as its packets carry it. None: no picture yet."""
    time_ms: int | None
    """When that picture reached the sealer: the part's own time."""
    quality: Quality
    """What the viewer's network lets through: a stream, the sub stream's keyframes alone, or nothing new."""
    sound: Literal["on", "none", "trouble"]
    """``none``: not asked for, switched off, or ended. ``trouble``: there is one, and it cannot be sent."""
    sound_trouble: str | None
    """Then: why, and whose doing it is."""
    until_ms: int | None
    now: int


def make_whep(parts: Parts) -> APIRouter:
    """Routes below /whep."""
    router = APIRouter(prefix=f"{API_PREFIX}whep", tags=["views"])
    offers = AccountRate(parts.config.webrtc_offers_per_minute_max, parts.clock)
    reports = AccountRate(parts.config.alarm_reports_per_minute_max, parts.clock)

    @router.options("/{handle}", status_code=204, operation_id="describe_whep", openapi_extra=_VIEWING)
    async def describe_whep(handle: str) -> Response:  # noqa: ARG001 the same for every handle: nothing is looked up
        """What may be posted here."""
        return Response(status_code=204, headers={"Allow": "OPTIONS, POST", "Accept-Post": SDP})

    @router.post("/{handle}", status_code=201, operation_id="open_whep_view", openapi_extra=_OPENING)
    async def open_whep_view(request: Request, asker: Asker, handle: str) -> Response:
        """Open a view by WebRTC: an offer that receives H.264, answered with what will be sent."""
        _expect(request, SDP)
        if not offers.allows(_account(asker)):
            raise Stopped(Problem(Kind.BUSY))
        opened = await _open(parts, _asking(parts, asker, handle), await request.body())
        headers = {"Location": f"{API_PREFIX}whep/views/{opened.handle}", "ETag": opened.etag, "Accept-Patch": TRICKLE}
        if links := parts.ice_servers.links():
            headers["Link"] = links
        return Response(opened.answer, 201, headers, SDP)

    @router.patch("/views/{whep}", status_code=204, operation_id="add_whep_candidates", openapi_extra=_ADDING)
    async def add_whep_candidates(request: Request, asker: Asker, whep: str) -> None:
        """Further ICE candidates of the viewer."""
        view = _view(parts, asker, whep)
        _expect(request, TRICKLE)
        await _add(view, request.headers.get("if-match"), await request.body())

    @router.get("/views/{whep}", operation_id="show_whep_view", openapi_extra=_VIEWING)
    async def show_whep_view(asker: Asker, whep: str) -> WhepViewOutput:
        """Is the view there still, and which RTP timestamp had a picture of what time: so a player tells ages."""
        view = _view(parts, asker, whep)
        newest = view.newest
        now_ms, hears = parts.clock.now(), view.hears
        return WhepViewOutput(
            rtp_timestamp=newest[0] if newest is not None else None,
            time_ms=newest[1] if newest is not None else None,
            quality=_QUALITIES[view.quality],
            sound=_SOUNDS.get(hears, "trouble"),
            sound_trouble=hears.value if isinstance(hears, SoundTrouble) else None,
            until_ms=view.asking.grant.until_ms,
            now=now_ms,
        )

    @router.post("/views/{whep}/alarms", status_code=204, operation_id="report_whep_alarm", openapi_extra=_VIEWING)
    async def report_whep_alarm(asker: Asker, whep: str, alarm: AlarmInput) -> None:
        """The person says that it is not their camera. Ends the view; one entry."""
        view = _view(parts, asker, whep)
        if not reports.allows(view.asking.account):
            raise Stopped(Problem(Kind.BUSY))
        parts.whep.alarm(view, alarm.cause)

    @router.delete("/views/{whep}", status_code=204, operation_id="close_whep_view", openapi_extra=_VIEWING)
    async def close_whep_view(asker: Asker, whep: str) -> None:
        """End a view."""
        parts.whep.close(_view(parts, asker, whep))

    return router


def _asking(parts: Parts, asker: Visitor, handle: str) -> Asking:
    if (address := asker.address) is not None:
        grant, addresses = address.grant, parts.whep_addresses
        if not hmac.compare_digest(grant.handle.encode(), handle.encode()) or not parts.grants.still(grant):
            raise Stopped(NOT_FOUND)
        return Asking(address.account, parts.grants, grant, lambda: addresses.stands(address), address, address.session)
    viewer, grant = _viewer(asker), granted(parts, asker, handle)
    return Asking(viewer.account, parts.grants, grant, lambda: still_known(parts, viewer), session=viewer.digest)


async def _open(parts: Parts, asking: Asking, sdp: bytes) -> WhepView:
    try:
        opened = await parts.whep.open(asking, sdp)
    except NotInstalled:
        raise Stopped(Problem(Kind.NOT_INSTALLED)) from None
    if isinstance(opened, BadOffer):
        raise Stopped(_bad(opened))
    if isinstance(opened, Refused):
        raise Stopped(of_refusal(opened))
    return opened


async def _add(view: WhepView, state: str | None, fragment: bytes) -> None:
    if state is None:
        raise Stopped(Problem(Kind.STATE_NEEDED))
    trickle = read_trickle(fragment)
    if isinstance(trickle, BadOffer):
        raise Stopped(_bad(trickle))
    if state not in ("*", view.etag):
        raise Stopped(Problem(Kind.CHANGED_SINCE))
    if not await view.trickle(trickle):
        raise Stopped(Problem(Kind.NOT_UNDERSTOOD, "ICE is not restarted here.", "Open another view."))


def _viewer(asker: Visitor) -> Viewer:
    """The operator at the machine is none, and is made no grant."""
    if asker.viewer is None:
        raise Stopped(NOT_FOUND)
    return asker.viewer


def _account(asker: Visitor) -> AccountId:
    return asker.address.account if asker.address is not None else _viewer(asker).account


def _view(parts: Parts, asker: Visitor, handle: str) -> WhepView:
    """The account's own, and opened in the same way: by its cookie, or by this very token."""
    found = parts.whep.find(handle, _account(asker))
    if found is None or found.asking.address is not asker.address:
        raise Stopped(NOT_FOUND)
    return found


def _expect(request: Request, kind: str) -> None:
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != kind:
        raise Stopped(Problem(Kind.WRONG_TYPE, do=f"Send {kind}."))


def _bad(offer: BadOffer) -> Problem:
    kind = Kind.NOT_USABLE if offer.fault is Fault.MALFORMED else Kind.NOT_ACCEPTABLE
    return Problem(kind, offer.words)
