"""The activity in words: every kind of event reads as a sentence, with names and times of now."""

from datetime import UTC, timedelta, timezone
from pathlib import Path

import pytest

from curtilage.consent.event import WORDINGS, Event, EventKind
from curtilage.consent.ledger import Entry
from curtilage.home.activity import Activity, time_words
from curtilage.wire.identifier import PersonId
from tests.consent.parts import NOON_MS, Family, House, in_house, settle_in


@pytest.mark.parametrize(
    ("at_ms", "hours", "words"),
    [
        (NOON_MS, 0, "Sat 21 Nov 2026, 12:00"),
        (NOON_MS + 59_999, 0, "Sat 21 Nov 2026, 12:00"),
        (NOON_MS, 1, "Sat 21 Nov 2026, 13:00"),
        (NOON_MS, -13, "Fri 20 Nov 2026, 23:00"),
        (0, 0, "Thu 1 Jan 1970, 00:00"),
    ],
)
def test_times_are_exact_and_in_the_readers_zone(at_ms: int, hours: int, words: str) -> None:
    assert time_words(at_ms, timezone(timedelta(hours=hours))) == words


def texts(family: Family) -> dict[str, str]:
    return {
        "person": family.ben.id,
        "grantee": family.ben.id,
        "camera": family.porch.id,
        "until": str(NOON_MS),
        "since": str(NOON_MS),
        "purpose": "camera_view",
        "role": "member",
        "why": "camera_removed",
        "cause": "does_not_open",
        "how": "sign_in",
        "failures": "10",
        "count": "2",
    }


SENTENCES = {
    EventKind.HOME_CREATED: "Ana created this home.",
    EventKind.HOME_RENAMED: "Ana renamed this home.",
    EventKind.PERSON_ADDED: "Ana invited Ben to this home as member.",
    EventKind.PERSON_JOINED: "Ben joined this home as member.",
    EventKind.PERSON_REMOVED: "Ana ended Ben's membership in this home.",
    EventKind.INVITATION_ENDED: "The invitation of Ben ended: its code was not used in time.",
    EventKind.CODE_MADE: "Ana made a sign-in code for Ben.",
    EventKind.CAMERA_ADDED: "Ana added Porch.",
    EventKind.CAMERA_REMOVED: "Ana removed Porch.",
    EventKind.CAMERA_UNLOCKED: "Ana unlocked Porch. It was locked since Sat 21 Nov 2026, 12:00 "
    "because a revocation could not be recorded.",
    EventKind.CAMERA_KEY_KEPT: "Porch was met under TLS for the first time; what it showed is what it is known by from "
    "now on.",
    EventKind.CAMERA_KEY_TRUSTED: "Ana chose the key that Porch is known by.",
    EventKind.CAMERA_SOUND_ON: "Ana switched the sound of Porch on.",
    EventKind.CAMERA_SOUND_OFF: "Ana switched the sound of Porch off.",
    EventKind.CONSENT_GIVEN: "Ana gave consent: Showing a camera to somebody.",
    EventKind.CONSENT_WITHDRAWN: "Ana withdrew consent: Showing a camera to somebody.",
    EventKind.GRANT_MADE: "Ana let Ben see Porch until Sat 21 Nov 2026, 12:00.",
    EventKind.GRANT_REVOKED: "Ana revoked the grant of Ben for Porch.",
    EventKind.GRANT_EXPIRED: "The grant of Ben for Porch ended, as agreed, Sat 21 Nov 2026, 12:00.",
    EventKind.GRANT_ENDED: "The grant of Ben for Porch ended because the camera was removed.",
    EventKind.GRANT_REFUSED: "A grant of Ben for Porch stood in the database and does not count: "
    "the camera was removed.",
    EventKind.CONSENT_REFUSED: "A consent stood in the database and does not count: "
    "the camera was removed (Showing a camera to somebody).",
    EventKind.VIEW_CUT: "What Ben saw of Porch was cut twice because a piece did not open on their screen.",
    EventKind.DISPLAY_PAIRED: "Ana paired the display a display.",
    EventKind.DISPLAY_UNPAIRED: "Ana unpaired the display a display.",
    EventKind.DISPLAY_LEFT: "Somebody at the display a display unpaired it.",
    EventKind.SIGNED_IN: "An account signed in with its sign-in code.",
    EventKind.SIGNED_OUT: "An account signed out.",
    EventKind.SIGN_IN_PAUSED: "Sign-in to an account paused: 10 wrong passwords.",
    EventKind.PLAIN_LAN_OPENED: "Ana started the server with plain-lan: displays are served without HTTPS, and whoever "
    "reads along on the network can take a display's place.",
    EventKind.ACCOUNT_CLOSED: "An account was closed.",
    EventKind.UNREADABLE: "This entry was changed or erased from outside. What it said is not known.",
}


def entry(family: Family, kind: EventKind, actor: PersonId | None, **changed: str) -> Entry:
    known = texts(family) | changed
    facts = tuple((name, known.get(name, "x")) for name in sorted(WORDINGS[kind].facts))
    return Entry(0, NOON_MS, Event(kind, actor, facts))


def test_every_kind_reads_as_a_sentence(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        family = await settle_in(house)
        assert set(SENTENCES) == set(EventKind)
        for kind, sentence in SENTENCES.items():
            assert house.activity.words(family.home, entry(family, kind, family.ana.id)) == sentence

    in_house(tmp_path, test)


def test_the_unusual_has_words_too(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        family, others = await settle_in(house), await settle_in(house, "Other ")
        ana = family.ana.id

        def words(kind: EventKind, actor: PersonId | None = ana, **changed: str) -> str:
            return house.activity.words(family.home, entry(family, kind, actor, **changed))

        assert words(EventKind.GRANT_MADE, until="") == "Ana let Ben see Porch until revoked."
        assert words(EventKind.CAMERA_ADDED, None) == "The operator added Porch."
        assert words(EventKind.CAMERA_ADDED, PersonId("z" * 26)) == "Somebody who left added Porch."
        assert words(EventKind.GRANT_MADE, grantee="z" * 26).startswith("Ana let somebody who left see")
        assert words(EventKind.CAMERA_ADDED, camera="z" * 26) == "Ana added a camera."
        assert (
            words(EventKind.CAMERA_ADDED, others.ana.id, camera=others.porch.id) == "Somebody who left added a camera."
        )
        assert words(EventKind.VIEW_CUT, cause="new", count="1").endswith("was cut once because of an unknown cause.")
        assert words(EventKind.VIEW_CUT, count="7").endswith("7 times because a piece did not open on their screen.")
        assert (
            words(EventKind.CODE_MADE, None, person="", how="set_up")
            == "The operator made a set-up code for a new owner."
        )

    in_house(tmp_path, test)


def test_words_are_in_the_readers_zone(tmp_path: Path) -> None:
    async def test(house: House) -> None:
        family = await settle_in(house)
        activity = Activity(house.persons, house.devices, house.displays, timezone(timedelta(hours=9)))
        made = entry(family, EventKind.GRANT_MADE, family.ana.id)
        assert activity.words(family.home, made).endswith("until Sat 21 Nov 2026, 21:00.")
        assert Activity(house.persons, house.devices, house.displays, UTC).words(family.home, made).endswith("12:00.")

    in_house(tmp_path, test)
