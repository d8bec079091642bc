"""Views by WebRTC against stock aiortc: instant start, repairs, and an end at once whatever ends them."""

import asyncio
import itertools
import secrets
from dataclasses import replace
from pathlib import Path

import pytest
from aiortc.rtp import RtpPacket

from curtilage.cameras.part import Muxer
from curtilage.cameras.sdp_offer import BadOffer, Fault
from curtilage.cameras.whep import NoPicture, NotInstalled, Whep, WhepView
from curtilage.config import Config
from curtilage.errors import RefusalReason, Refused
from curtilage.wire.identifier import AccountId, DeviceId
from curtilage.wire.mark import decode_mark, read_octets
from tests.cameras.pictures import film, mux
from tests.cameras.test_views import ADA
from tests.cameras.whep_house import Running, WhepHouse
from tests.cameras.whep_side import OFFER, StockViewer, h265_parts, made_parts, until, whole
from tests.origin.clip import MARK_KEY, SMALL
from tests.origin.made_h264 import MadeSps

pytestmark = pytest.mark.slow  # handshakes


def timestamps(viewer: StockViewer) -> list[int]:
    """Of each picture, in order of arrival."""
    return list(dict.fromkeys(packet.timestamp for packet in viewer.packets))


def test_the_newest_group_comes_at_once_as_a_burst_and_then_every_picture(clips: Path) -> None:
    async def scenario() -> None:
        house = WhepHouse()
        parts = mux(Muxer(), film(clips, SMALL), 1_000)
        house.put("porch", parts[:41])
        viewer = StockViewer()
        opened = await house.whep.open(house.asking(), await viewer.offer())
        assert isinstance(opened, WhepView)
        track = await viewer.take(opened.answer)
        await until(lambda: len(timestamps(viewer)) == 40)
        times = timestamps(viewer)
        assert {(after - before) % 2**32 for before, after in itertools.pairwise(times)} == {90}
        house.put("porch", parts[41:44])
        await until(lambda: len(timestamps(viewer)) == 43)
        # What was decoded is the camera's own: the marks say whose.
        for number in range(3):
            frame = await asyncio.wait_for(track.recv(), 5)
            plane = frame.planes[0]
            octets = read_octets(bytes(plane), frame.width, frame.height, plane.line_size)
            mark = decode_mark(octets, MARK_KEY) if octets is not None else None
            assert mark is not None
            assert (mark.home, mark.camera, mark.frame) == (1, 1, number)
        house.whep.close(opened)
        await viewer.close()
        await house.whep.settle()

    whole(scenario)


def test_lost_packets_are_sent_again() -> None:
    async def scenario() -> None:
        dropped: list[int] = []
        came_first: list[int] = []

        def drop(packet: RtpPacket) -> bool:
            """Every seventh, the first time it comes; not the very first, before which a viewer misses nothing."""
            came_first.append(packet.sequence_number)
            lost = packet.sequence_number % 7 == 3 and packet.sequence_number not in (came_first[0], *dropped)
            if lost:
                dropped.append(packet.sequence_number)
            return lost

        house = WhepHouse()
        running = Running(house)
        for _ in range(5):
            running.step()
        viewer = StockViewer(drop)
        opened = await house.watch(viewer)
        await until(lambda: opened.connected)
        for _ in range(40):
            running.step()
            await asyncio.sleep(0.02)
        await asyncio.sleep(0.3)
        came = {packet.sequence_number for packet in viewer.packets}
        assert len(dropped) >= 10
        # The last ones may have been lost without anything after them to tell.
        assert came >= set(dropped[:-2])
        house.whep.close(opened)
        await viewer.close()
        await house.whep.settle()

    whole(scenario)


def test_a_keyframe_is_answered_from_the_cache_and_not_too_often() -> None:
    async def scenario() -> None:
        house = WhepHouse()
        house.group("porch", 10)
        viewer = StockViewer()
        opened = await house.watch(viewer)
        await until(lambda: len(timestamps(viewer)) == 10)
        for _ in range(20):
            opened.keyframe_wanted()
        await asyncio.sleep(0.2)
        assert len(timestamps(viewer)) == 10, "a burst has just begun"
        await asyncio.sleep(house.config.webrtc_keyframe_pause_s)
        receiver = viewer.connection.getTransceivers()[0].receiver
        await receiver._send_rtcp_pli(viewer.packets[0].ssrc)
        await until(lambda: len(timestamps(viewer)) == 20)
        times = timestamps(viewer)
        assert all(0 < (after - before) % 2**32 < 1000 for before, after in itertools.pairwise(times))
        house.whep.close(opened)
        await viewer.close()
        await house.whep.settle()

    whole(scenario)


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
        assert house.whep._shared == {}
        await viewer.close()
        await house.whep.settle()
        assert len(asyncio.all_tasks()) == 1

    whole(scenario)


def test_a_strangers_part_ends_it_with_an_alarm_and_no_packet_of_it() -> None:
    async def scenario() -> None:
        house = WhepHouse()
        house.group("porch")
        house.group("hall", 10)
        viewer = StockViewer()
        opened = await house.watch(viewer)
        await until(lambda: len(timestamps(viewer)) == 5 and viewer.packets[-1].marker == 1)
        count = len(viewer.packets)
        house.shelf("porch").put(house.shelf("hall").read(None).parts[-1])
        house.put("porch", made_parts(2_000, 2)[2:])
        await until(lambda: opened.ended)
        await asyncio.sleep(0.1)
        assert len(viewer.packets) == count
        assert house.views.alarms_count == 1
        await viewer.close()
        await house.whep.settle()

    whole(scenario)


def test_a_session_that_ended_and_a_viewer_that_left_end_it() -> None:
    async def scenario() -> None:
        house = WhepHouse(replace(Config(), stream_heartbeat_ms=50))
        house.group("porch")
        signed_in = [True]
        first, second = StockViewer(), StockViewer()
        by_session = await house.watch(first, house.asking("porch", lambda: signed_in[0]))
        leaving = await house.watch(second)
        await until(lambda: by_session.connected and leaving.connected)
        signed_in[0] = False
        await until(lambda: by_session.ended, 1)
        await second.close()
        await until(lambda: leaving.ended, 1)
        await first.close()
        await house.whep.settle()

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
        house = WhepHouse(replace(Config(), webrtc_connect_s=0.1, webrtc_views_per_account_count_max=1000))
        house.group("porch")
        made = refused = 0
        while made < 1000:
            opened = await house.whep.open(house.asking(), OFFER.encode())
            made += isinstance(opened, WhepView)
            refused += isinstance(opened, Refused)
            assert house.whep.count() <= house.config.webrtc_connecting_count_max
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
        assert (house.whep.count(), house.views.count(), house.whep._shared) == (0, 0, {})

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
