"""RTP's heads and counters."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curtilage.cameras.rtsp.rtp import Payload, TimestampUnwrapper, payload, says_goodbye

HEAD = struct.pack(">BBHII", 0x80, 96, 1, 2, 3)


def packet(first: int, rest: bytes) -> bytes:
    return bytes((first,)) + HEAD[1:] + rest


PACKETS = [
    ("plain", packet(0x80, b"abc"), b"abc"),
    ("nothing inside", packet(0x80, b""), b""),
    ("two sources", packet(0x82, bytes(8) + b"abc"), b"abc"),
    ("extension", packet(0x90, b"\xbe\xde\0\2" + bytes(8) + b"abc"), b"abc"),
    ("empty extension", packet(0x90, b"\xbe\xde\0\0abc"), b"abc"),
    ("padding", packet(0xA0, b"abc\0\0\3"), b"abc"),
    ("all of them", packet(0xB1, bytes(4) + b"\0\0\0\1" + bytes(4) + b"abc\0\2"), b"abc"),
    ("all padding", packet(0xA0, b"\0\0\3"), b""),
    ("too short", HEAD[:11], None),
    ("version 1", packet(0x40, b"abc"), None),
    ("sources beyond the end", packet(0x8F, b"abc"), None),
    ("extension beyond the end", packet(0x90, b"\0\0\xff\xff" + bytes(8)), None),
    ("extension without its head", packet(0x90, b"\0\0"), None),
    ("padding beyond the head", packet(0xA0, b"\xff"), None),
    ("padding of nothing", packet(0xA0, b"abc\0"), None),
]


@pytest.mark.parametrize(("octets", "inside"), [case[1:] for case in PACKETS], ids=[case[0] for case in PACKETS])
def test_the_payload_lies_where_the_head_says(octets: bytes, inside: bytes | None) -> None:
    found = payload(b"xx" + octets + b"yy", 2, 2 + len(octets))
    assert (None if found is None else (b"xx" + octets + b"yy")[found.begin : found.end]) == inside


@given(st.binary(max_size=100), st.integers(0, 20))
def test_a_payload_never_lies_outside_its_packet(octets: bytes, begin: int) -> None:
    end = len(octets)
    found = payload(octets, begin, end)
    assert found is None or begin + 12 <= found.begin <= found.end <= end
    assert isinstance(found, Payload | None)


TIMES = [
    ("steady", [0, 3600, 7200], [0, 3600, 7200]),
    ("past its end", [0xFFFF_FFF0, 0x10], [0, 0x20]),
    ("back again", [0x10, 0xFFFF_FFF0, 0x10], [0, -0x20, 0]),
    ("back after B-frames", [7200, 0, 3600], [0, -7200, -3600]),
    ("the clock restarts", [2_000_000_000, 0, 3600], [0, -2_000_000_000, -1_999_996_400]),
]


@pytest.mark.parametrize(("stamps", "steps"), [case[1:] for case in TIMES], ids=[case[0] for case in TIMES])
def test_timestamps_are_unwrapped(stamps: list[int], steps: list[int]) -> None:
    unwrapper = TimestampUnwrapper()
    times = [unwrapper.unwrap(stamp) for stamp in stamps]
    assert [time - times[0] for time in times] == steps


def test_another_clock_rate_is_brought_to_ours() -> None:
    unwrapper = TimestampUnwrapper(45_000)
    first = unwrapper.unwrap(0)
    assert unwrapper.unwrap(45_000) - first == 90_000


@given(st.lists(st.integers(0, 0xFFFF_FFFF), min_size=1, max_size=50))
def test_an_unwrapped_time_fits_64_bits_and_keeps_its_low_32(stamps: list[int]) -> None:
    unwrapper = TimestampUnwrapper()
    for stamp in stamps:
        time = unwrapper.unwrap(stamp)
        assert 0 <= time < 1 << 63
        assert time & 0xFFFF_FFFF == stamp


REPORT = bytes.fromhex("80c80006") + bytes(24)
BYE = bytes.fromhex("81cb000112345678")


@pytest.mark.parametrize(
    ("octets", "goodbye"),
    [(BYE, True), (REPORT + BYE, True), (REPORT, False), (b"", False), (BYE[:3], False), (bytes(8), False)],
)
def test_goodbye_is_heard(octets: bytes, goodbye: bool) -> None:
    assert says_goodbye(b"$" + octets, 1, 1 + len(octets)) is goodbye


@given(st.binary(max_size=200))
def test_any_bytes_may_stand_where_reports_do(octets: bytes) -> None:
    assert says_goodbye(octets, 0, len(octets)) in (True, False)


def test_only_the_first_reports_of_a_packet_are_looked_through() -> None:
    report, goodbye = struct.pack(">BBH", 0x80, 201, 0), struct.pack(">BBH", 0x80, 203, 0)
    for before, found in ((31, True), (32, False), (15_000, False)):
        octets = report * before + goodbye
        assert says_goodbye(octets, 0, len(octets)) is found
