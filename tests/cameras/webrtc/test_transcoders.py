"""How many transcoders there are: one for a camera, so many for a home and in all, none after its track."""

import asyncio
import secrets
from collections.abc import Callable

import pytest

from curtilage.cameras.media.audio_codec import AudioCodec, AudioParameters
from curtilage.cameras.sealed.cache import Cache
from curtilage.cameras.sealed.sealer import Sealer
from curtilage.cameras.views.sound_track import SoundTrack
from curtilage.cameras.webrtc.sound_transcoder import SoundTranscoder
from curtilage.cameras.webrtc.sound_trouble import SoundTrouble
from curtilage.cameras.webrtc.transcoders import Transcoders
from curtilage.config import Config
from curtilage.wire.identifier import DeviceId, HomeId
from curtilage.wire.sealed_part import Track
from tests.cameras.aac_tone import aac_tone
from tests.cameras.whep_side import until, whole
from tests.held_clock import HeldClock
from tests.processes import children

pytestmark = pytest.mark.slow
ROSE, BIRCH = HomeId("rose"), HomeId("birch")
AAC = AudioParameters(AudioCodec.AAC, 16_000, 1, aac_tone(16_000).config)
CONFIG = Config(transcoders_count_max=3, transcoders_per_home_count_max=2, transcoder_linger_s=5)


def view() -> Callable[[], None]:
    """What is woken."""
    return lambda: None


class Street:
    """Cameras of two homes, by the streams of their sealers."""

    def __init__(self) -> None:
        self.transcoders = Transcoders(CONFIG)
        self.tracks: dict[bytes, SoundTrack] = {}

    def track(self, stream: bytes) -> SoundTrack:
        clock, config = HeldClock(), Config()
        shelf = Cache(config).shelf(DeviceId("porch"), Track.AUDIO)
        sealer = Sealer(Track.AUDIO, shelf, clock, config, secrets.token_bytes)
        return self.tracks.setdefault(stream, SoundTrack(sealer, shelf, clock, 60, lambda: None))

    def of(self, stream: bytes, home: HomeId = ROSE, parameters: AudioParameters = AAC) -> SoundTranscoder:
        found = self.transcoders.of(home, stream, parameters, self.track(stream))
        assert isinstance(found, SoundTranscoder)
        found.join(view())
        return found

    def refused(self, stream: bytes, home: HomeId) -> bool:
        return self.transcoders.of(home, stream, AAC, self.track(stream)) is SoundTrouble.NO_PLACE


def test_a_camera_has_one_and_another_camera_home_or_sound_has_another() -> None:
    async def scenario() -> None:
        before, street = children(), Street()
        porch = street.of(b"porch")
        assert street.of(b"porch") is porch
        assert street.of(b"porch", BIRCH) is not porch
        assert street.of(b"porch", ROSE, AudioParameters(AudioCodec.AAC, 16_000, 2, AAC.config)) is not porch
        await until(lambda: len(children() - before) == 3)
        await street.transcoders.settle()
        assert children() == before

    whole(scenario)


def test_no_home_takes_more_than_its_share_and_all_take_no_more_than_there_are() -> None:
    async def scenario() -> None:
        street = Street()
        first = street.of(b"1")
        street.of(b"2")
        assert street.refused(b"3", ROSE)
        street.of(b"4", BIRCH)
        assert street.refused(b"5", BIRCH), "three in all"
        assert street.of(b"1") is first
        first.end()
        street.of(b"3")
        assert street.transcoders.count() == 3
        await street.transcoders.settle()

    whole(scenario)


def test_those_that_linger_give_way() -> None:
    async def scenario() -> None:
        street, waking = Street(), view()
        lingering = street.transcoders.of(ROSE, b"1", AAC, street.track(b"1"))
        assert isinstance(lingering, SoundTranscoder)
        lingering.join(waking)
        street.of(b"2")
        lingering.leave(waking, at_once=False)
        assert street.transcoders.count() == 2
        street.of(b"3")
        assert (lingering.over, street.transcoders.count()) == (True, 2)
        await street.transcoders.settle()

    whole(scenario)


def test_switched_off_it_ends_in_the_same_call_also_when_it_lingers() -> None:
    async def scenario() -> None:
        before, street, waking = children(), Street(), view()
        heard = street.of(b"1")
        lingering = street.transcoders.of(ROSE, b"2", AAC, street.track(b"2"))
        assert isinstance(lingering, SoundTranscoder)
        lingering.join(waking)
        lingering.leave(waking, at_once=False)
        await until(lambda: len(children() - before) == 2)
        for track in street.tracks.values():
            track.stop()
            assert track.at_stop == set()
        assert (heard.over, lingering.over, street.transcoders.count()) == (True, True, 0)
        await asyncio.wait_for(street.transcoders.settle(), 3)
        assert children() == before

    whole(scenario)
