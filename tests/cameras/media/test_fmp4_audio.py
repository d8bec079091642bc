"""Init parts and fragments of sound: FFmpeg, as another's reader, finds the codec, the rate and every frame."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from curtilage.cameras.media.audio_codec import AudioCodec, AudioParameters
from curtilage.cameras.media.fmp4_audio import audio_fragment, audio_init_segment

CODECS = [
    (AudioParameters(AudioCodec.AAC, 16_000, 1, b"\x14\x08"), "aac", 16_000),
    (AudioParameters(AudioCodec.OPUS, 48_000, 2), "opus", 48_000),
    (AudioParameters(AudioCodec.PCMA, 8_000, 1), "flac", 8_000),
    (AudioParameters(AudioCodec.PCMU, 16_000, 1), "flac", 16_000),
]


def read(file: Path, *asked: str) -> Any:
    command = ["ffprobe", "-v", "error", "-of", "json", *asked, str(file)]
    return json.loads(subprocess.run(command, capture_output=True, check=True).stdout)


@pytest.mark.parametrize(("parameters", "name", "rate_hz"), CODECS)
def test_another_reader_finds_codec_rate_and_packets(
    tmp_path: Path, parameters: AudioParameters, name: str, rate_hz: int
) -> None:
    file, begin = tmp_path / "sound.mp4", 1_700_000_000 * rate_hz
    frames = [(b"\x21" * 20, 960), (b"\x22" * 30, 960), (b"\x23" * 10, 480)]
    first = audio_fragment(frames, 1, begin)
    second = audio_fragment(frames[:1], 2, begin + 4_800)
    file.write_bytes(audio_init_segment(parameters) + first + second)
    said = read(file, "-show_streams")["streams"][0]
    assert (said["codec_name"], int(said["sample_rate"])) == (name, rate_hz)
    packets = read(file, "-show_packets")["packets"]
    assert [int(packet["size"]) for packet in packets] == [20, 30, 10, 20]
    assert [packet["dts"] - begin for packet in packets] == [0, 960, 1_920, 4_800]
    assert all(packet["flags"].startswith("K") for packet in packets)
