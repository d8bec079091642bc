"""The sealer: one key per epoch, sequences that never repeat, epochs that turn when they must."""

import secrets
from dataclasses import replace

from curtilage.cameras.media.part import Part
from curtilage.cameras.sealed.cache import Cache
from curtilage.cameras.sealed.sealer import Sealer
from curtilage.config import Config
from curtilage.wire.identifier import DeviceId
from curtilage.wire.sealed_part import Kind, SealedPart, Track
from tests.cameras.view_side import ViewSide
from tests.held_clock import HeldClock

INIT = Part(Kind.INIT, keyframe=True, time_ms=1_000, octets=b"init")


def media(time_ms: int = 2_000, keyframe: bool = False, size: int = 20) -> Part:
    return Part(Kind.MEDIA, keyframe=keyframe, time_ms=time_ms, octets=bytes(size))


class Lane:
    """A sealer whose sealed parts are kept for looking at."""

    def __init__(self, config: Config = Config()) -> None:  # noqa: B008 frozen, so one default for all is right
        self.clock = HeldClock()
        self.shelf = Cache(config).shelf(DeviceId("porch"), Track.MAIN)
        self.sealed: list[SealedPart] = []
        self.sealer = Sealer(Track.MAIN, self, self.clock, config, secrets.token_bytes)

    def put(self, part: SealedPart) -> None:
        self.sealed.append(part)
        self.shelf.put(part)

    def oldest_epoch(self) -> bytes | None:
        return self.shelf.oldest_epoch()

    def epochs(self) -> list[bytes]:
        return list(dict.fromkeys(part.header.epoch_id for part in self.sealed))


def test_sequences_rise_by_one_over_all_epochs_and_no_nonce_repeats() -> None:
    lane = Lane()
    lane.sealer.part(INIT)
    for turn in range(20):
        lane.sealer.part(media(keyframe=turn % 5 == 0))
        lane.sealer.turn()
        lane.clock.pass_s(0.25)
    numbers = [part.header.sequence for part in lane.sealed]
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(lane.epochs()) == 20


def test_every_epoch_begins_with_the_init_part() -> None:
    lane = Lane()
    lane.sealer.part(INIT)
    lane.sealer.part(media(keyframe=True))
    lane.clock.pass_s(1)
    lane.sealer.turn()
    lane.sealer.part(media())
    assert [part.header.kind for part in lane.sealed] == [Kind.INIT, Kind.MEDIA, Kind.INIT, Kind.MEDIA]
    assert lane.sealed[2].header.epoch_id == lane.sealed[3].header.epoch_id != lane.sealed[1].header.epoch_id


def test_an_epoch_turns_at_its_age() -> None:
    lane = Lane(replace(Config(), epoch_s=3600))
    lane.sealer.part(INIT)
    lane.clock.pass_s(3599)
    lane.sealer.part(media(lane.clock.now(), keyframe=True))
    assert len(lane.epochs()) == 1
    lane.clock.pass_s(2)
    lane.sealer.part(media(lane.clock.now(), keyframe=True))
    assert len(lane.epochs()) == 2


def test_many_revocations_share_a_turn_that_is_at_most_a_fifth_of_a_second_late() -> None:
    lane = Lane(replace(Config(), epoch_turns_per_s_max=5))
    lane.sealer.part(INIT)
    lane.clock.pass_s(1)
    for _ in range(100):  # 4 seconds of 25 pictures, a revocation at each
        lane.sealer.turn()
        lane.sealer.part(media(keyframe=True))
        lane.clock.pass_s(0.04)
    assert 16 <= len(lane.epochs()) <= 21
    lane.sealer.turn()
    lane.clock.pass_s(0.2)
    before = len(lane.epochs())
    lane.sealer.part(media(keyframe=True))
    assert len(lane.epochs()) == before + 1


def test_keys_are_kept_while_the_cache_holds_their_parts_and_no_longer() -> None:
    lane = Lane()
    lane.sealer.part(INIT)
    lane.sealer.part(media(keyframe=True))
    lane.clock.pass_s(1)
    lane.sealer.turn()
    lane.sealer.part(media())
    first, second = lane.epochs()
    assert lane.sealer.knows(first)
    assert lane.sealer.knows(second)
    lane.sealer.part(media(keyframe=True))
    assert not lane.sealer.knows(first)
    assert lane.sealer.knows(second)


def test_a_view_gets_the_key_and_opens_what_was_sealed() -> None:
    lane = Lane()
    lane.sealer.part(INIT)
    side = ViewSide(lane.sealer)
    side.take_key(lane.sealer.wrap(lane.epochs()[0], side.view_id, side.public_key))
    assert side.open(lane.sealed[0]) == b"init"


def test_there_is_no_key_for_an_epoch_of_another_sealer() -> None:
    lane, other = Lane(), Lane()
    other.sealer.part(INIT)
    side = ViewSide(lane.sealer)
    assert lane.sealer.wrap(other.epochs()[0], side.view_id, side.public_key) is None


def test_a_restart_has_new_names_and_keys() -> None:
    first, second = Lane(), Lane()
    assert first.sealer.stream_id != second.sealer.stream_id


def test_a_stopped_sealer_seals_nothing_more() -> None:
    lane = Lane()
    lane.sealer.part(INIT)
    lane.sealer.stop()
    lane.sealer.part(media(keyframe=True))
    assert len(lane.sealed) == 1


def test_a_part_too_large_is_counted_and_never_sealed() -> None:
    lane = Lane(replace(Config(), sealed_part_bytes_max=1_024))
    lane.sealer.part(media(size=2_000))
    assert lane.sealed == []
    assert lane.sealer.too_large_count == 1


def test_it_opens_what_it_sealed_and_nothing_else() -> None:
    lane, other = Lane(), Lane()
    for one in (lane, other):
        one.sealer.part(INIT)
        one.sealer.part(media(keyframe=True))
    own, strange = lane.sealed[-1], other.sealed[-1]
    assert lane.sealer.open(own) == media().octets
    assert lane.sealer.open(strange) is None
    assert lane.sealer.open(SealedPart(own.octets[:-1] + bytes([own.octets[-1] ^ 1]))) is None
    assert lane.sealer.open(SealedPart(b"")) is None
