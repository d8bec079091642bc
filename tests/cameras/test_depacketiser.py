"""Pictures out of packets: whole ones exactly as they were sent, damaged ones never."""

import random
import struct
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curtilage.cameras.depacketiser import Depacketiser, PictureLimits
from curtilage.cameras.rtsp_message import MessageReader
from curtilage.cameras.sdp import VideoMedia
from tests.cameras.recording_sink import RecordingSink
from tests.origin.made_h264 import (
    DELIMITER,
    IDR,
    SEI,
    SLICE,
    MadePicture,
    MadeSps,
    Packetiser,
    fragments,
    interleaved,
    pictures,
    pps_nal,
    slice_nal,
)

LIMITS = PictureLimits(bytes_max=60_000, nal_count_max=16, pixels_max=1920 * 1088)
SETS = (MadeSps().nal(), pps_nal())


class Receiving:
    """A depacketiser and what it delivered."""

    def __init__(self, media: VideoMedia | None = None, limits: PictureLimits = LIMITS) -> None:
        self.sink = RecordingSink()
        self.depacketiser = Depacketiser(self.sink, media or VideoMedia(96, ""), limits)

    def take(self, packets: Iterable[bytes]) -> "Receiving":
        for packet in packets:
            self.depacketiser.packet(packet, 0, len(packet))
        return self

    def take_run(self, packets: Iterable[bytes], cut: int = 10_000_000) -> "Receiving":
        """The way packets come in: many in one piece of the stream, cut anywhere."""
        reader = MessageReader(4096, 4096)
        reader.listen(0, self.depacketiser.packets)
        stream = b"".join(interleaved(0, packet) for packet in packets)
        for at in range(0, len(stream), cut):
            assert reader.feed(stream[at : at + cut]) == []
        return self

    @property
    def samples(self) -> list[tuple[bytes, ...]]:
        return [unit.nal_units for unit in self.sink.units]


def packets_of(made: Iterable[MadePicture], packetiser: Packetiser | None = None) -> list[bytes]:
    packetiser = packetiser or Packetiser()
    return [packet for picture in made for packet in packetiser.packets(picture)]


def slices_of(made: Iterable[MadePicture]) -> list[tuple[bytes, ...]]:
    return [picture.slices for picture in made]


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


def test_a_picture_is_delivered_with_its_last_packet() -> None:
    receiving, packetiser = Receiving(), Packetiser()
    for count, picture in enumerate(pictures(5)):
        *before, last = packetiser.packets(picture)
        assert len(receiving.take(before).samples) == count
        assert len(receiving.take([last]).samples) == count + 1


def test_without_markers_a_picture_ends_when_the_next_begins() -> None:
    made = pictures(12, slices=2)
    receiving = Receiving().take(packets_of(made, Packetiser(markers=False)))
    assert receiving.samples == slices_of(made[:-1])


def test_without_markers_and_times_the_first_slice_tells() -> None:
    made = [MadePicture(picture.nals, 7) for picture in pictures(12, slices=2)]
    receiving = Receiving().take(packets_of(made, Packetiser(markers=False)))
    assert receiving.samples == slices_of(made[:-1])


@pytest.mark.parametrize("kind", [SEI, DELIMITER])
def test_what_begins_a_picture_ends_the_one_before(kind: int) -> None:
    made = [MadePicture((bytes((kind, 1)), *picture.nals), 7) for picture in pictures(4)]
    receiving, packetiser = Receiving(), Packetiser(markers=False)
    for count, picture in enumerate(made):
        first, *rest = packetiser.packets(picture)
        assert len(receiving.take([first]).samples) == count
        receiving.take(rest)


def test_a_marker_on_each_slice_is_found_out() -> None:
    """The first group is lost to the discovery; from the next keyframe on, pictures end with their timestamps."""
    made, packetiser = pictures(31, slices=3), Packetiser()
    packets = [packetiser.packet(nal, picture.timestamp, marker=True) for picture in made for nal in picture.nals]
    receiving = Receiving(limits=PictureLimits(60_000, 16, 10**7)).take(packets)
    assert receiving.samples[1:] == slices_of(made[10:30])


