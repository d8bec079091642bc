"""FLAC that holds G.711: FFmpeg reads it with its checksums on, and the very bytes come back."""

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from curtilage.cameras.media.audio_codec import AudioCodec
from curtilage.cameras.media.flac import FlacWriter, coded_number, g711_of, stream_info
from curtilage.cameras.media.g711 import linear

LAWS = [AudioCodec.PCMU, AudioCodec.PCMA]
EVERY = bytes(range(256)) * 3


@pytest.mark.parametrize("rate_hz", [8_000, 16_000])
@pytest.mark.parametrize("codec", LAWS)
def test_a_decoder_finds_every_sample_and_no_wrong_checksum(tmp_path: Path, codec: AudioCodec, rate_hz: int) -> None:
    writer = FlacWriter(codec, rate_hz)
    numbers = (0, 768, 2**21, 2**31 - 768)
    file = tmp_path / "sound.flac"
    head = b"fLaC\x80\0\0\x22" + stream_info(rate_hz)
    file.write_bytes(head + b"".join(writer.frame(EVERY, number) for number in numbers))
    strict = ["-err_detect", "crccheck+explode"]
    command = ["ffmpeg", "-v", "error", *strict, "-i", str(file), "-f", "s16le", "-"]
    played = subprocess.run(command, capture_output=True, check=True)
    assert played.stderr == b""
    expected = b"".join(linear(codec, code).to_bytes(2, "little", signed=True) for code in EVERY)
    assert played.stdout == expected * len(numbers)


@given(st.sampled_from(LAWS), st.binary(min_size=1, max_size=600), st.integers(0, 2**63))
def test_the_very_bytes_come_back(codec: AudioCodec, g711: bytes, first_sample: int) -> None:
    assert g711_of(codec, FlacWriter(codec, 8_000).frame(g711, first_sample)) == g711


@given(st.sampled_from(LAWS), st.binary(max_size=60))
def test_what_is_no_frame_of_ours_is_said_so(codec: AudioCodec, octets: bytes) -> None:
    with pytest.raises(ValueError, match=r"frame|sample"):
        g711_of(codec, octets)


@pytest.mark.parametrize("number", [0, 0x7F, 0x80, 0x7FF, 0x800, 0xFFFF, 0x10FFFF])
def test_numbers_are_coded_as_utf_8_has_them(number: int) -> None:
    assert coded_number(number) == chr(number).encode("utf-8", "surrogatepass")


def test_a_rate_that_no_track_has_is_refused() -> None:
    with pytest.raises(KeyError):
        FlacWriter(AudioCodec.PCMA, 11_025)
