"""What the sound of a WebRTC view opens: its own camera's parts by its own keys, and nothing else, ever."""

import asyncio
from collections.abc import Callable

import pytest

from curtilage.cameras.media.audio_fragment_reader import AudioRun
from curtilage.cameras.media.part import Part
from curtilage.cameras.views.view import AlarmCause
from curtilage.cameras.webrtc.sound_stream import SoundStream
from curtilage.wire.sealed_part import Kind, SealedPart
from tests.cameras.sounding import AAC, OPUS, PCMA, PCMU, Sounding
from tests.cameras.whep_house import WhepHouse


def begun() -> tuple[Sounding, SoundStream]:
    """A view of the porch's sound that has opened what stood there."""
    sounding = Sounding(WhepHouse())
    sounding.frames(6)
    stream = sounding.stream(sounding.house.grants.make("porch"))
    assert sum(len(run.frames) for run in stream.runs()) == 6
    return sounding, stream


def marks(runs: list[AudioRun]) -> list[int]:
    """Of each frame, its number."""
    return [octets[1] for run in runs for octets, _ in run.frames]


def test_each_frame_comes_once_in_order() -> None:
    sounding, stream = begun()
    assert list(stream.runs()) == []
    sounding.frames(6)
    runs = list(stream.runs())
    assert marks(runs) == [6, 7, 8, 9, 10, 11]
    assert runs[1].start == runs[0].start + 3 * 960


def test_a_new_epoch_is_opened_with_its_own_key() -> None:
    sounding, stream = begun()
    sounding.house.clock.pass_s(1)
    sounding.track.sealer.turn()
    sounding.frames(3)
    assert marks(list(stream.runs())) == [6, 7, 8]


def other_camera(house: WhepHouse) -> SealedPart:
    hall = Sounding(house, camera="hall")
    hall.frames(3)
    return hall.newest()


def own_picture(house: WhepHouse) -> SealedPart:
    house.group("porch")
    return house.shelf("porch").read(None).parts[-1]


def same_again(house: WhepHouse) -> SealedPart:
    return house.cache.shelf(Sounding.PORCH, Sounding.TRACK).read(None).parts[-1]


def damaged(house: WhepHouse) -> SealedPart:
    octets = bytearray(same_again(house).octets)
    octets[51] ^= 1  # the lowest byte of its time
    octets[43] += 1  # and of its sequence
    return SealedPart(bytes(octets))


@pytest.mark.parametrize(
    ("foreign", "cause"),
    [
        (other_camera, AlarmCause.WRONG_STREAM),
        (own_picture, AlarmCause.WRONG_STREAM),
        (same_again, AlarmCause.STALE_SEQUENCE),
        (damaged, AlarmCause.DOES_NOT_OPEN),
    ],
)
def test_a_part_that_is_not_its_own_ends_it_with_one_alarm(
    foreign: Callable[[WhepHouse], SealedPart], cause: AlarmCause
) -> None:
    async def scenario() -> None:
        sounding, stream = begun()
        house = sounding.house
        sounding.shelf.put(foreign(house))
        sounding.frames(3)
        assert list(stream.runs()) == []
        assert stream.views() == []
        assert house.views.alarms_count == 1
        assert (await house.views.next_alarm()).cause is cause

    asyncio.run(scenario())


def test_what_opens_and_is_no_sound_ends_it_too() -> None:
    sounding, stream = begun()
    sounding.track.sealer.part(Part(Kind.MEDIA, False, sounding.house.clock.now(), b"no boxes"))
    assert list(stream.runs()) == []
    assert (stream.views(), sounding.house.views.alarms_count) == ([], 1)


def test_a_grant_that_ended_without_a_cut_gives_nothing() -> None:
    sounding, stream = begun()
    sounding.house.grants.live.clear()
    sounding.frames(3)
    assert list(stream.runs()) == []
    assert stream.cut


@pytest.mark.parametrize("revoked", [True, False])
def test_revoked_or_switched_off_it_is_cut_at_once(*, revoked: bool) -> None:
    sounding = Sounding(WhepHouse())
    sounding.frames(6)
    grant = sounding.house.grants.make("porch")
    stream = sounding.stream(grant)
    if revoked:
        sounding.house.end(grant)
    else:
        sounding.off()
    assert stream.cut
    assert list(stream.runs()) == []


@pytest.mark.parametrize("now", [AAC, PCMU, PCMA])
def test_when_the_camera_sends_other_sound_nothing_more_comes_and_nobody_is_to_blame(now: object) -> None:
    sounding, stream = begun()
    assert isinstance(now, type(OPUS))
    sounding.track.audio_changed(now)
    assert list(stream.runs()) == []
    assert stream.other_codec
    assert sounding.house.views.alarms_count == 0


def test_a_camera_that_was_away_is_heard_again_by_the_same_view() -> None:
    sounding, stream = begun()
    sounding.track.audio_changed(None)
    assert list(stream.runs()) == []
    sounding.house.clock.pass_s(5)
    sounding.track.audio_changed(OPUS)
    sounding.frames(3)
    assert marks(list(stream.runs())) == [6, 7, 8]
    assert (stream.other_codec, sounding.house.views.alarms_count) == (False, 0)


def test_its_keys_are_forgotten() -> None:
    sounding, stream = begun()
    stream.forget()
    sounding.frames(3)
    assert list(stream.runs()) == []
