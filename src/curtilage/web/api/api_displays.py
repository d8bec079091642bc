"""Displays of a home: let in by the code they show, woken, unpaired. Owners pair and unpair; everybody may wake."""

from typing import Annotated

from fastapi import APIRouter

from curtilage.consent.grant import GranteeKind
from curtilage.consent.purpose import CAMERA_VIEW
from curtilage.errors import CurtilageError, RefusalReason, Refused
from curtilage.home.actor import Actor
from curtilage.home.display import NO_SUCH_CODE, Display
from curtilage.home.permission import Act
from curtilage.web.api.api_grants import grants_seen
from curtilage.web.api.api_models_display import DisplayGrantOutput, DisplayOutput, NewDisplayInput, WokenOutput
from curtilage.web.asked import API_PREFIX
from curtilage.web.parts import Parts
from curtilage.web.problem import Kind, Problem, Stopped, agreed, seen
from curtilage.web.purposed import purposes
from curtilage.web.visitor import allowed
from curtilage.wire.identifier import AccountId, DeviceId

_SHOWING = purposes(CAMERA_VIEW)
_TOO_MANY = Refused(RefusalReason.BUSY, "There are too many grants. Revoke some first.")
_WRONG_CODE = Problem(Kind.NOT_FOUND, NO_SUCH_CODE.words, "Type the code that it shows now.")


def make_displays(parts: Parts) -> APIRouter:
    """Routes /homes/{home}/displays."""
    router = APIRouter(prefix=f"{API_PREFIX}homes/{{home}}/displays", tags=["displays"])

    @router.get("", operation_id="list_displays", openapi_extra=_SHOWING)
    async def list_displays(actor: Annotated[Actor, allowed(Act.SEE_DISPLAYS)]) -> list[DisplayOutput]:
        """The home's displays. Which cameras they show is told to owners."""
        return [display_output(parts, actor, display) for display in parts.displays.of_home(actor.home)]

    @router.post("", status_code=201, operation_id="pair_display", openapi_extra=_SHOWING)
    async def pair_display(actor: Annotated[Actor, allowed(Act.PAIR_DISPLAY)], given: NewDisplayInput) -> DisplayOutput:
        """Let the display that shows this code in, with grants for these cameras. A code works once."""
        cameras = tuple(DeviceId(camera) for camera in dict.fromkeys(given.cameras))
        display = await pair(parts, actor, given.code, given.name, cameras, given.until_ms)
        return display_output(parts, actor, display)

    @router.delete("/{display}", status_code=204, operation_id="remove_display", openapi_extra=_SHOWING)
    async def remove_display(actor: Annotated[Actor, allowed(Act.REMOVE_DISPLAY)], display: str) -> None:
        """Unpair: its grants end at once, its screen goes back to showing a code."""
        await unpair(parts, seen(parts.displays.get(actor.home, DeviceId(display))), actor)

    @router.post("/{display}/wake", operation_id="wake_display", openapi_extra=_SHOWING)
    async def wake_display(actor: Annotated[Actor, allowed(Act.WAKE_DISPLAY)], display: str) -> WokenOutput:
        """Make a dimmed display show its cameras."""
        found = seen(parts.displays.get(actor.home, DeviceId(display)))
        return WokenOutput(here=parts.display_news.wake(found.digest))

    return router


async def pair(
    parts: Parts, actor: Actor, code: str, name: str, cameras: tuple[DeviceId, ...], until_ms: int | None
) -> Display:
    """Let it in and make its grants, all of them or none. What can be wrong is looked for first.

    Stops with 404 for a camera that is not of this home and, in other words, for a code that leads to nothing.
    """
    for camera in cameras:
        seen(parts.devices.get(actor.home, camera))
        if parts.grants.locked(camera):
            raise Stopped(Problem(Kind.LOCKED))
    parts.grants.check_end(until_ms)
    if len(parts.grants.of_home(actor.home)) + len(cameras) > parts.config.grants_per_home_count_max:
        agreed(_TOO_MANY)
    display = await parts.displays.pair(actor.home, code, name, actor)
    if isinstance(display, Refused):
        if display.reason is RefusalReason.UNKNOWN:
            raise Stopped(_WRONG_CODE)
        return agreed(display)
    try:
        consent = await parts.consents.give(actor.home, actor.person, CAMERA_VIEW)
        for camera in cameras:
            kind = GranteeKind.DISPLAY
            agreed(await parts.grants.make(actor.person, actor.home, camera, kind, display.id, until_ms, consent))
    except (Stopped, CurtilageError):
        # With half of its cameras it would be in though the answer is no: the display shows a new code instead.
        await parts.displays.unpair(actor.home, display.id, actor)
        raise
    finally:
        parts.display_news.tell(display.digest)
    return display


async def unpair(parts: Parts, display: Display, actor: Actor | None) -> None:
    """From either side. What it showed is cut before anything is written."""
    try:
        seen(await parts.displays.unpair(display.home, display.id, actor))
    finally:
        parts.views.close_streams_of(AccountId(display.id))
        parts.display_news.tell(display.digest)


def display_output(parts: Parts, actor: Actor, display: Display) -> DisplayOutput:
    """One display, with what the actor may know of it."""
    grants = []
    for grant in grants_seen(parts, actor):
        camera = parts.devices.get(grant.home, grant.camera)
        if grant.grantee == display.id and camera is not None:
            grants.append(
                DisplayGrantOutput(grant=grant.id, camera=camera.id, camera_name=camera.name, until_ms=grant.until_ms)
            )
    return DisplayOutput(
        id=display.id,
        name=display.name,
        added_ms=display.added_ms,
        here=parts.display_news.here(display.digest),
        grants=grants,
    )
