"""Entries of a home's ledger in plain words: names and times put into the sentences of consent/event.py.

Names are looked up when the words are read, so they follow a person's erasure: the entry stays, the name does not.
"""

from datetime import UTC, datetime, tzinfo

from curtilage.consent.event import FACTS, UNKNOWN_WORD, WORDINGS, WORDS, Event, Fact
from curtilage.consent.ledger import Entry
from curtilage.consent.purpose import PURPOSES
from curtilage.home.device import Devices
from curtilage.home.display import Displays
from curtilage.home.person import Persons
from curtilage.wire.identifier import DeviceId, HomeId, PersonId

OPERATOR = "The operator"
SOMEBODY = "somebody who left"
SOME_CAMERA = "a camera"
SOME_DISPLAY = "a display"
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def time_words(at_ms: int, zone: tzinfo) -> str:
    """Sun 23 Nov 2026, 18:00; exact, in the reader's zone."""
    at = datetime.fromtimestamp(at_ms / 1000, UTC).astimezone(zone)
    return f"{_DAYS[at.weekday()]} {at.day} {_MONTHS[at.month - 1]} {at.year}, {at.hour:02}:{at.minute:02}"


class Activity:
    """See the module's text."""

    def __init__(self, persons: Persons, devices: Devices, displays: Displays, zone: tzinfo) -> None:
        self._persons = persons
        self._displays = displays
        self._devices = devices
        self._zone = zone

    def words(self, home: HomeId, entry: Entry) -> str:
        """One sentence."""
        event = entry.event
        places = {name: self._said(home, name, text) for name, text in event.facts}
        sentence = WORDINGS[event.kind].sentence.format(actor=self._actor(home, event), **places)
        return sentence[:1].upper() + sentence[1:]

    def _actor(self, home: HomeId, event: Event) -> str:
        return OPERATOR if event.actor is None else self._person(home, event.actor)

    def _said(self, home: HomeId, name: str, text: str) -> str:
        match FACTS[name]:
            case Fact.PERSON:
                return self._person(home, text) if text else "a new owner"
            case Fact.DEVICE:
                return self._devices.name_of(home, DeviceId(text)) or SOME_CAMERA
            case Fact.GRANTEE:
                return self._displays.name_of(home, DeviceId(text)) or self._person(home, text)
            case Fact.DISPLAY:
                return self._displays.name_of(home, DeviceId(text)) or SOME_DISPLAY
            case Fact.TIME:
                return time_words(int(text), self._zone) if text.isdecimal() else "revoked"
            case Fact.PURPOSE:
                return next((purpose.title for purpose in PURPOSES if purpose.id == text), text)
            case Fact.WORD:
                return WORDS.get(text, UNKNOWN_WORD)
            case Fact.TIMES:
                return {"1": "once", "2": "twice"}.get(text, f"{text} times")
            case _:
                return text

    def _person(self, home: HomeId, person: str) -> str:
        known = self._persons.get(home, PersonId(person))
        return known.name if known is not None else SOMEBODY
