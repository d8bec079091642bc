"""The decoding process from within: keyframes in, JPEG out, and what is no picture does no harm."""

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from curtilage.cameras.stills.still_decoder import LENGTH, serve
from curtilage.cameras.stills.still_process import encode_request
from curtilage.cameras.stills.still_view import Keyframe
from tests.cameras.keyframes import MARK, MARK_KEY, brightness, mark_in, marked_keyframe


def answers(*requests: bytes) -> list[bytes]:
    replies = io.BytesIO()
    serve(io.BytesIO(b"".join(requests)), replies)
    octets, found = replies.getvalue(), []
    while octets:
        (length,) = LENGTH.unpack_from(octets)
        found.append(octets[LENGTH.size : LENGTH.size + length])
        octets = octets[LENGTH.size + length :]
    return found


def test_a_keyframe_becomes_its_own_picture() -> None:
    (jpeg,) = answers(encode_request(marked_keyframe(), ""))
    assert mark_in(jpeg, MARK_KEY) == MARK


def test_words_are_drawn_at_the_foot_and_the_picture_stays() -> None:
    plain, worded, again = answers(
        encode_request(marked_keyframe(), ""), encode_request(None, "12 s ago"), encode_request(None, "")
    )
    assert mark_in(worded, MARK_KEY) == MARK
    assert plain == again
    darkest, brightest = brightness(worded, 0.95, 1)
    assert (darkest < 30, brightest > 200) == (True, True)


def test_the_neutral_card_shows_nothing_of_the_picture_before() -> None:
    _, card, after = answers(
        encode_request(marked_keyframe(), ""),
        encode_request(None, "No picture.", neutral=True),
        encode_request(None, "Still none."),
    )
    for jpeg in (card, after):
        assert mark_in(jpeg, MARK_KEY) is None
        darkest, brightest = brightness(jpeg, 0, 0.8)
        assert brightest - darkest < 8


@pytest.mark.parametrize("octets", [b"garbage", b"\0\0\0\x08free", marked_keyframe().init])
def test_what_is_no_picture_is_answered_with_nothing(octets: bytes) -> None:
    before, broken, again = answers(
        encode_request(marked_keyframe(), ""),
        encode_request(Keyframe(octets, b"", 0), ""),
        encode_request(None, "12 s ago"),
    )
    assert broken == b"", "the picture before must not stand for one that could not be decoded"
    assert mark_in(again, MARK_KEY) == MARK == mark_in(before, MARK_KEY), "it is still what is shown, and gets older"


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_a_broken_keyframe_does_no_harm(data: st.DataObject) -> None:
    whole = marked_keyframe()
    octets = bytearray(whole.fragment)
    for _ in range(data.draw(st.integers(1, 20))):
        octets[data.draw(st.integers(0, len(octets) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(0, len(octets)))
    assert len(answers(encode_request(Keyframe(whole.init, bytes(octets[:cut]), 0), ""))) == 1
