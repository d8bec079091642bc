"""The sound of AAC cameras by WebRTC: one process for all who listen, nobody's sound after their grant."""

import asyncio
import itertools
import os
import signal
from dataclasses import replace

import pytest

from curtilage.cameras.media.audio_codec import AudioCodec, AudioParameters
from curtilage.cameras.webrtc.sound_trouble import SoundTrouble
from curtilage.cameras.webrtc.transcoder_records import OPUS_HZ
from curtilage.cameras.webrtc.whep_view import WhepView
from curtilage.config import Config
from curtilage.wire.identifier import DeviceId
from tests.cameras.aac_tone import aac_tone
from tests.cameras.sounding import AacSounding, ListeningViewer
from tests.cameras.whep_house import WhepHouse
from tests.cameras.whep_side import until, whole
from tests.processes import children

pytestmark = pytest.mark.slow  # handshakes
CONFIG = Config(transcoder_linger_s=30, transcoder_pause_first_s=0.05, transcode_s=0.5)
TONE = aac_tone(16_000)


class Street:
    """Ada's AAC camera, whoever watches it, and the processes that runs."""

    def __init__(self, camera: str = "porch", config: Config = CONFIG) -> None:
        self.before = children()
        self.house = WhepHouse(config)
        self.house.group(camera)
        self.sounding = AacSounding(self.house, TONE, camera)
        self.sounding.frames(3)
        self.viewers: list[ListeningViewer] = []

    @property
    def processes(self) -> set[int]:
        return children() - self.before

    async def listening(self) -> tuple[WhepView, ListeningViewer]:
        viewer = ListeningViewer()
        self.viewers.append(viewer)
        opened = await self.house.watch(viewer)
        await until(lambda: opened.connected)
        return opened, viewer

    async def over(self) -> None:
        for viewer in self.viewers:
            await viewer.close()
        await self.house.whep.settle()
        assert (self.house.views.count(), self.house.whep.count(), self.processes) == (0, 0, set())


def test_two_who_listen_share_one_process_which_ends_after_the_last() -> None:
    async def scenario() -> None:
        street = Street(config=replace(CONFIG, transcoder_linger_s=0.2))
        first, one = await street.listening()
        second, two = await street.listening()
        await street.sounding.sounding(one)
        await street.sounding.sounding(two)
        assert len(street.processes) == 1
        assert (first.hears, second.hears) == (True, True)
        street.house.whep.close(first)
        await street.sounding.sounding(two)
        assert len(street.processes) == 1
        assert (first.hears, second.hears) == (False, True)
        street.house.whep.close(second)
        await until(lambda: not street.processes)
        await street.over()

    whole(scenario)


def test_packets_keep_the_pictures_clock_and_the_report_names_the_time_of_day() -> None:
    async def scenario() -> None:
        street = Street()
        opened, viewer = await street.listening()
        await street.sounding.sounding(viewer, 30)
        assert opened.sound is not None
        sender = opened.sound._sender
        assert sender is not None
        assert sender._newest is not None
        age_ms = street.house.clock.now() - sender._newest * 1000 // OPUS_HZ
        assert 0 < age_ms < 500
        times = [packet.timestamp for packet in viewer.packets if packet.payload_type == 96]
        steps = [(after - before) % 2**32 for before, after in itertools.pairwise(times)]
        assert steps.count(960) > len(steps) * 0.9
        await street.over()

    whole(scenario)


def test_a_grant_that_ends_takes_its_own_listeners_sound_and_no_others() -> None:
    async def scenario() -> None:
        street = Street()
        gone, one = await street.listening()
        stays, two = await street.listening()
        await street.sounding.sounding(one)
        street.sounding.frames(3)  # being transcoded
        street.house.end(gone.asking.grant)
        before = one.count(96)
        assert gone.ended
        await street.sounding.sounding(two, 20)
        assert one.count(96) == before
        street.house.end(stays.asking.grant)
        assert street.house.whep._transcoders.count() == 0, "it does not linger"
        await until(lambda: not street.processes)
        await street.over()

    whole(scenario)


def test_a_grant_that_ended_without_a_cut_gets_nothing_of_what_was_being_transcoded() -> None:
    async def scenario() -> None:
        street = Street()
        opened, viewer = await street.listening()
        await street.sounding.sounding(viewer)
        (process,) = street.processes
        os.kill(process, signal.SIGSTOP)
        street.sounding.frames(2)
        await asyncio.sleep(0.05)
        before = viewer.count(96)
        street.house.grants.live.clear()
        os.kill(process, signal.SIGCONT)
        await until(lambda: opened.ended)
        await asyncio.sleep(0.1)
        assert viewer.count(96) == before
        await street.over()

    whole(scenario)


@pytest.mark.parametrize("how", ["switched off", "another configuration", "removed"])
def test_sound_that_ends_takes_its_process_with_it(how: str) -> None:
    async def scenario() -> None:
        street = Street()
        opened, viewer = await street.listening()
        await street.sounding.sounding(viewer)
        if how == "switched off":
            street.sounding.off()
        elif how == "removed":
            street.house.views.hide(DeviceId("porch"))
        else:
            other = aac_tone(8_000)
            street.sounding.track.audio_changed(AudioParameters(AudioCodec.AAC, 8_000, 1, other.config))
        assert street.house.whep._transcoders.count() == (how == "another configuration"), "at its next part"
        await until(lambda: not street.processes)
        assert opened.ended == (how == "removed")
        assert opened.hears is False
        await street.over()

    whole(scenario)


@pytest.mark.parametrize("how", ["dies", "hangs"])
def test_a_process_that_fails_costs_its_sound_alone_and_is_replaced(how: str) -> None:
    async def scenario() -> None:
        street = Street()
        opened, viewer = await street.listening()
        await street.sounding.sounding(viewer)
        (process,) = street.processes
        os.kill(process, signal.SIGKILL if how == "dies" else signal.SIGSTOP)
        street.sounding.frames(2)
        await until(lambda: opened.hears is SoundTrouble.ENDED)
        assert not opened.ended
        await street.sounding.sounding(viewer)
        assert opened.hears is True
        assert street.house.views.alarms_count == 0
        await street.over()

    whole(scenario)


def test_cameras_have_a_process_each() -> None:
    async def scenario() -> None:
        street, hall = Street(), AacSounding(street_house := WhepHouse(CONFIG), aac_tone(16_000, 1, 1500), "hall")
        street_house.group("hall")
        hall.frames(3)
        other = ListeningViewer()
        opened = await street_house.watch(other, street_house.asking("hall"))
        await until(lambda: opened.connected)
        _, viewer = await street.listening()
        await street.sounding.sounding(viewer)
        await hall.sounding(other)
        assert len(street.processes) == 2
        await other.close()
        await street_house.whep.settle()
        await street.over()

    whole(scenario)
