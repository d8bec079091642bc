"""Views by WebRTC together: how many there may be, whose they are, and that nothing of them is left."""

import asyncio
import secrets
from dataclasses import replace

import pytest

from curtilage.cameras.webrtc.sdp_offer import BadOffer, Fault
from curtilage.cameras.webrtc.whep import NoPicture, NotInstalled, Whep
from curtilage.cameras.webrtc.whep_view import WhepView
from curtilage.config import Config
from curtilage.errors import RefusalReason, Refused
from curtilage.wire.identifier import AccountId, DeviceId
from tests.cameras.views.test_views import ADA
from tests.cameras.whep_house import Running, WhepHouse
from tests.cameras.whep_side import OFFER, StockViewer, h265_parts, made_parts, timestamps, until, whole
from tests.origin.made_h264 import MadeSps

pytestmark = pytest.mark.slow  # handshakes


ENDS = ("the grant ends", "the camera is cut", "the camera is removed", "the account signs out", "the server stops")


@pytest.mark.parametrize("how", ENDS)
def test_it_ends_at_once_and_nothing_of_it_is_left(how: str) -> None:
    async def scenario() -> None:
        house = WhepHouse()
        running = Running(house, size=20_000)
        running.step()
        asking = house.asking()
        viewer = StockViewer()
        opened = await house.watch(viewer, asking)
        await until(lambda: len(timestamps(viewer)) == 1)
        for _ in range(20):
            running.step()
        await asyncio.sleep(0.005)  # the queue is half sent
        acts = {
            "the grant ends": lambda: house.end(asking.grant),
            "the camera is cut": lambda: house.views.cut(DeviceId("porch")),
            "the camera is removed": lambda: house.views.hide(DeviceId("porch")),
            "the account signs out": lambda: house.views.close_streams_of(ADA),
            "the server stops": house.views.close_all,
        }
        acts[how]()
        ended_s = asyncio.get_running_loop().time()
        assert opened.ended
        assert house.whep.count() == 0
        assert house.views.count() == 0
        for _ in range(10):
            running.step()
            await asyncio.sleep(0.03)
        assert viewer.last_s - ended_s < 0.2, "what was on its way, and nothing more"
        await until(lambda: viewer.connection.connectionState in ("closed", "failed"))
        assert house.shelf("porch").wakes == set()
        assert len(house.whep._shared) == 0
        await viewer.close()
        await house.whep.settle()
        assert len(asyncio.all_tasks()) == 1

    whole(scenario)


def test_a_viewer_that_never_comes_is_given_up_and_places_are_bounded() -> None:
    async def scenario() -> None:
        config = replace(Config(), webrtc_connect_s=0.5, webrtc_connecting_count_max=5)
        house = WhepHouse(config)
        house.group("porch")
        opened = [await house.whep.open(house.asking(), OFFER.encode()) for _ in range(7)]
        assert [isinstance(view, WhepView) for view in opened] == [True] * 5 + [False] * 2
        assert isinstance(opened[-1], Refused)
        assert opened[-1].reason is RefusalReason.BUSY
        await until(lambda: house.whep.count() == 0, 2)
        assert house.views.count() == 0
        await house.whep.settle()
        assert len(asyncio.all_tasks()) == 1

    whole(scenario)


def test_a_thousand_abandoned_viewers_leave_nothing() -> None:
    async def scenario() -> None:
        config = replace(Config(), webrtc_connect_s=0.1, webrtc_views_per_account_count_max=1000)
        config = replace(config, webrtc_connecting_per_account_count_max=64, webrtc_connecting_per_home_count_max=64)
        house = WhepHouse(config)
        house.group("porch")
        made = refused = 0
        while made < 1000:
            opened = await house.whep.open(house.asking(), OFFER.encode())
            made += isinstance(opened, WhepView)
            refused += isinstance(opened, Refused)
            assert house.whep.count() <= 64
            if isinstance(opened, Refused):
                await asyncio.sleep(0.05)
        await until(lambda: house.whep.count() == 0)
        await house.whep.settle()
        assert len(asyncio.all_tasks()) == 1
        assert house.shelf("porch").wakes == set()

    whole(scenario)


LIMITED = {
    "in all": replace(Config(), webrtc_views_count_max=2),
    "of a camera": replace(Config(), webrtc_views_per_camera_count_max=2),
    "connecting, in all": replace(Config(), webrtc_connecting_count_max=2),
    "connecting, of a home": replace(Config(), webrtc_connecting_per_home_count_max=2),
    "connecting, of an account": replace(Config(), webrtc_connecting_per_account_count_max=2),
    "of an account": replace(Config(), webrtc_views_per_account_count_max=2),
    "on this server": replace(Config(), views_count_max=2),
}


@pytest.mark.parametrize("limit", list(LIMITED))
def test_every_limit_holds(limit: str) -> None:
    async def scenario() -> None:
        house = WhepHouse(LIMITED[limit])
        house.group("porch")
        opened = [await house.whep.open(house.asking(), OFFER.encode()) for _ in range(3)]
        assert [isinstance(view, WhepView) for view in opened] == [True, True, False]
        await house.whep.settle()
        assert house.whep.count() == 0

    whole(scenario)


def test_what_leads_to_no_view_leaves_nothing() -> None:
    async def scenario() -> None:
        house = WhepHouse()
        asking = house.asking()
        with pytest.raises(NoPicture):
            await house.whep.open(asking, OFFER.encode())
        house.put("porch", made_parts(0, sps=MadeSps(profile=100)))
        reordered = await house.whep.open(asking, OFFER.encode())
        assert isinstance(reordered, BadOffer)
        assert reordered.fault is Fault.NOT_ACCEPTABLE
        house.put("hall", h265_parts(1_000))
        other = await house.whep.open(house.asking("hall"), OFFER.encode())
        assert isinstance(other, BadOffer)
        assert "H.265" in other.words
        assert house.views.alarms_count == 0
        assert isinstance(await house.whep.open(asking, b"v=0"), BadOffer)
        house.grants.live.clear()
        assert await house.whep.open(asking, OFFER.encode()) == Refused(RefusalReason.UNKNOWN)
        without = Whep(house.views, house.config, secrets.token_bytes, lambda: None)
        assert not await without.prepare()
        with pytest.raises(NotInstalled):
            await without.open(house.asking(), OFFER.encode())
        await house.whep.settle()
        assert (house.whep.count(), house.views.count(), len(house.whep._shared)) == (0, 0, 0)
        assert house.views._streams == {}

    whole(scenario)


def test_a_view_is_found_by_its_account_alone() -> None:
    async def scenario() -> None:
        house = WhepHouse()
        house.group("porch")
        opened = await house.whep.open(house.asking(), OFFER.encode())
        assert isinstance(opened, WhepView)
        assert house.whep.find(opened.handle, ADA) is opened
        assert house.whep.find(opened.handle, AccountId("bo")) is None
        house.whep.close(opened)
        assert house.whep.find(opened.handle, ADA) is None
        await house.whep.settle()

    whole(scenario)
