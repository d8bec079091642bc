"""A WebRTC view and its viewer's network, with stock aiortc as the viewer: it loses packets, or says nothing."""

import asyncio
import secrets
from collections.abc import Callable
from typing import Any

import pytest
from aiortc.rtp import RtpPacket

from curtilage.cameras.input.camera_state import CameraState, Condition
from curtilage.cameras.media.part import Part
from curtilage.cameras.sealed.sealer import Sealer
from curtilage.cameras.webrtc.whep_view import WhepView
from curtilage.config import Config
from curtilage.wire.identifier import DeviceId
from curtilage.wire.sealed_part import Kind, Track
from tests.cameras.whep_house import Running, WhepHouse
from tests.cameras.whep_side import StockViewer, made_parts, until, whole
from tests.origin.made_h264 import MadeSps

pytestmark = pytest.mark.slow  # handshakes

WITH_B_FRAMES = MadeSps(width=320, height=180, profile=77, reorder_frames=2)
QUICK = Config(quality_look_ms=50, quality_rise_ms=1_000)


class Porch:
    """A camera whose two streams go on while it is awaited."""

    def __init__(self, config: Config = QUICK, sub: MadeSps | None = None) -> None:
        self.house = WhepHouse(config)
        house = self.house
        self.main = Running(house)
        shelf = house.cache.shelf(DeviceId("porch"), Track.SUB)
        self.sealer = Sealer(Track.SUB, shelf, house.clock, config, secrets.token_bytes)
        state = CameraState(Condition.LIVE, 0)
        house.views.show(DeviceId("porch"), "Porch", "", house.sealers["porch"], state, self.sealer)
        self._sub = made_parts(1_000, 2_000, size=300, **({"sps": sub} if sub is not None else {}))
        self.sealer.part(self._sub[0])
        self.step()

    def step(self) -> None:
        """The next picture of each."""
        part = self._sub[1 + self.main.count % 2_000]
        keyframe, at_ms = self.main.count % 25 == 0, 1_000 + 40 * self.main.count
        self.sealer.part(Part(Kind.MEDIA, keyframe, at_ms, part.octets))
        self.main.step()

    async def until(self, true: Callable[[], bool], wait_s: float = 8.0) -> None:
        """Pictures come until then."""

        async def go_on() -> None:
            while True:
                self.step()
                await asyncio.sleep(0.02)

        going = asyncio.create_task(go_on())
        try:
            await until(true, wait_s)
        finally:
            going.cancel()


def track_of(view: WhepView) -> Track:
    assert view.stream is not None
    return view.stream.views()[0].keys.track


def test_a_viewer_that_loses_much_gets_the_sub_stream_and_the_main_one_when_it_loses_nothing() -> None:
    async def scenario() -> None:
        porch, losing = Porch(), True

        def drop(packet: RtpPacket) -> bool:
            return losing and packet.sequence_number % 3 == 1

        viewer = StockViewer(drop)
        opened = await porch.house.watch(viewer)
        await until(lambda: opened.connected)
        await porch.until(lambda: track_of(opened) is Track.SUB)
        losing = False
        await porch.until(lambda: track_of(opened) is Track.MAIN, 12)
        assert opened.stream is not None
        assert opened.stream.views()[0].alarm is None
        times = list(dict.fromkeys(packet.timestamp for packet in viewer.packets if packet.payload))
        assert len(times) > 20
        porch.house.whep.close(opened)
        await viewer.close()
        await porch.house.whep.settle()

    whole(scenario)


def test_a_sub_stream_with_b_frames_is_given_up_for_the_main_stream() -> None:
    async def scenario() -> None:
        porch = Porch(sub=WITH_B_FRAMES)
        viewer = StockViewer(lambda packet: packet.sequence_number % 3 == 1)
        opened = await porch.house.watch(viewer)
        await until(lambda: opened.connected)
        assert opened.stream is not None
        carried = opened.stream.carried()[0]
        await porch.until(lambda: Track.SUB not in carried.sources)
        await porch.until(lambda: track_of(opened) is Track.MAIN)
        assert not opened.ended
        porch.house.whep.close(opened)
        await viewer.close()
        await porch.house.whep.settle()

    whole(scenario)


def test_a_silent_viewer_is_asked_and_then_sent_the_newest_group() -> None:
    async def scenario() -> None:
        porch = Porch()
        viewer = StockViewer()
        opened = await porch.house.watch(viewer)
        await until(lambda: opened.connected and len(viewer.packets) > 0)
        assert opened._peer is not None
        assert await opened._peer.answers()
        count = len(viewer.packets)
        # The camera is silent, so nothing is reported; the burst that follows the answer comes from the cache.
        await until(lambda: len(viewer.packets) > count)
        porch.house.whep.close(opened)
        assert not await opened._peer.answers()
        await viewer.close()
        await porch.house.whep.settle()

    whole(scenario)


@pytest.mark.parametrize("reports", [True, False])
def test_one_whose_reports_stop_is_sent_the_newest_group_and_one_that_never_reports_is_not(*, reports: bool) -> None:
    """Both answer ICE's checks all the time: of the second nothing says that anything was lost."""

    async def scenario() -> None:
        porch, viewer = Porch(), StockViewer()
        opened = await porch.house.watch(viewer)
        receiver: Any = viewer.connection.getTransceivers()[0].receiver
        send, said = receiver._send_rtcp, []

        async def mute(packet: Any) -> None:
            said.append(packet)

        if not reports:
            receiver._send_rtcp = mute
        await until(lambda: opened.connected)
        network: Any = opened._network
        if reports:
            await porch.until(lambda: network._reports)
            receiver._send_rtcp = mute
        begun_s = opened._last_burst_s
        asked: list[bool] = []
        answers = network._peer.answers

        async def counted() -> bool:
            asked.append(await answers())
            return asked[-1]

        network._peer.answers = counted
        await porch.until(lambda: len(asked) == 2)
        await asyncio.sleep(0.1)
        assert all(asked)
        assert (opened._last_burst_s > begun_s) is reports
        receiver._send_rtcp = send
        porch.house.whep.close(opened)
        await viewer.close()
        await porch.house.whep.settle()

    whole(scenario)
