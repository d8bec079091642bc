"""H.265 pictures out of packets. What holds for every codec stands in test_depacketiser_h264.py."""

from collections.abc import Iterable
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curtilage.cameras.rtsp.depacketiser_h265 import H265Depacketiser
from curtilage.cameras.rtsp.sdp import Encoding, VideoMedia
from tests.cameras import received_packets
from tests.cameras.received_packets import LIMITS
from tests.origin.clip import IN_H265, clip_file, read_clip
from tests.origin.made_h264 import interleaved
from tests.origin.made_h265 import (
    CRA,
    DELIMITER,
    IDR,
    PREFIX_SEI,
    RASL,
    SUFFIX_SEI,
    TRAIL,
    MadeSps,
    Packetiser,
    aggregate,
    nal,
    pps_nal,
    slice_nal,
    vps_nal,
)

SETS = (vps_nal(), MadeSps().nal(), pps_nal())
MEDIA = VideoMedia(96, "", encoding=Encoding.H265)


@dataclass(frozen=True, slots=True)
class Picture:
    """Its NAL units in order, and which of them are to come out."""

    nals: tuple[bytes, ...]
    slices: tuple[bytes, ...]


def group(count: int, *, first: int = IDR, slices: int = 1, size: int = 100) -> list[Picture]:
    made = []
    for index in range(count):
        kind = first if index == 0 else TRAIL
        units = tuple(slice_nal(kind, first=at == 0, size=size + index) for at in range(slices))
        made.append(Picture((*SETS, *units) if index == 0 else units, units))
    return made


class Receiving(received_packets.Receiving):
    """Of H.265."""

    def __init__(self, media: VideoMedia = MEDIA) -> None:
        super().__init__(media, LIMITS, H265Depacketiser)


def packets_of(made: Iterable[Picture], packetiser: Packetiser | None = None) -> list[bytes]:
    packetiser = packetiser or Packetiser()
    return [
        packet for index, picture in enumerate(made) for packet in packetiser.picture(picture.nals, 1000 + 3600 * index)
    ]


@pytest.mark.parametrize("size", [50, 5000])
@pytest.mark.parametrize("slices", [1, 3])
@pytest.mark.parametrize("cut", [7, 1000, 10_000_000])
def test_pictures_come_out_as_they_were_sent(size: int, slices: int, cut: int) -> None:
    made = group(12, size=size, slices=slices)
    receiving = Receiving().take_run(packets_of(made), cut, between=interleaved(1, b"report"))
    assert receiving.samples == [picture.slices for picture in made]
    assert [unit.keyframe for unit in receiving.sink.units] == [index == 0 for index in range(12)]
    (parameters,) = receiving.sink.parameters
    assert (parameters.vps, parameters.sps, parameters.pps) == ((SETS[0],), SETS[1], (SETS[2],))
    assert parameters.codec == "hvc1.1.6.L93.90"


def test_a_real_encoders_pictures_come_out_as_they_were_made(tmp_path_factory: pytest.TempPathFactory) -> None:
    clip = clip_file(tmp_path_factory.mktemp("clip"), IN_H265)
    units = list(read_clip(clip))
    packetiser, receiving = Packetiser(), Receiving()
    for index, unit in enumerate(units):
        nals = [piece.rstrip(b"\0") for piece in unit.annex_b.split(b"\0\0\1") if piece.rstrip(b"\0")]
        receiving.take(packetiser.picture(nals, 3600 * index))
    assert len(receiving.samples) == len(units) == IN_H265.frames_count
    assert [unit.keyframe for unit in receiving.sink.units] == [unit.keyframe for unit in units]
    assert (receiving.sink.parameters[0].width, receiving.sink.parameters[0].height) == (320, 180)
    assert all(sample[0] in unit.annex_b for sample, unit in zip(receiving.samples, units, strict=True))


def test_an_aggregate_is_taken_apart() -> None:
    packetiser = Packetiser()
    units = (*SETS, slice_nal(IDR))
    receiving = Receiving().take([packetiser.packet(aggregate(units), 1, marker=True)])
    assert receiving.samples == [(slice_nal(IDR),)]


