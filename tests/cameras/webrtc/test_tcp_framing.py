"""Packets over TCP come out as they went in, however the network cuts them, and nothing piles up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curtilage.cameras.webrtc.tcp_framing import LENGTH_BYTES, LONGEST, PacketReader, PacketTooLong, framed

MOST = 64
PACKETS = st.lists(st.binary(max_size=MOST), max_size=20)


def pieces(octets: bytes, cuts: list[int]) -> list[bytes]:
    ends = sorted({cut % (len(octets) + 1) for cut in cuts} | {len(octets)})
    return [octets[begin:end] for begin, end in zip([0, *ends], ends, strict=False)]


@given(PACKETS, st.lists(st.integers(0, 10_000), max_size=30))
def test_packets_come_out_whole_and_in_order_however_they_were_cut(packets: list[bytes], cuts: list[int]) -> None:
    reader, found = PacketReader(MOST), []
    for piece in pieces(b"".join(map(framed, packets)), cuts):
        found += reader.feed(piece)
    assert found == packets


@given(st.lists(st.binary(max_size=200), max_size=20))
def test_whatever_comes_no_more_than_one_packet_is_held(chunks: list[bytes]) -> None:
    reader = PacketReader(MOST)
    try:
        for chunk in chunks:
            assert all(len(packet) <= MOST for packet in reader.feed(chunk))
            assert len(reader._held) < LENGTH_BYTES + MOST
    except PacketTooLong:
        assert not reader._held


def test_a_packet_longer_than_is_taken_is_refused_by_its_length_alone() -> None:
    with pytest.raises(PacketTooLong):
        PacketReader(MOST).feed((MOST + 1).to_bytes(LENGTH_BYTES))


def test_empty_packets_come_out_too_so_that_they_can_be_counted() -> None:
    assert PacketReader(MOST).feed(bytes(LENGTH_BYTES * 2) + framed(b"x")) == [b"", b"", b"x"]


def test_the_longest_packet_has_a_length() -> None:
    assert framed(bytes(LONGEST))[:LENGTH_BYTES] == b"\xff\xff"
