"""A simulated camera's beep: with the pictures, at their times, at a pitch of its own."""

from itertools import pairwise

import pytest

from curtilage.cameras.media.access_unit import AccessUnit
from curtilage.cameras.media.audio_codec import AudioCodec
from curtilage.cameras.media.g711 import linear
from curtilage.cameras.simulated.simulated_sound import PARAMETERS, RATE_HZ, SoundingSink, one_second, pitch_hz
from tests.cameras.sound_side import KeptSound


class Pictures:
    """Implements Sink."""

    def __init__(self) -> None:
        self.count = 0

    def codec_changed(self, parameters: object) -> None:
        raise AssertionError(parameters)

    def access_unit(self, unit: AccessUnit) -> None:
        self.count += len(unit.nal_units)


def heard(*timestamps: int) -> tuple[Pictures, KeptSound]:
    pictures, sound = Pictures(), KeptSound()
    sink = SoundingSink(pictures, sound, 440)
    for timestamp in timestamps:
        sink.access_unit(AccessUnit((b"x",), timestamp, keyframe=True))
    return pictures, sound


def test_the_sound_reaches_as_far_as_the_pictures() -> None:
    pictures, sound = heard(*range(90_000, 90_000 + 51 * 3_600, 3_600))
    assert pictures.count == 51
    assert sound.parameters == [PARAMETERS]
    assert [frame.duration for frame in sound.frames] == [320] * 50
    assert [frame.timestamp for frame in sound.frames] == [8_000 + 320 * number for number in range(50)]
    assert b"".join(frame.octets for frame in sound.frames) == one_second(440) * 2


@pytest.mark.parametrize("timestamps", [(90_000, 0), (0, 900_000), (5, 5)])
def test_pictures_that_jump_bring_no_sound(timestamps: tuple[int, ...]) -> None:
    assert not heard(*timestamps)[1].frames


def test_the_beep_has_its_pitch_and_leaves_silence() -> None:
    samples = [linear(AudioCodec.PCMA, code) for code in one_second(pitch_hz(1, 1))]
    crossings = sum(a < 0 <= b for a, b in pairwise(samples[100:1_901]))
    assert crossings / (1_800 / RATE_HZ) == pytest.approx(pitch_hz(1, 1), rel=0.03)
    assert max(map(abs, samples[2_000:])) <= 8


def test_neighbours_sound_different() -> None:
    assert len({pitch_hz(home, camera) for home in (1, 2) for camera in (0, 1)}) == 4
