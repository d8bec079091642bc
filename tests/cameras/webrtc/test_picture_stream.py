"""What a WebRTC view opens: its own camera's parts by its own keys, and nothing else, ever."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest

from curtilage.cameras.views.view import AlarmCause
from curtilage.cameras.webrtc.picture_stream import PictureStream, SharedPictures
from curtilage.config import Config
from curtilage.wire.sealed_part import SealedPart
from curtilage.wire.view_key import ViewPublicKey, WrappedKey
from tests.cameras.whep_house import WhepHouse
from tests.cameras.whep_side import made_parts


def begun(house: WhepHouse, shared: SharedPictures | None = None) -> PictureStream:
    """A view of the porch that has opened its first group."""
    stream = house.stream(house.grants.make("porch"), shared)
    assert stream.begin() is not None
    assert len(list(stream.pictures())) == 5
    return stream


def test_a_view_begins_with_the_newest_group_and_gets_each_picture_once() -> None:
    house = WhepHouse()
    house.group("porch")
    stream = begun(house)
    assert list(stream.pictures()) == []
    house.put("porch", made_parts(2_000, 2)[2:])
    (picture,) = stream.pictures()
    assert (picture.keyframe, picture.time_ms) == (False, 2_000)
    assert stream.parameters is not None
    assert len(stream.group) == 6


def test_before_the_camera_sent_anything_there_is_nothing_to_begin_with() -> None:
    house = WhepHouse()
    stream = house.stream(house.grants.make("porch"))
    assert stream.begin() is None
    assert list(stream.pictures()) == []


def test_views_of_a_camera_share_what_was_opened_and_open_the_same() -> None:
    house = WhepHouse()
    house.group("porch")
    shared = SharedPictures(house.config)
    first, second = begun(house, shared), begun(house, shared)
    assert [id(picture) for picture in first.group] == [id(picture) for picture in second.group]


def test_a_new_epoch_is_opened_with_its_own_key_by_those_whose_grants_live() -> None:
    house = WhepHouse()
    house.group("porch")
    shared = SharedPictures(house.config)
    ended = house.grants.make("porch")
    gone, stays = house.stream(ended, shared), begun(house, shared)
    gone.begin()
    list(gone.pictures())
    house.clock.pass_s(1)
    house.end(ended)
    house.group("porch")
    assert list(gone.pictures()) == []
    assert len(list(stays.pictures())) == 5


STRANGE: Mapping[str, tuple[Callable[[bytes, bytes], bytes], AlarmCause]] = {
    "a stranger's part": (lambda _, other: other, AlarmCause.WRONG_STREAM),
    "a buffer half overwritten": (lambda own, other: own[:60] + other[60:], AlarmCause.DOES_NOT_OPEN),
    "a header of mine on a stranger's part": (lambda own, other: own[:52] + other[52:], AlarmCause.DOES_NOT_OPEN),
    "one bit": (lambda own, _: own[:-1] + bytes((own[-1] ^ 1,)), AlarmCause.DOES_NOT_OPEN),
    "an undefined flag": (lambda own, _: own[:3] + bytes((own[3] | 2,)) + own[4:], AlarmCause.WRONG_STREAM),
    "another track": (lambda own, _: own[:2] + b"\x02" + own[3:], AlarmCause.WRONG_TRACK),
    "an epoch nobody knows": (lambda own, _: own[:20] + bytes(16) + own[36:], AlarmCause.WRONG_EPOCH),
    "another time": (lambda own, _: own[:44] + bytes(8) + own[52:], AlarmCause.DOES_NOT_OPEN),
    "too short": (lambda own, _: own[:30], AlarmCause.WRONG_STREAM),
}


@pytest.mark.parametrize("case", list(STRANGE))
@pytest.mark.parametrize("shared_before", [False, True], ids=["alone", "beside another view"])
def test_what_is_not_the_views_own_ends_it_with_one_alarm_and_no_picture(case: str, shared_before: bool) -> None:
    async def scenario() -> None:
        make, cause = STRANGE[case]
        house = WhepHouse()
        house.group("porch")
        house.group("hall", 20)
        shared = SharedPictures(house.config)
        if shared_before:
            begun(house, shared)
        stream = begun(house, shared)
        house.put("porch", made_parts(2_000, 2)[2:])
        own = house.shelf("porch").read(None).parts[-1].octets
        other = house.shelf("hall").read(None).parts[-1].octets
        house.shelf("porch")._parts[-1] = SealedPart(make(own, other))
        house.put("porch", made_parts(2_000, 2)[2:])
        assert list(stream.pictures()) == []
        assert stream.views() == []
        assert list(stream.pictures()) == []
        alarm = await asyncio.wait_for(house.views.next_alarm(), 1)
        assert (alarm.camera, alarm.cause) == ("porch", cause)
        assert house.views.alarms_count == 1

    asyncio.run(scenario())


def test_a_part_that_came_before_is_stale() -> None:
    house = WhepHouse()
    house.group("porch")
    stream = begun(house)
    house.shelf("porch").put(house.shelf("porch").read(None).parts[-2])
    assert list(stream.pictures()) == []
    assert house.views.alarms_count == 1


def test_a_part_that_opens_but_holds_no_picture_ends_the_view() -> None:
    house = WhepHouse()
    house.group("porch")
    stream = begun(house)
    house.put("porch", [replace(made_parts(0)[1], octets=b"no boxes at all", keyframe=False)])
    assert list(stream.pictures()) == []
    assert house.views.alarms_count == 1


def test_were_the_cut_lost_the_next_picture_would_still_not_come_out() -> None:
    house = WhepHouse()
    house.group("porch")
    grant = house.grants.make("porch")
    stream = house.stream(grant)
    stream.begin()
    house.grants.live.discard(grant.id)  # nobody told the views
    assert list(stream.pictures()) == []
    assert stream.cut


def test_a_page_can_put_no_view_on_it() -> None:
    house = WhepHouse()
    house.group("porch")
    stream = begun(house)
    assert house.views.stream(stream.handle, stream.account) is None
    assert house.views.count() == 1


def test_pictures_that_the_cache_forgot_are_sent_to_nobody_again() -> None:
    house = WhepHouse()
    house.group("porch")
    stream = begun(house)
    assert len(stream.newest_group()) == 5
    house.shelf("porch").clear()
    assert stream.newest_group() == []


def test_what_is_kept_is_bounded_and_goes() -> None:
    house = WhepHouse(replace(Config(), cache_camera_parts_count_max=8, cache_camera_bytes_max=64 * 1024))
    shared = SharedPictures(house.config)
    house.group("porch")
    stream = begun(house, shared)
    for number in range(60):
        house.put("porch", made_parts(number, 2)[2:])
        list(stream.pictures())
        assert len(stream.group) <= 8
        assert len(shared._pictures) <= 8
        assert shared._bytes <= 64 * 1024
    stream.forget()
    assert (stream.group, stream.parameters) == ([], None)


class WrongSealer:
    """Hands out keys as the porch's sealer would, spoilt in one way. Implements KeyDelivery."""

    def __init__(self, house: WhepHouse, spoil: Callable[[WrappedKey], WrappedKey]) -> None:
        self._own = house.sealers["porch"]
        self._spoil = spoil
        self.stream_id, self.track = self._own.stream_id, self._own.track

    def sealer_point(self) -> bytes:
        """The true one."""
        return self._own.sealer_point()

    def wrap(self, epoch_id: bytes, view_id: bytes, to: ViewPublicKey) -> WrappedKey | None:
        """Spoilt."""
        wrapped = self._own.wrap(epoch_id, view_id, to)
        return None if wrapped is None else self._spoil(wrapped)


SPOILT: Mapping[str, Callable[[WrappedKey], WrappedKey]] = {
    "a signature of somebody else": lambda key: replace(key, signature=bytes(64)),
    "for another view": lambda key: replace(key, view_id=bytes(16)),
    "of another stream": lambda key: replace(key, stream_id=bytes(16)),
    "touched": lambda key: replace(key, wrapped=key.wrapped[:-1] + bytes((key.wrapped[-1] ^ 1,))),
    "cut off": lambda key: replace(key, signature=key.signature[:-1]),
}


@pytest.mark.parametrize("case", list(SPOILT))
def test_a_key_that_is_not_the_views_own_is_refused_and_nothing_opens(case: str) -> None:
    async def scenario() -> None:
        house = WhepHouse()
        house.group("porch")
        stream = house.stream(house.grants.make("porch"))
        stream.views()[0].keys = WrongSealer(house, SPOILT[case])
        assert stream.begin() is None
        assert list(stream.pictures()) == []
        alarm = await asyncio.wait_for(house.views.next_alarm(), 1)
        assert alarm.cause is AlarmCause.BAD_KEY

    asyncio.run(scenario())
