"""Grants: who may see what, until when. Owners see and revoke all of a home's; a member sees her own."""

from typing import Annotated

from fastapi import APIRouter

from curtilage.consent.grant import Grant, GranteeKind
from curtilage.consent.purpose import CAMERA_VIEW
from curtilage.home.actor import Actor
from curtilage.home.permission import Act, may
from curtilage.web.api.api_models import GrantOutput, NewGrantInput, RevokedOutput
from curtilage.web.asked import API_PREFIX
from curtilage.web.parts import Parts
from curtilage.web.problem import agreed, seen
from curtilage.web.purposed import purposes
from curtilage.web.visitor import Someone, allowed
from curtilage.wire.identifier import DeviceId, GrantId, PersonId


def make_grants(parts: Parts) -> APIRouter:
    """Routes /homes/{home}/grants."""
    router = APIRouter(prefix=f"{API_PREFIX}homes/{{home}}/grants", tags=["grants"])

    @router.get("", operation_id="list_grants", openapi_extra=purposes(CAMERA_VIEW))
    async def list_grants(actor: Someone) -> list[GrantOutput]:
        """The live grants the visitor may know of."""
        return [_output(parts, actor, grant) for grant in grants_seen(parts, actor)]

    @router.post("", status_code=201, operation_id="make_grant", openapi_extra=purposes(CAMERA_VIEW))
    async def make_grant(actor: Annotated[Actor, allowed(Act.MAKE_GRANT)], given: NewGrantInput) -> GrantOutput:
        """Let a person, or a display, see a camera. The owner's word is the consent the grant follows from."""
        grant = await grant_to_person(parts, actor, DeviceId(given.camera), PersonId(given.person), given.until_ms)
        return _output(parts, actor, grant)

    @router.delete("/{grant}", operation_id="revoke_grant", openapi_extra=purposes(CAMERA_VIEW))
    async def revoke_grant(actor: Annotated[Actor, allowed(Act.REVOKE_GRANT)], grant: str) -> RevokedOutput:
        """Revoke: cuts what runs by it at once, and says how fast."""
        return RevokedOutput(stopped_ms=await revoke(parts, actor, GrantId(grant)))

    return router


async def grant_to_person(
    parts: Parts, actor: Actor, camera: DeviceId, person: PersonId, until_ms: int | None
) -> Grant:
    """Make it, with its consent. Stops with 404 when camera or person is not of this home.

    A display may stand in the person's place: it is told of its new grant.
    """
    seen(parts.devices.get(actor.home, camera))
    display = parts.displays.get(actor.home, DeviceId(person))
    if display is None:
        seen(parts.persons.get(actor.home, person))
    kind = GranteeKind.PERSON if display is None else GranteeKind.DISPLAY
    consent = await parts.consents.give(actor.home, actor.person, CAMERA_VIEW)
    grant = agreed(await parts.grants.make(actor.person, actor.home, camera, kind, person, until_ms, consent))
    if display is not None:
        parts.display_news.tell(display.digest)
    return grant


async def revoke(parts: Parts, actor: Actor, grant: GrantId) -> int:
    """Milliseconds from the word to the last: everything cut, and recorded. Stops with 404 for no live grant of it."""
    begun = parts.clock.monotonic()
    ended = seen(await parts.grants.revoke(actor.home, grant, actor.person))
    stopped_ms = round((parts.clock.monotonic() - begun) * 1000)
    display = parts.displays.get(actor.home, DeviceId(ended.grantee))
    if display is not None:
        parts.display_news.tell(display.digest)  # one that shows stills holds no connection that could be cut
    return stopped_ms


def grants_seen(parts: Parts, actor: Actor) -> list[Grant]:
    """Newest last."""
    if actor.person is None or may(actor, Act.SEE_ALL_GRANTS):
        grants = parts.grants.of_home(actor.home)
    else:
        grants = parts.grants.of_grantee(actor.home, actor.person)
    return sorted(grants, key=lambda grant: (grant.made_ms, grant.id))


def grantee_name(parts: Parts, grant: Grant) -> str:
    """A person's or a display's; empty when they are no longer in the home."""
    if grant.grantee_kind is GranteeKind.DISPLAY:
        return parts.displays.name_of(grant.home, DeviceId(grant.grantee)) or ""
    person = parts.persons.get(grant.home, PersonId(grant.grantee))
    return person.name if person is not None else ""


def _output(parts: Parts, actor: Actor, grant: Grant) -> GrantOutput:
    camera = parts.devices.get(grant.home, grant.camera)
    return GrantOutput(
        id=grant.id,
        camera=grant.camera,
        camera_name=camera.name if camera is not None else "",
        grantee_kind=grant.grantee_kind.value,
        grantee=grant.grantee,
        grantee_name=grantee_name(parts, grant),
        until_ms=grant.until_ms,
        made_ms=grant.made_ms,
        views_count=parts.views.count_of(grant),
        handle=grant.handle if grant.grantee == actor.person else None,
    )
