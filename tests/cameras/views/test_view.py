"""A view against shelves that lie: every foreign part ends it, and nothing foreign is sent."""

import secrets
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curtilage.cameras.media.part import Part
from curtilage.cameras.sealed.cache import Cache
from curtilage.cameras.sealed.sealer import Sealer
from curtilage.cameras.views.view import AlarmCause, Resume, View
from curtilage.config import Config
from curtilage.consent.grant import Grant, GranteeKind
from curtilage.wire.identifier import ConsentId, DeviceId, GrantId, HomeId, PersonId, ViewNumber
from curtilage.wire.sealed_part import EpochKey, Kind, PartHeader, SealedPart, Track
from curtilage.wire.stream_record import RecordType, StreamRecord
from curtilage.wire.view_key import WrappedKey
from tests.cameras.view_side import ViewSide
from tests.held_clock import HeldClock

CONFIG = Config()
GRANT = Grant(
    GrantId("g"),
    HomeId("rose"),
    DeviceId("porch"),
    GranteeKind.PERSON,
    PersonId("ada"),
    None,
    0,
    None,
    ConsentId("c"),
    "handle",
)


class Camera:
    """A sealer and what it sealed: init 1, keyframe 2, pictures 3 to 5."""

    def __init__(self, track: Track = Track.MAIN) -> None:
        self.clock = HeldClock()
        self.shelf = Cache(CONFIG).shelf(DeviceId("porch"), track)
        self.sealer = Sealer(track, self.shelf, self.clock, CONFIG, secrets.token_bytes)
        self.sealer.part(Part(Kind.INIT, keyframe=True, time_ms=1, octets=b"init"))
        for index in range(4):
            self.picture(keyframe=index == 0)

    def picture(self, keyframe: bool = False) -> None:
        self.sealer.part(Part(Kind.MEDIA, keyframe=keyframe, time_ms=2, octets=b"picture"))

    def parts(self) -> list[SealedPart]:
        return list(self.shelf.read(None).parts)


def opened_view(camera: Camera) -> tuple[View, ViewSide]:
    side = ViewSide(camera.sealer)
    return View(ViewNumber(1), side.view_id, GRANT, camera.sealer, side.public_key), side


def said(view: View, parts: list[SealedPart]) -> list[StreamRecord]:
    records = []
    for part in parts:
        for octets in view.records(part):
            parsed = StreamRecord.decode(octets, 1_000_000)
            assert parsed is not None
            records.append(parsed[0])
    return records


def test_a_new_view_gets_the_key_then_the_init_part_then_the_pictures_and_can_open_all() -> None:
    camera = Camera()
    view, side = opened_view(camera)
    records = said(view, camera.parts())
    assert [record.type for record in records] == [RecordType.KEY] + [RecordType.PART] * 5
    side.take_key(WrappedKey.decode(records[0].payload))
    clear = [side.open(SealedPart.decode(record.payload)) for record in records[1:]]
    assert clear == [b"init", *[b"picture"] * 4]


def test_pictures_before_the_first_keyframe_are_left_out() -> None:
    camera = Camera()
    view, _ = opened_view(camera)
    init, _, *later = camera.parts()
    assert [record.type for record in said(view, [init, *later])] == [RecordType.KEY, RecordType.PART]
    assert not view.ended


def test_a_new_epoch_brings_its_key_first() -> None:
    camera = Camera()
    view, _ = opened_view(camera)
    said(view, camera.parts())
    camera.clock.pass_s(1)
    camera.sealer.turn()
    camera.picture()
    kinds = [record.type for record in said(view, camera.parts()[-2:])]
    assert kinds == [RecordType.KEY, RecordType.PART, RecordType.PART]


def foreign_header(part: SealedPart, **changes: object) -> SealedPart:
    """A part that somebody else sealed well, under a key of their own, with this header."""
    header = replace(part.header, **changes)  # type: ignore[arg-type] # the table below names real fields
    return EpochKey(header.stream_id, header.epoch_id, b"x" * 32).seal(header, b"a stranger")


