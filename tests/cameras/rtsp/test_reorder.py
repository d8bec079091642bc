"""Packets that overtook each other come out in order; what is lost is given up in time."""

import struct

from hypothesis import given
from hypothesis import strategies as st

from curtilage.cameras.rtsp.reorder import Reorder

WAIT_MS = 60


def packet(sequence: int) -> bytes:
    return struct.pack(">BBHII", 0x80, 96, sequence & 0xFFFF, 0, 7)


def pushed(reorder: Reorder, *sequences: int, now_ms: int = 0) -> list[int]:
    return [int.from_bytes(out[2:4]) for sequence in sequences for out in reorder.push(packet(sequence), now_ms)]


def test_in_order_each_goes_on_at_once() -> None:
    reorder = Reorder(8, WAIT_MS)
    assert [pushed(reorder, sequence) for sequence in (65_534, 65_535, 0, 1)] == [[65_534], [65_535], [0], [1]]


def test_one_that_was_overtaken_is_waited_for() -> None:
    reorder = Reorder(8, WAIT_MS)
    assert pushed(reorder, 10, 12, 13) == [10]
    assert pushed(reorder, 11) == [11, 12, 13]
    assert reorder.given_up_count == 0


def test_one_that_does_not_come_is_given_up_after_a_while() -> None:
    reorder = Reorder(8, WAIT_MS)
    assert pushed(reorder, 10, 12, now_ms=0) == [10]
    assert pushed(reorder, 14, now_ms=WAIT_MS - 1) == []
    assert pushed(reorder, 15, now_ms=WAIT_MS) == [12]
    assert pushed(reorder, 16, now_ms=2 * WAIT_MS) == [14, 15, 16]
    assert reorder.given_up_count == 2


def test_no_more_wait_than_may() -> None:
    reorder = Reorder(3, WAIT_MS)
    assert pushed(reorder, 10, 12, 13, 14) == [10]
    assert pushed(reorder, 15) == [12, 13, 14, 15]


def test_late_and_repeated_ones_are_dropped() -> None:
    reorder = Reorder(8, WAIT_MS)
    assert pushed(reorder, 10, 10, 12, 12, now_ms=0) == [10]
    assert pushed(reorder, 11, now_ms=WAIT_MS) == [11, 12]
    assert pushed(reorder, 9, 11, 12, now_ms=WAIT_MS) == []


def test_a_count_that_begins_anew_is_followed() -> None:
    reorder = Reorder(8, WAIT_MS)
    assert pushed(reorder, 30_000, 30_002, 5, 6) == [30_000, 5, 6]


def test_what_is_no_packet_is_dropped() -> None:
    assert Reorder(8, WAIT_MS).push(b"\x80", 0) == []


@given(st.lists(st.integers(0, 12), min_size=1, max_size=200), st.integers(0, 65_535))
def test_whatever_the_order_each_comes_out_once_and_in_order(delays: list[int], first: int) -> None:
    """Packet ``i`` is sent at ``i`` and arrives ``delays[i]`` later; nothing is lost and nothing waits too long."""
    reorder = Reorder(64, 10_000)
    arrivals = sorted(range(len(delays)), key=lambda number: (number + delays[number], number))
    reorder.push(packet(first - 1), 0)
    out = pushed(reorder, *(first + number for number in arrivals))
    assert out == [(first + number) & 0xFFFF for number in range(len(delays))]


@given(st.lists(st.tuples(st.binary(max_size=20), st.integers(0, 50)), max_size=100))
def test_any_bytes_are_held_within_bounds(steps: list[tuple[bytes, int]]) -> None:
    reorder, now_ms = Reorder(8, WAIT_MS), 0
    for octets, pause_ms in steps:
        now_ms += pause_ms
        assert all(len(out) >= 12 for out in reorder.push(octets, now_ms))
        assert len(reorder._waiting) <= 9
