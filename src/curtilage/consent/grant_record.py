"""A grant as the store keeps it, and the entries and statements that go with its making and its end.

Pure: values in, statements and events out. It guards against a stored grant that was changed from outside: all that
decides about it (camera, grantee, end, consent) is sealed together with its handle, and a row whose open columns say
something else than its seal is no grant. The end is not sealed, so a row that is not ended counts only while the grant
stands by the ledger's own entries (standing.py), and the handle is destroyed when a grant ends: a row brought back
leads nowhere.
"""

from collections.abc import Sequence

from curtilage.consent.camera_lock import UnrecordedEnd
from curtilage.consent.event import Event, EventKind
from curtilage.consent.grant import Grant, GranteeKind, GrantEnd
from curtilage.consent.refused_rows import RefusedRow, shown
from curtilage.consent.standing import Doubt, Standing
from curtilage.store.store import Row, Statement
from curtilage.vault.sealing import SealBroken
from curtilage.vault.vault import Field, Vault
from curtilage.wire.identifier import ConsentId, DeviceId, GrantId, HomeId, PersonId

_COLUMNS = "id, camera, grantee_kind, grantee, until_ms, made_ms, made_by, consent, handle"
SELECT_LIVE = f"SELECT {_COLUMNS} FROM grants WHERE ended_ms IS NULL ORDER BY made_ms, id"  # noqa: S608  a constant
SELECT_LIVE_IDS = "SELECT id FROM grants WHERE ended_ms IS NULL"
_INSERT = f"INSERT INTO grants ({_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)"  # noqa: S608  a constant
_END = "UPDATE grants SET ended_ms = $1, ended_why = $2, handle = $3 WHERE id = $4 AND ended_ms IS NULL"
_NO_HANDLE = b""
_REFUSED = "refused"
"""In ``ended_why``: it was no grant."""

# Statements that change nothing and fail the write (rows_expected) when what the grant rests on is gone by then.
_CAMERA_STANDS = "UPDATE devices SET kind = 'camera' WHERE id = $1 AND kind = 'camera' AND removed_ms IS NULL"
_DISPLAY_STANDS = "UPDATE devices SET kind = 'display' WHERE id = $1 AND kind = 'display' AND removed_ms IS NULL"
_PERSON_STANDS = "UPDATE persons SET left_ms = NULL WHERE id = $1 AND left_ms IS NULL"
_CONSENT_STANDS = (
    "UPDATE consents SET withdrawn_ms = NULL WHERE id = $1 AND purpose = 'camera_view' AND withdrawn_ms IS NULL"
)


def making(grant: Grant, vault: Vault) -> tuple[Statement, ...]:
    """Store ``grant``, provided that camera, grantee and consent stand."""
    seal = vault.seal(_field(grant.home, grant.id), _sealed_form(grant))
    made_by, kind = grant.made_by, grant.grantee_kind.value
    values = (grant.id, grant.camera, kind, grant.grantee, grant.until_ms, grant.made_ms, made_by, grant.consent, seal)
    guards = [(_CAMERA_STANDS, grant.camera), (_CONSENT_STANDS, grant.consent)]
    if grant.grantee_kind is not GranteeKind.LINK:
        guards.append((_PERSON_STANDS if grant.grantee_kind is GranteeKind.PERSON else _DISPLAY_STANDS, grant.grantee))
    checks = (Statement(sql, (name,), rows_expected=1) for sql, name in guards)
    return (*checks, Statement(_INSERT, values, rows_expected=1))


def made_event(grant: Grant) -> Event:
    """Grant made."""
    until = str(grant.until_ms) if grant.until_ms is not None else ""
    facts = (("grantee", grant.grantee), ("camera", grant.camera), ("until", until))
    return Event(EventKind.GRANT_MADE, grant.made_by, (*facts, ("grant", grant.id), ("consent", grant.consent)))


def ending(end: UnrecordedEnd) -> Statement:
    """Mark the stored grant as ended and destroy its handle; harmless when it is."""
    return Statement(_END, (end.ended_ms, end.why.value, _NO_HANDLE, end.grant))


def ended_event(grant: Grant, end: UnrecordedEnd) -> Event:
    """Grant revoked, expired or ended otherwise."""
    facts = (("grantee", grant.grantee), ("camera", grant.camera), ("grant", grant.id))
    if end.why is GrantEnd.REVOKED:
        return Event(EventKind.GRANT_REVOKED, end.actor, facts)
    if end.why is GrantEnd.EXPIRED:
        return Event(EventKind.GRANT_EXPIRED, None, (*facts, ("until", str(grant.until_ms))))
    return Event(EventKind.GRANT_ENDED, end.actor, (*facts, ("why", end.why.value)))


def grants_of_rows(
    home: HomeId, rows: Sequence[Row], vault: Vault, standing: Standing, now_ms: int
) -> tuple[list[Grant], list[RefusedRow]]:
    """The grants of SELECT_LIVE, and the rows left out because the ledger or their seal says otherwise."""
    grants: list[Grant] = []
    refused: list[RefusedRow] = []
    for row in rows:
        grant = _grant(home, row, vault)
        doubt = standing.grant(made_event(grant)) if grant is not None else standing.why_not(shown(row[0]))
        if grant is not None and doubt is None:
            grants.append(grant)
        else:
            refused.append(_refused(home, row, doubt or Doubt.CHANGED, now_ms))
    return grants, refused


def _refused(home: HomeId, row: Row, doubt: Doubt, now_ms: int) -> RefusedRow:
    facts = (("grantee", shown(row[3])), ("camera", shown(row[1])), ("why", doubt.value), ("grant", shown(row[0])))
    ending = Statement(_END, (now_ms, _REFUSED, _NO_HANDLE, row[0]))
    return RefusedRow(home, Event(EventKind.GRANT_REFUSED, None, facts), ending)


def _grant(home: HomeId, row: Row, vault: Vault) -> Grant | None:
    match row:
        case (
            str(grant_id),
            str(camera),
            str(kind),
            str(grantee),
            int() | None as until_ms,
            int(made_ms),
            str() | None as made_by,
            str(consent),
            bytes(seal),
        ):
            pass
        case _:
            return None
    try:
        sealed = vault.open(_field(home, GrantId(grant_id)), seal)
        grant = Grant(
            GrantId(grant_id),
            home,
            DeviceId(camera),
            GranteeKind(kind),
            PersonId(grantee),
            until_ms,
            made_ms,
            PersonId(made_by) if made_by is not None else None,
            ConsentId(consent),
            sealed.partition(b"\n")[0].decode(),
        )
    except (SealBroken, ValueError):
        return None
    return grant if _sealed_form(grant) == sealed else None


def _sealed_form(grant: Grant) -> bytes:
    parts = (grant.handle, grant.camera, grant.grantee_kind.value, grant.grantee, str(grant.until_ms), grant.consent)
    return "\n".join(parts).encode()


def _field(home: HomeId, grant: GrantId) -> Field:
    return Field("grants", "handle", grant, home)
