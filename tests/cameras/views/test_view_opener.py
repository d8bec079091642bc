"""The checks of docs/spec/sealed-part.md §3 and §4, where a view is opened in this process."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import pytest

from curtilage.cameras.views.view import AlarmCause, View
from curtilage.cameras.views.view_opener import NotOurs, ViewOpener
from curtilage.wire.identifier import ViewNumber
from curtilage.wire.sealed_part import SealedPart, Track
from curtilage.wire.view_key import SealerIdentity, WrappedKey
from tests.cameras.views.test_view import GRANT, Camera

VIEW_ID = bytes(range(16))


def opened(camera: Camera) -> tuple[View, ViewOpener]:
    opener = ViewOpener()
    return View(ViewNumber(1), VIEW_ID, GRANT, camera.sealer, opener.public_key), opener


def wrapped(camera: Camera, view: View) -> WrappedKey:
    key = camera.sealer.wrap(camera.parts()[0].header.epoch_id, view.id, view.public_key)
    assert key is not None
    return key


def test_with_its_key_a_view_opens_its_own_parts_and_without_it_none() -> None:
    camera = Camera()
    view, opener = opened(camera)
    part = camera.parts()[0]
    with pytest.raises(NotOurs) as wrong:
        opener.open(view, part)
    assert wrong.value.cause is AlarmCause.WRONG_EPOCH
    opener.take_key(view, wrapped(camera, view).encode())
    assert opener.holds(part.header.epoch_id)
    assert opener.open(view, part).clear == b"init"
    opener.forget()
    assert not opener.holds(part.header.epoch_id)


FOREIGN_KEYS: Mapping[str, Callable[[WrappedKey], bytes]] = {
    "for another view": lambda key: replace(key, view_id=bytes(16)).encode(),
    "for another stream": lambda key: replace(key, stream_id=bytes(16)).encode(),
    "for another track": lambda key: replace(key, track=Track.SUB).encode(),
    "for another epoch": lambda key: replace(key, epoch_id=bytes(16)).encode(),
    "signed by nobody": lambda key: replace(key, signature=bytes(64)).encode(),
    "one bit of the secret": lambda key: key.encode()[:-65] + bytes((key.encode()[-65] ^ 1,)) + key.encode()[-64:],
    "cut short": lambda key: key.encode()[:-1],
    "another label": lambda key: b"X" + key.encode()[1:],
    "a track that does not exist": lambda key: key.encode()[:69] + b"\x09" + key.encode()[70:],
    "nothing": lambda _: b"",
}


@pytest.mark.parametrize("case", list(FOREIGN_KEYS))
def test_a_key_that_is_not_for_this_view_is_refused(case: str) -> None:
    camera = Camera()
    view, opener = opened(camera)
    with pytest.raises(NotOurs) as wrong:
        opener.take_key(view, FOREIGN_KEYS[case](wrapped(camera, view)))
    assert wrong.value.cause is AlarmCause.BAD_KEY
    assert not opener.holds(camera.parts()[0].header.epoch_id)


def test_a_key_signed_by_another_sealer_is_refused_though_it_opens() -> None:
    camera, other = Camera(), SealerIdentity()
    view, opener = opened(camera)
    own = wrapped(camera, view)
    key = next(iter(camera.sealer._epochs))
    forged = other.wrap(key, own.track, view.id, view.public_key)
    with pytest.raises(NotOurs):
        opener.take_key(view, forged.encode())


FOREIGN_PARTS: Mapping[str, tuple[Callable[[bytes], bytes], AlarmCause]] = {
    "of another stream": (lambda own: own[:4] + bytes(16) + own[20:], AlarmCause.WRONG_STREAM),
    "of another version": (lambda own: b"\x02" + own[1:], AlarmCause.WRONG_STREAM),
    "of an undefined kind": (lambda own: own[:1] + b"\x07" + own[2:], AlarmCause.WRONG_STREAM),
    "with an undefined flag": (lambda own: own[:3] + bytes((own[3] | 2,)) + own[4:], AlarmCause.WRONG_STREAM),
    "too short": (lambda own: own[:40], AlarmCause.WRONG_STREAM),
    "of another track": (lambda own: own[:2] + b"\x02" + own[3:], AlarmCause.WRONG_TRACK),
    "of another epoch": (lambda own: own[:20] + bytes(16) + own[36:], AlarmCause.WRONG_EPOCH),
    "of another sequence": (lambda own: own[:36] + bytes(7) + b"\x63" + own[44:], AlarmCause.DOES_NOT_OPEN),
    "of another time": (lambda own: own[:44] + bytes(8) + own[52:], AlarmCause.DOES_NOT_OPEN),
    "changed by a bit": (lambda own: own[:-1] + bytes((own[-1] ^ 1,)), AlarmCause.DOES_NOT_OPEN),
}


@pytest.mark.parametrize("case", list(FOREIGN_PARTS))
def test_a_part_that_is_not_the_views_own_does_not_open(case: str) -> None:
    change, cause = FOREIGN_PARTS[case]
    camera = Camera()
    view, opener = opened(camera)
    opener.take_key(view, wrapped(camera, view).encode())
    with pytest.raises(NotOurs) as wrong:
        opener.open(view, SealedPart(change(camera.parts()[1].octets)))
    assert wrong.value.cause is cause


def test_no_repr_shows_a_key_or_a_picture() -> None:
    camera = Camera()
    view, opener = opened(camera)
    opener.take_key(view, wrapped(camera, view).encode())
    assert "picture" not in repr(opener.open(view, camera.parts()[1]))
    assert "EpochKey" not in repr(opener)
