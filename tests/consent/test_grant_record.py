"""A stored grant is what was sealed, or none."""

import pytest

from curtilage.consent.camera_lock import end_of
from curtilage.consent.event import EventKind
from curtilage.consent.grant import Grant, GranteeKind, GrantEnd
from curtilage.consent.grant_record import ended_event, ending, grants_of_rows, made_event, making
from curtilage.store.store import Row, Value
from curtilage.vault.root_key import RootKey
from curtilage.vault.vault import Vault
from curtilage.wire.identifier import ConsentId, DeviceId, GrantId, HomeId, PersonId
from tests.consent.parts import NOON_MS, counted_entropy

HOME, OTHER = HomeId("a" * 26), HomeId("b" * 26)
GRANT = Grant(
    GrantId("c" * 26),
    HOME,
    DeviceId("d" * 26),
    GranteeKind.PERSON,
    PersonId("e" * 26),
    NOON_MS + 1000,
    NOON_MS,
    PersonId("f" * 26),
    ConsentId("g" * 26),
    "h" * 43,
)
NAMES = ("id", "camera", "grantee_kind", "grantee", "until_ms", "made_ms", "made_by", "consent", "handle")


@pytest.fixture
def vault() -> Vault:
    entropy = counted_entropy()
    vault = Vault(RootKey(entropy(32)), entropy)
    vault.new_home(HOME)
    vault.new_home(OTHER)
    return vault


def stored(vault: Vault, grant: Grant = GRANT) -> Row:
    return making(grant, vault)[-1].parameters


def test_what_is_stored_comes_back(vault: Vault) -> None:
    assert grants_of_rows(HOME, [stored(vault)], vault) == ([GRANT], 0)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("id", "z" * 26),
        ("camera", "z" * 26),
        ("grantee_kind", "display"),
        ("grantee_kind", "friend"),
        ("grantee", "z" * 26),
        ("until_ms", None),
        ("until_ms", NOON_MS + 10**12),
        ("until_ms", "soon"),
        ("consent", "z" * 26),
        ("handle", b""),
        ("handle", None),
        ("handle", "text"),
    ],
)
def test_a_row_changed_from_outside_is_no_grant(vault: Vault, column: str, value: Value) -> None:
    row = list(stored(vault))
    row[NAMES.index(column)] = value
    assert grants_of_rows(HOME, [tuple(row), stored(vault)], vault) == ([GRANT], 1)


def test_a_row_of_another_home_is_no_grant(vault: Vault) -> None:
    assert grants_of_rows(OTHER, [stored(vault)], vault) == ([], 1)


def test_making_needs_camera_consent_and_grantee_to_stand(vault: Vault) -> None:
    *guards, insert = making(GRANT, vault)
    assert {guard.parameters[0] for guard in guards} == {GRANT.camera, GRANT.consent, GRANT.grantee}
    assert all(statement.rows_expected == 1 for statement in (*guards, insert))


@pytest.mark.parametrize(
    ("why", "kind", "actor"),
    [
        (GrantEnd.REVOKED, EventKind.GRANT_REVOKED, GRANT.made_by),
        (GrantEnd.EXPIRED, EventKind.GRANT_EXPIRED, None),
        (GrantEnd.CAMERA_REMOVED, EventKind.GRANT_ENDED, GRANT.made_by),
        (GrantEnd.PERSON_LEFT, EventKind.GRANT_ENDED, GRANT.made_by),
        (GrantEnd.CONSENT_WITHDRAWN, EventKind.GRANT_ENDED, GRANT.made_by),
    ],
)
def test_every_end_has_its_event_and_statement(why: GrantEnd, kind: EventKind, actor: PersonId | None) -> None:
    end = end_of(GRANT, why, GRANT.made_by, NOON_MS)
    event = ended_event(GRANT, end)
    assert (event.kind, event.actor, event.fact("grant")) == (kind, actor, GRANT.id)
    assert ending(end).parameters == (NOON_MS, why.value, GRANT.id)


def test_making_says_whom_what_and_until_when() -> None:
    event = made_event(GRANT)
    assert event.fact("until") == str(GRANT.until_ms)
    assert (event.fact("grantee"), event.fact("camera")) == (GRANT.grantee, GRANT.camera)
