"""Persons of a home. Owners see all; a member sees herself."""

from fastapi import APIRouter

from curtilage.consent.purpose import ACCOUNT, HOME_MEMBERSHIP
from curtilage.errors import Refused
from curtilage.home.actor import Actor, Role
from curtilage.home.code import CodeKind
from curtilage.home.person import Person
from curtilage.web.api_models import CodeOutput, NewPersonInput, NewPersonOutput, PersonOutput
from curtilage.web.asked import API_PREFIX
from curtilage.web.parts import Parts
from curtilage.web.problem import NOT_FOUND, Stopped, of_refusal
from curtilage.web.purposed import purposes
from curtilage.web.visitor import Owner, Someone
from curtilage.wire.identifier import PersonId


def make_persons(parts: Parts) -> APIRouter:
    """Routes /homes/{home}/persons."""
    router = APIRouter(prefix=f"{API_PREFIX}homes/{{home}}/persons", tags=["persons"])

    @router.get("", operation_id="list_persons", openapi_extra=purposes(HOME_MEMBERSHIP))
    async def list_persons(actor: Someone) -> list[PersonOutput]:
        """The home's persons that the visitor may know of."""
        return [_output(person) for person in persons_seen(parts, actor)]

    @router.post("", status_code=201, operation_id="add_person", openapi_extra=purposes(HOME_MEMBERSHIP))
    async def add_person(actor: Owner, given: NewPersonInput) -> NewPersonOutput:
        """Invite a person; the joining code is shown once."""
        made = await parts.persons.add(actor.home, given.name, given.role, actor)
        if isinstance(made, Refused):
            raise Stopped(of_refusal(made))
        return NewPersonOutput(**_output(made.person).model_dump(), code=made.code)

    @router.delete("/{person}", status_code=204, operation_id="remove_person", openapi_extra=purposes(HOME_MEMBERSHIP))
    async def remove_person(actor: Owner, person: str) -> None:
        """End a membership: its grants end, its name is erased."""
        found = parts.persons.get(actor.home, PersonId(person))
        if found is None or not await parts.persons.remove(actor.home, found.id, actor):
            raise Stopped(NOT_FOUND)
        if found.account is not None:
            parts.views.close_streams_of(found.account)

    @router.post("/{person}/codes", status_code=201, operation_id="make_sign_in_code", openapi_extra=purposes(ACCOUNT))
    async def make_sign_in_code(actor: Owner, person: str) -> CodeOutput:
        """A new one-time code for a person: to sign in, or to join as long as they have not."""
        found = parts.persons.get(actor.home, PersonId(person))
        if found is None:
            raise Stopped(NOT_FOUND)
        kind = CodeKind.JOIN if found.account is None else CodeKind.SIGN_IN
        return CodeOutput(code=await parts.codes.make(kind, actor.home, found.id, 1, parts.config.code_age_s_max))

    return router


def persons_seen(parts: Parts, actor: Actor) -> list[Person]:
    """By name."""
    everybody = sorted(parts.persons.of_home(actor.home), key=lambda person: person.name)
    return [person for person in everybody if actor.role is Role.OWNER or person.id == actor.person]


def _output(person: Person) -> PersonOutput:
    return PersonOutput(
        id=person.id,
        name=person.name,
        role=person.role,
        joined_ms=person.joined_ms,
        signs_in=person.account is not None,
    )