def test_a_marker_on_parameter_sets_ends_nothing() -> None:
    made, packetiser = pictures(12), Packetiser()
    packets: list[bytes] = []
    for picture in made:
        packets += [packetiser.packet(nal, picture.timestamp, marker=True) for nal in picture.nals]
    assert Receiving().take(packets).samples == slices_of(made)


def test_samples_hold_slices_only() -> None:
    extra = (bytes((DELIMITER, 0xF0)), *SETS, b"\x06\5\1", b"\x0c\xff\xff\x80", b"\x4d\0", b"\x0a", b"\x0b")
    picture = MadePicture((*extra[:4], slice_nal(IDR), *extra[4:]), 0)
    assert Receiving().take(packets_of([picture])).samples == [(slice_nal(IDR),)]


def test_parameter_sets_of_the_description_suffice() -> None:
    bare = [MadePicture(picture.slices, picture.timestamp) for picture in pictures(12)]
    receiving = Receiving(VideoMedia(96, "", 90_000, 1, SETS)).take(packets_of(bare))
    assert receiving.samples == slices_of(bare)
    assert receiving.sink.parameters[0].pps == (SETS[1],)


def test_a_keyframe_and_its_sets_in_one_unit_with_start_codes_are_parted() -> None:
    (picture,) = pictures(1)
    joined = b"\0\0\0\1".join(picture.nals)
    assert Receiving().take(packets_of([MadePicture((joined,), 0)])).samples == [picture.slices]


def test_nothing_is_delivered_before_a_keyframe_or_without_its_sets() -> None:
    receiving = Receiving().take(packets_of(pictures(9, first=1)))
    assert receiving.sink.events == []
    assert receiving.depacketiser.pictures_count == 9
    assert receiving.depacketiser.trouble == "no keyframe came"
    bare = Receiving().take(packets_of([MadePicture((slice_nal(IDR),), 0)]))
    assert bare.sink.events == []
    assert "did not come" in bare.depacketiser.trouble
    assert Receiving().depacketiser.trouble == "no whole picture came"


def test_a_change_of_size_is_announced_before_its_keyframe() -> None:
    made = pictures(10) + pictures(10, first=10, sps=MadeSps(width=1280, height=720))
    receiving = Receiving().take(packets_of(made))
    assert receiving.samples == slices_of(made)
    assert [parameters.width for parameters in receiving.sink.parameters] == [640, 1280]
    assert receiving.sink.events[11:13] == ["codec", "key"]


def test_parameter_sets_that_change_between_keyframes_wait_for_one() -> None:
    made = pictures(20)
    made[4] = MadePicture((pps_nal(1, 0), *made[4].nals), made[4].timestamp)
    receiving = Receiving().take(packets_of(made))
    assert receiving.samples == slices_of(made[:4] + made[10:])
    assert receiving.sink.parameters[1].pps == (pps_nal(0), pps_nal(1))


def without(packets: list[bytes], *places: int) -> list[bytes]:
    return [packet for place, packet in enumerate(packets) if place not in places]


@pytest.mark.parametrize("place", range(4))
def test_a_lost_packet_costs_its_picture_and_the_rest_of_the_group(place: int) -> None:
    made = pictures(20, size=5000)
    packetiser = Packetiser()
    per_picture = [list(packetiser.packets(picture)) for picture in made]
    per_picture[3] = without(per_picture[3], place)
    receiving = Receiving().take(packet for packets in per_picture for packet in packets)
    assert receiving.samples == slices_of(made[:3] + made[10:])
    assert receiving.depacketiser.lost_packets_count == 1


def test_a_lost_keyframe_costs_its_group() -> None:
    made, packetiser = pictures(30), Packetiser()
    per_picture = [list(packetiser.packets(picture)) for picture in made]
    per_picture[10] = []
    receiving = Receiving().take(packet for packets in per_picture for packet in packets)
    assert receiving.samples == slices_of(made[:10] + made[20:])


