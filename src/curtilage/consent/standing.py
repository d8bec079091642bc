"""What stands by a ledger's own entries: grants made and not ended, consents given and not withdrawn, sounds on.

Pure: entries in, answers out. It guards against a row that was brought back to life in the database: at start every
stored grant, consent and sound is held against this, and one that does not stand here does not count, whatever its row
says.

Where the ledger itself cannot be read, it decides for the person who revoked: an entry that does not open may have been
an end, so no grant made before it stands, and no consent of the home given before it. A person's own consents (signing
in, belonging) stay: they end only together with the membership.
"""

import enum

from curtilage.consent.event import Event, EventKind
from curtilage.consent.purpose import PURPOSES, Whose

_GRANT_ENDS = frozenset(
    {EventKind.GRANT_REVOKED, EventKind.GRANT_EXPIRED, EventKind.GRANT_ENDED, EventKind.GRANT_REFUSED}
)
_CONSENT_ENDS = frozenset({EventKind.CONSENT_WITHDRAWN, EventKind.CONSENT_REFUSED})
_SOUND_ENDS = frozenset({EventKind.CAMERA_SOUND_OFF, EventKind.CAMERA_REMOVED})
_PERSONAL = frozenset(purpose.id for purpose in PURPOSES if purpose.whose is Whose.PERSON)


class Doubt(enum.Enum):
    """Why a stored row does not count. The values are words of event.py."""

    NOT_STANDING = "not_standing"
    """By the ledger it ended, or never began."""
    UNREADABLE = "unreadable"
    """An entry after its making cannot be read, and may have been its end."""
    CHANGED = "changed"
    """It stands, but the row says something else."""


class Standing:
    """One ledger's. Holds what is live only, so it is as small as that."""

    __slots__ = ("_consents", "_doubted", "_grants", "_next", "_sounds")

    def __init__(self) -> None:
        self._grants: dict[str, Event] = {}
        self._consents: dict[str, Event] = {}
        self._doubted: set[str] = set()
        self._sounds: dict[str, str] = {}
        """Camera to the consent on which its sound was switched on."""
        self._next = 0

    def take(self, position: int, event: Event) -> bool:
        """The entry at ``position``, in order. False: it was taken already, and is not taken again."""
        if position < self._next:
            return False
        self._next = position + 1
        if event.kind is EventKind.GRANT_MADE:
            self._grants[event.fact("grant")] = event
        elif event.kind is EventKind.CONSENT_GIVEN:
            self._consents[event.fact("consent")] = event
        elif event.kind in _GRANT_ENDS:
            self._end(self._grants, event.fact("grant"))
        elif event.kind in _CONSENT_ENDS:
            self._end(self._consents, event.fact("consent"))
        elif event.kind is EventKind.CAMERA_SOUND_ON:
            self._sounds[event.fact("camera")] = event.fact("consent")
        elif event.kind in _SOUND_ENDS:
            self._sounds.pop(event.fact("camera"), None)
        elif event.kind is EventKind.UNREADABLE:
            self.doubt()
        return True

    def doubt(self) -> None:
        """Something of the ledger up to here cannot be read."""
        for consent, given in list(self._consents.items()):
            if given.fact("purpose") not in _PERSONAL:
                self._doubted.add(consent)
                del self._consents[consent]
        self._doubted.update(self._grants)
        self._grants.clear()
        self._sounds.clear()

    def grant(self, made: Event) -> Doubt | None:
        """None: the grant that this entry (GRANT_MADE) would record stands, with just these facts."""
        known = self._grants.get(made.fact("grant"))
        if known is None:
            return self.why_not(made.fact("grant"))
        return None if known == made else Doubt.CHANGED

    def consent(self, consent: str, purpose: str, person: str | None) -> Doubt | None:
        """None: this consent stands, given by ``person`` for ``purpose``."""
        given = self._consents.get(consent)
        if given is None:
            return self.why_not(consent)
        return None if (given.fact("purpose"), given.actor) == (purpose, person) else Doubt.CHANGED

    def sound(self, camera: str, consent: str) -> bool:
        """The camera's sound was switched on, on this consent, and not off since."""
        return self._sounds.get(camera) == consent

    def why_not(self, name: str) -> Doubt:
        """Of a grant or consent whose row cannot be read itself."""
        if name in self._doubted:
            return Doubt.UNREADABLE
        return Doubt.CHANGED if name in self._grants or name in self._consents else Doubt.NOT_STANDING

    def _end(self, live: dict[str, Event], name: str) -> None:
        live.pop(name, None)
        self._doubted.discard(name)
