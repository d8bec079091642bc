"""What a ledger records: who did what to whom, until when. One table holds every kind with its sentence.

Rules:
* an event names persons, devices and times by identifier and number, never by name: erasing a person's name (home/)
  then takes it out of the ledger's sentences too, without touching the tree;
* every kind states exactly which facts it carries; an event with others cannot be made;
* sentences say who, what and when, in the design's nouns, without blame. An unknown cause says so.

Encoding is pure: JSON in one fixed order. The bytes are stored and hashed as they are, so nobody ever has to find "the"
encoding of an event again. Who puts names into sentences: home/activity.py.
"""

import enum
import json
from collections.abc import Mapping
from dataclasses import dataclass

from curtilage.wire.identifier import PersonId

PAYLOAD_BYTES_MAX = 4096
_VERSION = 1


class EventKind(enum.Enum):
    """Every kind of entry. A value, once released, keeps its meaning for ever: old entries hold it."""

    HOME_CREATED = "home_created"
    HOME_RENAMED = "home_renamed"
    PERSON_ADDED = "person_added"
    PERSON_JOINED = "person_joined"
    PERSON_REMOVED = "person_removed"
    INVITATION_ENDED = "invitation_ended"
    CODE_MADE = "code_made"
    CAMERA_ADDED = "camera_added"
    CAMERA_REMOVED = "camera_removed"
    CAMERA_UNLOCKED = "camera_unlocked"
    CAMERA_KEY_KEPT = "camera_key_kept"
    CAMERA_KEY_TRUSTED = "camera_key_trusted"
    CAMERA_SOUND_ON = "camera_sound_on"
    CAMERA_SOUND_OFF = "camera_sound_off"
    CONSENT_GIVEN = "consent_given"
    CONSENT_WITHDRAWN = "consent_withdrawn"
    GRANT_MADE = "grant_made"
    GRANT_REVOKED = "grant_revoked"
    GRANT_EXPIRED = "grant_expired"
    GRANT_ENDED = "grant_ended"
    GRANT_REFUSED = "grant_refused"
    """The alarm: the database held a live grant that does not stand by this ledger."""
    CONSENT_REFUSED = "consent_refused"
    """The same of a consent."""
    VIEW_CUT = "view_cut"
    """The alarm: a view was ended because of what it was about to show."""
    DISPLAY_PAIRED = "display_paired"
    DISPLAY_UNPAIRED = "display_unpaired"
    DISPLAY_LEFT = "display_left"
    SIGNED_IN = "signed_in"
    SIGNED_OUT = "signed_out"
    SIGN_IN_PAUSED = "sign_in_paused"
    PLAIN_LAN_OPENED = "plain_lan_opened"
    ACCOUNT_CLOSED = "account_closed"
    UNREADABLE = "unreadable"
    """Never recorded: what a reader is shown in place of an entry that does not open."""


class Fact(enum.Enum):
    """How a fact's text is to be read."""

    PERSON = enum.auto()
    GRANTEE = enum.auto()
    """A person's or a device's identifier."""
    DEVICE = enum.auto()
    """A camera's."""
    DISPLAY = enum.auto()
    TIME = enum.auto()
    """Milliseconds since the Unix epoch, in decimal; empty: until revoked."""
    PURPOSE = enum.auto()
    WORD = enum.auto()
    """A key of WORDS."""
    NUMBER = enum.auto()
    TIMES = enum.auto()
    """A number too: once, twice, 3 times."""
    IDENTIFIER = enum.auto()
    """For Details only: a grant, a consent, an account."""


FACTS: Mapping[str, Fact] = {
    "person": Fact.PERSON,
    "grantee": Fact.GRANTEE,
    "camera": Fact.DEVICE,
    "display": Fact.DISPLAY,
    "until": Fact.TIME,
    "since": Fact.TIME,
    "purpose": Fact.PURPOSE,
    "role": Fact.WORD,
    "why": Fact.WORD,
    "cause": Fact.WORD,
    "how": Fact.WORD,
    "failures": Fact.NUMBER,
    "count": Fact.TIMES,
    "grant": Fact.IDENTIFIER,
    "consent": Fact.IDENTIFIER,
    "account": Fact.IDENTIFIER,
    "words_version": Fact.IDENTIFIER,
}
"""Every fact there is."""