def test_a_loss_between_pictures_is_seen_from_the_sequence_alone() -> None:
    made, packetiser = pictures(20), Packetiser()
    packets = packets_of(made[:5], packetiser)
    packetiser.sequence += 1
    receiving = Receiving().take(packets + packets_of(made[5:], packetiser))
    assert receiving.samples == slices_of(made[:5] + made[10:])


def test_a_repeated_packet_changes_nothing() -> None:
    made = pictures(12)
    packets = [packet for packet in packets_of(made) for _ in (1, 2)]
    receiving = Receiving().take(packets)
    assert receiving.samples == slices_of(made)
    assert receiving.depacketiser.lost_packets_count == 0


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


def test_a_picture_cut_off_by_the_next_is_dropped() -> None:
    made, packetiser = pictures(20, size=5000), Packetiser()
    receiving = Receiving()
    for index, picture in enumerate(made):
        packets = list(packetiser.packets(picture))
        if index == 3:
            packetiser.sequence -= 1
            packets.pop()
        receiving.take(packets)
    assert receiving.samples == slices_of(made[:3] + made[10:])


def test_a_sequence_that_goes_back_is_a_loss() -> None:
    made, packetiser = pictures(20), Packetiser()
    packets = packets_of(made[:5], packetiser)
    packetiser.sequence -= 7
    receiving = Receiving().take(packets + packets_of(made[5:], packetiser))
    assert receiving.samples == slices_of(made[:5] + made[10:])


def test_limits_hold_for_bytes_and_for_pieces() -> None:
    many = MadePicture((*SETS, *(slice_nal(IDR, number) for number in range(17))), 0)
    assert Receiving().take(packets_of([many])).samples == []
    large = MadePicture((*SETS, slice_nal(IDR, 0, 0, 61_000)), 0)
    assert Receiving().take_run(packets_of([large])).samples == []
    just = MadePicture((*SETS, slice_nal(IDR, 0, 0, 59_000)), 0)
    assert len(Receiving().take_run(packets_of([just])).samples) == 1


def test_an_endless_unit_keeps_no_memory() -> None:
    receiving, packetiser = Receiving(), Packetiser()
    first, middle, _ = fragments(slice_nal(IDR, 0, 0, 3000), 1400)
    receiving.take([packetiser.packet(first, 0)])
    for _ in range(300):
        receiving.take_run([packetiser.packet(middle, 0)])
        assert len(receiving.depacketiser._fragment) <= LIMITS.bytes_max + 1400
    assert receiving.depacketiser.damaged_count == 1


def test_other_payload_types_and_packets_that_are_none_are_passed_over() -> None:
    made, packetiser = pictures(12), Packetiser()
    packets: list[bytes] = []
    for picture in made:
        packets += packetiser.packets(picture)
        packetiser.payload_type = 97
        packets.append(packetiser.packet(b"sound", picture.timestamp + 5))
        packetiser.payload_type = 96
        packets += [b"", b"\x80", bytes(12), bytes(40)]
    assert Receiving().take(packets).samples == slices_of(made)


def test_heads_with_extensions_and_padding_are_read() -> None:
    made = pictures(12)
    packets = []
    for packet in packets_of(made):
        extended = bytes((packet[0] | 0x30,)) + packet[1:12] + b"\xbe\xde\0\1abcd" + packet[12:] + b"\0\2"
        packets.append(extended)
    assert Receiving().take_run(packets).samples == slices_of(made)


def test_times_that_jump_back_are_passed_on_and_lose_nothing() -> None:
    made = pictures(10) + [MadePicture(picture.nals, picture.timestamp - 36_000) for picture in pictures(10, first=10)]
    receiving = Receiving().take(packets_of(made))
    assert receiving.samples == slices_of(made)
    first = receiving.sink.units[0].timestamp
    assert [unit.timestamp - first for unit in receiving.sink.units] == [picture.timestamp for picture in made]


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
