"""ADTS taken apart: FFmpeg's encoder beside it, and any bytes."""

import io

import av
from hypothesis import given
from hypothesis import strategies as st

from curtilage.cameras.ffmpeg.adts import adts_frames
from curtilage.cameras.media.aac_config import read_aac_config


def made(rate_hz: int, layout: str) -> tuple[bytes, list[bytes]]:
    """Some frames as ADTS, and without their heads."""
    out, sent = io.BytesIO(), list[bytes]()
    with av.open(out, "w", format="adts") as container:
        stream = container.add_stream("aac", rate=rate_hz)
        assert isinstance(stream, av.AudioStream)
        stream.layout = layout
        for number in range(4):
            frame = av.AudioFrame("fltp", layout, 1024)
            for plane in frame.planes:
                plane.update(bytes(plane.buffer_size))
            frame.sample_rate, frame.pts = rate_hz, 1024 * number
            for packet in stream.encode(frame):
                sent.append(bytes(packet))
                container.mux(packet)
        for packet in stream.encode(None):
            sent.append(bytes(packet))
            container.mux(packet)
    return out.getvalue(), sent


def test_each_frame_comes_with_what_decodes_it() -> None:
    for rate_hz, layout, channels in ((8_000, "mono", 1), (44_100, "stereo", 2), (48_000, "5.1", 6)):
        octets, sent = made(rate_hz, layout)
        found = list(adts_frames(octets))
        assert [frame for _, frame in found] == sent
        (config,) = {config for config, _ in found}
        read = read_aac_config(config)
        assert (read.object_type, read.rate_hz, read.channels, read.frame_samples) == (2, rate_hz, channels, 1024)


def test_a_checksum_is_no_sound() -> None:
    octets, sent = made(16_000, "mono")
    head = bytearray(octets[:7])
    head[1] &= 0xFE
    length = 9 + len(sent[0])
    head[3:6] = (int.from_bytes(head[3:6]) & ~(0x1FFF << 5) | length << 5).to_bytes(3)
    assert [frame for _, frame in adts_frames(bytes(head) + b"\xca\xfe" + sent[0])] == [sent[0]]


def test_what_is_cut_off_or_makes_no_sense_ends_it() -> None:
    octets, sent = made(16_000, "mono")
    assert [frame for _, frame in adts_frames(octets[:-1])] == sent[:-1]
    spoiled = [
        b"\xfe" + octets[1:],
        octets[:1] + bytes((octets[1] | 6,)) + octets[2:],
        octets[:2] + bytes((octets[2] | 0x3C,)) + octets[3:],
        octets[:6] + bytes((octets[6] | 3,)) + octets[7:],
        octets[:4] + b"\0" + octets[5:],
    ]
    assert [list(adts_frames(one)) for one in spoiled] == [[]] * len(spoiled)


@given(st.lists(st.binary(max_size=12) | st.binary(max_size=10).map(lambda end: b"\xff\xf1\x50\x80\x01" + end)))
def test_any_bytes_give_frames_that_lie_within_them(pieces: list[bytes]) -> None:
    octets = b"".join(pieces)
    found = list(adts_frames(octets))
    assert sum(7 + len(frame) for _, frame in found) <= len(octets)
    assert all(frame and len(config) == 2 for config, frame in found)
