"""The grant: the bounded permission that follows a consent, and the one place that decides "may this be seen?".

A grant is held in memory and checked there; the store is only how it survives a restart. Revoking removes it from
memory first, then tells every listener in the same call (views are cut, epochs turn), then records it.

A handle (256 random bits) names a grant to its grantee's page. It is looked up by its SHA-256 so that neither a timing
of the dictionary nor a memory dump of keys gives one away; the store keeps it sealed.
"""

import enum
from dataclasses import dataclass, field
from typing import Protocol

from curtilage.errors import Refused
from curtilage.wire.identifier import ConsentId, DeviceId, GrantId, HomeId, PersonId


class GranteeKind(enum.Enum):
    """Who is let in."""

    PERSON = "person"
    DISPLAY = "display"
    LINK = "link"


@dataclass(frozen=True, slots=True)
class Grant:
    """Which camera, to whom, until when."""

    id: GrantId
    home: HomeId
    camera: DeviceId
    grantee_kind: GranteeKind
    grantee: PersonId | DeviceId
    until_ms: int | None
    """Exclusive end, ms since the Unix epoch; None until revoked."""
    made_ms: int
    made_by: PersonId | None
    """None: by the operator at the machine itself."""
    consent: ConsentId
    handle: str = field(repr=False)


class GrantEnd(enum.Enum):
    """Why a grant is over. The order is that of the lock file (camera_lock.py): add at the end."""

    REVOKED = "revoked"
    EXPIRED = "expired"
    CAMERA_REMOVED = "camera_removed"
    PERSON_LEFT = "person_left"
    CONSENT_WITHDRAWN = "consent_withdrawn"
    DISPLAY_UNPAIRED = "display_unpaired"


class GrantCheck(Protocol):
    """The port jobs receive. Today a dictionary in this process; on an edge node later, a live feed of one."""

    def check(self, handle: str, grantee: PersonId | DeviceId, /) -> Grant | Refused:
        """The live grant behind ``handle`` if ``grantee`` is whom it was made to. Refused(UNKNOWN, EXPIRED, LOCKED)."""
        ...

    def still(self, grant: Grant, /) -> bool:
        """Is this very grant live now? For a running view; cheaper than ``check``."""
        ...


class GrantEndListener(Protocol):
    """Told in the same call in which the grant left memory; must not wait, must not raise."""

    def grant_ended(self, grant: Grant, end: GrantEnd) -> None:
        """Cut its views, turn the epoch."""
        ...

    def camera_locked(self, camera: DeviceId) -> None:
        """A revocation could not be recorded: nobody sees this camera until an owner unlocks it."""
        ...
