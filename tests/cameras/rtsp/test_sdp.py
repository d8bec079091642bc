"""Descriptions as cameras write them."""

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curtilage.cameras.rtsp.sdp import Description, Encoding, VideoMedia, parse, resolve

SPS, PPS = bytes.fromhex("6764001facd9405005bb016a02020280"), bytes.fromhex("68ebe3cb22c0")
VPS = base64.b64encode(b"\x40\1\x0c").decode()
ONE_SET = base64.b64encode(SPS).decode()
SETS = f"{base64.b64encode(SPS).decode()},{base64.b64encode(PPS).decode()}"

ORDINARY = f"""v=0\r
o=- 1 1 IN IP4 192.0.2.10\r
s=Session\r
t=0 0\r
a=control:*\r
m=audio 0 RTP/AVP 8\r
a=control:track2\r
m=video 0 RTP/AVP 96\r
a=rtpmap:96 H264/90000\r
a=fmtp:96 packetization-mode=1;profile-level-id=64001f;sprop-parameter-sets={SETS}\r
a=control:track1\r
"""

VIDEOS = [
    ("ordinary", ORDINARY, VideoMedia(96, "track1", parameter_sets=(SPS, PPS))),
    ("bare newlines", ORDINARY.replace("\r", ""), VideoMedia(96, "track1", parameter_sets=(SPS, PPS))),
    ("no fmtp", "m=video 0 RTP/AVP 97\na=rtpmap:97 h264/90000", VideoMedia(97, "")),
    ("no clock rate", "m=video 0 RTP/AVP 97\na=rtpmap:97 H264", VideoMedia(97, "")),
    ("clock rate of nothing", "m=video 0 RTP/AVP 97\na=rtpmap:97 H264/0", VideoMedia(97, "")),
    ("no payload type on the m= line", "m=video 0 RTP/AVP\na=rtpmap:97 H264/90000", VideoMedia(97, "")),
    (
        "several codecs in one",
        "m=video 0 RTP/AVP 26 98 99\na=rtpmap:98 H265/90000\na=rtpmap:99 H264/90000\na=control:t",
        VideoMedia(99, "t"),
    ),
    (
        "second video",
        "m=video 0 RTP/AVP 98\na=rtpmap:98 H265/90000\nm=video 0 RTP/AVP 96\na=rtpmap:96 H264/90000\na=control:b",
        VideoMedia(96, "b"),
    ),
    (
        "spaces, no padding, broken sets",
        f"m=video 0 RTP/AVP 96\na=rtpmap: 96  H264/90000\na=fmtp:96 sprop-parameter-sets = {SETS.rstrip('=')},%%, ;x",
        VideoMedia(96, "", parameter_sets=(SPS, PPS)),
    ),
    (
        "H.265, where there is nothing else",
        f"m=video 0 RTP/AVP 98\na=rtpmap:98 H265/90000\na=fmtp:98 sprop-vps={VPS};sprop-sps={ONE_SET}; x",
        VideoMedia(98, "", encoding=Encoding.H265, parameter_sets=(b"\x40\1\x0c", SPS)),
    ),
    (
        "H.265 out of order",
        "m=video 0 RTP/AVP 98\na=rtpmap:98 H265/90000\na=fmtp:98 sprop-max-don-diff=2",
        VideoMedia(98, "", encoding=Encoding.H265, interleaved=True),
    ),
    (
        "H.264 out of order",
        "m=video 0 RTP/AVP 98\na=rtpmap:98 H264/90000\na=fmtp:98 packetization-mode=2",
        VideoMedia(98, "", interleaved=True),
    ),
    (
        "mode out of range",
        "m=video 0 RTP/AVP 96\na=rtpmap:96 H264/90000\na=fmtp:96 packetization-mode=7",
        VideoMedia(96, ""),
    ),
]

NO_VIDEO = [
    ("", ""),
    ("m=audio 0 RTP/AVP 8\na=rtpmap:8 PCMA/8000", ""),
    ("m=video 0 RTP/AVP 96\na=rtpmap:96 VP9/90000", "VP9"),
    ("m=video 0 RTP/AVP 26", ""),
    ("m=video 0 RTP/AVP " + "9" * 5_000, ""),
    ("m=application 0 RTP/AVP 96\na=rtpmap:96 H264/90000", ""),
    ("a=rtpmap:96 H264/90000\nm=", ""),
    ("m=video 0 RTP/AVP 200\na=rtpmap:96 \x1b[31m<b>evil", "31MBEVIL"),
]

BASE = "rtsp://camera:554/live"
CONTROLS = [
    (BASE, "", BASE),
    (BASE, "*", BASE),
    (BASE, "track1", f"{BASE}/track1"),
    (f"{BASE}/", "track1", f"{BASE}/track1"),
    (f"{BASE}/", "/track1", f"{BASE}/track1"),
    (f"{BASE}?channel=1", "track1", f"{BASE}?channel=1/track1"),
    (BASE, "rtsp://10.0.0.1/other/track1", "rtsp://10.0.0.1/other/track1"),
    (BASE, "RTSP://10.0.0.1/x", "RTSP://10.0.0.1/x"),
    (BASE, "a b\tc", f"{BASE}/a%20b%09c"),
]


@pytest.mark.parametrize(("text", "video"), [case[1:] for case in VIDEOS], ids=[case[0] for case in VIDEOS])
def test_the_video_is_found(text: str, video: VideoMedia) -> None:
    assert parse(text.encode()).video == video


@pytest.mark.parametrize(("text", "other"), NO_VIDEO)
def test_a_description_without_h264_says_what_there_is(text: str, other: str) -> None:
    description = parse(text.encode())
    assert description.video is None
    assert description.other_video == other


def test_the_whole_stream_has_a_control_of_its_own() -> None:
    assert parse(b"a=control: rtsp://camera/all \nm=video 0 RTP/AVP 96\na=control:t").control == "rtsp://camera/all"
    assert parse(ORDINARY.encode()).control == "*"


@pytest.mark.parametrize(("base", "control", "url"), CONTROLS)
def test_a_control_is_resolved(base: str, control: str, url: str) -> None:
    assert resolve(base, control) == url


def test_parameter_sets_do_not_show_in_a_repr() -> None:
    assert "sets" not in repr(parse(ORDINARY.encode()))


@given(st.binary(max_size=500))
def test_any_bytes_are_a_description(octets: bytes) -> None:
    assert isinstance(parse(octets), Description)


LINES = st.sampled_from([*ORDINARY.splitlines(), "a=rtpmap:96", "a=fmtp:96", "m=video", "a=rtpmap:999 H264/1"])


@given(st.lists(st.one_of(LINES, st.text(max_size=40)), max_size=20))
def test_any_lines_in_any_order_are_a_description(lines: list[str]) -> None:
    video = parse("\n".join(lines).encode(errors="replace")).video
    if video is not None:
        assert 0 <= video.payload_type < 128
        assert resolve(BASE, video.control).isprintable()