FOREIGN = {
    "another camera's part": (AlarmCause.WRONG_STREAM, lambda _: Camera().parts()[3]),
    "another stream id": (AlarmCause.WRONG_STREAM, lambda part: foreign_header(part, stream_id=b"x" * 16)),
    "another track": (AlarmCause.WRONG_TRACK, lambda part: foreign_header(part, track=Track.SUB)),
    "another epoch": (AlarmCause.WRONG_EPOCH, lambda part: foreign_header(part, epoch_id=b"x" * 16, sequence=9)),
    "an old sequence": (AlarmCause.STALE_SEQUENCE, lambda part: foreign_header(part, sequence=3)),
    "the same part again": (AlarmCause.STALE_SEQUENCE, lambda part: part),
    "a buffer that was used again": (
        AlarmCause.WRONG_STREAM,
        lambda _: SealedPart(Camera().parts()[3].octets),
    ),
    "bytes that are no part": (AlarmCause.WRONG_STREAM, lambda _: SealedPart(b"\x01\x02garbage")),
    "no bytes": (AlarmCause.WRONG_STREAM, lambda _: SealedPart(b"")),
    "an unknown kind": (AlarmCause.WRONG_STREAM, lambda part: SealedPart(b"\x01\x07" + part.octets[2:])),
}


@pytest.mark.parametrize(("cause", "make"), FOREIGN.values(), ids=FOREIGN)
def test_a_part_that_is_not_its_own_ends_the_view_and_is_not_sent(cause: AlarmCause, make: object) -> None:
    camera = Camera()
    view, _ = opened_view(camera)
    said(view, camera.parts())
    foreign = make(camera.parts()[-1])  # type: ignore[operator] # one of the lambdas above
    assert said(view, [foreign]) == []
    assert view.ended
    assert view.alarm is cause
    camera.picture()
    assert said(view, camera.parts()[-1:]) == []


def test_the_first_cause_stands() -> None:
    view, _ = opened_view(Camera())
    view.end(AlarmCause.WRONG_STREAM)
    view.end(AlarmCause.DOES_NOT_OPEN)
    assert view.alarm is AlarmCause.WRONG_STREAM


def test_one_who_fell_behind_meets_the_init_part_again_without_an_alarm() -> None:
    camera = Camera()
    view, _ = opened_view(camera)
    said(view, camera.parts())
    camera.picture(keyframe=True)
    records = said(view, camera.parts())
    assert [record.type for record in records] == [RecordType.PART]
    assert not view.ended


def test_a_page_that_lost_its_connection_gets_what_comes_after_what_it_has() -> None:
    camera = Camera()
    view, side = opened_view(camera)
    view.resume(Resume(camera.parts()[0].header.epoch_id, sequence=3))
    records = said(view, camera.parts())
    assert [record.type for record in records] == [RecordType.KEY, RecordType.PART, RecordType.PART]
    assert SealedPart.decode(records[1].payload).header.sequence == 4
    assert side.view_id == view.id


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 9), st.integers(1, 12)), max_size=30))
def test_whatever_a_shelf_mixes_only_own_parts_in_rising_order_are_sent(mix: list[tuple[bool, int, int]]) -> None:
    mine, stranger = Camera(), Camera()
    view, _ = opened_view(mine)
    sent = []
    for own, index, sequence in mix:
        parts = (mine if own else stranger).parts()
        part = parts[index % len(parts)]
        if not own and index % 2:
            part = renumbered(part, sequence)
        sent += [SealedPart.decode(r.payload) for r in said(view, [part]) if r.type is RecordType.PART]
    assert all(part.header.stream_id == mine.sealer.stream_id for part in sent)
    numbers = [part.header.sequence for part in sent]
    assert numbers == sorted(set(numbers))


def renumbered(part: SealedPart, sequence: int) -> SealedPart:
    """The stranger's part under another sequence."""
    header = PartHeader(
        part.header.kind, part.header.track, True, part.header.stream_id, part.header.epoch_id, sequence, 1
    )
    return SealedPart(header.encode() + part.octets[52:])
