"""A stored grant is what was sealed, or none."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from curtilage.consent.camera_lock import end_of
from curtilage.consent.event import Event, EventKind
from curtilage.consent.grant import Grant, GranteeKind, GrantEnd
from curtilage.consent.grant_record import ended_event, ending, grants_of_rows, made_event, making
from curtilage.consent.standing import Standing
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


def by_ledger(*events: Event) -> Standing:
    standing = Standing()
    for position, event in enumerate(events):
        standing.take(position, event)
    return standing


MADE = by_ledger(made_event(GRANT))


def read(
    vault: Vault, rows: Sequence[Row], home: HomeId = HOME, standing: Standing = MADE
) -> tuple[list[Grant], list[str]]:
    """Grants, and why the other rows are none."""
    grants, refused = grants_of_rows(home, rows, vault, standing, NOON_MS)
    for row in refused:
        assert (row.home, row.event.kind) == (home, EventKind.GRANT_REFUSED)
        assert len(row.event.encode(NOON_MS)) < 1024
    return grants, [row.event.fact("why") for row in refused]


def test_what_is_stored_comes_back(vault: Vault) -> None:
    assert read(vault, [stored(vault)]) == ([GRANT], [])


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
    doubt = "not_standing" if column == "id" else "changed"
    assert read(vault, [tuple(row), stored(vault)]) == ([GRANT], [doubt])


def test_a_row_of_another_home_is_no_grant(vault: Vault) -> None:
    assert read(vault, [stored(vault)], OTHER) == ([], ["changed"])


ENDED = ended_event(GRANT, end_of(GRANT, GrantEnd.REVOKED, None, NOON_MS))
LEDGERS = [
    ("ended", by_ledger(made_event(GRANT), ENDED), "not_standing"),
    ("never made", by_ledger(), "not_standing"),
    ("made by another", by_ledger(made_event(replace(GRANT, made_by=None))), "changed"),
    ("with another end", by_ledger(made_event(replace(GRANT, until_ms=None))), "changed"),
    ("unreadable after it", by_ledger(made_event(GRANT), Event(EventKind.UNREADABLE, None)), "unreadable"),
]


@pytest.mark.parametrize(("standing", "why"), [case[1:] for case in LEDGERS], ids=[case[0] for case in LEDGERS])
def test_a_whole_row_counts_only_while_it_stands_by_the_ledger(vault: Vault, standing: Standing, why: str) -> None:
    assert read(vault, [stored(vault)], standing=standing) == ([], [why])


def test_what_a_foreign_row_says_never_fills_an_entry(vault: Vault) -> None:
    row = ["x" * 10_000 if isinstance(value, str) else value for value in stored(vault)]
    assert read(vault, [tuple(row)]) == ([], ["not_standing"])


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
    assert ending(end).parameters == (NOON_MS, why.value, b"", GRANT.id)


def test_making_says_whom_what_and_until_when() -> None:
    event = made_event(GRANT)
    assert event.fact("until") == str(GRANT.until_ms)
    assert (event.fact("grantee"), event.fact("camera")) == (GRANT.grantee, GRANT.camera)