@dataclass(frozen=True, slots=True)
class Wording:
    """A kind's sentence and the facts it carries."""

    sentence: str
    """With named places: ``actor`` and facts."""
    facts: frozenset[str]


def _wording(sentence: str, *facts: str) -> Wording:
    return Wording(sentence, frozenset(facts))


WORDINGS: Mapping[EventKind, Wording] = {
    EventKind.HOME_CREATED: _wording("{actor} created this home."),
    EventKind.HOME_RENAMED: _wording("{actor} renamed this home."),
    EventKind.PERSON_ADDED: _wording("{actor} invited {person} to this home as {role}.", "person", "role"),
    EventKind.PERSON_JOINED: _wording("{person} joined this home as {role}.", "person", "role"),
    EventKind.PERSON_REMOVED: _wording("{actor} ended {person}'s membership in this home.", "person"),
    EventKind.INVITATION_ENDED: _wording("The invitation of {person} ended: its code was not used in time.", "person"),
    EventKind.CODE_MADE: _wording("{actor} made a {how} for {person}.", "how", "person"),
    EventKind.CAMERA_ADDED: _wording("{actor} added {camera}.", "camera"),
    EventKind.CAMERA_REMOVED: _wording("{actor} removed {camera}.", "camera"),
    EventKind.CAMERA_UNLOCKED: _wording(
        "{actor} unlocked {camera}. It was locked since {since} because a revocation could not be recorded.",
        "camera",
        "since",
    ),
    EventKind.CAMERA_KEY_KEPT: _wording(
        "{camera} was met under TLS for the first time; what it showed is what it is known by from now on.", "camera"
    ),
    EventKind.CAMERA_KEY_TRUSTED: _wording("{actor} chose the key that {camera} is known by.", "camera"),
    EventKind.CAMERA_SOUND_ON: _wording("{actor} switched the sound of {camera} on.", "camera", "consent"),
    EventKind.CAMERA_SOUND_OFF: _wording("{actor} switched the sound of {camera} off.", "camera"),
    EventKind.CONSENT_GIVEN: _wording("{actor} gave consent: {purpose}.", "purpose", "consent", "words_version"),
    EventKind.CONSENT_WITHDRAWN: _wording("{actor} withdrew consent: {purpose}.", "purpose", "consent"),
    EventKind.GRANT_MADE: _wording(
        "{actor} let {grantee} see {camera} until {until}.", "grantee", "camera", "until", "grant", "consent"
    ),
    EventKind.GRANT_REVOKED: _wording(
        "{actor} revoked the grant of {grantee} for {camera}.", "grantee", "camera", "grant"
    ),
    EventKind.GRANT_EXPIRED: _wording(
        "The grant of {grantee} for {camera} ended, as agreed, {until}.", "grantee", "camera", "until", "grant"
    ),
    EventKind.GRANT_ENDED: _wording(
        "The grant of {grantee} for {camera} ended because {why}.", "grantee", "camera", "why", "grant"
    ),
    EventKind.GRANT_REFUSED: _wording(
        "A grant of {grantee} for {camera} stood in the database and does not count: {why}.",
        "grantee",
        "camera",
        "why",
        "grant",
    ),
    EventKind.CONSENT_REFUSED: _wording(
        "A consent stood in the database and does not count: {why} ({purpose}).", "purpose", "why", "consent"
    ),
    EventKind.VIEW_CUT: _wording(
        "What {grantee} saw of {camera} was cut {count} because {cause}.", "grantee", "camera", "cause", "count"
    ),
    EventKind.DISPLAY_PAIRED: _wording("{actor} paired the display {display}.", "display"),
    EventKind.DISPLAY_UNPAIRED: _wording("{actor} unpaired the display {display}.", "display"),
    EventKind.DISPLAY_LEFT: _wording("Somebody at the display {display} unpaired it.", "display"),
    EventKind.SIGNED_IN: _wording("An account signed in with its {how}.", "account", "how"),
    EventKind.SIGNED_OUT: _wording("An account signed out.", "account"),
    EventKind.SIGN_IN_PAUSED: _wording(
        "Sign-in to an account paused: {failures} wrong passwords.", "account", "failures"
    ),
    EventKind.PLAIN_LAN_OPENED: _wording(
        "{actor} started the server with plain-lan: displays are served without HTTPS, and whoever reads along on the "
        "network can take a display's place."
    ),
    EventKind.ACCOUNT_CLOSED: _wording("An account was closed.", "account"),
    EventKind.UNREADABLE: _wording("This entry was changed or erased from outside. What it said is not known."),
}

