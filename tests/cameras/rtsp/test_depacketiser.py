"""What holds for pictures of every codec, shown with H.264: whole ones as they were sent, damaged ones never."""

import pytest

from curtilage.cameras.rtsp.depacketiser import PictureLimits
from curtilage.cameras.rtsp.sdp import VideoMedia
from tests.cameras.received_packets import LIMITS, SETS, Receiving, packets_of, slices_of
from tests.origin.made_h264 import (
    DELIMITER,
    IDR,
    SEI,
    MadePicture,
    MadeSps,
    Packetiser,
    fragments,
    pictures,
    pps_nal,
    slice_nal,
)


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


def test_parameter_sets_of_the_description_suffice() -> None:
    bare = [MadePicture(picture.slices, picture.timestamp) for picture in pictures(12)]
    receiving = Receiving(VideoMedia(96, "", parameter_sets=SETS)).take(packets_of(bare))
    assert receiving.samples == slices_of(bare)
    assert receiving.sink.parameters[0].pps == (SETS[1],)


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
