"""Persons of a home. Owners see all; a member sees herself."""

from typing import Annotated

from fastapi import APIRouter

from curtilage.consent.purpose import ACCOUNT, HOME_MEMBERSHIP
from curtilage.home.actor import Actor
from curtilage.home.code import CodeKind
from curtilage.home.permission import Act, may
from curtilage.home.person import Person
from curtilage.web.api.api_models import CodeOutput, NewCodeInput, NewPersonInput, NewPersonOutput, PersonOutput
from curtilage.web.asked import API_PREFIX
from curtilage.web.parts import Parts
from curtilage.web.problem import Kind, Problem, Stopped, agreed, seen
from curtilage.web.purposed import purposes
from curtilage.web.visitor import Someone, allowed
from curtilage.wire.identifier import PersonId


def make_persons(parts: Parts) -> APIRouter:
    """Routes /homes/{home}/persons."""
    router = APIRouter(prefix=f"{API_PREFIX}homes/{{home}}/persons", tags=["persons"])

    @router.get("", operation_id="list_persons", openapi_extra=purposes(HOME_MEMBERSHIP))
    async def list_persons(actor: Someone) -> list[PersonOutput]:
        """The home's persons that the visitor may know of."""
        return [_output(person) for person in persons_seen(parts, actor)]

    @router.post("", status_code=201, operation_id="add_person", openapi_extra=purposes(HOME_MEMBERSHIP))
    async def add_person(actor: Annotated[Actor, allowed(Act.ADD_PERSON)], given: NewPersonInput) -> NewPersonOutput:
        """Invite a person; the joining code is shown once."""
        made = agreed(await parts.persons.add(actor.home, given.name, given.role, actor))
        return NewPersonOutput(**_output(made.person).model_dump(), code=made.code)

    @router.delete("/{person}", status_code=204, operation_id="remove_person", openapi_extra=purposes(HOME_MEMBERSHIP))
    async def remove_person(actor: Someone, person: str) -> None:
        """End a membership, or leave: its grants end, its name is erased. With the last one the account is closed."""
        act = Act.LEAVE_HOME if person == actor.person else Act.REMOVE_PERSON
        if not may(actor, act):
            raise Stopped(Problem(Kind.OWNERS_ONLY))
        await end_membership(parts, actor, PersonId(person))

    @router.post("/{person}/codes", status_code=201, operation_id="make_sign_in_code", openapi_extra=purposes(ACCOUNT))
    async def make_sign_in_code(actor: Someone, person: str, given: NewCodeInput) -> CodeOutput:
        """A new code for a person: to join as long as they have not, else to sign in."""
        if not may(actor, Act.MAKE_SIGN_IN_CODE) and person != actor.person:
            raise Stopped(Problem(Kind.OWNERS_ONLY))
        found = seen(parts.persons.get(actor.home, PersonId(person)))
        kind = CodeKind.JOIN if found.account is None else CodeKind.SIGN_IN
        if kind is CodeKind.SIGN_IN and actor.person not in (None, found.id):
            # A code opens the whole account, which may belong to other homes too: no owner may hold another's.
            raise Stopped(Problem(Kind.OPERATOR_ONLY))
        uses = given.uses if actor.person is None and kind is CodeKind.SIGN_IN else 1
        age_s = parts.config.code_age_s_max
        return CodeOutput(code=await parts.codes.make(kind, actor.home, found.id, uses, age_s, actor.person))

    return router


async def end_membership(parts: Parts, actor: Actor, person: PersonId) -> None:
    """With all that the person's account has open; its pages in other homes open their own again."""
    found = seen(parts.persons.get(actor.home, person))
    seen(await parts.persons.remove(actor.home, found.id, actor))
    if found.account is not None:
        parts.views.close_streams_of(found.account)
        parts.hls.close_addresses_of(found.account)


def persons_seen(parts: Parts, actor: Actor) -> list[Person]:
    """By name."""
    everybody = sorted(parts.persons.of_home(actor.home), key=lambda person: person.name)
    return [person for person in everybody if may(actor, Act.SEE_PERSONS) or person.id == actor.person]


def _output(person: Person) -> PersonOutput:
    return PersonOutput(
        id=person.id,
        name=person.name,
        role=person.role,
        joined_ms=person.joined_ms,
        signs_in=person.account is not None,
    )
