"""A view opened in the server: the same records, the same distrust as a page's."""

import pytest

from curtilage.cameras.stills.still_view import StillView
from curtilage.cameras.views.view import AlarmCause, View
from curtilage.cameras.views.view_opener import NotOurs
from curtilage.wire.identifier import ViewNumber
from curtilage.wire.stream_record import RecordType, StreamRecord, part_record
from tests.cameras.views.test_view import GRANT, Camera

RECORD_BYTES_MAX = 1_000_000
VIEW_ID = bytes(16)


def opened(camera: Camera, view_id: bytes = VIEW_ID) -> tuple[View, StillView]:
    still = StillView(RECORD_BYTES_MAX)
    view = View(ViewNumber(1), view_id, GRANT, camera.sealer, still.public_key)
    still.begin(view)
    return view, still


def feed(view: View, still: StillView, camera: Camera) -> None:
    for part in camera.parts():
        for record in view.records(part):
            still.record(record)


def test_the_newest_keyframe_is_given_once() -> None:
    camera = Camera()
    view, still = opened(camera)
    feed(view, still, camera)
    newest = still.take_newest()
    assert newest is not None
    assert (newest.init, newest.fragment, newest.time_ms) == (b"init", b"picture", 2)
    assert still.take_newest() is None
    assert not still.has_newer()


def test_after_the_epoch_turned_keyframes_still_open() -> None:
    camera = Camera()
    view, still = opened(camera)
    feed(view, still, camera)
    still.take_newest()
    camera.clock.pass_s(1)
    camera.sealer.turn()
    camera.picture(keyframe=True)
    for part in camera.parts()[-2:]:
        for record in view.records(part):
            still.record(record)
    assert still.has_newer()


def test_a_key_wrapped_to_another_view_is_not_ours() -> None:
    camera = Camera()
    view, _ = opened(camera)
    _, other = opened(camera, bytes([1]) * 16)
    key = next(
        record
        for part in camera.parts()
        for record in view.records(part)
        if StreamRecord.decode(record, RECORD_BYTES_MAX) and record[4] == RecordType.KEY
    )
    with pytest.raises(NotOurs) as wrong:
        other.record(key)
    assert wrong.value.cause is AlarmCause.BAD_KEY


def test_another_cameras_keyframe_is_not_ours() -> None:
    camera, other = Camera(), Camera()
    view, still = opened(camera)
    feed(view, still, camera)
    foreign = next(part for part in other.parts() if part.is_keyframe)
    with pytest.raises(NotOurs) as wrong:
        still.record(part_record(view.number, foreign))
    assert wrong.value.cause is AlarmCause.WRONG_STREAM


def test_a_changed_keyframe_does_not_open() -> None:
    camera = Camera()
    view, still = opened(camera)
    feed(view, still, camera)
    octets = bytearray(next(part for part in camera.parts() if part.is_keyframe).octets)
    octets[-1] ^= 1
    record = StreamRecord(RecordType.PART, view.number, bytes(octets)).encode()
    with pytest.raises(NotOurs) as wrong:
        still.record(record)
    assert wrong.value.cause is AlarmCause.DOES_NOT_OPEN


def test_no_repr_shows_a_picture() -> None:
    camera = Camera()
    view, still = opened(camera)
    feed(view, still, camera)
    assert "picture" not in repr(still.take_newest())


def test_a_keyframe_with_an_undefined_flag_is_not_ours() -> None:
    camera = Camera()
    view, still = opened(camera)
    feed(view, still, camera)
    octets = bytearray(next(part for part in camera.parts() if part.is_keyframe).octets)
    octets[3] |= 2
    with pytest.raises(NotOurs) as wrong:
        still.record(StreamRecord(RecordType.PART, view.number, bytes(octets)).encode())
    assert wrong.value.cause is AlarmCause.WRONG_STREAM
