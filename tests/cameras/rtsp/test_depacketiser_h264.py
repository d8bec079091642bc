"""H.264 out of packets: every way of RFC 6184 to put it into them, and what is none."""

import random
import struct
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.cameras.received_packets import SETS, Receiving, packets_of, slices_of
from tests.origin.made_h264 import (
    DELIMITER,
    IDR,
    SLICE,
    MadePicture,
    Packetiser,
    fragments,
    pictures,
    pps_nal,
    slice_nal,
)

ROUND_TRIPS: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
    ("fragments", {"size": 5000}, {}),
    ("single units", {"size": 50}, {}),
    ("aggregates", {"size": 50, "slices": 4}, {"aggregate": True}),
    ("several slices, all in fragments", {"size": 4000, "slices": 3}, {}),
    ("tiny packets", {"size": 400}, {"payload_bytes_max": 20}),
    ("sequence and time past their ends", {"size": 3000}, {"sequence": 0xFFF0}),
]


@pytest.mark.parametrize(("stream", "sender"), [c[1:] for c in ROUND_TRIPS], ids=[c[0] for c in ROUND_TRIPS])
@pytest.mark.parametrize("cut", [0, 10_000_000, 1000, 7])
def test_pictures_come_out_as_they_were_sent(stream: dict[str, Any], sender: dict[str, Any], cut: int) -> None:
    made = pictures(25, **stream)
    packets = packets_of(made, Packetiser(**sender))
    receiving = Receiving().take_run(packets, cut) if cut else Receiving().take(packets)
    assert receiving.samples == slices_of(made)
    assert [unit.keyframe for unit in receiving.sink.units] == [index % 10 == 0 for index in range(25)]
    steps = {
        later.timestamp - unit.timestamp
        for unit, later in zip(receiving.sink.units, receiving.sink.units[1:], strict=False)
    }
    assert steps == {3600}
    assert len(receiving.sink.parameters) == 1
    assert receiving.sink.parameters[0].sps == SETS[0]
    assert receiving.depacketiser.trouble == ""


def test_samples_hold_slices_only() -> None:
    extra = (bytes((DELIMITER, 0xF0)), *SETS, b"\x06\5\1", b"\x0c\xff\xff\x80", b"\x4d\0", b"\x0a", b"\x0b")
    picture = MadePicture((*extra[:4], slice_nal(IDR), *extra[4:]), 0)
    assert Receiving().take(packets_of([picture])).samples == [(slice_nal(IDR),)]


def test_a_keyframe_and_its_sets_in_one_unit_with_start_codes_are_parted() -> None:
    (picture,) = pictures(1)
    joined = b"\0\0\0\1".join(picture.nals)
    assert Receiving().take(packets_of([MadePicture((joined,), 0)])).samples == [picture.slices]


SPOILED = [
    ("a beginning in the middle", lambda payload: [bytes((payload[0], payload[1] | 0x80)) + payload[2:]]),
    ("an end too early", lambda payload: [bytes((payload[0], payload[1] | 0x40)) + payload[2:]]),
    ("a fragment of one byte", lambda payload: [payload[:1]]),
    ("another unit in between", lambda payload: [slice_nal(SLICE, 40), payload]),
    ("a kind we cannot read", lambda payload: [b"\x1d" + payload[1:]]),
    ("an interleaved aggregate", lambda _: [b"\x19\0\0\0\1\x41"]),
    ("a lying aggregate", lambda _: [b"\x18\xff\xff\x41"]),
    ("an aggregate of nothing", lambda _: [b"\x18\0\0\x41"]),
    ("a data partition", lambda _: [b"\x42abc"]),
    ("too many bytes", lambda payload: [payload] * 50),
]


@pytest.mark.parametrize("change", [case[1] for case in SPOILED], ids=[case[0] for case in SPOILED])
def test_a_spoiled_picture_is_dropped_with_what_depends_on_it(change: Callable[[bytes], list[bytes]]) -> None:
    """Of 20 pictures, the fourth's second payload is changed."""
    made, packetiser = pictures(20, size=5000), Packetiser()
    receiving = Receiving()
    for index, picture in enumerate(made):
        payloads = [payload for nal in picture.nals for payload in ([nal] if len(nal) < 1400 else fragments(nal, 1400))]
        if index == 3:
            payloads[1:2] = change(payloads[1])
        last = len(payloads) - 1
        receiving.take(
            packetiser.packet(payload, picture.timestamp, marker=at == last) for at, payload in enumerate(payloads)
        )
    assert receiving.samples == slices_of(made[:3]) + slices_of(made[10:])


PAYLOADS = st.one_of(
    st.binary(max_size=30),
    st.builds(
        lambda kind, flags, body: bytes((kind, flags)) + body,
        st.sampled_from([0x7C, 0x1C, 0x78, 0x65, 0x41, 0x67, 0x68, 0x06, 0x09, 0x1D, 0x19]),
        st.sampled_from([0x85, 0x81, 0x45, 0x41, 0x05, 0x01, 0x87, 0xC5, 0]),
        st.binary(max_size=30),
    ),
    st.sampled_from([*SETS, slice_nal(IDR), slice_nal(SLICE), slice_nal(SLICE, 40), pps_nal(3, 5)]),
)
STEPS = st.tuples(
    PAYLOADS, st.sampled_from([0, 0, 0, 1, 5, -1, 40_000]), st.sampled_from([0, 0, 3600, -7, 2**31]), st.booleans()
)


@given(st.lists(STEPS, max_size=40), st.integers(1, 400))
def test_any_packets_do_no_harm_and_a_run_is_the_same_as_one_by_one(
    steps: list[tuple[bytes, int, int, bool]], cut: int
) -> None:
    packetiser, timestamp, packets = Packetiser(), 0, list[bytes]()
    for payload, gap, step, marker in steps:
        packetiser.sequence += gap
        timestamp += step
        packets.append(packetiser.packet(payload, timestamp, marker=marker))
    single, run = Receiving().take(packets), Receiving().take_run(packets, cut)
    assert single.sink.units == run.sink.units
    assert single.sink.events == run.sink.events
    made = pictures(11)  # afterwards a good stream is received as ever; an odd marker may cost its last picture
    packetiser.sequence += 1000
    good = [MadePicture(picture.nals, picture.timestamp + timestamp + 90_000) for picture in made]
    single.take(packets_of(good, packetiser))
    assert set(slices_of(made[:10])) <= set(single.samples)


@given(st.binary(max_size=400), st.integers(0, 2**32))
def test_any_bytes_for_packets_do_no_harm(octets: bytes, seed: int) -> None:
    chance = random.Random(seed)
    receiving, at = Receiving(), 0
    while at < len(octets):
        end = at + chance.randint(0, 60)
        receiving.take(
            [octets[at:end], struct.pack(">BBHII", 0x80, 96, chance.randrange(65536), 0, 0) + octets[at:end]]
        )
        at = end + 1
    assert receiving.depacketiser.lost_packets_count >= 0
