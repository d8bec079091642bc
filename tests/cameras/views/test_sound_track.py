"""Frames in, sealed parts out, on a shelf and under a key of its own; nothing once it is stopped."""

from curtilage.cameras.media.audio_codec import AudioCodec, AudioFrame, AudioParameters
from curtilage.cameras.sealed.cache import Cache, Shelf
from curtilage.cameras.sealed.sealer import Sealer
from curtilage.cameras.views.sound_track import SoundTrack
from curtilage.clock import SystemClock
from curtilage.config import Config
from curtilage.wire.identifier import DeviceId
from curtilage.wire.sealed_part import Track

OPUS = AudioParameters(AudioCodec.OPUS, 48_000, 2)
PCMA = AudioParameters(AudioCodec.PCMA, 8_000, 1)


class Side:
    """A track and what it said."""

    def __init__(self) -> None:
        self.config, self.clock, self.changes = Config(), SystemClock(), 0
        self.shelf: Shelf = Cache(self.config).shelf(DeviceId("c"), Track.AUDIO)
        entropy = iter(range(1, 200))
        sealer = Sealer(Track.AUDIO, self.shelf, self.clock, self.config, lambda count: bytes((next(entropy),)) * count)
        self.track = SoundTrack(sealer, self.shelf, self.clock, 60, self.changed)

    def changed(self) -> None:
        self.changes += 1

    def frames(self, count: int, first: int = 0) -> None:
        for number in range(first, first + count):
            self.track.audio_frame(AudioFrame(b"\xf8sound", number * 960, 960))


def test_sealed_parts_of_the_track_audio_stand_on_its_shelf() -> None:
    side = Side()
    side.track.audio_changed(OPUS)
    side.frames(6)
    parts = side.shelf.read(None).parts
    assert [part.header.track for part in parts] == [Track.AUDIO] * len(parts)
    assert parts[0].is_init
    assert parts[1].is_keyframe
    opened = side.track.sealer.open(parts[1])
    assert opened is not None
    assert b"sound" in opened
    assert b"sound" not in parts[1].octets
    assert (side.track.said, side.changes) == ("on", 1)


def test_another_connection_with_the_same_sound_needs_no_new_init_part() -> None:
    side = Side()
    side.track.audio_changed(OPUS)
    side.frames(6)
    sealed = side.track.sealer.sealed_count
    side.track.audio_changed(OPUS)
    assert (side.track.sealer.sealed_count, side.changes) == (sealed, 1)
    side.track.audio_changed(PCMA)
    assert (side.track.sealer.sealed_count, side.changes) == (sealed + 1, 2)


def test_a_camera_without_sound_says_so_and_keeps_none() -> None:
    side = Side()
    assert side.track.said == "none"
    side.track.audio_changed(OPUS)
    side.frames(3)
    side.track.audio_changed(None)
    assert (side.track.said, side.changes) == ("none", 2)
    assert not side.shelf.read(None).parts
    side.frames(3, 3)
    assert not side.shelf.read(None).parts


def test_once_stopped_nothing_is_sealed_and_nothing_kept() -> None:
    side = Side()
    side.track.audio_changed(OPUS)
    side.frames(6)
    sealed = side.track.sealer.sealed_count
    side.track.stop()
    side.frames(9, 6)
    side.track.audio_changed(PCMA)
    assert side.track.sealer.sealed_count == sealed
    assert side.shelf.newest_time_ms() is None
    assert side.changes == 1
