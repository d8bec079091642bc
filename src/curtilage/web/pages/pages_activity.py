"""The home's ledger in plain words, newest first, with what anybody needs to check an entry."""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import Response

from curtilage.consent.event import FACTS, EventKind, Fact
from curtilage.consent.ledger import Entry
from curtilage.consent.purpose import ACTIVITY
from curtilage.home.actor import Actor
from curtilage.home.permission import Act
from curtilage.web.pages.pages_frame import Pages
from curtilage.web.pages.pages_words import clock_words, day_words, exact_words, local
from curtilage.web.purposed import purposes
from curtilage.web.visitor import Asker, allowed

_ACTIVITY = purposes(ACTIVITY)
_PAGE_COUNT = 50
_Reader = Annotated[Actor, allowed(Act.SEE_ACTIVITY)]
_POSITION_MAX = 2**53 - 1
_ICONS: Mapping[EventKind, str] = {
    EventKind.PERSON_ADDED: "letter",
    EventKind.PERSON_JOINED: "person",
    EventKind.PERSON_REMOVED: "leave",
    EventKind.CODE_MADE: "letter",
    EventKind.CAMERA_ADDED: "camera",
    EventKind.CAMERA_REMOVED: "remove",
    EventKind.CAMERA_UNLOCKED: "lock",
    EventKind.CAMERA_KEY_KEPT: "key",
    EventKind.CAMERA_KEY_TRUSTED: "key",
    EventKind.CAMERA_SOUND_ON: "sound",
    EventKind.CAMERA_SOUND_OFF: "silent",
    EventKind.CONSENT_GIVEN: "check",
    EventKind.CONSENT_WITHDRAWN: "cross",
    EventKind.GRANT_MADE: "key",
    EventKind.GRANT_REVOKED: "cross",
    EventKind.GRANT_EXPIRED: "clock",
    EventKind.GRANT_ENDED: "cross",
    EventKind.GRANT_REFUSED: "warning",
    EventKind.CONSENT_REFUSED: "warning",
    EventKind.VIEW_CUT: "warning",
    EventKind.DISPLAY_PAIRED: "display",
    EventKind.DISPLAY_UNPAIRED: "cross",
    EventKind.DISPLAY_LEFT: "leave",
    EventKind.SIGNED_IN: "person",
    EventKind.SIGNED_OUT: "leave",
    EventKind.SIGN_IN_PAUSED: "lock",
    EventKind.UNREADABLE: "warning",
}
_ALARMS = frozenset(
    {
        EventKind.VIEW_CUT,
        EventKind.UNREADABLE,
        EventKind.PLAIN_LAN_OPENED,
        EventKind.GRANT_REFUSED,
        EventKind.CONSENT_REFUSED,
    }
)


@dataclass(frozen=True, slots=True)
class EntryRow:
    """One entry."""

    position: int
    words: str = field(repr=False)
    icon: str
    tone: str
    """``alarm`` or empty."""
    time: str
    exact: str
    iso: str
    facts: tuple[tuple[str, str], ...]
    """What an entry names besides persons and devices, for whoever compares two."""


@dataclass(frozen=True, slots=True)
class Day:
    """The entries of one day."""

    words: str
    entries: tuple[EntryRow, ...]


def make_activity_pages(pages: Pages) -> APIRouter:
    """/homes/{home}/activity."""
    router = APIRouter(prefix="/homes/{home}", route_class=pages.route)
    parts = pages.parts
    count = min(_PAGE_COUNT, parts.config.activity_page_count_max)

    @router.get("/activity", name="activity_page", openapi_extra=_ACTIVITY)
    async def activity_page(
        asker: Asker, actor: _Reader, before: Annotated[int | None, Query(ge=0, le=_POSITION_MAX)] = None
    ) -> Response:
        now = parts.clock.now()
        entries = await parts.ledger.entries(actor.home, before, count)
        days = tuple(
            Day(words, tuple(_row(pages, actor, entry, now) for entry in group))
            for words, group in itertools.groupby(entries, key=lambda entry: day_words(entry.at_ms, now))
        )
        last = entries[-1].position if entries else 0
        older = last if last > 0 and len(entries) == count else None
        return pages.show(
            "activity.html",
            asker,
            actor,
            "activity",
            days=days,
            older=older,
            newest=before is not None,
            alarm=parts.ledger.alarm(actor.home),
            verifier_key=parts.ledger.key(actor.home).text(),
            broken=parts.ledger.broken(actor.home),
        )

    return router


def _row(pages: Pages, actor: Actor, entry: Entry, now: int) -> EntryRow:
    kind = entry.event.kind
    facts = tuple(
        (name.replace("_", " ").capitalize(), text)
        for name, text in entry.event.facts
        if FACTS[name] is Fact.IDENTIFIER
    )
    return EntryRow(
        position=entry.position,
        words=pages.parts.activity.words(actor.home, entry),
        icon=_ICONS.get(kind, "home"),
        tone="alarm" if kind in _ALARMS else "",
        time=clock_words(entry.at_ms),
        exact=exact_words(entry.at_ms, now),
        iso=local(entry.at_ms).isoformat(timespec="milliseconds"),
        facts=facts,
    )
