"""AAC out of RTP: one access unit, several, one in pieces; what is missing drops itself alone; and any packets."""

from hypothesis import given
from hypothesis import strategies as st

from curtilage.cameras.media.audio_codec import AudioCodec, AudioParameters
from curtilage.cameras.rtsp.depacketiser_aac import AacDepacketiser
from curtilage.cameras.rtsp.sdp_audio import AudioMedia, AuHeaders
from tests.cameras.sound_side import KeptSound, push, rtp_packet

HBR = AuHeaders(13, 3, 3)


def depacketiser(sink: KeptSound, headers: AuHeaders = HBR) -> AacDepacketiser:
    parameters = AudioParameters(AudioCodec.AAC, 16_000, 1, b"\x14\x08")
    return AacDepacketiser(sink, AudioMedia(97, "", parameters, 1024, headers))


def payload(*units: bytes, sizes: tuple[int, ...] | None = None) -> bytes:
    """AU-headers of 16 bits each, then the access units (RFC 3640 §3.3.6)."""
    said = sizes if sizes is not None else tuple(map(len, units))
    return (16 * len(said)).to_bytes(2) + b"".join((size << 3).to_bytes(2) for size in said) + b"".join(units)


def test_several_access_units_follow_each_other_in_time() -> None:
    sink = KeptSound()
    push(depacketiser(sink), rtp_packet(payload(b"one", b"three", b"x"), 1, 5_000, marker=True))
    assert [frame.octets for frame in sink.frames] == [b"one", b"three", b"x"]
    begin = sink.frames[0].timestamp
    assert [frame.timestamp - begin for frame in sink.frames] == [0, 1024, 2048]
    assert {frame.duration for frame in sink.frames} == {1024}


def test_an_index_that_leaves_units_out_leaves_their_time_out() -> None:
    sink = KeptSound()
    headers = (32).to_bytes(2) + (3 << 3).to_bytes(2) + (3 << 3 | 2).to_bytes(2)
    push(depacketiser(sink), rtp_packet(headers + b"onetwo", 1, 0, marker=True))
    first, second = sink.frames
    assert second.timestamp - first.timestamp == 3 * 1024


def test_a_unit_in_pieces_is_put_together() -> None:
    sink, whole = KeptSound(), bytes(range(250)) * 8
    pieces = [whole[:900], whole[900:1800], whole[1800:]]
    packets = [
        rtp_packet(payload(piece, sizes=(len(whole),)), number, 77, marker=number == 2)
        for number, piece in enumerate(pieces)
    ]
    push(depacketiser(sink), *packets, rtp_packet(payload(b"next"), 3, 77 + 1024, marker=True))
    assert [frame.octets for frame in sink.frames] == [whole, b"next"]


def test_a_missing_piece_drops_its_unit_and_no_other() -> None:
    whole = bytes(2_000)
    pieces = [whole[:900], whole[900:1800], whole[1800:]]
    packets = [
        rtp_packet(payload(piece, sizes=(2_000,)), number, 77, marker=number == 2)
        for number, piece in enumerate(pieces)
    ]
    for missing in range(3):
        sink = KeptSound()
        left = packets[:missing] + packets[missing + 1 :]
        push(depacketiser(sink), *left, rtp_packet(payload(b"next"), 3, 1101, marker=True))
        assert [frame.octets for frame in sink.frames] == [b"next"]


def test_headers_that_make_no_sense_are_counted() -> None:
    sink = KeptSound()
    made = depacketiser(sink)
    nonsense = [b"\0", b"\0\x0f\0\0", b"\xff\xff", payload(b"ab", sizes=(0,)), payload(b"ab", sizes=(1, 5))]
    for number, octets in enumerate(nonsense):
        push(made, rtp_packet(octets, number, number, marker=True))
    assert made.damaged_count == len(nonsense)
    assert [frame.octets for frame in sink.frames] == [b"a"]


@given(
    st.lists(st.tuples(st.binary(max_size=80), st.integers(0, 5), st.booleans()), max_size=12),
    st.builds(AuHeaders, st.integers(1, 16), st.integers(0, 16), st.integers(0, 16)),
)
def test_any_packets_do_no_harm(packets: list[tuple[bytes, int, bool]], headers: AuHeaders) -> None:
    sink = KeptSound()
    made = depacketiser(sink, headers)
    for number, (octets, timestamp, marker) in enumerate(packets):
        push(made, rtp_packet(octets, number, timestamp, marker=marker))
    assert all(frame.octets and frame.duration == 1024 for frame in sink.frames)
    assert len(made._piece) <= 0xFFFF + 80