def test_sets_of_the_description_suffice() -> None:
    media = VideoMedia(96, "", encoding=Encoding.H265, parameter_sets=SETS)
    bare = [Picture(picture.slices, picture.slices) for picture in group(5)]
    assert Receiving(media).take(packets_of(bare)).samples == [picture.slices for picture in bare]


def test_samples_hold_slices_of_the_base_layer_only() -> None:
    own, above = slice_nal(IDR), nal(IDR, slice_nal(IDR)[2:], layer=1)
    nals = (nal(DELIMITER, b"\x50"), *SETS, nal(PREFIX_SEI, b"\5"), own, above, nal(SUFFIX_SEI, b"\5"), nal(12, b"abc"),
            nal(24, b"abc"), nal(41, b"abc"))  # fmt: skip
    assert Receiving().take(packets_of([Picture(nals, (own,))])).samples == [(own,)]


def test_decoding_that_begins_at_a_clean_random_access_leaves_out_what_led_to_it() -> None:
    first = group(1, first=CRA)
    leading = Picture((slice_nal(RASL),), ())
    rest = group(3, first=CRA)
    made = [*first, leading, leading, *rest[1:], *group(1, first=CRA), leading]
    receiving = Receiving().take(packets_of(made))
    assert [sample[0][0] >> 1 for sample in receiving.samples] == [CRA, TRAIL, TRAIL, CRA, RASL]
    assert receiving.depacketiser.damaged_count == 0


def test_nothing_is_delivered_before_a_keyframe() -> None:
    receiving = Receiving().take(packets_of(group(6)[1:]))
    assert receiving.samples == []
    assert receiving.depacketiser.trouble == "no keyframe came"


def test_what_a_lost_packet_damaged_is_dropped_up_to_the_next_keyframe() -> None:
    made = [*group(4, size=3000), *group(4, size=3000)]
    packetiser = Packetiser()
    packets = [packetiser.picture(picture.nals, 3600 * index) for index, picture in enumerate(made)]
    del packets[2][1]
    receiving = Receiving().take(packet for packet_list in packets for packet in packet_list)
    assert receiving.samples == [made[index].slices for index in (0, 1, 4, 5, 6, 7)]
    assert receiving.depacketiser.lost_packets_count == 1


BROKEN = [
    ("a payload of two bytes", b"\x02\1"),
    ("a PACI", nal(50, b"abc")),
    ("a fragment without a beginning", nal(49, b"\1abc")),
    ("an aggregate whose sizes lie", nal(48, b"\xff\xffabc")),
    ("an aggregate of nothing", nal(48, b"\0\0abc")),
    ("an aggregate of a unit without a body", nal(48, b"\0\2\x02\1")),
]


@pytest.mark.parametrize("payload", [case[1] for case in BROKEN], ids=[case[0] for case in BROKEN])
def test_a_picture_with_something_broken_in_it_is_dropped(payload: bytes) -> None:
    packetiser = Packetiser()
    packets = packetiser.picture((*SETS, slice_nal(IDR)), 1)
    packets.append(packetiser.packet(payload, 2, marker=False))
    packets += packetiser.picture((slice_nal(TRAIL),), 2)
    packets += packetiser.picture((*SETS, slice_nal(IDR, size=9)), 3)
    assert Receiving().take(packets).samples == [(slice_nal(IDR),), (slice_nal(IDR, size=9),)]


KNOWN = [*SETS, slice_nal(IDR), slice_nal(), b"\x62\1\x93"]


@given(st.lists(st.one_of(st.binary(max_size=60), st.sampled_from(KNOWN))))
def test_any_payloads_are_survived_with_bounded_memory(payloads: list[bytes]) -> None:
    packetiser, receiving = Packetiser(), Receiving()
    for index, payload in enumerate(payloads):
        receiving.take([packetiser.packet(payload, index // 3, marker=index % 3 == 2)])
    for unit in receiving.sink.units:
        assert sum(map(len, unit.nal_units)) <= LIMITS.bytes_max
