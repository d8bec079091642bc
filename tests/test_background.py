"""What goes on beside requests: expiry, records, alarms, the time."""

import asyncio
from pathlib import Path

import pytest

from curtilage.cameras.views.view import AlarmCause
from curtilage.consent.event import EventKind
from curtilage.consent.ledger import Entry
from curtilage.wire.identifier import HomeId, ViewNumber
from tests.web.house import House, in_house
from tests.web.world import make_grant, open_view

pytestmark = pytest.mark.slow


async def recorded(house: House, home: HomeId, kind: EventKind) -> Entry:
    """The home's newest entry, once it is of this kind: it is written behind what it tells of."""
    async with asyncio.timeout(5):
        while True:
            (newest,) = await house.parts.ledger.entries(home, None, 1)
            if newest.event.kind is kind:
                return newest
            await asyncio.sleep(0.02)


def test_a_grant_ends_by_itself_and_cuts_its_view_in_time(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        home, _ = await house.home("Rose house", "Alma")
        ada, member = await house.member(home, "Ada")
        until_ms = house.parts.clock.now() + 300
        grant = await make_grant(house, home, await house.camera(home, "Porch"), ada, until_ms)
        stream, _ = open_view(house, member, grant)
        while not stream.cut:
            assert house.parts.clock.now() < until_ms + 1000, "promise P1: within a second"
            await asyncio.sleep(0.02)
        assert house.parts.clock.now() >= until_ms
        await recorded(house, home, EventKind.GRANT_EXPIRED)

    in_house(tmp_path, main)


def test_a_record_that_waits_delays_no_other_grants_end(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        home, _ = await house.home("Rose house", "Alma")
        ada, member = await house.member(home, "Ada")
        camera, now_ms = await house.camera(home, "Porch"), house.parts.clock.now()
        grants = [await make_grant(house, home, camera, ada, now_ms + after_ms) for after_ms in (400, 1000)]
        streams = [open_view(house, member, grant)[0] for grant in grants]
        async with house.parts.ledger._trees[home].lock:  # as long as somebody's write takes on a slow disk
            await asyncio.sleep((now_ms + 1900 - house.parts.clock.now()) / 1000)
            assert [stream.cut for stream in streams] == [True, True]

    in_house(tmp_path, main)


def test_an_alarm_becomes_an_entry_of_the_home(tmp_path: Path) -> None:
    async def main(house: House) -> None:
        home, _ = await house.home("Rose house", "Alma")
        ada, member = await house.member(home, "Ada")
        grant = await make_grant(house, home, await house.camera(home, "Porch"), ada)
        stream, number = open_view(house, member, grant)
        assert house.parts.views.alarm(stream, ViewNumber(number), AlarmCause.NOT_MY_CAMERA)
        newest = await recorded(house, home, EventKind.VIEW_CUT)
        assert newest.event.fact("cause") == "not_my_camera"
        assert newest.event.fact("grantee") == ada.id

    in_house(tmp_path, main)
