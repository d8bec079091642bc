"""One view by WebRTC against stock aiortc: instant start, repairs, keyframes, and an end at once."""

import asyncio
import itertools
from dataclasses import replace
from pathlib import Path

import pytest
from aiortc.rtp import RtpPacket

from curtilage.cameras.media.part import Muxer
from curtilage.cameras.webrtc.whep_view import WhepView
from curtilage.config import Config
from curtilage.wire.mark import decode_mark, read_octets
from tests.cameras.pictures import film, mux
from tests.cameras.whep_house import Running, WhepHouse
from tests.cameras.whep_side import StockViewer, made_parts, timestamps, until, whole
from tests.origin.clip import MARK_KEY, SMALL

pytestmark = pytest.mark.slow  # handshakes


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
