"""Addresses for FFmpeg: network only, and no password is shown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curtilage.cameras.ffmpeg.ffmpeg_address import FfmpegAddress
from curtilage.cameras.input.camera_address import AddressError

GOOD = [
    ("ffmpeg:rtmp://192.0.2.10/live", "192.0.2.10", "ffmpeg:rtmp://192.0.2.10:1935/live"),
    ("FFMPEG:HTTP://u:p@cam.lan:81/a.flv?key=s", "cam.lan", "ffmpeg:http://…@cam.lan:81/a.flv?key=…"),
    (" ffmpeg:https://cam.lan/x ", "cam.lan", "ffmpeg:https://cam.lan:443/x"),
    ("ffmpeg:rtsp://[2001:db8::1]/x", "2001:db8::1", "ffmpeg:rtsp://[2001:db8::1]:554/x"),
]
BAD = [
    "ffmpeg:",
    "ffmpeg:file:///etc/passwd",
    "ffmpeg:/etc/passwd",
    "ffmpeg:concat:a|b",
    "ffmpeg:udp://239.0.0.1:1",
    "ffmpeg:http://",
    "ffmpeg:http://a\nb",
    "ffmpeg:rtsp://" + "a" * 3000,
    "rtsp://192.0.2.10",
    "ffmpeg:subfile,,start,0,end,9,,:/etc/passwd",
]


@pytest.mark.parametrize(("text", "host", "shown"), GOOD)
def test_a_network_address_is_taken(text: str, host: str, shown: str) -> None:
    address = FfmpegAddress.parse(text)
    assert (address.host, address.redacted()) == (host, shown)
    assert "u:p" not in repr(address)


@pytest.mark.parametrize("text", BAD)
def test_anything_else_is_refused_without_a_word_of_it(text: str) -> None:
    with pytest.raises(AddressError) as refused:
        FfmpegAddress.parse(text)
    assert "passwd" not in str(refused.value)


@given(st.text(max_size=60), st.sampled_from(["", "ffmpeg:", "ffmpeg:http://", "ffmpeg:rtsp://u:p@"]))
def test_any_text_is_taken_or_refused(text: str, before: str) -> None:
    try:
        address = FfmpegAddress.parse(before + text)
    except AddressError:
        return
    assert address.url.partition("://")[0] in {"rtsp", "rtmp", "rtmps", "http", "https"}
    assert address.url.isprintable()