WORDS: Mapping[str, str] = {
    "owner": "owner",
    "member": "member",
    "set_up": "set-up code",
    "join": "joining code",
    "sign_in": "sign-in code",
    "password": "password",
    "code": "sign-in code",
    "camera_removed": "the camera was removed",
    "person_left": "they are no longer in this home",
    "consent_withdrawn": "the consent for it was withdrawn",
    "display_unpaired": "the display was unpaired",
    "not_standing": "by this ledger it had ended or never begun",
    "unreadable": "an entry after it was changed or erased, which may have been its end",
    "changed": "it was changed from outside",
    "wrong_stream": "a piece of something else was about to be sent",
    "wrong_track": "a piece of another track was about to be sent",
    "wrong_epoch": "a piece under an unknown key was about to be sent",
    "stale_sequence": "an old piece was about to be sent again",
    "does_not_open": "a piece did not open on their screen",
    "bad_key": "a key did not open on their screen",
    "not_my_camera": "they said that it is not their camera",
}
"""Facts that are words. One that is not here reads "of an unknown cause"."""
UNKNOWN_WORD = "of an unknown cause"


@dataclass(frozen=True, slots=True)
class Event:
    """One act. Raises ValueError when the facts are not exactly those of its kind: a mistake of ours."""

    kind: EventKind
    actor: PersonId | None
    """None: the operator at the machine, or Curtilage itself (the sentence says which)."""
    facts: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        names = [name for name, _ in self.facts]
        if set(names) != WORDINGS[self.kind].facts or len(names) != len(set(names)):
            raise ValueError(f"{self.kind.value} carries {sorted(WORDINGS[self.kind].facts)}, not {names}")

    def fact(self, name: str) -> str:
        """The fact's text; empty when this kind has none of that name."""
        return dict(self.facts).get(name, "")

    def encode(self, at_ms: int) -> bytes:
        """The payload of an entry. Raises ValueError: longer than PAYLOAD_BYTES_MAX."""
        record = {
            "v": _VERSION,
            "at_ms": at_ms,
            "kind": self.kind.value,
            "actor": self.actor,
            "facts": [list(fact) for fact in self.facts],
        }
        payload = json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode()
        if len(payload) > PAYLOAD_BYTES_MAX:
            raise ValueError("an event is a sentence, not a book")
        return payload


def decode(payload: bytes) -> tuple[int, Event]:
    """(at_ms, event). Raises ValueError for anything that ``encode`` would not have written."""
    try:
        record = json.loads(payload)
        facts = tuple((name, text) for name, text in record["facts"])
        at_ms, actor, event_kind = record["at_ms"], record["actor"], EventKind(record["kind"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ValueError("no event") from error
    texts_only = all(isinstance(text, str) for fact in facts for text in fact)
    if not texts_only or type(at_ms) is not int or not isinstance(actor, str | None):
        raise ValueError("no event")
    event = Event(event_kind, PersonId(actor) if actor is not None else None, facts)
    if event.encode(at_ms) != payload:
        raise ValueError("no event in our encoding")
    return at_ms, event
