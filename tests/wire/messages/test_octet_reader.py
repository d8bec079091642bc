"""Reading field by field, never past the end."""

import pytest

from curtilage.wire.messages.octet_reader import OctetReader


def test_fields_come_in_order() -> None:
    reader = OctetReader(b"\x01\x00\x02abc", "a thing", 10)
    assert (reader.number(1), reader.number(2), reader.take(3), reader.at) == (1, 2, b"abc", 6)
    reader.finish()


@pytest.mark.parametrize(
    ("octets", "steps"),
    [
        (b"ab", lambda reader: reader.take(3)),
        (b"ab", lambda reader: reader.number(4)),
        (b"\x05", lambda reader: reader.number_up_to(1, 4)),
        (b"\x02", lambda reader: reader.expect(b"\x01")),
        (b"a", lambda reader: reader.finish()),
        (b"\0\0a", lambda reader: reader.finish_padded()),
    ],
)
def test_what_is_wrong_is_a_value_error_that_shows_nothing(octets: bytes, steps: object) -> None:
    assert callable(steps)
    with pytest.raises(ValueError, match="a thing") as caught:
        steps(OctetReader(octets, "a thing", 10))
    assert repr(octets) not in str(caught.value)


def test_too_much_is_refused_before_it_is_read() -> None:
    with pytest.raises(ValueError, match="longer than a thing may be"):
        OctetReader(bytes(11), "a thing", 10)


def test_padding_of_zeros_is_passed_over() -> None:
    reader = OctetReader(b"a\0\0", "a thing", 10)
    reader.take(1)
    reader.finish_padded()
    assert reader.at == 3
